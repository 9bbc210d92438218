//! `test` blocks: events, and the rules that are expected to match them.

use ecow::EcoString;

use super::{Expr, Name, Path, Text};
use crate::source::Span;

/// `test "a shell under nginx" for web_tier { … }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestDecl {
    /// The doc comment.
    pub doc: EcoString,
    /// What it shows.
    pub title: Text,
    /// The policy or rule that it is for.
    pub of: Option<Path>,
    /// Its clauses, in order.
    pub clauses: Box<[TestClause]>,
    /// The whole declaration.
    pub span: Span,
}

/// A clause of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TestClause {
    /// `given openat { pathname: "/etc/shadow" };`
    Event {
        /// The event's name.
        event: Name,
        /// What its fields hold.
        fields: Box<[Given]>,
        /// The clause.
        span: Span,
    },
    /// `given recording "x.jsonl";`
    Recording(Text),
    /// `expect [not] RULE [ACTION];`
    Expect {
        /// It must not match.
        not: bool,
        /// The rule.
        rule: Path,
        /// What it does.
        action: Option<Name>,
        /// The clause.
        span: Span,
    },
    /// Something that was already reported.
    Error,
}

/// `uid: 1033`, `proc: { uid: 1033 }`, `proc.uid: 1033`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The names on the left; never empty.
    pub path: Box<[Name]>,
    /// What stands on the right.
    pub value: GivenValue,
    /// Both.
    pub span: Span,
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GivenValue {
    /// A literal, a constant or a list of them; also `absent` and `truncated("…")`.
    One(Expr),
    /// `{ uid: 1033 }`
    Map(Box<[Given]>, Span),
    /// `[ { exe: "/bin/sh" }, { exe: "/usr/sbin/nginx" } ]`
    Maps(Box<[Box<[Given]>]>, Span),
}
