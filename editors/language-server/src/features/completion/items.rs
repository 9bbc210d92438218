//! Completions, being collected: each name once.

use std::collections::HashSet;

use gen_lsp_types::{
    CompletionItem, CompletionItemKind as Kind, CompletionItemTextEdit, Documentation,
    InsertTextFormat, MarkupContent, MarkupKind, Range, TextEdit,
};

/// The completions of one place.
pub(super) struct Items {
    all: Vec<CompletionItem>,
    known: HashSet<String>,
    /// What is replaced: the word that is being typed.
    range: Range,
    snippets: bool,
    /// What is added now comes this late.
    rank: usize,
}

impl Items {
    pub(super) fn new(range: Range, snippets: bool) -> Self {
        Self {
            all: Vec::new(),
            known: HashSet::new(),
            range,
            snippets,
            rank: 0,
        }
    }

    pub(super) fn done(self) -> Vec<CompletionItem> {
        self.all
    }

    /// What is added from now on comes later.
    pub(super) fn later(&mut self) {
        self.rank += 1;
    }

    /// Replaces more than the word that is being typed.
    pub(super) fn replace(&mut self, range: Range) {
        self.range = range;
    }

    /// Adds a completion, and gives it for more to be said of it.
    pub(super) fn add(
        &mut self,
        label: &str,
        kind: Kind,
        detail: impl Into<String>,
    ) -> Option<&mut CompletionItem> {
        if !self.known.insert(label.to_owned()) {
            return None;
        }
        let detail = detail.into();
        self.all.push(CompletionItem {
            label: label.to_owned(),
            kind: Some(kind),
            detail: (!detail.is_empty()).then_some(detail),
            sort_text: Some(format!("{:02}{label}", self.rank)),
            text_edit: Some(CompletionItemTextEdit::TextEdit(TextEdit {
                range: self.range,
                new_text: label.to_owned(),
            })),
            ..CompletionItem::default()
        });
        self.all.last_mut()
    }

    /// With documentation in Markdown.
    pub(super) fn documented(&mut self, label: &str, kind: Kind, detail: String, doc: &str) {
        let item = self.add(label, kind, detail);
        if let Some(item) = item.filter(|_| !doc.trim().is_empty()) {
            item.documentation = Some(Documentation::MarkupContent(MarkupContent {
                kind: MarkupKind::Markdown,
                value: doc.trim().to_owned(),
            }));
        }
    }

    /// A word of the language.
    pub(super) fn word(&mut self, word: &str, about: &str) {
        self.add(word, Kind::Keyword, about);
    }

    pub(super) fn event(&mut self, name: &str, about: &str) {
        self.add(name, Kind::Event, about);
    }

    /// A word of the language with what follows it; only the word, where the editor has no gaps to fill.
    pub(super) fn snippet(&mut self, word: &str, about: &str, body: &str) {
        let range = self.range;
        let snippets = self.snippets;
        let item = self.add(word, Kind::Keyword, about);
        if let Some(item) = item.filter(|_| snippets) {
            item.insert_text_format = Some(InsertTextFormat::Snippet);
            item.text_edit = Some(CompletionItemTextEdit::TextEdit(TextEdit {
                range,
                new_text: body.to_owned(),
            }));
        }
    }
}
