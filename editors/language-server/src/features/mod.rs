//! What editors ask, one file for each.

mod actions;
pub(crate) mod built_in;
mod completion;
mod definition;
pub(crate) mod diagnostics;
mod folding;
mod formatting;
mod here;
mod hints;
mod hover;
mod lenses;
mod new_test;
mod references;
mod rename;
mod signature;
mod symbols;
pub(crate) mod tokens;

use lsp_server::ErrorCode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::server::{Answer, Server, read, refusal};

/// Answers a request.
pub(crate) fn answer(server: &Server, method: &str, params: Value) -> Answer {
    match method {
        "textDocument/completion" => ask(server, params, completion::completion),
        "textDocument/signatureHelp" => ask(server, params, signature::help),
        "textDocument/definition" => ask(server, params, definition::definition),
        "textDocument/references" => ask(server, params, references::references),
        "textDocument/documentHighlight" => ask(server, params, references::highlights),
        "textDocument/prepareRename" => ask(server, params, rename::prepare),
        "textDocument/rename" => written(rename::rename(server, read(params)?)?),
        "textDocument/documentSymbol" => ask(server, params, symbols::symbols),
        "textDocument/foldingRange" => ask(server, params, folding::ranges),
        "textDocument/hover" => ask(server, params, hover::hover),
        "textDocument/inlayHint" => ask(server, params, hints::hints),
        "textDocument/semanticTokens/full" => ask(server, params, tokens::tokens),
        "textDocument/codeAction" => ask(server, params, actions::actions),
        "textDocument/codeLens" => ask(server, params, lenses::lenses),
        "textDocument/formatting" => ask(server, params, formatting::format),
        "workspace/textDocumentContent" => ask(server, params, built_in::text),
        _ => {
            let why = format!("there is no `{method}` here");
            Err(refusal(ErrorCode::MethodNotFound, &why))
        }
    }
}

/// What one feature says; `null` if nothing.
fn ask<P: DeserializeOwned, R: Serialize>(
    server: &Server,
    params: Value,
    feature: impl FnOnce(&Server, P) -> Option<R>,
) -> Answer {
    written(feature(server, read(params)?))
}

fn written(answer: impl Serialize) -> Answer {
    serde_json::to_value(answer)
        .map_err(|error| refusal(ErrorCode::InternalError, &error.to_string()))
}
