//! The binary record of `ebpf/bpf/abi.h`: checked once when it arrives ([`Record::parse`]), then
//! read in place; built by replay, the process scan and tests ([`RecordBuilder`]).
//!
//! After `parse` no accessor can leave the record, whoever wrote it: sizes, tail references and
//! list items were all looked at. [`Layouts`] is what of the schema that takes: the kind of each
//! slot, by event id.
//!
//! Neighbours: [`crate::recording`] stores records, [`crate::replay`] makes them from JSON.

mod buffer;
mod builder;
mod layout;
mod list;
mod parse;

pub use buffer::RecordBuf;
pub use builder::RecordBuilder;
pub(crate) use builder::comm;
pub use layout::{Layout, Layouts, SlotKind};
pub use list::ListItems;
pub(crate) use list::list_of;
pub use parse::BadRecord;

use tracee_ebpf::abi::{self, RecordHeader};
use tracee_lang::schema::EventId;
use tracee_lang::value::Value;

/// The largest size of a record, in bytes.
pub const MAX_RECORD: usize = abi::SLOTS_OFFSET + 8 * abi::MAX_SLOTS + abi::MAX_TAIL;

/// A record that was checked, in place.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    bytes: &'a [u8],
    header: &'a RecordHeader,
    layout: &'a Layout,
}

/// What a slot says, whatever its type.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Raw<'a> {
    Word(u64),
    Tail(&'a [u8]),
}

impl<'a> Record<'a> {
    /// Checks a record. The bytes must begin at a multiple of 8 and be all of the record.
    ///
    /// # Errors
    /// What is wrong with it; such a record is dropped and counted.
    pub fn parse(bytes: &'a [u8], layouts: &'a Layouts) -> Result<Self, BadRecord> {
        parse::parse(bytes, layouts)
    }

    /// The whole record, as the kernel or the builder wrote it.
    pub fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The fixed part.
    pub fn header(&self) -> &'a RecordHeader {
        self.header
    }

    /// Which event it is; the schema has it.
    pub fn event(&self) -> EventId {
        EventId(self.header.event)
    }

    /// The kinds of its slots.
    pub fn layout(&self) -> &'a Layout {
        self.layout
    }

    /// Whether it is for the process tree and the containers only.
    pub fn is_internal(&self) -> bool {
        self.has(abi::RECORD_INTERNAL)
    }

    /// Whether the slot holds a value. False for slots that the event doesn't have.
    pub fn present(&self, slot: u16) -> bool {
        usize::from(slot) < self.layout.slots().len() && self.header.present >> slot & 1 == 1
    }

    /// Whether the slot's value was cut.
    pub fn truncated(&self, slot: u16) -> bool {
        self.present(slot) && self.header.truncated >> slot & 1 == 1
    }

    /// Whether any value was cut.
    pub fn any_truncated(&self) -> bool {
        self.header.truncated & self.header.present != 0
    }

    /// The slot's integer, or `None` if it is absent or no integer.
    pub fn int(&self, slot: u16) -> Option<i128> {
        match self.value(slot) {
            Value::Int(int) => Some(int),
            _ => None,
        }
    }

    /// The slot's bytes, or `None` if it is absent or no string, path, ip or byte string.
    pub fn bytes(&self, slot: u16) -> Option<&'a [u8]> {
        if !self.present(slot) {
            return None;
        }
        match self.layout.slots()[usize::from(slot)] {
            SlotKind::Bytes | SlotKind::Ip => Some(self.tail(slot)),
            _ => None,
        }
    }

    /// The slot's items, or `None` if it is absent or no list.
    pub fn list(&self, slot: u16) -> Option<ListItems<'a>> {
        if !self.present(slot) {
            return None;
        }
        match self.layout.slots()[usize::from(slot)] {
            SlotKind::List => Some(ListItems::new(self.tail(slot))),
            _ => None,
        }
    }

    /// The slot's items as they lie in the record, or `None` if it is absent or no list.
    pub fn list_bytes(&self, slot: u16) -> Option<&'a [u8]> {
        self.list(slot).map(|_| self.tail(slot))
    }

    /// The slot's value.
    pub fn value(&self, slot: u16) -> Value<'a> {
        if !self.present(slot) {
            return Value::Absent;
        }
        match self.layout.slots()[usize::from(slot)] {
            SlotKind::Signed => Value::Int(i128::from(self.word(slot).cast_signed())),
            SlotKind::Unsigned => Value::Int(i128::from(self.word(slot))),
            SlotKind::Bytes | SlotKind::Ip => Value::bytes(self.tail(slot)),
            SlotKind::List => Value::List(ListItems::new(self.tail(slot)).collect()),
        }
    }

    /// The slot as it lies in the record, or `None` if it is absent.
    pub(crate) fn raw(&self, slot: u16) -> Option<Raw<'a>> {
        if !self.present(slot) {
            return None;
        }
        let kind = self.layout.slots()[usize::from(slot)];
        Some(match kind.is_int() {
            true => Raw::Word(self.word(slot)),
            false => Raw::Tail(self.tail(slot)),
        })
    }

    /// The task name, without its padding.
    pub fn comm(&self) -> &'a [u8] {
        let comm = &self.header.comm;
        let end = comm
            .iter()
            .position(|&byte| byte == 0)
            .unwrap_or(comm.len());
        &comm[..end]
    }

    /// The return value, if there is one.
    pub fn retval(&self) -> Option<i64> {
        self.has(abi::RECORD_RETVAL).then_some(self.header.retval)
    }

    /// Whether a `RECORD_*` flag is set.
    pub fn has(&self, flag: u16) -> bool {
        self.header.flags & flag != 0
    }

    fn word(&self, slot: u16) -> u64 {
        parse::word(self.bytes, abi::SLOTS_OFFSET + 8 * usize::from(slot))
    }

    fn tail(&self, slot: u16) -> &'a [u8] {
        let reference = parse::tail_ref(self.word(slot));
        let begin = reference.offset as usize;
        self.bytes
            .get(begin..begin + reference.length as usize)
            .unwrap_or_default()
    }
}
