//! Parts of literals that are looked for anywhere in a string: one part of each, chosen among all its parts as the
//! one that the others have least.
//!
//! Not every place in the string is looked at, but every `stride`-th: a literal has as many grams, one after the
//! other, of which one lies at such a place wherever the literal does.

use std::collections::HashMap;

use super::table::Table;
use super::texts::{Ends, Use, key};
use crate::plan::Pattern;

/// Grams of a width, at most 8 bytes.
#[derive(Debug)]
pub(super) struct Grams<const WIDTH: usize> {
    stride: usize,
    table: Table<Use>,
}

impl<const WIDTH: usize> Grams<WIDTH> {
    /// Of literals that are no shorter than the width; none of none.
    pub(super) fn new(literals: &[(Pattern, u32)]) -> Option<Self> {
        // So many grams one after the other are in the shortest, at least one.
        let lengths = literals.iter().map(|(pattern, _)| pattern.literal.len());
        let most = lengths.min()? - WIDTH + 1;
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
        let mut pairs = Vec::with_capacity(literals.len() * stride);
        for (pattern, literal) in literals {
            let grams: Vec<u64> = pattern.literal.windows(WIDTH).map(Self::of).collect();
            let common = |from: &usize| -> u32 {
                let grams = grams[*from..].iter().take(stride);
                grams.filter_map(|gram| counts.get(gram)).sum()
            };
            // Of equally rare ones the last: what is deeper is rarer in paths.
            let from = (0..=grams.len() - stride).rev().min_by_key(common);
            let from = from.unwrap_or_default();
            for offset in from..from + stride {
                let (literal, offset) = (*literal, offset as u32);
                pairs.push((grams[offset as usize], Use { literal, offset }));
            }
        }
        Some(Self {
            stride,
            table: Table::new(pairs),
        })
    }

    /// The first bytes of a string as a key.
    fn of(bytes: &[u8]) -> u64 {
        key::<WIDTH>(Ends::of(bytes).first)
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
        let mut words = text.windows(8).step_by(STRIDE);
        for word in &mut words {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(word);
            if !self.look(at, u64::from_le_bytes(bytes), hit) {
                return false;
            }
            at += STRIDE;
        }
        // The last places have fewer than 8 bytes.
        while at + WIDTH <= text.len() {
            let left = (text.len() - at).min(8);
            if !self.look(at, last >> (64 - 8 * left), hit) {
                return false;
            }
            at += STRIDE;
        }
        true
    }

    /// Nearly no gram of an event is in the table: the branch is not taken.
    #[inline(always)]
    fn look(&self, at: usize, word: u64, hit: &mut impl FnMut(usize, &[Use]) -> bool) -> bool {
        let key = key::<WIDTH>(word);
        !self.table.may_have(key) || hit(at, self.table.get(key))
    }

    pub(super) fn size(&self) -> usize {
        self.table.size()
    }
}
