//! `in`.

use super::Condition;
use super::binary::Operator;
use super::paths::Typed;
use super::sides::Side;
use crate::ast::{Expr, ExprKind};
use crate::check::literals::{self, Literals};
use crate::check::times;
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
                ExprKind::List(elements) if value.ty.is_text() || value.ty == Type::Bytes => {
                    if value.ty == Type::Bytes {
                        self.no_fold(operator, &value.ty)?;
                    }
                    return self.any_text(operator, TextOp::Eq, value, elements, expr.span);
                }
                ExprKind::List(elements) => {
                    self.no_fold(operator, &value.ty)?;
                    return self.any_value(operator, value, elements, expr.span);
                }
                ExprKind::Range(..) => {
                    if !literals::has_order(&value.ty) && value.ty != Type::Ip {
                        self.wrong_operator(operator, "a range", &value.ty);
                        return None;
                    }
                    let range = literals::literal(expr, &value.ty, true, self.cx)?;
                    times::element(expr, &value.ty, self.cx);
                    written = Literals::new(vec![(range, expr.span)]);
                    &written
                }
                ExprKind::Address(address) => {
                    let network = literals::literal(expr, &value.ty, true, self.cx)?;
                    if !address.is_network {
                        self.one_address(operator, expr);
                        return None;
                    }
                    written = Literals::new(vec![(network, expr.span)]);
                    &written
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
        if !value.ty.is_text() {
            self.no_fold(operator, &value.ty)?;
        }
        if value.ty.is_text() || value.ty == Type::Bytes {
            let literals = self.compared(TextOp::Eq, operator.fold, &value, elements)?;
            return Some(hir::ExprKind::Text {
                op: TextOp::Eq,
                value: value.operand,
                literals,
                fold: operator.fold,
            });
        }
        Some(among(&value.ty, value.operand, elements))
    }

    /// A number or an address against any of several, which are literals or of the event themselves.
    fn any_value(
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
            let value = value.clone();
            parts.push(literals.map(|literals| among(&value.ty, value.operand, &literals)));
        }
        for (with, place) in elements.values {
            let equal = self.compare_fields(operator, CompareOp::Eq, value.clone(), with, place);
            parts.push(equal);
        }
        self.any_of(parts, span).filter(|_| elements.complete)
    }

    pub(super) fn same_list_type(&mut self, list: &Type, value: &Type, place: Span) -> Option<()> {
        let same = list == value
            || (list.is_text() && value.is_text())
            || (list, value) == (&Type::Cidr, &Type::Ip);
        if same {
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

    /// Reports `in 10.0.0.1`.
    fn one_address(&mut self, operator: &Operator, address: &Expr) {
        let written = self.cx.map.slice(address.span);
        let right = if operator.negated { "!=" } else { "==" };
        let message = format!("`in` wants a network, but `{written}` is one address");
        self.report(
            Diagnostic::error(codes::NOT_A_VALUE, message, address.span)
                .help(format!("write `{right}`"))
                .fix(format!("write `{right}`"), operator.span, right),
        );
    }

    pub(super) fn wants_list(&mut self, span: Span) {
        let message = "`in` wants a list or a range on its right";
        self.report(
            Diagnostic::error(codes::NOT_A_VALUE, message, span)
                .help("`in [1, 2]`, `in 1..9`, or the name of a `list`"),
        );
    }
}

/// Whether a number or an address is among some.
fn among(ty: &Type, value: Operand, literals: &Literals) -> hir::ExprKind {
    match ty {
        Type::Ip => hir::ExprKind::InAddresses {
            value,
            addresses: literals.addresses(),
        },
        _ => hir::ExprKind::InInts {
            value,
            ranges: literals.ranges(),
        },
    }
}
