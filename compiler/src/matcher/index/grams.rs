//! Parts of literals that are looked for in a string: one part of each, chosen among all its parts as the
//! one that the others have least.
//!
//! Not every place in the string is looked at, but every `stride`-th. A literal that may be anywhere has
//! then as many grams, one after the other, of which one lies at such a place wherever the literal does;
//! one at the begin has a gram whose place is a multiple of [`MAX_STRIDE`].

use std::collections::HashMap;

use tracee_lang::hir::TextOp;

use super::table::Table;
use super::texts::{Ends, Use, lower};
use crate::plan::Pattern;

/// Places of a string of which one is looked at, at most.
const MAX_STRIDE: usize = 4;

/// Grams of a width, at most 8 bytes.
#[derive(Debug)]
pub(super) struct Grams<const WIDTH: usize> {
    stride: usize,
    /// No gram begins behind this place: if all literals are at the begin, that is near.
    limit: usize,
    table: Table<Use>,
}

impl<const WIDTH: usize> Grams<WIDTH> {
    /// Bits of a word that are not the gram's.
    const UNUSED: u32 = 64 - 8 * WIDTH as u32;

    /// Of literals that are no shorter than the width, each at the begin or anywhere; none of none.
    pub(super) fn new(literals: &[(Pattern, u32)]) -> Option<Self> {
        let anywhere = |pattern: &Pattern| pattern.op == TextOp::Contains;
        let shortest = literals
            .iter()
            .filter(|(pattern, _)| anywhere(pattern))
            .map(|(pattern, _)| pattern.literal.len())
            .min();
        // So many grams one after the other are in the shortest, at least one.
        let most = shortest.map_or(MAX_STRIDE, |length| length - WIDTH + 1);
        let stride = [4, 2]
            .into_iter()
            .find(|stride| *stride <= most)
            .unwrap_or(1);

        let mut counts: HashMap<u64, u32> = HashMap::new();
        for (pattern, _) in literals {
            for window in pattern.literal.windows(WIDTH) {
                *counts.entry(Self::of(window)).or_default() += 1;
            }
        }
        let mut limit = 0;
        let mut pairs = Vec::with_capacity(literals.len());
        for (pattern, literal) in literals {
            let last = pattern.literal.len() - WIDTH;
            let grams: Vec<u64> = pattern.literal.windows(WIDTH).map(Self::of).collect();
            let (count, step) = match anywhere(pattern) {
                true => (stride, 1),
                false => (1, MAX_STRIDE),
            };
            let common = |from: &usize| -> u32 {
                let grams = grams[*from..].iter().take(count);
                grams.filter_map(|gram| counts.get(gram)).sum()
            };
            // Of equally rare ones the last: what is deeper is rarer in paths.
            let from = (0..last + 2 - count).step_by(step).rev().min_by_key(common);
            let from = from.unwrap_or_default();
            for offset in from..from + count {
                let (literal, offset) = (*literal, offset as u32);
                pairs.push((grams[offset as usize], Use { literal, offset }));
            }
            limit = match anywhere(pattern) {
                true => usize::MAX,
                false => limit.max(from),
            };
        }
        (!pairs.is_empty()).then(|| Self {
            stride,
            limit,
            table: Table::new(pairs),
        })
    }

    /// The first bytes of a string as a key.
    fn of(bytes: &[u8]) -> u64 {
        Self::key(Ends::of(bytes).first)
    }

    /// The lowest bytes of a word as a key.
    #[inline(always)]
    fn key(word: u64) -> u64 {
        lower(word) << Self::UNUSED >> Self::UNUSED
    }

    /// Calls `hit` with what may be at each place of a string whose last bytes these are, until it gives `false`; so does this then.
    #[inline(always)]
    pub(super) fn scan(
        &self,
        text: &[u8],
        last: u64,
        mut hit: impl FnMut(usize, &[Use]) -> bool,
    ) -> bool {
        match self.stride {
            4 => self.every::<4>(text, last, &mut hit),
            2 => self.every::<2>(text, last, &mut hit),
            _ => self.every::<1>(text, last, &mut hit),
        }
    }

    #[inline(always)]
    fn every<const STRIDE: usize>(
        &self,
        text: &[u8],
        last: u64,
        hit: &mut impl FnMut(usize, &[Use]) -> bool,
    ) -> bool {
        let mut at = 0;
        let mut words = text
            .windows(8)
            .take(self.limit.saturating_add(1))
            .step_by(STRIDE);
        // Nearly no gram of an event is in the table: the branch is not taken.
        let mut look = |at, word| {
            let key = Self::key(word);
            !self.table.may_have(key) || hit(at, self.table.get(key))
        };
        for word in &mut words {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(word);
            if !look(at, u64::from_le_bytes(bytes)) {
                return false;
            }
            at += STRIDE;
        }
        // The last places have fewer than 8 bytes.
        while at + WIDTH <= text.len() && at <= self.limit {
            let left = (text.len() - at).min(8);
            if !look(at, last >> (64 - 8 * left)) {
                return false;
            }
            at += STRIDE;
        }
        true
    }

    pub(super) fn size(&self) -> usize {
        self.table.size()
    }
}
