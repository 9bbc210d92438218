//! Conditions that look at nothing but the event's name: each event decides them for itself.

use tracee_lang::context::{ContextField, ProcessField};
use tracee_lang::hir::fields::{self, Used};
use tracee_lang::hir::{Expr, Field};
use tracee_lang::interpreter::matches;
use tracee_lang::value::{EventView, Value};

/// Whether the atom holds for every event of this name; [`None`] if it looks at something else, too.
pub(super) fn decides(atom: &Expr, name: &str) -> Option<bool> {
    let (mut named, mut others) = (false, false);
    fields::each(atom, &mut |used| match used {
        Used::Field(Field::Context(ContextField::EventName)) => named = true,
        _ => others = true,
    });
    (named && !others).then(|| matches(atom, &Name(name)))
}

/// An event of which nothing but the name is looked at.
struct Name<'a>(&'a str);

impl EventView for Name<'_> {
    fn slot(&self, _slot: u16) -> Value<'_> {
        Value::Absent
    }

    fn truncated(&self, _slot: u16) -> bool {
        false
    }

    fn context(&self, field: ContextField) -> Value<'_> {
        match field {
            ContextField::EventName => Value::bytes(self.0.as_bytes()),
            _ => Value::Absent,
        }
    }

    fn ancestor(&self, _depth: usize, _field: ProcessField) -> Option<Value<'_>> {
        None
    }
}
