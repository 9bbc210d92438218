//! The processes that events come from: who started whom, what each runs.
//!
//! Fed by `sched_process_fork`, `_exec` and `_exit`, by `existing_process` (what [`proc_scan`] read
//! from /proc at the start), and by the header of every other record, which says of its process
//! what nothing else did. All of that comes in records, so a replay builds the same tree.
//!
//! - **Working directories** are known only if a policy asks for them: by `working_directory`, which the kernel
//!   sends when one changes and with each exec, and which [`scan_directories`] makes of /proc for the processes
//!   that are there. Between those a child has its parent's of the time of the fork.
//! - **Names of users and digests of executables**, too, are known only if a policy asks ([`learned`]): by `user_name`
//!   and `executable_digest`, which userland makes. A digest is of a file and goes with the next exec, unless that is of
//!   the same file.
//! - A process is known by its host pid and start time. Start times from /proc are exact to the
//!   clock tick only, unless the kernel listed the process, so two that differ by less than [`SAME_START`] are the same. A record without
//!   a start time means the newest process with the pid. [`entity`], which is made of both, is known once
//!   the kernel told the exact time: in a record of the process, or of a child.
//! - **The parent is the process that called fork**, and stays it when it exits and init adopts the
//!   child: a rule on `proc.parent` asks who started this. For a process that was there already,
//!   it is whom the kernel named first.
//! - Bounded: at most [`Limits::processes`]. Exited processes stay, for their children and late
//!   events, until there is no place; then the one that exited (or was last seen) first goes, and
//!   running ones only when no exited one is left. Each is counted ([`TreeCounters`]).
//! - Matchers read [`ProcessView`]s through raw pointers. Views never move; when a process is
//!   dropped, its children's parent pointers become null.

mod entry;
mod learned;
mod links;
#[cfg(target_os = "linux")]
mod proc_scan;
mod texts;
mod update;
mod views;

use std::cell::Cell;
use std::collections::HashMap;

use foldhash::fast::RandomState;
use tracee_compiler::process::{
    KNOWN_ENTITY, KNOWN_GID, KNOWN_HOST_PID, KNOWN_PID, KNOWN_START_TIME, KNOWN_UID, ProcessView,
    Text, entity,
};
use tracee_lang::context::ProcessField;
use tracee_lang::value::Value;

pub(crate) use learned::FileSlots;
pub use learned::{FileKey, learned_events};
#[cfg(target_os = "linux")]
pub use proc_scan::{ScanReport, boot_to_epoch, proc_scan, scan_directories};
pub use update::internal_events;

use entry::{Entry, TextField};
use links::Links;
use texts::Texts;
use update::Slots;
use views::Views;

/// Start times (ns) that differ by less are those of one process: /proc rounds to 10 ms, and the
/// offset between the boot clock and the epoch is measured twice.
pub const SAME_START: u64 = 50_000_000;

/// Incarnations of one pid that are kept.
const MAX_SAME_PID: usize = 8;

/// How large the tree may become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Processes, running and exited; at least 16.
    pub processes: usize,
    /// Bytes of all their strings.
    pub text: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            processes: 65_536,
            text: 64 << 20,
        }
    }
}

/// What the tree holds and had to drop.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct TreeCounters {
    /// Running processes.
    pub running: usize,
    /// Exited ones that are still kept.
    pub exited: usize,
    /// Exited ones that were dropped to make place.
    pub dropped_exited: u64,
    /// Running ones that were dropped to make place; rules on their fields didn't match.
    pub dropped_running: u64,
    /// Paths, command lines and names of users that found no place.
    pub dropped_texts: u64,
}

/// A process in the tree; good until the next record is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Process(u32);

/// The tree.
#[derive(Debug)]
pub struct ProcessTree {
    limits: Limits,
    slots: Slots,
    entries: Vec<Entry>,
    views: Views,
    texts: Texts,
    /// Places of entries that were dropped.
    free: Vec<u32>,
    /// The newest process of each host pid.
    by_pid: HashMap<u32, u32, RandomState>,
    /// What was last found in it; none once that changes.
    found: Cell<Option<(u32, u32)>>,
    /// The process of the last record; none once another one may be the one that was seen last.
    last: Option<u32>,
    /// Least recently seen first.
    running: Links,
    exited: Links,
    counters: TreeCounters,
    /// The process of the record that was taken last: it is not dropped.
    pinned: Option<u32>,
    /// Events lost so far; new entries remember it.
    losses: u64,
    /// Names of users, as they were told.
    users: HashMap<u32, texts::SharedText, RandomState>,
}

