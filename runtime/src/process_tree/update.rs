//! What records say about processes.

use tracee_ebpf::abi::{self, RecordHeader};
use tracee_lang::schema::{Event, EventId, Schema};

use super::entry::{Start, TextField};
use super::learned;
use super::{KNOWN_GID, KNOWN_PID, KNOWN_UID, Process, ProcessTree, SAME_START};
use crate::record::Record;

/// Bytes of a path or command line that are kept.
pub(super) const MAX_TEXT: usize = abi::MAX_STRING;

/// The events that feed the tree, and where in them the arguments lie.
#[derive(Debug, Default)]
pub(super) struct Slots {
    fork: Option<Fork>,
    /// Executable and arguments.
    exec: Option<(EventId, Option<u16>, Option<u16>)>,
    existing: Option<(EventId, Option<u16>, Option<u16>)>,
    pub(super) learned: learned::Slots,
    /// Whether the process ended with the thread.
    exit: Option<(EventId, Option<u16>)>,
    /// By number, whether an event says more of processes than every header does.
    telling: Vec<bool>,
}

#[derive(Debug)]
struct Fork {
    event: EventId,
    child_tid: u16,
    child_pid: u16,
    child_ns_pid: Option<u16>,
    start: Option<u16>,
}

impl Slots {
    pub(super) fn new(schema: &Schema) -> Self {
        let slot = |event: &Event, name: &str| event.arg(name).map(|arg| arg.slot);
        let program = |name: &str, exe: &str, arguments: &str| {
            let event = schema.event_named(name)?;
            Some((event.id, slot(event, exe), slot(event, arguments)))
        };
        let fork = schema.event_named("sched_process_fork").and_then(|event| {
            Some(Fork {
                event: event.id,
                child_tid: slot(event, "child_tid")?,
                child_pid: slot(event, "child_pid")?,
                child_ns_pid: slot(event, "child_ns_pid"),
                start: slot(event, "start_time"),
            })
        });
        let exit = schema.event_named("sched_process_exit");
        let exec = program("sched_process_exec", "pathname", "argv");
        let existing = program("existing_process", "exe", "cmdline");
        let learned = learned::Slots::new(schema);
        let programs = [&exec, &existing].into_iter().flatten();
        let mut telling = Vec::new();
        for event in programs
            .map(|(event, ..)| *event)
            .chain(fork.as_ref().map(|fork| fork.event))
            .chain(learned.events())
        {
            let at = usize::from(event.0);
            telling.resize(telling.len().max(at + 1), false);
            telling[at] = true;
        }
        Self {
            fork,
            exec,
            existing,
            learned,
            exit: exit.map(|event| (event.id, slot(event, "process_group_exit"))),
            telling,
        }
    }
}

/// All that a record's header says of its process and the parent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    start: u64,
    parent_start: u64,
    pid: u32,
    host_pid: u32,
    host_tid: u32,
    host_ppid: u32,
    uid: u32,
    gid: u32,
    comm: [u8; abi::COMM_SIZE],
    contained: bool,
}

impl Said {
    fn of(header: &RecordHeader, contained: bool) -> Self {
        Self {
            start: header.process_start_time,
            parent_start: header.parent_start_time,
            pid: header.pid,
            host_pid: header.host_pid,
            host_tid: header.host_tid,
            host_ppid: header.host_ppid,
            uid: header.uid,
            gid: header.gid,
            comm: header.comm,
            contained,
        }
    }
}

/// The events that the process tree needs from the kernel, whatever policies want.
pub fn internal_events(schema: &Schema) -> Vec<EventId> {
    let slots = Slots::new(schema);
    let fork = slots.fork.map(|fork| fork.event);
    let exec = slots.exec.map(|(event, _, _)| event);
    let exit = slots.exit.map(|(event, _)| event);
    [fork, exec, exit].into_iter().flatten().collect()
}

