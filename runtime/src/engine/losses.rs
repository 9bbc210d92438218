//! Losses in-band: what a source could not deliver becomes an event among the others, so that
//! every output, recording and replay knows of it at the place where it happened. So does what an output
//! dropped, but a recording, which has it all, does not say so.

use std::collections::HashMap;

use tracee_lang::schema::{EventId, Schema};
use tracee_lang::value::Value;

use crate::output::Lines;
use crate::record::{Layout, Record, RecordBuf, RecordBuilder};
use crate::replay::Names;
use crate::source::{Lost, LostKind};

/// How the name of what was lost begins if it is a program's runs.
const SKIPPED: &str = "program ";

/// What was said of losses, and how.
#[derive(Debug)]
pub(super) struct Losses {
    /// The event `lost`, with the slots of its `event` and `count`.
    event: Option<(Layout, u16, u16)>,
    /// What the source's counts were when it was last asked.
    said: HashMap<LostKind, u64>,
    /// The event `output_lost`, with the slots of its `output`, `events` and `detections`.
    output: Option<(Layout, u16, u16, u16)>,
    /// Of what was counted, all that is not known of whom it is: of any process.
    of_nobody: u64,
    /// Records of `output_lost` that were made here and not taken yet: others are a replay's, whose
    /// events are missing.
    own: usize,
}

impl Losses {
    pub(super) fn new(schema: &Schema) -> Self {
        let event = schema.event_named("lost").and_then(|event| {
            let layout = Layout::of(schema, event)?;
            Some((layout, event.arg("event")?.slot, event.arg("count")?.slot))
        });
        let output = schema.event_named("output_lost").and_then(|event| {
            let layout = Layout::of(schema, event)?;
            let slot = |name| event.arg(name).map(|arg| arg.slot);
            Some((
                layout,
                slot("output")?,
                slot("events")?,
                slot("detections")?,
            ))
        });
        Self {
            event,
            said: HashMap::new(),
            output,
            of_nobody: 0,
            own: 0,
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
        for Lost { what, count } in lost {
            let said = self.said.entry(what.clone()).or_default();
            let grown = count.saturating_sub(*said);
            if grown == 0 {
                continue;
            }
            *said = *count;
            let name = match what {
                LostKind::Records(event) => name(schema, *event),
                LostKind::Runs(program) => format!("{SKIPPED}{program}"),
            };
            match self.named(&name, grown, now) {
                Some(record) => records.push(record),
                None => counted.add(&name, grown),
            }
        }
        records
    }

    /// A record of so many lost ones of an event.
    pub(super) fn record(
        &self,
        schema: &Schema,
        event: EventId,
        count: u64,
        now: u64,
    ) -> Option<RecordBuf> {
        self.named(&name(schema, event), count, now)
    }

    fn named(&self, name: &str, count: u64, now: u64) -> Option<RecordBuf> {
        let (layout, name_slot, count_slot) = self.event.as_ref()?;
        let mut builder = record(layout, now);
        builder
            .bytes(*name_slot, name.as_bytes())
            .int(*count_slot, count);
        Some(builder.build())
    }

    /// A record of lines that an output dropped.
    pub(super) fn output_record(
        &mut self,
        output: &str,
        lines: Lines,
        now: u64,
    ) -> Option<RecordBuf> {
        let (layout, name, events, detections) = self.output.as_ref()?;
        let mut builder = record(layout, now);
        builder
            .bytes(*name, output.as_bytes())
            .int(*events, lines.events)
            .int(*detections, lines.detections);
        self.own += 1;
        Some(builder.build())
    }

    /// Whether it is an `output_lost` record. What a replayed one says is counted.
    fn take_output(&mut self, record: &Record<'_>, counted: &mut Names) -> bool {
        let Some((layout, _, events, detections)) = &self.output else {
            return false;
        };
        if layout.event() != record.event() {
            return false;
        }
        if self.own > 0 {
            self.own -= 1;
            return true;
        }
        for slot in [*events, *detections] {
            if let Value::Int(count) = record.value(slot) {
                counted.add("output_lost", u64::try_from(count).unwrap_or(u64::MAX));
            }
        }
        true
    }

    /// Counts what a `lost` record says, whether it is ours or was replayed. Whether it is one.
    pub(super) fn take(&mut self, record: &Record<'_>, counted: &mut Names) -> bool {
        if self.take_output(record, counted) {
            return true;
        }
        let Some((layout, name, count)) = &self.event else {
            return false;
        };
        if layout.event() != record.event() {
            return false;
        }
        let name = String::from_utf8_lossy(record.bytes(*name).unwrap_or_default());
        if let Value::Int(count) = record.value(*count) {
            let count = u64::try_from(count).unwrap_or(u64::MAX);
            counted.add(&name, count);
            if name.starts_with(SKIPPED) {
                self.of_nobody += count;
            }
        }
        true
    }

    /// How many runs of programs were skipped: the kernel does not say for which processes.
    pub(super) fn of_nobody(&self) -> u64 {
        self.of_nobody
    }
}

/// A record that is of no process.
fn record(layout: &Layout, now: u64) -> RecordBuilder<'_> {
    let mut builder = RecordBuilder::new(layout);
    builder.header.time = now;
    builder.header.uid = u32::MAX;
    builder.header.gid = u32::MAX;
    builder
}

/// An event's name, or its number.
fn name(schema: &Schema, event: EventId) -> String {
    let known = schema.event(event);
    known.map_or_else(|| event.0.to_string(), |event| event.name.clone())
}
