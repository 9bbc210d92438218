//! Reading a record in place, as little as this crate needs: every access is checked, and a slot
//! that leads outside the record counts as absent. The runtime's record module checks records when
//! they arrive; this one is for the simulator, the interpreter's view, and the matchers' proof that
//! generated code may read without checks ([`Record::is_sound`]).

use tracee_ebpf::abi::{self, RecordHeader, TailRef};
use zerocopy::FromBytes;

use crate::layout::{HeaderField, Storage};

/// The strings of a list, as far as they are whole.
pub(crate) fn items<'a>(list: &'a [u8]) -> impl Iterator<Item = &'a [u8]> + use<'a> {
    let mut rest = list;
    std::iter::from_fn(move || {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let length = u32::from_ne_bytes(*length) as usize;
        let item = after.get(..length)?;
        rest = after
            .get(length.checked_next_multiple_of(4)?..)
            .unwrap_or_default();
        Some(item)
    })
}

/// A record whose header and size were checked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record<'a> {
    bytes: &'a [u8],
    header: &'a RecordHeader,
}

impl<'a> Record<'a> {
    /// `None` if the bytes don't begin at a multiple of 8, are shorter than a header, or are not as
    /// long as the header says (a multiple of 8).
    pub(crate) fn new(bytes: &'a [u8]) -> Option<Self> {
        let (header, _) = RecordHeader::ref_from_prefix(bytes).ok()?;
        let whole = header.size as usize == bytes.len() && bytes.len().is_multiple_of(8);
        whole.then_some(Self { bytes, header })
    }

    pub(crate) fn header(&self) -> &'a RecordHeader {
        self.header
    }

    pub(crate) fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// A slot's 64 bits, if it holds a value.
    pub(crate) fn word(&self, slot: u16) -> Option<u64> {
        if usize::from(slot) >= abi::MAX_SLOTS || self.header.present >> slot & 1 == 0 {
            return None;
        }
        let at = abi::SLOTS_OFFSET + 8 * usize::from(slot);
        Some(u64::from_ne_bytes(*self.bytes.get(at..)?.first_chunk()?))
    }

    /// What a slot of a tail type refers to, if it holds a value.
    pub(crate) fn tail(&self, slot: u16) -> Option<&'a [u8]> {
        let TailRef { offset, length } = zerocopy::transmute!(self.word(slot)?);
        let begin = offset as usize;
        self.bytes.get(begin..begin.checked_add(length as usize)?)
    }

    /// Whether a slot's value was cut.
    pub(crate) fn is_cut(&self, slot: u16) -> bool {
        let bits = self.header.present & self.header.truncated;
        usize::from(slot) < abi::MAX_SLOTS && bits >> slot & 1 == 1
    }

    /// The strings of a list slot, as far as they are whole.
    pub(crate) fn list(&self, slot: u16) -> Option<impl Iterator<Item = &'a [u8]> + use<'a>> {
        self.tail(slot).map(items)
    }

    /// The 64 bits of an integer of the header, 32-bit ones widened with zeros.
    pub(crate) fn header_word(&self, field: HeaderField) -> Option<u64> {
        let from = self.bytes.get(field.offset..)?;
        match field.storage {
            Storage::U32 => Some(u32::from_ne_bytes(*from.first_chunk()?).into()),
            Storage::U64 => Some(u64::from_ne_bytes(*from.first_chunk()?)),
            Storage::Retval if self.header.flags & abi::RECORD_RETVAL == 0 => None,
            Storage::Retval => Some(u64::from_ne_bytes(*from.first_chunk()?)),
            Storage::Comm => None,
        }
    }

    /// The task name, without its padding.
    pub(crate) fn comm(&self) -> &'a [u8] {
        let comm = &self.header.comm;
        // The lowest bit that is left is in the first zero byte.
        let word = u128::from_le_bytes(*comm);
        let ones = u128::MAX / 0xff;
        let zeros = word.wrapping_sub(ones) & !word & ones << 7;
        &comm[..zeros.trailing_zeros() as usize / 8]
    }

    /// Whether code that knows the event's slots may read them unchecked: there are `slots` of them
    /// in the record, no other is marked, and those in `tails` (a bit each) refer to places in it.
    pub(crate) fn is_sound(&self, slots: usize, tails: u64) -> bool {
        let fits = abi::SLOTS_OFFSET + 8 * slots <= self.bytes.len();
        let known = if slots >= 64 {
            u64::MAX
        } else {
            (1 << slots) - 1
        };
        let mut left = self.header.present & tails;
        while left != 0 {
            let slot = left.trailing_zeros() as u16;
            if self.tail(slot).is_none() {
                return false;
            }
            left &= left - 1;
        }
        fits && self.header.present & !known == 0
    }
}
