//! What the kernel counted: events seen, submitted and lost.

use aya::maps::PerCpuArray;
use tracee_ebpf::abi;
use tracee_lang::schema::EventId;

use super::LiveError;
use super::cell::Cell;
use super::hooks::FORK;
use super::object::Object;
use crate::kernel_stats::EventCounters;

/// Sums the counters of these events, and of fork: it counts for the trees even if it isn't wanted.
pub(super) fn read(object: &Object, events: &[EventId]) -> Result<Vec<EventCounters>, LiveError> {
    let losses: PerCpuArray<_, Cell<abi::Loss>> = map(object, "losses")?;
    let passed: PerCpuArray<_, Cell<abi::Passed>> = map(object, "passed")?;
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
    object: &'a Object,
    name: &'static str,
) -> Result<PerCpuArray<&'a aya::maps::MapData, T>, LiveError> {
    let map = object.map(name).ok_or(LiveError::NoMap(name))?;
    PerCpuArray::try_from(map).map_err(|err| LiveError::map(name, err))
}