impl ProcessTree {
    /// Takes what a record says, before it is matched: a rule on an exec sees the new program.
    /// `contained` is whether its process is in a container. Returns the process; `None` for pid 0, the idle tasks.
    pub fn before(&mut self, record: &Record<'_>, contained: bool) -> Option<Process> {
        let event = record.event();
        let telling = self.slots.telling.get(usize::from(event.0));
        if telling != Some(&true) {
            let said = Said::of(record.header(), contained);
            if let Some(at) = self.last
                && self.entries[at as usize].said.as_ref() == Some(&said)
            {
                return Some(Process(at));
            }
            let at = self.find_process(record, true)?;
            if self.entries[at as usize].said.as_ref() != Some(&said) {
                // What changes something forgets it: it is taken again, and then changes nothing.
                self.entries[at as usize].said = Some(said);
                self.seen(at, record, true);
                self.name_user(at, contained);
            }
            self.last = Some(at);
            return Some(Process(at));
        }
        self.last = None;
        self.learn_user(record);
        let exact = self.is_exact(record);
        let at = self.find_process(record, exact)?;
        self.entries[at as usize].said = None;
        self.seen(at, record, exact);
        self.name_user(at, contained);
        let programs = [&self.slots.exec, &self.slots.existing];
        let program = programs
            .into_iter()
            .flatten()
            .find(|(id, _, _)| *id == event)
            .copied();
        if let Some((_, exe, arguments)) = program {
            self.program(at, record, exe, arguments);
        }
        self.learn(at, record);
        self.fork(at, record);
        Some(Process(at))
    }

    /// Takes what a record ends, after it was matched: a rule on an exit sees the process.
    pub fn after(&mut self, record: &Record<'_>) {
        let Some((event, whole_process)) = self.slots.exit else {
            return;
        };
        if record.event() != event {
            return;
        }
        let header = record.header();
        let ended = match whole_process.and_then(|slot| record.int(slot)) {
            Some(ended) => ended != 0,
            None => header.host_tid == header.host_pid,
        };
        if !ended {
            return;
        }
        if let Some(at) = self.find_entry(header.host_pid, header.process_start_time) {
            self.mark_exited(at);
        }
    }

    /// The record's process. `exact` is whether start times in the record are the kernel's own.
    fn find_process(&mut self, record: &Record<'_>, exact: bool) -> Option<u32> {
        let header = record.header();
        if header.host_pid == 0 {
            return None;
        }
        let time = header.process_start_time;
        let at = self.find_or_add(header.host_pid, Start { time, exact });
        self.pinned = Some(at);
        Some(at)
    }

    /// Takes what every header says of its process and the parent.
    fn seen(&mut self, at: u32, record: &Record<'_>, exact: bool) {
        let header = record.header();
        let view = self.views.get(at);
        let is_said = |said: bool, known: u32, same: bool| !said || view.known & known != 0 && same;
        // Most events say what was said before.
        if !(is_said(header.pid != 0, KNOWN_PID, view.pid == header.pid)
            && is_said(header.uid != u32::MAX, KNOWN_UID, view.uid == header.uid)
            && is_said(header.gid != u32::MAX, KNOWN_GID, view.gid == header.gid))
        {
            self.views.update(at, |view| {
                if header.pid != 0 {
                    view.pid = header.pid;
                    view.known |= KNOWN_PID;
                }
                if header.uid != u32::MAX {
                    view.uid = header.uid;
                    view.known |= KNOWN_UID;
                }
                if header.gid != u32::MAX {
                    view.gid = header.gid;
                    view.known |= KNOWN_GID;
                }
            });
        }
        // Other threads have names of their own.
        let leader = header.host_tid == header.host_pid;
        if !record.comm().is_empty()
            && (leader || self.entries[at as usize].text(TextField::Comm).is_none())
        {
            self.set_text(at, TextField::Comm, record.comm());
        }
        let parent_start = Start {
            time: header.parent_start_time,
            exact,
        };
        match self.entries[at as usize].parent {
            None if header.host_ppid != 0 => {
                let parent = self.parent_of(at, header.host_ppid, parent_start);
                if parent.is_some() {
                    self.set_parent(at, parent);
                }
            }
            Some(parent) if exact && !self.entries[parent as usize].exact => {
                // Another one, if it was adopted.
                let entry = &self.entries[parent as usize];
                if entry.host_pid == header.host_ppid
                    && entry.start.abs_diff(parent_start.time) < SAME_START
                {
                    self.set_start(parent, parent_start);
                }
            }
            _ => {}
        }
    }

