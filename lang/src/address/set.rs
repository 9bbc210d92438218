//! Sets of addresses: what `in` looks in.

use std::fmt;
use std::sync::Arc;

use super::written::Address;
use super::{IPV4, Shown};

/// A set of addresses, as sorted ranges of their numbers that neither overlap nor touch. Its clones
/// share them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct AddressSet(Arc<[(u128, u128)]>);

impl AddressSet {
    /// The addresses of inclusive ranges of numbers, in any order.
    pub fn new(ranges: impl IntoIterator<Item = (u128, u128)>) -> Self {
        let mut sorted: Vec<_> = ranges.into_iter().collect();
        sorted.sort_unstable();
        let mut merged: Vec<(u128, u128)> = Vec::with_capacity(sorted.len());
        for (first, last) in sorted {
            match merged.last_mut() {
                Some(end) if first <= end.1.saturating_add(1) => end.1 = last.max(end.1),
                _ => merged.push((first, last)),
            }
        }
        Self(merged.into())
    }

    /// The addresses that are meant by what is written: ranges within one family. `::/0` is every
    /// IPv6 address; that IPv4 addresses have their numbers among those does not make them such.
    pub fn written(ranges: impl IntoIterator<Item = (u128, u128)>) -> Self {
        let within = |(first, last)| match first < IPV4.0 && last > IPV4.1 {
            true => [Some((first, IPV4.0 - 1)), Some((IPV4.1 + 1, last))],
            false => [Some((first, last)), None],
        };
        Self::new(ranges.into_iter().flat_map(within).flatten())
    }

    /// The ranges in ascending order, with gaps between them.
    pub fn as_slice(&self) -> &[(u128, u128)] {
        &self.0
    }

    /// Whether no address is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an address is in it, by its number.
    pub fn contains(&self, number: u128) -> bool {
        let at = self.0.partition_point(|&(_, last)| last < number);
        self.0.get(at).is_some_and(|&(first, _)| first <= number)
    }

    /// What is in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self::new(self.0.iter().chain(&*other.0).copied())
    }

    /// What is not in it.
    #[must_use]
    pub fn complement(&self) -> Self {
        let mut gaps = Vec::with_capacity(self.0.len() + 1);
        let mut next = Some(0);
        for &(first, last) in &*self.0 {
            if let Some(next) = next.filter(|next| *next < first) {
                gaps.push((next, first - 1));
            }
            next = last.checked_add(1);
        }
        gaps.extend(next.map(|next| (next, u128::MAX)));
        Self(gaps.into())
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.complement().union(&other.complement()).complement()
    }

    /// As it could be written, the parts of a list: IPv4 first, networks as such.
    pub fn parts(&self) -> Vec<Shown> {
        let mut four = Vec::new();
        let mut six: Vec<Shown> = Vec::new();
        for &(first, last) in &*self.0 {
            if first < IPV4.0 {
                six.push(Shown(first, last.min(IPV4.0 - 1)));
            }
            if first <= IPV4.1 && last >= IPV4.0 {
                four.push(Shown(first.max(IPV4.0), last.min(IPV4.1)));
            }
            if last > IPV4.1 {
                let first = first.max(IPV4.1 + 1);
                match six.last_mut() {
                    // One range of IPv6 addresses around the IPv4 ones.
                    Some(before) if before.1 == IPV4.0 - 1 && first == IPV4.1 + 1 => {
                        before.1 = last
                    }
                    _ => six.push(Shown(first, last)),
                }
            }
        }
        four.append(&mut six);
        four
    }
}

/// After the name of a value: `== 10.0.0.1`, `in 10.0.0.0/8`, `in [10.0.0.0/8, ::1]`.
impl fmt::Display for AddressSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parts()[..] {
            [Shown(first, last)] if first == last => write!(f, "== {}", Shown(first, last)),
            [only] => write!(f, "in {only}"),
            ref parts => {
                let parts: Vec<_> = parts.iter().map(Shown::to_string).collect();
                write!(f, "in [{}]", parts.join(", "))
            }
        }
    }
}

impl FromIterator<Address> for AddressSet {
    fn from_iter<T: IntoIterator<Item = Address>>(written: T) -> Self {
        Self::written(
            written
                .into_iter()
                .map(|address| (address.first, address.last())),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::written::parse;
    use super::*;

    fn set(written: &[&str]) -> AddressSet {
        written.iter().map(|text| parse(text).unwrap()).collect()
    }

    #[test]
    fn a_family_does_not_hold_the_other() {
        let ten = parse("10.0.0.1").unwrap().first;
        let doc = parse("2001:db8::1").unwrap().first;
        assert!(!set(&["::/0"]).contains(ten));
        assert!(set(&["::/0"]).contains(doc));
        assert!(set(&["0.0.0.0/0"]).contains(ten));
        assert!(!set(&["0.0.0.0/0"]).contains(doc));
        assert_eq!(
            set(&["::/0", "0.0.0.0/0"]).complement(),
            AddressSet::default()
        );
    }

    #[test]
    fn shown_by_family() {
        assert_eq!(set(&["::1", "10.0.0.1"]).to_string(), "in [10.0.0.1, ::1]");
        assert_eq!(set(&["::/0"]).to_string(), "in ::/0");
        assert_eq!(
            set(&["::/0", "0.0.0.0/0"]).to_string(),
            "in [0.0.0.0/0, ::/0]"
        );
        assert_eq!(
            set(&["10.0.0.0/9", "10.128.0.0/9"]).to_string(),
            "in 10.0.0.0/8"
        );
        assert_eq!(set(&["10.0.0.1/32"]).to_string(), "== 10.0.0.1");
        assert_eq!(set(&[]).to_string(), "in []");
    }

    #[test]
    fn set_operations_agree_with_membership() {
        const FAR: u128 = u128::MAX - 3;
        let ranges = [
            (0, 0),
            (1, 2),
            (2, IPV4.0),
            (IPV4.1, IPV4.1 + 1),
            (FAR, u128::MAX),
        ];
        let near = |base: u128| base..=base + 3;
        let numbers = || {
            near(0)
                .chain(near(IPV4.0 - 2))
                .chain(near(IPV4.1 - 1))
                .chain(near(FAR))
        };
        let subsets = || {
            (0..1usize << ranges.len()).map(|subset| {
                let chosen = |(at, _): &(usize, _)| subset >> at & 1 == 1;
                let all = ranges.into_iter().enumerate().filter(chosen);
                AddressSet::new(all.map(|(_, range)| range))
            })
        };
        for a in subsets() {
            assert_eq!(a.complement().complement(), a);
            for b in subsets() {
                let (either, both) = (a.union(&b), a.intersection(&b));
                for number in numbers() {
                    let (in_a, in_b) = (a.contains(number), b.contains(number));
                    assert_eq!(either.contains(number), in_a || in_b);
                    assert_eq!(both.contains(number), in_a && in_b);
                    assert_eq!(a.complement().contains(number), !in_a);
                }
            }
        }
    }
}
