//! The syntax tree: what was written, with its places, before anything is known of its meaning.
//!
//! Here are files, policies and rules; [`declarations`] has the schema's declarations, [`import`] what
//! names other files, [`expression`] the conditions, [`test`] the test blocks, [`places`] where the places are. Made by [`crate::parse`], read by [`crate::check`].

pub mod declarations;
pub mod expression;
pub mod import;
mod places;
pub mod test;

pub use declarations::{
    ConstantDecl, EnumDecl, EventClause, EventDecl, FieldDecl, FlagsBody, FlagsDecl, HookWord,
    StructDecl, TypeExpr, TypeExprKind,
};
pub use expression::{Binary, BinaryOp, Call, Expr, ExprKind, HasFlags, Quantifier, Quoted};
pub use import::{ImportDecl, ImportSource, Path};
pub use test::{Given, GivenValue, TestClause, TestDecl};

use std::fmt;
use std::sync::Arc;

use ecow::EcoString;

use crate::source::Span;

/// A word with its place.
#[derive(Clone, PartialEq, Eq)]
pub struct Name {
    /// The word.
    pub text: EcoString,
    /// Its place.
    pub span: Span,
}

/// A string literal, unescaped. Not necessarily UTF-8: `\xNN` writes any byte.
#[derive(Clone, PartialEq, Eq)]
pub struct Text {
    /// Its bytes.
    pub bytes: Arc<[u8]>,
    /// Its place, with the quotes.
    pub span: Span,
}

/// An integer literal.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Int {
    /// Its value; 0 if it was malformed, which was reported.
    pub value: i128,
    /// Its place.
    pub span: Span,
}

/// A length of time, as it is written: `500ms`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Duration {
    /// Nanoseconds; 0 if it was malformed, which was reported.
    pub nanoseconds: u64,
    /// Its place.
    pub span: Span,
}

/// A day, or a moment, in UTC.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Date {
    /// Nanoseconds since 1970-01-01; of a day its first. 0 if it was malformed, which was reported.
    pub nanoseconds: i64,
    /// Its place.
    pub span: Span,
}

// The leaves of the tree are shown on one line each.

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {:?}", self.text, self.span)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\" {:?}", self.bytes.escape_ascii(), self.span)
    }
}

impl fmt::Debug for Int {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.value, self.span)
    }
}

impl fmt::Debug for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ns {:?}", self.nanoseconds, self.span)
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1970 + {} ns {:?}", self.nanoseconds, self.span)
    }
}

/// One file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct File {
    /// Its declarations, in order.
    pub items: Box<[Item]>,
}

/// A declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// `event …`.
    Event(EventDecl),
    /// `enum …`.
    Enum(EnumDecl),
    /// `flags …`.
    Flags(FlagsDecl),
    /// `struct …`.
    Struct(StructDecl),
    /// `list …`.
    List(ListDecl),
    /// `let …`.
    Let(LetDecl),
    /// `policy …`.
    Policy(Policy),
    /// `rule …` outside a policy.
    Rule(Rule),
    /// `import …`.
    Import(ImportDecl),
    /// `test …`.
    Test(TestDecl),
    /// `edition 1;` with the whole clause's place.
    Edition(Int, Span),
    /// Something that was already reported.
    Error,
}

/// `list shells: string = ["sh", "bash"];`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListDecl {
    /// The doc comment.
    pub doc: EcoString,
    /// Its name.
    pub name: Name,
    /// The type of its elements.
    pub ty: TypeExpr,
    /// Its elements.
    pub elements: Box<[Expr]>,
    /// The whole declaration.
    pub span: Span,
}

/// `let opened_for_write = flags has any [O_WRONLY, O_RDWR];`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetDecl {
    /// The doc comment.
    pub doc: EcoString,
    /// Its name.
    pub name: Name,
    /// Its parameters, if it has a list of them.
    pub parameters: Option<Box<[Parameter]>>,
    /// What it stands for.
    pub value: Expr,
    /// The whole declaration.
    pub span: Span,
}

/// `p: path`: a parameter of a `let`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: Name,
    /// Its type; that it is missing is reported by the check.
    pub ty: Option<TypeExpr>,
}

/// `policy web_tier { … }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The doc comment.
    pub doc: EcoString,
    /// Its name.
    pub name: Name,
    /// Its clauses, in order.
    pub clauses: Box<[PolicyClause]>,
    /// The whole declaration.
    pub span: Span,
}

/// A clause of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyClause {
    /// `version "1.2.0";`
    Version(Text),
    /// `scope CONDITION;` with the whole clause's place.
    Scope(Expr, Span),
    /// `select EVENTS [where …];`
    Select(Box<On>),
    /// `description "…";`
    Description(Text),
    /// `labels "pci", "prod";`
    Labels(Box<[Text]>, Span),
    /// `mode monitor;`
    Mode(Name),
    /// `use std.*, site.beacon;`
    Use(Box<[Path]>),
    /// `except …`
    Except(Box<Except>),
    /// `rule …`
    Rule(Rule),
    /// Something that was already reported.
    Error,
}

/// `rule shell { … }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The doc comment.
    pub doc: EcoString,
    /// Its name.
    pub name: Name,
    /// Its clauses, in order.
    pub clauses: Box<[RuleClause]>,
    /// The whole declaration.
    pub span: Span,
}

/// A clause of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleClause {
    /// `id "…";`
    Id(Text),
    /// `title "…";`
    Title(Text),
    /// `severity high;`
    Severity(Name),
    /// `attack T1059.004, T1190;`
    Attack(Box<[Name]>, Span),
    /// `on EVENTS [where …];`
    On(Box<On>),
    /// `message "…";`
    Message(Text),
    /// `description "…";`
    Description(Text),
    /// `references "https://…", "…";`
    References(Box<[Text]>, Span),
    /// `except …`
    Except(Box<Except>),
    /// `output { parent = proc.parent.exe; }`
    Output(Box<[OutputField]>, Span),
    /// `action alert;`
    Action(Name),
    /// Something that was already reported.
    Error,
}

/// `except std.ld_preload reason "SEC-142" expires 2027-01-31 where …;`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Except {
    /// Which rule; none in the rule itself.
    pub rule: Option<Path>,
    /// Why.
    pub reason: Option<Text>,
    /// The last day it holds.
    pub expires: Option<Date>,
    /// What is excepted.
    pub condition: Option<Expr>,
    /// The clause.
    pub span: Span,
}

/// A line of an `output` block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutputField {
    /// `parent = proc.parent.exe;`
    Field {
        /// The name in the detection.
        name: Name,
        /// What it holds.
        value: Expr,
    },
    /// Something that was already reported.
    Error,
}

/// `on EVENTS [where CONDITION];`, also of a select.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct On {
    /// The events' names; never empty.
    pub events: Box<[Name]>,
    /// The condition.
    pub condition: Option<Expr>,
    /// The clause.
    pub span: Span,
}
