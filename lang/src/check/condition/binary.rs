//! Operators with two sides: which is which, and `==` and the orders. [`super::membership`] has `in`,
//! [`super::text`] the string operators, [`super::patterns`] those with patterns.

use std::sync::Arc;

use super::Condition;
use super::paths::Typed;
use super::sides::Side;
use crate::address::set::AddressSet;
use crate::ast::{BinaryOp, Expr, ExprKind};
use crate::check::literals::{self, Literal};
use crate::check::times;
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::hir::{self, CompareOp, Operand, TextOp};
use crate::pattern::PatternKind;
use crate::source::Span;
use crate::types::Type;

/// An operator as it was written.
pub(super) struct Operator {
    pub(super) op: BinaryOp,
    pub(super) span: Span,
    /// `not` before it.
    pub(super) negated: bool,
    /// `~` after it.
    pub(super) fold: bool,
}

impl<'c, 'a: 'c> Condition<'c, 'a, '_> {
    pub(super) fn binary(
        &mut self,
        operator: &Operator,
        left: &'a Expr,
        right: &'a Expr,
        span: Span,
    ) -> Option<hir::ExprKind> {
        let written = operator.op.symbol();
        if operator.negated && operator.op != BinaryOp::In {
            let message = format!("`not` can't stand before `{written}`");
            self.report(
                Diagnostic::error(codes::WRONG_WORD, message, operator.span)
                    .help(format!("write `not x {written} …`")),
            );
            return None;
        }
        // Both sides are looked at, so that both have their errors reported.
        let (left_side, right_side) = (self.side(left), self.side(right));
        let (left_side, right_side) = (left_side?, right_side?);
        let kind = match operator.op {
            BinaryOp::In => self.membership(operator, left_side, right_side, span)?,
            BinaryOp::Prefix => self.text(operator, TextOp::Prefix, left_side, right_side, span)?,
            BinaryOp::Suffix => self.text(operator, TextOp::Suffix, left_side, right_side, span)?,
            BinaryOp::Contains => {
                self.text(operator, TextOp::Contains, left_side, right_side, span)?
            }
            BinaryOp::Under => self.text(operator, TextOp::Under, left_side, right_side, span)?,
            BinaryOp::Eq | BinaryOp::Ne => {
                self.compare(operator, CompareOp::Eq, left_side, right_side, span)?
            }
            BinaryOp::Lt => self.compare(operator, CompareOp::Lt, left_side, right_side, span)?,
            BinaryOp::Le => self.compare(operator, CompareOp::Le, left_side, right_side, span)?,
            BinaryOp::Gt => self.compare(operator, CompareOp::Gt, left_side, right_side, span)?,
            BinaryOp::Ge => self.compare(operator, CompareOp::Ge, left_side, right_side, span)?,
            BinaryOp::Glob => {
                self.pattern(operator, PatternKind::Glob, left_side, right_side, span)?
            }
            BinaryOp::Regex => {
                self.pattern(operator, PatternKind::Regex, left_side, right_side, span)?
            }
        };
        if operator.negated || operator.op == BinaryOp::Ne {
            let span = self.place(span);
            return Some(hir::ExprKind::Not(Box::new(hir::Expr { kind, span })));
        }
        Some(kind)
    }

