//! `in`.

use super::Condition;
use super::binary::Operator;
use super::paths::Typed;
use super::sides::Side;
use crate::ast::{Expr, ExprKind};
use crate::check::literals::{self, Literals};
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::hir::{self, CompareOp, Operand, TextOp};
use crate::source::Span;
use crate::types::Type;

impl<'c, 'a: 'c> Condition<'c, 'a, '_> {
    pub(super) fn membership(
        &mut self,
        operator: &Operator,
        left: Side<'c, 'a>,
        right: Side<'c, 'a>,
        span: Span,
    ) -> Option<hir::ExprKind> {
        if let Side::Value(Typed {
            operand: Operand::Field(list, Type::List(of)),
            ..
        }) = &right
        {
            return self.in_event_list(operator, left, (*list, of), span);
        }
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
                    return self.any_text(operator, TextOp::Eq, value, elements, expr.span);
                }
                ExprKind::List(elements) => {
                    self.no_fold(operator, &value.ty)?;
                    return self.any_int(operator, value, elements, expr.span);
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
            Side::Value(_) => {
                self.wants_list(operator.span);
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

    /// A number against any of several, which are literals or of the event themselves.
    fn any_int(
        &mut self,
        operator: &Operator,
        value: Typed,
        elements: &'a [Expr],
        span: Span,
    ) -> Option<hir::ExprKind> {
        let elements = self.elements(elements, span);
        let mut parts = Vec::with_capacity(1);
        if !elements.literals.is_empty() {
            let literals = literals::elements(&elements.literals, span, &value.ty, self.cx);
            parts.push(literals.map(|literals| hir::ExprKind::InInts {
                value: value.operand.clone(),
                ranges: literals.ranges(),
            }));
        }
        for (with, place) in elements.values {
            let equal = self.compare_fields(operator, CompareOp::Eq, value.clone(), with, place);
            parts.push(equal);
        }
        self.any_of(parts, span).filter(|_| elements.complete)
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
