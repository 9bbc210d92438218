//! The live kernel as a source of events: loads the eBPF object, writes the filter tables, attaches
//! the programs that the wanted events need, and hands over what comes through the ring buffer.
//!
//! Enter at [`LiveSource::start`]; [`probe`] says what this kernel could provide, without running, and
//! [`FilterRun`] runs the filters alone, on records made elsewhere.
//!
//! ```text
//! start: privileges → clock → loader (maps, sizes) → tables, syscalls, tree → hooks (load, attach)
//!        → enabled
//! poll:  ring → the caller's function, record by record, in place
//! ```
//!
//! Neighbours: `tracee_ebpf` (the object and its ABI), [`crate::source`] (the trait),
//! [`crate::record`] (reading what is handed over).

#![expect(
    unsafe_code,
    reason = "map values and poll(2): each use says why it is sound"
)]

mod cell;
mod clock;
mod control;
mod counters;
mod error;
mod filter_run;
mod grace;
mod hooks;
mod integrity;
mod loader;
mod object;
mod privileges;
mod process_losses;
mod processes;
mod programs;
mod ring;
mod skipped;
mod stats;
mod syscalls;
mod tables;
mod tree;
mod verified;

use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::{Duration, Instant};

use tracee_compiler::tables::FilterTables;
use tracee_ebpf::abi;
use tracee_lang::schema::{Event, EventId, Schema};

use crate::kernel_stats::{EventCounters, KernelStats};
use crate::process_tree::proc_scan;
use crate::record::RecordBuf;
use crate::source::{Arriving, Lost, LostKind, Poll, Source};

pub use error::LiveError;
pub use filter_run::FilterRun;
pub use grace::wait_for_programs;
pub use hooks::{HookReport, Outcome};
pub use process_losses::ProcessLosses;
pub use ring::Position;
pub use verified::{Verified, verified};

/// How seldom losses are looked for while no record comes: each event has two counters to read.
const QUIET: Duration = Duration::from_millis(500);

/// The bit of `tracee run -- CMD`'s process in the masks of the process trees.
pub const COMMAND_TREE: u8 = 63;

/// How to run.
#[derive(Debug, Clone)]
pub struct LiveOptions {
    /// Size of the ring buffer, rounded up to a power of two of at least a page.
    pub ring_bytes: u32,
    /// Only this process (a host pid) and what descends from it.
    pub required_tree: Option<u32>,
    /// Leave out this process's own events: tracee's.
    pub self_pid: Option<u32>,
    /// Whether fork, exec and exit are needed for the process tree, whatever the policies select.
    pub internal: bool,
    /// Make room for whatever other tables may need ([`LiveSource::replace_tables`]), not just for these.
    pub reloadable: bool,
    /// Let the kernel measure its programs ([`LiveSource::stats`]), which costs each run a little.
    pub stats: bool,
    /// Number control groups by version 1's cpuset hierarchy, as on a system whose containers have theirs there
    /// ([`crate::containers::uses_cpuset_groups`]).
    pub cpuset_groups: bool,
    /// Take the kprobe of each event that has one, as on a kernel without trampolines: for tests.
    pub kprobes: bool,
    /// Called when something large is free that only starting needed, the last time before the ring buffer is mapped.
    pub give_back: fn(),
}

impl Default for LiveOptions {
    fn default() -> Self {
        Self {
            ring_bytes: 16 << 20,
            required_tree: None,
            self_pid: Some(std::process::id()),
            internal: true,
            reloadable: false,
            stats: false,
            cpuset_groups: false,
            kprobes: false,
            give_back: || {},
        }
    }
}

/// A running kernel's events.
#[derive(Debug)]
pub struct LiveSource {
    object: object::Object,
    ring: ring::Ring,
    control: abi::Control,
    capacity: tables::Capacity,
    /// Events of each generation's tables.
    written: [Vec<EventId>; 2],
    events: Vec<EventId>,
    reports: Vec<HookReport>,
    /// What became of each program so far.
    programs: hooks::Results,
    /// Whether the kernel can list its processes, or why not.
    listing: Result<(), String>,
    /// What there is room for: events that wait for their return, and trees.
    has_stash: bool,
    has_trees: bool,
    /// Whether programs keep trees.
    keeps_trees: bool,
    skipped: skipped::Skipped,
    process_losses: ProcessLosses,
    /// What was lost when it was last looked for, and when that was, if nothing came since.
    lost: Vec<Lost>,
    looked: Option<Instant>,
    /// While it is open the kernel measures.
    measuring: Option<OwnedFd>,
    schema: Schema,
    internal: bool,
    /// [`LiveOptions::kprobes`].
    kprobes: bool,
    /// [`LiveOptions::give_back`].
    give_back: fn(),
    integrity: integrity::Integrity,
}

