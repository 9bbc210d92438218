//! Parts of literals that begin with one of few bytes, the marks: a string is looked up only where it has one of
//! these. In paths they are the slashes and dots that nearly all literals have, and that few places of a path have.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tracee_lang::hir::TextOp;

use super::table::Table;
use super::texts::{Ends, GRAM, Use, key};
use crate::plan::Pattern;

/// How many bytes are marks, at most.
const MAX_MARKS: usize = 3;
/// Bytes that are looked at together.
const BLOCK: usize = 64;
const LANE: usize = 16;

/// Literals by the bytes from a mark.
#[derive(Debug)]
pub(super) struct Marked {
    marks: Marks,
    /// No literal's mark is behind this place: if all literals are at the begin, that is near.
    limit: usize,
    table: Table<Use>,
}

impl Marked {
    /// Of literals, each at the begin or anywhere: as many as marks are found for; the others are the second value.
    pub(super) fn new(literals: &[(Pattern, u32)]) -> (Option<Self>, Vec<(Pattern, u32)>) {
        let marks = Marks::of(literals.iter().map(|(pattern, _)| &*pattern.literal));
        let mut counts: HashMap<u64, u32> = HashMap::new();
        for (pattern, _) in literals {
            for from in marks.places(&pattern.literal) {
                *counts.entry(gram(&pattern.literal, from)).or_default() += 1;
            }
        }
        let (mut pairs, mut others) = (Vec::with_capacity(literals.len()), Vec::new());
        let mut limit = 0;
        for (pattern, literal) in literals {
            let common = |from: &usize| counts.get(&gram(&pattern.literal, *from));
            // Of equally rare ones the last: what is deeper is rarer in paths.
            let places = marks.places(&pattern.literal).rev();
            let Some(from) = places.min_by_key(common) else {
                others.push((pattern.clone(), *literal));
                continue;
            };
            let (literal, offset) = (*literal, from as u32);
            pairs.push((gram(&pattern.literal, from), Use { literal, offset }));
            limit = match pattern.op {
                TextOp::Contains => usize::MAX,
                _ => limit.max(from),
            };
        }
        let marked = (!pairs.is_empty()).then(|| Self {
            marks,
            limit,
            table: Table::new(pairs),
        });
        (marked, others)
    }

    /// Calls `hit` with what may be at each mark of a string with these ends, until it gives `false`; so does this
    /// then.
    #[inline(always)]
    pub(super) fn scan(
        &self,
        text: &[u8],
        ends: Ends,
        mut hit: impl FnMut(usize, &[Use]) -> bool,
    ) -> bool {
        // Behind this place no gram begins.
        let Some(last) = text.len().checked_sub(GRAM) else {
            return true;
        };
        let last = last.min(self.limit);
        let mut begin = 0;
        while begin <= last {
            let mut left = self.marks.block(text, begin, ends);
            left &= u64::MAX >> (BLOCK - 1 - (last - begin).min(BLOCK - 1));
            while left != 0 {
                let at = begin + left.trailing_zeros() as usize;
                left &= left - 1;
                let word = match text[at..].first_chunk() {
                    Some(word) => u64::from_le_bytes(*word),
                    // The last places have fewer than 8 bytes.
                    None => ends.last >> (64 - 8 * (text.len() - at)),
                };
                let key = key::<GRAM>(word);
                if self.table.may_have(key) && !hit(at, self.table.get(key)) {
                    return false;
                }
            }
            begin += BLOCK;
        }
        true
    }

    pub(super) fn size(&self) -> usize {
        self.table.size()
    }
}

fn gram(literal: &[u8], from: usize) -> u64 {
    key::<GRAM>(Ends::of(&literal[from..from + GRAM]).first)
}

/// Bytes that are no letters, so that they are the same in either case. The first one again for those that there
/// are not.
#[derive(Debug, Clone, Copy)]
struct Marks([u8; MAX_MARKS]);

