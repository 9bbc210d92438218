//! What the kernel says of its programs and events: `tracee run --stats`. [`crate::live`] asks it.

use serde::Serialize;

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
    /// How many reached the filters.
    pub seen: u64,
    /// How many records of them are in the ring buffer, or were.
    pub submitted: u64,
    /// Records that found no place there.
    pub ring_full: u64,
    /// Calls whose record lacks their return value, because too many were waiting for theirs.
    pub stash_full: u64,
    /// Events that found all memory to make a record in use.
    pub no_work: u64,
    /// Children that found no place in the process trees, so that their events are missing.
    pub tree_full: u64,
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
        for of in &self.events {
            let lost = of.ring_full + of.no_work + of.tree_full;
            let (event, seen, submitted) = (&of.event, of.seen, of.submitted);
            lines.push(format!(
                "  {event:<32}  {seen:>12}  {submitted:>12}  {lost:>8}"
            ));
        }
        lines
    }
}