impl LiveSource {
    /// Loads and attaches everything; records flow from here on. An event that this kernel can't
    /// provide is no error: [`LiveSource::hooks`] says why.
    ///
    /// # Errors
    /// No privilege, no BTF, tables that are too large, an object or maps that the kernel refuses.
    pub fn start(
        schema: &Schema,
        tables: &FilterTables,
        options: LiveOptions,
    ) -> Result<Self, LiveError> {
        privileges::check()?;
        let roots = tree_roots(tables, &options);
        let wanted = hooks::Wanted::new(schema, tables, options.internal, !roots.is_empty());
        let mut capacity = tables::Capacity::for_tables(tables)?;
        if options.reloadable {
            capacity = capacity.with_room_for_others();
        }
        let has_stash = wanted.at_enter || options.reloadable;
        let has_trees = wanted.tree || options.reloadable;
        let sizes = loader::Sizes {
            ring_bytes: options.ring_bytes,
            capacity,
            stash: has_stash,
            tree: has_trees,
        };
        let needed = wanted.may_need(schema);
        let is_needed = |name: &str| needed.contains(name);
        let (mut object, btf) = loader::load(&sizes, is_needed, options.give_back)?;
        let control = abi::Control {
            generation: 0,
            self_pid: options.self_pid.unwrap_or(0),
            boot_to_epoch: clock::boot_to_epoch()?,
            required_tree: options.required_tree.map_or(0, |_| 1 << COMMAND_TREE),
            enabled: 0,
            processors: loader::processors()?,
            cpuset_groups: options.cpuset_groups.into(),
            reserved: 0,
        };
        control::write(&mut object, &control)?;
        syscalls::write(&mut object, schema)?;
        let events = tables::write(&mut object, schema, tables, options.internal, capacity, 0)?;
        let process_losses = ProcessLosses::take(&mut object)?;
        let measuring = match options.stats {
            true => Some(stats::enable()?),
            false => None,
        };
        let mut programs = hooks::Results::new();
        let reports = hooks::attach(
            &mut object,
            &btf,
            schema,
            &wanted,
            options.kprobes,
            &mut programs,
        )?;
        let listing = processes::load(&mut object, &btf);
        // Large, as the buffer is: not both at once.
        drop(btf);
        (options.give_back)();
        let ring = ring::Ring::take(&mut object)?;

        let mut source = Self {
            object,
            ring,
            control,
            capacity,
            written: [events.clone(), Vec::new()],
            events,
            reports,
            programs,
            listing,
            has_stash,
            has_trees,
            keeps_trees: wanted.tree,
            skipped: skipped::Skipped::default(),
            process_losses,
            lost: Vec::new(),
            looked: None,
            measuring,
            schema: schema.clone(),
            internal: options.internal,
            kprobes: options.kprobes,
            give_back: options.give_back,
            integrity: integrity::Integrity::new(),
        };
        source.look_at_what_is_wanted(tables);
        // The programs that keep the trees run already: nothing is born between scan and start.
        for (bit, pid) in roots {
            source.add_tree_root(bit, pid)?;
        }
        source.control.enabled = 1;
        control::write(&mut source.object, &source.control)?;
        Ok(source)
    }

    /// What was lost of each process.
    pub fn process_losses(&self) -> ProcessLosses {
        self.process_losses.clone()
    }

    /// What became of each event that someone wants, or wanted, in order of id.
    pub fn hooks(&self) -> &[HookReport] {
        &self.reports
    }

