//! Which part of a rule's traced condition is the rule's own, and which are its exceptions.

use tracee_lang::hir::{Exception, On, Rule};
use tracee_lang::trace::Trace;

/// The trace of what an `on` says, taken apart.
#[derive(Debug)]
pub(super) struct Parts<'p, 't, 'a> {
    /// What the clause itself says; [`None`] is always.
    pub(super) own: Option<&'t Trace<'a>>,
    /// What its exceptions say, in order: the rule doesn't match where one holds.
    pub(super) excepted: Vec<(&'p Exception, &'t Trace<'a>)>,
}

impl<'p, 't, 'a> Parts<'p, 't, 'a> {
    /// Of the trace of an `on` of this rule.
    pub(super) fn new(rule: &'p Rule, on: &On, trace: Option<&'t Trace<'a>>) -> Self {
        if on.exceptions.is_empty() {
            return Self {
                own: trace,
                excepted: Vec::new(),
            };
        }
        let parts = trace.map_or(&[][..], |trace| &trace.parts);
        let own = usize::from(on.own().is_some());
        let exceptions = on.exceptions.iter().map(|index| &rule.exceptions[*index]);
        // Each is a `not` of what it says.
        let denied = parts.iter().skip(own).map(|denied| denied.parts.first());
        Self {
            own: parts.first().filter(|_| own > 0),
            excepted: exceptions
                .zip(denied)
                .filter_map(|(exception, trace)| Some((exception, trace?)))
                .collect(),
        }
    }
}
