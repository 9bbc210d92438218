//! What the engine counts.

use tracee_lang::schema::EventId;

use crate::record::BadRecord;
use crate::replay::Names;

/// How often each event came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventCounts(Vec<u64>);

impl EventCounts {
    fn count(&mut self, event: EventId) {
        let at = usize::from(event.0);
        if self.0.len() <= at {
            self.0.resize(at + 1, 0);
        }
        self.0[at] += 1;
    }

    /// Those that came, in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (EventId, u64)> + '_ {
        let counts = self.0.iter().enumerate();
        let came = counts.filter(|(_, count)| **count > 0);
        came.map(|(at, count)| (EventId(at as u16), *count))
    }
}

/// Counts since the start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counters {
    /// Events that were matched; internal records are not among them.
    pub events: EventCounts,
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
        self.events.count(event);
    }

    pub(super) fn bad(&mut self, error: &BadRecord) {
        self.bad_records += 1;
        self.first_bad.get_or_insert_with(|| error.to_string());
    }
}
