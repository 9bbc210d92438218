//! `output { parent = proc.parent.exe; }`: what a detection says beside its event.

use super::{Taken, take};
use crate::ast;
use crate::check::Context;
use crate::check::condition::{ArgumentTypes, Condition};
use crate::check::resolve::Scope;
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::hir::OutputField;
use crate::schema::EventId;
use crate::source::Span;

/// The fields of an output, resolved for each of the events. Those with mistakes are left out.
pub(super) fn check<'a>(
    fields: &'a [ast::OutputField],
    span: Span,
    events: &[EventId],
    names: Scope<'_, 'a>,
    cx: &mut Context<'_>,
) -> Vec<OutputField> {
    if fields.is_empty() {
        let message = "the output is empty";
        cx.report(
            Diagnostic::error(codes::EMPTY_LIST, message, span)
                .help("write `name = proc.exe;` in it"),
        );
    }
    let mut taken = Taken::new();
    let mut made = Vec::with_capacity(fields.len());
    for field in fields {
        let ast::OutputField::Field { name, value } = field else {
            continue;
        };
        take("output", &name.text, name.span, &mut taken, cx);
        let mut values = Vec::with_capacity(events.len());
        for id in events {
            let Some(event) = cx.schema.event(*id) else {
                continue;
            };
            // What it is may differ from event to event; that it is there may not.
            let mut arguments = ArgumentTypes::new();
            let found = Condition::new(cx, names, Some(event), &mut arguments).value(value);
            let Some((operand, ty)) = found else {
                break;
            };
            values.push((*id, operand, ty));
        }
        if values.len() == events.len() {
            let name = name.text.to_string();
            made.push(OutputField { name, values });
        }
    }
    made
}
