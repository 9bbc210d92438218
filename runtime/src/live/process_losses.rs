//! What the kernel lost of one process. It counts by pid, in as many places as it has: several processes may share one,
//! so that a process has lost at most what is said here.

use std::fmt;
use std::sync::Arc;

use aya::maps::{Array, MapData};
use tracee_ebpf::abi;

use super::LiveError;
use super::object::Object;

/// The kernel's counts. Copies are of the same.
#[derive(Clone)]
pub struct ProcessLosses(Arc<Array<MapData, u64>>);

impl fmt::Debug for ProcessLosses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessLosses").finish_non_exhaustive()
    }
}

impl ProcessLosses {
    pub(super) fn take(object: &mut Object) -> Result<Self, LiveError> {
        let name = "process_losses";
        let map = object.take_map(name).ok_or(LiveError::NoMap(name))?;
        let counts = Array::try_from(map).map_err(|err| LiveError::map(name, err))?;
        Ok(Self(Arc::new(counts)))
    }

    /// Records that were lost until now of the processes that had this host pid, at most. What can't be read may be any
    /// number.
    pub fn of(&self, host_pid: u32) -> u64 {
        let place = host_pid % abi::PROCESS_LOSSES as u32;
        self.0.get(&place, 0).unwrap_or(u64::MAX)
    }
}
