//! The one layout of `.tp`. Enter at [`format`]; docs/formatting.md says what the layout is.
//!
//! ```text
//! text ─words→ words with their comments ─layout→ document ─print→ text ─verify→ the same file?
//! ```
//!
//! It works on tokens rather than on the syntax tree, which has neither comments nor parentheses.

mod brackets;
mod document;
mod layout;
mod spacing;
mod verify;
mod words;

use crate::codes;
use crate::diagnostics::{Diagnostic, Severity};
use crate::parse::{Parsed, parse, parse_again};
use crate::source::{FileId, SourceMap};
use layout::Layout;

/// The file's text in the one layout. A file of the future, with clauses that are not supported yet,
/// is formatted too. An id that is not of the map is an empty file.
///
/// # Errors
/// What is wrong with the form of the file, if it does not parse.
pub fn format(map: &SourceMap, id: FileId) -> Result<String, Vec<Diagnostic>> {
    formatted(map, id, &parse(map, id), parse)
}

/// The same of a file that was parsed. Its rules that stay where they are, are not parsed again to see whether
/// the file says the same.
///
/// # Errors
/// As for [`format()`].
pub fn format_parsed(
    map: &SourceMap,
    id: FileId,
    parsed: &Parsed,
) -> Result<String, Vec<Diagnostic>> {
    let text = map.get(id).map(|file| &*file.text).unwrap_or_default();
    let again = |map: &SourceMap, id| parse_again(map, id, (text, parsed));
    formatted(map, id, parsed, again)
}

/// `again` parses what the file was formatted to.
fn formatted(
    map: &SourceMap,
    id: FileId,
    parsed: &Parsed,
    again: impl FnOnce(&SourceMap, FileId) -> Parsed,
) -> Result<String, Vec<Diagnostic>> {
    let wrong = |diagnostic: &Diagnostic| {
        diagnostic.severity == Severity::Error && diagnostic.code != codes::NOT_YET
    };
    if parsed.diagnostics.iter().any(wrong) {
        return Err(parsed.diagnostics.clone());
    }
    let text = map.get(id).map(|file| &*file.text).unwrap_or_default();
    let words = words::words(text);
    let layout = Layout { words: &words };
    let formatted = document::print(&layout.file());
    verify::same(id, (text, parsed), &formatted, again).map_err(|diagnostic| vec![*diagnostic])?;
    Ok(formatted)
}
