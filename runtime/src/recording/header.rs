//! What a recording says about itself: enough of the schema to read it with a later one.

use serde::{Deserialize, Serialize};
use tracee_ebpf::abi;
use tracee_lang::schema::{Event, EventId, MAX_SLOTS, Schema};

use crate::record::{Layout, SlotKind};

/// The JSON at a recording's begin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// The version of the record's ABI.
    pub abi: u32,
    /// The version of the tracee that wrote it.
    pub tracee: String,
    /// `little` or `big`.
    pub byte_order: String,
    /// Name of the machine.
    pub host: String,
    /// When it began, in nanoseconds since the epoch.
    pub started: u64,
    /// Every event that may be in it.
    pub events: Vec<RecordedEvent>,
}

/// An event as it was when it was recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordedEvent {
    /// The number in the records.
    pub id: u16,
    /// Its name, by which it is found again.
    pub name: String,
    /// Whether a policy selected it or had a rule on it. The others are there for the process
    /// tree, and a policy that is replayed over this file can't expect all of them.
    pub wanted: bool,
    /// In order.
    pub slots: Vec<RecordedSlot>,
}

/// A slot as it was when it was recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordedSlot {
    /// `pathname`, `addr.port`.
    pub name: String,
    /// As the user writes it.
    #[serde(rename = "type")]
    pub ty: String,
    /// How the slot's bits are read.
    pub kind: SlotKind,
}

impl Header {
    /// The header of a recording of these events, begun at `started`.
    pub fn new(
        schema: &Schema,
        host: &str,
        started: u64,
        wanted: impl Fn(EventId) -> bool,
    ) -> Self {
        let events = schema.events.iter();
        Self {
            abi: abi::ABI_VERSION,
            tracee: env!("CARGO_PKG_VERSION").into(),
            byte_order: BYTE_ORDER.into(),
            host: host.into(),
            started,
            events: events
                .filter_map(|event| RecordedEvent::new(schema, event, wanted(event.id)))
                .collect(),
        }
    }

    /// Why this recording can't be read at all, if so.
    pub(super) fn unreadable(&self) -> Option<String> {
        if self.abi != abi::ABI_VERSION {
            return Some(format!(
                "its records have ABI version {}, this tracee reads {}",
                self.abi,
                abi::ABI_VERSION
            ));
        }
        if self.byte_order != BYTE_ORDER {
            return Some(format!(
                "its byte order is `{}`, this machine's is {BYTE_ORDER}",
                self.byte_order
            ));
        }
        let mut ids: Vec<u16> = self.events.iter().map(|event| event.id).collect();
        ids.sort_unstable();
        if let Some(pair) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
            return Some(format!("its header has two events with id {}", pair[0]));
        }
        let wrong = |event: &&RecordedEvent| {
            usize::from(event.id) >= abi::MAX_EVENTS || event.slots.len() > MAX_SLOTS
        };
        self.events.iter().find(wrong).map(|event| {
            format!(
                "its header's event `{}` has too high an id or too many slots",
                event.name
            )
        })
    }
}

impl RecordedEvent {
    /// The event of today's schema; `None` if records can't hold it.
    fn new(schema: &Schema, event: &Event, wanted: bool) -> Option<Self> {
        let layout = Layout::of(schema, event)?;
        let slots = event
            .slots
            .iter()
            .zip(layout.slots())
            .map(|(slot, &kind)| RecordedSlot {
                name: slot.path.clone(),
                ty: schema.type_name(&slot.ty),
                kind,
            });
        Some(Self {
            id: event.id.0,
            name: event.name.clone(),
            wanted,
            slots: slots.collect(),
        })
    }
}

const BYTE_ORDER: &str = if cfg!(target_endian = "little") {
    "little"
} else {
    "big"
};
