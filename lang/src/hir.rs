//! The typed, resolved form of policies: names are gone (`let`s inlined, lists and constants put
//! in place), every expression is well typed against the event it is for. What a condition means
//! is defined by the interpreter over this.

pub mod display;
mod exception;
pub mod fields;
mod likeness;
mod places;
pub mod test;

use std::sync::Arc;

use crate::address::set::AddressSet;
use crate::attack::Technique;
use crate::context::{ContextField, ProcessField};
use crate::functions::{Evaluation, Function};
use crate::pattern::PatternSet;
use crate::schema::EventId;
use crate::signature::{Decision, Signature};
use crate::source::Span;
use crate::types::Type;
pub use exception::{Exception, Expiry};

/// Everything that was checked together.
#[derive(Debug, Clone, Default)]
pub struct PolicySet {
    /// In the order of the files and of the declarations in them.
    pub policies: Vec<Policy>,
}

impl PolicySet {
    /// Whether nothing is to run: no policy selects an event or has a rule.
    pub fn is_idle(&self) -> bool {
        self.policies.iter().all(|policy| {
            policy.selects.is_empty() && policy.rules.iter().all(|rule| rule.on.is_empty())
        })
    }
}

/// One policy.
#[derive(Debug, Clone)]
pub struct Policy {
    /// `web_tier`.
    pub name: String,
    /// The doc comment.
    pub doc: String,
    /// `version "…"`.
    pub version: Option<String>,
    /// `description "…"`.
    pub description: Option<String>,
    /// `labels "…", …`.
    pub labels: Vec<String>,
    /// Which workloads it covers; context only. `None` is all.
    pub scope: Option<Expr>,
    /// What it records, one entry per event.
    pub selects: Vec<On>,
    /// What it detects.
    pub rules: Vec<Rule>,
    /// The whole declaration.
    pub span: Span,
}

/// A detection rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// `shell_from_web_server`.
    pub name: String,
    /// `web_tier.shell_from_web_server`; `std.ld_preload` of one that the policy uses.
    pub qualified_name: String,
    /// The doc comment.
    pub doc: String,
    /// `id "…"`.
    pub id: Option<String>,
    /// `title "…"`.
    pub title: Option<String>,
    /// `description "…"`.
    pub description: Option<String>,
    /// `references "…", …`.
    pub references: Vec<String>,
    /// `severity …`; a rule without one is `medium`.
    pub severity: RuleSeverity,
    /// `attack T1059.004, …`, each once; a technique has its name and tactics.
    pub attack: Vec<&'static Technique>,
    /// `message "…"`.
    pub message: Option<Vec<MessagePart>>,
    /// `output { … }`: what a detection says beside its event.
    pub output: Vec<OutputField>,
    /// When it matches: any of these. One entry per event.
    pub on: Vec<On>,
    /// What it doesn't match all the same, those of the rule first, then those of its policy.
    pub exceptions: Vec<Exception>,
    /// The path in the `use` that brought it to its policy.
    pub used: Option<Span>,
    /// It is an OPA signature: what `on` lets through is its to decide.
    pub signature: Option<Arc<Signature>>,
    /// The whole declaration, which may be in another file than the policy.
    pub span: Span,
}

/// How bad what a rule detects is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RuleSeverity {
    /// Worth a look in context.
    Info,
    /// Unusual.
    Low,
    /// Suspicious.
    Medium,
    /// Probably an attack.
    High,
    /// An attack.
    Critical,
}