    /// Whether start times in the record are the kernel's own: those that tracee read from /proc are rounded.
    fn is_exact(&self, record: &Record<'_>) -> bool {
        let existing = self.slots.existing.as_ref();
        existing.is_none_or(|(event, ..)| *event != record.event()) || record.has(abi::RECORD_EXACT)
    }

    /// The process with this pid, unless it is younger than its child: then the pid was given again.
    fn parent_of(&mut self, child: u32, host_pid: u32, start: Start) -> Option<u32> {
        let child_start = self.entries[child as usize].start;
        if start.time == 0
            && child_start != 0
            && let Some(found) = self.find_entry(host_pid, 0)
            && self.entries[found as usize].start > child_start + SAME_START
        {
            return None;
        }
        Some(self.find_or_add(host_pid, start))
    }

    fn program(&mut self, at: u32, record: &Record<'_>, exe: Option<u16>, arguments: Option<u16>) {
        if let Some(exe) = exe.and_then(|slot| record.bytes(slot)) {
            self.set_text(at, TextField::Exe, &exe[..exe.len().min(MAX_TEXT)]);
        }
        if let Some(items) = arguments.and_then(|slot| record.list(slot)) {
            let mut line = Vec::new();
            for item in items {
                if !line.is_empty() {
                    line.push(b' ');
                }
                line.extend_from_slice(item);
                if line.len() >= MAX_TEXT {
                    break;
                }
            }
            line.truncate(MAX_TEXT);
            self.set_text(at, TextField::Cmdline, &line);
        }
    }

    /// A new process has its parent's program, name and ids until it says otherwise.
    fn fork(&mut self, parent: u32, record: &Record<'_>) {
        let Some(fork) = self
            .slots
            .fork
            .as_ref()
            .filter(|fork| fork.event == record.event())
        else {
            return;
        };
        let int = |slot: u16| record.int(slot).and_then(|value| u64::try_from(value).ok());
        let (Some(tid), Some(pid)) = (int(fork.child_tid), int(fork.child_pid)) else {
            return;
        };
        let ns_pid = fork.child_ns_pid.and_then(int);
        let start = fork.start.and_then(int).unwrap_or_default();
        let Ok(host_pid) = u32::try_from(pid) else {
            return;
        };
        if tid != pid || host_pid == 0 {
            return;
        }
        let exact = self.is_exact(record);
        let child = self.find_or_add(host_pid, Start { time: start, exact });
        if child == parent {
            return;
        }
        let inherited = self.views.get(parent);
        let known = inherited.known & (KNOWN_UID | KNOWN_GID);
        self.views.update(child, |view| {
            // What the child's own records said already is newer.
            if view.known & KNOWN_UID == 0 {
                (view.uid, view.gid) = (inherited.uid, inherited.gid);
                view.known |= known;
            }
            if let Some(ns_pid) = ns_pid.and_then(|pid| u32::try_from(pid).ok()) {
                view.pid = ns_pid;
                view.known |= KNOWN_PID;
            }
        });
        self.inherit_texts(parent, child);
        let (user_of, digested) = {
            let parent = &self.entries[parent as usize];
            (parent.user_of, parent.digested)
        };
        let entry = &mut self.entries[child as usize];
        entry.said = None;
        entry.user_of = entry.user_of.or(user_of);
        entry.digested = entry.digested.or(digested);
        self.set_parent(child, Some(parent));
    }
}
