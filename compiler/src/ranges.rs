//! Sets of integers as sorted, disjoint, inclusive ranges: what `== != < in` and their negations
//! come to, so that a selector has at most one integer test per field.

use tracee_lang::hir::CompareOp;

/// The widest range a 64-bit field of either signedness can need.
pub(crate) const EVERYTHING: (i128, i128) = (i64::MIN as i128, u64::MAX as i128);

/// A set of integers that fit 64 bits, signed or unsigned.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Ranges(Vec<(i128, i128)>);

impl Ranges {
    /// The union of inclusive ranges, in any order; empty ones (start above end) are left out.
    pub fn new(ranges: impl IntoIterator<Item = (i128, i128)>) -> Self {
        let mut sorted: Vec<_> = ranges
            .into_iter()
            .map(|(start, end)| (start.max(EVERYTHING.0), end.min(EVERYTHING.1)))
            .filter(|(start, end)| start <= end)
            .collect();
        sorted.sort_unstable();
        let mut merged: Vec<(i128, i128)> = Vec::with_capacity(sorted.len());
        for (start, end) in sorted {
            match merged.last_mut() {
                Some(last) if start <= last.1 + 1 => last.1 = last.1.max(end),
                _ => merged.push((start, end)),
            }
        }
        Self(merged)
    }

    /// One range.
    pub fn one(start: i128, end: i128) -> Self {
        Self::new([(start, end)])
    }

    /// The values `x` with `x op bound`.
    pub fn satisfying(op: CompareOp, bound: i128) -> Self {
        match op {
            CompareOp::Eq => Self::one(bound, bound),
            CompareOp::Lt => Self::one(EVERYTHING.0, bound.saturating_sub(1)),
            CompareOp::Le => Self::one(EVERYTHING.0, bound),
            CompareOp::Gt => Self::one(bound.saturating_add(1), EVERYTHING.1),
            CompareOp::Ge => Self::one(bound, EVERYTHING.1),
        }
    }

    /// The ranges in ascending order, with gaps between them.
    pub fn as_slice(&self) -> &[(i128, i128)] {
        &self.0
    }

    /// Whether `value` is in the set.
    pub fn contains(&self, value: i128) -> bool {
        let at = self.0.partition_point(|&(_, end)| end < value);
        self.0.get(at).is_some_and(|&(start, _)| start <= value)
    }

    /// What is in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self::new(self.0.iter().chain(&other.0).copied())
    }

    /// What is not in it.
    #[must_use]
    pub fn complement(&self) -> Self {
        let mut gaps = Vec::with_capacity(self.0.len() + 1);
        let mut next = EVERYTHING.0;
        for &(start, end) in &self.0 {
            gaps.push((next, start - 1));
            next = end + 1;
        }
        gaps.push((next, EVERYTHING.1));
        Self::new(gaps)
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.complement().union(&other.complement()).complement()
    }
}

/// The order with its sides swapped.
pub(crate) fn mirrored(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Eq => CompareOp::Eq,
        CompareOp::Lt => CompareOp::Gt,
        CompareOp::Le => CompareOp::Ge,
        CompareOp::Gt => CompareOp::Lt,
        CompareOp::Ge => CompareOp::Le,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ranges() -> impl Strategy<Value = Ranges> {
        proptest::collection::vec((-6i128..6, -6i128..6), 0..5).prop_map(Ranges::new)
    }

    proptest! {
        #[test]
        fn set_operations_agree_with_membership(a in ranges(), b in ranges()) {
            for value in -8..8 {
                let (in_a, in_b) = (a.contains(value), b.contains(value));
                prop_assert_eq!(a.union(&b).contains(value), in_a || in_b);
                prop_assert_eq!(a.intersection(&b).contains(value), in_a && in_b);
                prop_assert_eq!(a.complement().contains(value), !in_a);
            }
            prop_assert_eq!(a.complement().complement(), a);
        }
    }
}
