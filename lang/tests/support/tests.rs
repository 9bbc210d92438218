//! Typed tests as text, for golden files.

use std::fmt::Write;

use tracee_lang::context;
use tracee_lang::hir::PolicySet;
use tracee_lang::hir::test::{Given, GivenData, GivenEvent, GivenValue, Test};
use tracee_lang::stdlib;

/// Tests as text: what was given, and what not if it is not zero.
pub(crate) fn show(tests: &[Test], policies: &PolicySet) -> String {
    let mut out = String::new();
    for test in tests {
        let policy = &policies.policies[test.policy];
        let rule = test.rule.map(|rule| policy.rules[rule].name.as_str());
        let mut line = |text: String| writeln!(out, "{text}").unwrap_or_default();
        line(format!(
            "test {:?} for {} {rule:?} {:?}",
            test.title, policy.name, test.doc
        ));
        for given in &test.given {
            match given {
                Given::Event(event) => line(format!("  given {}", show_event(event))),
                Given::Recording { path, .. } => {
                    line(format!("  given recording \"{}\"", path.escape_ascii()));
                }
            }
        }
        for expect in &test.expect {
            let names: Vec<_> = expect
                .rules
                .iter()
                .map(|&rule| policy.rules[rule].name.as_str())
                .collect();
            let not = if expect.not { "not " } else { "" };
            line(format!("  expect {not}{}", names.join(", ")));
        }
    }
    out
}

fn show_event(given: &GivenEvent) -> String {
    let event = stdlib::schema().event(given.event);
    let name = event.map_or("", |event| event.name.as_str());
    let slots = event.into_iter().flat_map(|event| &event.slots);
    let slots = slots
        .zip(&given.slots)
        .map(|(slot, value)| format!("{}={}", slot.path, show_value(value)));
    let context = given.context.iter().map(|(field, value)| {
        let path = context::info(*field).map_or("", |info| info.path);
        format!("{path}={}", show_value(value))
    });
    let fields: Vec<_> = slots.chain(context).collect();
    let processes: Vec<_> = given
        .processes
        .iter()
        .map(|process| {
            let fields = context::ProcessField::ALL.iter();
            let fields = fields
                .map(|&field| format!("{field:?}={}", show_value(process.get(field))))
                .filter(|field| !field.ends_with("=0") && !field.ends_with("=\"\""));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(" "))
        })
        .collect();
    format!("{name} {} {}", fields.join(" "), processes.join(" < "))
}

fn show_value(value: &GivenValue) -> String {
    let bytes = |bytes: &[u8]| format!("\"{}\"", bytes.escape_ascii());
    let shown = match &value.value {
        GivenData::Absent => "absent".to_owned(),
        GivenData::Int(int) => int.to_string(),
        GivenData::Bytes(text) => bytes(text),
        GivenData::List(items) => {
            let items: Vec<_> = items.iter().map(|item| bytes(item)).collect();
            format!("[{}]", items.join(", "))
        }
    };
    let cut = if value.truncated { "…" } else { "" };
    format!("{shown}{cut}")
}