    fn compare(
        &mut self,
        operator: &Operator,
        op: CompareOp,
        left: Side<'c, '_>,
        right: Side<'c, '_>,
        span: Span,
    ) -> Option<hir::ExprKind> {
        let (value, literal, op) = match (left, right) {
            (Side::Value(left), Side::Value(right)) => {
                return self.compare_fields(operator, op, left, right, span);
            }
            (Side::Value(value), Side::Literal(literal)) => (value, literal, op),
            (Side::Literal(literal), Side::Value(value)) => (value, literal, flipped(op)),
            (Side::Literal(left), Side::Literal(right)) => {
                self.only_literals(left, Some(right), span);
                return None;
            }
            (Side::List(_, place), _) | (_, Side::List(_, place)) => {
                let message = format!("`{}` is a list", self.cx.map.slice(place));
                self.report(
                    Diagnostic::error(codes::NOT_A_VALUE, message, place).help("write `in`"),
                );
                return None;
            }
        };
        if let ExprKind::Address(address) = &literal.kind
            && address.is_network
            && value.ty == Type::Ip
            && op == CompareOp::Eq
        {
            self.one_of_a_network(operator, literal);
            return None;
        }
        if matches!(literal.kind, ExprKind::List(_) | ExprKind::Range(..)) {
            let message = format!("`{}` wants one value", operator.op.symbol());
            self.report(
                Diagnostic::error(codes::NOT_A_VALUE, message, literal.span).help("write `in`"),
            );
            return None;
        }
        if value.ty.is_text() {
            self.wants_order(operator, op, &value.ty)?;
            let literals = self.texts(TextOp::Eq, operator.fold, &value, literal)?;
            return Some(hir::ExprKind::Text {
                op: TextOp::Eq,
                value: value.operand,
                literals,
                fold: operator.fold,
            });
        }
        self.no_fold(operator, &value.ty)?;
        self.wants_order(operator, op, &value.ty)?;
        times::compared(op, literal, &value.ty, self.cx);
        match literals::literal(literal, &value.ty, false, self.cx)? {
            Literal::Ints(int, _) => Some(hir::ExprKind::Compare {
                op,
                left: value.operand,
                right: Operand::Int(int),
            }),
            Literal::Addresses(first, last) => Some(hir::ExprKind::InAddresses {
                value: value.operand,
                addresses: AddressSet::written([(first, last)]),
            }),
            // Bytes; a string was looked at before.
            Literal::Text(text) => Some(hir::ExprKind::Text {
                op: TextOp::Eq,
                value: value.operand,
                literals: Arc::new([text]),
                fold: false,
            }),
        }
    }

    /// Reports `ip == 10.0.0.0/8`.
    fn one_of_a_network(&mut self, operator: &Operator, network: &Expr) {
        let (written, wrong) = (self.cx.map.slice(network.span), operator.op.symbol());
        let right = if operator.op == BinaryOp::Ne {
            "not in"
        } else {
            "in"
        };
        let message = format!("`{wrong}` wants one address, but `{written}` is a network");
        let mut diagnostic = Diagnostic::error(codes::NOT_A_VALUE, message, network.span)
            .help(format!("write `{right}`"));
        if operator.span.start < network.span.start {
            diagnostic = diagnostic.fix(format!("write `{right}`"), operator.span, right);
        }
        self.report(diagnostic);
    }

    pub(super) fn compare_fields(
        &mut self,
        operator: &Operator,
        op: CompareOp,
        left: Typed,
        right: Typed,
        span: Span,
    ) -> Option<hir::ExprKind> {
        let text = left.ty.is_text() && right.ty.is_text();
        if !text && left.ty != right.ty {
            let message = format!(
                "`{}` can't be compared with `{}`",
                self.cx.schema.type_name(&left.ty),
                self.cx.schema.type_name(&right.ty)
            );
            self.report(Diagnostic::error(codes::TYPE_MISMATCH, message, span));
            return None;
        }
        if operator.fold && text {
            self.wants_order(operator, op, &left.ty)?;
            return Some(hir::ExprKind::TextPair {
                op: TextOp::Eq,
                value: left.operand,
                with: right.operand,
                fold: true,
            });
        }
        self.no_fold(operator, &left.ty)?;
        if matches!(left.ty, Type::List(_)) {
            let message = "lists can't be compared";
            self.report(
                Diagnostic::error(codes::WRONG_OPERATOR, message, operator.span)
                    .help("write `any x in … { … }`"),
            );
            return None;
        }
        self.wants_order(operator, op, &left.ty)?;
        Some(hir::ExprKind::Compare {
            op,
            left: left.operand,
            right: right.operand,
        })
    }
}

/// `3 < x` is `x > 3`.
fn flipped(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Eq => CompareOp::Eq,
        CompareOp::Lt => CompareOp::Gt,
        CompareOp::Le => CompareOp::Ge,
        CompareOp::Gt => CompareOp::Lt,
        CompareOp::Ge => CompareOp::Le,
    }
}