impl RuleSeverity {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// An event with a condition on it.
#[derive(Debug, Clone)]
pub struct On {
    /// The event.
    pub event: EventId,
    /// `where …`, and none of the exceptions ([`On::own`], [`On::excepted`]); `None` is always. Shared
    /// with the plan that is made of it.
    pub condition: Option<Arc<Expr>>,
    /// The exceptions that are part of the condition, by index in [`Rule::exceptions`].
    pub exceptions: Vec<usize>,
    /// Of an OPA signature that was lowered: who decides what the condition lets through.
    pub decision: Option<Arc<Decision>>,
    /// The clause.
    pub span: Span,
}

/// A part of a message template. Fields are by path, because a rule's events may differ in where
/// an argument lies; the checker made sure that each `on` event has it or that it is context.
#[derive(Debug, Clone, PartialEq)]
pub enum MessagePart {
    /// Text as it is.
    Text(String),
    /// `{pathname}`: resolved for each event in the order of [`Rule::on`].
    Field(Vec<(EventId, Field)>),
}

/// `parent = proc.parent.exe;`
#[derive(Debug, Clone, PartialEq)]
pub struct OutputField {
    /// The name that it has in the detection; unique in its rule.
    pub name: String,
    /// What it holds for each of the rule's events, with its type, in the order of [`Rule::on`].
    pub values: Vec<(EventId, Operand, Type)>,
}

/// A boolean expression with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it was written (the use, for the inside of a `let`).
    pub span: Span,
}

impl Expr {
    /// The values that an atom looks at, but not literals; none of what is no atom. What a function
    /// gives is followed by what it is applied to.
    pub fn operands(&self) -> Vec<&Operand> {
        let operands = match &self.kind {
            ExprKind::Compare { left, right, .. } => vec![left, right],
            ExprKind::Test(value)
            | ExprKind::InInts { value, .. }
            | ExprKind::InAddresses { value, .. }
            | ExprKind::Text { value, .. }
            | ExprKind::Pattern { value, .. }
            | ExprKind::Has { value, .. }
            | ExprKind::Exists(value) => vec![value],
            ExprKind::TextPair { value, with, .. } => vec![value, with],
            ExprKind::Bool(_)
            | ExprKind::Not(_)
            | ExprKind::And(_)
            | ExprKind::Or(_)
            | ExprKind::Quantifier { .. } => Vec::new(),
        };
        let literal = |operand: &Operand| matches!(operand, Operand::Int(_) | Operand::Text(_));
        // What is known of a field says whether it was cut.
        let is_cut = |one: &Operand| matches!(one, Operand::Call(call) if call.is_cut());
        let with_innermost = operands.into_iter().flat_map(|one| match one.innermost() {
            inner if inner == one || is_cut(one) => vec![inner],
            inner => vec![one, inner],
        });
        with_innermost.filter(|one| !literal(one)).collect()
    }
}

/// The boolean expressions. Everything below `Not`, `And`, `Or` and quantifiers is an *atom*: false
/// if any side is absent.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// A constant.
    Bool(bool),
    /// `not a`.
    Not(Box<Expr>),
    /// `a and b`; never empty.
    And(Vec<Expr>),
    /// `a or b`; never empty.
    Or(Vec<Expr>),
    /// A boolean by itself: a field, `truncated(x)`.
    Test(Operand),
    /// `a == b`, `a < b`; both sides of one type. Text, bytes and addresses compare by `Eq` only;
    /// addresses by their number, whatever their length.
    Compare {
        /// `Ne` is `Not(Compare { Eq })` and does not occur.
        op: CompareOp,
        /// Left side.
        left: Operand,
        /// Right side.
        right: Operand,
    },
    /// `x in [1, 2]`, `x in list` of integers (enums, ports …), sorted, without duplicates.
    InInts {
        /// The value looked up.
        value: Operand,
        /// Inclusive ranges; a single value is a range of one. All uses of a `list` share them.
        ranges: Arc<[(i128, i128)]>,
    },
    /// `ip == 10.0.0.1`, `ip in 10.0.0.0/8`, `ip in list` of addresses or networks. Never empty.
    InAddresses {
        /// The address looked up.
        value: Operand,
        /// Where.
        addresses: AddressSet,
    },
    /// `x prefix [..]`, `x == "…"` against literals, `x in ["…"]`: any of the literals.
    Text {
        /// How they compare.
        op: TextOp,
        /// The string looked at.
        value: Operand,
        /// What it is compared with; any of them suffices. Never empty. All uses of a `list` share
        /// them.
        literals: Arc<[Arc<[u8]>]>,
        /// Ignoring ASCII case.
        fold: bool,
    },
    /// `x prefix y`, `x ==~ y`: two strings of the event.
    TextPair {
        /// How they compare. Equality with regard to case is [`ExprKind::Compare`].
        op: TextOp,
        /// The string looked at.
        value: Operand,
        /// What it is compared with.
        with: Operand,
        /// Ignoring ASCII case.
        fold: bool,
    },
    /// `x glob "…"`, `x regex [..]`: any of the patterns matches.
    Pattern {
        /// The string looked at.
        value: Operand,
        /// Compiled; conditions with the same patterns share it.
        set: Arc<PatternSet>,
    },
    /// `flags has any [..]`, `has all [..]`, `has F`.
    Has {
        /// The flag set looked at.
        value: Operand,
        /// `(mask, want)`: the flag is there when `value & mask == want`.
        flags: Vec<(u64, u64)>,
        /// All of them, or any.
        all: bool,
    },
    /// `x exists`.
    Exists(Operand),
    /// `any a in argv { … }` (`all` if so) over a list of strings; the body's element is
    /// [`Operand::Element`].
    Quantifier {
        /// `all` rather than `any`. `all` over an absent list is false, over an empty one true.
        all: bool,
        /// What is iterated.
        over: Iterated,
        /// The body.
        body: Box<Expr>,
    },
}

