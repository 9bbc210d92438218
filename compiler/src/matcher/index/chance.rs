//! How probable a trigger is in what machines do. Only speed depends on it.

use tracee_lang::context::{ContextField, ProcessField};
use tracee_lang::hir::{Field, TextOp};
use tracee_lang::types::Type;

use super::trigger::{Finder, Trigger};
use crate::plan::Pattern;

/// That a task has a name that is asked for: machines run few programs, and rules ask for these.
const NAME: f64 = 0.02;
const COMM: Field = Field::Context(ContextField::Proc(ProcessField::Comm));

pub(super) fn of(finder: Finder<'_>, trigger: &Trigger) -> f64 {
    match trigger {
        Trigger::Text(field, pattern) if *field == COMM && pattern.op == TextOp::Eq => NAME,
        Trigger::Text(_, pattern) => of_text(pattern),
        Trigger::Number(field, first, last) => {
            let ty = match field {
                Field::Slot(slot) => finder.event.slots.get(usize::from(*slot)),
                Field::Context(_) => None,
            };
            match (field, ty.map(|slot| &slot.ty)) {
                (_, Some(Type::Ip)) if first == last => 0.001,
                (_, Some(Type::Ip)) => 0.05,
                _ if first != last => 0.4,
                (_, Some(Type::Port)) => 0.01,
                (Field::Context(field), _) => of_context(*field),
                (_, Some(Type::Bool)) => 0.5,
                (_, Some(Type::Enum(_) | Type::Flags(_))) => 0.1,
                _ => 0.05,
            }
        }
    }
}

/// One value of an integer of the context.
fn of_context(field: ContextField) -> f64 {
    use ContextField as C;
    match field {
        C::Retval | C::Proc(ProcessField::Uid | ProcessField::Gid) => 0.4,
        C::Parent(ProcessField::Uid | ProcessField::Gid) => 0.4,
        C::Container(_) => 0.5,
        C::EventCpu | C::MntNs | C::PidNs | C::UtsNs | C::NetNs | C::UserNs => 0.3,
        _ => 0.001,
    }
}

fn of_text(pattern: &Pattern) -> f64 {
    let length = pattern.literal.len();
    let components = pattern.literal.split(|byte| *byte == b'/');
    let components = components.filter(|part| !part.is_empty()).count();
    match pattern.op {
        TextOp::Eq => 0.003,
        // Of paths, most begin with one of few directories.
        TextOp::Prefix | TextOp::Under if pattern.literal.starts_with(b"/") => match components {
            0 => 1.0,
            1 => 0.1,
            2 => 0.03,
            _ => 0.003,
        },
        _ => match length {
            0 => 1.0,
            1 => 0.3,
            2 => 0.1,
            3 => 0.05,
            4 | 5 => 0.02,
            _ => 0.005,
        },
    }
}
