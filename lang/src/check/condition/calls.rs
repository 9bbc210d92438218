//! Functions: `basename(pathname)`, `at(argv, 0)`.

use super::Condition;
use super::paths::{Found, Typed};
use super::sides::Side;
use crate::ast::{Expr, ExprKind, Name};
use crate::check::literals::{self, Literal};
use crate::check::schema::meant;
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::functions::{self, Accepts, Function, MAX_INDEX, MAX_NESTING, Parameter};
use crate::hir::{Call, Field, Operand};
use crate::source::Span;
use crate::types::Type;

impl<'c, 'a: 'c> Condition<'c, 'a, '_> {
    /// What a function gives.
    pub(super) fn call(&mut self, name: &Name, arguments: &'a [Expr], span: Span) -> Option<Typed> {
        let Some(function) = functions::find(&name.text) else {
            self.unknown_function(name);
            return None;
        };
        let wanted = function.parameters.len();
        if arguments.len() != wanted {
            let plural = if wanted == 1 { "" } else { "s" };
            let given = arguments.len();
            let message = format!(
                "`{}` takes {wanted} argument{plural}, not {given}",
                name.text
            );
            let diagnostic = Diagnostic::error(codes::WRONG_ARGUMENTS, message, name.span);
            self.report(signature(diagnostic, function));
            return None;
        }
        let given = function.parameters.iter().zip(arguments);
        let made: Vec<_> = given
            .map(|(parameter, argument)| self.given(function, parameter, argument))
            .collect();
        let made = made.into_iter().collect::<Option<Vec<_>>>()?;
        if made.iter().all(is_literal) {
            self.only_literal_arguments(function, &made, span);
            return None;
        }
        let operand = Operand::Call(Box::new(Call {
            function,
            arguments: made,
        }));
        if nesting(&operand) > MAX_NESTING {
            let message = format!("functions are nested more than {MAX_NESTING} deep");
            self.report(Diagnostic::error(
                codes::CALLS_NESTED_TOO_DEEPLY,
                message,
                span,
            ));
            return None;
        }
        let ty = function.result.clone();
        Some(Typed { operand, ty })
    }

    fn unknown_function(&mut self, name: &Name) {
        let message = format!("unknown function `{}`", name.text);
        let diagnostic = Diagnostic::error(codes::UNKNOWN_FUNCTION, message, name.span);
        let known = functions::ALL.iter().map(|function| function.name);
        let mut diagnostic = meant(diagnostic, name, known.chain(self.names.functions()));
        if diagnostic.help.is_none() {
            let known: Vec<_> = functions::ALL
                .iter()
                .map(|function| format!("`{}`", function.name))
                .collect();
            diagnostic = diagnostic.help(format!("there are {}", known.join(", ")));
        }
        self.report(diagnostic);
    }

    /// An argument.
    fn given(
        &mut self,
        function: &'static Function,
        parameter: &Parameter,
        argument: &'a Expr,
    ) -> Option<Operand> {
        match parameter.accepts {
            Accepts::Cuttable => return self.cuttable(argument),
            Accepts::Index => return self.index(function, argument),
            Accepts::Text | Accepts::List | Accepts::Sized => {}
        }
        match self.side(argument)? {
            Side::Value(value) if parameter.accepts.takes(&value.ty) => {
                self.superfluous_call(function, &value.operand, argument);
                Some(value.operand)
            }
            Side::Value(value) => {
                let ty = self.cx.schema.type_name(&value.ty);
                let message = format!("`{}` is not for `{ty}`", function.name);
                self.wrong_type(function, message, argument.span);
                None
            }
            Side::List(_, place) => {
                let written = self.cx.map.slice(place);
                let message = format!("`{written}` is a list of the policy, not of the event");
                self.wrong_type(function, message, place);
                None
            }
            Side::Literal(expr) => match &expr.kind {
                ExprKind::Path(path) => {
                    self.unknown(&path[0]);
                    None
                }
                // That there is nothing of the event is the mistake, not what else it is.
                ExprKind::List(_) if parameter.accepts.takes(&Type::List(Type::String.into())) => {
                    Some(Operand::Int(0))
                }
                _ => match literals::literal(expr, &Type::String, false, self.cx)? {
                    Literal::Text(text) => Some(Operand::Text(text)),
                    Literal::Ints(..) | Literal::Addresses(..) => None,
                },
            },
        }
    }

