//! Sets of integers, as sorted inclusive ranges that do not overlap.

use crate::address::set::AddressSet;

/// A set of integers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ranges(Vec<(i128, i128)>);

impl Ranges {
    /// The integers from `low` to `high`.
    pub(super) fn span(low: i128, high: i128) -> Self {
        Self(vec![(low, high)])
    }

    /// Sorted ranges without overlap, as the checker leaves them.
    pub(super) fn of(ranges: &[(i128, i128)]) -> Self {
        Self(ranges.to_vec())
    }

    /// The numbers of addresses, moved down by 2^127: in their order, and no other value is one.
    pub(super) fn of_addresses(addresses: &AddressSet) -> Self {
        let moved = |number: u128| (number ^ 1 << 127).cast_signed();
        let ranges = addresses.as_slice().iter();
        Self(
            ranges
                .map(|(low, high)| (moved(*low), moved(*high)))
                .collect(),
        )
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many ranges it has: what an operation on it costs.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Those that are in both.
    pub(super) fn and(&self, other: &Self) -> Self {
        let (mut left, mut right) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut made = Vec::new();
        while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
            let (low, high) = (a.0.max(b.0), a.1.min(b.1));
            if low <= high {
                made.push((low, high));
            }
            if a.1 < b.1 {
                left.next();
            } else {
                right.next();
            }
        }
        Self(made)
    }

    /// Those that are not in the other.
    pub(super) fn without(&self, other: &Self) -> Self {
        self.and(&other.complement())
    }

    fn complement(&self) -> Self {
        let mut made = Vec::with_capacity(self.0.len() + 1);
        let mut from = Some(i128::MIN);
        for (low, high) in &self.0 {
            if let Some(from) = from.filter(|from| from < low) {
                made.push((from, low - 1));
            }
            from = high.checked_add(1);
        }
        if let Some(from) = from {
            made.push((from, i128::MAX));
        }
        Self(made)
    }

    /// All of them, if they are at most `most`.
    pub(super) fn few(&self, most: usize) -> Option<Vec<i128>> {
        let mut all = Vec::new();
        for (low, high) in &self.0 {
            for value in *low..=*high {
                if all.len() == most {
                    return None;
                }
                all.push(value);
            }
        }
        Some(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intersection_and_difference() {
        let a = Ranges::of(&[(0, 9), (20, 29)]);
        let b = Ranges::of(&[(5, 22), (29, 40)]);
        assert_eq!(a.and(&b), Ranges::of(&[(5, 9), (20, 22), (29, 29)]));
        assert_eq!(a.without(&b), Ranges::of(&[(0, 4), (23, 28)]));
        assert!(a.without(&a).is_empty());
        let all = Ranges::span(i128::MIN, i128::MAX);
        assert_eq!(a.without(&Ranges::of(&[])), a.and(&all));
    }

    #[test]
    fn few_are_counted_over_all_ranges() {
        let a = Ranges::of(&[(1, 2), (7, 7)]);
        assert_eq!(a.few(3), Some(vec![1, 2, 7]));
        assert_eq!(a.few(2), None);
        assert_eq!(Ranges::span(i128::MIN, i128::MAX).few(4), None);
    }
}
