//! What lines say of containers, as the records that the engine knows them by.

use std::collections::HashMap;

use tracee_ebpf::abi;
use tracee_lang::schema::Schema;

use super::line::Line;
use crate::containers::{Container, MAX_CGROUPS, Records};
use crate::record::RecordBuf;

/// What was told of each control group.
#[derive(Debug)]
pub(super) struct ToldContainers {
    records: Records,
    told: HashMap<u64, (Container, bool)>,
}

impl ToldContainers {
    pub(super) fn new(schema: &Schema) -> Self {
        Self {
            records: Records::new(schema),
            told: HashMap::new(),
        }
    }

    /// The record to be taken before a line's: if the line says of the control group something else than
    /// those before it. Old lines have no control groups; then they are all of one, which is told anew
    /// whenever its container changes.
    pub(super) fn before(&mut self, line: &Line<'_>, record: &RecordBuf) -> Option<RecordBuf> {
        let header = record.header();
        let now = line.container().map(|of| (of, line.is_started()));
        if self.told.get(&header.cgroup_id) == now.as_ref() {
            return None;
        }
        if self.told.len() >= MAX_CGROUPS {
            // Saying it again is only slower.
            self.told.clear();
        }
        let mut told = match now {
            Some((container, started)) => {
                let told = self.records.told(&container, started, &header);
                self.told.insert(header.cgroup_id, (container, started));
                told
            }
            None => {
                let (container, _) = self.told.remove(&header.cgroup_id)?;
                self.records.removed(&container, &header)
            }
        }?;
        let mut header = told.header();
        header.flags |= abi::RECORD_INTERNAL;
        told.set_header(&header);
        Some(told)
    }
}
