//! Strings against literals: `==`, `in`, `prefix`, `suffix`, `contains`, `under`.

use super::Condition;
use super::binary::Operator;
use super::paths::{Found, Typed};
use super::sides::Side;
use crate::ast::{Expr, ExprKind};
use crate::check::literals::{self, Literal, Literals, Texts};
use crate::codes;
use crate::context::{ContextField, ProcessField};
use crate::diagnostics::Diagnostic;
use crate::hir::{self, Field, Operand, TextOp};
use crate::source::Span;
use crate::types::Type;

/// The kernel keeps this much of a task's name.
pub(in crate::check) const MAX_COMM: usize = 15;

impl<'c, 'a: 'c> Condition<'c, 'a, '_> {
    pub(super) fn text(
        &mut self,
        operator: &Operator,
        op: TextOp,
        left: Side<'c, '_>,
        right: Side<'c, '_>,
        span: Span,
    ) -> Option<hir::ExprKind> {
        let value = self.left_value(left, &right, span)?;
        if !value.ty.is_text() {
            let written = format!("`{}`", operator.op.symbol());
            self.wrong_operator(operator, &written, &value.ty);
            return None;
        }
        let literals = match right {
            Side::Literal(expr) => match &expr.kind {
                ExprKind::List(elements) => self.texts_of(op, &value, elements, expr.span)?,
                ExprKind::Path(path) => {
                    self.unknown(&path[0]);
                    return None;
                }
                _ => self.texts(op, &value, expr)?,
            },
            Side::List(list, place) => {
                if list.ty == Type::Error {
                    return None;
                }
                self.same_list_type(&list.ty, &value.ty, place)?;
                self.compared(op, &value, &list.elements)?
            }
            Side::Value(_) => {
                let message = format!(
                    "`{}` with a field is not supported yet",
                    operator.op.symbol()
                );
                self.report(Diagnostic::error(codes::NOT_YET, message, operator.span));
                return None;
            }
        };
        Some(hir::ExprKind::Text {
            op,
            value: value.operand,
            literals,
            fold: operator.fold,
        })
    }

    pub(super) fn texts(&mut self, op: TextOp, value: &Typed, expr: &Expr) -> Option<Texts> {
        let Literal::Text(text) = literals::literal(expr, &value.ty, false, self.cx)? else {
            return None;
        };
        let literals = Literals::new(vec![(Literal::Text(text), expr.span)]);
        self.compared(op, value, &literals)
    }

    pub(super) fn texts_of(
        &mut self,
        op: TextOp,
        value: &Typed,
        elements: &[Expr],
        span: Span,
    ) -> Option<Texts> {
        self.wants_literals(elements)?;
        let literals = literals::elements(elements, span, &value.ty, self.cx)?;
        self.compared(op, value, &literals)
    }

    /// The strings in the form that the operator compares with.
    pub(super) fn compared(
        &mut self,
        op: TextOp,
        value: &Typed,
        literals: &Literals,
    ) -> Option<Texts> {
        self.kept(op, value, literals)?;
        match op {
            TextOp::Under => self.directories(literals),
            _ => Some(literals.texts()),
        }
    }

    /// Elements of a list in a condition are literals and constants, not fields.
    pub(super) fn wants_literals(&mut self, elements: &[Expr]) -> Option<()> {
        let mut fine = Some(());
        for element in elements {
            if let ExprKind::Path(path) = &element.kind {
                match self.find(path, element.span, false) {
                    Some(Found::Constant) => {}
                    Some(_) => {
                        let written = self.cx.map.slice(element.span);
                        let message = format!("`{written}` in a list is not supported yet");
                        self.report(
                            Diagnostic::error(codes::NOT_YET, message, element.span)
                                .help("only literals and constants; join others with `or`"),
                        );
                        fine = None;
                    }
                    None => fine = None,
                }
            }
        }
        fine
    }

    /// Whether the field can hold all of the strings; it is a mistake if not.
    fn kept(&mut self, op: TextOp, value: &Typed, literals: &Literals) -> Option<()> {
        let comm = matches!(
            value.operand,
            Operand::Field(
                Field::Context(
                    ContextField::Proc(ProcessField::Comm)
                        | ContextField::Parent(ProcessField::Comm)
                ),
                _
            ) | Operand::Ancestor(_, ProcessField::Comm)
        );
        if !comm {
            return Some(());
        }
        let mut fine = Some(());
        for (literal, span) in &literals.all {
            if let Literal::Text(text) = literal
                && text.len() > MAX_COMM
            {
                let message = format!(
                    "a task name has at most {MAX_COMM} bytes, this has {}",
                    text.len()
                );
                let mut diagnostic = Diagnostic::error(codes::NEVER_MATCHES, message, *span);
                if let (TextOp::Eq, Ok(text)) = (op, std::str::from_utf8(&text[..MAX_COMM])) {
                    diagnostic = diagnostic.help(format!("the kernel keeps `{text}` of it"));
                }
                self.report(diagnostic);
                fine = None;
            }
        }
        fine
    }
}
