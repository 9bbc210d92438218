//! A condition as the kernel could see it: and/or over checks, negations pushed down to the atoms.

use std::collections::BTreeSet;

use tracee_lang::hir::{Expr, ExprKind, Field};
use tracee_lang::source::Span;

use super::lower::{Lowered, Lowering};
use crate::plan::{Check, PredicatePlan, Pushdown, Test};

/// What a predicate became so far.
#[derive(Debug)]
pub(super) struct Occurrence {
    pub(super) plan: PredicatePlan,
    /// Whether a step dropped a test of it.
    pub(super) dropped: Option<&'static str>,
}

/// A check with the predicates it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Literal {
    pub(super) test: Test,
    /// Indices of [`Occurrence`]s.
    pub(super) from: BTreeSet<usize>,
}

/// Like a condition, without `not`.
#[derive(Debug, Clone)]
pub(super) enum Formula {
    /// Also what the kernel can't decide: it lets everything through.
    True,
    False,
    Literal(Literal),
    And(Vec<Formula>),
    Or(Vec<Formula>),
}

/// The parts of a condition that must all hold, with `not` moved inwards as far as that takes.
pub(super) fn conjuncts(condition: &Expr) -> Vec<Expr> {
    let mut parts = Vec::new();
    collect(condition, false, &mut parts);
    parts
}

fn collect(expr: &Expr, negated: bool, parts: &mut Vec<Expr>) {
    match (&expr.kind, negated) {
        (ExprKind::Not(inner), false) if is_atom(inner) => parts.push(expr.clone()),
        (ExprKind::Not(inner), _) => collect(inner, !negated, parts),
        (ExprKind::And(all), false) | (ExprKind::Or(all), true) => {
            all.iter().for_each(|part| collect(part, negated, parts));
        }
        (_, false) => parts.push(expr.clone()),
        (_, true) => {
            parts.push(Expr {
                kind: ExprKind::Not(Box::new(expr.clone())),
                span: expr.span,
            });
        }
    }
}

/// The places of the predicates in a condition: those of the occurrences that [`formula`] adds for all of
/// its [`conjuncts`].
pub(super) fn places(condition: &Expr, found: &mut Vec<Span>) {
    places_of_conjuncts(condition, false, found);
}

fn places_of_conjuncts(expr: &Expr, negated: bool, found: &mut Vec<Span>) {
    match (&expr.kind, negated) {
        (ExprKind::Not(inner), false) if is_atom(inner) => found.push(expr.span),
        (ExprKind::Not(inner), _) => places_of_conjuncts(inner, !negated, found),
        (ExprKind::And(all), false) | (ExprKind::Or(all), true) => {
            for part in all {
                places_of_conjuncts(part, negated, found);
            }
        }
        _ => places_within(expr, found),
    }
}

fn places_within(expr: &Expr, found: &mut Vec<Span>) {
    match &expr.kind {
        ExprKind::Bool(_) => {}
        ExprKind::Not(inner) if !is_atom(inner) => places_within(inner, found),
        ExprKind::And(parts) | ExprKind::Or(parts) => {
            parts.iter().for_each(|part| places_within(part, found));
        }
        _ => found.push(expr.span),
    }
}

/// Lowers `expr` (or its negation), adding an occurrence for every predicate in it, in source order.
pub(super) fn formula(
    lowering: &Lowering<'_>,
    expr: &Expr,
    negated: bool,
    occurrences: &mut Vec<Occurrence>,
) -> Formula {
    match &expr.kind {
        ExprKind::Bool(value) => constant(*value != negated),
        ExprKind::Not(inner) if is_atom(inner) => {
            predicate(lowering, inner, !negated, expr, occurrences)
        }
        ExprKind::Not(inner) => formula(lowering, inner, !negated, occurrences),
        ExprKind::And(parts) | ExprKind::Or(parts) => {
            let parts = parts
                .iter()
                .map(|part| formula(lowering, part, negated, occurrences))
                .collect();
            if matches!(expr.kind, ExprKind::And(_)) != negated {
                Formula::And(parts)
            } else {
                Formula::Or(parts)
            }
        }
        _ => predicate(lowering, expr, negated, expr, occurrences),
    }
}

/// A single predicate, or a quantifier.
fn is_atom(expr: &Expr) -> bool {
    !matches!(
        expr.kind,
        ExprKind::Bool(_) | ExprKind::Not(_) | ExprKind::And(_) | ExprKind::Or(_)
    )
}

/// Lowers an atom or its negation; `written` is what the user wrote of it, with its `not`.
fn predicate(
    lowering: &Lowering<'_>,
    atom: &Expr,
    negated: bool,
    written: &Expr,
    occurrences: &mut Vec<Occurrence>,
) -> Formula {
    let index = occurrences.len();
    let (formula, pushdown, reason) = match lowering.atom(atom, negated) {
        Lowered::Constant(value) => (
            constant(value),
            Pushdown::Exact,
            "the event alone decides it".into(),
        ),
        Lowered::Checks {
            field,
            checks,
            pushdown,
            reason,
        } => (literals(field, checks, index), pushdown, reason),
        Lowered::Userland(reason) => (Formula::True, Pushdown::None, reason),
    };
    let (atom, span) = (written.clone(), written.span);
    let plan = PredicatePlan {
        atom,
        span,
        pushdown,
        reason,
    };
    occurrences.push(Occurrence {
        plan,
        dropped: None,
    });
    formula
}

fn constant(value: bool) -> Formula {
    if value { Formula::True } else { Formula::False }
}

/// All of the checks on one field.
fn literals(field: Option<Field>, checks: Vec<Check>, index: usize) -> Formula {
    let literal = |check| {
        let test = Test { field, check };
        Formula::Literal(Literal {
            test,
            from: BTreeSet::from([index]),
        })
    };
    Formula::And(checks.into_iter().map(literal).collect())
}
