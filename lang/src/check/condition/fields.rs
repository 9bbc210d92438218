//! Arguments and context fields by path, for conditions and messages alike.

use super::paths::{Found, Typed};
use crate::ast::Name;
use crate::check::Context;
use crate::check::names::CONTEXT_WORDS;
use crate::check::schema::meant;
use crate::codes;
use crate::context::{ContextField, FIELDS};
use crate::diagnostics::Diagnostic;
use crate::hir::{Field, Operand};
use crate::schema::{Arg, Event};
use crate::source::Span;
use crate::types::{StructId, Type};

/// An argument, or a field of a struct argument.
pub(super) fn argument<'c, 'a>(
    cx: &Context<'_>,
    arg: &'static Arg,
    rest: &[Name],
    span: Span,
) -> Result<Found<'c, 'a>, Box<Diagnostic>> {
    let value = |slot, ty: &Type| {
        let operand = Operand::Field(Field::Slot(slot), ty.clone());
        Found::Value(Typed {
            operand,
            ty: ty.clone(),
        })
    };
    match (&arg.ty, rest) {
        (Type::Struct(id), []) => Ok(Found::Struct(arg.slot, *id)),
        (Type::Struct(id), [name]) => {
            let fields = &cx.schema.struct_type(*id).fields;
            let at = fields.iter().position(|(field, ..)| *field == name.text);
            let Some((at, slot)) = at.and_then(|at| Some((at, arg.slot + u16::try_from(at).ok()?)))
            else {
                let message = format!("`{}` has no field `{}`", arg.name, name.text);
                let diagnostic = Diagnostic::error(codes::UNKNOWN_FIELD, message, name.span);
                let known = fields.iter().map(|(field, ..)| field.as_str());
                return Err(meant(diagnostic, name, known).into());
            };
            Ok(value(slot, &fields[at].2))
        }
        (ty, []) => Ok(value(arg.slot, ty)),
        (ty, _) => {
            let message = format!(
                "`{}` is `{}` and has no fields",
                arg.name,
                cx.schema.type_name(ty)
            );
            Err(Diagnostic::error(codes::UNKNOWN_FIELD, message, span).into())
        }
    }
}

/// A field of the context, for an event or for a scope.
pub(super) fn context<'c, 'a>(
    path: &[Name],
    span: Span,
    event: Option<&'static Event>,
) -> Result<Found<'c, 'a>, Box<Diagnostic>> {
    let words: Vec<_> = path.iter().map(|name| name.text.as_str()).collect();
    let written = words.join(".");
    if written == "proc.ancestors" {
        return Ok(Found::Ancestors);
    }
    let Some(info) = FIELDS.iter().find(|info| info.path == written) else {
        let message = format!("unknown field `{written}`");
        let diagnostic = Diagnostic::error(codes::UNKNOWN_FIELD, message, span);
        let whole = Name {
            text: written.into(),
            span,
        };
        let known = FIELDS.iter().map(|info| info.path);
        return Err(meant(diagnostic, &whole, known).into());
    };
    if info.field == ContextField::Retval {
        match event {
            None => {
                let message = "`retval` is what one event brings, not context of a workload";
                return Err(Diagnostic::error(codes::SCOPE_USES_EVENT, message, span).into());
            }
            Some(event) if !event.has_retval => {
                let message = format!("event `{}` has no `retval`", event.name);
                return Err(Diagnostic::error(codes::NO_RETVAL, message, span).into());
            }
            Some(_) => {}
        }
    }
    let operand = Operand::Field(Field::Context(info.field), info.ty.clone());
    Ok(Found::Value(Typed {
        operand,
        ty: info.ty.clone(),
    }))
}

/// A place in an event that a path names.
pub(in crate::check) enum Place {
    /// One value.
    Field(Field, Type),
    /// A whole struct argument: its first slot, and what it is.
    Struct(u16, StructId),
    /// `proc.ancestors`
    Ancestors,
}

/// What a path names in an event, for a test that gives it a value.
pub(in crate::check) fn place(
    cx: &Context<'_>,
    path: &[Name],
    span: Span,
    event: &'static Event,
) -> Result<Place, Box<Diagnostic>> {
    match own_field(cx, path, span, event)? {
        Found::Value(Typed {
            operand: Operand::Field(field, _),
            ty,
        }) => Ok(Place::Field(field, ty)),
        Found::Struct(first, id) => Ok(Place::Struct(first, id)),
        _ => Ok(Place::Ancestors),
    }
}

/// An argument or a field of the context, where nothing else can be meant.
fn own_field<'c, 'a>(
    cx: &Context<'_>,
    path: &[Name],
    span: Span,
    event: &'static Event,
) -> Result<Found<'c, 'a>, Box<Diagnostic>> {
    let (first, rest) = match path {
        [first, rest @ ..] => (first, rest),
        [] => return Ok(Found::Constant),
    };
    let is_context = CONTEXT_WORDS.contains(&first.text.as_str());
    match event.arg(&first.text) {
        Some(arg) if rest.is_empty() || !is_context => argument(cx, arg, rest, span),
        _ if is_context || first.text == "retval" => context(path, span, Some(event)),
        _ => {
            let message = format!("event `{}` has no argument `{}`", event.name, first.text);
            let diagnostic = Diagnostic::error(codes::UNKNOWN_NAME, message, first.span);
            let known = event.args.iter().map(|arg| arg.name.as_str());
            let mut diagnostic = meant(diagnostic, first, known);
            if diagnostic.help.is_none()
                && let Some(field) = context_field_called(&first.text)
            {
                diagnostic = diagnostic.help(format!("did you mean `{field}`?")).suggest(
                    format!("write `{field}`"),
                    first.span,
                    field,
                );
            }
            Err(diagnostic.into())
        }
    }
}

/// `{pathname}`, `{addr.port}`, `{proc.exe}`: the field of an event that a message names.
pub(in crate::check) fn message_field(
    cx: &Context<'_>,
    path: &[Name],
    span: Span,
    event: &'static Event,
) -> Result<Field, Box<Diagnostic>> {
    match own_field(cx, path, span, event)? {
        Found::Value(Typed {
            operand: Operand::Field(field, _),
            ..
        }) => Ok(field),
        found => {
            let what = found.describe(cx.schema);
            let message = format!("`{}` is {what}", cx.map.slice(span));
            Err(Diagnostic::error(codes::BAD_MESSAGE, message, span)
                .help("a message wants single fields")
                .into())
        }
    }
}

pub(super) fn argument_somewhere(cx: &Context<'_>, name: &str) -> bool {
    cx.schema
        .events
        .iter()
        .any(|event| event.arg(name).is_some())
}

/// `uid` → `proc.uid`
pub(super) fn context_field_called(name: &str) -> Option<&'static str> {
    let field = FIELDS
        .iter()
        .find(|info| info.path.rsplit('.').next() == Some(name))?;
    Some(field.path)
}
