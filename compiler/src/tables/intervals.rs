//! Integer or address tests of all selectors on one field → one line cut into pieces.
//!
//! The line has 128 bits: an address is its number there, an integer lies in the upper 64 bits, so
//! that the pieces of either begin at (start, low) of [`abi::Interval`].

use tracee_ebpf::abi::{self, Selectors};
use tracee_lang::address::set::AddressSet;

use super::set_bit;
use crate::ranges::Ranges;

/// Inclusive ranges on the line, ascending.
type OnLine = Vec<(u128, u128)>;

/// The pieces of integer tests; keys have their sign bit flipped if `signed`.
pub(super) fn of_ints(tests: &[(usize, &Ranges)], signed: bool) -> Vec<abi::Interval> {
    let keyed = tests.iter().map(|&(selector, ranges)| {
        let low = u128::from(u64::MAX);
        let ranges = keys(ranges, signed);
        let on_line =
            ranges.map(|(start, end)| (u128::from(start) << 64, u128::from(end) << 64 | low));
        (selector, on_line.collect())
    });
    pieces(&keyed.collect::<Vec<_>>())
}

/// The pieces of address tests.
pub(super) fn of_addresses(tests: &[(usize, &AddressSet)]) -> Vec<abi::Interval> {
    let keyed = tests
        .iter()
        .map(|&(selector, addresses)| (selector, addresses.as_slice().to_vec()));
    pieces(&keyed.collect::<Vec<_>>())
}

/// The pieces, the first from 0 on.
fn pieces(tests: &[(usize, OnLine)]) -> Vec<abi::Interval> {
    let mut starts = vec![0];
    for &(start, end) in tests.iter().flat_map(|(_, ranges)| ranges) {
        starts.push(start);
        starts.extend(end.checked_add(1));
    }
    starts.sort_unstable();
    starts.dedup();
    let mut pieces: Vec<abi::Interval> = Vec::with_capacity(starts.len());
    for start in starts {
        let mut satisfied = Selectors::default();
        for (selector, ranges) in tests {
            let at = ranges.partition_point(|&(_, end)| end < start);
            if ranges.get(at).is_some_and(|&(from, _)| from <= start) {
                set_bit(&mut satisfied, *selector);
            }
        }
        if pieces.last().is_none_or(|last| last.satisfied != satisfied) {
            // The halves of the 128 bits.
            let (start, low) = ((start >> 64) as u64, start as u64);
            pieces.push(abi::Interval {
                start,
                low,
                satisfied,
            });
        }
    }
    pieces
}

/// The ranges as the kernel compares them, without what the field can't hold.
fn keys(ranges: &Ranges, signed: bool) -> impl Iterator<Item = (u64, u64)> {
    let (min, max) = if signed {
        (i128::from(i64::MIN), i128::from(i64::MAX))
    } else {
        (0, i128::from(u64::MAX))
    };
    let key = move |value: i128| u64::try_from(value - min).unwrap_or(u64::MAX);
    ranges
        .as_slice()
        .iter()
        .map(move |&(start, end)| (start.max(min), end.min(max)))
        .filter(|(start, end)| start <= end)
        .map(move |(start, end)| (key(start), key(end)))
}
