//! Whether a condition can hold at all. Enter at [`Prover::contradict`].
//!
//! A tableau: what must hold is taken apart until atoms are left, which go to [`Facts`]; an `or` is
//! tried branch by branch. It proves less than there is to prove, but nothing that is not so: what it
//! does not understand, and what would take too long, counts as possible.

use std::cell::Cell;

use super::facts::{Facts, Key};
use crate::hir::{Expr, ExprKind, Iterated, display};
use crate::schema::Schema;

/// How many `or`s are looked into one below the other.
const MAX_BRANCHINGS: usize = 48;

/// A condition that must hold, or must not.
pub(super) type Claim<'e> = (&'e Expr, bool);

/// Parts of which one must hold, or must not.
type Branching<'e> = (&'e [Expr], bool);

/// Proves, as long as its budget lasts.
#[derive(Debug)]
pub(super) struct Prover<'s> {
    schema: &'s Schema,
    /// Steps that are left.
    budget: Cell<usize>,
}

impl<'s> Prover<'s> {
    pub(super) fn new(schema: &'s Schema) -> Self {
        Self {
            schema,
            budget: Cell::new(0),
        }
    }

    /// Gives it this many steps for what follows.
    pub(super) fn allow(&self, steps: usize) {
        self.budget.set(steps);
    }

    /// Whether no event makes all claims true.
    pub(super) fn contradict(&self, claims: &[Claim<'_>]) -> bool {
        self.contradict_with(claims, &[])
    }

    /// The same for events that have these values.
    pub(super) fn contradict_with(&self, claims: &[Claim<'_>], present: &[Key]) -> bool {
        let mut facts = Facts::new(self.schema);
        let cost = |steps| self.spend(steps);
        for key in present {
            facts.present(key, &cost);
        }
        self.closed(claims.to_vec(), Vec::new(), facts, 0)
    }

    /// Pays for a step; `false` if there is nothing left to pay with.
    fn spend(&self, steps: usize) -> bool {
        let left = self.budget.get();
        self.budget.set(left.saturating_sub(steps));
        left > steps
    }

    /// Whether neither the claims nor, with them, one part of each branching can hold.
    fn closed<'e>(
        &'e self,
        mut claims: Vec<Claim<'e>>,
        mut branchings: Vec<Branching<'e>>,
        mut facts: Facts<'e>,
        depth: usize,
    ) -> bool {
        let cost = |steps| self.spend(steps);
        while let Some((expr, holds)) = claims.pop() {
            if !self.spend(1 + facts.len()) {
                return false;
            }
            let contradiction = match (&expr.kind, holds) {
                (ExprKind::Bool(value), _) => *value != holds,
                (ExprKind::Not(of), _) => {
                    claims.push((of, !holds));
                    false
                }
                (ExprKind::And(parts), true) | (ExprKind::Or(parts), false) => {
                    claims.extend(parts.iter().rev().map(|part| (part, holds)));
                    false
                }
                (ExprKind::And(parts), false) | (ExprKind::Or(parts), true) => {
                    branchings.push((parts, holds));
                    false
                }
                (ExprKind::Quantifier { all, over, body }, _) => {
                    self.quantifier(expr, (*all, over, body), holds, &mut facts)
                }
                (atom, _) => facts.add(atom, holds, &cost),
            };
            if contradiction {
                return true;
            }
        }
        if facts.contradict() {
            return true;
        }
        let fewest = (0..branchings.len()).min_by_key(|at| branchings[*at].0.len());
        let Some(at) = fewest.filter(|_| depth < MAX_BRANCHINGS) else {
            return false;
        };
        let (parts, holds) = branchings.swap_remove(at);
        parts.iter().all(|part| {
            self.spend(1 + branchings.len() + facts.len())
                && self.closed(
                    vec![(part, holds)],
                    branchings.clone(),
                    facts.clone(),
                    depth + 1,
                )
        })
    }

    /// A quantifier is taken as a whole, except for a body that no element can satisfy.
    fn quantifier<'e>(
        &'e self,
        expr: &Expr,
        (all, over, body): (bool, &Iterated, &'e Expr),
        holds: bool,
        facts: &mut Facts<'e>,
    ) -> bool {
        let cost = |steps| self.spend(steps);
        if let (Iterated::List(field), true) = (over, holds)
            && facts.present(&Key::Field(*field), &cost)
        {
            return true;
        }
        if holds && !all && self.contradict(&[(body, true)]) {
            return true;
        }
        let written = display::fingerprint(expr);
        self.spend(written.len()) && facts.opaque(Key::Opaque(written), holds, &cost)
    }
}

#[cfg(test)]
mod tests;
