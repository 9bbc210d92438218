//! The one layout: nothing is changed in a text that does not parse.

use gen_lsp_types::{DocumentFormattingParams, TextEdit};
use tracee_lang::formatter;
use tracee_lang::source::FileId;

use crate::server::Server;
use crate::text::Text;

/// `textDocument/formatting`.
pub(crate) fn format(server: &Server, params: DocumentFormattingParams) -> Option<Vec<TextEdit>> {
    let analysis = server.analysis(&params.text_document.uri.0)?;
    let file = analysis.files.first()?;
    let tree = analysis.tree(FileId(0), file)?;
    let formatted = formatter::format_parsed(&analysis.map, FileId(0), &tree).ok()?;
    Some(Vec::from_iter(change(&file.text, &formatted)))
}

/// The one edit that makes a text another one: of the lines between those that stay. [`None`] if it is
/// that already.
pub(crate) fn change(text: &Text, new: &str) -> Option<TextEdit> {
    let old = text.text();
    if old == new {
        return None;
    }
    let same = |(one, other): &(&str, &str)| one == other;
    let lines = |text| str::split_inclusive(text, '\n');
    let begin: usize = lines(old)
        .zip(lines(new))
        .take_while(same)
        .map(|(line, _)| line.len())
        .sum();
    let (old_rest, new_rest) = (&old[begin..], &new[begin..]);
    let end: usize = lines(old_rest)
        .rev()
        .zip(lines(new_rest).rev())
        .take_while(same)
        .map(|(line, _)| line.len())
        .sum();
    Some(TextEdit {
        range: text.range_of(begin..old.len() - end),
        new_text: new_rest[..new_rest.len() - end].to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Encoding;

    #[test]
    fn only_lines_that_differ_are_changed() {
        let text = Text::new("a\nb\nc\n", Encoding::Utf16);
        assert_eq!(change(&text, "a\nb\nc\n"), None);
        let places = |new: &str| {
            let edit = change(&text, new).unwrap();
            (edit.range.start.line, edit.range.end.line, edit.new_text)
        };
        assert_eq!(places("a\nx\nc\n"), (1, 2, "x\n".into()));
        assert_eq!(places("a\nb\nb\nc\n"), (2, 2, "b\n".into()));
        assert_eq!(places("a\nb\n"), (2, 3, String::new()));
        assert_eq!(places(""), (0, 3, String::new()));
    }
}
