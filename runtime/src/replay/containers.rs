//! What lines say of containers, as the records that the engine knows them by.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use tracee_ebpf::abi;
use tracee_lang::schema::Schema;

use super::line::{ContainerObject, Line, PodObject, Shared};
use crate::containers::{Container, MAX_CGROUPS, Records};
use crate::record::RecordBuf;

/// What was told of each control group.
#[derive(Debug)]
pub(super) struct ToldContainers {
    records: Records,
    told: HashMap<u64, Told, RandomState>,
}

/// What was told, and the objects of the line that last said so.
#[derive(Debug)]
struct Told {
    container: Container,
    started: bool,
    /// None if the line had more to say of containers than these.
    said: Option<Said>,
}

#[derive(Debug)]
struct Said {
    id: Box<str>,
    object: Option<Shared<ContainerObject>>,
    pod: Option<Shared<PodObject>>,
}

impl Said {
    fn by(line: &Line<'_>) -> Option<Self> {
        (!line.has_old_containers()).then(|| Self {
            id: line.container_id.as_deref().unwrap_or_default().into(),
            object: line.container.clone(),
            pod: line.kubernetes.clone(),
        })
    }

    /// Whether the line says the same, by what it shares with the one before.
    fn is_by(&self, line: &Line<'_>) -> bool {
        Shared::are_same(self.object.as_ref(), line.container.as_ref())
            && Shared::are_same(self.pod.as_ref(), line.kubernetes.as_ref())
            && *self.id == *line.container_id.as_deref().unwrap_or_default()
            && !line.has_old_containers()
    }
}

impl ToldContainers {
    pub(super) fn new(schema: &Schema) -> Self {
        Self {
            records: Records::new(schema),
            told: HashMap::default(),
        }
    }

    /// The record to be taken before a line's: if the line says of the control group something else than
    /// those before it. Old lines have no control groups; then they are all of one, which is told anew
    /// whenever its container changes. `started` is whether the container's own program runs.
    pub(super) fn before(
        &mut self,
        line: &Line<'_>,
        started: bool,
        record: &RecordBuf,
    ) -> Option<RecordBuf> {
        let header = record.header();
        let before = self.told.get_mut(&header.cgroup_id);
        let said = before.as_ref().and_then(|told| told.said.as_ref());
        if said.is_some_and(|said| said.is_by(line))
            && before.as_ref().is_some_and(|told| told.started == started)
        {
            return None;
        }
        let now = line.container();
        match (before, &now) {
            (None, None) => return None,
            (Some(told), Some(now)) if told.container == *now && told.started == started => {
                told.said = Said::by(line);
                return None;
            }
            _ => {}
        }
        if self.told.len() >= MAX_CGROUPS {
            // Saying it again is only slower.
            self.told.clear();
        }
        let mut told = match now {
            Some(container) => {
                let record = self.records.told(&container, started, &header);
                let told = Told {
                    container,
                    started,
                    said: Said::by(line),
                };
                self.told.insert(header.cgroup_id, told);
                record
            }
            None => {
                let told = self.told.remove(&header.cgroup_id)?;
                self.records.removed(&told.container, &header)
            }
        }?;
        let mut header = told.header();
        header.flags |= abi::RECORD_INTERNAL;
        told.set_header(&header);
        Some(told)
    }
}
