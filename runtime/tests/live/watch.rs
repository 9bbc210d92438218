//! Watching a child: it waits for a line on its standard input, so that everything is in place
//! before it acts.

use std::io::Write;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tracee_compiler::tables::FilterTables;
use tracee_ebpf::abi;
use tracee_lang::schema::EventId;
use tracee_lang::stdlib;
use tracee_runtime::kernel_stats::EventCounters;
use tracee_runtime::live::{COMMAND_TREE, LiveError, LiveOptions, LiveSource};
use tracee_runtime::record::{Layouts, Record, RecordBuf};
use tracee_runtime::source::{Arriving, LostKind, Poll, Source};

use crate::tables::everything;

/// The source that tests share, one at a time: the verifier looks at its programs once, which in an
/// emulated guest takes longer than all that is watched.
static SHARED: LazyLock<Option<Mutex<LiveSource>>> = LazyLock::new(|| start().map(Mutex::new));

/// Starts it with the programs of all events. Its tree is that of a process that does nothing.
fn start() -> Option<LiveSource> {
    let events = stdlib::schema().events.iter();
    let names: Vec<_> = events.map(|event| event.name.as_str()).collect();
    let actor = Actor::new("nothing");
    let mut tables = everything(&names);
    // Room for the largest that a test makes.
    tables.intervals = vec![abi::Interval::default(); 1 << 12];
    tables.field_filters = vec![abi::FieldFilter::default(); 1 << 9];
    match LiveSource::start(stdlib::schema(), &tables, options(&actor)) {
        Ok(source) => Some(source),
        Err(LiveError::NoPrivilege | LiveError::NoBtf { .. } | LiveError::PidNamespace)
            if std::env::var_os("TRACEE_REQUIRE_LIVE").is_none() =>
        {
            eprintln!("skipped: these tests trace, which needs root and a kernel with BTF");
            None
        }
        Err(err) => panic!("{err}"),
    }
}

/// Whether live tests can run here; says why not. Tried once.
pub(crate) fn possible() -> bool {
    SHARED.is_some()
}

/// The shared source, under tables of the caller's, for this actor's tree. A test that failed before
/// leaves nothing behind but records, which are passed over.
pub(crate) fn shared(actor: &Actor, tables: &FilterTables) -> MutexGuard<'static, LiveSource> {
    let source = SHARED.as_ref().unwrap();
    let mut source = source.lock().unwrap_or_else(PoisonError::into_inner);
    source.replace_tables(&FilterTables::default()).unwrap();
    Records::read(&mut source);
    source.replace_tables(tables).unwrap();
    source.add_tree_root(COMMAND_TREE, actor.pid()).unwrap();
    source
}

/// Ends a test that can't run here.
macro_rules! need_live {
    () => {
        if !crate::watch::possible() {
            return;
        }
    };
}
pub(crate) use need_live;

/// A process that will act, or has acted.
pub(crate) struct Actor {
    pub(crate) child: Child,
}

