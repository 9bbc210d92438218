//! Losses in-band: what a source could not deliver becomes an event among the others, so that
//! every output, recording and replay knows of it at the place where it happened.

use std::collections::HashMap;

use tracee_lang::schema::{EventId, Schema};
use tracee_lang::value::Value;

use crate::record::{Layout, Record, RecordBuf, RecordBuilder};
use crate::replay::Names;
use crate::source::Lost;

/// What was said of losses, and how.
#[derive(Debug)]
pub(super) struct Losses {
    /// The event `lost`, with the slots of its `event` and `count`.
    event: Option<(Layout, u16, u16)>,
    /// What the source's counts were when it was last asked.
    said: HashMap<EventId, u64>,
}

impl Losses {
    pub(super) fn new(schema: &Schema) -> Self {
        let event = schema.event_named("lost").and_then(|event| {
            let layout = Layout::of(schema, event)?;
            Some((layout, event.arg("event")?.slot, event.arg("count")?.slot))
        });
        Self {
            event,
            said: HashMap::new(),
        }
    }

    /// Records of what grew since the last call. A schema without `lost` has none; then it is
    /// counted at once.
    pub(super) fn records(
        &mut self,
        schema: &Schema,
        lost: &[Lost],
        now: u64,
        counted: &mut Names,
    ) -> Vec<RecordBuf> {
        let mut records = Vec::new();
        for &Lost { event, count } in lost {
            let said = self.said.entry(event).or_default();
            let grown = count.saturating_sub(*said);
            if grown == 0 {
                continue;
            }
            *said = count;
            let number = event.0.to_string();
            let name = schema
                .event(event)
                .map_or(number.as_str(), |event| event.name.as_str());
            let Some((layout, name_slot, count_slot)) = &self.event else {
                counted.add(name, grown);
                continue;
            };
            let mut builder = RecordBuilder::new(layout);
            builder.header.time = now;
            builder.header.uid = u32::MAX;
            builder.header.gid = u32::MAX;
            builder
                .bytes(*name_slot, name.as_bytes())
                .int(*count_slot, grown);
            records.push(builder.build());
        }
        records
    }

    /// Counts what a `lost` record says, whether it is ours or was replayed. Whether it is one.
    pub(super) fn take(&self, record: &Record<'_>, counted: &mut Names) -> bool {
        let Some((layout, name, count)) = &self.event else {
            return false;
        };
        if layout.event() != record.event() {
            return false;
        }
        let name = record.bytes(*name).unwrap_or_default();
        if let Value::Int(count) = record.value(*count) {
            counted.add(
                &String::from_utf8_lossy(name),
                u64::try_from(count).unwrap_or(u64::MAX),
            );
        }
        true
    }
}
