//! The containers that events are from: which control group is of which container, and what its
//! runtime says of it.
//!
//! Fed by records, as the process tree is, so that a replay knows the same: `existing_container`,
//! `container_create` and `container_remove` say what the control group of their own header is of, and
//! `sched_process_exec` that a container's own program runs. In a live run [`CgroupLookup`] makes those
//! records: for a control group that is made or that no record had before, it asks the system ([`cgroup_path`]), the
//! runtime's files ([`runtimes`]), and where these say too little the runtime itself ([`api`]), while what is of
//! that container waits ([`waiting`]).
//!
//! - A container is **started** once a program was executed in it outside of the host's mount namespace:
//!   before that, it is its runtime that sets it up. One that was there when tracing began is started.
//! - Bounded: at most [`MAX_CGROUPS`]; the one that was told first goes, and is counted.

mod api;
mod cgroup_path;
mod hierarchy;
mod lookup;
mod record;
mod runtimes;
mod waiting;

use std::cell::Cell;
use std::collections::{HashMap, VecDeque};

use foldhash::fast::RandomState;
use serde::Serialize;
use tracee_compiler::process::{ContainerView, Text};
use tracee_lang::schema::{Event, EventId, Schema};

pub use hierarchy::uses_cpuset_groups;
pub use lookup::{CgroupLookup, Turn, internal_events};
pub use record::{Container, Records};
pub use waiting::PATIENCE;

use crate::record::Record;

/// Control groups that are known at a time.
pub const MAX_CGROUPS: usize = 16_384;

/// The process whose mount namespace is the host's.
const INIT: u32 = 1;

/// What is not known of containers: events of those control groups are as of no container.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ContainerCounters {
    /// Control groups of containers that had to be forgotten to make place.
    pub dropped: u64,
    /// Control groups that were gone before they could be looked at, or not found.
    pub unresolved: u64,
    /// Containers whose runtime did not say in time what it knows of them.
    pub unnamed: u64,
}

/// What is known of containers.
#[derive(Debug)]
pub struct Containers {
    slots: Slots,
    known: HashMap<u64, Known, RandomState>,
    /// Control groups as they were told, oldest first; those that were told again or removed are in it
    /// more than once, or in vain.
    told: VecDeque<u64>,
    /// The host's mount namespace; 0 if it is not known.
    host_mnt: u32,
    dropped: u64,
    /// Where the view of the control group that was asked for last is; none once anything is told.
    last: Cell<Option<(u64, *const ContainerView)>>,
}

/// What a container's view points to, which stays in place.
#[derive(Debug)]
struct Known {
    view: ContainerView,
    /// When its control group was made; 0 if that is not known.
    created: i128,
    /// The strings and the list of `view`.
    #[expect(dead_code, reason = "owned for the pointers into it")]
    texts: Vec<Box<[u8]>>,
}

#[derive(Debug, Default)]
struct Slots {
    existing: Option<Told>,
    create: Option<Told>,
    remove: Option<EventId>,
    exec: Option<EventId>,
    existing_process: Option<EventId>,
}

/// An event that tells of a container, with the slots of its arguments.
#[derive(Debug, Clone, Copy)]
struct Told {
    event: EventId,
    runtime: u16,
    id: u16,
    image: u16,
    digest: u16,
    name: u16,
    pod_name: u16,
    pod_namespace: u16,
    pod_uid: u16,
    pod_labels: Option<u16>,
    created: Option<u16>,
}

impl Told {
    fn of(event: &Event) -> Option<Self> {
        let slot = |name: &str| event.arg(name).map(|arg| arg.slot);
        Some(Self {
            event: event.id,
            runtime: slot("runtime")?,
            id: slot("container_id")?,
            image: slot("container_image")?,
            digest: slot("container_image_digest")?,
            name: slot("container_name")?,
            pod_name: slot("pod_name")?,
            pod_namespace: slot("pod_namespace")?,
            pod_uid: slot("pod_uid")?,
            pod_labels: slot("pod_labels"),
            created: slot("ctime"),
        })
    }
}

