//! Structs and events.

use std::collections::HashMap;

use super::names::Names;
use crate::ast::{EventClause, EventDecl, FieldDecl, HookWord, Item};
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::schema::{
    Arg, Event, EventId, Hook, MAX_EVENTS, MAX_SLOTS, Probe, Schema, StructType, slots,
};
use crate::source::Span;
use crate::types::Type;

/// Registers that a syscall has for arguments.
const MAX_SYSCALL_ARGS: usize = 6;

/// Adds the structs and events of `items` to the schema.
pub(super) fn declare(
    items: &[&Item],
    names: &Names,
    schema: &mut Schema,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for item in items.iter().filter(|item| names.is_first(item)) {
        if let Item::Struct(decl) = item {
            let fields = decl
                .fields
                .iter()
                .zip(types(&decl.fields, false, names, diagnostics));
            schema.structs.push(StructType {
                name: decl.name.text.to_string(),
                doc: decl.doc.to_string(),
                fields: fields
                    .map(|(field, ty)| (field.name.text.to_string(), field.doc.to_string(), ty))
                    .collect(),
            });
        }
    }
    let mut ids: HashMap<EventId, Span> = HashMap::new();
    for item in items.iter().filter(|item| names.is_first(item)) {
        let Item::Event(decl) = item else { continue };
        let types = types(&decl.args, true, names, diagnostics);
        let Some(event) = event(decl, types, schema, diagnostics) else {
            continue;
        };
        if let Some(first) = ids.insert(event.id, decl.name.span) {
            let message = format!("event id {} is given twice", event.id.0);
            diagnostics.push(
                Diagnostic::error(codes::DUPLICATE_DECLARATION, message, decl.name.span)
                    .related(first, "first to this"),
            );
            continue;
        }
        schema.events.push(event);
    }
}

