//! One `given EVENT { … }`: every field that is written has its type, the others are zero.

use std::collections::HashMap;

use super::processes::Processes;
use super::values;
use crate::ast::{Expr, ExprKind, Given, GivenValue as Written, Name};
use crate::check::Context;
use crate::check::condition::{DIGITS, MAX_COMM, Place, known_names, place, possible_digest};
use crate::check::policies::unknown_event;
use crate::codes;
use crate::context::{ContextField, FIELDS, Origin, ProcessField};
use crate::diagnostics::Diagnostic;
use crate::hir::test::{GivenData, GivenEvent, GivenValue};
use crate::hir::{Field, display};
use crate::schema::Event;
use crate::source::Span;
use crate::types::{IntType, Type};

/// The event of a clause. [`None`]: something was reported.
pub(super) fn event(
    name: &Name,
    fields: &[Given],
    span: Span,
    cx: &mut Context<'_>,
) -> Option<GivenEvent> {
    let Some(event) = cx.schema.event_named(&name.text) else {
        unknown_event(name, cx);
        return None;
    };
    let zero = |slot: &crate::schema::Slot| GivenValue::zero(&slot.ty);
    let mut builder = Builder {
        event,
        slots: event.slots.iter().map(zero).collect(),
        context: Vec::new(),
        processes: Processes::default(),
        taken: HashMap::new(),
        fine: true,
    };
    builder.fields(&[], fields, cx);
    if event.has_retval
        && !builder
            .taken
            .contains_key(&Taken::Context(ContextField::Retval))
    {
        let retval = (ContextField::Retval, GivenData::Int(0).into());
        builder.context.push(retval);
    }
    let processes = builder.processes.finish(cx);
    let processes = processes.filter(|_| builder.fine)?;
    Some(GivenEvent {
        event: event.id,
        slots: builder.slots,
        context: builder.context,
        processes,
        span,
    })
}

/// A field that has its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Taken {
    Slot(u16),
    Context(ContextField),
    Process(usize, ProcessField),
    Ancestors,
}

struct Builder {
    event: &'static Event,
    slots: Vec<GivenValue>,
    context: Vec<(ContextField, GivenValue)>,
    processes: Processes,
    taken: HashMap<Taken, Span>,
    /// Nothing was reported.
    fine: bool,
}

impl Builder {
    /// Fields below the names of `prefix`.
    fn fields(&mut self, prefix: &[Name], given: &[Given], cx: &mut Context<'_>) {
        for one in given {
            let path = [prefix, &one.path].concat();
            let at = one.path[0].span.to(one.path[one.path.len() - 1].span);
            match &one.value {
                Written::Map(inner, _) if self.has_fields(&path) => {
                    self.fields(&path, inner, cx);
                }
                value => {
                    let said = cx.diagnostics.len();
                    if self.field(&path, at, value, cx).is_none() {
                        self.fine = false;
                        fix_below(prefix, cx.diagnostics.since(said));
                    }
                }
            }
        }
    }

    /// Whether fields can stand below these names: a struct argument, or the begin of the names of the
    /// context.
    fn has_fields(&self, path: &[Name]) -> bool {
        let names: Vec<_> = path.iter().map(|name| name.text.as_str()).collect();
        let begin = format!("{}.", names.join("."));
        FIELDS.iter().any(|info| info.path.starts_with(&begin))
            || matches!(names[..], [name] if self.event.arg(name).is_some_and(
                |arg| matches!(arg.ty, Type::Struct(_))))
    }

