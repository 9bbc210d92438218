//! The kernel's filters alone, run on records that were made elsewhere: what the program
//! `test_filters` decides is what every program would, because all of them call the same functions.
//! Nothing is attached and nobody is traced; BPF_PROG_TEST_RUN runs raw tracepoints since 5.10.

use std::time::Duration;

use aya::maps::HashMap as BpfHashMap;
use aya::programs::{RawTracePoint, RawTracePointRunOptions, TestRun};
use tracee_compiler::tables::FilterTables;
use tracee_ebpf::abi::{RecordHeader, Selectors};
use tracee_lang::schema::{EventId, Schema};
use zerocopy::FromBytes;

use super::error::chain;
use super::object::Object;
use super::programs::Program;
use super::{LiveError, loader, privileges, ring, tables};

pub(super) const PROGRAM: &str = "test_filters";

/// What the program returns; see ebpf/bpf/programs/test.h.
const DROPPED: u32 = 0;
const SUBMITTED: u32 = 1;
const UNREADABLE: u32 = 3;

/// How often a record is tried that can't be read: its page may just be moved to another place.
const TRIES: u32 = 100;

/// The filters in the kernel, with the tables that were written last.
#[derive(Debug)]
pub struct FilterRun {
    object: Object,
    ring: ring::Ring,
    capacity: tables::Capacity,
    schema: Schema,
    generation: u32,
    /// Events of each generation's tables.
    written: [Vec<EventId>; 2],
}

impl FilterRun {
    /// Loads the object and the program.
    ///
    /// # Errors
    /// No privilege, no BTF, an object or program that the kernel refuses.
    pub fn new(schema: &Schema) -> Result<Self, LiveError> {
        privileges::check()?;
        let capacity = tables::Capacity::ample();
        let sizes = loader::Sizes {
            ring_bytes: 1 << 20,
            capacity,
            stash: false,
            tree: true,
        };
        let (mut object, btf) = loader::load(&sizes, |name| name == PROGRAM, || {})?;
        let program = Program::raw_tracepoint(PROGRAM);
        program
            .load(&mut object, &btf)
            .map_err(LiveError::FilterRun)?;
        let ring = ring::Ring::take(&mut object)?;
        Ok(Self {
            object,
            ring,
            capacity,
            schema: schema.clone(),
            generation: 0,
            written: [Vec::new(), Vec::new()],
        })
    }

    /// Takes other tables, each time as the other generation.
    ///
    /// # Errors
    /// They are larger than the maps.
    pub fn write(&mut self, tables: &FilterTables) -> Result<(), LiveError> {
        self.capacity.check(tables)?;
        self.generation ^= 1;
        let generation = self.generation;
        let stale = std::mem::take(&mut self.written[generation as usize]);
        tables::clear(&mut self.object, &stale, generation)?;
        let (schema, capacity) = (&self.schema, self.capacity);
        let written = tables::write(
            &mut self.object,
            schema,
            tables,
            false,
            capacity,
            generation,
        )?;
        self.written[generation as usize] = written;
        Ok(())
    }

    /// Which selectors the filters leave of a record, by its event's tables; none if it is dropped.
    /// `tree_mask` is what its process has in the map `tree`, 0 for nothing.
    ///
    /// # Errors
    /// The bytes are no record, or the kernel can't run the program.
    pub fn run(&mut self, record: &[u8], tree_mask: u64) -> Result<Selectors, LiveError> {
        let Ok((header, _)) = RecordHeader::ref_from_prefix(record) else {
            return Err(failed("a record has a header"));
        };
        self.set_tree(header.host_pid, tree_mask)?;
        let key = tables::config_key(EventId(header.event), self.generation);
        let address = record.as_ptr().addr() as u64;
        let arguments = [
            key.into(),
            header.flags.into(),
            address,
            record.len() as u64,
        ];
        let mut value = UNREADABLE;
        for _ in 0..TRIES {
            value = self.test_run(arguments)?;
            if value != UNREADABLE {
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        let mut left = Vec::new();
        self.ring.poll(Duration::ZERO, &mut |bytes| {
            left.extend(RecordHeader::read_from_prefix(bytes).map(|(header, _)| header.selectors));
        })?;
        match (value, &left[..]) {
            (DROPPED, []) => Ok(Selectors::default()),
            (SUBMITTED, [selectors]) => Ok(*selectors),
            (value, left) => Err(LiveError::FilterRun(format!(
                "of {} bytes at {address:#x} the program returned {value} and {} records",
                record.len(),
                left.len()
            ))),
        }
    }

    /// Runs the program once; what it returns.
    fn test_run(&self, arguments: [u64; 4]) -> Result<u32, LiveError> {
        let mut options = RawTracePointRunOptions::new();
        options.args[..arguments.len()].copy_from_slice(&arguments);
        let result = self.program()?.test_run(options);
        let result = result.map_err(|err| LiveError::FilterRun(chain(&err)))?;
        Ok(result.return_value)
    }

    fn program(&self) -> Result<&RawTracePoint, LiveError> {
        let program = self.object.program(PROGRAM);
        let program = program.ok_or_else(|| failed("the object has no such program"))?;
        program
            .try_into()
            .map_err(|_| failed("it is of another type"))
    }

    fn set_tree(&mut self, pid: u32, mask: u64) -> Result<(), LiveError> {
        let map = super::control::map_mut(&mut self.object, "tree")?;
        let mut tree: BpfHashMap<_, u32, u64> =
            BpfHashMap::try_from(map).map_err(|err| LiveError::map("tree", err))?;
        tree.insert(pid, mask, 0)
            .map_err(|err| LiveError::map("tree", err))
    }
}

fn failed(why: &str) -> LiveError {
    LiveError::FilterRun(why.to_owned())
}
