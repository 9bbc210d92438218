//! `--format json`: one object a line, straight from the data.

use serde_json::{Value, json};
use tracee_lang::diagnostics::{Diagnostic, Severity};
use tracee_lang::source::{SourceMap, Span};

use super::places::{Place, places};

/// One object a line.
pub(super) fn lines(sources: &SourceMap, diagnostics: &[Diagnostic]) -> String {
    diagnostics
        .iter()
        .map(|diagnostic| format!("{}\n", object(sources, diagnostic)))
        .collect()
}

fn object(sources: &SourceMap, diagnostic: &Diagnostic) -> Value {
    let labels: Vec<Value> = diagnostic
        .labels
        .iter()
        .map(|label| {
            let mut value = span(sources, label.span);
            value["text"] = label.text.clone().into();
            value["primary"] = label.primary.into();
            value
        })
        .collect();
    let fixes: Vec<Value> = diagnostic
        .fixes
        .iter()
        .map(|fix| {
            let edits = fix.edits.iter().map(|edit| {
                let mut value = span(sources, edit.span);
                value["text"] = edit.text.clone().into();
                value
            });
            json!({ "title": fix.title, "sure": fix.sure, "edits": edits.collect::<Vec<_>>() })
        })
        .collect();
    json!({
        "code": diagnostic.code.to_string(),
        "severity": match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        "message": diagnostic.message,
        "labels": labels,
        "help": diagnostic.help,
        "notes": diagnostic.notes,
        "fixes": fixes,
    })
}

fn span(sources: &SourceMap, span: Span) -> Value {
    let (start, end) = places(sources, span);
    let position = |place: Place, offset: u32| json!({ "line": place.line, "column": place.column, "byte": offset });
    json!({
        "file": sources.get(span.file).map_or("", |file| &file.name),
        "start": position(start, span.start),
        "end": position(end, span.end),
    })
}