    /// One field. [`None`]: something was reported.
    fn field(
        &mut self,
        path: &[Name],
        at: Span,
        value: &Written,
        cx: &mut Context<'_>,
    ) -> Option<()> {
        let words: Vec<_> = path.iter().map(|name| name.text.as_str()).collect();
        if let (Written::One(expr), ["proc", "parent"]) = (value, &words[..])
            && values::is_absent(expr)
        {
            return self.processes.no_parent(at, cx);
        }
        let absent = matches!(value, Written::One(expr) if values::is_absent(expr));
        let is_struct = self.event.arg(words[0]).is_some();
        if self.has_fields(path) && !(absent && is_struct) {
            let written = words.join(".");
            let message = format!("`{written}` has fields, not a value");
            cx.report(
                Diagnostic::error(codes::WRONG_SHAPE, message, at)
                    .help(format!("write `{written}: {{ … }}`")),
            );
            return None;
        }
        let place = place(cx, path, at, self.event).map_err(|d| cx.report(*d));
        match (place.ok()?, value) {
            (Place::Ancestors, Written::Maps(maps, span)) => {
                self.take(Taken::Ancestors, at, cx)?;
                self.ancestors(maps, *span, cx)
            }
            (Place::Ancestors, _) => {
                let message = "`proc.ancestors` is a list of processes";
                cx.report(
                    Diagnostic::error(codes::WRONG_SHAPE, message, at).help(
                        "write `[{ … }, { exe: \"/usr/sbin/nginx\" }]`; the first is the process itself",
                    ),
                );
                None
            }
            // Whatever has fields was told what is wrong above, unless it is absent.
            (Place::Struct(first, id), _) => {
                let count = cx.schema.struct_type(id).fields.len();
                for slot in (first..).take(count) {
                    self.take(Taken::Slot(slot), at, cx)?;
                    self.slots[usize::from(slot)] = GivenValue::ABSENT;
                }
                Some(())
            }
            (Place::Field(Field::Slot(slot), ty), value) => {
                let expr = one(value, &words.join("."), &ty, at, cx)?;
                self.take(Taken::Slot(slot), at, cx)?;
                self.slots[usize::from(slot)] = match values::is_absent(expr) {
                    true => GivenValue::ABSENT,
                    false => values::argument(expr, &ty, cx)?,
                };
                Some(())
            }
            (Place::Field(Field::Context(field), ty), value) => {
                let expr = one(value, &words.join("."), &ty, at, cx)?;
                let value = context_value(field, expr, &ty, cx)?;
                match field {
                    ContextField::Proc(property) => {
                        self.take(Taken::Process(0, property), at, cx)?;
                        self.processes.set(0, property, value);
                    }
                    ContextField::Parent(property) => {
                        self.take(Taken::Process(1, property), at, cx)?;
                        self.processes.set_parent(property, value, at);
                    }
                    field => {
                        self.take(Taken::Context(field), at, cx)?;
                        self.context.push((field, value));
                    }
                }
                Some(())
            }
        }
    }

    /// `[{ exe: "/bin/sh" }, { exe: "/usr/sbin/nginx" }]`
    fn ancestors(&mut self, maps: &[Box<[Given]>], span: Span, cx: &mut Context<'_>) -> Option<()> {
        self.processes.chain(maps.len(), span, cx)?;
        let mut fine = true;
        for (depth, map) in maps.iter().enumerate() {
            for one in map {
                fine &= self.ancestor(depth, one, cx).is_some();
            }
        }
        fine.then_some(())
    }

    fn ancestor(&mut self, depth: usize, given: &Given, cx: &mut Context<'_>) -> Option<()> {
        let at = given.path[0].span.to(given.path[given.path.len() - 1].span);
        let (property, ty) = super::processes::property(&given.path, at, cx)?;
        let name = &given.path[0].text;
        let expr = one(&given.value, name, &ty, at, cx)?;
        // What the kernel writes of the process itself is always there; of those above it nothing is.
        let value = match depth {
            0 => context_value(ContextField::Proc(property), expr, &ty, cx)?,
            _ => context_value(ContextField::Parent(property), expr, &ty, cx)?,
        };
        self.take(Taken::Process(depth, property), at, cx)?;
        self.processes.set(depth, property, value);
        Some(())
    }

    /// Remembers that a field has its value. [`None`]: it had one, which was reported.
    fn take(&mut self, what: Taken, at: Span, cx: &mut Context<'_>) -> Option<()> {
        let Some(first) = self.taken.insert(what, at) else {
            return Some(());
        };
        let message = format!("`{}` is given twice", cx.map.slice(at));
        cx.report(Diagnostic::error(codes::GIVEN_TWICE, message, at).related(first, "first here"));
        None
    }
}