/// What a quantifier iterates.
#[derive(Debug, Clone, PartialEq)]
pub enum Iterated {
    /// A list of strings: elements are [`Operand::Element`].
    List(Field),
    /// `proc.ancestors`: the process itself first, at most [`crate::value::MAX_ANCESTORS`]; elements
    /// are [`Operand::Ancestor`].
    Ancestors,
}

/// `==` and the orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CompareOp {
    /// `==`
    Eq,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

/// How a string compares with a literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TextOp {
    /// `==` and `in`.
    Eq,
    /// `prefix`, by bytes.
    Prefix,
    /// `suffix`, by bytes.
    Suffix,
    /// `contains`, by bytes.
    Contains,
    /// `under`: the path itself, or below it. The literal has no slash at its end, but for `/` itself,
    /// which every absolute path is under.
    Under,
}

impl TextOp {
    /// As it is written; an equality with several literals is `in`.
    pub fn word(self, literals: usize) -> &'static str {
        match self {
            Self::Eq if literals == 1 => "==",
            Self::Eq => "in",
            Self::Prefix => "prefix",
            Self::Suffix => "suffix",
            Self::Contains => "contains",
            Self::Under => "under",
        }
    }
}

/// A place that holds a value of the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// An argument, or a field of a struct argument, by slot.
    Slot(u16),
    /// The context.
    Context(ContextField),
}

/// A side of an atom.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// A field, with its type.
    Field(Field, Type),
    /// An integer literal or constant.
    Int(i128),
    /// A string literal.
    Text(Arc<[u8]>),
    /// The string that the quantifier `depth` levels out stands at; 0 is the innermost.
    Element(u8),
    /// A property of the ancestor that the quantifier `depth` levels out stands at.
    Ancestor(u8, ProcessField),
    /// What a function gives.
    Call(Box<Call>),
}

/// A function with its arguments. What it gives is absent if one of them is.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The function.
    pub function: &'static Function,
    /// As many as it has parameters, each of a type that it accepts; nested at most
    /// [`crate::functions::MAX_NESTING`] deep.
    pub arguments: Vec<Operand>,
}

impl Call {
    /// Whether it asks if a field was cut.
    fn is_cut(&self) -> bool {
        matches!(self.function.evaluation, Evaluation::Cut)
    }
}

impl Operand {
    /// What functions are applied to in the end: their first argument's.
    pub fn innermost(&self) -> &Self {
        match self {
            Self::Call(call) => call.arguments.first().map_or(self, Self::innermost),
            _ => self,
        }
    }

    /// The same value, seen from inside of `by` more quantifiers.
    pub(crate) fn shifted(&self, by: u8) -> Self {
        match self {
            Self::Field(..) | Self::Int(_) | Self::Text(_) => self.clone(),
            Self::Element(depth) => Self::Element(depth.saturating_add(by)),
            Self::Ancestor(depth, field) => Self::Ancestor(depth.saturating_add(by), *field),
            Self::Call(call) => Self::Call(Box::new(Call {
                function: call.function,
                arguments: call.arguments.iter().map(|one| one.shifted(by)).collect(),
            })),
        }
    }
}
