//! The clauses whose conditions nothing is to be said of. Most of the time of a first check goes into asking what
//! conditions mean.

use std::collections::HashMap;

use crate::hir::{Expr, On};
use crate::schema::EventId;

/// What was found out of clauses.
#[derive(Debug, Default)]
pub(in crate::check) struct Clauses {
    /// By their texts, of the check before …
    before: HashMap<String, Vec<Clause>>,
    /// … and of this one.
    now: HashMap<String, Vec<Clause>>,
}

/// A clause of which there was nothing to say.
#[derive(Debug)]
struct Clause {
    event: EventId,
    condition: Expr,
    scope: Option<Expr>,
}

impl Clauses {
    /// Whether there is nothing to say of a clause: the same text in the same scope, with the same
    /// meaning, was looked at before.
    pub(in crate::check) fn is_sound(&mut self, text: &str, on: &On, scope: Option<&Expr>) -> bool {
        let Some(same_text) = self.before.get_mut(text) else {
            return false;
        };
        let is_same = |clause: &Clause| {
            clause.event == on.event
                && on.own().is_some_and(|own| own.is_like(&clause.condition))
                && Expr::are_alike(scope, clause.scope.as_ref())
        };
        let Some(at) = same_text.iter().position(is_same) else {
            return false;
        };
        let clause = same_text.swap_remove(at);
        self.keep(text, clause);
        true
    }

    /// There was nothing to say of a clause.
    pub(in crate::check) fn add(&mut self, text: &str, on: &On, scope: Option<&Expr>) {
        if let Some(condition) = on.own() {
            let clause = Clause {
                event: on.event,
                condition: condition.clone(),
                scope: scope.cloned(),
            };
            self.keep(text, clause);
        }
    }

    fn keep(&mut self, text: &str, clause: Clause) {
        self.now.entry(text.to_owned()).or_default().push(clause);
    }

    /// The check is over.
    pub(super) fn settle(&mut self) {
        self.before = std::mem::take(&mut self.now);
    }
}
