//! `tracee fmt PATH…`: rewrites policies in the one layout. `--check` writes nothing.

use tracee_lang::diagnostics::Diagnostic;
use tracee_lang::formatter;
use tracee_lang::source::FileId;

use crate::cli::{Color, DiagnosticFormat, FmtArgs};
use crate::exit::{Exit, Failure};
use crate::load::{self, Sources};
use crate::replace::replace;
use crate::{render, terminal};

/// Formats every file that parses; what is wrong with the others is said on stderr.
pub(crate) fn fmt(arguments: &FmtArgs, color: Color) -> Result<Exit, Failure> {
    let sources = Sources::read(&arguments.paths);
    let say = |diagnostics: &[Diagnostic]| {
        let target = render::Target::stderr(color);
        let format = DiagnosticFormat::Auto;
        terminal::say_all(&render::diagnostics(&sources, diagnostics, format, target));
        load::exit(diagnostics)
    };
    let mut exit = say(&sources.refused);
    for &id in &sources.files {
        exit = exit.max(match formatter::format(&sources.map, id) {
            Ok(formatted) => put(&sources, id, &formatted, arguments.check)?,
            Err(diagnostics) => say(&diagnostics),
        });
    }
    Ok(exit)
}

/// Writes a formatted file, or says that it is not formatted.
fn put(sources: &Sources, id: FileId, formatted: &str, check: bool) -> Result<Exit, Failure> {
    let (Some(file), Some(origin)) = (sources.map.get(id), sources.origins.get(id.0 as usize))
    else {
        return Ok(Exit::Success);
    };
    let differs = origin.has_mark || *formatted != *file.text;
    if check && differs {
        let line = first_difference(&file.text, formatted);
        terminal::print(&format!("{}:{line}: not formatted\n", file.name))?;
        return Ok(Exit::Diagnostics);
    }
    if origin.is_stdin() && !check {
        terminal::print(formatted)?;
    } else if differs && let Err(failure) = replace(&origin.path, formatted) {
        failure.say();
        return Ok(failure.exit);
    }
    Ok(Exit::Success)
}

/// The first line that would change, from 1.
fn first_difference(text: &str, formatted: &str) -> usize {
    if text == formatted {
        return 1; // The byte order mark is not in either.
    }
    let same = |(old, new): &(&str, &str)| old == new;
    let (old, new) = (text.split('\n'), formatted.split('\n'));
    old.zip(new).take_while(same).count() + 1
}
