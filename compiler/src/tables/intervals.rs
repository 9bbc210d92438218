//! Integer tests of all selectors on one field → one number line cut into pieces.

use tracee_ebpf::abi::{self, Selectors};

use super::set_bit;
use crate::ranges::Ranges;

/// The pieces, the first from 0 on; keys have their sign bit flipped if `signed`.
pub(super) fn intervals(tests: &[(usize, &Ranges)], signed: bool) -> Vec<abi::Interval> {
    let keyed: Vec<(usize, Vec<(u64, u64)>)> = tests
        .iter()
        .map(|&(selector, ranges)| (selector, keys(ranges, signed)))
        .collect();
    let mut starts = vec![0];
    for &(start, end) in keyed.iter().flat_map(|(_, ranges)| ranges) {
        starts.push(start);
        starts.extend(end.checked_add(1));
    }
    starts.sort_unstable();
    starts.dedup();
    let mut pieces: Vec<abi::Interval> = Vec::with_capacity(starts.len());
    for start in starts {
        let mut satisfied = Selectors::default();
        for (selector, ranges) in &keyed {
            let at = ranges.partition_point(|&(_, end)| end < start);
            if ranges.get(at).is_some_and(|&(from, _)| from <= start) {
                set_bit(&mut satisfied, *selector);
            }
        }
        if pieces.last().is_none_or(|last| last.satisfied != satisfied) {
            pieces.push(abi::Interval { start, satisfied });
        }
    }
    pieces
}

/// The ranges as the kernel compares them, without what the field can't hold.
fn keys(ranges: &Ranges, signed: bool) -> Vec<(u64, u64)> {
    let (min, max) = if signed {
        (i128::from(i64::MIN), i128::from(i64::MAX))
    } else {
        (0, i128::from(u64::MAX))
    };
    let key = |value: i128| u64::try_from(value - min).unwrap_or(u64::MAX);
    ranges
        .as_slice()
        .iter()
        .map(|&(start, end)| (start.max(min), end.min(max)))
        .filter(|(start, end)| start <= end)
        .map(|(start, end)| (key(start), key(end)))
        .collect()
}
