//! From the slots of a recording to those of today's schema.

use tracee_ebpf::abi::{self, RecordHeader};
use tracee_lang::schema::{EventId, Schema};
use tracee_lang::value::Value;
use zerocopy::FromBytes as _;

use super::Header;
use crate::record::{BadRecord, Layout, Layouts, Record, RecordBuf, RecordBuilder};

/// How the records of a recording become today's.
#[derive(Debug)]
pub(super) struct Remap {
    /// The recording's own layouts, to check its records with.
    pub(super) recorded: Layouts,
    /// By the recording's event id.
    events: Vec<Option<EventMap>>,
}

#[derive(Debug)]
struct EventMap {
    today: Layout,
    /// By the recording's slot: today's slot, or `None` if it is gone.
    slots: Vec<Option<u16>>,
    /// Nothing changed: records pass as they are.
    same: bool,
}

/// What a record is today.
pub(super) enum Remapped<'a> {
    /// The same, as far as it was not about other policies.
    Same(Record<'a>),
    /// What is in the buffer.
    Changed,
    /// Today's schema doesn't have the event.
    UnknownEvent(EventId),
}

impl Remap {
    /// Compares the recording's schema with today's. The second part names what was dropped.
    ///
    /// # Errors
    /// Each slot whose type changed, in one sentence.
    pub(super) fn new(header: &Header, schema: &Schema) -> Result<(Self, Vec<String>), String> {
        let mut recorded = Layouts::default();
        let mut events = Vec::new();
        let mut dropped = Vec::new();
        let mut changed = Vec::new();
        for old in &header.events {
            recorded.insert(Layout::new(
                EventId(old.id),
                old.slots.iter().map(|slot| slot.kind),
            ));
            let Some(today) = schema.event_named(&old.name) else {
                continue;
            };
            let Some(layout) = Layout::of(schema, today) else {
                continue;
            };
            let mut slots = Vec::new();
            for old_slot in &old.slots {
                let name = format!("{}.{}", old.name, old_slot.name);
                let at = today
                    .slots
                    .iter()
                    .position(|slot| slot.path == old_slot.name);
                slots.push(at.map(|at| at as u16));
                let Some(at) = at else {
                    dropped.push(name);
                    continue;
                };
                let ty = schema.type_name(&today.slots[at].ty);
                if ty != old_slot.ty || layout.slots()[at] != old_slot.kind {
                    changed.push(format!("`{name}` was {} and is {ty}", old_slot.ty));
                }
            }
            let in_place = slots
                .iter()
                .enumerate()
                .all(|(at, &to)| to == Some(at as u16));
            let same = in_place && slots.len() == layout.slots().len() && today.id.0 == old.id;
            let at = usize::from(old.id);
            if events.len() <= at {
                events.resize_with(at + 1, || None);
            }
            events[at] = Some(EventMap {
                today: layout,
                slots,
                same,
            });
        }
        if changed.is_empty() {
            Ok((Self { recorded, events }, dropped))
        } else {
            Err(format!(
                "types changed since it was recorded: {}",
                changed.join(", ")
            ))
        }
    }

    /// Turns a record of the recording into today's, there or in `into`.
    ///
    /// # Errors
    /// It was no record when it was recorded.
    pub(super) fn apply<'a>(
        &'a self,
        recorded: &'a mut [u8],
        into: &mut RecordBuf,
    ) -> Result<Remapped<'a>, BadRecord> {
        forget_decisions(recorded);
        let record = Record::parse(recorded, &self.recorded)?;
        let id = record.event();
        let Some(map) = self.events.get(usize::from(id.0)).and_then(Option::as_ref) else {
            return Ok(Remapped::UnknownEvent(id));
        };
        if map.same {
            return Ok(Remapped::Same(record));
        }
        let mut header = *record.header();
        header.present = 0;
        header.truncated = 0;
        let mut builder = RecordBuilder::new(&map.today);
        builder.header = header;
        for (from, &to) in map.slots.iter().enumerate() {
            let Some(to) = to else { continue };
            let from = from as u16;
            match record.value(from) {
                Value::Absent => continue,
                // The slot's kind is the same, so the low 64 bits are the same.
                Value::Int(int) => builder.int(to, int as u64),
                Value::Bytes(bytes) => builder.bytes(to, &bytes),
                Value::List(items) => builder.list(to, items),
            };
            if record.truncated(from) {
                builder.truncated(to);
            }
        }
        builder.build_into(into);
        Ok(Remapped::Changed)
    }
}

/// Takes out what the kernel decided for the policies of then.
fn forget_decisions(recorded: &mut [u8]) {
    let Ok((header, _)) = RecordHeader::mut_from_prefix(recorded) else {
        return;
    };
    let decided = abi::RECORD_SELECTED | abi::RECORD_GENERATION;
    if header.flags & decided != 0 || header.selectors != abi::Selectors::default() {
        header.flags &= !decided;
        header.selectors = abi::Selectors::default();
    }
}
