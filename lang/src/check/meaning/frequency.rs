//! Events that happen so often that a policy should not take all of them: the kernel must be able to
//! keep some back.

use crate::check::Context;
use crate::codes;
use crate::context::{self, Origin, ProcessField};
use crate::diagnostics::Diagnostic;
use crate::hir::{Expr, ExprKind, Field, Iterated, On, Operand};

/// The set of such events in the standard library.
const FREQUENT: &str = "frequent";

/// Warns about a clause on a frequent event with nothing by which the kernel could choose.
pub(super) fn check(on: &On, scope: Option<&Expr>, cx: &mut Context<'_>) {
    let Some(event) = cx.schema.event(on.event) else {
        return;
    };
    if !event.sets.iter().any(|set| set == FREQUENT) {
        return;
    }
    let mut conditions = scope.into_iter().chain(&on.condition).peekable();
    let none = conditions.peek().is_none();
    if !conditions.all(|condition| passes_all(condition, false)) {
        return;
    }
    let diagnostic = if none {
        let message = format!("every `{}` of the machine is taken", event.name);
        Diagnostic::warning(codes::UNFILTERED, message, on.span)
            .help("give it a `where`, or the policy a `scope`")
    } else {
        let message = format!(
            "every `{}` of the machine is taken to be looked at",
            event.name
        );
        Diagnostic::warning(codes::UNFILTERED, message, on.span)
            .help("compare an argument, too: the kernel does not know what is asked for here")
    };
    cx.report(diagnostic.note("there can be many thousands of them in a second"));
}

/// Whether the kernel surely lets every event pass that a condition, or its negation, is asked of.
fn passes_all(expr: &Expr, negated: bool) -> bool {
    match &expr.kind {
        ExprKind::Bool(value) => *value != negated,
        ExprKind::Not(of) => passes_all(of, !negated),
        ExprKind::And(parts) | ExprKind::Or(parts) => {
            let mut parts = parts.iter().map(|part| passes_all(part, negated));
            match matches!(expr.kind, ExprKind::And(_)) != negated {
                true => parts.all(|passes| passes),
                false => parts.any(|passes| passes),
            }
        }
        ExprKind::Test(value) | ExprKind::Exists(value) => unknown(value),
        ExprKind::Compare { left, right, .. } => {
            let constant = |side: &Operand| matches!(side, Operand::Int(_) | Operand::Text(_));
            [left, right]
                .into_iter()
                .all(|side| constant(side) || unknown(side))
        }
        ExprKind::InInts { value, .. }
        | ExprKind::InAddresses { value, .. }
        | ExprKind::Text { value, .. }
        | ExprKind::Has { value, .. } => unknown(value),
        ExprKind::Pattern { value, set } => {
            let known = set.literals();
            let none = match negated {
                true => known.sufficient.is_empty(),
                false => known.necessary.is_empty(),
            };
            none || unknown(value)
        }
        ExprKind::TextPair { value, with, .. } => [value, with].into_iter().all(unknown),
        // The kernel follows process trees by the number of their root.
        ExprKind::Quantifier { over, body, .. } => {
            *over == Iterated::Ancestors && !asks_for_pid(body)
        }
    }
}

/// Whether the kernel does not know a value.
fn unknown(operand: &Operand) -> bool {
    match operand {
        Operand::Field(Field::Context(field), _) => {
            context::info(*field).is_some_and(|info| info.origin == Origin::Userland)
        }
        Operand::Ancestor(..) => true,
        Operand::Call(call) => call.arguments.iter().any(unknown),
        Operand::Field(Field::Slot(_), _)
        | Operand::Element(_)
        | Operand::Int(_)
        | Operand::Text(_) => false,
    }
}

fn asks_for_pid(expr: &Expr) -> bool {
    let is_pid = |operand: &Operand| matches!(operand, Operand::Ancestor(_, ProcessField::HostPid));
    match &expr.kind {
        ExprKind::Not(of) => asks_for_pid(of),
        ExprKind::And(parts) | ExprKind::Or(parts) => parts.iter().any(asks_for_pid),
        ExprKind::Compare { left, right, .. } => is_pid(left) || is_pid(right),
        ExprKind::InInts { value, .. } => is_pid(value),
        _ => false,
    }
}
