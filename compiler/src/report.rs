//! Diagnostics as data for other programs: what `tracee check --format json` prints, and the playground shows.

use serde::Serialize;
use tracee_lang::diagnostics::{Diagnostic, Severity};
use tracee_lang::source::{self, SourceMap};

/// A diagnostic with places that can be read without the files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// As in `TP0301`.
    pub code: String,
    /// `error` or `warning`.
    pub severity: &'static str,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// Places with what is said of each; the primary one is where the mistake is.
    pub labels: Vec<Label>,
    /// What to do, if there is more to say than the fixes.
    pub help: Option<String>,
    /// What else there is to know.
    pub notes: Vec<String>,
    /// Edits that mend it, each by itself.
    pub fixes: Vec<Fix>,
}

/// A place and what is said of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Label {
    /// Where.
    #[serde(flatten)]
    pub place: Range,
    /// May be empty.
    pub text: String,
    /// Whether the mistake is here.
    pub primary: bool,
}

/// What mends a mistake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fix {
    /// What it does.
    pub title: String,
    /// Whether nothing else can be meant; otherwise it is a guess.
    pub sure: bool,
    /// Pieces of files with what to write instead; they don't overlap.
    pub edits: Vec<Edit>,
}

/// A piece of a file with what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Edit {
    /// Where.
    #[serde(flatten)]
    pub place: Range,
    /// The new text.
    pub text: String,
}

/// A piece of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Range {
    /// The file's name.
    pub file: String,
    /// Where it begins.
    pub start: Position,
    /// Where it ends: behind its last character.
    pub end: Position,
}

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Position {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// In bytes from the file's begin.
    pub byte: u32,
}

/// The data of a diagnostic about files of the map.
pub fn report(sources: &SourceMap, diagnostic: &Diagnostic) -> Report {
    let labels = diagnostic.labels.iter().map(|label| Label {
        place: range(sources, label.span),
        text: label.text.clone(),
        primary: label.primary,
    });
    let fixes = diagnostic.fixes.iter().map(|fix| {
        let edits = fix.edits.iter().map(|edit| Edit {
            place: range(sources, edit.span),
            text: edit.text.clone(),
        });
        Fix {
            title: fix.title.clone(),
            sure: fix.sure,
            edits: edits.collect(),
        }
    });
    Report {
        code: diagnostic.code.to_string(),
        severity: match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        message: diagnostic.message.clone(),
        labels: labels.collect(),
        help: diagnostic.help.clone(),
        notes: diagnostic.notes.clone(),
        fixes: fixes.collect(),
    }
}

fn range(sources: &SourceMap, span: source::Span) -> Range {
    let (start, end) = source::places(sources, span);
    let position = |place: source::Place, byte| Position {
        line: place.line,
        column: place.column,
        byte,
    };
    let file = sources.get(span.file);
    Range {
        file: file.map_or_else(String::new, |file| file.name.to_string()),
        start: position(start, span.start),
        end: position(end, span.end),
    }
}
