//! `has`, `exists` and quantifiers.

use super::paths::{Found, Typed};
use super::{Binder, Condition};
use crate::ast::{Expr, ExprKind, HasFlags, Quantifier};
use crate::check::literals;
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::hir::{self, Field, Iterated, Operand};
use crate::source::Span;
use crate::types::{FlagsId, Type};

impl<'c, 'a: 'c> Condition<'c, 'a, '_> {
    /// `x has F`, `x has any [F, G]`
    pub(super) fn has(&mut self, value: &'a Expr, flags: &'a HasFlags) -> Option<hir::ExprKind> {
        let value = match self.operand(value)? {
            (Found::Value(value), _) => value,
            (found, span) => {
                let what = found.describe(self.cx.schema);
                self.not_a_value(span, &what);
                return None;
            }
        };
        let (wanted, all, span) = match flags {
            HasFlags::One(flag) => (std::slice::from_ref(flag), true, flag.span),
            HasFlags::Many { all, flags, span } => (&flags[..], *all, *span),
        };
        let Type::Flags(id) = value.ty else {
            let message = format!(
                "`has` is for flags, not for `{}`",
                self.cx.schema.type_name(&value.ty)
            );
            self.report(Diagnostic::error(codes::WRONG_OPERATOR, message, span));
            return None;
        };
        if wanted.is_empty() {
            self.report(Diagnostic::error(
                codes::EMPTY_LIST,
                "the list is empty",
                span,
            ));
            return None;
        }
        let made: Vec<_> = wanted.iter().map(|flag| self.flag(flag, id)).collect();
        let flags = made.into_iter().collect::<Option<Vec<_>>>()?;
        Some(hir::ExprKind::Has {
            value: value.operand,
            flags,
            all,
        })
    }

    /// A flag as `(mask, want)`.
    fn flag(&mut self, expr: &Expr, id: FlagsId) -> Option<(u64, u64)> {
        let ty = Type::Flags(id);
        match &expr.kind {
            ExprKind::Path(path) if path.len() == 1 => {
                match literals::flag(self.cx.schema, id, &path[0].text) {
                    Some(flag) => Some((flag.mask, flag.value)),
                    None => {
                        literals::unknown_constant(&path[0], &ty, self.cx);
                        None
                    }
                }
            }
            _ => match literals::literal(expr, &ty, false, self.cx)? {
                literals::Literal::Ints(0, _) => {
                    let message = "`has` asks for bits; 0 has none";
                    self.report(
                        Diagnostic::error(codes::NO_BITS, message, expr.span)
                            .help("compare with `==`"),
                    );
                    None
                }
                // The low 64 bits of the two's complement.
                literals::Literal::Ints(bits, _) => Some((bits as u64, bits as u64)),
                _ => None,
            },
        }
    }

    /// `x exists`. A struct is there if any field of it is.
    pub(super) fn exists(&mut self, of: &'a Expr, span: Span) -> Option<hir::ExprKind> {
        match self.operand(of)? {
            (Found::Value(value), _) => Some(hir::ExprKind::Exists(value.operand)),
            (Found::Struct(first, id), _) => {
                let span = self.place(span);
                let fields = self.cx.schema.struct_type(id).fields.iter();
                let fields = (first..).zip(fields).map(|(slot, (_, _, ty))| hir::Expr {
                    kind: hir::ExprKind::Exists(Operand::Field(Field::Slot(slot), ty.clone())),
                    span,
                });
                Some(hir::ExprKind::Or(fields.collect()))
            }
            (found, span) => {
                let what = found.describe(self.cx.schema);
                self.not_a_value(span, &what);
                None
            }
        }
    }

    /// `any x in xs { … }`
    pub(super) fn quantifier(&mut self, of: &'a Quantifier) -> Option<hir::ExprKind> {
        let Quantifier {
            all,
            binder,
            over,
            body,
        } = of;
        let over = match self.operand(over)? {
            (Found::Ancestors, _) => Iterated::Ancestors,
            (
                Found::Value(Typed {
                    operand: Operand::Field(field, Type::List(_)),
                    ..
                }),
                _,
            ) => Iterated::List(field),
            (found, span) => {
                let what = found.describe(self.cx.schema);
                let message = format!("`{}` is {what}", self.cx.map.slice(span));
                self.report(
                    Diagnostic::error(codes::TYPE_MISMATCH, message, span)
                        .help("elements are in lists of the event (`argv`) and `proc.ancestors`"),
                );
                return None;
            }
        };
        let argument = self
            .event
            .is_some_and(|event| event.arg(&binder.text).is_some());
        // A `let` does not see the names around its use.
        let hidden = self.lets.last().map_or(0, |inlined| inlined.hidden);
        let outer = self.binders[hidden..]
            .iter()
            .find(|outer| outer.name.text == binder.text);
        let other = outer
            .map(|outer| outer.name.span)
            .or(self.parameter_named(&binder.text))
            .or(self.names.declared(&binder.text));
        if argument || other.is_some() {
            let message = format!("`{}` is a name of something else already", binder.text);
            let mut diagnostic = Diagnostic::error(codes::NAME_CLASH, message, binder.span);
            if let Some(other) = other {
                diagnostic = diagnostic.related(other, "here");
            }
            self.report(diagnostic.help("name the element differently"));
            return None;
        }
        let ancestor = over == Iterated::Ancestors;
        self.binders.push(Binder {
            name: binder.clone(),
            ancestor,
        });
        let body = self.expr(body);
        self.binders.pop();
        Some(hir::ExprKind::Quantifier {
            all: *all,
            over,
            body: Box::new(body?),
        })
    }

    /// What an operand is that must be of the event, with the place where it is written.
    pub(super) fn operand(&mut self, expr: &'a Expr) -> Option<(Found<'c, 'a>, Span)> {
        if matches!(expr.kind, ExprKind::Error) {
            return None;
        }
        let path = match &expr.kind {
            ExprKind::Path(path) => path,
            ExprKind::Call(call) => {
                if let Some(function) = self.function(&call.function) {
                    return self.apply(function, &call.arguments, expr.span, Self::operand);
                }
                let given = self.call(&call.function, &call.arguments, expr.span)?;
                return Some((Found::Value(given), expr.span));
            }
            _ => {
                let message = format!("`{}` is not a field", self.cx.map.slice(expr.span));
                self.report(Diagnostic::error(codes::NOT_A_VALUE, message, expr.span));
                return None;
            }
        };
        match self.find(path, expr.span, true)? {
            Found::Let(decl) => self.inline(decl, expr.span, Vec::new(), |this, value| {
                this.operand(value)
            }),
            found => Some((found, expr.span)),
        }
    }
}
