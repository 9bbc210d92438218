//! The sides of an operator: what they are, and what is wrong if they are not that.

use super::Condition;
use super::binary::Operator;
use super::paths::{Found, Typed};
use crate::ast::{Expr, ExprKind, Name};
use crate::check::literals;
use crate::check::names::List;
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::hir::{CompareOp, Operand};
use crate::source::Span;
use crate::types::Type;

/// One side.
pub(super) enum Side<'c, 'e> {
    /// A value of the event.
    Value(Typed),
    /// A literal or a constant, whose type the other side says.
    Literal(&'e Expr),
    /// A `list`, with the place of its use.
    List(&'c List, Span),
}

impl<'c, 'a: 'c> Condition<'c, 'a, '_> {
    /// What stands on one side; a `let` stands for what it says.
    pub(super) fn side(&mut self, expr: &'a Expr) -> Option<Side<'c, 'a>> {
        let ExprKind::Path(path) = &expr.kind else {
            return match &expr.kind {
                ExprKind::Error => None,
                ExprKind::Int(_)
                | ExprKind::Text(_)
                | ExprKind::Bool(_)
                | ExprKind::Address(_)
                | ExprKind::Duration(_)
                | ExprKind::Date(_)
                | ExprKind::List(_)
                | ExprKind::Range(..) => Some(Side::Literal(expr)),
                ExprKind::Call(call) => {
                    if let Some(function) = self.function(&call.function) {
                        return self.apply(function, &call.arguments, expr.span, Self::side);
                    }
                    let given = self.call(&call.function, &call.arguments, expr.span);
                    given.map(Side::Value)
                }
                _ => {
                    self.not_a_value(expr.span, "a condition");
                    None
                }
            };
        };
        match self.find(path, expr.span, false)? {
            Found::Value(value) => Some(Side::Value(value)),
            Found::Constant => Some(Side::Literal(expr)),
            Found::Literal(argument) => Some(Side::Literal(argument)),
            Found::List(list) => Some(Side::List(list, expr.span)),
            Found::Let(decl) => self.inline(decl, expr.span, Vec::new(), Self::side),
            Found::Struct(_, id) => {
                let ty = self.cx.schema.struct_type(id);
                let written = self.cx.map.slice(expr.span);
                let message = format!("`{written}` is a struct `{}`, not a value", ty.name);
                let fields = ty
                    .fields
                    .iter()
                    .map(|(name, ..)| format!("`{written}.{name}`"));
                let fields: Vec<_> = fields.collect();
                self.report(
                    Diagnostic::error(codes::NOT_A_VALUE, message, expr.span)
                        .help(format!("it has {}", fields.join(", "))),
                );
                None
            }
            found @ (Found::Ancestors | Found::Ancestor) => {
                let what = found.describe(self.cx.schema);
                self.not_a_value(expr.span, &what);
                None
            }
        }
    }

    /// A value of the event by itself, with its type: of an output.
    pub(in crate::check) fn value(&mut self, expr: &'a Expr) -> Option<(Operand, Type)> {
        match self.side(expr)? {
            Side::Value(value) => Some((value.operand, value.ty)),
            Side::Literal(literal) => {
                if let ExprKind::Path(path) = &literal.kind {
                    self.unknown(&path[0]);
                } else {
                    self.not_a_value(literal.span, "a literal, the same for every event");
                }
                None
            }
            Side::List(_, place) => {
                self.not_a_value(place, "a list");
                None
            }
        }
    }

    /// The left side of an operator that wants a field there.
    pub(super) fn left_value(
        &mut self,
        left: Side<'_, '_>,
        right: &Side<'_, '_>,
        span: Span,
    ) -> Option<Typed> {
        match (left, right) {
            (Side::Value(value), _) => Some(value),
            (Side::Literal(left), Side::Value(_)) => {
                if let ExprKind::Path(path) = &left.kind {
                    self.unknown(&path[0]);
                } else {
                    let message = "the field stands on the left of this operator";
                    self.report(Diagnostic::error(codes::NOT_A_VALUE, message, left.span));
                }
                None
            }
            (Side::Literal(left), _) => {
                self.only_literals(left, None, span);
                None
            }
            (Side::List(_, place), _) => {
                self.not_a_value(place, "a list");
                None
            }
        }
    }

    /// Reports two sides of which neither is of the event.
    pub(super) fn only_literals(&mut self, left: &Expr, right: Option<&Expr>, span: Span) {
        // A bare name that is nothing is the likelier mistake.
        for side in [Some(left), right].into_iter().flatten() {
            if let ExprKind::Path(path) = &side.kind {
                let name: &Name = &path[0];
                self.unknown(name);
                return;
            }
        }
        let message = "neither side depends on the event";
        self.report(Diagnostic::error(codes::ONLY_LITERALS, message, span));
    }

    pub(super) fn not_a_value(&mut self, span: Span, what: &str) {
        let message = format!("`{}` is {what}, not a value", self.cx.map.slice(span));
        self.report(Diagnostic::error(codes::NOT_A_VALUE, message, span));
    }

    pub(super) fn wants_order(
        &mut self,
        operator: &Operator,
        op: CompareOp,
        ty: &Type,
    ) -> Option<()> {
        if op == CompareOp::Eq || literals::has_order(ty) {
            return Some(());
        }
        let written = format!("`{}`", operator.op.symbol());
        self.wrong_operator(operator, &written, ty);
        None
    }

    pub(super) fn no_fold(&mut self, operator: &Operator, ty: &Type) -> Option<()> {
        if operator.fold {
            self.wrong_operator(operator, "`~`", ty);
            return None;
        }
        Some(())
    }

    pub(super) fn wrong_operator(&mut self, operator: &Operator, written: &str, ty: &Type) {
        let message = format!("{written} is not for `{}`", self.cx.schema.type_name(ty));
        let mut diagnostic = Diagnostic::error(codes::WRONG_OPERATOR, message, operator.span);
        match ty {
            Type::List(_) => diagnostic = diagnostic.help("write `any x in … { … }`"),
            Type::Ip if !operator.fold => {
                diagnostic = diagnostic.help("write a range: `in 10.0.0.1..10.0.0.9`");
            }
            _ => {}
        }
        self.report(diagnostic);
    }
}