    /// The number of an element.
    fn index(&mut self, function: &'static Function, argument: &'a Expr) -> Option<Operand> {
        if let Side::Literal(expr) = self.side(argument)?
            && let ExprKind::Int(int) = &expr.kind
            && (0..=MAX_INDEX).contains(&int.value)
        {
            return Some(Operand::Int(int.value));
        }
        let written = self.cx.map.slice(argument.span);
        let message = format!("`{written}` is not a number from 0 to {MAX_INDEX}");
        self.wrong_type(function, message, argument.span);
        None
    }

    /// An argument of the event that the kernel may cut.
    fn cuttable(&mut self, argument: &'a Expr) -> Option<Operand> {
        match self.operand(argument)? {
            (
                Found::Value(Typed {
                    operand: operand @ Operand::Field(Field::Slot(_), _),
                    ty,
                }),
                _,
            ) if Accepts::Cuttable.takes(&ty) => Some(operand),
            (_, span) => {
                let message = format!("`{}` is never truncated", self.cx.map.slice(span));
                self.report(
                    Diagnostic::error(codes::NEVER_TRUNCATED, message, span)
                        .help("strings, paths and lists among the event's arguments can be"),
                );
                None
            }
        }
    }

    fn wrong_type(&mut self, function: &'static Function, message: String, span: Span) {
        let diagnostic = Diagnostic::error(codes::WRONG_ARGUMENT_TYPE, message, span);
        self.report(signature(diagnostic, function));
    }

    /// A function of literals is a literal, which is better written as such.
    fn only_literal_arguments(
        &mut self,
        function: &'static Function,
        arguments: &[Operand],
        span: Span,
    ) {
        let written = self.cx.map.slice(span);
        let message = format!("`{written}` does not depend on the event");
        let mut diagnostic = Diagnostic::error(codes::LITERAL_CALL, message, span);
        if let [Operand::Text(text)] = arguments
            && let Some(literal) = function.of_literal(text)
        {
            diagnostic = diagnostic
                .help(format!("write what it gives: `{literal}`"))
                .fix("write what it gives", span, literal);
        }
        self.report(diagnostic);
    }

    /// Warns about a call in a call that makes no difference there.
    fn superfluous_call(&mut self, function: &Function, operand: &Operand, argument: &Expr) {
        let Operand::Call(inner) = operand else {
            return;
        };
        if !function.ignores.contains(&inner.function.name) {
            return;
        }
        let (outer, inner) = (function.name, inner.function.name);
        let message = format!("`{inner}` makes no difference within `{outer}`");
        let mut diagnostic =
            Diagnostic::warning(codes::CALL_ADDS_NOTHING, message, argument.span).help("remove it");
        if let ExprKind::Call(call) = &argument.kind
            && let [of] = &call.arguments[..]
        {
            let kept = self.cx.map.slice(of.span).to_owned();
            diagnostic = diagnostic.fix("remove it", argument.span, kept);
        }
        self.report(diagnostic);
    }
}

fn signature(diagnostic: Diagnostic, function: &Function) -> Diagnostic {
    diagnostic.help(format!("it is `{}`", function.signature()))
}

fn is_literal(operand: &Operand) -> bool {
    matches!(operand, Operand::Int(_) | Operand::Text(_))
}

/// How many calls stand in one another.
fn nesting(operand: &Operand) -> usize {
    match operand {
        Operand::Call(call) => 1 + call.arguments.iter().map(nesting).max().unwrap_or(0),
        _ => 0,
    }
}

/// Whether a value may have bytes that no string of the event has.
pub(super) fn has_any_bytes(operand: &Operand) -> bool {
    match operand {
        Operand::Call(call) => call.function.any_bytes || call.arguments.iter().any(has_any_bytes),
        _ => false,
    }
}
