//! Strings against literals: `==`, `in`, `prefix`, `suffix`, `contains`, `under`.

use super::Condition;
use super::binary::Operator;
use super::calls::has_any_bytes;
use super::paths::Typed;
use super::sides::Side;
use crate::address::written::network_of_prefix;
use crate::ast::{Expr, ExprKind};
use crate::check::literals::{self, Literal, Literals, Texts};
use crate::codes;
use crate::context::{ContextField, ProcessField};
use crate::diagnostics::Diagnostic;
use crate::hir::{self, Field, Operand, TextOp, display};
use crate::schema::Schema;
use crate::source::Span;
use crate::suggest::nearest;
use crate::syscalls;
use crate::types::Type;

/// The kernel keeps this much of a task's name.
pub(in crate::check) const MAX_COMM: usize = 15;

impl<'c, 'a: 'c> Condition<'c, 'a, '_> {
    pub(super) fn text(
        &mut self,
        operator: &Operator,
        op: TextOp,
        left: Side<'c, 'a>,
        right: Side<'c, 'a>,
        span: Span,
    ) -> Option<hir::ExprKind> {
        let value = self.left_value(left, &right, span)?;
        if value.ty == Type::Bytes && op != TextOp::Under {
            self.no_fold(operator, &value.ty)?;
        } else if value.ty == Type::Ip {
            self.text_of_an_address(operator, op, &right);
            return None;
        } else if !value.ty.is_text() {
            let written = format!("`{}`", operator.op.symbol());
            self.wrong_operator(operator, &written, &value.ty);
            return None;
        }
        let literals = match right {
            Side::Literal(expr) => match &expr.kind {
                ExprKind::List(elements) => {
                    return self.any_text(operator, op, value, elements, expr.span);
                }
                ExprKind::Path(path) => {
                    self.unknown(&path[0]);
                    return None;
                }
                _ => self.texts(op, operator.fold, &value, expr)?,
            },
            Side::List(list, place) => {
                if list.ty == Type::Error {
                    return None;
                }
                self.same_list_type(&list.ty, &value.ty, place)?;
                self.compared(op, operator.fold, &value, &list.elements)?
            }
            Side::Value(with) => return self.text_pair(operator, op, value, with, span),
        };
        Some(hir::ExprKind::Text {
            op,
            value: value.operand,
            literals,
            fold: operator.fold,
        })
    }

    /// Reports `ip prefix "10."`.
    fn text_of_an_address(&mut self, operator: &Operator, op: TextOp, right: &Side<'_, '_>) {
        let message = format!("`{}` is not for `ip`", operator.op.symbol());
        let diagnostic = Diagnostic::error(codes::WRONG_OPERATOR, message, operator.span);
        let network = match right {
            Side::Literal(expr) => match &expr.kind {
                ExprKind::Text(text) if op == TextOp::Prefix => std::str::from_utf8(&text.bytes)
                    .ok()
                    .and_then(network_of_prefix)
                    .map(|network| (network, expr.span)),
                _ => None,
            },
            _ => None,
        };
        self.report(match network {
            Some((network, span)) => {
                let right = format!("in {network}");
                diagnostic.help(format!("did you mean `{right}`?")).suggest(
                    format!("write `{right}`"),
                    operator.span.to(span),
                    right,
                )
            }
            None => diagnostic.help("write `in 10.0.0.0/8`, or `in 10.0.0.1..10.0.0.9`"),
        });
    }

    pub(super) fn texts(
        &mut self,
        op: TextOp,
        fold: bool,
        value: &Typed,
        expr: &Expr,
    ) -> Option<Texts> {
        let Literal::Text(text) = literals::literal(expr, &literal_type(value), false, self.cx)?
        else {
            return None;
        };
        let literals = Literals::new(vec![(Literal::Text(text), expr.span)]);
        self.compared(op, fold, value, &literals)
    }

    /// A string against any of several, which are literals or of the event themselves.
    pub(super) fn any_text(
        &mut self,
        operator: &Operator,
        op: TextOp,
        value: Typed,
        elements: &'a [Expr],
        span: Span,
    ) -> Option<hir::ExprKind> {
        let elements = self.elements(elements, span);
        let mut parts = Vec::with_capacity(1);
        if !elements.literals.is_empty() {
            let ty = literal_type(&value);
            let literals = literals::elements(&elements.literals, span, &ty, self.cx);
            let texts =
                literals.and_then(|literals| self.compared(op, operator.fold, &value, &literals));
            parts.push(texts.map(|literals| hir::ExprKind::Text {
                op,
                value: value.operand.clone(),
                literals,
                fold: operator.fold,
            }));
        }
        for (with, place) in elements.values {
            parts.push(self.text_pair(operator, op, value.clone(), with, place));
        }
        self.any_of(parts, span).filter(|_| elements.complete)
    }

