//! What generated code calls for work that is not worth repeating inline.

use std::slice;
use std::sync::Arc;

use memchr::memmem::{self, Finder};
use tracee_lang::address::{self, set::AddressSet};
use tracee_lang::hir::TextOp;
use tracee_lang::interpreter;
use tracee_lang::pattern::PatternSet;

use super::index::{Texts, is_indexed};
use crate::plan::Pattern;

/// The literals of one string predicate, ready to look up.
#[derive(Debug)]
pub(super) enum TextTable {
    /// One to look for.
    Contains(Finder<'static>),
    /// Any of them.
    Any {
        /// Those that an index has, all of one target.
        indexed: Texts,
        /// The others.
        short: Vec<Pattern>,
    },
}

impl TextTable {
    pub(super) fn new(op: TextOp, literals: &[Arc<[u8]>], fold: bool) -> Self {
        if let (TextOp::Contains, [literal], false) = (op, literals, fold) {
            return Self::Contains(Finder::new(literal).into_owned());
        }
        let patterns = literals.iter().map(|literal| Pattern {
            op,
            literal: literal.clone(),
            fold,
        });
        let (indexed, short): (Vec<_>, Vec<_>) = patterns.partition(is_indexed);
        Self::Any {
            indexed: Texts::new(indexed.into_iter().map(|pattern| (pattern, 0)).collect()),
            short,
        }
    }

    fn matches(&self, text: &[u8]) -> bool {
        match self {
            Self::Contains(finder) => finder.find(text).is_some(),
            Self::Any { indexed, short } => {
                short.iter().any(|pattern| pattern.matches(text)) || indexed.has_any(text)
            }
        }
    }
}

/// Every absolute path is under it.
pub(super) fn is_root(literal: &[u8]) -> bool {
    literal == b"/"
}

/// Whether the text matches the table: 1 or 0.
///
/// # Safety
/// `table` is valid, and `text` leads to `length` bytes.
pub(super) unsafe extern "C" fn text_matches(
    table: *const TextTable,
    text: *const u8,
    length: usize,
) -> u8 {
    // SAFETY: the caller's promise.
    let (table, text) = unsafe { (&*table, slice::from_raw_parts(text, length)) };
    table.matches(text).into()
}

/// Whether the text matches any of the patterns: 1 or 0.
///
/// # Safety
/// `set` is valid, and `text` leads to `length` bytes.
pub(super) unsafe extern "C" fn pattern_matches(
    set: *const PatternSet,
    text: *const u8,
    length: usize,
) -> u8 {
    // SAFETY: the caller's promise.
    let (set, text) = unsafe { (&*set, slice::from_raw_parts(text, length)) };
    set.matches(text).into()
}

/// Whether two texts are equal: 1 or 0.
///
/// # Safety
/// Each pointer leads to as many bytes as the length after it says.
pub(super) unsafe extern "C" fn text_equals(
    left: *const u8,
    left_length: usize,
    right: *const u8,
    right_length: usize,
) -> u8 {
    // SAFETY: the caller's promise.
    let (left, right) = unsafe {
        (
            slice::from_raw_parts(left, left_length),
            slice::from_raw_parts(right, right_length),
        )
    };
    (left == right).into()
}

/// The operators by the number that generated code has of them.
const OPERATORS: [TextOp; 5] = [
    TextOp::Eq,
    TextOp::Prefix,
    TextOp::Suffix,
    TextOp::Contains,
    TextOp::Under,
];

/// A string operator as a number, with whether case is ignored.
pub(super) fn relation(op: TextOp, fold: bool) -> i64 {
    let at = OPERATORS.iter().position(|one| *one == op).unwrap_or(0);
    (at << 1 | usize::from(fold)) as i64
}

/// Whether a text relates to another as the number from [`relation`] says: 1 or 0.
///
/// # Safety
/// Each pointer leads to as many bytes as the length after it says.
pub(super) unsafe extern "C" fn texts_relate(
    relation: usize,
    text: *const u8,
    length: usize,
    with: *const u8,
    with_length: usize,
) -> u8 {
    // SAFETY: the caller's promise.
    let (text, with) = unsafe {
        (
            slice::from_raw_parts(text, length),
            slice::from_raw_parts(with, with_length),
        )
    };
    let holds = match (OPERATORS.get(relation >> 1), relation & 1 == 1) {
        (Some(TextOp::Contains), false) => memmem::find(text, with).is_some(),
        (Some(op), fold) => interpreter::text_pair(*op, text, with, fold),
        (None, _) => false,
    };
    holds.into()
}

/// Sorted, disjoint, inclusive ranges of keys; those of signed integers have their sign bit flipped.
pub(super) type RangeTable = Vec<(u64, u64)>;

/// Whether the key is in any range: 1 or 0.
///
/// # Safety
/// `table` is valid.
pub(super) unsafe extern "C" fn in_ranges(table: *const RangeTable, key: u64) -> u8 {
    // SAFETY: the caller's promise.
    let table = unsafe { &*table };
    let at = table.partition_point(|&(_, end)| end < key);
    table.get(at).is_some_and(|&(start, _)| start <= key).into()
}

/// Whether the bytes are an address in the set: 1 or 0.
///
/// # Safety
/// `addresses` is valid, and `bytes` leads to `length` of them.
pub(super) unsafe extern "C" fn in_addresses(
    addresses: *const AddressSet,
    bytes: *const u8,
    length: usize,
) -> u8 {
    // SAFETY: the caller's promise.
    let (addresses, bytes) = unsafe { (&*addresses, slice::from_raw_parts(bytes, length)) };
    let number = address::number(bytes);
    number
        .is_some_and(|number| addresses.contains(number))
        .into()
}

/// Whether the bytes of both are the same address: 1 or 0.
///
/// # Safety
/// Each pointer leads to as many bytes as the length after it says.
pub(super) unsafe extern "C" fn same_address(
    left: *const u8,
    left_length: usize,
    right: *const u8,
    right_length: usize,
) -> u8 {
    // SAFETY: the caller's promise.
    let (left, right) = unsafe {
        (
            slice::from_raw_parts(left, left_length),
            slice::from_raw_parts(right, right_length),
        )
    };
    let left = address::number(left);
    (left.is_some() && left == address::number(right)).into()
}
