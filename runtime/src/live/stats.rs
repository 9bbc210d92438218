//! Asking the kernel for [`KernelStats`].

use std::os::fd::OwnedFd;

use aya::sys::{Stats, enable_stats};
use tracee_lang::schema::Schema;

use super::LiveError;
use super::object::Object;
use crate::kernel_stats::{EventCounters, EventStats, KernelStats, ProgramStats};

/// Makes the kernel measure every eBPF program until what is returned is closed, at the latest when this
/// process ends.
pub(super) fn enable() -> Result<OwnedFd, LiveError> {
    enable_stats(Stats::RunTime)
        .map_err(|err| LiveError::System("BPF_ENABLE_STATS (it needs Linux 5.8)", err.io_error))
}

pub(super) fn read(object: &Object, counters: &[EventCounters], schema: &Schema) -> KernelStats {
    let programs = object.programs().filter_map(|(name, program)| {
        // One that is not loaded has none.
        let info = program.info().ok()?;
        Some(ProgramStats {
            program: name.to_owned(),
            run_time_ns: u64::try_from(info.run_time().as_nanos()).unwrap_or(u64::MAX),
            run_cnt: info.run_count(),
        })
    });
    let mut programs: Vec<_> = programs.filter(|program| program.run_cnt > 0).collect();
    programs.sort_by(|a, b| {
        let by_time = b.run_time_ns.cmp(&a.run_time_ns);
        by_time.then_with(|| a.program.cmp(&b.program))
    });
    let events = counters.iter().map(|of| EventStats {
        event: match schema.event(of.event) {
            Some(event) => event.name.clone(),
            None => of.event.0.to_string(),
        },
        counters: *of,
    });
    let counted = |of: &EventCounters| of.seen + of.stash_full + of.lost() > 0;
    let mut events: Vec<_> = events.filter(|of| counted(&of.counters)).collect();
    events.sort_by(|a, b| {
        let by_number = b.counters.seen.cmp(&a.counters.seen);
        by_number.then_with(|| a.event.cmp(&b.event))
    });
    KernelStats { programs, events }
}
