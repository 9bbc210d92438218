//! What of a condition is open once the index was asked: all of its conjuncts but those that this decides.

use std::slice;
use std::sync::Arc;

use tracee_lang::hir::{Expr, ExprKind};

/// A target, as a part has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct OpenTarget {
    /// In the plan.
    pub(super) target: usize,
    /// The conjuncts that need not be evaluated, a bit each; those behind the 64th always are.
    decided: u64,
}

impl OpenTarget {
    /// Of which nothing is decided.
    pub(super) fn whole(target: usize) -> Self {
        Self { target, decided: 0 }
    }

    /// Leaves a conjunct out, if there is one.
    pub(super) fn decide(&mut self, conjunct: Option<usize>) {
        if let Some(bit) = conjunct.and_then(bit) {
            self.decided |= bit;
        }
    }

    /// The conjuncts that are to be evaluated.
    pub(super) fn conjuncts(self, conditions: &[Option<Arc<Expr>>]) -> impl Iterator<Item = &Expr> {
        let all = conditions[self.target]
            .as_deref()
            .map_or(&[][..], conjuncts);
        let is_open = move |at: &usize| bit(*at).is_none_or(|bit| self.decided & bit == 0);
        (0..all.len()).filter(is_open).map(|at| &all[at])
    }
}

fn bit(conjunct: usize) -> Option<u64> {
    1u64.checked_shl(conjunct.try_into().ok()?)
}

/// What must all hold for a condition.
pub(super) fn conjuncts(condition: &Expr) -> &[Expr] {
    match &condition.kind {
        ExprKind::And(parts) => parts,
        _ => slice::from_ref(condition),
    }
}