impl Containers {
    /// None yet. Of the events that tell of containers, those that the schema doesn't have are done
    /// without.
    pub fn new(schema: &Schema) -> Self {
        let told = |name: &str| schema.event_named(name).and_then(Told::of);
        let id = |name: &str| schema.event_named(name).map(|event| event.id);
        Self {
            slots: Slots {
                existing: told("existing_container"),
                create: told("container_create"),
                remove: id("container_remove"),
                exec: id("sched_process_exec"),
                existing_process: id("existing_process"),
            },
            known: HashMap::default(),
            told: VecDeque::new(),
            host_mnt: 0,
            dropped: 0,
            last: Cell::new(None),
        }
    }

    /// Takes what a record says, before it is matched.
    pub fn before(&mut self, record: &Record<'_>) {
        let (event, header) = (record.event(), record.header());
        if Some(event) == self.slots.exec {
            let is_in_hosts = self.host_mnt == 0 || header.mnt_ns == self.host_mnt;
            if let Some(known) = self.known.get_mut(&header.cgroup_id)
                && !is_in_hosts
            {
                known.view.started = 1;
            }
        } else if Some(event) == self.slots.existing_process && header.host_pid == INIT {
            self.host_mnt = header.mnt_ns;
        } else if let Some(told) = self.slots.existing.filter(|told| told.event == event) {
            self.tell(record, told, true);
        } else if let Some(told) = self.slots.create.filter(|told| told.event == event) {
            self.tell(record, told, false);
        }
    }

    /// Takes what a record ends, after it was matched.
    pub fn after(&mut self, record: &Record<'_>) {
        if Some(record.event()) == self.slots.remove {
            self.last.set(None);
            self.known.remove(&record.header().cgroup_id);
        }
    }

    /// What matchers read of the container that a control group is of; null if it is of none. Good until
    /// the next record is taken.
    pub fn view(&self, cgroup_id: u64) -> *const ContainerView {
        if let Some((last, view)) = self.last.get()
            && last == cgroup_id
        {
            return view;
        }
        let known = self.known.get(&cgroup_id);
        let view = known.map_or(std::ptr::null(), |known| &raw const known.view);
        self.last.set(Some((cgroup_id, view)));
        view
    }

    /// How many control groups had to be forgotten to make place.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    fn tell(&mut self, record: &Record<'_>, told: Told, started: bool) {
        self.last.set(None);
        let mut texts = Vec::new();
        // An empty string says that it is not known: that is how runtimes say it.
        let mut text = |slot: u16| match record.bytes(slot) {
            Some(bytes) if !bytes.is_empty() => {
                let kept: Box<[u8]> = bytes.into();
                let text = Text::new(&kept);
                texts.push(kept);
                text
            }
            _ => Text::ABSENT,
        };
        let labels = told.pod_labels.and_then(|slot| record.list_bytes(slot));
        let mut view = ContainerView {
            id: text(told.id),
            runtime: text(told.runtime),
            name: text(told.name),
            image: text(told.image),
            image_digest: text(told.digest),
            pod_name: text(told.pod_name),
            pod_namespace: text(told.pod_namespace),
            pod_uid: text(told.pod_uid),
            pod_labels: Text::ABSENT,
            started: started.into(),
        };
        if let Some(labels) = labels {
            let kept: Box<[u8]> = labels.into();
            view.pod_labels = Text::new(&kept);
            texts.push(kept);
        }
        let cgroup = record.header().cgroup_id;
        let created = told.created.and_then(|slot| record.int(slot)).unwrap_or(0);
        // Told again, because its runtime answered late: what was seen of it stays.
        let before = self.known.get(&cgroup);
        if let Some(before) = before.filter(|known| created != 0 && known.created == created) {
            view.started = before.view.started;
        }
        let known = Known {
            view,
            created,
            texts,
        };
        self.known.insert(cgroup, known);
        self.told.push_back(cgroup);
        while self.told.len() > MAX_CGROUPS {
            if let Some(oldest) = self.told.pop_front()
                && oldest != cgroup
                && !self.told.contains(&oldest)
                && self.known.remove(&oldest).is_some()
            {
                self.dropped += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests;
