//! An owned record, aligned as records must be.

use std::fmt;

use tracee_ebpf::abi::{RECORD_INTERNAL, RecordHeader, SLOTS_OFFSET};
use zerocopy::{FromBytes, IntoBytes};

/// The bytes of one record, beginning at a multiple of 8.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RecordBuf {
    words: Vec<u64>,
}

impl RecordBuf {
    /// An empty buffer, to be filled.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty buffer with place for so many bytes.
    pub fn with_capacity(bytes: usize) -> Self {
        Self {
            words: Vec::with_capacity(bytes.div_ceil(8)),
        }
    }

    /// A copy of these bytes, filled up with zeros to a multiple of 8.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let mut buffer = Self::new();
        buffer.copy_from(bytes);
        buffer
    }

    /// Replaces the content by a copy of these bytes, filled up with zeros to a multiple of 8.
    pub fn copy_from(&mut self, bytes: &[u8]) {
        self.resize(bytes.len());
        self.as_mut_bytes()[..bytes.len()].copy_from_slice(bytes);
    }

    /// The fixed part; zeros if there is none.
    pub fn header(&self) -> RecordHeader {
        RecordHeader::read_from_prefix(self.as_bytes())
            .map_or_else(|_| RecordHeader::default(), |(h, _)| h)
    }

    /// Overwrites the fixed part, if there is place for one.
    pub fn set_header(&mut self, header: &RecordHeader) {
        if let Some(place) = self.as_mut_bytes().get_mut(..SLOTS_OFFSET) {
            place.copy_from_slice(header.as_bytes());
        }
    }

    /// Makes it one that no policy sees: what it says is for the process tree alone.
    pub fn make_internal(&mut self) {
        let header = self.header();
        self.set_header(&RecordHeader {
            flags: header.flags | RECORD_INTERNAL,
            ..header
        });
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.words.as_bytes()
    }

    /// The bytes, to be changed.
    pub fn as_mut_bytes(&mut self) -> &mut [u8] {
        self.words.as_mut_bytes()
    }

    /// Overwrites 8 of the bytes, if they are there.
    pub(super) fn set_word(&mut self, at: usize, word: u64) {
        if let Some(place) = self.words.get_mut(at) {
            *place = word;
        }
    }

    /// Appends bytes, filled up with zeros to a multiple of 8.
    pub(super) fn append(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        self.words
            .extend(words.iter().map(|word| u64::from_ne_bytes(*word)));
        if !rest.is_empty() {
            let mut word = [0; 8];
            word[..rest.len()].copy_from_slice(rest);
            self.words.push(u64::from_ne_bytes(word));
        }
    }

    /// Empties it, then makes it `size` bytes of zeros; `size` is rounded up to a multiple of 8.
    /// Keeps the allocation.
    pub fn resize(&mut self, size: usize) {
        self.words.clear();
        self.words.resize(size.div_ceil(8), 0);
    }
}

impl fmt::Debug for RecordBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecordBuf({} bytes)", self.as_bytes().len())
    }
}
