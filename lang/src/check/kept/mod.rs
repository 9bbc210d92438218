//! What holds from one check to the next: editors check again after every letter. [`rules`] that are as they
//! were need not be looked at, and neither need the [`clauses`] of others.

mod clauses;
mod rules;

use clauses::Clauses;
pub(super) use rules::Known;
use rules::Rules;

/// What a check leaves for the next one of the same files, as they are by then. It makes that quicker, and
/// nothing else.
#[derive(Debug, Default)]
pub struct Kept {
    pub(super) clauses: Clauses,
    pub(super) rules: Rules,
}

impl Kept {
    /// How many rules the last check looked at, and how many it knew.
    pub fn rules(&self) -> (usize, usize) {
        self.rules.counts()
    }

    /// The check is over.
    pub(super) fn settle(&mut self) {
        self.clauses.settle();
        self.rules.settle();
    }
}
