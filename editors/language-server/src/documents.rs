//! The texts that are open in the editor. Enter at [`Documents`].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use gen_lsp_types::TextDocumentContentChangeEvent as Change;

use crate::text::{Encoding, Text};

/// An open text.
#[derive(Debug)]
pub(crate) struct Document {
    /// The editor's number of this version.
    pub(crate) version: i32,
    pub(crate) text: Rc<Text>,
    /// The file's one path; [`None`] if it is in none.
    pub(crate) path: Option<PathBuf>,
}

/// All of them, by the URIs that the editor gave them.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    open: BTreeMap<String, Document>,
}

impl Documents {
    /// Opens one, or opens it again.
    pub(crate) fn open(&mut self, uri: &str, document: Document) {
        self.open.insert(uri.to_owned(), document);
    }

    /// Makes changes to one, each in the text that the one before left.
    pub(crate) fn change(
        &mut self,
        uri: &str,
        version: i32,
        changes: Vec<Change>,
        encoding: Encoding,
    ) {
        let Some(document) = self.open.get_mut(uri) else {
            return;
        };
        document.version = version;
        for change in changes {
            let whole = match change {
                Change::TextDocumentContentChangeWholeDocument(whole) => whole.text,
                Change::TextDocumentContentChangePartial(part) => {
                    let text = &document.text;
                    let start = text.whole_offset(part.range.start);
                    let end = text.whole_offset(part.range.end).max(start);
                    let mut whole = text.whole().to_string();
                    whole.replace_range(start..end, &part.text);
                    whole
                }
            };
            document.text = Rc::new(Text::new(whole, encoding));
        }
    }

    /// Closes one.
    pub(crate) fn close(&mut self, uri: &str) {
        self.open.remove(uri);
    }

    /// One of them.
    pub(crate) fn get(&self, uri: &str) -> Option<&Document> {
        self.open.get(uri)
    }

    /// The one that is this file.
    pub(crate) fn of_path(&self, path: &Path) -> Option<(&str, &Document)> {
        self.iter()
            .find(|(_, document)| document.path.as_deref() == Some(path))
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Document)> {
        self.open.iter().map(|(uri, open)| (uri.as_str(), open))
    }
}
