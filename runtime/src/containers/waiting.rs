//! Events of a container whose runtime is being asked about it: they wait for the answer, so that conditions on
//! its name and image hold from its first event on, but no longer than [`PATIENCE`], and no more of them than
//! [`MAX_BYTES`]. Events of other control groups go on. A runtime that once let that time pass isn't waited for
//! again until it answers; what it says late counts from then on.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use super::api::Runtime;
use super::lookup::Found;
use crate::record::RecordBuf;

/// How long events wait for what a runtime says.
pub const PATIENCE: Duration = Duration::from_secs(2);
/// What waits is no larger.
const MAX_BYTES: usize = 8 << 20;

/// What waits.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    groups: HashMap<u64, Held>,
    bytes: usize,
    /// Runtimes that let the time pass.
    silent: HashSet<Runtime>,
    /// Containers that are told without what their runtime may still say.
    late: HashMap<u64, Found>,
    unnamed: u64,
}

/// A container that isn't told yet, and the records of its control group.
#[derive(Debug)]
struct Held {
    found: Found,
    runtime: Runtime,
    end: Instant,
    records: Vec<RecordBuf>,
}

/// A container to be told, and what waited for that.
#[derive(Debug)]
pub(super) struct Released {
    pub(super) found: Found,
    pub(super) records: Vec<RecordBuf>,
}

impl Waiting {
    /// Begins to hold back what is of the container; gives it back if its runtime isn't waited for.
    pub(super) fn begin(&mut self, found: Found, runtime: Runtime, now: Instant) -> Option<Found> {
        let cgroup = found.header.cgroup_id;
        if self.silent.contains(&runtime) {
            self.tell_later(found.clone());
            return Some(found);
        }
        let held = Held {
            found,
            runtime,
            end: now + PATIENCE,
            records: Vec::new(),
        };
        self.groups.insert(cgroup, held);
        None
    }

    /// Keeps a copy of the record if its control group waits; says so.
    pub(super) fn hold(&mut self, cgroup: u64, bytes: &[u8]) -> bool {
        if self.groups.is_empty() {
            return false;
        }
        let Some(held) = self.groups.get_mut(&cgroup) else {
            return false;
        };
        self.bytes += bytes.len();
        held.records.push(RecordBuf::from_bytes(bytes));
        true
    }

    /// Whether so much waits that nothing may wait any longer.
    pub(super) fn is_full(&self) -> bool {
        self.bytes > MAX_BYTES
    }

    /// What needn't wait any more.
    pub(super) fn over(&mut self, now: Instant) -> Vec<Released> {
        if self.groups.is_empty() {
            return Vec::new();
        }
        let over = self.groups.iter().filter(|(_, held)| held.end <= now);
        let over: Vec<u64> = over.map(|(cgroup, _)| *cgroup).collect();
        let mut released = Vec::new();
        for cgroup in over {
            let Some(held) = self.take(cgroup) else {
                continue;
            };
            self.silent.insert(held.runtime);
            self.unnamed += 1;
            self.tell_later(held.found.clone());
            released.push(Released {
                found: held.found,
                records: held.records,
            });
        }
        released
    }

    /// Everything, because nothing may wait now.
    pub(super) fn all(&mut self) -> Vec<Released> {
        let mut released = Vec::new();
        for cgroup in self.groups.keys().copied().collect::<Vec<_>>() {
            if let Some(held) = self.take(cgroup) {
                self.tell_later(held.found.clone());
                released.push(Released {
                    found: held.found,
                    records: held.records,
                });
            }
        }
        released
    }

    /// What waited for an answer, or was told already without it.
    pub(super) fn answered(&mut self, cgroup: u64, by: Runtime, said: bool) -> Option<Released> {
        if said {
            self.silent.remove(&by);
        }
        if let Some(held) = self.take(cgroup) {
            self.unnamed += u64::from(!said);
            return Some(Released {
                found: held.found,
                records: held.records,
            });
        }
        let mut found = self.late.remove(&cgroup).filter(|_| said)?;
        found.existing = true;
        Some(Released {
            found,
            records: Vec::new(),
        })
    }

    /// The control group is gone: nothing is told of it later.
    pub(super) fn forget(&mut self, cgroup: u64) {
        self.late.remove(&cgroup);
    }

    /// How long until something needn't wait any more; none if nothing waits.
    pub(super) fn left(&self, now: Instant) -> Option<Duration> {
        let ends = self.groups.values().map(|held| held.end);
        ends.min().map(|end| end.saturating_duration_since(now))
    }

    /// Containers whose events went on without what their runtime says of them.
    pub(super) fn unnamed(&self) -> u64 {
        self.unnamed
    }

    fn tell_later(&mut self, found: Found) {
        if self.late.len() >= super::MAX_CGROUPS {
            self.late.clear();
        }
        self.late.insert(found.header.cgroup_id, found);
    }

    fn take(&mut self, cgroup: u64) -> Option<Held> {
        let held = self.groups.remove(&cgroup)?;
        let bytes = held.records.iter().map(|record| record.as_bytes().len());
        self.bytes = self.bytes.saturating_sub(bytes.sum());
        Some(held)
    }
}
