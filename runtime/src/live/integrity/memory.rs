//! Reading the kernel's memory by the programs `inspect_memory` and `inspect_modules`: the layout of what it leaves in its map is that of
//! ebpf/bpf/programs/inspect.h.

use aya::programs::{RawTracePoint, RawTracePointRunOptions, TestRun};
use zerocopy::FromBytes;

use super::super::cell::Cell;
use super::super::control::array_mut;
use super::super::error::chain;
use super::super::object::Object;

/// The programs' names in the object: one for bytes, one for modules.
pub(in super::super) const MEMORY: &str = "inspect_memory";
pub(in super::super) const MODULES: &str = "inspect_modules";

const MAP: &str = "inspections";
const BYTES: usize = 4096;

/// What the second program is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    List = 1,
    Object = 2,
    Tree = 3,
    Node = 4,
    Set = 5,
}

#[derive(
    Clone,
    Copy,
    zerocopy::FromBytes,
    zerocopy::IntoBytes,
    zerocopy::Immutable,
    zerocopy::KnownLayout,
)]
#[repr(C)]
struct Inspected {
    bytes: [u8; BYTES],
}

/// A step's result: where others are, and the module that is here.
#[derive(Debug, Clone, Copy, zerocopy::FromBytes, zerocopy::KnownLayout, zerocopy::Immutable)]
#[repr(C)]
pub(super) struct Found {
    pub(super) next: u64,
    pub(super) left: u64,
    pub(super) right: u64,
    /// 0 if there is none.
    pub(super) address: u64,
    name: [u8; 56],
    source: [u8; 32],
}

impl Found {
    pub(super) fn name(&self) -> String {
        text(&self.name)
    }

    pub(super) fn source(&self) -> String {
        text(&self.source)
    }
}

fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0);
    String::from_utf8_lossy(&bytes[..end.unwrap_or(bytes.len())]).into_owned()
}

/// The kernel's memory. The programs must have been loaded.
pub(super) struct Memory<'e> {
    object: &'e mut Object,
}

impl<'e> Memory<'e> {
    pub(super) fn new(object: &'e mut Object) -> Self {
        Self { object }
    }

    /// Words from an address on, at most 512.
    pub(super) fn words(&mut self, address: u64, count: usize) -> Result<Vec<u64>, String> {
        let bytes = self.run(MEMORY, &[address])?.bytes;
        let (words, _) = bytes.as_chunks::<8>();
        let words = words.iter().take(count);
        Ok(words.map(|word| u64::from_ne_bytes(*word)).collect())
    }

    /// What is at an address.
    pub(super) fn step(&mut self, step: Step, address: u64) -> Result<Found, String> {
        let inspected = self.run(MODULES, &[step as u64, address])?;
        let found = Found::read_from_prefix(&inspected.bytes);
        found.map(|(found, _)| found).map_err(|err| err.to_string())
    }

    fn run(&mut self, name: &str, arguments: &[u64]) -> Result<Inspected, String> {
        let mut options = RawTracePointRunOptions::new();
        options.args[..arguments.len()].copy_from_slice(arguments);
        let program = self.object.program(name);
        let program: &RawTracePoint = program
            .ok_or("the object has no such program")?
            .try_into()
            .map_err(|_| "it is of another type")?;
        let result = program.test_run(options).map_err(|err| chain(&err))?;
        if result.return_value != 0 {
            return Err(format!(
                "{name} can't read the kernel's memory: {arguments:x?}"
            ));
        }
        let map = array_mut::<Cell<Inspected>>(self.object, MAP).map_err(|err| err.to_string())?;
        map.get(&0, 0).map(|cell| cell.0).map_err(|err| chain(&err))
    }
}
