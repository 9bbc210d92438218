//! What a record's reader must know of the schema: the kind of every slot, by event id.

use serde::{Deserialize, Serialize};
use tracee_lang::schema::{Event, EventId, Schema};
use tracee_lang::types::Type;

/// How a slot's 64 bits are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SlotKind {
    /// A signed integer.
    Signed,
    /// An unsigned integer (bool, enum, flags, port, time and pointer too).
    Unsigned,
    /// A reference to a string, path or byte string in the tail.
    Bytes,
    /// A reference to 4 or 16 bytes in the tail.
    Ip,
    /// A reference to a list of strings in the tail.
    List,
}

impl SlotKind {
    /// The kind of a slot of this type; `None` for a type that slots don't have.
    pub fn of(schema: &Schema, ty: &Type) -> Option<Self> {
        match ty {
            Type::String | Type::Path | Type::Bytes => Some(Self::Bytes),
            Type::Ip => Some(Self::Ip),
            Type::List(of) if of.is_text() => Some(Self::List),
            Type::List(_) | Type::Struct(_) | Type::Error => None,
            _ => schema.int_repr(ty).map(|int| {
                if int.signed {
                    Self::Signed
                } else {
                    Self::Unsigned
                }
            }),
        }
    }

    /// Whether the value lies in the slot itself.
    pub fn is_int(self) -> bool {
        matches!(self, Self::Signed | Self::Unsigned)
    }
}

/// The slots of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    event: EventId,
    slots: Box<[SlotKind]>,
    /// A bit for each slot: what refers to the tail, and of that addresses and lists.
    pub(super) tails: u64,
    pub(super) ips: u64,
    pub(super) lists: u64,
}

impl Layout {
    /// An event with slots of these kinds.
    pub fn new(event: EventId, slots: impl IntoIterator<Item = SlotKind>) -> Self {
        let slots: Box<[SlotKind]> = slots.into_iter().collect();
        let all = |is: fn(SlotKind) -> bool| {
            let slots = slots.iter().zip(0..u64::BITS);
            slots.fold(0, |bits, (&kind, at)| bits | u64::from(is(kind)) << at)
        };
        Self {
            event,
            tails: all(|kind| !kind.is_int()),
            ips: all(|kind| kind == SlotKind::Ip),
            lists: all(|kind| kind == SlotKind::List),
            slots,
        }
    }

    /// The layout of an event; `None` if a slot has a type that records can't hold.
    pub fn of(schema: &Schema, event: &Event) -> Option<Self> {
        let slots = event
            .slots
            .iter()
            .map(|slot| SlotKind::of(schema, &slot.ty));
        let slots: Vec<_> = slots.collect::<Option<_>>()?;
        Some(Self::new(event.id, slots))
    }

    /// Whose.
    pub fn event(&self) -> EventId {
        self.event
    }

    /// In slot order; at most [`tracee_lang::schema::MAX_SLOTS`].
    pub fn slots(&self) -> &[SlotKind] {
        &self.slots
    }
}

/// The layouts of all events of a schema, made once and used for every record.
#[derive(Debug, Clone, Default)]
pub struct Layouts {
    /// Indexed by event id.
    by_id: Vec<Option<Layout>>,
}

impl Layouts {
    /// The layouts of a schema. Events with a type that records can't hold are left out: their
    /// records count as unknown.
    pub fn new(schema: &Schema) -> Self {
        let mut layouts = Self::default();
        for layout in schema
            .events
            .iter()
            .filter_map(|event| Layout::of(schema, event))
        {
            layouts.insert(layout);
        }
        layouts
    }

    /// Adds or replaces a layout.
    pub fn insert(&mut self, layout: Layout) {
        let at = usize::from(layout.event.0);
        if self.by_id.len() <= at {
            self.by_id.resize(at + 1, None);
        }
        self.by_id[at] = Some(layout);
    }

    /// The layout of an event.
    pub fn get(&self, event: EventId) -> Option<&Layout> {
        self.by_id.get(usize::from(event.0))?.as_ref()
    }
}
