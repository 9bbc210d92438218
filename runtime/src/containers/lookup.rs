//! Control groups of a running system → records of their containers.
//!
//! A control group is told of by the kernel's `cgroup_mkdir` when it is made, which says its path whatever becomes
//! of it, or else found when the first record comes from it. [`runtimes`] says what the container is, and
//! [`api`](super::api) what that leaves open.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tracee_ebpf::abi::RecordHeader;
use tracee_lang::schema::{Event, EventId, Schema};

use super::api::{Asker, Question};
use super::cgroup_path::{self, Named};
use super::hierarchy::Hierarchy;
use super::runtimes::{self, Hints};
use super::waiting::{Released, Waiting};
use super::{Container, MAX_CGROUPS, Records};
use crate::record::{Layouts, Record, RecordBuf};
use crate::system;

/// Directories that one search for a control group looks at.
const MAX_WALK: usize = 100_000;

/// Makes a record for each control group of a container when it is first seen.
#[derive(Debug)]
pub struct CgroupLookup {
    records: Records,
    layouts: Layouts,
    made: Option<GroupEvent>,
    removed: Option<GroupEvent>,
    /// Where everything is below: `/`, but for tests.
    root: PathBuf,
    /// `None` if none is mounted.
    hierarchy: Option<Hierarchy>,
    /// What was made before is an existing container's; nanoseconds since the epoch.
    began: u64,
    seen: HashSet<u64>,
    /// The one that was asked for last: events come in bursts of one.
    last: u64,
    /// Containers that have a control group of their own, to be told when that is removed.
    own: HashMap<u64, Container>,
    asker: Asker,
    waiting: Waiting,
    unresolved: u64,
}

/// `cgroup_mkdir` or `cgroup_rmdir`, with the slots of its arguments.
#[derive(Debug, Clone, Copy)]
struct GroupEvent {
    event: EventId,
    cgroup: u16,
    path: u16,
    hierarchy: u16,
}

impl GroupEvent {
    fn of(event: &Event) -> Option<Self> {
        let slot = |name: &str| event.arg(name).map(|arg| arg.slot);
        Some(Self {
            event: event.id,
            cgroup: slot("cgroup_id")?,
            path: slot("cgroup_path")?,
            hierarchy: slot("hierarchy_id")?,
        })
    }
}

/// The events by which a live run learns of containers, whatever policies want.
pub fn internal_events(schema: &Schema) -> Vec<EventId> {
    let names = ["cgroup_mkdir", "cgroup_rmdir"];
    let events = names
        .into_iter()
        .filter_map(|name| schema.event_named(name));
    events.map(|event| event.id).collect()
}

/// A control group of a container.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) container: Container,
    /// What to take the time and the control group from.
    pub(super) header: RecordHeader,
    /// Whether it was there when tracing began.
    pub(super) existing: bool,
}

/// What to do with a record.
#[derive(Debug, Default)]
pub struct Turn {
    /// Records to be taken before it.
    pub before: Vec<RecordBuf>,
    /// Whether it waits; it will be among what [`CgroupLookup::ready`] gives.
    pub waits: bool,
    /// Records to be taken after it.
    pub after: Vec<RecordBuf>,
}

impl CgroupLookup {
    /// For a system whose files are below `root` (`/`). Containers whose control group was made at
    /// `began` (nanoseconds since the epoch) or later are new.
    pub fn new(schema: &Schema, root: &Path, began: u64) -> Self {
        let event = |name: &str| schema.event_named(name).and_then(GroupEvent::of);
        Self {
            records: Records::new(schema),
            layouts: Layouts::new(schema),
            made: event("cgroup_mkdir"),
            removed: event("cgroup_rmdir"),
            root: root.to_owned(),
            hierarchy: Hierarchy::of(root),
            began,
            seen: HashSet::new(),
            last: 0,
            own: HashMap::new(),
            asker: Asker::new(root),
            waiting: Waiting::default(),
            unresolved: 0,
        }
    }

