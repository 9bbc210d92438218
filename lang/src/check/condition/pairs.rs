//! Two values of the event: `pathname prefix proc.exe`, `"-i" in argv`, `uid in [0, proc.uid]`.

use super::Condition;
use super::binary::Operator;
use super::paths::Typed;
use super::sides::Side;
use crate::ast::{Expr, ExprKind};
use crate::check::literals::{self, Literal};
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::hir::{self, CompareOp, Field, Iterated, Operand, TextOp};
use crate::source::Span;
use crate::types::Type;

/// The elements of a list that is written in a condition.
pub(super) struct Elements<'a> {
    /// Literals and constants.
    pub(super) literals: Vec<&'a Expr>,
    /// Values of the event, with their places.
    pub(super) values: Vec<(Typed, Span)>,
    /// Whether nothing was reported of it.
    pub(super) complete: bool,
}

impl<'c, 'a: 'c> Condition<'c, 'a, '_> {
    /// One string against another.
    pub(super) fn text_pair(
        &mut self,
        operator: &Operator,
        op: TextOp,
        value: Typed,
        with: Typed,
        span: Span,
    ) -> Option<hir::ExprKind> {
        if op == TextOp::Eq {
            return self.compare_fields(operator, CompareOp::Eq, value, with, span);
        }
        let fits = match value.ty {
            Type::Bytes => with.ty == Type::Bytes,
            _ => with.ty.is_text(),
        };
        if !fits {
            let written = format!("`{}`", operator.op.symbol());
            self.wrong_operator(operator, &written, &with.ty);
            return None;
        }
        Some(hir::ExprKind::TextPair {
            op,
            value: value.operand,
            with: with.operand,
            fold: operator.fold,
        })
    }

    /// `"-i" in argv` is `any a in argv { a == "-i" }`.
    pub(super) fn in_event_list(
        &mut self,
        operator: &Operator,
        left: Side<'c, 'a>,
        (list, of): (Field, &Type),
        span: Span,
    ) -> Option<hir::ExprKind> {
        let element = Typed {
            operand: Operand::Element(0),
            ty: of.clone(),
        };
        let body = match left {
            Side::Literal(expr) => match &expr.kind {
                ExprKind::Path(path) => {
                    self.unknown(&path[0]);
                    return None;
                }
                ExprKind::List(_) => {
                    let message = "one value is looked up in a list, not several";
                    self.report(
                        Diagnostic::error(codes::NOT_A_VALUE, message, expr.span)
                            .help("write `any x in … { x in [ … ] }`"),
                    );
                    return None;
                }
                _ => match literals::literal(expr, of, false, self.cx)? {
                    Literal::Text(text) => hir::ExprKind::Text {
                        op: TextOp::Eq,
                        value: element.operand,
                        literals: [text].into(),
                        fold: operator.fold,
                    },
                    Literal::Ints(..) | Literal::Addresses(..) => return None,
                },
            },
            Side::Value(value) => {
                let value = Typed {
                    operand: value.operand.shifted(1),
                    ty: value.ty,
                };
                self.compare_fields(operator, CompareOp::Eq, element, value, span)?
            }
            Side::List(_, place) => {
                self.not_a_value(place, "a list");
                return None;
            }
        };
        let span = self.place(span);
        Some(hir::ExprKind::Quantifier {
            all: false,
            over: Iterated::List(list),
            body: Box::new(hir::Expr { kind: body, span }),
        })
    }

    /// What stands in a list that is written in a condition.
    pub(super) fn elements(&mut self, elements: &'a [Expr], span: Span) -> Elements<'a> {
        let mut found = Elements {
            literals: Vec::new(),
            values: Vec::new(),
            complete: !elements.is_empty(),
        };
        if elements.is_empty() {
            let message = "the list is empty";
            self.report(Diagnostic::error(codes::EMPTY_LIST, message, span));
        }
        for element in elements {
            match self.side(element) {
                Some(Side::Literal(expr)) => found.literals.push(expr),
                Some(Side::Value(value)) => found.values.push((value, element.span)),
                Some(Side::List(_, place)) => {
                    self.not_a_value(place, "a list");
                    found.complete = false;
                }
                None => found.complete = false,
            }
        }
        found
    }

    /// Elements of a list that is given to a `let` are literals and constants.
    pub(super) fn wants_literals(&mut self, elements: &'a [Expr], span: Span) -> Option<()> {
        let found = self.elements(elements, span);
        for (_, place) in &found.values {
            let written = self.cx.map.slice(*place);
            let message = format!("`{written}` is of the event, not a literal");
            self.report(
                Diagnostic::error(codes::NOT_A_VALUE, message, *place)
                    .help("a list that is given to a `let` has literals and constants only"),
            );
        }
        (found.complete && found.values.is_empty()).then_some(())
    }

    /// Any of one or more atoms; [`None`] if one of them is wrong.
    pub(super) fn any_of(
        &self,
        parts: Vec<Option<hir::ExprKind>>,
        span: Span,
    ) -> Option<hir::ExprKind> {
        let mut parts = parts.into_iter().collect::<Option<Vec<_>>>()?;
        if parts.len() == 1 {
            return parts.pop();
        }
        let span = self.place(span);
        let parts = parts.into_iter().map(|kind| hir::Expr { kind, span });
        Some(hir::ExprKind::Or(parts.collect()))
    }
}
