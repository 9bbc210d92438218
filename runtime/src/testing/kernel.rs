//! What the kernel's filter would do with an event.

use tracee_compiler::plan::EventPlan;
use tracee_compiler::process::ProcessView;
use tracee_compiler::simulate;
use tracee_compiler::tables::FilterTables;
use tracee_ebpf::abi::Selectors;
use tracee_lang::context::ProcessField;
use tracee_lang::schema::EventId;
use tracee_lang::value::{MAX_ANCESTORS, Value};

/// The selectors that hold for a record.
pub(super) struct Passed(Selectors);

impl Passed {
    pub(super) fn new(
        tables: &FilterTables,
        event: EventId,
        record: &[u8],
        process: Option<&ProcessView>,
    ) -> Self {
        let mask = tree_mask(&tables.tree_roots, process);
        Self(simulate::selectors(tables, event, record, mask))
    }

    /// Whether one of the target's selectors is among them: whatever else is loaded, the kernel then
    /// passes the record.
    pub(super) fn has(&self, planned: &EventPlan, target: usize) -> bool {
        let mut selectors = planned.selectors.iter().enumerate();
        selectors.any(|(bit, selector)| {
            self.0[bit / 64] >> (bit % 64) & 1 == 1 && selector.targets.contains(&target)
        })
    }
}

/// What the kernel's tree has for a process: the roots that it or a process above it is.
fn tree_mask(roots: &[(u8, u32)], process: Option<&ProcessView>) -> u64 {
    if roots.is_empty() {
        return 0;
    }
    let mut mask = 0;
    let mut next = process;
    for _ in 0..MAX_ANCESTORS {
        let Some(view) = next else { break };
        if let Value::Int(pid) = view.value(ProcessField::HostPid) {
            for (bit, root) in roots {
                if i128::from(*root) == pid {
                    mask |= 1 << bit;
                }
            }
        }
        next = view.parent();
    }
    mask
}
