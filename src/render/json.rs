//! `--format json`: one object a line, straight from the data.

use serde_json::{Value, json};
use tracee_lang::diagnostics::{Diagnostic, Severity};
use tracee_lang::source::{FileId, SourceMap, Span};

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
            json!({ "title": fix.title, "edits": edits.collect::<Vec<_>>() })
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
    let position = |offset| {
        let place = place(sources, span.file, offset);
        json!({ "line": place.line, "column": place.column, "byte": offset })
    };
    json!({
        "file": sources.get(span.file).map_or("", |file| &file.name),
        "start": position(span.start),
        "end": position(span.end),
    })
}

/// A place as people count it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// From 1.
    pub(crate) line: usize,
    /// In characters, from 1.
    pub(crate) column: usize,
}

/// Where a byte offset is; the file's end if it is past it.
pub(crate) fn place(sources: &SourceMap, file: FileId, offset: u32) -> Place {
    let text = sources.get(file).map_or("", |file| &file.text);
    let mut offset = (offset as usize).min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &text[..offset];
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Place {
        line: 1 + before.matches('\n').count(),
        column: 1 + before[start..].chars().count(),
    }
}
