//! What a replay read, and what it had to leave out.

use std::collections::BTreeMap;

use serde::Serialize;

/// Reasons that are kept; the others are counted.
const REASONS: usize = 10;
/// Different names that are counted one by one; the others together.
const NAMES: usize = 256;
/// Characters of a foreign name that are kept.
const NAME_LENGTH: usize = 64;

/// The result of reading a file of events.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ReplayReport {
    /// The file.
    pub file: String,
    /// What one piece of it is: `line` or `record`.
    pub unit: &'static str,
    /// Pieces read, blank lines not counted.
    pub read: u64,
    /// Events handed on.
    pub events: u64,
    /// Detections found among the lines; their events were handed on once.
    pub detections: u64,
    /// Pieces that could not be read, and were skipped.
    pub bad: u64,
    /// The first of them.
    pub reasons: Vec<Skipped>,
    /// Events that the schema doesn't have, by name; skipped.
    pub unknown_events: Names,
    /// Parts that were left out of events, by name: arguments that the event doesn't have
    /// (`openat.x`), facts that a record has no place for (`kubernetes`).
    pub ignored: Names,
}

/// A piece that was skipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// Its number, from 1.
    pub at: u64,
    /// What is wrong with it.
    pub reason: String,
}

/// How often each of some names was seen; bounded, because a file chooses the names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Names(pub BTreeMap<String, u64>);

impl Names {
    /// Counts one.
    pub fn count(&mut self, name: &str) {
        self.add(name, 1);
    }

    /// Counts several.
    pub fn add(&mut self, name: &str, count: u64) {
        if let Some(seen) = self.0.get_mut(name) {
            *seen = seen.saturating_add(count);
            return;
        }
        let kept = if self.0.len() < NAMES {
            name.chars().take(NAME_LENGTH).collect()
        } else {
            "others".to_owned()
        };
        let seen = self.0.entry(kept).or_default();
        *seen = seen.saturating_add(count);
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The sum. Counts may be what a file says: there is none above [`u64::MAX`].
    pub fn total(&self) -> u64 {
        self.0
            .values()
            .fold(0, |sum, count| sum.saturating_add(*count))
    }
}

impl ReplayReport {
    /// A report on a file of which nothing was read yet.
    pub fn new(file: &str, unit: &'static str) -> Self {
        Self {
            file: file.to_owned(),
            unit,
            ..Self::default()
        }
    }

    /// Counts a piece that can't be read.
    pub(crate) fn skip(&mut self, at: u64, reason: String) {
        self.bad += 1;
        if self.reasons.len() < REASONS {
            self.reasons.push(Skipped { at, reason });
        }
    }

    /// Whether everything in the file was used.
    pub fn is_clean(&self) -> bool {
        self.bad == 0 && self.unknown_events.is_empty() && self.ignored.is_empty()
    }
}
