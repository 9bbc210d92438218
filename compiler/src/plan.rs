//! The plan: which part of every condition the kernel decides, which is left, and why.
//! `tracee explain` prints it.

use std::borrow::Cow;
use std::sync::Arc;

use tracee_lang::address::set::AddressSet;
use tracee_lang::hir::{Expr, Field, TextOp};
use tracee_lang::interpreter;
use tracee_lang::schema::EventId;
use tracee_lang::source::Span;

pub use crate::ranges::Ranges;

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
    /// What the kernel decides; at most 256. A record passes when any selector holds; a selector
    /// without tests always does. None at all if no target can ever match.
    pub selectors: Vec<Selector>,
    /// Whether selectors had to be merged to stay within 256. A merged selector holds for more than
    /// each of its targets asked for, so those have nothing exact.
    pub merged: bool,
}

/// A select or a rule, on one event.
#[derive(Debug, Clone)]
pub struct Target {
    /// Index in [`tracee_lang::hir::PolicySet::policies`].
    pub policy: usize,
    /// Which of the policy.
    pub kind: TargetKind,
    /// Scope and condition together; `None` is always. Shared with the matchers.
    pub condition: Option<Arc<Expr>>,
    /// Where each predicate of it runs.
    pub predicates: Vec<PredicatePlan>,
    /// What userland must still check when one of the target's selectors held, all the tested values
    /// were there and none was cut; `None` if nothing. For `tracee explain`: matchers evaluate the
    /// whole condition, so that records from elsewhere give the same detections.
    pub residual: Option<Arc<Expr>>,
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
    /// The atom, with the `not` before it.
    pub atom: Expr,
    /// Its place in the source.
    pub span: Span,
    /// What the kernel does with it.
    pub pushdown: Pushdown,
    /// Why.
    pub reason: Reason,
}

/// Why something is so, as a person would say it: lower case, no full stop.
pub type Reason = Cow<'static, str>;

/// How much of a predicate the kernel decides.
///
/// The kernel knows a field only if it was there and could be read whole. Where it wasn't, every
/// test on it holds and userland decides, so "exact" is always meant for values that are there
/// (a missing `retval`, a path that could not be read) and not cut at the ABI's limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Pushdown {
    /// The kernel decides it as userland would: where it stands, what fails it is not passed.
    Exact,
    /// The kernel drops some of what fails it; userland checks again.
    Inexact,
    /// Userland decides it.
    None,
}

/// One conjunction that the kernel decides: a bit in the event's selector set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector {
    /// All of them must hold. In a fixed order, without duplicates.
    pub tests: Vec<Test>,
    /// Indices in [`EventPlan::targets`] that may match when this selector holds, ascending.
    pub targets: Vec<usize>,
}

/// One test on one field; it holds if the field is absent, unless it asks for that ([`Check::State`]).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Test {
    /// The field; `None` is the process tree.
    pub field: Option<Field>,
    /// What is asked of it.
    pub check: Check,
}

/// What a [`Test`] asks of its field's value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// The integer is in the set.
    Ints(Ranges),
    /// The address is in the set.
    Addresses(AddressSet),
    /// Any of these holds; none does if there are none.
    Flags(Vec<FlagLiteral>),
    /// Any of the patterns matches the string or, if `negated`, none does.
    Text {
        /// Sorted, without duplicates.
        any: Vec<Pattern>,
        /// None of them rather than any.
        negated: bool,
    },
    /// Any of the patterns matches an element of the list or, if `negated`, none does.
    Elements {
        /// Sorted, without duplicates.
        any: Vec<Pattern>,
        /// No element matches rather than any.
        negated: bool,
    },
    /// The integer lies so to that of another field; holds if either is absent.
    Order {
        /// Greater than the test's own.
        other: Field,
        /// In which ways it may lie.
        orders: Orders,
    },
    /// The bytes of the string, or of the list: a list of n elements has at least 4 n.
    Length(Ranges),
    /// The field is in one of these states.
    State(States),
    /// The process or one of its ancestors has one of these host pids; sorted.
    Tree(Vec<u32>),
}

/// Ways an integer can lie to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Orders {
    /// It is less.
    pub less: bool,
    /// They are equal.
    pub equal: bool,
    /// It is greater.
    pub greater: bool,
}

/// Ways a field can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct States {
    /// It holds no value.
    pub absent: bool,
    /// It holds a value, whole.
    pub whole: bool,
    /// It holds the begin of a value.
    pub cut: bool,
}

/// `value & mask == want`, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlagLiteral {
    /// The bits looked at.
    pub mask: u64,
    /// What they must be …
    pub want: u64,
    /// … or must not be.
    pub negated: bool,
}

/// A literal that a string is compared with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern {
    /// How.
    pub op: TextOp,
    /// With what.
    pub literal: Arc<[u8]>,
    /// Ignoring ASCII case.
    pub fold: bool,
}

impl Pattern {
    /// Whether `text` matches.
    pub fn matches(&self, text: &[u8]) -> bool {
        interpreter::text(self.op, text, &self.literal, self.fold)
    }
}