impl ProcessTree {
    /// An empty tree for events of this schema. Of the events that it is fed by, those that the
    /// schema doesn't have are done without.
    pub fn new(schema: &tracee_lang::schema::Schema, limits: Limits) -> Self {
        Self {
            limits: Limits {
                processes: limits.processes.clamp(16, 1 << 24),
                ..limits
            },
            slots: Slots::new(schema),
            entries: Vec::new(),
            views: Views::default(),
            texts: Texts::new(limits.text),
            free: Vec::new(),
            by_pid: HashMap::default(),
            found: Cell::new(None),
            last: None,
            running: Links::default(),
            exited: Links::default(),
            counters: TreeCounters::default(),
            pinned: None,
            losses: 0,
            users: HashMap::default(),
        }
    }

    /// What it holds and had to drop.
    pub fn counters(&self) -> TreeCounters {
        TreeCounters {
            running: self.running.len(),
            exited: self.exited.len(),
            ..self.counters
        }
    }

    /// Says how many events were lost so far.
    pub fn set_losses(&mut self, losses: u64) {
        self.losses = losses;
    }

    /// How many events were lost since the tree first heard of the process.
    pub fn losses_since(&self, process: Process) -> u64 {
        self.losses - self.entries[process.0 as usize].losses_before
    }

    /// What matchers read, good until the next record is taken. Keeps the promise of
    /// [`ProcessView`]: while the tree is borrowed, nothing that it points to changes.
    #[inline]
    pub fn view(&self, process: Process) -> ProcessView {
        self.views.get(process.0)
    }

    /// Changes with everything that a view shows.
    pub fn changes(&self) -> u64 {
        self.views.changes()
    }

    /// The process with this host pid: the one that started at `start` (ns since the epoch), or the
    /// newest for 0.
    pub fn find(&self, host_pid: u32, start: u64) -> Option<Process> {
        self.find_entry(host_pid, start).map(Process)
    }

    /// The process that started this one.
    pub fn parent(&self, process: Process) -> Option<Process> {
        self.entries[process.0 as usize].parent.map(Process)
    }

    /// Whether it exited.
    pub fn has_exited(&self, process: Process) -> bool {
        self.entries[process.0 as usize].exited
    }

    /// Path of the executable.
    pub fn exe(&self, process: Process) -> Option<&[u8]> {
        self.entries[process.0 as usize].text(TextField::Exe)
    }

    /// A property of a process.
    pub fn field(&self, process: Process, field: ProcessField) -> Value<'_> {
        let entry = &self.entries[process.0 as usize];
        let view = self.views.get(process.0);
        let int = |bit: u32, value: u64| {
            if view.known & bit != 0 {
                Value::Int(i128::from(value))
            } else {
                Value::Absent
            }
        };
        let text = |field| entry.text(field).map_or(Value::Absent, Value::bytes);
        match field {
            ProcessField::Pid => int(KNOWN_PID, view.pid.into()),
            ProcessField::HostPid => int(KNOWN_HOST_PID, view.host_pid.into()),
            ProcessField::Uid => int(KNOWN_UID, view.uid.into()),
            ProcessField::Gid => int(KNOWN_GID, view.gid.into()),
            ProcessField::StartTime => int(KNOWN_START_TIME, view.start_time),
            ProcessField::Comm => text(TextField::Comm),
            ProcessField::Exe => text(TextField::Exe),
            ProcessField::Cmdline => text(TextField::Cmdline),
            ProcessField::Cwd => text(TextField::Cwd),
            ProcessField::User => text(TextField::User),
            ProcessField::ExeSha256 => text(TextField::ExeSha256),
            ProcessField::Entity => int(KNOWN_ENTITY, view.entity.into()),
        }
    }
}

#[cfg(test)]
mod tests;
