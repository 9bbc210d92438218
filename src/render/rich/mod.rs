//! `--format rich` and `narrated`, by miette: for a person at a terminal or with a screen reader.
//! [`source`] is how it reads a file.

mod source;

use std::fmt;

use miette::{
    Diagnostic as Report, GraphicalReportHandler, GraphicalTheme, LabeledSpan,
    NarratableReportHandler, Severity as Level, SourceCode,
};
use source::Source;
use tracee_lang::diagnostics::{Diagnostic, Severity};
use tracee_lang::source::{SourceMap, place};

/// With source, in colour if told.
pub(super) fn graphical(sources: &SourceMap, diagnostics: &[Diagnostic], color: bool) -> String {
    let theme = if color {
        GraphicalTheme::unicode()
    } else {
        GraphicalTheme::unicode_nocolor()
    };
    let handler = GraphicalReportHandler::new_themed(theme).with_links(false);
    render(sources, diagnostics, |text, view| {
        handler.render_report(text, view)
    })
}

/// In sentences.
pub(super) fn narrated(sources: &SourceMap, diagnostics: &[Diagnostic]) -> String {
    let handler = NarratableReportHandler::new();
    render(sources, diagnostics, |text, view| {
        handler.render_report(text, view)
    })
}

fn render(
    sources: &SourceMap,
    diagnostics: &[Diagnostic],
    write: impl Fn(&mut String, &View<'_>) -> fmt::Result,
) -> String {
    let mut text = String::new();
    for diagnostic in diagnostics {
        if !text.is_empty() {
            text.push('\n');
        }
        // Writing into a String can't fail, and a span outside its file is shown without source.
        if write(&mut text, &View::new(sources, diagnostic)).is_err() {
            text.push_str(&format!("{}: {}\n", diagnostic.code, diagnostic.message));
        }
    }
    text
}

/// One diagnostic as miette sees it. miette knows one source a report, so related places in other
/// files become lines of the help.
struct View<'a> {
    diagnostic: &'a Diagnostic,
    source: Option<Source<'a>>,
    help: Option<String>,
}

impl<'a> View<'a> {
    fn new(sources: &'a SourceMap, diagnostic: &'a Diagnostic) -> Self {
        let home = diagnostic.span().file;
        let elsewhere = diagnostic
            .labels
            .iter()
            .filter(|label| label.span.file != home)
            .map(|label| {
                let place = place(sources, label.span.file, label.span.start);
                let file = sources.get(label.span.file).map_or("?", |file| &file.name);
                format!("{file}:{}:{}: {}", place.line, place.column, label.text)
            });
        let help: Vec<String> = diagnostic
            .help
            .iter()
            .cloned()
            .chain(diagnostic.notes.iter().cloned())
            .chain(elsewhere)
            .collect();
        Self {
            diagnostic,
            source: sources.get(home).map(Source),
            help: (!help.is_empty()).then(|| help.join("\n")),
        }
    }
}

impl fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.diagnostic, f)
    }
}

impl fmt::Display for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diagnostic.message)
    }
}

impl std::error::Error for View<'_> {}

impl Report for View<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.diagnostic.code))
    }

    fn severity(&self) -> Option<Level> {
        Some(match self.diagnostic.severity {
            Severity::Error => Level::Error,
            Severity::Warning => Level::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help
            .as_ref()
            .map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        let source = self.source.as_ref()?;
        Some(source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let home = self.diagnostic.span().file;
        let labels = self
            .diagnostic
            .labels
            .iter()
            .filter(move |label| label.span.file == home);
        Some(Box::new(labels.map(|label| {
            let text = (!label.text.is_empty()).then(|| label.text.clone());
            let start = label.span.start as usize;
            let span = (start, (label.span.end as usize).saturating_sub(start));
            if label.primary {
                LabeledSpan::new_primary_with_span(text, span)
            } else {
                LabeledSpan::new_with_span(text, span)
            }
        })))
    }
}
