//! Functions that are compared with something that they never give, or that `~` makes superfluous.

use super::words;
use crate::check::Context;
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::functions::{Asked, Impossible};
use crate::hir::{Call, Expr, ExprKind, Operand, TextOp, display};
use crate::pattern::PatternSet;

/// Warns about the functions of one test.
pub(super) fn check(expr: &Expr, cx: &mut Context<'_>) {
    let (operands, fold) = match &expr.kind {
        ExprKind::Text { value, fold, .. } => ([Some(value), None], *fold),
        ExprKind::Pattern { value, set } => ([Some(value), None], set.fold()),
        ExprKind::TextPair {
            value, with, fold, ..
        } => ([Some(value), Some(with)], *fold),
        _ => return,
    };
    for operand in operands.into_iter().flatten().filter(|_| fold) {
        if let Operand::Call(call) = operand
            && matches!(call.function.name, "lower" | "upper")
        {
            let name = call.function.name;
            let message = format!("`{name}` makes no difference: `~` ignores case already");
            cx.report(
                Diagnostic::warning(codes::CALL_ADDS_NOTHING, message, expr.span)
                    .help("write one of them only"),
            );
        }
    }
    if let ExprKind::Pattern {
        value: Operand::Call(call),
        set,
    } = &expr.kind
    {
        pattern(call, set, expr, cx);
    }
    if let ExprKind::Text {
        op,
        value: Operand::Call(call),
        literals,
        fold,
    } = &expr.kind
    {
        for literal in literals.iter() {
            let asked = Asked {
                op: *op,
                literal,
                fold: *fold,
            };
            if let Some((name, found)) = impossible(call, asked) {
                never_given(name, literal, &found, expr, cx);
            }
        }
    }
}

/// Warns if nothing that a call gives has what every match of a pattern has.
fn pattern(call: &Call, set: &PatternSet, expr: &Expr, cx: &mut Context<'_>) {
    for group in &set.literals().necessary {
        let found = group.iter().map(|test| {
            let asked = Asked {
                op: test.op,
                literal: &test.literal,
                fold: test.fold,
            };
            Some((&test.literal, impossible(call, asked)?))
        });
        let found: Option<Vec<_>> = found.collect();
        if let Some((literal, (name, found))) = found.as_ref().and_then(|all| all.first()) {
            never_given(name, literal, found, expr, cx);
            return;
        }
    }
}

/// Whether what a call gives never passes a test, and the function because of which. A part of what
/// another function gives has nothing that this one never gives.
fn impossible(call: &Call, asked: Asked<'_>) -> Option<(&'static str, Impossible)> {
    let found = (call.function.impossible)(asked).map(|found| (call.function.name, found));
    found.or_else(|| match &call.arguments[..] {
        [Operand::Call(inner)] if call.function.is_part => impossible(
            inner,
            Asked {
                op: TextOp::Contains,
                ..asked
            },
        ),
        _ => None,
    })
}

fn never_given(name: &str, literal: &[u8], found: &Impossible, expr: &Expr, cx: &mut Context<'_>) {
    let shown = display::literal(literal);
    let message = format!(
        "nothing that `{name}` gives matches `{shown}`: {}",
        found.why
    );
    let place = words::literal(literal, expr.span, cx);
    let span = place.unwrap_or(expr.span);
    let mut diagnostic = Diagnostic::warning(codes::NEVER_GIVEN, message, span);
    if let Some(instead) = &found.instead {
        let instead = display::literal(instead);
        diagnostic = diagnostic.help(format!("did you mean `{instead}`?"));
        if let Some(place) = place {
            diagnostic = diagnostic.suggest(format!("write `{instead}`"), place, instead);
        }
    }
    cx.report(diagnostic);
}
