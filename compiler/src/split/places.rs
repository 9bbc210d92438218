//! Where the predicates of clauses run, for whoever asks again and again while a little of them changes:
//! editors. Enter at [`Places::of`].
//!
//! It is what the plan says of each predicate. A clause that is like the one of the same owner before is
//! not looked at again, and neither are the selectors of an event whose clauses are all such.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use tracee_lang::hir::{Expr, On};
use tracee_lang::schema::{EventId, Schema};
use tracee_lang::source::Span;

use super::formula::places;
use super::{SplitOptions, lower, refusal, scoped, share, target};
use crate::plan::{Pushdown, Test};

/// A `select` or `on`, for one event.
#[derive(Debug, Clone, Copy)]
pub struct Clause<'a> {
    /// By what it is found again: the rule's name, or the policy's.
    pub owner: &'a str,
    /// Of its policy.
    pub scope: Option<&'a Expr>,
    /// The clause itself.
    pub on: &'a On,
}

/// What becomes of one predicate on one event, as in [`crate::plan::PredicatePlan`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The event.
    pub event: EventId,
    /// The predicate, with the `not` before it.
    pub span: Span,
    /// What the kernel does with it.
    pub pushdown: Pushdown,
    /// Why: lower case, no full stop.
    pub reason: Rc<str>,
}

/// What was found out so far.
#[derive(Debug, Default)]
pub struct Places {
    clauses: HashMap<(EventId, String), Vec<Rc<Known>>>,
    events: HashMap<EventId, Shared>,
}

/// What is known of a clause.
#[derive(Debug)]
struct Known {
    scope: Option<Expr>,
    condition: Option<Arc<Expr>>,
    /// In the order of [`places`].
    predicates: Vec<(Pushdown, Rc<str>)>,
    alternatives: Vec<BTreeSet<Test>>,
}

/// The clauses of an event together.
#[derive(Debug)]
struct Shared {
    clauses: Vec<Rc<Known>>,
    /// Those whose selectors were merged with others.
    widened: BTreeSet<usize>,
}

impl Places {
    /// Of all clauses that are planned together, event by event. Events that the schema does not have
    /// are left out.
    pub fn of<'a>(
        &mut self,
        schema: &Schema,
        clauses: impl Iterator<Item = Clause<'a>>,
    ) -> Vec<Place> {
        let mut before = std::mem::take(self);
        let mut events: BTreeMap<EventId, Vec<(Clause<'a>, Rc<Known>)>> = BTreeMap::new();
        for clause in clauses {
            let key = (clause.on.event, clause.owner.to_owned());
            let same = before.clauses.get(&key);
            let known = self.clauses.entry(key).or_default();
            let same = same.and_then(|same| same.get(known.len()));
            let made = match same.filter(|same| same.is_of(clause)) {
                Some(same) => same.clone(),
                None => match Known::new(schema, clause) {
                    Some(made) => Rc::new(made),
                    None => continue,
                },
            };
            known.push(made.clone());
            let of_event = events.entry(clause.on.event).or_default();
            of_event.push((clause, made));
        }
        let mut all = Vec::new();
        let shared: Rc<str> = target::SHARED.into();
        for (event, clauses) in events {
            let widened = self.widened(event, &clauses, before.events.remove(&event));
            for (at, (clause, known)) in clauses.iter().enumerate() {
                let written = clause
                    .scope
                    .into_iter()
                    .chain(clause.on.condition.as_deref());
                let mut found = Vec::with_capacity(known.predicates.len());
                written.for_each(|condition| places(condition, &mut found));
                debug_assert_eq!(found.len(), known.predicates.len());
                for (span, (pushdown, reason)) in found.into_iter().zip(&known.predicates) {
                    let merged = *pushdown == Pushdown::Exact && widened.contains(&at);
                    all.push(Place {
                        event,
                        span,
                        pushdown: if merged { Pushdown::Inexact } else { *pushdown },
                        reason: if merged { &shared } else { reason }.clone(),
                    });
                }
            }
        }
        all
    }

    /// The clauses of an event whose selectors must be merged with others.
    fn widened(
        &mut self,
        event: EventId,
        clauses: &[(Clause<'_>, Rc<Known>)],
        before: Option<Shared>,
    ) -> &BTreeSet<usize> {
        let known = || clauses.iter().map(|(_, known)| known);
        let is_same = |before: &Shared| {
            before.clauses.len() == clauses.len()
                && before
                    .clauses
                    .iter()
                    .zip(known())
                    .all(|(left, right)| Rc::ptr_eq(left, right))
        };
        let alternatives: usize = known().map(|known| known.alternatives.len()).sum();
        let made = before.filter(is_same).unwrap_or_else(|| Shared {
            clauses: known().cloned().collect(),
            widened: match alternatives <= share::MAX_SELECTORS {
                true => BTreeSet::new(),
                false => {
                    share::selectors(known().map(|known| known.alternatives.clone()).collect()).1
                }
            },
        });
        &self
            .events
            .entry(event)
            .insert_entry(made)
            .into_mut()
            .widened
    }
}

impl Known {
    /// Looks at a clause. [`None`]: the schema does not have the event.
    fn new(schema: &Schema, clause: Clause<'_>) -> Option<Self> {
        let event = schema.event(clause.on.event)?;
        let mut lowering = lower::Lowering::new(schema, event);
        lowering.refusal = refusal(&SplitOptions::default(), event.hooks.as_slice());
        let condition = clause.on.condition.as_ref();
        let found = target::analyse(&lowering, scoped(clause.scope, condition).as_ref());
        let predicates = found.predicates.into_iter();
        Some(Self {
            scope: clause.scope.cloned(),
            condition: condition.cloned(),
            predicates: predicates
                .map(|predicate| (predicate.pushdown, Rc::from(&*predicate.reason)))
                .collect(),
            alternatives: found.alternatives,
        })
    }

    /// Whether it holds for a clause, too.
    fn is_of(&self, clause: Clause<'_>) -> bool {
        Expr::are_alike(self.condition.as_deref(), clause.on.condition.as_deref())
            && Expr::are_alike(self.scope.as_ref(), clause.scope)
    }
}
