//! `in`.

use super::Condition;
use super::binary::Operator;
use super::sides::Side;
use crate::ast::ExprKind;
use crate::check::literals::{self, Literals};
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::hir::{self, TextOp};
use crate::source::Span;
use crate::types::Type;

impl<'c, 'a: 'c> Condition<'c, 'a, '_> {
    pub(super) fn membership(
        &mut self,
        operator: &Operator,
        left: Side<'c, '_>,
        right: Side<'c, '_>,
        span: Span,
    ) -> Option<hir::ExprKind> {
        let value = self.left_value(left, &right, span)?;
        let written;
        let elements: &Literals = match right {
            Side::List(list, place) => {
                if list.ty == Type::Error {
                    return None;
                }
                self.same_list_type(&list.ty, &value.ty, place)?;
                &list.elements
            }
            Side::Literal(expr) => match &expr.kind {
                ExprKind::List(elements) if value.ty.is_text() => {
                    let literals = self.texts_of(TextOp::Eq, &value, elements, expr.span)?;
                    return Some(hir::ExprKind::Text {
                        op: TextOp::Eq,
                        value: value.operand,
                        literals,
                        fold: operator.fold,
                    });
                }
                ExprKind::List(elements) => {
                    self.wants_literals(elements)?;
                    written = literals::elements(elements, expr.span, &value.ty, self.cx)?;
                    &written
                }
                ExprKind::Range(..) => {
                    if !literals::has_order(&value.ty) {
                        self.wrong_operator(operator, "a range", &value.ty);
                        return None;
                    }
                    let range = literals::literal(expr, &value.ty, true, self.cx)?;
                    written = Literals::new(vec![(range, expr.span)]);
                    &written
                }
                ExprKind::Address => {
                    let message = "addresses are not supported yet";
                    self.report(Diagnostic::error(codes::NOT_YET, message, expr.span));
                    return None;
                }
                ExprKind::Path(path) => {
                    self.unknown(&path[0]);
                    return None;
                }
                _ => {
                    self.wants_list(expr.span);
                    return None;
                }
            },
            Side::Value(list) => {
                if matches!(list.ty, Type::List(_)) {
                    let message = "`in` looks in lists of the policy, not in those of an event";
                    self.report(
                        Diagnostic::error(codes::WRONG_OPERATOR, message, operator.span)
                            .help("write `any x in … { x == … }`"),
                    );
                } else {
                    self.wants_list(operator.span);
                }
                return None;
            }
        };
        if value.ty.is_text() {
            let literals = self.compared(TextOp::Eq, &value, elements)?;
            return Some(hir::ExprKind::Text {
                op: TextOp::Eq,
                value: value.operand,
                literals,
                fold: operator.fold,
            });
        }
        self.no_fold(operator, &value.ty)?;
        Some(hir::ExprKind::InInts {
            value: value.operand,
            ranges: elements.ranges(),
        })
    }

    pub(super) fn same_list_type(&mut self, list: &Type, value: &Type, place: Span) -> Option<()> {
        if list == value || (list.is_text() && value.is_text()) {
            return Some(());
        }
        let name = |ty| self.cx.schema.type_name(ty);
        let written = self.cx.map.slice(place);
        let message = format!(
            "`{written}` is a list of `{}`, but the field is `{}`",
            name(list),
            name(value)
        );
        self.report(Diagnostic::error(codes::TYPE_MISMATCH, message, place));
        None
    }

    pub(super) fn wants_list(&mut self, span: Span) {
        let message = "`in` wants a list or a range on its right";
        self.report(
            Diagnostic::error(codes::NOT_A_VALUE, message, span)
                .help("`in [1, 2]`, `in 1..9`, or the name of a `list`"),
        );
    }
}
