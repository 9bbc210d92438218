//! Which select or rule each bit of a matcher's result is.

use tracee_compiler::matcher::TargetSet;
use tracee_compiler::plan::{Plan, TargetKind};
use tracee_lang::hir::PolicySet;
use tracee_lang::schema::EventId;

/// A select or a rule, on one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Target {
    pub(super) policy: usize,
    pub(super) kind: TargetKind,
    /// Its bit.
    pub(super) bit: usize,
    /// What matched so far is only what the rule's signature selects.
    pub(super) is_signature: bool,
}

/// The targets of all events.
#[derive(Debug, Default)]
pub(super) struct Targets {
    /// By event id; each in order of declaration, selects before rules.
    by_event: Vec<Vec<Target>>,
}

impl Targets {
    pub(super) fn new(plan: &Plan, policies: &PolicySet) -> Self {
        let is_signature = |policy: usize, kind| match kind {
            TargetKind::Rule(rule) => policies
                .policies
                .get(policy)
                .and_then(|policy| policy.rules.get(rule))
                .is_some_and(|rule| rule.signature.is_some()),
            TargetKind::Select => false,
        };
        let mut by_event = Vec::new();
        for event in &plan.events {
            let mut targets: Vec<_> = event
                .targets
                .iter()
                .enumerate()
                .map(|(bit, target)| Target {
                    policy: target.policy,
                    kind: target.kind,
                    bit,
                    is_signature: is_signature(target.policy, target.kind),
                })
                .collect();
            targets.sort_unstable();
            let at = usize::from(event.event.0);
            if by_event.len() <= at {
                by_event.resize(at + 1, Vec::new());
            }
            by_event[at] = targets;
        }
        Self { by_event }
    }

    /// The targets of the event that are in the set.
    pub(super) fn matching<'a>(
        &'a self,
        event: EventId,
        set: &'a TargetSet,
    ) -> impl Iterator<Item = &'a Target> {
        let targets = self
            .by_event
            .get(usize::from(event.0))
            .map_or(&[][..], Vec::as_slice);
        let targets = if set.is_empty() { &[] } else { targets };
        targets.iter().filter(|target| set.contains(target.bit))
    }
}