impl Actor {
    /// Starts one that will do `act` (see [`crate::acts`]).
    pub(crate) fn new(act: &str) -> Self {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "acts::perform", "--nocapture"])
            .env("TRACEE_LIVE_ACT", act)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut actor = Self { child };
        actor.wait_until_it_waits();
        actor
    }

    /// Its start, or what it did until now, is over: it reads from its standard input.
    pub(crate) fn wait_until_it_waits(&mut self) {
        while !reads_standard_input(self.pid()) {
            assert_eq!(self.child.try_wait().unwrap(), None, "the actor has ended");
            std::thread::yield_now();
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Lets it act, and waits for its end.
    pub(crate) fn act(&mut self) -> ExitStatus {
        self.begin();
        self.child.wait().unwrap()
    }

    /// Lets it act.
    pub(crate) fn begin(&mut self) {
        self.child.stdin.take().unwrap().write_all(b"\n").unwrap();
    }
}

impl Drop for Actor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether a thread of the process is in read(0, …), or that may not be known, where nothing can be
/// traced either.
fn reads_standard_input(pid: u32) -> bool {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task"));
    tasks.into_iter().flatten().flatten().any(|task| {
        match std::fs::read_to_string(task.path().join("syscall")) {
            Ok(text) => text.starts_with("0 0x0 "),
            Err(error) => error.kind() == std::io::ErrorKind::PermissionDenied,
        }
    })
}

/// Whether the tests are to be made with kprobes, as a kernel without trampolines has them.
pub(crate) fn only_kprobes() -> bool {
    std::env::var_os("TRACEE_LIVE_KPROBES").is_some()
}

/// Options for watching an actor's tree.
pub(crate) fn options(actor: &Actor) -> LiveOptions {
    LiveOptions {
        ring_bytes: 4 << 20,
        required_tree: Some(actor.pid()),
        self_pid: None,
        internal: false,
        kprobes: only_kprobes(),
        ..LiveOptions::default()
    }
}

/// Performs an act under these tables and returns its records.
pub(crate) fn watch(act: &str, tables: &FilterTables) -> Records {
    watch_actor(&mut Actor::new(act), tables)
}

/// The same, of one that was made before.
pub(crate) fn watch_actor(actor: &mut Actor, tables: &FilterTables) -> Records {
    let mut source = shared(actor, tables);
    // Of each event, as it is now: what a source says of losses may be half a second old.
    let lost = |source: &LiveSource| -> Vec<u64> {
        let counters = source.counters().unwrap();
        counters.iter().map(EventCounters::lost).collect()
    };
    let before = lost(&source);
    assert!(actor.act().success(), "the act failed");
    let records = Records::read(&mut source);
    assert_eq!(lost(&source), before);
    records
}

/// Without the runs of programs that the kernel skipped: they may be of any process.
pub(crate) fn records_lost(source: &mut LiveSource) -> Vec<(EventId, u64)> {
    let lost = source.losses().into_iter();
    let records = lost.filter_map(|lost| match lost.what {
        LostKind::Records(event) => Some((event, lost.count)),
        LostKind::Runs(_) => None,
    });
    records.collect()
}

/// How many runs of programs the kernel skipped.
pub(crate) fn runs_skipped(source: &mut LiveSource) -> u64 {
    let lost = source.losses().into_iter();
    let runs = lost.filter(|lost| matches!(lost.what, LostKind::Runs(_)));
    runs.map(|lost| lost.count).sum()
}

/// Records in the order of their arrival.
pub(crate) struct Records {
    buffers: Vec<RecordBuf>,
    layouts: Layouts,
}

impl Records {
    /// Stops the source and reads what is left.
    pub(crate) fn drain(source: &mut LiveSource) -> Self {
        source.stop().unwrap();
        Self::read(source)
    }

    /// Reads what is there. All that a process did before its end is.
    pub(crate) fn read(source: &mut LiveSource) -> Self {
        let mut buffers = Vec::new();
        loop {
            let mut take = |arriving: Arriving<'_>| {
                buffers.push(RecordBuf::from_bytes(arriving.bytes()));
            };
            match source.poll(Duration::ZERO, &mut take).unwrap() {
                Poll::Events(_) => {}
                Poll::Idle => break,
                Poll::End => panic!("a live source has no end"),
            }
        }
        let layouts = Layouts::new(stdlib::schema());
        Self { buffers, layouts }
    }

    /// All records; each is well-formed.
    pub(crate) fn all(&self) -> impl Iterator<Item = Record<'_>> {
        let parse = |buffer| Record::parse(buffer, &self.layouts).unwrap();
        self.buffers
            .iter()
            .map(|buffer| buffer.as_bytes())
            .map(parse)
    }

    /// Those of one event.
    pub(crate) fn of(&self, event: &str) -> Vec<Record<'_>> {
        let id = event_id(event);
        self.all().filter(|record| record.event() == id).collect()
    }

    /// The one record of an event whose slot is this text.
    pub(crate) fn one(&self, event: &str, slot: u16, text: &[u8]) -> Record<'_> {
        let found = self.of(event);
        let mut found = found
            .into_iter()
            .filter(|record| record.bytes(slot) == Some(text));
        match (found.next(), found.next()) {
            (Some(record), None) => record,
            (None, _) => panic!("no {event} of {:?}", String::from_utf8_lossy(text)),
            _ => panic!("several {event} of {:?}", String::from_utf8_lossy(text)),
        }
    }
}

pub(crate) fn event_id(name: &str) -> EventId {
    stdlib::schema().event_named(name).unwrap().id
}
