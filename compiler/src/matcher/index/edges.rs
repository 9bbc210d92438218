//! Literals that a string begins or ends with, by their first or last bytes.

use super::table::Table;
use super::texts::{Ends, lower};

/// The most bytes of an end that are looked up.
const EDGE: usize = 8;

/// Literals by one of their ends.
#[derive(Debug)]
pub(super) struct Edges {
    /// How many bytes are looked up: a bit for each number that some literal has, up to [`EDGE`].
    lengths: u16,
    is_end: bool,
    table: Option<Table<u32>>,
}

impl Edges {
    pub(super) fn begin<'l>(literals: impl Iterator<Item = (&'l [u8], u32)>) -> Self {
        Self::new(literals, false)
    }

    pub(super) fn end<'l>(literals: impl Iterator<Item = (&'l [u8], u32)>) -> Self {
        Self::new(literals, true)
    }

    fn new<'l>(literals: impl Iterator<Item = (&'l [u8], u32)>, is_end: bool) -> Self {
        let mut edges = Self {
            lengths: 0,
            is_end,
            table: None,
        };
        let pairs: Vec<(u64, u32)> = literals
            .map(|(bytes, literal)| {
                let length = bytes.len().min(EDGE);
                edges.lengths |= 1 << length;
                let ends = Ends::of(bytes);
                let word = if is_end { ends.last } else { ends.first };
                (edges.key(word, length), literal)
            })
            .collect();
        edges.table = (!pairs.is_empty()).then(|| Table::new(pairs));
        edges
    }

    /// Of a word that has the string's edge.
    #[inline(always)]
    fn key(&self, word: u64, length: usize) -> u64 {
        let unused = 64 - 8 * length as u32;
        let bytes = match self.is_end {
            true => lower(word) >> unused,
            false => lower(word) << unused >> unused,
        };
        bytes ^ (length as u64) << 56
    }

    /// Calls `one` with each literal that may be there, until it gives `false`; so does this then.
    #[inline(always)]
    pub(super) fn each(&self, word: u64, length: usize, one: &mut impl FnMut(u32) -> bool) -> bool {
        let Some(table) = &self.table else {
            return true;
        };
        let mut left = self.lengths;
        while left != 0 {
            let bytes = left.trailing_zeros() as usize;
            left &= left - 1;
            if bytes > length {
                break;
            }
            let key = self.key(word, bytes);
            if table.may_have(key) && !table.get(key).iter().all(|literal| one(*literal)) {
                return false;
            }
        }
        true
    }

    pub(super) fn size(&self) -> usize {
        self.table.as_ref().map_or(0, Table::size)
    }
}
