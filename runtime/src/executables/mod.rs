//! What executables hash to: makes an `executable_digest` before the exec of each program, so that a condition on
//! `proc.exe_sha256` holds from the exec on.
//!
//! A file is read once, by a thread ([`reader`]), and its digest kept by device, inode and ctime. Until it is there,
//! the exec and what follows of its process and its children waits ([`waiting`]), within bounds; the events of all
//! others go on. What was running before is read without anything waiting for it.

mod reader;
mod waiting;

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use serde::Serialize;
use tracee_ebpf::abi::RecordHeader;
use tracee_lang::schema::{Event, EventId, Schema};

pub use waiting::PATIENCE;

use crate::containers::Turn;
use crate::process_tree::{FileKey, FileSlots};
use crate::record::{Layout, Layouts, Record, RecordBuf, RecordBuilder};
use reader::{Answer, Question, Reader};
use waiting::{Held, Waiting};

/// Digests that are kept.
const MAX_KNOWN: usize = 16_384;

/// Processes that may still be told their digest.
const MAX_LATE: usize = 16_384;

/// 64 small hexadecimal digits.
type Digest = String;

/// Executables whose digest is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ExecutableCounters {
    /// Executions that went on without: of files that were gone or changed before they could be read, unreadable, too
    /// large, or not read in time.
    pub unread: u64,
}

impl ExecutableCounters {
    /// Both together.
    pub fn and(self, other: Self) -> Self {
        Self {
            unread: self.unread + other.unread,
        }
    }
}

/// Makes the records.
#[derive(Debug)]
pub struct ExecutableDigests {
    digest: Option<DigestEvent>,
    exec: Option<ExecEvent>,
    existing: Option<EventId>,
    layouts: Layouts,
    known: HashMap<FileKey, Digest>,
    /// What the thread was asked to read.
    asked: HashSet<FileKey>,
    reader: Reader,
    waiting: Waiting,
    /// Processes whose events went on without: they are told when the answer comes. By host pid; the file is not
    /// known of what was running before.
    late: HashMap<u32, (Option<FileKey>, RecordHeader)>,
    counters: ExecutableCounters,
}

/// `executable_digest`, with the slots of its arguments.
#[derive(Debug)]
struct DigestEvent {
    layout: Layout,
    dev: u16,
    inode: u16,
    ctime: u16,
    sha256: u16,
}

impl DigestEvent {
    fn of(schema: &Schema) -> Option<Self> {
        let event = schema.event_named("executable_digest")?;
        let slot = |name: &str| event.arg(name).map(|arg| arg.slot);
        Some(Self {
            layout: Layout::of(schema, event)?,
            dev: slot("dev")?,
            inode: slot("inode")?,
            ctime: slot("ctime")?,
            sha256: slot("sha256")?,
        })
    }
}

/// `sched_process_exec`.
#[derive(Debug, Clone, Copy)]
struct ExecEvent {
    event: EventId,
    file: FileSlots,
    path: u16,
}

impl ExecEvent {
    fn of(event: &Event) -> Option<Self> {
        Some(Self {
            event: event.id,
            file: FileSlots::of(event)?,
            path: event.arg("pathname")?.slot,
        })
    }
}

impl ExecutableDigests {
    /// For events of this schema; of a schema without the event there are no digests.
    pub fn new(schema: &Schema) -> Self {
        Self {
            digest: DigestEvent::of(schema),
            exec: schema
                .event_named("sched_process_exec")
                .and_then(ExecEvent::of),
            existing: schema.event_named("existing_process").map(|event| event.id),
            layouts: Layouts::new(schema),
            known: HashMap::new(),
            asked: HashSet::new(),
            reader: Reader::new(),
            waiting: Waiting::default(),
            late: HashMap::new(),
            counters: ExecutableCounters::default(),
        }
    }

    /// What to do with a record, whose bytes begin at a multiple of 8.
    pub fn turn(&mut self, header: &RecordHeader, bytes: &[u8]) -> Turn {
        let event = EventId(header.event);
        let mut turn = Turn::default();
        if self.exec.is_some_and(|exec| exec.event == event) {
            self.executed(header, bytes, &mut turn);
        } else {
            turn.waits = self.waiting.hold(header, bytes, None);
            if Some(event) == self.existing && header.host_pid != 0 {
                self.tell_later(None, *header);
                self.reader.ask(Question::running(header.host_pid));
            }
        }
        if self.waiting.is_full() {
            turn.after.extend(self.release());
        }
        turn
    }

