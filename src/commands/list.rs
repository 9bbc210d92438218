//! `tracee list events|sets|rules|lists|fields|functions`: what a policy can name, and what policies hold.

use std::collections::HashSet;

use serde_json::{Value, json};
use tracee_lang::attack::Technique;
use tracee_lang::check::{self, Checked};
use tracee_lang::context::{FIELDS, Origin};
use tracee_lang::functions::{self, Example, Function};
use tracee_lang::hir::Rule;
use tracee_lang::schema::{Event, Hook, Schema};
use tracee_lang::source::Span;
use tracee_lang::stdlib::{self, List};
use tracee_lang::times::Moment;

use crate::cli::{Color, DataFormat, ListArgs, Listed};
use crate::exit::{Exit, Failure};
use crate::{load, terminal};

/// Prints the list to stdout.
pub(crate) fn list(arguments: &ListArgs, color: Color, now: Moment) -> Result<Exit, Failure> {
    if arguments.what != Listed::Rules && !arguments.paths.is_empty() {
        return Err(Failure::new(
            Exit::Usage,
            "only `tracee list rules` takes policies",
        ));
    }
    let schema = stdlib::schema();
    let set = arguments.set.as_deref();
    if set.is_some() && arguments.what != Listed::Events {
        return Err(Failure::new(
            Exit::Usage,
            "only `tracee list events` takes --set",
        ));
    }
    if let Some(set) = set.filter(|set| !schema.sets().contains(set)) {
        let message = format!("there is no set `{set}` of events");
        return Err(Failure::new(Exit::Usage, message)
            .help("`tracee list sets` prints those that there are"));
    }
    let rows = match arguments.what {
        Listed::Events => events(schema, set),
        Listed::Sets => sets(schema),
        Listed::Fields => fields(schema),
        Listed::Functions => functions(),
        Listed::Lists => lists(),
        Listed::Rules if arguments.paths.is_empty() => {
            let library = check::standard_rules();
            rules(schema, library.iter().map(|rule| (None, rule)))
        }
        Listed::Rules => {
            let checked = load::load_valid(&arguments.paths, color, now)?.checked;
            rules(schema, rules_of(&checked))
        }
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

fn events(schema: &Schema, set: Option<&str>) -> Vec<Row> {
    let is_listed = |event: &&Event| set.is_none_or(|set| event.sets.iter().any(|of| of == set));
    let listed = schema.events.iter().filter(is_listed);
    listed.map(|event| event_row(schema, event)).collect()
}

fn sets(schema: &Schema) -> Vec<Row> {
    let row = |set: &str| {
        let events: Vec<_> = schema.events_of(set).map(|event| &event.name).collect();
        Row {
            cells: vec![set.to_owned(), events.len().to_string()],
            json: json!({ "name": set, "events": events }),
        }
    };
    schema.sets().into_iter().map(row).collect()
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

/// The rules of policies, with the policies' names, then those that no policy uses.
fn rules_of(checked: &Checked) -> impl Iterator<Item = (Option<&str>, &Rule)> {
    let policies = &checked.policies.policies;
    let own = policies.iter().flat_map(|policy| {
        let rules = policy.rules.iter();
        rules.map(|rule| (Some(policy.name.as_str()), rule))
    });
    let used: HashSet<Span> = own.clone().map(|(_, rule)| rule.span).collect();
    let loose = checked.library.iter();
    let loose =
        loose.filter(move |rule| !rule.span.file.is_standard() && !used.contains(&rule.span));
    own.chain(loose.map(|rule| (None, rule)))
}

fn rules<'r>(
    schema: &Schema,
    rules: impl Iterator<Item = (Option<&'r str>, &'r Rule)>,
) -> Vec<Row> {
    rules
        .map(|(policy, rule)| {
            let mut events: Vec<&str> = rule
                .on
                .iter()
                .filter_map(|on| schema.event(on.event))
                .map(|event| event.name.as_str())
                .collect();
            events.dedup();
            let ids: Vec<&str> = rule.attack.iter().map(|technique| technique.id).collect();
            let title = rule.title.clone().unwrap_or_default();
            let shown = match rule.signature {
                Some(_) => format!("{title} (evaluated by regorus)"),
                None => title,
            };
            Row {
                cells: vec![
                    rule.qualified_name.clone(),
                    // Of a rule of its own, the name says it.
                    policy
                        .filter(|_| rule.used.is_some())
                        .unwrap_or_default()
                        .into(),
                    rule.severity.name().into(),
                    rule.id.clone().unwrap_or_default(),
                    ids.join(","),
                    events.join(","),
                    shown,
                ],
                json: json!({
                    "rule": rule.qualified_name,
                    "policy": policy,
                    "id": rule.id,
                    "title": rule.title,
                    "severity": rule.severity.name(),
                    "attack": ids,
                    "techniques": rule.attack.iter().map(|&of| technique(of)).collect::<Vec<_>>(),
                    "events": events,
                    "doc": rule.doc,
                    "signature": rule.signature.as_ref().map(|of| json!({ "engine": "regorus", "version": of.version, "tags": of.tags })),
                }),
            }
        })
        .collect()
}

fn lists() -> Vec<Row> {
    let row = |list: List| {
        let name = format!("std.{}", list.name);
        let summary = list.doc.lines().next().unwrap_or_default();
        Row {
            cells: vec![name.clone(), list.ty.to_owned(), summary.to_owned()],
            json: json!({
                "name": name,
                "type": list.ty,
                "doc": list.doc,
                "elements": list.elements,
            }),
        }
    };
    stdlib::lists().into_iter().map(row).collect()
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

/// Cells in columns, two spaces apart; the last column is not padded, an empty one left out.
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
    let is_empty = |column: usize| {
        let mut cells = rows.iter().filter_map(|row| row.cells.get(column));
        cells.all(String::is_empty)
    };
    let shown: Vec<(usize, usize)> = (0..columns)
        .filter(|&column| !is_empty(column))
        .map(|column| (column, width(column)))
        .collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for &(column, width) in &shown {
            let cell = row.cells.get(column).map_or("", String::as_str);
            line.push_str(&format!("{cell:width$}  "));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
