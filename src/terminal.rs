//! What stdout and stderr are: a terminal or a pipe, in colour or not; and the one place that
//! writes to them without panicking when nobody reads any more.

use std::io::{IsTerminal, Write};

use crate::cli::Color;
use crate::exit::{Exit, Failure};

/// Writes a line to stderr. A closed stderr has nobody to tell, so failing is ignored.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Writes text to stdout.
///
/// # Errors
/// [`Exit::Output`] if stdout is closed or full.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
        .map_err(closed)
}

/// The failure for a stdout that can't be written.
pub(crate) fn closed(error: std::io::Error) -> Failure {
    Failure::new(Exit::Output, format!("stdout can't be written: {error}"))
}

/// Whether stdout gets colours: as told, else if it is a terminal and `NO_COLOR` is not set.
pub(crate) fn stdout_color(color: Color) -> bool {
    decide(color, std::io::stdout().is_terminal())
}

/// The same for stderr.
pub(crate) fn stderr_color(color: Color) -> bool {
    decide(color, std::io::stderr().is_terminal())
}

fn decide(color: Color, is_terminal: bool) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        }
    }
}

/// Writes text that already has its newlines to stderr.
pub(crate) fn say_all(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