/// Makes fixes that write a whole path write what is missing below `prefix`.
fn fix_below(prefix: &[Name], diagnostics: &mut [Diagnostic]) {
    let names: Vec<_> = prefix.iter().map(|name| name.text.as_str()).collect();
    let begin = format!("{}.", names.join("."));
    let fixes = diagnostics.iter_mut().flat_map(|one| &mut one.fixes);
    for edit in fixes.flat_map(|fix| &mut fix.edits) {
        if let Some(rest) = edit.text.strip_prefix(&begin) {
            edit.text = rest.to_owned();
        }
    }
}

/// The one value of a field that has no fields of its own.
fn one<'v>(
    value: &'v Written,
    name: &str,
    ty: &Type,
    at: Span,
    cx: &mut Context<'_>,
) -> Option<&'v Expr> {
    if let Written::One(expr) = value {
        return (!matches!(expr.kind, ExprKind::Error)).then_some(expr);
    }
    let message = format!("`{name}` is `{}`, not fields", cx.schema.type_name(ty));
    cx.report(Diagnostic::error(codes::WRONG_SHAPE, message, at).help("write a value"));
    None
}

/// A value of the context: what the kernel writes is always there, and some of it has limits.
fn context_value(
    field: ContextField,
    expr: &Expr,
    ty: &Type,
    cx: &mut Context<'_>,
) -> Option<GivenValue> {
    let info = crate::context::info(field);
    let path = info.map_or("", |info| info.path);
    let refuse = |code, message: String| Some(Diagnostic::error(code, message, expr.span));
    let mut refused = None;
    if values::is_absent(expr) {
        let always = info.is_some_and(|info| info.origin == Origin::Kernel);
        if !always || field == ContextField::Retval {
            return Some(GivenValue::ABSENT);
        }
        refused = refuse(codes::NEVER_ABSENT, format!("`{path}` is never absent"));
    } else if [ContextField::EventId, ContextField::EventName].contains(&field) {
        let message = format!("`{path}` is what the event is, and can't be given");
        refused = refuse(codes::IMPOSSIBLE_VALUE, message);
    } else if values::is_cut(expr) {
        refused = refuse(
            codes::NEVER_TRUNCATED,
            format!("`{path}` is never truncated"),
        );
    }
    if let Some(diagnostic) = refused {
        cx.report(diagnostic);
        return None;
    }
    let value = values::value(expr, ty, cx)?;
    let is_id = *ty
        == Type::Int(IntType {
            bits: 32,
            signed: true,
        });
    let is_comm = matches!(
        field,
        ContextField::Proc(ProcessField::Comm) | ContextField::Parent(ProcessField::Comm)
    );
    let is_digest = matches!(
        field,
        ContextField::Proc(ProcessField::ExeSha256) | ContextField::Parent(ProcessField::ExeSha256)
    );
    let known = known_names(field, cx.schema);
    let refused = match &value.value {
        GivenData::Bytes(name)
            if known
                .as_ref()
                .is_some_and(|(_, known)| !known.iter().any(|one| one.as_bytes() == &**name)) =>
        {
            let what = known.map_or("", |(what, _)| what);
            let message = format!("`{}` is not the name of {what}", display::literal(name));
            refuse(codes::IMPOSSIBLE_VALUE, message)
        }
        GivenData::Int(id) if is_id && *id < 0 => {
            refuse(codes::IMPOSSIBLE_VALUE, "ids are never negative".to_owned())
        }
        GivenData::Bytes(text) if is_digest && !possible_digest(text, true, false) => {
            let message = format!("a SHA-256 has {DIGITS} small hexadecimal digits");
            refuse(codes::IMPOSSIBLE_VALUE, message)
        }
        GivenData::Bytes(name) if is_comm && name.len() > MAX_COMM => {
            let message = format!("the kernel keeps {} bytes of a task name", MAX_COMM);
            refuse(codes::IMPOSSIBLE_VALUE, message)
        }
        _ => None,
    };
    match refused {
        Some(diagnostic) => {
            cx.report(diagnostic);
            None
        }
        None => Some(value),
    }
}
