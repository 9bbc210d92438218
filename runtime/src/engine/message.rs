//! A rule's message with the values of the event it matched.

use std::fmt::Write as _;

use tracee_lang::context;
use tracee_lang::hir::{Field, MessagePart};
use tracee_lang::schema::{Event, Schema};
use tracee_lang::value::{EventView, Value};

use crate::format::Formatted;

/// Bytes that a message may have before it is cut: an argument list can have 32 KiB.
const MAX_MESSAGE: usize = 4096;

/// Appends the message to `out`, fit for a terminal. A value that is absent becomes `?`.
pub(super) fn render(
    out: &mut String,
    parts: &[MessagePart],
    schema: &Schema,
    event: &Event,
    view: &impl EventView,
) {
    for part in parts {
        match part {
            MessagePart::Text(text) => out.push_str(text),
            MessagePart::Field(fields) => {
                let field = fields.iter().find(|(id, _)| *id == event.id);
                if field
                    .and_then(|(_, field)| value(out, schema, event, view, *field))
                    .is_none()
                {
                    out.push('?');
                }
            }
        }
        if out.len() > MAX_MESSAGE {
            out.truncate(out.floor_char_boundary(MAX_MESSAGE));
            out.push('…');
            return;
        }
    }
}

/// Appends one value, unless it is absent.
fn value(
    out: &mut String,
    schema: &Schema,
    event: &Event,
    view: &impl EventView,
    field: Field,
) -> Option<()> {
    let (ty, value) = match field {
        Field::Slot(slot) => (&event.slots.get(usize::from(slot))?.ty, view.slot(slot)),
        Field::Context(field) => (&context::info(field)?.ty, view.context(field)),
    };
    if value == Value::Absent {
        return None;
    }
    write!(
        out,
        "{}",
        Formatted {
            schema,
            ty,
            value: &value
        }
    )
    .ok()
}
