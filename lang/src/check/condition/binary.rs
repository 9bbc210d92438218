//! Operators with two sides.

use std::sync::Arc;

use super::Condition;
use super::paths::{Found, Typed};
use crate::ast::{BinaryOp, Expr, ExprKind, Name};
use crate::check::literals::{self, Literal, Literals};
use crate::codes;
use crate::context::{ContextField, ProcessField};
use crate::diagnostics::Diagnostic;
use crate::hir::{self, CompareOp, Field, Operand, TextOp};
use crate::source::Span;
use crate::types::Type;

/// The kernel keeps this much of a task's name.
const MAX_COMM: usize = 15;

/// An operator as it was written.
pub(super) struct Operator {
    pub(super) op: BinaryOp,
    pub(super) span: Span,
    pub(super) negated: bool,
    pub(super) fold: bool,
}

/// One side.
enum Side<'c, 'e> {
    Value(Typed),
    /// A literal or a constant, whose type the other side says.
    Literal(&'e Expr),
    List(&'c crate::check::names::List, Span),
}

/// The right side of `in`, `prefix`, …: what is compared with, and whether something of it could
/// never match (which was reported).
type Texts = Option<Vec<Arc<[u8]>>>;

impl<'c, 'a: 'c> Condition<'c, 'a, '_> {
    pub(super) fn binary(
        &mut self,
        operator: &Operator,
        left: &'_ Expr,
        right: &'_ Expr,
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
        if matches!(
            operator.op,
            BinaryOp::Glob | BinaryOp::Regex | BinaryOp::Under
        ) {
            let message = format!("`{written}` is not supported yet");
            self.report(Diagnostic::error(codes::NOT_YET, message, operator.span));
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
            BinaryOp::Eq | BinaryOp::Ne => {
                self.compare(operator, CompareOp::Eq, left_side, right_side, span)?
            }
            BinaryOp::Lt => self.compare(operator, CompareOp::Lt, left_side, right_side, span)?,
            BinaryOp::Le => self.compare(operator, CompareOp::Le, left_side, right_side, span)?,
            BinaryOp::Gt => self.compare(operator, CompareOp::Gt, left_side, right_side, span)?,
            BinaryOp::Ge => self.compare(operator, CompareOp::Ge, left_side, right_side, span)?,
            BinaryOp::Glob | BinaryOp::Regex | BinaryOp::Under => return None,
        };
        if operator.negated || operator.op == BinaryOp::Ne {
            let span = self.place(span);
            return Some(hir::ExprKind::Not(Box::new(hir::Expr { kind, span })));
        }
        Some(kind)
    }

    /// What stands on one side; a `let` stands for what it says.
    fn side<'e>(&mut self, expr: &'e Expr) -> Option<Side<'c, 'e>>
    where
        'a: 'e,
    {
        let ExprKind::Path(path) = &expr.kind else {
            return match &expr.kind {
                ExprKind::Error => None,
                ExprKind::Int(_)
                | ExprKind::Text(_)
                | ExprKind::Bool(_)
                | ExprKind::Address
                | ExprKind::List(_)
                | ExprKind::Range(..) => Some(Side::Literal(expr)),
                ExprKind::Call(name, _) => {
                    self.unknown_function(name);
                    None
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
            Found::List(list) => Some(Side::List(list, expr.span)),
            Found::Let(decl) => self.inline(decl, expr.span, |this, value| this.side(value)),
            found @ (Found::Struct(..) | Found::Ancestors | Found::Ancestor) => {
                let what = found.describe(self.cx.schema);
                self.not_a_value(expr.span, &what);
                None
            }
        }
    }

    pub(super) fn not_a_value(&mut self, span: Span, what: &str) {
        let message = format!("`{}` is {what}, not a value", self.cx.map.slice(span));
        self.report(Diagnostic::error(codes::NOT_A_VALUE, message, span));
    }

    /// Reports two sides of which neither is of the event.
    fn only_literals(&mut self, left: &Expr, right: Option<&Expr>, span: Span) {
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
        if matches!(literal.kind, ExprKind::List(_) | ExprKind::Range(..)) {
            let message = format!("`{}` wants one value", operator.op.symbol());
            self.report(
                Diagnostic::error(codes::NOT_A_VALUE, message, literal.span).help("write `in`"),
            );
            return None;
        }
        if value.ty.is_text() {
            self.wants_order(operator, op, &value.ty)?;
            let literals = self.texts(TextOp::Eq, &value, literal)?;
            return Some(hir::ExprKind::Text {
                op: TextOp::Eq,
                value: value.operand,
                literals,
                fold: operator.fold,
            });
        }
        self.no_fold(operator, &value.ty)?;
        self.wants_order(operator, op, &value.ty)?;
        match literals::literal(literal, &value.ty, false, self.cx)? {
            Literal::Ints(int, _) => Some(hir::ExprKind::Compare {
                op,
                left: value.operand,
                right: Operand::Int(int),
            }),
            Literal::Text(_) => None,
        }
    }

    fn compare_fields(
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
        if operator.fold {
            let message = "`~` between two fields is not supported yet";
            self.report(Diagnostic::error(codes::NOT_YET, message, operator.span));
            return None;
        }
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

    fn membership(
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
                    written = Literals {
                        all: vec![(range, expr.span)],
                    };
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
            self.kept(TextOp::Eq, &value, elements)?;
            return Some(hir::ExprKind::Text {
                op: TextOp::Eq,
                value: value.operand,
                literals: elements.texts(),
                fold: operator.fold,
            });
        }
        self.no_fold(operator, &value.ty)?;
        Some(hir::ExprKind::InInts {
            value: value.operand,
            ranges: elements.ranges(),
        })
    }

    fn text(
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
                self.kept(op, &value, &list.elements)?;
                list.elements.texts()
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

    /// The left side of an operator that wants a field there.
    fn left_value(
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

    fn texts(&mut self, op: TextOp, value: &Typed, expr: &Expr) -> Texts {
        let Literal::Text(text) = literals::literal(expr, &value.ty, false, self.cx)? else {
            return None;
        };
        let literals = Literals {
            all: vec![(Literal::Text(text), expr.span)],
        };
        self.kept(op, value, &literals)?;
        Some(literals.texts())
    }

    fn texts_of(&mut self, op: TextOp, value: &Typed, elements: &[Expr], span: Span) -> Texts {
        self.wants_literals(elements)?;
        let literals = literals::elements(elements, span, &value.ty, self.cx)?;
        self.kept(op, value, &literals)?;
        Some(literals.texts())
    }

    /// Elements of a list in a condition are literals and constants, not fields.
    fn wants_literals(&mut self, elements: &[Expr]) -> Option<()> {
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

    fn same_list_type(&mut self, list: &Type, value: &Type, place: Span) -> Option<()> {
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

    fn wants_list(&mut self, span: Span) {
        let message = "`in` wants a list or a range on its right";
        self.report(
            Diagnostic::error(codes::NOT_A_VALUE, message, span)
                .help("`in [1, 2]`, `in 1..9`, or the name of a `list`"),
        );
    }

    fn wants_order(&mut self, operator: &Operator, op: CompareOp, ty: &Type) -> Option<()> {
        if op == CompareOp::Eq || literals::has_order(ty) {
            return Some(());
        }
        let written = format!("`{}`", operator.op.symbol());
        self.wrong_operator(operator, &written, ty);
        None
    }

    fn no_fold(&mut self, operator: &Operator, ty: &Type) -> Option<()> {
        if operator.fold {
            self.wrong_operator(operator, "`~`", ty);
            return None;
        }
        Some(())
    }

    fn wrong_operator(&mut self, operator: &Operator, written: &str, ty: &Type) {
        let message = format!("{written} is not for `{}`", self.cx.schema.type_name(ty));
        let mut diagnostic = Diagnostic::error(codes::WRONG_OPERATOR, message, operator.span);
        if matches!(ty, Type::List(_)) {
            diagnostic = diagnostic.help("write `any x in … { … }`");
        }
        self.report(diagnostic);
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
