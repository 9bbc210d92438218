//! Which events a rule is about, and which fields it looks at, with their types. Conditions are taken
//! resolved: what a `let` looks at is the rule's.

use std::collections::BTreeMap;

use tracee_lang::context::{self, ContextField};
use tracee_lang::hir::fields::{Used, each, operand};
use tracee_lang::hir::{self, MessagePart, display};
use tracee_lang::schema::{self, Schema};

use super::model::{Event, Field};

/// The events of a rule, each once, in order.
pub(super) fn events(rule: &hir::Rule, schema: &Schema) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    for event in rule.on.iter().filter_map(|on| schema.event(on.event)) {
        if events.iter().all(|known| known.name != event.name) {
            events.push(Event {
                name: event.name.clone(),
                summary: first_sentence(&event.doc),
            });
        }
    }
    events
}

/// What the conditions, the message and the output of a rule look at: arguments first, then context, by name.
pub(super) fn fields(rule: &hir::Rule, schema: &Schema) -> Vec<Field> {
    let mut found = BTreeMap::new();
    for on in &rule.on {
        let Some(event) = schema.event(on.event) else {
            continue;
        };
        let mut add = |used| {
            let (is_context, field) = describe(used, event, schema);
            found
                .entry((is_context, field.path.clone()))
                .or_insert(field);
        };
        if let Some(condition) = &on.condition {
            each(condition, &mut add);
        }
        for part in rule.message.iter().flatten() {
            if let MessagePart::Field(of) = part {
                let here = of.iter().filter(|(id, _)| *id == event.id);
                here.for_each(|(_, field)| add(Used::Field(*field)));
            }
        }
        for (id, value, _) in rule.output.iter().flat_map(|field| &field.values) {
            if *id == event.id {
                operand(value, &mut add);
            }
        }
    }
    found.into_values().collect()
}

fn first_sentence(doc: &str) -> String {
    let paragraph = doc.split("\n\n").next().unwrap_or_default();
    let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.split_once(". ") {
        Some((sentence, _)) => format!("{sentence}."),
        None => line,
    }
}

/// The field, and whether it is context.
fn describe(used: Used, event: &schema::Event, schema: &Schema) -> (bool, Field) {
    let of_context = |path: String, field| {
        let info = context::info(field);
        let field = Field {
            path,
            ty: info.map_or_else(String::new, |info| schema.type_name(&info.ty)),
            doc: info.map_or("", |info| info.doc).to_owned(),
        };
        (true, field)
    };
    match used {
        Used::Field(hir::Field::Context(field)) => {
            let path = display::field(hir::Field::Context(field), None);
            of_context(path, field)
        }
        Used::Field(field @ hir::Field::Slot(slot)) => {
            let slot = event.slots.get(usize::from(slot));
            let arg = slot.and_then(|slot| event.args.get(usize::from(slot.arg)));
            let field = Field {
                path: display::field(field, Some(event)),
                ty: slot.map_or_else(String::new, |slot| schema.type_name(&slot.ty)),
                doc: arg.map_or_else(String::new, |arg| arg.doc.clone()),
            };
            (false, field)
        }
        Used::Ancestors => {
            let field = Field {
                path: "proc.ancestors".into(),
                ty: "list of processes".into(),
                doc: "the process and those above it".into(),
            };
            (true, field)
        }
        Used::Ancestor(property) => {
            let own = ContextField::Proc(property);
            let path = display::field(hir::Field::Context(own), None);
            of_context(path.replacen("proc.", "proc.ancestors.", 1), own)
        }
    }
}