    /// A program begins.
    fn executed(&mut self, header: &RecordHeader, bytes: &[u8], turn: &mut Turn) {
        self.late.remove(&header.host_pid);
        let Some((file, path)) = self.file(bytes) else {
            turn.waits = self.waiting.hold(header, bytes, None);
            return;
        };
        let known = self.known.get(&file);
        // A file may be of several processes that wait.
        let asked = known.is_none()
            && (self.asked.contains(&file) || {
                let question = Question::executed(header.host_pid, file, path);
                let asked = self.reader.ask(question);
                if asked {
                    self.asked.insert(file);
                }
                asked
            });
        if self.waiting.hold(header, bytes, Some((file, asked))) {
            turn.waits = true;
            return;
        }
        match self.known.get(&file) {
            Some(digest) => turn.before.extend(self.told(header, file, digest)),
            None if asked && self.waiting.begin(header, file, bytes, Instant::now()) => {
                turn.waits = true;
            }
            None => {
                self.counters.unread += 1;
                if asked {
                    self.tell_later(Some(file), *header);
                }
            }
        }
    }

    /// Records that needn't wait any more, and what was read late.
    pub fn ready(&mut self) -> Vec<RecordBuf> {
        let mut ready = Vec::new();
        while let Some(answer) = self.reader.answer(Duration::ZERO) {
            ready.extend(self.answered(answer));
        }
        let over = self.waiting.over(Instant::now());
        ready.extend(self.released(over));
        ready
    }

    /// All records that wait, at once.
    pub fn release(&mut self) -> Vec<RecordBuf> {
        let all = self.waiting.all();
        self.released(all)
    }

    /// Waits until nothing waits any more: for answers, and no longer than events do. To be called when no more
    /// records come.
    pub fn settle(&mut self) -> Vec<RecordBuf> {
        let mut settled = self.ready();
        while let Some(left) = self.waiting.left(Instant::now()) {
            if let Some(answer) = self.reader.answer(left.max(Duration::from_millis(1))) {
                settled.extend(self.answered(answer));
            }
            settled.extend(self.ready());
        }
        settled
    }

    /// What is not known.
    pub fn counters(&self) -> ExecutableCounters {
        self.counters
    }

    fn answered(&mut self, answer: Answer) -> Vec<RecordBuf> {
        let Answer { pid, asked, found } = answer;
        let mut records = Vec::new();
        match (asked, found) {
            (Some(file), found) => {
                self.asked.remove(&file);
                if let Some((_, digest)) = found {
                    self.keep(file, digest);
                }
                let released = self.waiting.answered(file);
                records.extend(self.released(released));
                let late = self.late.iter();
                let late = late.filter(|(_, (of, _))| *of == Some(file));
                let late: Vec<(u32, RecordHeader)> =
                    late.map(|(pid, (_, header))| (*pid, *header)).collect();
                for (pid, header) in late {
                    self.late.remove(&pid);
                    if let Some(digest) = self.known.get(&file) {
                        records.extend(self.told(&header, file, digest));
                    }
                }
            }
            // What ran before: unless it ran something else meanwhile.
            (None, Some((file, digest))) => {
                if let Some((None, header)) = self.late.get(&pid).copied() {
                    self.late.remove(&pid);
                    records.extend(self.told(&header, file, &digest));
                }
                self.keep(file, digest);
            }
            (None, None) => _ = self.late.remove(&pid),
        }
        records
    }

    fn keep(&mut self, file: FileKey, digest: Digest) {
        if self.known.len() >= MAX_KNOWN {
            self.known.clear();
        }
        self.known.insert(file, digest);
    }

    fn tell_later(&mut self, file: Option<FileKey>, header: RecordHeader) {
        if self.late.len() >= MAX_LATE {
            self.counters.unread += self.late.len() as u64;
            self.late.clear();
        }
        self.late.insert(header.host_pid, (file, header));
    }

    fn released(&mut self, released: Vec<Held>) -> Vec<RecordBuf> {
        let mut records = Vec::new();
        for (record, file) in released.into_iter().flatten() {
            if let Some(file) = file {
                let header = record.header();
                if let Some(digest) = self.known.get(&file) {
                    records.extend(self.told(&header, file, digest));
                } else {
                    self.counters.unread += 1;
                    if self.asked.contains(&file) {
                        self.tell_later(Some(file), header);
                    }
                }
            }
            records.push(record);
        }
        records
    }

    fn file(&self, bytes: &[u8]) -> Option<(FileKey, Vec<u8>)> {
        let exec = self.exec?;
        let record = Record::parse(bytes, &self.layouts).ok()?;
        let path = record.bytes(exec.path).unwrap_or_default();
        Some((exec.file.key(&record)?, path.to_vec()))
    }

    /// Tells what the file of the header's process hashes to.
    fn told(&self, header: &RecordHeader, file: FileKey, digest: &str) -> Option<RecordBuf> {
        let event = self.digest.as_ref()?;
        let mut builder = RecordBuilder::new(&event.layout);
        builder.header = RecordHeader {
            flags: 0,
            retval: 0,
            present: 0,
            truncated: 0,
            ..*header
        };
        builder
            .int(event.dev, file.dev.into())
            .int(event.inode, file.inode)
            .int(event.ctime, file.ctime)
            .bytes(event.sha256, digest.as_bytes());
        Some(builder.build())
    }
}

#[cfg(test)]
mod tests;
