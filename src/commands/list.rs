//! `tracee list events|rules|fields|functions`: what a policy can name, and what policies hold.

use serde_json::{Value, json};
use tracee_lang::attack::Technique;
use tracee_lang::context::{FIELDS, Origin};
use tracee_lang::functions::{self, Example, Function};
use tracee_lang::hir::PolicySet;
use tracee_lang::schema::{Event, Hook, Schema};
use tracee_lang::stdlib;

use crate::cli::{Color, DataFormat, ListArgs, Listed};
use crate::exit::{Exit, Failure};
use crate::{load, terminal};

/// Prints the list to stdout.
pub(crate) fn list(arguments: &ListArgs, color: Color) -> Result<Exit, Failure> {
    if arguments.what != Listed::Rules && !arguments.paths.is_empty() {
        return Err(Failure::new(
            Exit::Usage,
            "only `tracee list rules` takes policies",
        ));
    }
    let schema = stdlib::schema();
    let rows = match arguments.what {
        Listed::Events => events(schema),
        Listed::Fields => fields(schema),
        Listed::Functions => functions(),
        Listed::Rules if arguments.paths.is_empty() => {
            return Err(
                Failure::new(Exit::Usage, "no policy is named").help("tracee list rules PATH…")
            );
        }
        Listed::Rules => rules(
            schema,
            &load::load_valid(&arguments.paths, color)?.checked.policies,
        ),
    };
    terminal::print(&match arguments.format {
        DataFormat::Human => table(&rows),
        DataFormat::Json => {
            let values: Vec<Value> = rows.into_iter().map(|row| row.json).collect();
            format!("{:#}\n", Value::Array(values))
        }
    })?;
    Ok(Exit::Success)
}

/// One thing that is listed, in both forms.
struct Row {
    cells: Vec<String>,
    json: Value,
}

fn events(schema: &Schema) -> Vec<Row> {
    schema
        .events
        .iter()
        .map(|event| event_row(schema, event))
        .collect()
}

fn event_row(schema: &Schema, event: &Event) -> Row {
    let arguments: Vec<(String, String)> = event
        .args
        .iter()
        .map(|arg| (arg.name.clone(), schema.type_name(&arg.ty)))
        .collect();
    let written: Vec<String> = arguments
        .iter()
        .map(|(name, ty)| format!("{name}: {ty}"))
        .collect();
    let hooks: Vec<String> = event.hooks.iter().map(Hook::to_string).collect();
    let summary = event.doc.lines().next().unwrap_or_default();
    Row {
        cells: vec![
            event.name.clone(),
            format!("({})", written.join(", ")),
            summary.to_owned(),
        ],
        json: json!({
            "name": event.name,
            "id": event.id.0,
            "doc": event.doc,
            "sets": event.sets,
            "args": arguments
                .iter()
                .map(|(name, ty)| json!({ "name": name, "type": ty }))
                .collect::<Vec<_>>(),
            "retval": event.has_retval,
            "hooks": hooks,
        }),
    }
}

fn fields(schema: &Schema) -> Vec<Row> {
    FIELDS
        .iter()
        .map(|field| {
            let ty = schema.type_name(&field.ty);
            let origin = match field.origin {
                Origin::Kernel => "kernel",
                Origin::Userland => "userland",
            };
            Row {
                cells: vec![
                    field.path.into(),
                    ty.clone(),
                    origin.into(),
                    field.doc.into(),
                ],
                json: json!({
                    "path": field.path,
                    "type": ty,
                    "known_by": origin,
                    "doc": field.doc,
                }),
            }
        })
        .collect()
}

fn functions() -> Vec<Row> {
    let examples = |function: &Function| -> Vec<Value> {
        let shown = |example| {
            let gives = Example::gives_text(example);
            json!({ "call": function.call(example), "gives": gives })
        };
        function.examples.iter().map(shown).collect()
    };
    let row = |function: &&'static Function| Row {
        cells: vec![function.signature(), function.summary().into()],
        json: json!({
            "name": function.name,
            "signature": function.signature(),
            "doc": function.doc,
            "edges": function.edges,
            "examples": examples(function),
        }),
    };
    functions::ALL.iter().map(row).collect()
}

fn rules(schema: &Schema, policies: &PolicySet) -> Vec<Row> {
    let rules = policies.policies.iter().flat_map(|policy| &policy.rules);
    rules
        .map(|rule| {
            let mut events: Vec<&str> = rule
                .on
                .iter()
                .filter_map(|on| schema.event(on.event))
                .map(|event| event.name.as_str())
                .collect();
            events.dedup();
            let ids: Vec<&str> = rule.attack.iter().map(|technique| technique.id).collect();
            let title = rule.title.clone().unwrap_or_default();
            Row {
                cells: vec![
                    rule.qualified_name.clone(),
                    rule.severity.name().into(),
                    rule.id.clone().unwrap_or_default(),
                    ids.join(","),
                    events.join(","),
                    title.clone(),
                ],
                json: json!({
                    "rule": rule.qualified_name,
                    "id": rule.id,
                    "title": rule.title,
                    "severity": rule.severity.name(),
                    "attack": ids,
                    "techniques": rule.attack.iter().map(|&of| technique(of)).collect::<Vec<_>>(),
                    "events": events,
                    "doc": rule.doc,
                }),
            }
        })
        .collect()
}

fn technique(technique: &Technique) -> Value {
    let tactics: Vec<Value> = technique
        .tactics()
        .map(|tactic| json!({ "id": tactic.id, "name": tactic.name }))
        .collect();
    json!({
        "id": technique.id,
        "name": technique.full_name(),
        "tactics": tactics,
    })
}

/// Cells in columns, two spaces apart; the last column is not padded.
fn table(rows: &[Row]) -> String {
    let columns = rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
    // A cell longer than this does not widen its column for everybody.
    const WIDEST: usize = 48;
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.cells.get(column));
        cells
            .map(|cell| cell.chars().count())
            .filter(|&width| width <= WIDEST)
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.cells.iter().zip(&widths) {
            line.push_str(&format!("{cell:width$}  "));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