impl Marks {
    /// Those that most literals have in front of a gram, and paths have seldom.
    fn of<'l>(literals: impl Iterator<Item = &'l [u8]>) -> Self {
        let begins = |literal: &'l [u8]| Some(&literal[..=literal.len().checked_sub(GRAM)?]);
        let mut left: Vec<&[u8]> = literals.filter_map(begins).collect();
        let mut marks = Vec::new();
        while marks.len() < MAX_MARKS {
            let mut counts: BTreeMap<u8, u64> = BTreeMap::new();
            for begins in &left {
                let bytes: BTreeSet<u8> = begins.iter().copied().collect();
                for byte in bytes.into_iter().filter(|byte| !byte.is_ascii_alphabetic()) {
                    *counts.entry(byte).or_default() += 1;
                }
            }
            let gain = |(byte, count): &(&u8, &u64)| **count * RARE / in_paths(**byte);
            let Some((&best, _)) = counts.iter().max_by_key(gain) else {
                break;
            };
            marks.push(best);
            left.retain(|begins| !begins.contains(&best));
        }
        let mut all = [marks.first().copied().unwrap_or_default(); MAX_MARKS];
        all.iter_mut()
            .zip(marks)
            .for_each(|(one, mark)| *one = mark);
        Self(all)
    }

    /// Where a gram of the literal begins with one.
    fn places(self, literal: &[u8]) -> impl DoubleEndedIterator<Item = usize> {
        let count = (literal.len() + 1).saturating_sub(GRAM);
        (0..count).filter(move |at| self.0.contains(&literal[*at]))
    }

    /// Those of the [`BLOCK`] bytes from `begin`, a bit each; behind the string's end anything.
    #[inline(always)]
    fn block(self, text: &[u8], begin: usize, ends: Ends) -> u64 {
        let mut found = 0;
        for lane in 0..BLOCK / LANE {
            let at = begin + lane * LANE;
            let there = match (text.get(at..), text.last_chunk::<LANE>()) {
                (None | Some([]), _) => break,
                (Some(rest), last) => match (rest.first_chunk::<LANE>(), last) {
                    (Some(whole), _) => self.lane(u128::from_le_bytes(*whole)),
                    (None, Some(last)) => {
                        self.lane(u128::from_le_bytes(*last)) >> (LANE - rest.len())
                    }
                    (None, None) => self.lane(ends.both(text.len())),
                },
            };
            found |= u64::from(there) << (lane * LANE);
        }
        found
    }

    /// Those of 16 bytes, from the lowest.
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn lane(self, bytes: u128) -> u16 {
        use std::arch::x86_64 as x86;
        // SAFETY: SSE2 is part of every such processor.
        unsafe {
            let bytes = x86::_mm_set_epi64x((bytes >> 64) as i64, bytes as i64);
            let [first, second, third] = self.0.map(|mark| {
                let mark = x86::_mm_set1_epi8(mark.cast_signed());
                x86::_mm_cmpeq_epi8(bytes, mark)
            });
            let any = x86::_mm_or_si128(x86::_mm_or_si128(first, second), third);
            x86::_mm_movemask_epi8(any) as u16
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    #[inline(always)]
    fn lane(self, bytes: u128) -> u16 {
        self.by_words(bytes)
    }

    /// The same without vectors.
    #[cfg(any(test, not(target_arch = "x86_64")))]
    fn by_words(self, bytes: u128) -> u16 {
        const ONES: u64 = u64::MAX / 0xff;
        const LOW: u64 = ONES * 0x7f;
        let half = |word: u64| {
            let is = |mark: u8| {
                let zero_if = word ^ (ONES * u64::from(mark));
                !(((zero_if & LOW) + LOW) | zero_if | LOW)
            };
            let [first, second, third] = self.0.map(is);
            // The highest bit of each byte, in their order.
            let bits = (first | second | third) >> 7;
            (bits.wrapping_mul(0x0102_0408_1020_4080) >> 56) as u16
        };
        half(bytes as u64) | half((bytes >> 64) as u64) << 8
    }
}

/// The weight of a byte that paths seldom have.
const RARE: u64 = 10;

/// How many of it a path has, for [`RARE`] paths.
fn in_paths(byte: u8) -> u64 {
    match byte {
        b'/' => 5 * RARE,
        b'.' | b'-' | b'_' => RARE,
        byte if byte.is_ascii_digit() => RARE,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::Marks;

    #[test]
    fn vectors_find_the_marks_that_words_do() {
        let marks = Marks([b'/', 0x80, 0xff]);
        for bits in 0..=u16::MAX {
            let byte = |at: usize| match bits >> at & 1 == 1 {
                true => marks.0[at % 3],
                // These differ from a mark in one bit.
                false => marks.0[at % 3] ^ 1 << (at % 8),
            };
            let bytes = u128::from_le_bytes(std::array::from_fn(byte));
            assert_eq!(marks.by_words(bytes), bits);
            assert_eq!(marks.lane(bytes), bits);
        }
    }

    #[test]
    fn marks_are_what_literals_have_and_paths_have_not() {
        let of = |literals: &[&str]| Marks::of(literals.iter().map(|literal| literal.as_bytes())).0;
        assert_eq!(
            of(&["/usr/lib/x", "a.config", "/etc/passwd"]),
            [b'.', b'/', b'.']
        );
        assert_eq!(of(&["/usr/@lib/x", "/usr/@bin/x"]), [b'@'; 3]);
        assert_eq!(of(&["passwords"]), [0; 3]);
    }
}
