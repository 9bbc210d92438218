//! `tracee fmt FILE…`: rewrites policies in the one layout. `--check` writes nothing.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use tracee_lang::formatter;
use tracee_lang::source::SourceMap;

use crate::cli::{Color, DiagnosticFormat, FmtArgs};
use crate::exit::{Exit, Failure};
use crate::{load, render, terminal};

/// Formats every file that parses; what is wrong with the others is said on stderr.
pub(crate) fn fmt(arguments: &FmtArgs, color: Color) -> Result<Exit, Failure> {
    let mut exit = Exit::Success;
    for path in &arguments.files {
        let is_stdin = path.as_os_str() == "-";
        let text = if is_stdin {
            from_stdin()?
        } else {
            load::read(path)?
        };
        let mut sources = SourceMap::default();
        let id = sources.add(path.display().to_string(), text.as_str());
        let formatted = match formatter::format(&sources, id) {
            Ok(formatted) => formatted,
            Err(diagnostics) => {
                let format = DiagnosticFormat::Auto;
                let target = render::Target::stderr(color);
                let said = render::diagnostics(&sources, &diagnostics, format, target);
                terminal::say_all(&said);
                exit = Exit::Diagnostics;
                continue;
            }
        };
        if arguments.check {
            if formatted != text {
                terminal::print(&format!("{}\n", first_difference(path, &text, &formatted)))?;
                exit = Exit::Diagnostics;
            }
        } else if is_stdin {
            terminal::print(&formatted)?;
        } else if formatted != text {
            replace(path, &formatted)?;
        }
    }
    Ok(exit)
}

/// `FILE:LINE: not formatted`, with the first line that would change.
fn first_difference(path: &Path, text: &str, formatted: &str) -> String {
    let same = |(old, new): &(&str, &str)| old == new;
    let (old, new) = (text.split('\n'), formatted.split('\n'));
    let line = old.zip(new).take_while(same).count() + 1;
    format!("{}:{line}: not formatted", path.display())
}

fn from_stdin() -> Result<String, Failure> {
    let fail = |reason: String| Failure::new(Exit::Usage, format!("stdin can't be read: {reason}"));
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .take(load::MAX_POLICY_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| fail(error.to_string()))?;
    if bytes.len() as u64 > load::MAX_POLICY_BYTES {
        let most = load::MAX_POLICY_BYTES >> 20;
        return Err(fail(format!("it is larger than {most} MiB")));
    }
    String::from_utf8(bytes).map_err(|error| fail(error.to_string()))
}

/// Puts the text in the file's place at once: a reader, or a full disk, never meets half of it. A
/// link stays a link; permissions are kept.
fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let fail = |error: std::io::Error| {
        let message = format!("`{}` can't be written: {error}", path.display());
        Failure::new(Exit::Usage, message)
    };
    let path: PathBuf = path.canonicalize().map_err(fail)?;
    let permissions = std::fs::metadata(&path).map_err(fail)?.permissions();
    // Renaming over a file needs no permission to write it.
    std::fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .map_err(fail)?;
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new()
        .prefix(".tracee-fmt-")
        .tempfile_in(directory)
        .map_err(fail)?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.as_file().set_permissions(permissions))
        .and_then(|()| file.as_file().sync_all())
        .map_err(fail)?;
    file.persist(&path).map_err(|error| fail(error.error))?;
    Ok(())
}
