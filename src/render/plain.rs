//! `--format short` and `plain`, by codespan-reporting: the same bytes everywhere, for golden
//! files, logs and editors' problem matchers.

use std::collections::HashMap;

use codespan_reporting::diagnostic::{Diagnostic as Report, Label, LabelStyle, Severity as Level};
use codespan_reporting::files::SimpleFiles;
use codespan_reporting::term::{Chars, Config, DisplayStyle, emit_into_string};
use tracee_lang::diagnostics::{Diagnostic, Severity};
use tracee_lang::source::{FileId, SourceMap};

/// One line each.
pub(super) fn short(sources: &SourceMap, diagnostics: &[Diagnostic]) -> String {
    render(sources, diagnostics, DisplayStyle::Short)
}

/// With the source around.
pub(super) fn with_source(sources: &SourceMap, diagnostics: &[Diagnostic]) -> String {
    render(sources, diagnostics, DisplayStyle::Rich)
}

fn render(sources: &SourceMap, diagnostics: &[Diagnostic], style: DisplayStyle) -> String {
    let mut files = SimpleFiles::new();
    let mut numbers: HashMap<FileId, usize> = HashMap::new();
    let labels = diagnostics.iter().flat_map(|one| &one.labels);
    for id in labels.map(|label| label.span.file) {
        if let Some(file) = sources.get(id) {
            numbers
                .entry(id)
                .or_insert_with(|| files.add(file.name.to_string(), file.text.to_string()));
        }
    }
    let config = Config {
        display_style: style,
        chars: Chars::ascii(),
        ..Config::default()
    };
    diagnostics
        .iter()
        .map(|diagnostic| {
            // Failing means a span outside its file, a bug of ours: the message is still shown.
            emit_into_string(&config, &files, &report(diagnostic, &numbers)).unwrap_or_else(
                |error| format!("{}: {} ({error})\n", diagnostic.code, diagnostic.message),
            )
        })
        .collect()
}

fn report(diagnostic: &Diagnostic, numbers: &HashMap<FileId, usize>) -> Report<usize> {
    let level = match diagnostic.severity {
        Severity::Error => Level::Error,
        Severity::Warning => Level::Warning,
    };
    let labels = diagnostic.labels.iter().map(|label| {
        let style = if label.primary {
            LabelStyle::Primary
        } else {
            LabelStyle::Secondary
        };
        let range = label.span.start as usize..label.span.end as usize;
        let file = numbers.get(&label.span.file).copied();
        Label::new(style, file.unwrap_or(usize::MAX), range).with_message(&label.text)
    });
    let help = diagnostic.help.iter().map(|help| format!("help: {help}"));
    Report::new(level)
        .with_code(diagnostic.code)
        .with_message(&diagnostic.message)
        .with_labels(labels.collect())
        .with_notes(help.chain(diagnostic.notes.iter().cloned()).collect())
}
