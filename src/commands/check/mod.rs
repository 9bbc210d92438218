//! `tracee check PATH…`: says what is wrong with policies. Nothing is printed on success. [`fix`] mends
//! them first, if it is asked to.

mod fix;

use tracee_lang::diagnostics::{Diagnostic, Severity};
use tracee_lang::times::Moment;

use crate::cli::{CheckArgs, Color, Denied, DiagnosticFormat};
use crate::exit::{Exit, Failure};
use crate::load::{self, Sources};
use crate::{render, terminal};

/// Checks the files together and prints the diagnostics to stdout.
pub(crate) fn check(arguments: &CheckArgs, color: Color, now: Moment) -> Result<Exit, Failure> {
    let mut sources = Sources::read(&arguments.paths);
    if !arguments.fix {
        let checked = sources.check(now);
        return report(arguments, &sources, &checked.diagnostics, color);
    }
    let mended = fix::mend(&mut sources, now)?;
    let diagnostics = &mended.checked.diagnostics;
    if !arguments.diff {
        let written = mended.write(&sources);
        return Ok(written.max(report(arguments, &sources, diagnostics, color)?));
    }
    let diff = mended.diff(&sources);
    let target = render::Target::stdout(color);
    terminal::print(&match target.is_terminal {
        true => render::visible::words(&diff),
        false => diff.clone(),
    })?;
    let exit = load::exit(diagnostics);
    Ok(if diff.is_empty() {
        exit
    } else {
        exit.max(Exit::Diagnostics)
    })
}

/// Prints the diagnostics and says what they amount to.
fn report(
    arguments: &CheckArgs,
    sources: &Sources,
    diagnostics: &[Diagnostic],
    color: Color,
) -> Result<Exit, Failure> {
    let target = render::Target::stdout(color);
    let format = arguments.format;
    terminal::print(&render::diagnostics(sources, diagnostics, format, target))?;
    let for_a_person =
        format == DiagnosticFormat::Rich || format == DiagnosticFormat::Auto && target.is_terminal;
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