    /// Records of all containers that there are, for the begin of a run; those whose runtime is asked first
    /// come later, from [`CgroupLookup::ready`].
    pub fn existing(&mut self) -> Vec<RecordBuf> {
        let mut records = Vec::new();
        let hierarchy = self.hierarchy.clone();
        for (path, directory) in hierarchy.iter().flat_map(|of| walk(&of.mount)) {
            let Some(named) = self.named(&path) else {
                continue;
            };
            let Some(cgroup_id) = inode(&directory).filter(|id| self.seen.insert(*id)) else {
                continue;
            };
            let header = RecordHeader {
                cgroup_id,
                ..RecordHeader::default()
            };
            let (mut found, hints) = self.found(named, &path, &header);
            found.existing = true;
            found.header.time = found.container.created;
            records.extend(self.tell_or_wait(found, hints));
        }
        records
    }

    /// What to do with a record, whose bytes begin at a multiple of 8.
    pub fn turn(&mut self, header: &RecordHeader, bytes: &[u8]) -> Turn {
        let event = EventId(header.event);
        let mut turn = Turn::default();
        if self.made.is_some_and(|made| made.event == event) {
            turn.after.extend(self.group_made(header, bytes));
        } else if self.removed.is_some_and(|removed| removed.event == event) {
            turn.after.extend(self.group_removed(header, bytes));
        }
        turn.before.extend(self.before(header));
        turn.waits = self.waiting.hold(header.cgroup_id, bytes);
        if self.waiting.is_full() {
            turn.after.extend(self.release());
        }
        turn
    }

    /// Records that needn't wait any more.
    pub fn ready(&mut self) -> Vec<RecordBuf> {
        let mut ready = Vec::new();
        while let Some(answer) = self.asker.answer(Duration::ZERO) {
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
            if let Some(answer) = self.asker.answer(left.max(Duration::from_millis(1))) {
                settled.extend(self.answered(answer));
            }
            settled.extend(self.ready());
        }
        settled
    }

    /// How many control groups were gone before they could be looked at, or not found among the first
    /// [`MAX_WALK`] directories: events of theirs are as of none.
    pub fn unresolved(&self) -> u64 {
        self.unresolved
    }

    /// How many containers' events went on without what their runtime says of them, as it did not answer in
    /// time or at all.
    pub fn unnamed(&self) -> u64 {
        self.waiting.unnamed()
    }

    /// The record to be taken before one with this header; `None` if its control group was seen, is of no
    /// container, or waits.
    pub(super) fn before(&mut self, header: &RecordHeader) -> Option<RecordBuf> {
        let cgroup = header.cgroup_id;
        if cgroup == self.last || cgroup == 0 {
            return None;
        }
        self.last = cgroup;
        if !self.is_new(cgroup) {
            return None;
        }
        let hierarchy = self.hierarchy.clone()?;
        let Some(path) = self.path(&hierarchy, header) else {
            self.unresolved += 1;
            return None;
        };
        let named = self.named(&path)?;
        let (mut found, hints) = self.found(named, &path, header);
        found.existing = found.container.created < self.began;
        self.tell_or_wait(found, hints)
    }

    fn is_new(&mut self, cgroup: u64) -> bool {
        if self.seen.contains(&cgroup) {
            return false;
        }
        if self.seen.len() >= MAX_CGROUPS {
            // Looking again is only slower.
            self.seen.clear();
        }
        self.seen.insert(cgroup)
    }

    /// What a record of a control group that is made tells: a container, if it is that container's own.
    fn group_made(&mut self, header: &RecordHeader, bytes: &[u8]) -> Option<RecordBuf> {
        let (cgroup_id, path) = self.group(self.made?, bytes)?;
        let named = self.named(&path)?;
        if !self.is_new(cgroup_id) {
            return None;
        }
        let header = RecordHeader {
            cgroup_id,
            ..*header
        };
        let (mut found, hints) = self.found(named, &path, &header);
        if found.container.created == 0 {
            found.container.created = header.time;
        }
        self.tell_or_wait(found, hints)
    }

    /// What a record of a control group that is removed ends.
    fn group_removed(&mut self, header: &RecordHeader, bytes: &[u8]) -> Option<RecordBuf> {
        let (cgroup_id, _) = self.group(self.removed?, bytes)?;
        self.waiting.forget(cgroup_id);
        let container = self.own.remove(&cgroup_id)?;
        let header = RecordHeader {
            cgroup_id,
            ..*header
        };
        let record = self.records.removed(&container, &header)?;
        (!self.waiting.hold(cgroup_id, record.as_bytes())).then_some(record)
    }

