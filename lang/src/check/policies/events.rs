//! The events that a clause is on: by name, or those of a set (`set.fs`).

use std::sync::Arc;

use crate::ast::{self, Name};
use crate::check::Context;
use crate::check::condition::{ArgumentTypes, Condition};
use crate::check::resolve::Scope;
use crate::check::schema::meant;
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::hir;
use crate::schema::{Event, Schema};

use super::Taken;

/// How the name of a set begins.
const SET: &str = "set.";

/// The events that a name in a clause means; none if there is no such event or set.
pub(super) fn named<'s>(name: &Name, schema: &'s Schema) -> Vec<&'s Event> {
    match name.text.strip_prefix(SET) {
        Some(set) => schema.events_of(set).collect(),
        None => schema.event_named(&name.text).into_iter().collect(),
    }
}

/// One entry per event of the clause whose condition is well typed. An event that is named and of a
/// set, or of several sets, has one.
pub(super) fn on(on: &ast::On, names: Scope<'_, '_>, cx: &mut Context<'_>) -> Vec<hir::On> {
    let mut made: Vec<hir::On> = Vec::new();
    let mut arguments = ArgumentTypes::new();
    let mut taken = Taken::new();
    let before = cx.diagnostics.len();
    for name in &on.events {
        let events = named(name, cx.schema);
        if events.is_empty() {
            unknown_event(name, cx);
            continue;
        }
        if taken.insert(name.text.clone(), name.span).is_some() {
            let kind = if name.text.starts_with(SET) {
                ""
            } else {
                "event "
            };
            let message = format!("{kind}`{}` is there twice", name.text);
            cx.report(Diagnostic::error(
                codes::DUPLICATE_CLAUSE,
                message,
                name.span,
            ));
            continue;
        }
        for event in events {
            if made.iter().any(|made| made.event == event.id) {
                continue;
            }
            let condition = match &on.condition {
                None => None,
                Some(condition) => {
                    let said = cx.diagnostics.len();
                    let checked =
                        Condition::new(cx, names, Some(event), &mut arguments).expr(condition);
                    // What is wrong for one event is not said again for the next.
                    cx.diagnostics.drop_repeated(before, said);
                    match checked {
                        Some(checked) => Some(Arc::new(checked)),
                        None => continue,
                    }
                }
            };
            made.push(hir::On {
                event: event.id,
                condition,
                exceptions: Vec::new(),
                decision: None,
                span: on.span,
            });
        }
    }
    made
}

/// Reports a name that is no event's, or no set's.
pub(in crate::check) fn unknown_event(name: &Name, cx: &mut Context<'_>) {
    let schema = cx.schema;
    let unknown = |message| Diagnostic::error(codes::UNKNOWN_EVENT, message, name.span);
    let (diagnostic, list) = if let Some(set) = name.text.strip_prefix(SET) {
        let sets = schema.sets().into_iter().map(|set| format!("{SET}{set}"));
        let sets: Vec<_> = sets.collect();
        let unknown = unknown(format!("there is no set `{set}` of events"));
        let known = sets.iter().map(String::as_str);
        (meant(unknown, name, known), "tracee list sets")
    } else {
        let unknown = unknown(format!("unknown event `{}`", name.text));
        if schema.sets().contains(name.text.as_str()) {
            let meant = format!("{SET}{}", name.text);
            let diagnostic = unknown
                .help(format!("it is a set: write `{meant}`"))
                .suggest(format!("write `{meant}`"), name.span, meant);
            cx.report(diagnostic);
            return;
        }
        let known = schema.events.iter().map(|event| event.name.as_str());
        (meant(unknown, name, known), "tracee list events")
    };
    cx.report(match diagnostic.help {
        Some(_) => diagnostic,
        None => diagnostic.help(format!("`{list}` prints those that there are")),
    });
}
