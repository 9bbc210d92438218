//! What the engine counts.

use std::collections::BTreeMap;

use tracee_lang::schema::EventId;

use crate::record::BadRecord;
use crate::replay::Names;

/// Counts since the start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counters {
    /// Events that were matched, by event; internal records are not among them.
    pub events: BTreeMap<EventId, u64>,
    /// Records that only fed the process tree.
    pub internal: u64,
    /// Events that went to outputs because a policy selected them.
    pub selected: u64,
    /// Events that were lost, by name.
    pub losses: Names,
    /// Records that were not sound.
    pub bad_records: u64,
    /// What was wrong with the first of them.
    pub first_bad: Option<String>,
}

impl Counters {
    pub(super) fn event(&mut self, event: EventId) {
        *self.events.entry(event).or_default() += 1;
    }

    pub(super) fn bad(&mut self, error: &BadRecord) {
        self.bad_records += 1;
        self.first_bad.get_or_insert_with(|| error.to_string());
    }
}
