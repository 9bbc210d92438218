//! The checks that make everything after them safe to read in place.

use tracee_ebpf::abi::{self, RecordHeader, TailRef};
use zerocopy::FromBytes;

use super::{Layouts, ListItems, MAX_RECORD, Record};

/// Why bytes are not a record of this schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadRecord {
    /// Shorter than the fixed part, or not aligned.
    #[error("{0} bytes are no record header, or they don't begin at a multiple of 8")]
    NoHeader(usize),
    /// `size` is not that of the bytes, no multiple of 8 or too large.
    #[error("its size says {size}, but it has {actual} bytes")]
    Size {
        /// What the header says.
        size: u32,
        /// What there is.
        actual: usize,
    },
    /// The schema doesn't have the event.
    #[error("there is no event with id {0}")]
    UnknownEvent(u16),
    /// The slots don't fit, or a slot is marked that the event doesn't have.
    #[error("it doesn't have the slots of event {0}")]
    Slots(u16),
    /// A slot points outside the tail, isn't aligned, or its padding isn't zero.
    #[error("slot {slot} of event {event} doesn't point to a place in its tail")]
    Tail {
        /// The event.
        event: u16,
        /// Which slot.
        slot: u16,
    },
    /// What a slot points to is not of its type.
    #[error("slot {slot} of event {event} is not of its type")]
    Value {
        /// The event.
        event: u16,
        /// Which slot.
        slot: u16,
    },
}

pub(super) fn parse<'a>(bytes: &'a [u8], layouts: &'a Layouts) -> Result<Record<'a>, BadRecord> {
    let (header, _) = RecordHeader::ref_from_prefix(bytes)
        .map_err(|_unaligned_or_short| BadRecord::NoHeader(bytes.len()))?;
    let whole = header.size as usize == bytes.len() && bytes.len().is_multiple_of(8);
    if !whole || bytes.len() > MAX_RECORD {
        return Err(BadRecord::Size {
            size: header.size,
            actual: bytes.len(),
        });
    }
    let event = header.event;
    let layout = layouts
        .get(tracee_lang::schema::EventId(event))
        .ok_or(BadRecord::UnknownEvent(event))?;
    let count = layout.slots().len();
    let tail_begin = abi::SLOTS_OFFSET + 8 * count;
    let known_slots = if count < 64 {
        (1u64 << count) - 1
    } else {
        u64::MAX
    };
    if tail_begin > bytes.len() || header.present & !known_slots != 0 {
        return Err(BadRecord::Slots(event));
    }
    let mut left = header.present & layout.tails;
    while left != 0 {
        let slot = left.trailing_zeros() as u16;
        let bit = left & left.wrapping_neg();
        left ^= bit;
        let reference = tail_ref(word(bytes, abi::SLOTS_OFFSET + 8 * usize::from(slot)));
        let value = in_tail(bytes, tail_begin, reference).ok_or(BadRecord::Tail { event, slot })?;
        let well_formed = match bit {
            _ if layout.ips & bit != 0 => matches!(value.len(), 4 | 16),
            _ if layout.lists & bit != 0 => ListItems::well_formed(value),
            _ => true,
        };
        if !well_formed {
            return Err(BadRecord::Value { event, slot });
        }
    }
    Ok(Record {
        bytes,
        header,
        layout,
    })
}

/// What a tail reference refers to, if it and its padding lie in the tail.
fn in_tail(bytes: &[u8], tail_begin: usize, reference: TailRef) -> Option<&[u8]> {
    let begin = reference.offset as usize;
    let length = reference.length as usize;
    let value = bytes.get(begin..begin.checked_add(length)?)?;
    let used = length % 8;
    let padding = match used {
        0 => 0,
        // The bytes of the last word that are not the value's.
        _ => word_le(bytes.get(begin + length - used..)?)? >> (8 * used),
    };
    (padding == 0 && begin >= tail_begin && begin.is_multiple_of(8)).then_some(value)
}

/// The first 8 bytes, the first one the lowest.
fn word_le(bytes: &[u8]) -> Option<u64> {
    bytes.first_chunk().map(|word| u64::from_le_bytes(*word))
}

/// The 8 bytes at `at`, or 0 outside.
pub(super) fn word(bytes: &[u8], at: usize) -> u64 {
    let word = bytes.get(at..).and_then(|from| from.first_chunk::<8>());
    word.map_or(0, |word| u64::from_ne_bytes(*word))
}

/// A slot's word as a tail reference.
pub(super) fn tail_ref(word: u64) -> TailRef {
    zerocopy::transmute!(word)
}
