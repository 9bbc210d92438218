//! A small plain renderer for golden files.

use std::fmt::Write;

use tracee_lang::diagnostics::{Diagnostic, Severity};
use tracee_lang::source::{FileId, SourceMap, Span};

/// `line:column`, both from 1, in characters; with the name of the file if it is not the first.
fn place(map: &SourceMap, span: Span) -> String {
    let text = map
        .get(span.file)
        .map(|file| &*file.text)
        .unwrap_or_default();
    let before = text.get(..span.start as usize).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count()
        + 1;
    match map.get(span.file) {
        Some(file) if span.file != FileId::default() => format!("{}:{line}:{column}", file.name),
        _ => format!("{line}:{column}"),
    }
}

/// One line for each diagnostic and, indented, what belongs to it.
pub(crate) fn render(map: &SourceMap, diagnostics: &[Diagnostic]) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        let severity = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let mut line = |text: String| writeln!(out, "{text}").unwrap_or_default();
        let (at, code) = (place(map, diagnostic.span()), diagnostic.code);
        let marked = map.slice(diagnostic.span());
        line(format!("{at} {severity}[{code}]: {}", diagnostic.message));
        line(format!(
            "    at `{}`",
            marked.lines().next().unwrap_or_default()
        ));
        for label in diagnostic.labels.iter().filter(|label| !label.primary) {
            line(format!("    {}: {}", place(map, label.span), label.text));
        }
        if let Some(help) = &diagnostic.help {
            line(format!("    help: {help}"));
        }
        for note in &diagnostic.notes {
            line(format!("    note: {note}"));
        }
        for fix in &diagnostic.fixes {
            let edits: Vec<_> = fix
                .edits
                .iter()
                .map(|edit| {
                    format!(
                        "{} `{}` → `{}`",
                        place(map, edit.span),
                        map.slice(edit.span),
                        edit.text
                    )
                })
                .collect();
            line(format!("    fix: {}: {}", fix.title, edits.join(", ")));
        }
    }
    out
}
