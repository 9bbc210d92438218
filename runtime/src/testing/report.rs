//! What came of a test, as data. The command line prints it.

use std::time::Duration;

use tracee_lang::source::Span;

use super::explained::Explained;

/// What came of one test.
#[derive(Debug, Clone)]
pub struct Report {
    /// How many events it had.
    pub events: u64,
    /// One for each `expect`, in order.
    pub expected: Vec<Expected>,
    /// What went wrong beside expectations. Each fails the test.
    pub problems: Vec<Problem>,
    /// How long it took.
    pub duration: Duration,
}

impl Report {
    /// Whether all expectations hold and nothing went wrong.
    pub fn passed(&self) -> bool {
        self.problems.is_empty() && self.expected.iter().all(|one| one.holds)
    }

    /// Whether it shows that tracee does not do what it is meant to, whatever the policy says.
    pub fn is_bug(&self) -> bool {
        let bug = |problem: &Problem| {
            matches!(
                problem,
                Problem::Disagreement { .. } | Problem::Dropped { .. }
            )
        };
        self.problems.iter().any(bug)
    }
}

/// What came of one expectation.
#[derive(Debug, Clone)]
pub struct Expected {
    /// Whether it holds.
    pub holds: bool,
    /// If not: the event that is to blame. For `expect not` the first that matched, otherwise the one
    /// that came nearest; [`None`] if no event is one that a rule of it is on.
    pub near: Option<Box<Near>>,
}

/// A rule and an event.
#[derive(Debug, Clone)]
pub struct Near {
    /// The rule, by index in the test's policy.
    pub rule: usize,
    /// The `on` of it.
    pub on: Span,
    /// The event.
    pub event: EventNote,
    /// The scope of the policy, if it has one; an out-of-scope event matches no rule.
    pub scope: Option<Explained>,
    /// The condition of the `on`, if it has one.
    pub condition: Option<Explained>,
    /// What the rule excepts; none that has expired.
    pub exceptions: Vec<Excepted>,
}

/// An exception of a rule on an event.
#[derive(Debug, Clone)]
pub struct Excepted {
    /// Why there is one.
    pub reason: String,
    /// Its last day, as written.
    pub expires: Option<String>,
    /// The clause.
    pub span: Span,
    /// What it says: if it holds, the rule does not match.
    pub condition: Explained,
}

/// An event of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventNote {
    /// `openat`.
    pub name: String,
    /// Which of the test's, from 1.
    pub number: u64,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where an event comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A `given`.
    Given(Span),
    /// A recording: the clause, and which of its events, from 1.
    Recording(Span, u64),
}

/// What can go wrong beside expectations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The events can't be had.
    Unreadable {
        /// The `given`.
        span: Span,
        /// Why.
        reason: String,
    },
    /// A test in Rego is not true.
    Failed {
        /// The test.
        span: Span,
        /// What it is instead.
        reason: String,
    },
    /// Machine code and interpreter differ: a bug of tracee.
    Disagreement {
        /// On this event.
        event: EventNote,
        /// The rule, by index in its policy, or the policy's selects.
        rule: Option<usize>,
        /// The policy, by index.
        policy: usize,
        /// What the interpreter says, which is right.
        matches: bool,
    },
    /// The kernel would drop an event that a rule matches: a bug of tracee.
    Dropped {
        /// The event.
        event: EventNote,
        /// The rule, by index in the test's policy.
        rule: usize,
    },
}