    /// Number and path of the control group that a record is about, if it is one of the hierarchy.
    fn group(&self, of: GroupEvent, bytes: &[u8]) -> Option<(u64, String)> {
        let record = Record::parse(bytes, &self.layouts).ok()?;
        let int = |slot| record.int(slot).and_then(|value| u64::try_from(value).ok());
        if int(of.hierarchy)? != u64::from(self.hierarchy.as_ref()?.number) {
            return None;
        }
        let path = String::from_utf8(record.bytes(of.path)?.to_vec()).ok()?;
        Some((int(of.cgroup)?, path))
    }

    fn named(&self, path: &str) -> Option<Named> {
        cgroup_path::container(path).or_else(|| runtimes::in_containerds_groups(&self.root, path))
    }

    fn tell_or_wait(&mut self, found: Found, hints: Hints) -> Option<RecordBuf> {
        let question = Question {
            cgroup: found.header.cgroup_id,
            container: found.container.clone(),
            namespace: hints.namespace,
            sandbox: hints.sandbox,
        };
        let found = match self.asker.ask(question) {
            Some(runtime) => self.waiting.begin(found, runtime, Instant::now())?,
            None => found,
        };
        self.tell(&found)
    }

    fn tell(&self, found: &Found) -> Option<RecordBuf> {
        self.records
            .told(&found.container, found.existing, &found.header)
    }

    fn answered(&mut self, answer: super::api::Answer) -> Vec<RecordBuf> {
        let said = answer.container.is_some();
        let Some(mut released) = self.waiting.answered(answer.cgroup, answer.runtime, said) else {
            return Vec::new();
        };
        if let Some(container) = answer.container {
            released.found.container = container;
        }
        self.released(vec![released])
    }

    fn released(&self, released: Vec<Released>) -> Vec<RecordBuf> {
        let mut records = Vec::new();
        for released in released {
            records.extend(self.tell(&released.found));
            records.extend(released.records);
        }
        records
    }

    /// The path of the record's control group: by its process, or else by its number.
    fn path(&self, hierarchy: &Hierarchy, header: &RecordHeader) -> Option<String> {
        let mount = &hierarchy.mount;
        let is = |path: &Path| inode(path) == Some(header.cgroup_id);
        let file = format!("proc/{}/cgroup", header.host_pid);
        if let Ok(groups) = fs::read_to_string(self.root.join(file))
            && let Some(path) = groups.lines().find_map(|line| hierarchy.path(line))
            && is(&mount.join(path.trim_start_matches('/')))
        {
            return Some(path.to_owned());
        }
        walk(mount)
            .find(|(_, directory)| is(directory))
            .map(|(path, _)| path)
    }

    /// What is known of a container without asking anybody.
    fn found(&mut self, named: Named, path: &str, header: &RecordHeader) -> (Found, Hints) {
        let directory = self
            .hierarchy
            .as_ref()
            .map(|of| of.mount.join(path.trim_start_matches('/')));
        let made = directory.and_then(|directory| fs::metadata(directory).ok());
        let made = made.and_then(|of| system::changed(&of));
        let above = path.rsplit_once('/').map_or("", |(above, _)| above);
        let is_own = self.named(above).is_none_or(|above| above.id != named.id);
        let Named {
            runtime,
            id,
            pod_uid,
        } = named;
        let mut container = Container {
            id,
            runtime: runtime.to_owned(),
            pod_uid,
            created: made.unwrap_or_default(),
            ..Container::default()
        };
        let hints = runtimes::describe(&self.root, &mut container);
        if is_own {
            if self.own.len() >= MAX_CGROUPS {
                self.own.clear();
            }
            self.own.insert(header.cgroup_id, container.clone());
        }
        let found = Found {
            container,
            header: *header,
            existing: false,
        };
        (found, hints)
    }
}

/// The directories of a hierarchy with their paths in it, those above first; at most [`MAX_WALK`].
fn walk(mount: &Path) -> impl Iterator<Item = (String, PathBuf)> {
    let mut next = vec![(String::new(), mount.to_owned())];
    let step = move || {
        let (path, directory) = next.pop()?;
        let entries = fs::read_dir(&directory).into_iter().flatten().flatten();
        let below = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        next.extend(below.filter_map(|entry| {
            let path = format!("{path}/{}", entry.file_name().to_str()?);
            Some((path, entry.path()))
        }));
        Some((path, directory))
    };
    std::iter::from_fn(step).take(MAX_WALK)
}

fn inode(path: &Path) -> Option<u64> {
    system::inode(&fs::metadata(path).ok()?)
}
