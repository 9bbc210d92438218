//! Task names that decide who is left alone: any program can call itself what it likes.

use crate::check::Context;
use crate::codes;
use crate::context::{ContextField, ProcessField};
use crate::diagnostics::Diagnostic;
use crate::hir::{Expr, ExprKind, Field, Operand};

/// Warns where a condition does not hold for processes of a certain name.
pub(super) fn check(condition: &Expr, cx: &mut Context<'_>) {
    excluded(condition, false, cx);
}

/// Warns where an exception is for processes of a certain name.
pub(super) fn excepted(condition: &Expr, cx: &mut Context<'_>) {
    excluded(condition, true, cx);
}

fn excluded(expr: &Expr, negated: bool, cx: &mut Context<'_>) {
    match &expr.kind {
        ExprKind::Not(of) => excluded(of, !negated, cx),
        ExprKind::And(parts) | ExprKind::Or(parts) => {
            parts.iter().for_each(|part| excluded(part, negated, cx));
        }
        ExprKind::Quantifier { body, .. } => excluded(body, negated, cx),
        ExprKind::Text { value, .. } | ExprKind::Pattern { value, .. } if negated => {
            let name = match value.innermost() {
                Operand::Field(Field::Context(ContextField::Proc(ProcessField::Comm)), _) => {
                    "proc.comm"
                }
                Operand::Field(Field::Context(ContextField::Parent(ProcessField::Comm)), _) => {
                    "proc.parent.comm"
                }
                Operand::Ancestor(_, ProcessField::Comm) => "comm",
                _ => return,
            };
            let message = format!("whoever sets `{name}` to this is left alone");
            let other = name.replace("comm", "exe");
            cx.report(
                Diagnostic::warning(codes::COMM_AS_IDENTITY, message, expr.span)
                    .help(format!("compare `{other}`"))
                    .note("any program can change its own task name (prctl(2), PR_SET_NAME)"),
            );
        }
        _ => {}
    }
}
