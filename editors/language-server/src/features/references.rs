//! Everywhere that something is named: in all policies of the workspace, or for highlights in the
//! document.

use gen_lsp_types::{
    DocumentHighlight, DocumentHighlightKind, DocumentHighlightParams, Location, ReferenceParams,
};
use tracee_lang::check::resolve::{DeclarationId, Use};
use tracee_lang::source::{FileId, Span};

use super::here::{Here, Subject, subject};
use crate::analysis::Analysis;
use crate::server::Server;
use crate::syntax::Syntax;
use crate::syntax::fields::Known;
use crate::syntax::locals::{alias, local, occurrences};
use crate::syntax::place::Walk;

/// `textDocument/references`.
pub(crate) fn references(server: &Server, params: ReferenceParams) -> Option<Vec<Location>> {
    let here = Here::of(server, &params.text_document_position_params)?;
    let declared = params.context.include_declaration;
    if let Some(words) = own_words(&here) {
        let uri = here.analysis.uri(FileId(0))?;
        let locations = words.iter().filter_map(|at| {
            let word = here.syntax().words.get(*at)?;
            Some(Location {
                uri: uri.clone(),
                range: here.text.range_of(word.range()),
            })
        });
        return Some(locations.collect());
    }
    let workspace = server.workspace();
    let spans = match here.subject()? {
        Subject::Declared(id) => {
            let id = same(&here.analysis, id, &workspace)?;
            named(&workspace, id, declared, |_| true)
        }
        other => {
            let key = key(&other)?;
            let files = (0..).map(FileId).take(workspace.files.len());
            let spans = files.flat_map(|file| same_subject(&workspace, file, &key));
            spans.collect()
        }
    };
    let locations = spans.into_iter().filter_map(|span| {
        let shown = !span.file.is_standard() || server.client.built_in_texts;
        shown.then(|| workspace.location(span))?
    });
    Some(locations.collect())
}

/// `textDocument/documentHighlight`.
pub(crate) fn highlights(
    server: &Server,
    params: DocumentHighlightParams,
) -> Option<Vec<DocumentHighlight>> {
    let here = Here::of(server, &params.text_document_position_params)?;
    let analysis = &here.analysis;
    let ranges: Vec<_> = if let Some(words) = own_words(&here) {
        let words = words.iter().filter_map(|at| here.syntax().words.get(*at));
        words.map(|word| here.text.range_of(word.range())).collect()
    } else {
        let spans = match here.subject()? {
            Subject::Declared(id) => named(analysis, id, true, |_| true),
            other => same_subject(analysis, FileId(0), &key(&other)?),
        };
        let own = spans.into_iter().filter(|span| span.file == FileId(0));
        own.map(|span| analysis.range(span)).collect()
    };
    let highlight = |range| DocumentHighlight {
        range,
        kind: Some(DocumentHighlightKind::Text),
    };
    Some(ranges.into_iter().map(highlight).collect())
}

/// The words that are one name which only this document has: of a parameter, a quantifier, an import.
pub(crate) fn own_words(here: &Here) -> Option<Vec<usize>> {
    let at = here.word?;
    let syntax = here.syntax();
    if let Some(words) = alias(syntax, at) {
        return Some(words);
    }
    if here.declared().is_some() {
        return None;
    }
    let given = local(&Walk::to(syntax, at), at)?;
    Some(occurrences(syntax, given))
}

/// The declaration in another analysis of the same files.
pub(crate) fn same(from: &Analysis, id: DeclarationId, to: &Analysis) -> Option<DeclarationId> {
    let declared = from.checked.names.declaration(id)?;
    let span = declared.name.span;
    let uri = from.uri(span.file)?;
    let mut known = (0..).zip(to.checked.names.declarations());
    let is_same = |name: Span| {
        (name.start, name.end) == (span.start, span.end) && to.uri(name.file).as_ref() == Some(&uri)
    };
    let (at, _) = known.find(|(_, other)| is_same(other.name.span))?;
    Some(DeclarationId(at))
}

/// Where something declared is named, in order.
pub(crate) fn named(
    analysis: &Analysis,
    id: DeclarationId,
    declared: bool,
    wanted: impl Fn(&Use) -> bool,
) -> Vec<Span> {
    let uses = analysis.uses().iter();
    let uses = uses.filter(|used| used.declaration == id && wanted(used));
    let mut spans: Vec<Span> = uses.map(|used| used.span).collect();
    let declaration = analysis.checked.names.declaration(id);
    spans.extend(declaration.filter(|_| declared).map(|one| one.name.span));
    spans.sort_unstable();
    spans.dedup();
    spans
}

/// What no file declares is the same if it has the same words.
fn key(subject: &Subject) -> Option<(String, String)> {
    let pair = |space: &str, name: &str| Some((space.to_owned(), name.to_owned()));
    match subject {
        Subject::Event(event) => pair("event", &event.name),
        Subject::Set(set) => pair("set", set),
        Subject::Technique(technique) => pair("technique", technique.id),
        Subject::Known(known) => match known {
            Known::Argument(event, arg) => pair(&event.name, &arg.name),
            Known::Member(event, arg, (name, _, _)) => {
                pair(&format!("{} {}", event.name, arg.name), name)
            }
            Known::Context(info) => pair("context", info.path.rsplit('.').next()?),
            Known::Ancestors => pair("context", "ancestors"),
            Known::Constant(_, name, _) => pair("constant", name),
            Known::Function(function) => pair("function", function.name),
            Known::Binder(_) | Known::Parameter => None,
        },
        Subject::Declared(_) | Subject::Page(_) | Subject::Alias(_) | Subject::Local(_) => None,
    }
}

/// The words of a file that stand for the same.
fn same_subject(analysis: &Analysis, file: FileId, wanted: &(String, String)) -> Vec<Span> {
    let Some(text) = analysis.text(file) else {
        return Vec::new();
    };
    let syntax: &Syntax = text.syntax();
    let mut walk = Walk::new(syntax);
    let mut all = Vec::new();
    for (at, word) in syntax.words.iter().enumerate() {
        walk.begin(at);
        if syntax.written(at) == wanted.1
            && let Some(found) = subject(syntax, &walk, at)
            && key(&found).as_ref() == Some(wanted)
        {
            all.push(Span::new(file, word.start, word.end));
        }
        walk.step(at);
    }
    all
}
