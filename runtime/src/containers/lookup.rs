//! Control groups of a running system → records of their containers.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use tracee_ebpf::abi::RecordHeader;
use tracee_lang::schema::Schema;

use super::cgroup_path::{self, Named};
use super::runtimes;
use super::{Container, MAX_CGROUPS, Records};
use crate::record::RecordBuf;
use crate::system;

/// Directories that one search for a control group looks at.
const MAX_WALK: usize = 100_000;

/// Makes a record for each control group of a container when it is first seen.
#[derive(Debug)]
pub struct CgroupLookup {
    records: Records,
    /// Where everything is below: `/`, but for tests.
    root: PathBuf,
    /// Where the second version's hierarchy is mounted; `None` if it is not.
    mount: Option<PathBuf>,
    /// What was made before is an existing container's; nanoseconds since the epoch.
    began: u64,
    seen: HashSet<u64>,
    /// The one that was asked for last: events come in bursts of one.
    last: u64,
    unresolved: u64,
}

impl CgroupLookup {
    /// For a system whose files are below `root` (`/`). Containers whose control group was made at
    /// `began` (nanoseconds since the epoch) or later are new.
    pub fn new(schema: &Schema, root: &Path, began: u64) -> Self {
        // Of a system that uses both versions, the second one's is in a directory of its own.
        let places = ["sys/fs/cgroup", "sys/fs/cgroup/unified"];
        let places = places.map(|place| root.join(place));
        let mount = places.into_iter().find(|place| is_version_2(place));
        Self {
            records: Records::new(schema),
            root: root.to_owned(),
            mount,
            began,
            seen: HashSet::new(),
            last: 0,
            unresolved: 0,
        }
    }

    /// Records of all containers that there are, for the begin of a run.
    pub fn existing(&mut self) -> Vec<RecordBuf> {
        let mut records = Vec::new();
        for (path, directory) in self.mount.iter().flat_map(|mount| walk(mount)) {
            let Some(named) = cgroup_path::container(&path) else {
                continue;
            };
            let Some(cgroup_id) = inode(&directory).filter(|id| self.seen.insert(*id)) else {
                continue;
            };
            let container = self.container(named, &directory);
            let header = RecordHeader {
                cgroup_id,
                time: container.created,
                ..RecordHeader::default()
            };
            records.extend(self.records.told(&container, true, &header));
        }
        records
    }

    /// The record to be taken before one with this header; `None` if its control group was seen, or is
    /// of no container.
    pub fn before(&mut self, header: &RecordHeader) -> Option<RecordBuf> {
        let cgroup = header.cgroup_id;
        if cgroup == self.last || cgroup == 0 {
            return None;
        }
        self.last = cgroup;
        if self.seen.contains(&cgroup) {
            return None;
        }
        if self.seen.len() >= MAX_CGROUPS {
            // Looking again is only slower.
            self.seen.clear();
        }
        self.seen.insert(cgroup);
        let mount = self.mount.clone()?;
        let Some(path) = self.path(&mount, header) else {
            self.unresolved += 1;
            return None;
        };
        let named = cgroup_path::container(&path)?;
        let directory = mount.join(path.trim_start_matches('/'));
        let container = self.container(named, &directory);
        let existing = container.created < self.began;
        self.records.told(&container, existing, header)
    }

    /// How many control groups were gone before they could be looked at, or not found among the first
    /// [`MAX_WALK`] directories: events of theirs are as of none.
    pub fn unresolved(&self) -> u64 {
        self.unresolved
    }

    /// The path of the record's control group: by its process, or else by its number.
    fn path(&self, mount: &Path, header: &RecordHeader) -> Option<String> {
        let is = |path: &Path| inode(path) == Some(header.cgroup_id);
        let file = format!("proc/{}/cgroup", header.host_pid);
        if let Ok(groups) = fs::read_to_string(self.root.join(file))
            && let Some(path) = groups.lines().find_map(|line| line.strip_prefix("0::"))
            && is(&mount.join(path.trim_start_matches('/')))
        {
            return Some(path.to_owned());
        }
        walk(mount)
            .find(|(_, directory)| is(directory))
            .map(|(path, _)| path)
    }

    fn container(&self, named: Named, directory: &Path) -> Container {
        let made = fs::metadata(directory).ok();
        let made = made.and_then(|of| system::changed(&of));
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
        runtimes::describe(&self.root, &mut container);
        container
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

fn is_version_2(place: &Path) -> bool {
    place.join("cgroup.controllers").exists()
}

fn inode(path: &Path) -> Option<u64> {
    system::inode(&fs::metadata(path).ok()?)
}
