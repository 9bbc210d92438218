//! `--format sarif`: one log in SARIF 2.1.0, the OASIS standard that code scanning and editors read.
//!
//! [`rules`] makes the descriptions of codes, [`uri`] the addresses of files. Sections in comments are
//! those of the standard.

mod rules;
mod uri;

use serde_json::{Value, json};
use tracee_lang::diagnostics::{Diagnostic, Fix, Label, Severity};
use tracee_lang::source::{Span, places};

use self::rules::Rules;
use self::uri::Uris;
use super::words;
use crate::load::{self, Sources};

/// Where the schema of the standard is.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The log of one run.
pub(super) fn log(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    let log = Log {
        sources,
        uris: Uris::new(sources),
        rules: Rules::of(diagnostics),
    };
    let results: Vec<Value> = diagnostics.iter().map(|one| log.result(one)).collect();
    let artifacts: Vec<Value> = log
        .uris
        .all()
        .map(|uri| json!({ "location": { "uri": uri }, "roles": ["analysisTarget"] }))
        .collect();
    // Policies with errors were looked at; those that can't be read were not.
    let successful = load::exit(diagnostics) != crate::exit::Exit::Usage;
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": log.rules.driver() },
            "invocations": [{ "executionSuccessful": successful }],
            "artifacts": artifacts,
            "results": results,
            "columnKind": "utf16CodeUnits",
        }],
    });
    format!("{log:#}\n")
}

struct Log<'a> {
    sources: &'a Sources,
    uris: Uris,
    rules: Rules,
}

impl Log<'_> {
    fn result(&self, diagnostic: &Diagnostic) -> Value {
        let mut value = json!({
            "ruleId": diagnostic.code.to_string(),
            "ruleIndex": self.rules.index(diagnostic.code),
            "level": level(diagnostic.severity),
            "message": message(&words(diagnostic)),
            "locations": [{ "physicalLocation": self.place(diagnostic.span()) }],
        });
        let labels = diagnostic.labels.iter().filter(|label| !label.primary);
        let related: Vec<Value> = labels.enumerate().map(|it| self.related(it)).collect();
        if !related.is_empty() {
            value["relatedLocations"] = related.into();
        }
        let fixes: Vec<Value> = diagnostic.fixes.iter().map(|fix| self.fix(fix)).collect();
        if !fixes.is_empty() {
            value["fixes"] = fixes.into();
        }
        value
    }

    fn related(&self, (at, label): (usize, &Label)) -> Value {
        let mut value = json!({ "id": at + 1, "physicalLocation": self.place(label.span) });
        if !label.text.is_empty() {
            value["message"] = message(&label.text);
        }
        value
    }

    /// One change for each file, as the standard wants it (3.56.3).
    fn fix(&self, fix: &Fix) -> Value {
        let mut changes: Vec<Value> = Vec::new();
        let mut last = None;
        let mut edits = fix.edits.clone();
        edits.sort_by_key(|edit| edit.span);
        for edit in edits {
            let replacement = json!({
                "deletedRegion": self.region(edit.span),
                "insertedContent": { "text": edit.text },
            });
            match changes.last_mut() {
                Some(change) if last == Some(edit.span.file) => {
                    if let Some(all) = change["replacements"].as_array_mut() {
                        all.push(replacement);
                    }
                }
                _ => changes.push(json!({
                    "artifactLocation": self.uris.location(edit.span.file),
                    "replacements": [replacement],
                })),
            }
            last = Some(edit.span.file);
        }
        json!({ "description": message(&fix.title), "artifactChanges": changes })
    }

    fn place(&self, span: Span) -> Value {
        json!({
            "artifactLocation": self.uris.location(span.file),
            "region": self.region(span),
        })
    }

    /// Ends are exclusive; an insertion is an empty region (3.30.2).
    fn region(&self, span: Span) -> Value {
        let (start, end) = places(&self.sources.map, span);
        json!({
            "startLine": start.line,
            "startColumn": start.utf16_column,
            "endLine": end.line,
            "endColumn": end.utf16_column,
        })
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// A message has placeholders in braces, so that a brace is written twice (3.11.5), and links, whose
/// brackets are told from others by a backslash (3.11.6).
fn message(words: &str) -> Value {
    let mut text = words.replace('{', "{{").replace('}', "}}");
    if text.contains("](") {
        text = text.replace('\\', "\\\\");
        text = text.replace('[', "\\[").replace(']', "\\]");
    }
    json!({ "text": text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_have_neither_placeholders_nor_links() {
        let text = |words: &str| message(words)["text"].clone();
        assert_eq!(text("`{` is not closed"), "`{{` is not closed");
        assert_eq!(text("in `[1, 2]`"), "in `[1, 2]`");
        assert_eq!(text(r"`[a](b\c)`"), r"`\[a\](b\\c)`");
    }
}
