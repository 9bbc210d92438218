//! One select or rule on one event: its alternatives, what became of each predicate, and the
//! residual.

use std::collections::BTreeSet;
use std::sync::Arc;

use tracee_lang::hir::{Expr, ExprKind};

use super::formula::{Occurrence, conjuncts, formula};
use super::lower::Lowering;
use super::normal::alternatives;
use crate::plan::{PredicatePlan, Pushdown, Target, Test};

/// What the split found out about a target.
#[derive(Debug)]
pub(super) struct Analysis {
    /// What the kernel can decide: any of these conjunctions. None if the target can never match.
    pub(super) alternatives: Vec<BTreeSet<Test>>,
    pub(super) predicates: Vec<PredicatePlan>,
    pub(super) residual: Option<Arc<Expr>>,
}

/// Splits one condition; `None` is always.
pub(super) fn analyse(lowering: &Lowering<'_>, condition: Option<&Arc<Expr>>) -> Analysis {
    let parts = condition.map(|whole| conjuncts(whole)).unwrap_or_default();
    let mut occurrences = Vec::new();
    let mut formulas = Vec::with_capacity(parts.len());
    let mut ends = Vec::with_capacity(parts.len());
    for part in &parts {
        formulas.push(formula(lowering, part, false, &mut occurrences));
        ends.push(occurrences.len());
    }
    let found = alternatives(&formulas, &mut occurrences);

    let mut left = Vec::new();
    let mut start = 0;
    for (part, end) in parts.into_iter().zip(ends) {
        let decided = occurrences[start..end].iter().all(is_exact);
        if !decided {
            left.push(part);
        }
        start = end;
    }
    let used: BTreeSet<usize> = found
        .iter()
        .flat_map(|way| way.values())
        .flat_map(|literal| literal.from.clone())
        .collect();
    let never = found.is_empty();
    let predicates = occurrences
        .into_iter()
        .enumerate()
        .map(|(index, occurrence)| outcome(occurrence, never || used.contains(&index)))
        .collect();
    // Often nothing of it is decided: then it is the condition itself.
    let residual = all_of(left).map(|left| match condition {
        Some(whole) if whole.is_like(&left) => whole.clone(),
        _ => Arc::new(left),
    });
    Analysis {
        alternatives: found
            .into_iter()
            .map(|way| way.into_keys().collect())
            .collect(),
        predicates,
        residual,
    }
}

fn is_exact(occurrence: &Occurrence) -> bool {
    occurrence.dropped.is_none() && occurrence.plan.pushdown == Pushdown::Exact
}

/// The final word on a predicate; `used` says whether a selector still tests it.
fn outcome(occurrence: Occurrence, used: bool) -> PredicatePlan {
    let Occurrence { mut plan, dropped } = occurrence;
    let constant = plan.reason.starts_with("the event alone");
    match dropped {
        Some(reason) if used => {
            plan.pushdown = plan.pushdown.max(Pushdown::Inexact);
            plan.reason = format!("in part: {reason}").into();
        }
        Some(reason) => {
            plan.pushdown = Pushdown::None;
            plan.reason = reason.into();
        }
        None if !used && !constant && plan.pushdown != Pushdown::None => {
            plan.pushdown = Pushdown::None;
            plan.reason = "it makes no difference to what the kernel lets through".into();
        }
        None => {}
    }
    plan
}

/// The conjunction of what is left; `None` if nothing is.
fn all_of(mut parts: Vec<Expr>) -> Option<Expr> {
    if parts.len() < 2 {
        return parts.pop();
    }
    let span = parts.iter().map(|part| part.span).reduce(|all, span| {
        if all.file == span.file {
            all.to(span)
        } else {
            all
        }
    })?;
    Some(Expr {
        kind: ExprKind::And(parts),
        span,
    })
}

/// Why the kernel no longer decides what it could.
pub(super) const SHARED: &str =
    "the event has more than 256 selectors, so this one is shared with others";

/// What remains true of a target once one of its selectors was merged with others.
pub(super) fn widen(target: &mut Target) {
    for predicate in &mut target.predicates {
        if predicate.pushdown == Pushdown::Exact {
            predicate.pushdown = Pushdown::Inexact;
            predicate.reason = SHARED.into();
        }
    }
    target.residual.clone_from(&target.condition);
}
