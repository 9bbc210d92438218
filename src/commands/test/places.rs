//! Places of tests and conditions, for people and for programs.

use serde_json::{Value, json};
use tracee_lang::source::{SourceMap, Span, place};

/// The places of a source map.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places<'a> {
    sources: &'a SourceMap,
}

impl<'a> Places<'a> {
    pub(super) fn new(sources: &'a SourceMap) -> Self {
        Self { sources }
    }

    fn file(self, span: Span) -> &'a str {
        self.sources.get(span.file).map_or("", |file| &*file.name)
    }

    /// `policies/web.tp:12:3`
    pub(super) fn line(self, span: Span) -> String {
        let place = place(self.sources, span.file, span.start);
        format!("{}:{}:{}", self.file(span), place.line, place.column)
    }

    /// `{ "file": …, "line": …, "column": … }`
    pub(super) fn json(self, span: Span) -> Value {
        let place = place(self.sources, span.file, span.start);
        json!({ "file": self.file(span), "line": place.line, "column": place.column })
    }
}
