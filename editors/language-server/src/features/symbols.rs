//! What a document declares, for outlines and breadcrumbs.

use gen_lsp_types::{DocumentSymbol, DocumentSymbolParams, SymbolKind};

use crate::server::Server;
use crate::syntax::outline::{Declared, What};
use crate::text::Text;

/// `textDocument/documentSymbol`.
pub(crate) fn symbols(
    server: &Server,
    params: DocumentSymbolParams,
) -> Option<Vec<DocumentSymbol>> {
    let document = server.documents.get(&params.text_document.uri.0)?;
    let text = &document.text;
    let mut all: Vec<DocumentSymbol> = Vec::new();
    for declared in &text.syntax().outline.declarations {
        let made = symbol(declared, text);
        // A rule is below the policy that it stands in, which is the last declaration before.
        match (all.last_mut(), &declared.policy) {
            (Some(policy), Some(_)) => {
                policy.children.get_or_insert_default().push(made);
            }
            _ => all.push(made),
        }
    }
    Some(all)
}

#[expect(deprecated, reason = "the type has the field")]
fn symbol(declared: &Declared, text: &Text) -> DocumentSymbol {
    let (kind, word) = match declared.what {
        What::List => (SymbolKind::Array, "list"),
        What::Let => (SymbolKind::Function, "let"),
        What::Policy => (SymbolKind::Class, "policy"),
        What::Rule => (SymbolKind::Method, "rule"),
        What::Test => (SymbolKind::Event, "test"),
        What::Schema => (SymbolKind::Struct, "schema"),
    };
    let detail = match (&declared.parameters, declared.what) {
        (Some(parameters), What::Let) => format!("let({parameters})"),
        (Some(ty), _) => format!("{word}: {ty}"),
        _ if !declared.events.is_empty() => format!("{word} on {}", declared.events.join(", ")),
        _ => word.to_owned(),
    };
    let name = match declared.name.trim().is_empty() {
        true => "(no name)".to_owned(),
        false => declared.name.clone(),
    };
    DocumentSymbol {
        name,
        detail: Some(detail),
        kind,
        tags: None,
        deprecated: None,
        range: text.range_of(declared.span.clone()),
        selection_range: text.range_of(declared.name_at.clone()),
        children: None,
    }
}
