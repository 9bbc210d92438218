//! What the kernel counted: events seen, submitted and lost.

use aya::Ebpf;
use aya::maps::PerCpuArray;
use tracee_ebpf::abi;
use tracee_lang::schema::EventId;

use super::LiveError;
use super::cell::Cell;
use super::hooks::FORK;

/// What happened to an event, over all processors, since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventCounters {
    /// Which event.
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

/// Sums the counters of these events, and of fork: it counts for the trees even if it isn't wanted.
pub(super) fn read(ebpf: &Ebpf, events: &[EventId]) -> Result<Vec<EventCounters>, LiveError> {
    let losses: PerCpuArray<_, Cell<abi::Loss>> = map(ebpf, "losses")?;
    let passed: PerCpuArray<_, Cell<abi::Passed>> = map(ebpf, "passed")?;
    let mut ids = events.to_vec();
    ids.push(FORK);
    ids.sort_unstable();
    ids.dedup();
    let mut all = Vec::with_capacity(ids.len());
    for event in ids {
        let key = u32::from(event.0);
        let lost = losses
            .get(&key, 0)
            .map_err(|err| LiveError::map("losses", err))?;
        let passed = passed
            .get(&key, 0)
            .map_err(|err| LiveError::map("passed", err))?;
        all.push(EventCounters {
            event,
            seen: passed.iter().map(|of| of.0.seen).sum(),
            submitted: passed.iter().map(|of| of.0.submitted).sum(),
            ring_full: lost.iter().map(|of| of.0.ring_full).sum(),
            stash_full: lost.iter().map(|of| of.0.stash_full).sum(),
            no_work: lost.iter().map(|of| of.0.no_work).sum(),
            tree_full: lost.iter().map(|of| of.0.tree_full).sum(),
        });
    }
    Ok(all)
}

fn map<'a, T: aya::Pod>(
    ebpf: &'a Ebpf,
    name: &'static str,
) -> Result<PerCpuArray<&'a aya::maps::MapData, T>, LiveError> {
    let map = ebpf.map(name).ok_or(LiveError::NoMap(name))?;
    PerCpuArray::try_from(map).map_err(|err| LiveError::map(name, err))
}