    /// The strings in the form that the operator compares with.
    pub(super) fn compared(
        &mut self,
        op: TextOp,
        fold: bool,
        value: &Typed,
        literals: &Literals,
    ) -> Option<Texts> {
        self.kept(op, value, literals)?;
        self.digests(op, fold, value, literals)?;
        self.wildcards(op, value, literals);
        match op {
            TextOp::Under => self.directories(literals),
            _ => Some(literals.texts()),
        }
    }

    /// Warns of stars that were meant as wildcards: hardly a path or a task name has one.
    fn wildcards(&mut self, op: TextOp, value: &Typed, literals: &Literals) {
        if value.ty != Type::Path && !is_task_name(&value.operand) {
            return;
        }
        for (text, span) in literals.texts_with_places() {
            if !text.contains(&b'*') {
                continue;
            }
            let not_star = |byte: &u8| *byte != b'*';
            let from = text.iter().position(not_star).unwrap_or(text.len());
            let to = text
                .iter()
                .rposition(not_star)
                .map_or(from, |last| last + 1);
            let without = match op {
                TextOp::Prefix => &text[..to],
                TextOp::Suffix => &text[from..],
                TextOp::Contains => &text[from..to],
                TextOp::Eq | TextOp::Under => text,
            };
            let shown = display::literal(text);
            let message = format!("`*` in `{shown}` stands for itself");
            let diagnostic = Diagnostic::warning(codes::STAR_IS_LITERAL, message, span);
            self.report(if without.is_empty() || without.contains(&b'*') {
                diagnostic.help("wildcards are for `glob`")
            } else {
                let without = display::literal(without);
                diagnostic
                    .help(format!("write `{} {without}`", op.word(1)))
                    .suggest("leave it out", span, without)
            });
        }
    }

    /// Whether all of the strings are names of what the field names; it is a mistake if not.
    fn named(&mut self, op: TextOp, value: &Typed, literals: &Literals) -> Option<()> {
        let Operand::Field(Field::Context(field), _) = &value.operand else {
            return Some(());
        };
        let schema = self.cx.schema;
        let Some((what, known)) = known_names(*field, schema).filter(|_| op == TextOp::Eq) else {
            return Some(());
        };
        let mut fine = Some(());
        for (text, span) in literals.texts_with_places() {
            if known
                .iter()
                .any(|name| name.as_bytes().eq_ignore_ascii_case(text))
            {
                continue;
            }
            let shown = display::literal(text);
            let message = format!("`{shown}` is not the name of {what}");
            let mut diagnostic = Diagnostic::error(codes::NEVER_MATCHES, message, span);
            let near = std::str::from_utf8(text).ok();
            if let Some(meant) = near.and_then(|text| nearest(text, known.iter().copied())) {
                diagnostic = diagnostic.help(format!("did you mean `{meant}`?")).suggest(
                    format!("write `{meant}`"),
                    span,
                    format!("\"{meant}\""),
                );
            }
            self.report(diagnostic);
            fine = None;
        }
        fine
    }

    /// Whether the field can hold all of the strings; it is a mistake if not.
    fn kept(&mut self, op: TextOp, value: &Typed, literals: &Literals) -> Option<()> {
        self.named(op, value, literals)?;
        if !is_task_name(&value.operand) {
            return Some(());
        }
        let mut fine = Some(());
        self.count_literals(literals.all.len(), literals.all.first()?.1)?;
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

/// Whether a string is one of the names that a field of the context can hold.
pub(in crate::check) fn known_names(
    field: ContextField,
    schema: &Schema,
) -> Option<(&'static str, Vec<&str>)> {
    match field {
        ContextField::EventName => {
            let names = schema.events.iter().map(|event| event.name.as_str());
            Some(("an event", names.collect()))
        }
        ContextField::EventSyscall => {
            let names = syscalls::all().map(|(_, name)| name);
            Some(("a syscall", names.collect()))
        }
        _ => None,
    }
}

/// Whether a string is a task name, or made of one.
pub(super) fn is_task_name(operand: &Operand) -> bool {
    matches!(
        operand.innermost(),
        Operand::Field(
            Field::Context(
                ContextField::Proc(ProcessField::Comm) | ContextField::Parent(ProcessField::Comm)
            ),
            _
        ) | Operand::Ancestor(_, ProcessField::Comm)
    )
}

/// The type of the literals that a string is compared with.
pub(super) fn literal_type(value: &Typed) -> Type {
    if has_any_bytes(&value.operand) {
        return Type::Bytes;
    }
    value.ty.clone()
}
