//! Behind `import`: lists of the standard library, and files.

use gen_lsp_types::CompletionItemKind as Kind;
use tracee_lang::stdlib;
use tracee_lang::token::Token;

use super::Cursor;
use super::items::Items;

pub(super) fn complete(cursor: &Cursor<'_>, items: &mut Items) {
    match (&cursor.path[..], cursor.before()) {
        (["std"], _) => lists(items),
        ([], Some(Token::Import)) => {
            items.add("std", Kind::Module, "a list of the standard library");
            items.snippet("\"", "a file", "\"$0\"");
        }
        ([], Some(Token::String)) => items.word("as", "the name that it has here"),
        _ => {}
    }
}

/// The lists of the standard library.
pub(super) fn lists(items: &mut Items) {
    for list in stdlib::lists() {
        items.documented(
            list.name,
            Kind::Constant,
            format!("list of {}", list.ty),
            list.doc,
        );
    }
}

/// Files beside this one, in the quotes of an import.
pub(super) fn paths(cursor: &Cursor<'_>, string: usize, items: &mut Items) {
    let own = cursor.server.documents.get(cursor.uri);
    let path = own.and_then(|document| document.path.clone());
    let (Some(path), Some(word)) = (path, cursor.syntax.words.get(string)) else {
        return;
    };
    let written = cursor
        .syntax
        .text()
        .get(word.start + 1..cursor.offset)
        .unwrap_or_default();
    let (directory, _) = written.rsplit_once('/').unwrap_or_default();
    let start = match directory.is_empty() {
        true => word.start + 1,
        false => word.start + 2 + directory.len(),
    };
    items.replace(cursor.text.range_of(start..cursor.offset));
    let Some(beside) = path.parent() else {
        return;
    };
    let disk = cursor.server.texts().disk;
    for name in disk.names(&beside.join(directory)) {
        if Some(name.as_str()) != path.file_name().and_then(|own| own.to_str()) {
            items.add(&name, Kind::File, "");
        }
    }
}
