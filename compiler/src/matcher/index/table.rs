//! A multimap from 64-bit keys, made once and asked for each event: nearly always for a key that it does
//! not have, which two bits of one word tell.

/// Bits of the bitmap for each key, at least. Two of them are set: so few of a hundred other keys have both.
const BITS: usize = 32;
/// Bits of a hash that choose the two in a word.
const IN_WORD: u32 = 12;
/// An odd number without a pattern in its bits.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// Where values are, by key.
#[derive(Debug)]
pub(super) struct Table<V> {
    /// A power of two of words.
    bits: Box<[u64]>,
    bit_shift: u32,
    /// A power of two of slots, at most half of them used; those without values are empty.
    slots: Box<[Slot]>,
    slot_shift: u32,
    values: Box<[V]>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    key: u64,
    from: u32,
    count: u32,
}

impl<V: Copy> Table<V> {
    /// A table of these; the values of a key stay in their order.
    pub(super) fn new(pairs: impl IntoIterator<Item = (u64, V)>) -> Self {
        let mut pairs: Vec<(u64, V)> = pairs.into_iter().collect();
        pairs.sort_by_key(|pair| pair.0);
        let by_key = || pairs.chunk_by(|left, right| left.0 == right.0);
        let keys = by_key().count();
        let words = (keys * BITS)
            .div_ceil(64)
            .next_power_of_two()
            .clamp(1, 1 << 18);
        let slots = (keys * 2).next_power_of_two().max(2);
        let mut table = Self {
            bits: vec![0; words].into(),
            bit_shift: u64::BITS - IN_WORD - words.trailing_zeros(),
            slots: vec![Slot::default(); slots].into(),
            slot_shift: u64::BITS - slots.trailing_zeros(),
            values: Box::default(),
        };
        let mut from = 0;
        for of_key in by_key() {
            let key = of_key[0].0;
            let hash = key.wrapping_mul(MULTIPLIER);
            let (word, both) = table.place(hash);
            table.bits[word] |= both;
            let mut at = (hash >> table.slot_shift) as usize;
            while table.slots[at].count != 0 {
                at = (at + 1) % slots;
            }
            let count = of_key.len() as u32;
            table.slots[at] = Slot { key, from, count };
            from += count;
        }
        table.values = pairs.into_iter().map(|pair| pair.1).collect();
        table
    }

    /// The word that a key has its bits in, and these.
    #[inline(always)]
    fn place(&self, hash: u64) -> (usize, u64) {
        let place = hash >> self.bit_shift;
        let both = 1 << (place % 64) | 1 << (place / 64 % 64);
        ((place >> IN_WORD) as usize & (self.bits.len() - 1), both)
    }

    /// Whether the key may be there: if not, it isn't.
    #[inline(always)]
    pub(super) fn may_have(&self, key: u64) -> bool {
        let (word, both) = self.place(key.wrapping_mul(MULTIPLIER));
        self.bits[word] & both == both
    }

    /// The values of a key.
    #[inline(never)]
    pub(super) fn get(&self, key: u64) -> &[V] {
        let mut at = (key.wrapping_mul(MULTIPLIER) >> self.slot_shift) as usize;
        loop {
            let slot = self.slots[at & (self.slots.len() - 1)];
            if slot.count == 0 {
                return &[];
            }
            if slot.key == key {
                return &self.values[slot.from as usize..][..slot.count as usize];
            }
            at += 1;
        }
    }

    /// Bytes that it takes.
    pub(super) fn size(&self) -> usize {
        size_of_val(&*self.bits) + size_of_val(&*self.slots) + size_of_val(&*self.values)
    }
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn values_are_found_by_key_and_only_by_theirs() {
        for count in [0_u64, 1, 2, 3, 100, 5_000] {
            let pairs = (0..count).flat_map(|key| [(key * key, key), (key * key, key + 1)]);
            let table = Table::new(pairs);
            for key in 0..count {
                assert_eq!(table.get(key * key), [key, key + 1]);
                assert!(table.may_have(key * key));
                assert_eq!(table.get(key * key + u64::MAX / 2), []);
            }
        }
    }

    #[test]
    fn few_other_keys_pass_the_bitmap() {
        let table = Table::new((0..1_000_u64).map(|key| (key, ())));
        let passed = (1_000..101_000).filter(|key| table.may_have(*key)).count();
        assert!(passed < 1_000, "{passed} of 100,000");
    }
}
