//! Conditions as they are written. Most of a policy are lists of literals, so an [`Expr`] is small: what
//! is rare or large in itself is behind a pointer.

use std::fmt;
use std::sync::Arc;

use super::{Date, Duration, Int, Name};
use crate::address::written::Address;
use crate::source::Span;

/// An expression with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its place, with parentheses if it has them.
    pub span: Span,
}

const _: () = assert!(size_of::<Expr>() <= 40);

/// The forms of expressions. Nothing is known of types here: `"a" and 3` is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExprKind {
    /// `a or b or c`
    Or(Box<[Expr]>),
    /// `a and b and c`
    And(Box<[Expr]>),
    /// `not a`
    Not(Box<Expr>),
    /// `a == b`, `a not in b`, `a prefix~ b`
    Binary(Box<Binary>),
    /// `a has F`, `a has any [F, G]`
    Has {
        /// The left side.
        value: Box<Expr>,
        /// The right side.
        flags: Box<HasFlags>,
    },
    /// `a exists`
    Exists(Box<Expr>),
    /// `any x in xs { … }`, `all x in xs { … }`
    Quantifier(Box<Quantifier>),
    /// `truncated(x)`
    Call(Box<Call>),
    /// `pathname`, `proc.parent.exe`; never empty.
    Path(Box<[Name]>),
    /// `true`, `false`
    Bool(bool),
    /// `12`, `-1`
    Int(Box<Int>),
    /// `"…"`
    Text(Quoted),
    /// `10.0.0.1`, `10.0.0.0/8`
    Address(Address),
    /// `10s`
    Duration(Box<Duration>),
    /// `2027-01-31`
    Date(Box<Date>),
    /// `[a, b]`
    List(Box<[Expr]>),
    /// `1..1023`, both ends included
    Range(Box<Expr>, Box<Expr>),
    /// Something that was already reported.
    Error,
}

impl Expr {
    /// Calls `with` for every path in it, and every function as a path of one name; not for those that
    /// begin with one of the `hidden` names or with what a quantifier around them gives a name to.
    pub(crate) fn paths<'e>(&'e self, hidden: &mut Vec<&'e str>, with: &mut dyn FnMut(&'e [Name])) {
        match &self.kind {
            ExprKind::Or(parts) | ExprKind::And(parts) | ExprKind::List(parts) => {
                parts.iter().for_each(|part| part.paths(hidden, with));
            }
            ExprKind::Not(of) | ExprKind::Exists(of) => of.paths(hidden, with),
            ExprKind::Binary(of) => {
                of.left.paths(hidden, with);
                of.right.paths(hidden, with);
            }
            ExprKind::Range(low, high) => {
                low.paths(hidden, with);
                high.paths(hidden, with);
            }
            ExprKind::Has { value, flags } => {
                value.paths(hidden, with);
                match &**flags {
                    HasFlags::One(flag) => flag.paths(hidden, with),
                    HasFlags::Many { flags, .. } => {
                        flags.iter().for_each(|flag| flag.paths(hidden, with));
                    }
                }
            }
            ExprKind::Quantifier(of) => {
                of.over.paths(hidden, with);
                hidden.push(&of.binder.text);
                of.body.paths(hidden, with);
                hidden.pop();
            }
            ExprKind::Call(call) => {
                with(std::slice::from_ref(&call.function));
                let arguments = call.arguments.iter();
                arguments.for_each(|argument| argument.paths(hidden, with));
            }
            ExprKind::Path(path) if !hidden.contains(&path[0].text.as_str()) => with(path),
            _ => {}
        }
    }
}

/// An operator with its sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binary {
    /// Which operator.
    pub op: BinaryOp,
    /// Where it is, with `not` and `~`.
    pub op_span: Span,
    /// `not` before it.
    pub negated: bool,
    /// `~` after it: ASCII case is ignored.
    pub fold: bool,
    /// Left side.
    pub left: Expr,
    /// Right side.
    pub right: Expr,
}

/// What is asked of the elements of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quantifier {
    /// `all` rather than `any`.
    pub all: bool,
    /// `x`
    pub binder: Name,
    /// `xs`
    pub over: Expr,
    /// The body.
    pub body: Expr,
}

/// A function with its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The function's name.
    pub function: Name,
    /// Its arguments.
    pub arguments: Box<[Expr]>,
}

/// A string literal, unescaped, whose place is that of its expression. Not necessarily UTF-8.
#[derive(Clone, PartialEq, Eq)]
pub struct Quoted {
    /// Its bytes; conditions that compare with them share them.
    pub bytes: Arc<[u8]>,
}

impl fmt::Debug for Quoted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.bytes.escape_ascii())
    }
}

/// The right side of `has`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HasFlags {
    /// `has F`
    One(Expr),
    /// `has any [..]`, or `has all [..]` if so.
    Many {
        /// `all` rather than `any`.
        all: bool,
        /// The flags.
        flags: Box<[Expr]>,
        /// The place of the list.
        span: Span,
    },
}

/// Operators with two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOp {
    /// `==` (or `=`, which was reported)
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `in`
    In,
    /// `prefix`
    Prefix,
    /// `suffix`
    Suffix,
    /// `contains`
    Contains,
    /// `glob`
    Glob,
    /// `regex`
    Regex,
    /// `under`
    Under,
}

impl BinaryOp {
    /// As it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Eq => "==",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::In => "in",
            Self::Prefix => "prefix",
            Self::Suffix => "suffix",
            Self::Contains => "contains",
            Self::Glob => "glob",
            Self::Regex => "regex",
            Self::Under => "under",
        }
    }
}
