//! `tracee describe EVENT…`: an event's arguments with all that they can be, its sets, what this kernel
//! makes it from, and whether it is frequent.

use std::fmt::Write as _;

use serde_json::{Value, json};
use tracee_lang::schema::{Event, Hook, Schema};
use tracee_lang::suggest::nearest;
use tracee_lang::types::Type;
use tracee_runtime::live::{self, Outcome};

use crate::cli::{DataFormat, DescribeArgs};
use crate::exit::{Exit, Failure};
use crate::{load, terminal};

/// Prints the events to stdout.
pub(crate) fn describe(arguments: &DescribeArgs) -> Result<Exit, Failure> {
    let schema = load::schema();
    let named = arguments.events.iter().map(|name| event(&schema, name));
    let events = named.collect::<Result<Vec<_>, _>>()?;
    let reports = live::probe(events.iter().copied());
    let hooked = |event: &Event| {
        let report = reports.iter().find(|report| report.event == event.id);
        report.map(|report| &report.outcome)
    };
    let all = events.iter().map(|event| (*event, hooked(event)));
    terminal::print(&match arguments.format {
        DataFormat::Human => {
            let pages = all.map(|(event, outcome)| page(&schema, event, outcome));
            pages.collect::<Vec<_>>().join("\n")
        }
        DataFormat::Json => {
            let all = all.map(|(event, outcome)| json(&schema, event, outcome));
            format!("{:#}\n", Value::Array(all.collect()))
        }
    })?;
    Ok(Exit::Success)
}

fn event<'s>(schema: &'s Schema, name: &str) -> Result<&'s Event, Failure> {
    schema.event_named(name).ok_or_else(|| {
        let known = schema.events.iter().map(|event| event.name.as_str());
        let help = match nearest(name, known) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "`tracee list events` prints those that there are".to_owned(),
        };
        Failure::new(Exit::Usage, format!("unknown event `{name}`")).help(help)
    })
}

/// The names that a value can have: constants of an enum or flag set.
fn constants<'s>(schema: &'s Schema, ty: &Type) -> Vec<(&'s str, i128)> {
    match ty {
        Type::Enum(id) => {
            let all = schema.enum_type(*id).constants.iter();
            all.map(|(name, number)| (name.as_str(), *number)).collect()
        }
        Type::Flags(id) => {
            let all = schema.flags_type(*id).constants.iter();
            all.map(|flag| (flag.name.as_str(), flag.value.into()))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// What a person reads; ends with a line end.
fn page(schema: &Schema, event: &Event, outcome: Option<&Outcome>) -> String {
    let mut text = String::new();
    let mut line = |indent: usize, words: &str| {
        // Writing to a string can't fail.
        let _ = writeln!(text, "{}", format!("{:indent$}{words}", "").trim_end());
    };
    line(0, &format!("event {}", event.name));
    for doc in event.doc.lines() {
        line(2, doc);
    }
    line(2, &format!("id {}", event.id.0));
    line(2, &format!("sets {}", event.sets.join(", ")));
    let hooks: Vec<_> = event.hooks.iter().map(Hook::to_string).collect();
    line(2, &format!("hooks {}", hooks.join(", ")));
    match outcome {
        Some(Outcome::Hooked(from)) => line(2, &format!("this kernel makes it from {from}")),
        Some(Outcome::Unavailable(why)) => line(2, &format!("not available on this kernel: {why}")),
        None => {}
    }
    if is_frequent(event) {
        line(
            2,
            "frequent: many thousands in a second on a busy machine; give it a filter",
        );
    }
    line(2, "");
    let slots: Vec<_> = event
        .slots
        .iter()
        .map(|slot| (slot.path.as_str(), schema.type_name(&slot.ty)))
        .collect();
    let wide = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0);
    let name_width = wide(&mut slots.iter().map(|(name, _)| name.len())).max("retval".len());
    let type_width = wide(&mut slots.iter().map(|(_, ty)| ty.len())).max("i64".len());
    for (slot, (name, ty)) in event.slots.iter().zip(&slots) {
        let arg = &event.args[usize::from(slot.arg)];
        let doc = arg.doc.lines().next().unwrap_or_default();
        // A struct's parts share its words: they stand with the first.
        let doc = if std::ptr::eq(&event.slots[usize::from(arg.slot)], slot) {
            doc
        } else {
            ""
        };
        line(2, &format!("{name:name_width$}  {ty:type_width$}  {doc}"));
        let names: Vec<_> = constants(schema, &slot.ty);
        let names: Vec<_> = names.iter().map(|(name, _)| *name).collect();
        for row in rows(&names) {
            line(4 + name_width, &row);
        }
    }
    if event.has_retval {
        line(
            2,
            &format!(
                "{:name_width$}  {:type_width$}  What the call returned; a mistake is negative.",
                "retval", "i64"
            ),
        );
    }
    text
}

/// Names in rows of a page's width.
fn rows(names: &[&str]) -> Vec<String> {
    const WIDTH: usize = 70;
    let mut rows: Vec<String> = Vec::new();
    for name in names {
        match rows.last_mut() {
            Some(row) if row.len() + name.len() < WIDTH => {
                row.push(' ');
                row.push_str(name);
            }
            _ => rows.push((*name).to_owned()),
        }
    }
    rows
}

fn is_frequent(event: &Event) -> bool {
    event.sets.iter().any(|set| set == "frequent")
}

fn json(schema: &Schema, event: &Event, outcome: Option<&Outcome>) -> Value {
    let args = event.slots.iter().map(|slot| {
        let arg = &event.args[usize::from(slot.arg)];
        let constants = constants(schema, &slot.ty).into_iter();
        let constants: Vec<_> = constants
            .map(|(name, value)| json!({ "name": name, "value": value.to_string() }))
            .collect();
        json!({
            "name": slot.path,
            "type": schema.type_name(&slot.ty),
            "doc": arg.doc,
            "constants": constants,
        })
    });
    let hooks: Vec<String> = event.hooks.iter().map(Hook::to_string).collect();
    json!({
        "name": event.name,
        "id": event.id.0,
        "doc": event.doc,
        "sets": event.sets,
        "args": args.collect::<Vec<_>>(),
        "retval": event.has_retval,
        "hooks": hooks,
        "frequent": is_frequent(event),
        "hook": super::hook(outcome),
    })
}
