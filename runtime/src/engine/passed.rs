//! How many records each selector of the kernel's filters let through (`tracee run --stats`).

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use tracee_compiler::plan::{EventPlan, Plan, TargetKind};
use tracee_compiler::pretty::Printer;
use tracee_lang::hir::PolicySet;
use tracee_lang::schema::{EventId, Schema};

use crate::record::Record;

/// How many records a selector let through, and for whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SelectorTotal {
    /// The event.
    pub event: String,
    /// What it asks, in `.tp`-like words; `everything` if nothing.
    pub selector: String,
    /// The rules, by their qualified names, and the policies that select the event.
    pub targets: Vec<String>,
    /// Records that reached userland with it.
    pub records: u64,
}

/// The selectors of a plan, with counts.
#[derive(Debug)]
pub(super) struct Passed {
    /// By event, in the order of their bits.
    events: HashMap<EventId, Vec<SelectorTotal>>,
}

impl Passed {
    pub(super) fn new(schema: &Schema, policies: &PolicySet, plan: &Plan) -> Self {
        let of = |planned: &EventPlan| {
            let event = schema.event(planned.event)?;
            let printer = Printer::new(schema, event);
            let selectors = planned.selectors.iter().map(|selector| SelectorTotal {
                event: event.name.clone(),
                selector: printer.selector(selector),
                targets: names(policies, planned, &selector.targets),
                records: 0,
            });
            Some((planned.event, selectors.collect()))
        };
        Self {
            events: plan.events.iter().filter_map(of).collect(),
        }
    }

    /// Counts a record for the selectors that its header names.
    pub(super) fn count(&mut self, record: &Record<'_>) {
        let Some(selectors) = self.events.get_mut(&record.event()) else {
            return;
        };
        for (word, &bits) in record.header().selectors.iter().enumerate() {
            let mut left = bits;
            while left != 0 {
                let bit = 64 * word + left.trailing_zeros() as usize;
                left &= left - 1;
                if let Some(selector) = selectors.get_mut(bit) {
                    selector.records += 1;
                }
            }
        }
    }

    /// Adds the counts to those of other plans, by event and text.
    pub(super) fn add_to(&self, totals: &mut BTreeMap<(String, String), SelectorTotal>) {
        for selector in self.events.values().flatten() {
            let key = (selector.event.clone(), selector.selector.clone());
            let total = totals.entry(key).or_insert_with(|| SelectorTotal {
                records: 0,
                ..selector.clone()
            });
            total.records += selector.records;
            total.targets.clone_from(&selector.targets);
        }
    }
}

fn names(policies: &PolicySet, planned: &EventPlan, targets: &[usize]) -> Vec<String> {
    let name = |target: &usize| {
        let target = planned.targets.get(*target)?;
        let policy = policies.policies.get(target.policy)?;
        Some(match target.kind {
            TargetKind::Select => policy.name.clone(),
            TargetKind::Rule(rule) => policy.rules.get(rule)?.qualified_name.clone(),
        })
    };
    targets.iter().filter_map(name).collect()
}
