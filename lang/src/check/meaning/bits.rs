//! What is known of the bits of a flag set.

use super::ranges::Ranges;

/// `(mask, want)`: the flag is there when `value & mask == want`.
type Flag = (u64, u64);

/// So few values are tried one by one.
const FEW: usize = 64;

/// Tests of one value that hold, and such that do not.
#[derive(Debug, Clone, Default)]
pub(super) struct Bits {
    /// All of each, any of each.
    hold: Vec<(Vec<Flag>, bool)>,
    fail: Vec<(Vec<Flag>, bool)>,
}

impl Bits {
    /// Adds `has all` (or `any`) of flags, or that it is not so.
    pub(super) fn add(&mut self, flags: &[Flag], all: bool, holds: bool) {
        let tests = if holds {
            &mut self.hold
        } else {
            &mut self.fail
        };
        tests.push((flags.to_vec(), all));
    }

    /// How many tests there are.
    pub(super) fn len(&self) -> usize {
        let flags = |(flags, _): &(Vec<Flag>, bool)| flags.len();
        self.hold.iter().chain(&self.fail).map(flags).sum()
    }

    /// Whether some value in the ranges may pass. `true` is also "not known".
    pub(super) fn possible(&self, values: &Ranges) -> bool {
        if self.hold.is_empty() && self.fail.is_empty() {
            return !values.is_empty();
        }
        if let Some(few) = values.few(FEW) {
            // The low 64 bits of the two's complement.
            return few.iter().any(|value| self.passes(*value as u64));
        }
        let Some(known) = self.known() else {
            return false;
        };
        let viable = |flag: &Flag| known.and(*flag).is_some_and(|known| !self.fails(known));
        let any = |(flags, all): &(Vec<Flag>, bool)| *all || flags.iter().any(viable);
        !self.fails(known) && self.hold.iter().all(any)
    }

    /// The bits that all tests that hold agree on; [`None`] if they do not.
    fn known(&self) -> Option<Known> {
        let sure = self
            .hold
            .iter()
            .filter(|(flags, all)| *all || flags.len() == 1);
        let mut flags = sure.flat_map(|(flags, _)| flags);
        flags.try_fold(Known::default(), |known, flag| known.and(*flag))
    }

    /// Whether a test that must not hold does, with these bits.
    fn fails(&self, known: Known) -> bool {
        self.fail.iter().any(|(flags, all)| {
            let mut sure = flags.iter().map(|flag| known.has(*flag));
            if *all {
                sure.all(|sure| sure)
            } else {
                sure.any(|sure| sure)
            }
        })
    }

    fn passes(&self, bits: u64) -> bool {
        let known = Known {
            mask: u64::MAX,
            bits,
        };
        let holds = self.hold.iter().all(|(flags, all)| {
            let mut there = flags.iter().map(|flag| known.has(*flag));
            if *all {
                there.all(|there| there)
            } else {
                there.any(|there| there)
            }
        });
        holds && !self.fails(known)
    }
}

/// Bits that are known, and what they are.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    mask: u64,
    bits: u64,
}

impl Known {
    /// These and those of a flag; [`None`] if they contradict.
    fn and(self, (mask, want): Flag) -> Option<Self> {
        let agree = (self.bits ^ want) & self.mask & mask == 0;
        agree.then_some(Self {
            mask: self.mask | mask,
            bits: self.bits | want,
        })
    }

    /// Whether the flag is there for sure.
    fn has(self, (mask, want): Flag) -> bool {
        self.mask & mask == mask && self.bits & mask == want
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: Flag = (3, 0);
    const WRITE: Flag = (3, 1);
    const CREATE: Flag = (0o100, 0o100);
    const DSYNC: Flag = (0o10000, 0o10000);
    const SYNC: Flag = (0o4010000, 0o4010000);

    fn possible(hold: &[(&[Flag], bool)], fail: &[(&[Flag], bool)]) -> bool {
        let mut bits = Bits::default();
        hold.iter()
            .for_each(|(flags, all)| bits.add(flags, *all, true));
        fail.iter()
            .for_each(|(flags, all)| bits.add(flags, *all, false));
        bits.possible(&Ranges::span(i32::MIN.into(), i32::MAX.into()))
    }

    #[test]
    fn access_modes_exclude_each_other() {
        assert!(!possible(&[(&[READ], true), (&[WRITE], true)], &[]));
        assert!(possible(&[(&[READ, WRITE], false), (&[CREATE], true)], &[]));
        assert!(!possible(&[(&[READ, WRITE], true)], &[]));
    }

    #[test]
    fn a_flag_may_include_another() {
        assert!(!possible(&[(&[SYNC], true)], &[(&[DSYNC], true)]));
        assert!(possible(&[(&[DSYNC], true)], &[(&[SYNC], true)]));
    }

    #[test]
    fn any_of_what_none_may_be() {
        let fail: &[(&[Flag], bool)] = &[(&[READ], true), (&[WRITE], true)];
        assert!(!possible(&[(&[READ, WRITE], false)], fail));
        assert!(possible(&[(&[READ, CREATE], false)], fail));
    }

    #[test]
    fn a_number_has_its_bits() {
        let mut bits = Bits::default();
        bits.add(&[WRITE], true, true);
        assert!(bits.possible(&Ranges::span(0o101, 0o101)));
        assert!(!bits.possible(&Ranges::span(0o102, 0o102)));
    }
}
