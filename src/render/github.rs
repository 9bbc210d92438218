//! `--format github`: workflow commands, of which GitHub makes annotations of a pull request.
//!
//! The form and its escapes are those of GitHub's own toolkit (`@actions/core`, `lib/command.js`).

use tracee_lang::diagnostics::{Diagnostic, Severity};

use super::words;
use crate::load::Sources;
use tracee_lang::source::places;

/// One command a line.
pub(super) fn commands(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    let line = |one| format!("{}\n", command(sources, one));
    diagnostics.iter().map(line).collect()
}

fn command(sources: &Sources, diagnostic: &Diagnostic) -> String {
    let span = diagnostic.span();
    let (start, end) = places(&sources.map, span);
    let file = sources.map.get(span.file).map_or("", |file| &file.name);
    let mut properties = vec![
        ("file", file.to_owned()),
        ("line", start.line.to_string()),
        ("endLine", end.line.to_string()),
    ];
    // Columns are only allowed within one line.
    if start.line == end.line {
        properties.push(("col", start.column.to_string()));
        properties.push(("endColumn", end.column.max(start.column + 1).to_string()));
    }
    properties.push(("title", diagnostic.code.to_string()));
    let name = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut message = words(diagnostic);
    for label in diagnostic.labels.iter().filter(|label| !label.primary) {
        let file = sources.map.get(label.span.file);
        let file = file.map_or("", |file| &file.name);
        let (place, _) = places(&sources.map, label.span);
        message += &format!("\n{file}:{}: {}", place.line, label.text);
    }
    written(name, &properties, &message)
}

fn written(name: &str, properties: &[(&str, String)], message: &str) -> String {
    let properties: Vec<String> = properties
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| format!("{key}={}", escape_property(value)))
        .collect();
    format!(
        "::{name} {}::{}",
        properties.join(","),
        escape_data(message)
    )
}

fn escape_data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn escape_property(text: &str) -> String {
    escape_data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// What the toolkit prints: tests/data/github-commands.json says how it was made.
    #[test]
    fn commands_are_written_as_by_the_toolkit() {
        let table = include_str!("../../tests/data/github-commands.json");
        let table: Value = serde_json::from_str(table).unwrap();
        let cases = table["cases"].as_array().unwrap();
        assert!(cases.len() > 8);
        for case in cases {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let properties: Vec<(&str, String)> = case["properties"]
                .as_object()
                .unwrap()
                .iter()
                .map(|(key, value)| (&**key, text(value)))
                .collect();
            let line = written(
                &text(&case["command"]),
                &properties,
                &text(&case["message"]),
            );
            assert_eq!(line, text(&case["line"]));
        }
    }
}
