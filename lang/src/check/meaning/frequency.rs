//! Events that happen so often that a policy should not take all of them: the kernel must be able to
//! keep some back.

use crate::check::Context;
use crate::codes;
use crate::context::{self, Origin, ProcessField};
use crate::diagnostics::Diagnostic;
use crate::hir::{Expr, ExprKind, Field, Iterated, On, Operand};

/// The set of such events in the standard library.
const FREQUENT: &str = "frequent";

/// How many events a warning names.
const NAMED: usize = 3;

/// Warns about clauses on frequent events with nothing by which the kernel could choose, once a clause.
pub(super) fn check<'o>(
    all: impl Iterator<Item = &'o On>,
    scope: Option<&Expr>,
    cx: &mut Context<'_>,
) {
    let schema = cx.schema;
    let mut found: Vec<(&On, Vec<&str>)> = Vec::new();
    for on in all {
        let Some(event) = schema.event(on.event) else {
            continue;
        };
        let mut conditions = scope.into_iter().chain(on.condition.as_deref());
        if event.sets.iter().any(|set| set == FREQUENT)
            && conditions.all(|condition| passes_all(condition, false))
        {
            match found.last_mut() {
                Some((last, events)) if last.span == on.span => events.push(&event.name),
                _ => found.push((on, vec![&event.name])),
            }
        }
    }
    for (on, events) in found {
        let none = scope.is_none() && on.condition.is_none();
        let (what, help) = match none {
            true => ("taken", "give it a `where`, or the policy a `scope`"),
            false => (
                "taken to be looked at",
                "compare an argument, too: the kernel does not know what is asked for here",
            ),
        };
        let message = format!("every {} of the machine is {what}", listed(&events));
        cx.report(
            Diagnostic::warning(codes::UNFILTERED, message, on.span)
                .help(help)
                .note("there can be many thousands of them in a second"),
        );
    }
}

/// `a`, `b` and 7 more.
fn listed(events: &[&str]) -> String {
    let (shown, more) = match events.len() {
        count if count > NAMED => (NAMED - 1, count - NAMED + 1),
        count => (count, 0),
    };
    let shown: Vec<_> = events[..shown]
        .iter()
        .map(|event| format!("`{event}`"))
        .collect();
    match (shown.split_last(), more) {
        (Some((last, [])), 0) => last.clone(),
        (Some((last, before)), 0) => format!("{} and {last}", before.join(", ")),
        _ => format!("{} and {more} more", shown.join(", ")),
    }
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
