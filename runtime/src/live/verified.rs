//! How much of each program the kernel's verifier looked at: it gives up after a million instructions.

use aya::programs::RawTracePoint;
use tracee_compiler::tables::FilterTables;

use super::filter_run::PROGRAM as TEST_PROGRAM;
use super::tables::Capacity;
use super::{LiveError, hooks, loader, privileges};

/// A program that the kernel took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// Its name in the object.
    pub program: &'static str,
    /// Instructions that the verifier walked, those of the functions it calls included; kernels before
    /// 5.16 do not say.
    pub instructions: Option<u32>,
}

/// Loads every program of the object, attaches none.
///
/// # Errors
/// No privilege, no BTF, or a program that this kernel refuses.
pub fn verified() -> Result<Vec<Verified>, LiveError> {
    privileges::check()?;
    let mut ebpf = loader::load(&loader::Sizes {
        ring_bytes: 0,
        capacity: Capacity::for_tables(&FilterTables::default())?,
        stash: false,
        tree: false,
    })?;
    let mut all = Vec::new();
    for name in hooks::PROGRAMS.into_iter().chain([TEST_PROGRAM]) {
        let program: &mut RawTracePoint =
            hooks::load(&mut ebpf, name).map_err(LiveError::Refused)?;
        let instructions = program.info().ok();
        all.push(Verified {
            program: name,
            instructions: instructions.and_then(|info| info.verified_instruction_count()),
        });
    }
    Ok(all)
}