    /// Makes a process (a host pid) and all that descend from it now, or will, members of the tree
    /// `bit`. A process whose parent has ended before belongs to init: it is not found. The tree of a
    /// policy has whoever gets the pid later, too; that of a command ([`COMMAND_TREE`]) has not.
    ///
    /// # Errors
    /// The kernel's map of trees is full, or /proc can't be read.
    pub fn add_tree_root(&mut self, bit: u8, pid: u32) -> Result<(), LiveError> {
        if bit != COMMAND_TREE {
            tree::keep_root(&mut self.object, bit, pid)?;
        }
        tree::add_root(&mut self.object, bit, pid)
    }

    /// Writes new tables beside the running ones and switches to them at once: no event is lost or
    /// decided twice. Records say which tables decided ([`abi::RECORD_GENERATION`]). Programs that new
    /// events need are attached before. Returns what became of the events that were not wanted until now.
    ///
    /// A call that is read on entry and returns after the switch is the new tables': all their selectors are
    /// left but for the return value. A process keeps its place in the trees of tables that were replaced,
    /// so a selector on a tree may hold for more until such processes end; userland evaluates it anyway.
    ///
    /// Generations take turns: before the tables of one are replaced, all records that they let through
    /// must have been read, which is so once [`LiveSource::has_read`] the [`LiveSource::position`] that
    /// was asked for after [`wait_for_programs`], after the last switch.
    ///
    /// # Errors
    /// The tables are larger than the maps, or want what there is no room for: start with
    /// [`LiveOptions::reloadable`], or anew. What runs goes on.
    pub fn replace_tables(&mut self, tables: &FilterTables) -> Result<Vec<HookReport>, LiveError> {
        self.capacity.check(tables)?;
        let schema = &self.schema;
        let roots = !tables.tree_roots.is_empty();
        let wanted = hooks::Wanted::new(schema, tables, self.internal, roots);
        if (wanted.at_enter && !self.has_stash) || (wanted.tree && !self.has_trees) {
            return Err(LiveError::NoRoom);
        }
        let new = match wanted.is_among(&self.reports) && (self.keeps_trees || !wanted.tree) {
            true => Vec::new(),
            false => {
                let (object, programs) = (&mut self.object, &mut self.programs);
                let btf = object.add(&wanted.may_need(schema), self.give_back)?;
                let new = hooks::attach(object, &btf, schema, &wanted, self.kprobes, programs)?;
                drop(btf);
                (self.give_back)();
                new
            }
        };
        self.keeps_trees |= wanted.tree;
        let generation = self.control.generation.wrapping_add(1);
        let next = generation & 1;
        let stale = std::mem::take(&mut self.written[next as usize]);
        tables::clear(&mut self.object, &stale, next)?;
        let (internal, capacity) = (self.internal, self.capacity);
        let events = tables::write(&mut self.object, schema, tables, internal, capacity, next)?;
        self.events.extend(&events);
        self.events.sort_unstable();
        self.events.dedup();
        self.written[next as usize] = events;
        for &(bit, pid) in &tables.tree_roots {
            self.add_tree_root(bit, pid)?;
        }
        self.control.generation = generation;
        control::write(&mut self.object, &self.control)?;
        let known = |event| self.reports.iter().any(|report| report.event == event);
        let new: Vec<_> = new
            .into_iter()
            .filter(|report| !known(report.event))
            .collect();
        self.reports.extend(new.iter().cloned());
        self.look_at_what_is_wanted(tables);
        self.reports.sort_by_key(|report| report.event);
        Ok(new)
    }

    /// The checks of the kernel's memory that tables want and this kernel allows.
    fn look_at_what_is_wanted(&mut self, tables: &FilterTables) {
        let reports = &self.reports;
        let is_possible = |event: &EventId| {
            let mut reports = reports.iter();
            let report = reports.find(|report| report.event == *event);
            report.is_some_and(|report| matches!(report.outcome, Outcome::Hooked(_)))
        };
        let wanted = tables.events.iter().map(|(event, _)| *event);
        self.integrity.want(wanted.filter(is_possible));
    }

    /// Where the kernel is with writing records: see [`LiveSource::has_read`].
    pub fn position(&self) -> Position {
        self.ring.position()
    }

    /// Whether all records before a position were handed over.
    pub fn has_read(&self, position: Position) -> bool {
        self.ring.has_read(position)
    }

