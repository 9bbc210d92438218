//! Which fields a condition looks at: for manuals and summaries. Enter at [`each`] or [`operand`].

use super::{Expr, ExprKind, Field, Iterated, Operand};
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
