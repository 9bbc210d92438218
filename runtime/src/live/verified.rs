//! How much of each program the kernel's verifier looked at: it gives up after a million instructions.

use std::collections::BTreeMap;

use tracee_compiler::tables::FilterTables;
use tracee_lang::stdlib;

use super::filter_run::PROGRAM as TEST_PROGRAM;
use super::hooks::PROGRAMS;
use super::programs::Program;
use super::tables::Capacity;
use super::{LiveError, integrity, loader, privileges, processes};

/// A program that the kernel took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Its name in the object.
    pub program: String,
    /// Instructions that the verifier walked, those of the functions it calls included; kernels before
    /// 5.16 do not say.
    pub instructions: Option<u32>,
}

/// Loads every program of the object, attaches none. What the second of the pair is: programs on
/// functions that this kernel refuses, and why.
///
/// # Errors
/// No privilege, no BTF, or a program on a raw tracepoint that this kernel refuses.
pub fn verified() -> Result<(Vec<Verified>, BTreeMap<String, String>), LiveError> {
    privileges::check()?;
    let sizes = loader::Sizes {
        ring_bytes: 0,
        capacity: Capacity::for_tables(&FilterTables::default())?,
        stash: false,
        tree: false,
    };
    let (mut object, btf) = loader::load(&sizes, |_| true, || {})?;
    let mut refused = BTreeMap::new();
    for name in PROGRAMS.into_iter().chain([TEST_PROGRAM]) {
        let program = Program::raw_tracepoint(name);
        program
            .load(&mut object, &btf)
            .map_err(LiveError::Refused)?;
    }
    for name in [integrity::MEMORY, integrity::MODULES] {
        if let Err(why) = Program::raw_tracepoint(name).load(&mut object, &btf) {
            refused.insert(name.to_owned(), why);
        }
    }
    if let Err(why) = processes::load(&mut object, &btf) {
        refused.insert(processes::PROGRAM.to_owned(), why);
    }
    for event in &stdlib::schema().events {
        for hook in &event.hooks {
            for program in Program::all(event, hook) {
                if let (true, Err(why)) =
                    (program.may_be_refused(), program.load(&mut object, &btf))
                {
                    refused.insert(program.name, why);
                }
            }
        }
    }
    let loaded = object.programs().filter_map(|(name, program)| {
        let info = program.info().ok()?;
        Some(Verified {
            program: name.to_owned(),
            instructions: info.verified_instruction_count(),
        })
    });
    Ok((loaded.collect(), refused))
}
