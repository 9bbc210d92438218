//! The places in conditions.

use super::With;
use crate::ast::{Expr, ExprKind, HasFlags};
use crate::source::Placed;

impl Placed for Expr {
    fn each_place(&mut self, with: With<'_>) {
        let Self { kind, span } = self;
        with(span);
        match kind {
            ExprKind::Or(parts) | ExprKind::And(parts) | ExprKind::List(parts) => {
                parts.each_place(with);
            }
            ExprKind::Not(of) | ExprKind::Exists(of) => of.each_place(with),
            ExprKind::Binary {
                op: _,
                op_span,
                negated: _,
                fold: _,
                left,
                right,
            } => {
                with(op_span);
                left.each_place(with);
                right.each_place(with);
            }
            ExprKind::Has { value, flags } => {
                value.each_place(with);
                match flags {
                    HasFlags::One(flag) => flag.each_place(with),
                    HasFlags::Many {
                        all: _,
                        flags,
                        span,
                    } => {
                        flags.each_place(with);
                        with(span);
                    }
                }
            }
            ExprKind::Quantifier {
                all: _,
                binder,
                over,
                body,
            } => {
                binder.each_place(with);
                over.each_place(with);
                body.each_place(with);
            }
            ExprKind::Call(name, arguments) => {
                name.each_place(with);
                arguments.each_place(with);
            }
            ExprKind::Path(names) => names.each_place(with),
            ExprKind::Int(int) => int.each_place(with),
            ExprKind::Text(text) => text.each_place(with),
            ExprKind::Duration(duration) => duration.each_place(with),
            ExprKind::Date(date) => date.each_place(with),
            ExprKind::Range(first, last) => {
                first.each_place(with);
                last.each_place(with);
            }
            ExprKind::Bool(_) | ExprKind::Address(_) | ExprKind::Error => {}
        }
    }
}
