//! What of a condition is open once the index found something that it needs: all of its conjuncts but the one that
//! this decides.

use std::slice;
use std::sync::Arc;

use tracee_lang::hir::{Expr, ExprKind};

/// A target, as a part has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct OpenTarget {
    /// In the plan.
    pub(super) target: usize,
    /// The conjunct that is known to hold.
    pub(super) decided: Option<usize>,
}

impl OpenTarget {
    /// The conjuncts that are to be evaluated.
    pub(super) fn conjuncts(self, conditions: &[Option<Arc<Expr>>]) -> impl Iterator<Item = &Expr> {
        let all = conditions[self.target]
            .as_deref()
            .map_or(&[][..], conjuncts);
        let open = move |at: &usize| self.decided != Some(*at);
        (0..all.len()).filter(open).map(|at| &all[at])
    }
}

/// What must all hold for a condition.
pub(super) fn conjuncts(condition: &Expr) -> &[Expr] {
    match &condition.kind {
        ExprKind::And(parts) => parts,
        _ => slice::from_ref(condition),
    }
}
