//! Diagnostics as text. The compiler makes plain data; each file here is one way to show it, with
//! [`visible`] for what a terminal must not get.

mod github;
mod json;
mod plain;
mod rich;
mod sarif;
pub(crate) mod visible;

use tracee_lang::diagnostics::Diagnostic;
use tracee_lang::source::{SourceMap, Span, place};

use crate::cli::{Color, DiagnosticFormat};
use crate::load::Sources;
use crate::terminal;

/// Bytes of the longest line that is shown around a mistake.
const MAX_LINE: usize = 10_000;
/// Lines that may be shown before and after it.
const CONTEXT: usize = 2;

/// What the text is for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target {
    /// A person reads it at a terminal.
    pub(crate) is_terminal: bool,
    /// ANSI colours may be used.
    pub(crate) color: bool,
}

impl Target {
    /// Text for a file.
    pub(crate) const FILE: Self = Self {
        is_terminal: false,
        color: false,
    };

    /// Text for stdout.
    pub(crate) fn stdout(color: Color) -> Self {
        use std::io::IsTerminal;
        let is_terminal = std::io::stdout().is_terminal();
        Self {
            is_terminal,
            color: terminal::stdout_color(color),
        }
    }

    /// Text for stderr.
    pub(crate) fn stderr(color: Color) -> Self {
        use std::io::IsTerminal;
        let is_terminal = std::io::stderr().is_terminal();
        Self {
            is_terminal,
            color: terminal::stderr_color(color),
        }
    }
}

/// All diagnostics in one format, ending in a newline unless there are none.
pub(crate) fn diagnostics(
    sources: &Sources,
    diagnostics: &[Diagnostic],
    format: DiagnosticFormat,
    target: Target,
) -> String {
    // Programs get the data as it is; what a person sees must not move the cursor or hide itself.
    let for_programs = match format {
        DiagnosticFormat::Json => Some(json::lines(&sources.map, diagnostics)),
        DiagnosticFormat::Sarif => Some(sarif::log(sources, diagnostics)),
        _ => None,
    };
    if let Some(text) = for_programs {
        return text;
    }
    let (map, diagnostics) = (
        &*visible::sources(&sources.map),
        &*visible::diagnostics(diagnostics),
    );
    let with_source = |diagnostics: &[Diagnostic]| match format {
        DiagnosticFormat::Auto if target.is_terminal => {
            rich::graphical(map, diagnostics, target.color)
        }
        DiagnosticFormat::Rich => rich::graphical(map, diagnostics, target.color),
        DiagnosticFormat::Narrated => rich::narrated(map, diagnostics),
        DiagnosticFormat::Plain => plain::with_source(map, diagnostics),
        DiagnosticFormat::Github => github::commands(sources, diagnostics),
        _ => plain::short(map, diagnostics),
    };
    let alike = diagnostics.chunk_by(|a, b| has_long_line(map, a) == has_long_line(map, b));
    let shown = alike.map(|chunk| match chunk.first() {
        Some(first) if format != DiagnosticFormat::Github && has_long_line(map, first) => {
            plain::short(map, chunk)
        }
        _ => with_source(chunk),
    });
    shown.collect()
}

/// Whether a label is on or beside a line that nobody could read, as of a generated list: none of them is
/// shown.
fn has_long_line(sources: &SourceMap, diagnostic: &Diagnostic) -> bool {
    let is_long = |span: Span| {
        let text = sources.get(span.file).map_or("", |file| &*file.text);
        let (before, after) = text
            .split_at_checked(span.start as usize)
            .unwrap_or_default();
        let ends = before.rsplit('\n').next().map_or(0, str::len)
            + after.split('\n').next().map_or(0, str::len);
        let before = before.rsplit('\n').skip(1).take(CONTEXT);
        let after = after.split('\n').skip(1).take(CONTEXT);
        ends > MAX_LINE || before.chain(after).any(|line| line.len() > MAX_LINE)
    };
    diagnostic.labels.iter().any(|label| is_long(label.span))
}

/// `FILE:LINE:COLUMN` of a span's begin.
pub(crate) fn short_place(sources: &SourceMap, span: Span) -> String {
    let place = place(sources, span.file, span.start);
    let file = sources.get(span.file).map_or("", |file| &file.name);
    format!("{file}:{}:{}", place.line, place.column)
}

/// All that is said of a mistake in one text, where there is no other place for it.
fn words(diagnostic: &Diagnostic) -> String {
    let mut words = diagnostic.message.clone();
    let primary = diagnostic.labels.iter().find(|label| label.primary);
    if let Some(label) = primary.filter(|label| !label.text.is_empty()) {
        words += &format!("\n{}", label.text);
    }
    if let Some(help) = &diagnostic.help {
        words += &format!("\nhelp: {help}");
    }
    for note in &diagnostic.notes {
        words += &format!("\nnote: {note}");
    }
    words
}
