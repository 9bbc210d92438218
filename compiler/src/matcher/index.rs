//! Which conditions of an event are worth evaluating, and how much of them. Most rules ask for some string or number
//! that most events don't have: those of all rules are in tables, by field, and the event is looked up there once.
//!
//! ```text
//! conditions ─trigger→ ways ─choose→ one to find it ────────┬─texts, numbers→ tables by field ─┐
//!                                    those that deny it,    │                                  │
//!                                    if it is always open ──┘                                  │
//! record ─fields→ strings and numbers ─────────────────────────────find→ candidates, and what is denied
//! ```
//!
//! Of a candidate's condition all is evaluated but the conjunct that found it, if that is decided by it: strings are.
//! Numbers may find too much, never too little. Conditions that nothing finds are evaluated for every event, but for
//! what they say that a string is not: if it is, they are denied. An event can be made to look like many of the
//! literals: after so many comparisons it is given up, and all conditions are evaluated whole. [`Indexed::of`] decides
//! whether there is an index at all; [`Index::find`] asks it.

mod chance;
mod choose;
mod edges;
mod fields;
mod grams;
mod marks;
mod numbers;
mod table;
#[cfg(test)]
mod tests;
mod texts;
mod trigger;

use std::collections::BTreeMap;
use std::sync::Arc;

use tracee_lang::hir::{Expr, Field};
use tracee_lang::schema::{Event, Schema};

use self::choose::Choice;
use self::fields::{NumberSource, TextSource};
use self::numbers::Numbers;
use self::texts::Found;
pub(super) use self::texts::Texts;
#[cfg(not(target_family = "wasm"))]
pub(super) use self::texts::is_indexed;
use self::trigger::{Finder, Trigger};
use super::open::OpenTarget;
use super::view::View;

/// Comparisons for each condition, after which evaluating all of them is no dearer.
const COMPARISONS: usize = 2;
/// Intervals that a range may be spread over, on average.
const MAX_SPREAD: usize = 64;

/// The index of one event's conditions.
#[derive(Debug)]
pub(super) struct Index {
    texts: Box<[(TextSource, Texts)]>,
    numbers: Box<[(NumberSource, Numbers)]>,
    budget: u32,
    /// What looks for what, for `tracee explain`.
    pub(super) fields: Vec<IndexedField>,
}

/// A field of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexedField {
    /// The field.
    pub field: Field,
    /// Literals, numbers and ranges that it is looked up in.
    pub literals: usize,
    /// Bytes of the tables.
    pub bytes: usize,
}

/// An index, and the order of conditions that it goes by.
#[derive(Debug)]
pub(super) struct Indexed {
    pub(super) index: Index,
    /// Conditions that have to be evaluated for every event, if nothing denies them.
    pub(super) always: Vec<OpenTarget>,
    /// The others: what [`Index::find`] finds, by its place here.
    pub(super) found: Vec<OpenTarget>,
}

impl Indexed {
    /// The index for these conditions, of which `None` is always true; nothing if none is worth it, but for
    /// those that can't be asked for if it is `forced`.
    pub(super) fn of(
        schema: &Schema,
        event: &Event,
        conditions: &[Option<Arc<Expr>>],
        forced: bool,
    ) -> Option<Self> {
        let finder = Finder { schema, event };
        let choices = choose::choose(finder, conditions, forced)?;
        let (mut always, mut found) = (Vec::new(), Vec::new());
        let (mut asking, mut denying) = (Vec::new(), Vec::new());
        for (target, choice) in choices.into_iter().enumerate() {
            let (open, ways, wanted) = match choice {
                Choice::Found(way) => (&mut found, vec![way], &mut asking),
                Choice::Always(ways) => (&mut always, ways, &mut denying),
            };
            let mut one = OpenTarget::whole(target);
            for way in ways {
                // What can't be marked as decided is evaluated, and denied as well.
                one.decide(way.decides);
                wanted.extend(way.any.into_iter().map(|trigger| (trigger, open.len())));
            }
            open.push(one);
        }
        let denied_from = found.len().next_multiple_of(64);
        let denying = denying
            .into_iter()
            .map(|(trigger, place)| (trigger, denied_from + place));
        let mut texts: BTreeMap<Field, Vec<_>> = BTreeMap::new();
        let mut numbers: BTreeMap<Field, Vec<_>> = BTreeMap::new();
        for (trigger, place) in asking.into_iter().chain(denying) {
            let place = place as u32;
            match trigger {
                Trigger::Text(field, pattern) => {
                    texts.entry(field).or_default().push((pattern, place));
                }
                Trigger::Number(field, first, last) => {
                    numbers.entry(field).or_default().push((first, last, place));
                }
            }
        }
        let nested = |wanted: &Vec<_>| Numbers::spread(wanted) > MAX_SPREAD * wanted.len();
        if texts.is_empty() && numbers.is_empty() || numbers.values().any(nested) {
            return None;
        }
        let mut fields = Vec::new();
        let mut indexed = |field, literals, bytes| {
            fields.push(IndexedField {
                field,
                literals,
                bytes,
            });
        };
        let texts = texts.into_iter().map(|(field, wanted)| {
            let texts = Texts::new(wanted);
            indexed(field, texts.len(), texts.size());
            Some((TextSource::of(event, field)?, texts))
        });
        let texts = texts.collect::<Option<Box<[_]>>>()?;
        let numbers = numbers.into_iter().map(|(field, wanted)| {
            let numbers = Numbers::new(&wanted);
            indexed(field, numbers.len(), numbers.size());
            Some((NumberSource::of(schema, event, field)?, numbers))
        });
        let numbers = numbers.collect::<Option<Box<[_]>>>()?;
        let budget = COMPARISONS * conditions.len() + 16;
        let budget = u32::try_from(budget).unwrap_or(u32::MAX);
        Some(Self {
            index: Index {
                texts,
                numbers,
                budget,
                fields,
            },
            always,
            found,
        })
    }
}

impl Index {
    /// Marks in `marks` the candidates, a bit each by its place in [`Indexed::found`], and from the next word on what is
    /// denied, by its place in [`Indexed::always`]. `false` if that would take too long: then each condition may hold.
    pub(super) fn find(&self, view: &View<'_>, marks: &mut [u64]) -> bool {
        let mut found = Found {
            candidates: marks,
            budget: self.budget,
        };
        for (source, numbers) in &self.numbers {
            if let Some(number) = source.read(view) {
                numbers.find(number, &mut found);
            }
        }
        self.texts.iter().all(|(source, texts)| {
            source.read(view, |text, ends| texts.find(text, ends, &mut found))
        })
    }
}