/// The types of arguments or fields, whose names must differ.
fn types(
    fields: &[FieldDecl],
    structs: bool,
    names: &Names,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Type> {
    let mut seen = HashMap::new();
    let mut types = Vec::new();
    for field in fields {
        if let Some(first) = seen.insert(&field.name.text, field.name.span) {
            let message = format!("`{}` is declared twice", field.name.text);
            diagnostics.push(
                Diagnostic::error(codes::DUPLICATE_DECLARATION, message, field.name.span)
                    .related(first, "first here"),
            );
        }
        let ty = names.resolve(&field.ty, diagnostics);
        let refused = match ty {
            Type::Struct(_) if !structs => Some("a struct can't hold a struct"),
            Type::Cidr => Some("`cidr` is for lists to look an `ip` up in"),
            _ => None,
        };
        if let Some(message) = refused {
            diagnostics.push(Diagnostic::error(
                codes::UNKNOWN_TYPE,
                message,
                field.ty.span,
            ));
            types.push(Type::Error);
        } else {
            types.push(ty);
        }
    }
    types
}

fn event(
    decl: &EventDecl,
    types: Vec<Type>,
    schema: &Schema,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Event> {
    let mut bad = |message: String, span| {
        diagnostics.push(Diagnostic::error(codes::BAD_EVENT, message, span));
    };
    let ids: Vec<_> = decl
        .clauses
        .iter()
        .filter_map(|c| {
            if let EventClause::Id(id) = c {
                Some(id)
            } else {
                None
            }
        })
        .collect();
    let id = match ids[..] {
        [id] => match u16::try_from(id.value) {
            Ok(id) if id < MAX_EVENTS => Some(EventId(id)),
            _ => {
                bad(
                    format!("event id {} is not below {MAX_EVENTS}", id.value),
                    id.span,
                );
                None
            }
        },
        [] => {
            bad(
                format!("event `{}` has no id", decl.name.text),
                decl.name.span,
            );
            None
        }
        [_, second, ..] => {
            bad(
                format!("event `{}` has two ids", decl.name.text),
                second.span,
            );
            None
        }
    };
    let args = decl.args.iter().zip(types).map(|(arg, ty)| Arg {
        name: arg.name.text.to_string(),
        doc: arg.doc.to_string(),
        ty,
        slot: 0,
    });
    let mut args: Vec<_> = args.collect();
    let slots = slots(&schema.structs, &mut args);
    if slots.len() > MAX_SLOTS {
        bad(
            format!("{} slots; at most {MAX_SLOTS} fit a record", slots.len()),
            decl.name.span,
        );
    }
    let sets = decl.clauses.iter().filter_map(|clause| match clause {
        EventClause::Sets(sets) => Some(sets.iter().map(|name| name.text.to_string())),
        _ => None,
    });
    let sets = sets.flatten().collect();

    let mut hooks = Vec::new();
    for clause in &decl.clauses {
        if let EventClause::Hook(words, span) = clause {
            hooks.extend(hook(words, *span, diagnostics));
        }
    }
    let syscall = hooks
        .iter()
        .any(|hook| matches!(hook, Hook::Syscall { .. }));
    let has_retval = hooks.iter().any(Hook::has_retval);
    let mut bad = |message: String| {
        diagnostics.push(Diagnostic::error(codes::BAD_EVENT, message, decl.name.span));
    };
    let declares_hook = decl
        .clauses
        .iter()
        .any(|c| matches!(c, EventClause::Hook(..) | EventClause::Error));
    if !declares_hook {
        bad(format!("event `{}` has no hook", decl.name.text));
    }
    if syscall && args.len() > MAX_SYSCALL_ARGS {
        bad(format!(
            "a syscall has at most {MAX_SYSCALL_ARGS} arguments, not {}",
            args.len()
        ));
    }
    Some(Event {
        id: id?,
        name: decl.name.text.to_string(),
        doc: decl.doc.to_string(),
        sets,
        args,
        slots,
        hooks,
        has_retval,
        span: decl.span,
    })
}

fn hook(words: &[HookWord], span: Span, diagnostics: &mut Vec<Diagnostic>) -> Option<Hook> {
    let number = |at: usize| match words.get(at) {
        Some(HookWord::Int(int)) => u32::try_from(int.value).ok(),
        _ => None,
    };
    let texts: Vec<&str> = words
        .iter()
        .map(|word| match word {
            HookWord::Name(name) => name.text.as_str(),
            HookWord::Int(_) => "",
        })
        .collect();
    let (call, at_enter) = match &texts[..] {
        [call @ .., "at", "enter"] => (call, true),
        call => (call, false),
    };
    let syscall = |number, compat| Hook::Syscall {
        number,
        compat,
        at_enter,
    };
    let found = match (call, at_enter) {
        (["raw_tracepoint", name], false) if !name.is_empty() => {
            Some(Hook::RawTracepoint((*name).to_owned()))
        }
        (["userland"], false) => Some(Hook::Userland),
        ([probe, function, rest @ ..], false) if Probe::named(probe).is_some() => {
            function_hook(probe, function, rest)
        }
        (["syscall", _], _) => number(1).map(|native| syscall(Some(native), None)),
        (["syscall", _, "compat", _], _) => match (number(1), number(3)) {
            (Some(native), Some(compat)) => Some(syscall(Some(native), Some(compat))),
            _ => None,
        },
        (["compat", _], _) => number(1).map(|compat| syscall(None, Some(compat))),
        _ => None,
    };
    if found.is_none() {
        diagnostics.push(
            Diagnostic::error(codes::BAD_HOOK, "a hook can't be written like this", span).help(
                "there are `syscall NUMBER compat NUMBER at enter` (the first part or the second, \
                 and the last, may be missing), `raw_tracepoint NAME`, `userland`, and of functions of \
                 the kernel `fentry NAME after NAME`, `fexit NAME` and `kprobe NAME after NAME`, and of \
                 tracepoints `tracepoint NAME after NAME` (the last part may be missing, and name several)",
            ),
        );
    }
    found
}

fn function_hook(probe: &str, function: &str, rest: &[&str]) -> Option<Hook> {
    let after = match rest {
        [] => &[][..],
        ["after", after @ ..] if !after.is_empty() && !after.contains(&"") => after,
        _ => return None,
    };
    let probe = Probe::named(probe).filter(|_| !function.is_empty())?;
    let function = function.to_owned();
    Some(Hook::Function {
        probe,
        function,
        after: after.iter().map(|name| (*name).to_owned()).collect(),
    })
}
