//! What the editor can, and what the server says that it can.

use gen_lsp_types::{InitializeParams, PositionEncodingKind};
use serde_json::{Value, json};

use crate::features::tokens;
use crate::text::Encoding;
use crate::uri;

/// What matters of the editor.
#[derive(Debug, Clone, Default)]
pub(crate) struct Client {
    /// What it can count columns in beside UTF-16.
    pub(crate) encodings: Vec<PositionEncodingKind>,
    /// It shows texts that are in no file, which it asks the server for.
    pub(crate) built_in_texts: bool,
    /// It fills in the gaps of what a completion inserts.
    pub(crate) snippets: bool,
}

impl Client {
    /// What an editor says of itself.
    pub(crate) fn of(params: &InitializeParams) -> Self {
        let capabilities = &params.capabilities;
        let general = capabilities.general.as_ref();
        let encodings = general.and_then(|general| general.position_encodings.clone());
        let workspace = capabilities.workspace.as_ref();
        let texts = workspace.and_then(|workspace| workspace.text_document_content.as_ref());
        let documents = capabilities.text_document.as_ref();
        let completion = documents.and_then(|documents| documents.completion.as_ref());
        let item = completion.and_then(|completion| completion.completion_item.as_ref());
        Self {
            encodings: encodings.unwrap_or_default(),
            built_in_texts: texts.is_some(),
            snippets: item.and_then(|item| item.snippet_support).unwrap_or(false),
        }
    }
}

/// The answer to `initialize`.
pub(crate) fn answer(client: &Client, encoding: Encoding) -> Value {
    let mut capabilities = json!({
        "positionEncoding": encoding.name(),
        "textDocumentSync": { "openClose": true, "change": 2 },
        "codeActionProvider": {
            "codeActionKinds": ["quickfix", "source.fixAll.tracee", "refactor.rewrite"],
        },
        "codeLensProvider": {},
        "completionProvider": { "triggerCharacters": [".", "{", "\"", "/"] },
        "definitionProvider": true,
        "documentFormattingProvider": true,
        "documentHighlightProvider": true,
        "documentSymbolProvider": true,
        "foldingRangeProvider": true,
        "hoverProvider": true,
        "inlayHintProvider": true,
        "referencesProvider": true,
        "renameProvider": { "prepareProvider": true },
        "signatureHelpProvider": { "triggerCharacters": ["(", ","] },
        "semanticTokensProvider": {
            "legend": { "tokenTypes": tokens::TYPES, "tokenModifiers": tokens::MODIFIERS },
            "full": true,
        },
    });
    if client.built_in_texts {
        capabilities["workspace"] = json!({ "textDocumentContent": { "schemes": [uri::SCHEME] } });
    }
    json!({
        "capabilities": capabilities,
        "serverInfo": { "name": "tracee", "version": env!("CARGO_PKG_VERSION") },
    })
}
