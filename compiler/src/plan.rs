//! The plan: which part of every condition the kernel decides, which is left, and why.
//! `tracee explain` prints it.

use tracee_lang::hir::{Expr, Field};
use tracee_lang::schema::EventId;
use tracee_lang::source::Span;

/// The plan of a policy set, one entry per event that a policy selects or a rule is on.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// In order of event id.
    pub events: Vec<EventPlan>,
}

/// The plan of one event.
#[derive(Debug, Clone)]
pub struct EventPlan {
    /// The event.
    pub event: EventId,
    /// Who wants it: every select and rule of every policy.
    pub targets: Vec<Target>,
    /// What the kernel decides; at most 256. A record passes when any selector holds. Empty when
    /// `everything` is set.
    pub selectors: Vec<Selector>,
    /// Whether selectors had to be merged to stay within 256.
    pub merged: bool,
}

/// A select or a rule, on one event.
#[derive(Debug, Clone)]
pub struct Target {
    /// Index in [`tracee_lang::hir::PolicySet::policies`].
    pub policy: usize,
    /// Which of the policy.
    pub kind: TargetKind,
    /// Scope and condition together; `None` is always.
    pub condition: Option<Expr>,
    /// Where each predicate of it runs.
    pub predicates: Vec<PredicatePlan>,
    /// What userland must still check when the kernel let the event through; `None` if nothing.
    pub residual: Option<Expr>,
}

/// Which part of a policy a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TargetKind {
    /// Records the event.
    Select,
    /// Index in [`tracee_lang::hir::Policy::rules`].
    Rule(usize),
}

/// What becomes of one predicate (an atom of a condition).
#[derive(Debug, Clone)]
pub struct PredicatePlan {
    /// Its place in the source.
    pub span: Span,
    /// What the kernel does with it.
    pub pushdown: Pushdown,
    /// Why, as a person would say it: lower case, no full stop.
    pub reason: String,
}

/// How much of a predicate the kernel decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pushdown {
    /// The kernel decides it: what it passes satisfies the predicate.
    Exact,
    /// The kernel drops some of what fails it; userland checks again.
    Inexact,
    /// Userland decides it.
    None,
}

/// One conjunction that the kernel decides: a bit in the event's selector set.
#[derive(Debug, Clone, PartialEq)]
pub struct Selector {
    /// All of them must hold.
    pub tests: Vec<Test>,
    /// Indices in [`EventPlan::targets`] that may match when this selector holds.
    pub targets: Vec<usize>,
}

/// One test on one field.
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    /// The field; `None` is the process tree.
    pub field: Option<Field>,
    /// The atom as it was written, or its negation.
    pub atom: Expr,
    /// Whether the atom must be false.
    pub negated: bool,
}
