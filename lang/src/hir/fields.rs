//! Which fields a condition looks at: for manuals, summaries and what has to be watched. Enter at [`each`],
//! [`operand`] or, for everything that policies look at, [`of_policies`].

use super::{Expr, ExprKind, Field, Iterated, MessagePart, Operand, PolicySet};
use crate::context::ProcessField;

/// A thing that a condition looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Used {
    /// An argument of the event, or its context.
    Field(Field),
    /// The process and those above it.
    Ancestors,
    /// A property of one of those.
    Ancestor(ProcessField),
}

/// Calls `found` with everything that the condition looks at, in order, as often as it does.
pub fn each(expr: &Expr, found: &mut dyn FnMut(Used)) {
    match &expr.kind {
        ExprKind::Bool(_) => {}
        ExprKind::Not(of) => each(of, found),
        ExprKind::And(all) | ExprKind::Or(all) => all.iter().for_each(|part| each(part, found)),
        ExprKind::Compare { left, right, .. } => {
            operand(left, found);
            operand(right, found);
        }
        ExprKind::Test(value)
        | ExprKind::Exists(value)
        | ExprKind::InInts { value, .. }
        | ExprKind::InAddresses { value, .. }
        | ExprKind::Text { value, .. }
        | ExprKind::Pattern { value, .. }
        | ExprKind::Has { value, .. } => operand(value, found),
        ExprKind::TextPair { value, with, .. } => {
            operand(value, found);
            operand(with, found);
        }
        ExprKind::Quantifier { over, body, .. } => {
            found(match over {
                Iterated::List(of) => Used::Field(*of),
                Iterated::Ancestors => Used::Ancestors,
            });
            each(body, found);
        }
    }
}

/// Calls `found` with the fields that the operand is or is made of.
pub fn operand(of: &Operand, found: &mut dyn FnMut(Used)) {
    match of {
        Operand::Field(of, _) => found(Used::Field(*of)),
        Operand::Ancestor(_, property) => found(Used::Ancestor(*property)),
        Operand::Call(call) => call.arguments.iter().for_each(|one| operand(one, found)),
        Operand::Int(_) | Operand::Text(_) | Operand::Element(_) => {}
    }
}

/// Calls `found` with everything that policies look at, as often as they do: in scopes, conditions with their
/// exceptions, messages and outputs.
pub fn of_policies(policies: &PolicySet, found: &mut dyn FnMut(Used)) {
    for policy in &policies.policies {
        let rules = policy.rules.iter().flat_map(|rule| &rule.on);
        let conditions = policy.selects.iter().chain(rules);
        let conditions = conditions.filter_map(|on| on.condition.as_deref());
        policy
            .scope
            .iter()
            .chain(conditions)
            .for_each(|condition| each(condition, found));
        for rule in &policy.rules {
            for part in rule.message.iter().flatten() {
                if let MessagePart::Field(of_events) = part {
                    of_events
                        .iter()
                        .for_each(|(_, field)| found(Used::Field(*field)));
                }
            }
            let values = rule.output.iter().flat_map(|output| &output.values);
            values.for_each(|(_, value, _)| operand(value, found));
        }
    }
}
