//! Diagnostics as text. The compiler makes plain data; each file here is one way to show it.

mod json;
mod plain;
mod rich;

use tracee_lang::diagnostics::Diagnostic;
use tracee_lang::source::SourceMap;

use crate::cli::{Color, DiagnosticFormat};
use crate::terminal;

/// What the text is for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target {
    /// A person reads it at a terminal.
    pub(crate) is_terminal: bool,
    /// ANSI colours may be used.
    pub(crate) color: bool,
}

impl Target {
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
    sources: &SourceMap,
    diagnostics: &[Diagnostic],
    format: DiagnosticFormat,
    target: Target,
) -> String {
    match format {
        DiagnosticFormat::Auto if target.is_terminal => {
            rich::graphical(sources, diagnostics, target.color)
        }
        DiagnosticFormat::Rich => rich::graphical(sources, diagnostics, target.color),
        DiagnosticFormat::Narrated => rich::narrated(sources, diagnostics),
        DiagnosticFormat::Plain => plain::with_source(sources, diagnostics),
        DiagnosticFormat::Short | DiagnosticFormat::Auto => plain::short(sources, diagnostics),
        DiagnosticFormat::Json => json::lines(sources, diagnostics),
    }
}
