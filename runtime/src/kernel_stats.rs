//! What the kernel says of its programs and events: `tracee run --stats`. [`crate::live`] asks it.

use serde::Serialize;
use tracee_lang::schema::EventId;

/// What the kernel's programs cost, and what became of events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KernelStats {
    /// The programs that ran, the dearest first.
    pub programs: Vec<ProgramStats>,
    /// Events that reached the filters, or were lost; the most frequent first.
    pub events: Vec<EventStats>,
}

/// The kernel's own figures of a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProgramStats {
    /// Its name in the object.
    pub program: String,
    /// Nanoseconds that it ran, on all processors.
    pub run_time_ns: u64,
    /// How often it ran.
    pub run_cnt: u64,
}

/// What became of an event's occurrences in scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventStats {
    /// Its name.
    pub event: String,
    /// How many there were, and where they went.
    #[serde(flatten)]
    pub counters: EventCounters,
}

/// What happened to an event, over all processors, since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct EventCounters {
    /// Which event.
    #[serde(skip)]
    pub event: EventId,
    /// Events in scope that reached the filters.
    pub seen: u64,
    /// Records that reached the ring buffer.
    pub submitted: u64,
    /// Records that found no place in it.
    pub ring_full: u64,
    /// Records without their return value, because too many calls were waiting for theirs.
    pub stash_full: u64,
    /// Events that found all memory to make a record in use.
    pub no_work: u64,
    /// Of sched_process_fork: children that no tree took, so that their events are missing.
    pub tree_full: u64,
}

impl EventCounters {
    /// What could not be delivered: records, and children whose events were not seen.
    pub fn lost(&self) -> u64 {
        self.ring_full + self.tree_full + self.no_work
    }
}

impl KernelStats {
    /// For a person, without line ends.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec!["in the kernel, by program: runs, ns a run".to_owned()];
        for ProgramStats {
            program,
            run_time_ns,
            run_cnt,
        } in &self.programs
        {
            let each = run_time_ns / run_cnt.max(&1);
            lines.push(format!("  {program:<32}  {run_cnt:>12}  {each:>8}"));
        }
        lines.push("in the kernel, by event: seen, submitted, lost".to_owned());
        for EventStats { event, counters } in &self.events {
            let (seen, submitted, lost) = (counters.seen, counters.submitted, counters.lost());
            lines.push(format!(
                "  {event:<32}  {seen:>12}  {submitted:>12}  {lost:>8}"
            ));
        }
        lines
    }
}