    /// A record for each process that there is, and why the kernel did not list them, if so: then they are as
    /// /proc has them, whose times are rounded.
    pub fn existing_processes(&mut self) -> (Vec<RecordBuf>, Option<String>) {
        let list = |()| processes::list(&mut self.object);
        let (listed, why) = match self.listing.clone().and_then(list) {
            Ok(listed) => (listed, None),
            Err(why) => (Vec::new(), Some(why)),
        };
        let mut records = Vec::new();
        let boot_to_epoch = self.control.boot_to_epoch;
        let take = &mut |record: &RecordBuf| records.push(record.clone());
        proc_scan(
            &self.schema,
            Path::new("/proc"),
            boot_to_epoch,
            &listed,
            take,
        );
        (records, why)
    }

    /// What happened to each wanted event so far.
    ///
    /// # Errors
    /// The kernel's counters can't be read.
    pub fn counters(&self) -> Result<Vec<EventCounters>, LiveError> {
        counters::read(&self.object, &self.events)
    }

    /// What its programs cost and what became of events, if that is measured
    /// ([`LiveOptions::stats`]).
    ///
    /// # Errors
    /// The kernel's counters can't be read.
    pub fn stats(&self) -> Result<Option<KernelStats>, LiveError> {
        match self.measuring {
            Some(_) => Ok(Some(stats::read(
                &self.object,
                &self.counters()?,
                &self.schema,
            ))),
            None => Ok(None),
        }
    }

    /// Makes no more records; those in the ring buffer can still be read.
    ///
    /// # Errors
    /// The kernel refuses to change the map.
    pub fn stop(&mut self) -> Result<(), LiveError> {
        self.control.enabled = 0;
        control::write(&mut self.object, &self.control)
    }
}

impl Source for LiveSource {
    fn poll(
        &mut self,
        timeout: Duration,
        take: &mut dyn FnMut(Arriving<'_>),
    ) -> Result<Poll, Box<dyn std::error::Error + Send + Sync>> {
        let integrity = &mut self.integrity;
        let polled = self.ring.poll(timeout, &mut |bytes| {
            integrity.notice(bytes);
            take(Arriving::Unchecked(bytes));
        })?;
        if self.control.enabled == 0 {
            return Ok(polled);
        }
        let mut made_here = |bytes: &[u8]| take(Arriving::Unchecked(bytes));
        let made = integrity.look(&mut self.object, &self.schema, &mut made_here);
        let polled = match polled {
            Poll::Events(count) => Poll::Events(count + made),
            _ if made > 0 => Poll::Events(made),
            other => other,
        };
        if matches!(polled, Poll::Events(_)) {
            self.looked = None;
        }
        Ok(polled)
    }

    fn losses(&mut self) -> Vec<Lost> {
        let stopped = self.control.enabled == 0;
        let is_quiet = self.looked.is_some_and(|looked| looked.elapsed() < QUIET);
        if is_quiet && !stopped {
            return self.lost.clone();
        }
        self.looked = Some(Instant::now());
        // A map that was read once can be read again: nothing is hidden by leaving errors out.
        let counters = counters::read(&self.object, &self.events).unwrap_or_default();
        let records = counters.iter().map(|of| Lost {
            what: LostKind::Records(of.event),
            count: of.lost(),
        });
        let skipped = self.skipped.ask(&self.object, stopped).iter();
        let runs = skipped.map(|(program, count)| Lost {
            what: LostKind::Runs(program.clone()),
            count: *count,
        });
        let looks = Lost {
            what: LostKind::Runs(integrity::MEMORY.to_owned()),
            count: self.integrity.failures(),
        };
        let lost = records.chain(runs).chain([looks]);
        self.lost = lost.filter(|lost| lost.count > 0).collect();
        self.lost.clone()
    }
}

/// The roots to start with: the policies' and the command's.
fn tree_roots(tables: &FilterTables, options: &LiveOptions) -> Vec<(u8, u32)> {
    let mut roots = tables.tree_roots.clone();
    roots.extend(options.required_tree.map(|pid| (COMMAND_TREE, pid)));
    roots
}

/// What this kernel would give these events: loads their programs, attaches none.
pub fn probe<'s>(events: impl Iterator<Item = &'s Event> + Clone) -> Vec<HookReport> {
    hooks::probe(events)
}
