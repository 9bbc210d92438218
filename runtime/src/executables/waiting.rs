//! Events that wait for a digest: those of a process from its exec on, and of its children, so that they stay in
//! order. No longer than [`PATIENCE`], and no more than [`MAX_BYTES`]. A thread that once let that time pass, as it
//! hangs in a file system, isn't waited for again until it answers.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use tracee_ebpf::abi::RecordHeader;

use crate::process_tree::FileKey;
use crate::record::RecordBuf;

/// How long events wait for a digest.
pub const PATIENCE: Duration = Duration::from_secs(2);
/// What waits is no larger.
const MAX_BYTES: usize = 8 << 20;

/// Records in order, and the file of those that are execs.
pub(super) type Held = Vec<(RecordBuf, Option<FileKey>)>;

/// What waits.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    groups: HashMap<u32, Group>,
    /// The group that a process (host pid) is of.
    members: HashMap<u32, u32>,
    next: u32,
    bytes: usize,
    /// Whether the thread let the time pass.
    is_silent: bool,
}

/// A process that executed something, and its descendants.
#[derive(Debug)]
struct Group {
    /// Files without an answer.
    pending: Vec<FileKey>,
    end: Instant,
    records: Held,
}

impl Waiting {
    /// Begins to hold back what is of the header's process, unless nobody is waited for; says so.
    pub(super) fn begin(
        &mut self,
        header: &RecordHeader,
        file: FileKey,
        bytes: &[u8],
        now: Instant,
    ) -> bool {
        if self.is_silent {
            return false;
        }
        self.bytes += bytes.len();
        let group = Group {
            pending: vec![file],
            end: now + PATIENCE,
            records: vec![(RecordBuf::from_bytes(bytes), Some(file))],
        };
        self.next = self.next.wrapping_add(1);
        self.groups.insert(self.next, group);
        self.members.insert(header.host_pid, self.next);
        true
    }

    /// Keeps a copy of the record if its process or its parent waits; says so. For an exec, the file, and whether
    /// its digest is still to come.
    pub(super) fn hold(
        &mut self,
        header: &RecordHeader,
        bytes: &[u8],
        exec: Option<(FileKey, bool)>,
    ) -> bool {
        if self.groups.is_empty() {
            return false;
        }
        let members = &self.members;
        let of = members.get(&header.host_pid);
        let Some(&of) = of.or_else(|| members.get(&header.host_ppid)) else {
            return false;
        };
        let Some(group) = self.groups.get_mut(&of) else {
            return false;
        };
        self.members.insert(header.host_pid, of);
        self.bytes += bytes.len();
        let file = exec.map(|(file, _)| file);
        if let Some((file, true)) = exec
            && !group.pending.contains(&file)
        {
            group.pending.push(file);
        }
        group.records.push((RecordBuf::from_bytes(bytes), file));
        true
    }

    /// Whether so much waits that nothing may wait any longer.
    pub(super) fn is_full(&self) -> bool {
        self.bytes > MAX_BYTES
    }

    /// What waited for nothing but this file.
    pub(super) fn answered(&mut self, file: FileKey) -> Vec<Held> {
        self.is_silent = false;
        self.take(|group| {
            group.pending.retain(|pending| *pending != file);
            group.pending.is_empty()
        })
    }

    /// What needn't wait any more.
    pub(super) fn over(&mut self, now: Instant) -> Vec<Held> {
        if self.groups.is_empty() {
            return Vec::new();
        }
        let over = self.take(|group| group.end <= now);
        self.is_silent |= !over.is_empty();
        over
    }

    /// Everything, because nothing may wait now.
    pub(super) fn all(&mut self) -> Vec<Held> {
        self.take(|_| true)
    }

    /// How long until something needn't wait any more; none if nothing waits.
    pub(super) fn left(&self, now: Instant) -> Option<Duration> {
        let ends = self.groups.values().map(|group| group.end);
        ends.min().map(|end| end.saturating_duration_since(now))
    }

    /// The records of groups that go on, the group that began first first.
    fn take(&mut self, mut is_over: impl FnMut(&mut Group) -> bool) -> Vec<Held> {
        let groups = self.groups.iter_mut();
        let over = groups.filter_map(|(number, group)| is_over(group).then_some(*number));
        let mut over: Vec<u32> = over.collect();
        over.sort_unstable();
        let mut taken = Vec::new();
        for number in over {
            if let Some(group) = self.groups.remove(&number) {
                let sizes = group.records.iter();
                let bytes: usize = sizes.map(|(record, _)| record.as_bytes().len()).sum();
                self.bytes = self.bytes.saturating_sub(bytes);
                taken.push(group.records);
            }
        }
        if !taken.is_empty() {
            let groups = &self.groups;
            self.members.retain(|_, of| groups.contains_key(of));
        }
        taken
    }
}
