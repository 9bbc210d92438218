//! Numbers of the [`Scanner`]: those without a fraction that 64 bits have place for.

use super::scan::{HIGH, ONES, Scanner};

/// What so many digits more multiply a number by.
const POWERS: [u64; 9] = [
    1,
    10,
    100,
    1_000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
];
/// So many digits are never too many.
const SAFE_DIGITS: usize = 18;

/// How many of the word's bytes are digits, from its begin.
fn digits(word: u64) -> u32 {
    let others = (word.wrapping_add(0x46 * ONES) | word.wrapping_sub(0x30 * ONES)) & HIGH;
    others.trailing_zeros() / 8
}

impl Scanner<'_> {
    /// A number that is not negative.
    pub(super) fn unsigned(&mut self) -> Option<u64> {
        let begin = self.at();
        let mut number = 0u64;
        loop {
            let word = self.word();
            let count = digits(word);
            if count > 0 {
                let digits = (word << (64 - 8 * count)) & (0x0f * ONES);
                let pairs = (digits.wrapping_mul(2561) >> 8) & 0x00ff_00ff_00ff_00ff;
                let fours = (pairs.wrapping_mul(6_553_601) >> 16) & 0x0000_ffff_0000_ffff;
                let value = fours.wrapping_mul(42_949_672_960_001) >> 32;
                let power = POWERS.get(count as usize)?;
                number = number.checked_mul(*power)?.checked_add(value)?;
                self.skip_bytes(count as usize);
            }
            if count < 8 {
                break;
            }
        }
        self.ends_number(begin)?;
        Some(number)
    }

    /// Whether what began there and ends here is plain.
    fn ends_number(&self, begin: usize) -> Option<()> {
        let has_begin = match self.bytes_from(begin)? {
            [b'1'..=b'9', ..] => true,
            [b'0', ..] => self.at() == begin + 1,
            _ => false,
        };
        let goes_on = matches!(self.peek(), Some(b'.' | b'e' | b'E'));
        (has_begin && !goes_on).then_some(())
    }

    /// A number.
    pub(super) fn integer(&mut self) -> Option<i128> {
        if self.take(b'-').is_none() {
            return self.unsigned().map(i128::from);
        }
        let number = self.unsigned().filter(|number| *number != 0)?;
        let number = -i128::from(number);
        (number >= i128::from(i64::MIN)).then_some(number)
    }

    /// A number that may be negative.
    pub(super) fn signed(&mut self) -> Option<i64> {
        i64::try_from(self.integer()?).ok()
    }

    /// A number of 32 bits.
    pub(super) fn number(&mut self) -> Option<u32> {
        u32::try_from(self.unsigned()?).ok()
    }

    /// Goes over a number.
    pub(super) fn skip_number(&mut self) -> Option<()> {
        let begin = self.at();
        loop {
            let count = digits(self.word());
            self.skip_bytes(count as usize);
            if count < 8 {
                break;
            }
        }
        if self.at() - begin <= SAFE_DIGITS && self.ends_number(begin).is_some() {
            return Some(());
        }
        self.back_to(begin);
        self.integer().map(|_| ())
    }
}
