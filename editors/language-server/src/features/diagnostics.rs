//! What is wrong, for every file that is open or imported by one that is.

use std::collections::BTreeMap;

use gen_lsp_types::{
    Code, CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity,
    DiagnosticTag, Message, Uri,
};
use tracee_lang::codes;
use tracee_lang::diagnostics::{self, Severity};

use super::built_in;
use crate::analysis::Analysis;
use crate::server::Server;
use crate::uri;

/// Where the pages of diagnostics are: the manifest's `repository`, if it has one.
const HOME: &str = env!("CARGO_PKG_REPOSITORY");

/// By URI. What several documents say of a file that they import is there once.
pub(crate) fn all(server: &Server) -> BTreeMap<String, Vec<Diagnostic>> {
    let mut all: BTreeMap<String, Vec<Diagnostic>> = BTreeMap::new();
    for (uri, _) in server.documents.iter() {
        let Some(analysis) = server.analysis(uri) else {
            continue;
        };
        for found in &analysis.checked.diagnostics {
            let span = found.span();
            let (Some(uri), false) = (analysis.uri(span.file), span.file.is_standard()) else {
                continue;
            };
            let shown = shown(server, &analysis, found);
            let of_file = all.entry(uri.0).or_default();
            if !of_file.contains(&shown) {
                of_file.push(shown);
            }
        }
    }
    for of_file in all.values_mut() {
        of_file.sort_by_key(|diagnostic| diagnostic.range);
    }
    all
}

/// One of them, as editors show it.
pub(crate) fn shown(
    server: &Server,
    analysis: &Analysis,
    diagnostic: &diagnostics::Diagnostic,
) -> Diagnostic {
    let related = diagnostic.labels.iter().filter(|label| !label.primary);
    let related = related.filter_map(|label| {
        Some(DiagnosticRelatedInformation {
            location: analysis.location(label.span)?,
            message: label.text.clone(),
        })
    });
    let related: Vec<_> = related.collect();
    Diagnostic {
        range: analysis.range(diagnostic.span()),
        severity: Some(match diagnostic.severity {
            Severity::Error => DiagnosticSeverity::Error,
            Severity::Warning => DiagnosticSeverity::Warning,
        }),
        code: Some(Code::String(diagnostic.code.to_string())),
        code_description: link(server, diagnostic.code),
        source: Some("tracee".to_owned()),
        message: Message::String(message(diagnostic)),
        tags: tag(diagnostic.code).map(|tag| vec![tag]),
        related_information: (!related.is_empty()).then_some(related),
        data: None,
    }
}

/// All that is said, a line for each.
fn message(diagnostic: &diagnostics::Diagnostic) -> String {
    let mut message = diagnostic.message.clone();
    let mut line = |before: &str, text: &str| {
        message.push('\n');
        message.push_str(before);
        message.push_str(text);
    };
    let primary = diagnostic.labels.iter().find(|label| label.primary);
    if let Some(label) = primary.filter(|label| !label.text.is_empty()) {
        line("", &label.text);
    }
    for note in &diagnostic.notes {
        line("note: ", note);
    }
    if let Some(help) = &diagnostic.help {
        line("help: ", help);
    }
    message
}

/// The page of a code, where the editor can open one.
fn link(server: &Server, code: diagnostics::Code) -> Option<CodeDescription> {
    let info = codes::info(code)?;
    let href = if !HOME.is_empty() {
        let version = env!("CARGO_PKG_VERSION");
        let anchor = info.anchor();
        format!("{HOME}/blob/v{version}/docs/diagnostics.md#{anchor}")
    } else if server.client.built_in_texts {
        uri::of_built_in(&built_in::page_name(code))
    } else {
        return None;
    };
    Some(CodeDescription { href: Uri(href) })
}

fn tag(code: diagnostics::Code) -> Option<DiagnosticTag> {
    match code {
        codes::UNUSED_LIST
        | codes::UNUSED_LET
        | codes::UNUSED_IMPORT
        | codes::UNUSED_RULE
        | codes::UNUSED_ALLOW
        | codes::IMPORTED_TWICE
        | codes::USED_TWICE
        | codes::DUPLICATE_ELEMENT
        | codes::DUPLICATE_TECHNIQUE
        | codes::ADDS_NOTHING
        | codes::CALL_ADDS_NOTHING => Some(DiagnosticTag::Unnecessary),
        codes::REVOKED_TECHNIQUE | codes::DEPRECATED_TECHNIQUE => Some(DiagnosticTag::Deprecated),
        _ => None,
    }
}
