//! `tracee doc PATH…`: a manual of policies. [`collect`] makes a [`model`] of them, [`markdown`] and
//! [`html`] are its forms; the same policies give the same bytes.

mod code;
mod collect;
mod fields;
mod html;
mod index;
mod markdown;
mod model;
mod prose;
mod shared;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use tracee_lang::times::Moment;

use crate::cli::{Color, DocArgs, DocFormat};
use crate::exit::{Exit, Failure};
use crate::load::Sources;
use crate::{load, terminal};

/// Writes the manual to stdout or to a file.
pub(crate) fn doc(arguments: &DocArgs, color: Color, now: Moment) -> Result<Exit, Failure> {
    let sources = match arguments.paths[..] {
        [] => Sources::standard(),
        _ => Sources::read(&arguments.paths),
    };
    let loaded = load::checked(sources, color, now, |_| true)?;
    let manual = collect::collect(&loaded, &load::schema());
    let format = arguments
        .format
        .unwrap_or_else(|| format_of(arguments.output.as_deref()));
    let page = match format {
        DocFormat::Markdown => markdown::page(&manual),
        DocFormat::Html => html::page(&manual),
    };
    match &arguments.output {
        None => terminal::print(&page)?,
        Some(output) => write(&file(output, format), &page)?,
    }
    Ok(Exit::Success)
}

/// The format that the output's name tells.
fn format_of(output: Option<&Path>) -> DocFormat {
    let extension = output.and_then(Path::extension).and_then(|of| of.to_str());
    match extension {
        Some("html" | "htm") => DocFormat::Html,
        _ => DocFormat::Markdown,
    }
}

/// The file to write: in a directory, its index.
fn file(output: &Path, format: DocFormat) -> PathBuf {
    let is_directory = output.is_dir() || output.as_os_str().as_encoded_bytes().ends_with(b"/");
    match (is_directory, format) {
        (false, _) => output.to_owned(),
        (true, DocFormat::Markdown) => output.join("index.md"),
        (true, DocFormat::Html) => output.join("index.html"),
    }
}

fn write(path: &Path, page: &str) -> Result<(), Failure> {
    let directory = path.parent().filter(|of| !of.as_os_str().is_empty());
    directory
        .map_or(Ok(()), std::fs::create_dir_all)
        .and_then(|()| std::fs::write(path, page))
        .map_err(|error| {
            let message = format!("`{}` can't be written: {error}", path.display());
            Failure::new(Exit::Usage, message)
        })
}

/// Whether a text is the address of a page, and nothing else.
fn is_url(text: &str) -> bool {
    let is_web = ["https://", "http://"].iter().any(|scheme| {
        text.strip_prefix(scheme)
            .is_some_and(|rest| !rest.is_empty())
    });
    let may_stand = |byte: u8| byte.is_ascii_graphic() && !b"<>\"`\\^{|}".contains(&byte);
    is_web && text.bytes().all(may_stand)
}
