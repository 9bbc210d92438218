//! What a `let` stands for, put in place of its name: with its arguments, if it has parameters.
//!
//! It is hygienic: what it says sees its parameters and its file, not the names around its use; and
//! an argument sees those, not the `let`'s.

use super::paths::{Found, Typed};
use super::sides::Side;
use super::{Condition, MAX_DEPTH};
use crate::ast::{Expr, ExprKind, LetDecl, Name};
use crate::check::literals;
use crate::check::names::{List, Meaning};
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::functions;
use crate::source::Span;
use crate::types::Type;

/// A `let` that is being put in place.
pub(super) struct Inlined<'c, 'a> {
    pub(super) decl: &'a LetDecl,
    pub(super) used_at: Span,
    /// Binders of the place of use, which the `let` does not see.
    pub(super) hidden: usize,
    pub(super) parameters: Vec<Bound<'c, 'a>>,
}

/// A parameter and what it stands for.
pub(super) struct Bound<'c, 'a> {
    name: &'a Name,
    argument: Argument<'c, 'a>,
}

/// What a parameter stands for.
enum Argument<'c, 'a> {
    Value(Typed),
    Literal(&'a Expr),
    List(&'c List),
}

/// A `let` with parameters, and their types.
pub(super) type Function<'c, 'a> = (&'a LetDecl, &'c [Type]);

impl<'c, 'a: 'c> Condition<'c, 'a, '_> {
    /// Does something with what a `let` stands for, as if it stood at `used_at`.
    pub(super) fn inline<T>(
        &mut self,
        decl: &'a LetDecl,
        used_at: Span,
        parameters: Vec<Bound<'c, 'a>>,
        with: impl FnOnce(&mut Self, &'a Expr) -> Option<T>,
    ) -> Option<T> {
        let name = &decl.name.text;
        if decl.parameters.as_ref().map_or(0, |all| all.len()) != parameters.len() {
            self.wrong_count(decl, parameters.len(), used_at);
            return None;
        }
        let scope = self.names.of(decl);
        if scope.is_cyclic(decl) {
            self.cx.diagnostics.take_again();
            return None;
        }
        let same = |inlined: &Inlined<'_, '_>| inlined.decl.name.span == decl.name.span;
        if let Some(first) = self.lets.iter().position(same) {
            self.lets[first..]
                .iter()
                .for_each(|inlined| scope.set_cyclic(inlined.decl));
            let message = format!("`{name}` stands for itself");
            self.cx
                .report(Diagnostic::error(codes::LET_CYCLE, message, decl.name.span));
            return None;
        }
        self.count_part(used_at)?;
        if self.lets.len() >= MAX_DEPTH {
            self.give_up(used_at);
            return None;
        }
        let hidden = self.binders.len();
        self.lets.push(Inlined {
            decl,
            used_at,
            hidden,
            parameters,
        });
        let outside = std::mem::replace(&mut self.names, scope);
        let made = with(self, &decl.value);
        self.names = outside;
        self.lets.pop();
        made
    }

    /// The `let` with parameters of this name.
    pub(super) fn function(&mut self, name: &Name) -> Option<Function<'c, 'a>> {
        let found = self.names.find(std::slice::from_ref(name), self.cx);
        match &found.ok()??.0.meaning {
            // A `let` without parameters does not hide a function of the language.
            Meaning::Let(decl, types)
                if decl.parameters.is_some() || functions::find(&name.text).is_none() =>
            {
                Some((decl, types))
            }
            Meaning::Let(..) | Meaning::List(_) => None,
        }
    }

    /// Does something with what a `let` stands for with these arguments.
    pub(super) fn apply<T>(
        &mut self,
        (decl, types): Function<'c, 'a>,
        arguments: &'a [Expr],
        span: Span,
        with: impl FnOnce(&mut Self, &'a Expr) -> Option<T>,
    ) -> Option<T> {
        let Some(parameters) = decl.parameters.as_ref().filter(|all| !all.is_empty()) else {
            let message = format!("`{}` has no parameters", decl.name.text);
            self.report(
                Diagnostic::error(codes::WRONG_ARGUMENTS, message, span)
                    .related(decl.name.span, "declared here")
                    .help(format!("write `{}`", decl.name.text))
                    .suggest("remove the parentheses", span, decl.name.text.clone()),
            );
            return None;
        };
        if parameters.len() != arguments.len() {
            self.wrong_count(decl, arguments.len(), span);
            return None;
        }
        let bound: Vec<_> = parameters
            .iter()
            .zip(types)
            .zip(arguments)
            .map(|((parameter, ty), argument)| {
                let argument = self.argument_of(ty, argument)?;
                Some(Bound {
                    name: &parameter.name,
                    argument,
                })
            })
            .collect();
        let bound = bound.into_iter().collect::<Option<Vec<_>>>()?;
        self.inline(decl, span, bound, with)
    }

    fn wrong_count(&mut self, decl: &LetDecl, found: usize, span: Span) {
        let parameters = decl.parameters.as_deref().unwrap_or_default();
        let names: Vec<_> = parameters.iter().map(|p| p.name.text.as_str()).collect();
        let name = &decl.name.text;
        let plural = if names.len() == 1 { "" } else { "s" };
        let message = format!(
            "`{name}` takes {} argument{plural}, not {found}",
            names.len()
        );
        self.report(
            Diagnostic::error(codes::WRONG_ARGUMENTS, message, span)
                .related(decl.name.span, "declared here")
                .help(format!("write `{name}({})`", names.join(", "))),
        );
    }

    /// An argument for a parameter of this type.
    fn argument_of(&mut self, ty: &Type, expr: &'a Expr) -> Option<Argument<'c, 'a>> {
        if matches!(ty, Type::Error) {
            return None;
        }
        let (argument, found) = match self.side(expr)? {
            Side::Value(value) => (Argument::Value(value.clone()), value.ty),
            Side::Literal(literal) => return self.literal_of(ty, literal),
            Side::List(list, _) if list.ty == Type::Error => return None,
            Side::List(list, _) => (Argument::List(list), Type::List(Box::new(list.ty.clone()))),
        };
        if fits(&found, ty) {
            return Some(argument);
        }
        let name = |ty| self.cx.schema.type_name(ty);
        let message = format!(
            "`{}` is `{}`, but the parameter is `{}`",
            self.cx.map.slice(expr.span),
            name(&found),
            name(ty)
        );
        self.report(Diagnostic::error(codes::TYPE_MISMATCH, message, expr.span));
        None
    }

    /// A literal, or a list of them, for a parameter of this type.
    fn literal_of(&mut self, ty: &Type, literal: &'a Expr) -> Option<Argument<'c, 'a>> {
        match (ty, &literal.kind) {
            (Type::List(of), ExprKind::List(elements)) => {
                self.wants_literals(elements, literal.span)?;
                literals::elements(elements, literal.span, of, self.cx)?;
            }
            _ => {
                literals::literal(literal, ty, false, self.cx)?;
            }
        }
        Some(Argument::Literal(literal))
    }

    /// What a parameter of the `let` at hand stands for, if there is one of this name.
    pub(super) fn parameter(
        &mut self,
        name: &Name,
        rest: &[Name],
    ) -> Option<Option<Found<'c, 'a>>> {
        let inlined = self.lets.last()?;
        let bound = inlined
            .parameters
            .iter()
            .find(|bound| bound.name.text == name.text)?;
        if let [field, ..] = rest {
            let message = format!("`{}` has no fields", name.text);
            self.report(Diagnostic::error(codes::UNKNOWN_FIELD, message, field.span));
            return Some(None);
        }
        // Quantifiers of the `let` stand between what the argument is of and here.
        let within = self.binders.len() - inlined.hidden;
        Some(Some(match &bound.argument {
            Argument::Value(value) => Found::Value(Typed {
                operand: value.operand.shifted(u8::try_from(within).ok()?),
                ty: value.ty.clone(),
            }),
            Argument::Literal(literal) => Found::Literal(literal),
            Argument::List(list) => Found::List(list),
        }))
    }

    /// Where the `let` at hand has a parameter of this name.
    pub(super) fn parameter_named(&self, name: &str) -> Option<Span> {
        let parameters = self.lets.last()?.parameters.iter();
        let mut found = parameters.filter(|bound| bound.name.text == name);
        found.next().map(|bound| bound.name.span)
    }
}

/// Whether a value of a type may stand for a parameter of another.
fn fits(found: &Type, wanted: &Type) -> bool {
    match (found, wanted) {
        (Type::List(found), Type::List(wanted)) => fits(found, wanted),
        _ => found == wanted || found.is_text() && wanted.is_text(),
    }
}
