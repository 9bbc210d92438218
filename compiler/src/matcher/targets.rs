//! A set of targets of one event.

use super::scratch::Scratch;

/// Which targets of an event match: indices in [`crate::plan::EventPlan::targets`]. Kept between
/// records, so that matching allocates nothing.
#[derive(Debug, Clone, Default)]
pub struct TargetSet {
    words: Vec<u64>,
    /// What the index found while the set is written.
    marks: Vec<u64>,
    /// Where functions make strings while the set is written.
    scratch: Scratch,
}

/// What is written while an event is matched.
pub(super) struct Room<'a> {
    /// The set's.
    pub(super) words: &'a mut [u64],
    pub(super) marks: &'a mut [u64],
    pub(super) scratch: &'a mut Scratch,
}

impl PartialEq for TargetSet {
    fn eq(&self, other: &Self) -> bool {
        self.words == other.words
    }
}

impl Eq for TargetSet {}

impl TargetSet {
    /// The empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether nothing matches.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|&word| word == 0)
    }

    /// Whether `target` matches.
    pub fn contains(&self, target: usize) -> bool {
        self.words
            .get(target / 64)
            .is_some_and(|word| word >> (target % 64) & 1 == 1)
    }

    /// The targets that match, ascending.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        self.words.iter().enumerate().flat_map(|(at, &word)| {
            let mut left = word;
            std::iter::from_fn(move || {
                let bit = (left != 0).then(|| left.trailing_zeros() as usize)?;
                left &= left - 1;
                Some(64 * at + bit)
            })
        })
    }

    /// Takes one out.
    pub fn remove(&mut self, target: usize) {
        if let Some(word) = self.words.get_mut(target / 64) {
            *word &= !(1 << (target % 64));
        }
    }

    /// Empties it.
    pub fn clear(&mut self) {
        self.words.clear();
    }

    #[cfg(test)]
    pub(super) fn scratch(&self) -> &Scratch {
        &self.scratch
    }

    /// Empties it and makes room for `targets`, a bit each, and for words of marks.
    #[inline]
    pub(super) fn reset(&mut self, targets: usize, marks: usize) -> Room<'_> {
        self.words.clear();
        self.words.resize(targets.div_ceil(64), 0);
        self.marks.clear();
        self.marks.resize(marks, 0);
        Room {
            words: &mut self.words,
            marks: &mut self.marks,
            scratch: &mut self.scratch,
        }
    }
}
