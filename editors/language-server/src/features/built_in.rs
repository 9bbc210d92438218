//! Texts that are compiled in, for editors to show: the standard library's files, pages of diagnostics
//! (`tracee:/codes/TP0301.md`) and of the manual.

use gen_lsp_types::{TextDocumentContentParams, TextDocumentContentResult};
use tracee_lang::diagnostics::Code;
use tracee_lang::{codes, stdlib};

use crate::server::Server;
use crate::uri;

/// `workspace/textDocumentContent`.
pub(crate) fn text(
    _: &Server,
    params: TextDocumentContentParams,
) -> Option<TextDocumentContentResult> {
    let name = uri::built_in(&params.uri.0)?;
    let text = file(&name).or_else(|| page(&name))?;
    Some(TextDocumentContentResult { text })
}

fn file(name: &str) -> Option<String> {
    let (_, text) = stdlib::FILES.iter().find(|(known, _)| *known == name)?;
    Some((*text).to_owned())
}

/// The name of the page of a diagnostic.
pub(crate) fn page_name(code: Code) -> String {
    format!("codes/{code}.md")
}

fn page(name: &str) -> Option<String> {
    let info = codes::ALL
        .iter()
        .find(|info| page_name(info.code) == name)?;
    Some(format!(
        "# {}: {}\n\n{}",
        info.code,
        info.title(),
        info.page
    ))
}
