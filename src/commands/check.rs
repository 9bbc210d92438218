//! `tracee check PATH…`: says what is wrong with policies. Nothing is printed on success.

use tracee_lang::diagnostics::Severity;

use crate::cli::{CheckArgs, Color, Denied, DiagnosticFormat};
use crate::exit::{Exit, Failure};
use crate::load::{self, Sources};
use crate::{render, terminal};

/// Checks the files together and prints the diagnostics to stdout.
pub(crate) fn check(arguments: &CheckArgs, color: Color) -> Result<Exit, Failure> {
    let sources = Sources::read(&arguments.paths);
    let diagnostics = &sources.check().diagnostics;
    let target = render::Target::stdout(color);
    terminal::print(&render::diagnostics(
        &sources,
        diagnostics,
        arguments.format,
        target,
    ))?;
    let for_a_person = matches!(arguments.format, DiagnosticFormat::Rich)
        || arguments.format == DiagnosticFormat::Auto && target.is_terminal;
    if for_a_person && !diagnostics.is_empty() {
        let count = |severity| {
            diagnostics
                .iter()
                .filter(|one| one.severity == severity)
                .count()
        };
        terminal::say(&totals(count(Severity::Error), count(Severity::Warning)));
    }
    let denied = arguments.deny == Some(Denied::Warnings) && !diagnostics.is_empty();
    let exit = load::exit(diagnostics);
    Ok(if denied {
        exit.max(Exit::Diagnostics)
    } else {
        exit
    })
}

fn totals(errors: usize, warnings: usize) -> String {
    let some = |count: usize, noun: &str| {
        (count > 0).then(|| format!("{count} {noun}{}", if count == 1 { "" } else { "s" }))
    };
    let parts: Vec<String> = [some(errors, "error"), some(warnings, "warning")]
        .into_iter()
        .flatten()
        .collect();
    parts.join(", ")
}
