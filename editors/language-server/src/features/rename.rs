//! Another name for what files declare, in all policies of the workspace. A name that would make a
//! mistake somewhere is refused: all files are checked with it before.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use gen_lsp_types::{
    PrepareRenameParams, PrepareRenamePlaceholder, RenameParams, TextEdit, WorkspaceEdit,
};
use lsp_server::{ErrorCode, ResponseError};
use tracee_lang::diagnostics::Severity;
use tracee_lang::source::{FileId, Span};
use tracee_lang::token::{Token, lex};

use super::here::Here;
use super::references::{named, own_words, same};
use crate::analysis::Analysis;
use crate::loader::File;
use crate::server::{Server, refusal};
use crate::text::Text;

/// `textDocument/prepareRename`: the name, if it can be another one.
pub(crate) fn prepare(
    server: &Server,
    params: PrepareRenameParams,
) -> Option<PrepareRenamePlaceholder> {
    let here = Here::of(server, &params.text_document_position_params)?;
    places(server, &here)?;
    let at = here.word?;
    let word = here.syntax().words.get(at)?;
    Some(PrepareRenamePlaceholder {
        range: here.text.range_of(word.range()),
        placeholder: here.syntax().written(at).to_owned(),
    })
}

/// `textDocument/rename`.
///
/// # Errors
/// Why it can't have the name.
pub(crate) fn rename(
    server: &Server,
    params: RenameParams,
) -> Result<Option<WorkspaceEdit>, ResponseError> {
    let new = params.new_name.trim();
    let here = Here::of(server, &params.text_document_position_params);
    let found = here.and_then(|here| {
        let places = places(server, &here)?;
        Some((here, places))
    });
    let Some((here, (analysis, spans))) = found else {
        return Err(failed("nothing that a policy declares is here"));
    };
    if !is_name(new) {
        return Err(failed(&format!("`{new}` can't be a name")));
    }
    if here.word.is_some_and(|at| here.syntax().written(at) == new) {
        return Ok(None);
    }
    if let Some(mistake) = mistake(server, &analysis, &spans, new) {
        return Err(failed(&format!("`{new}` would be a mistake: {mistake}")));
    }
    let mut changes: HashMap<_, Vec<TextEdit>> = HashMap::new();
    for span in spans {
        let Some(uri) = analysis.uri(span.file) else {
            continue;
        };
        changes.entry(uri).or_default().push(TextEdit {
            range: analysis.range(span),
            new_text: new.to_owned(),
        });
    }
    Ok(Some(WorkspaceEdit {
        changes: Some(changes),
        ..WorkspaceEdit::default()
    }))
}

fn failed(why: &str) -> ResponseError {
    refusal(ErrorCode::RequestFailed, why)
}

/// Where the name at hand stands, with the analysis that the places are of. [`None`] if it is the
/// standard library's or the language's.
fn places(server: &Server, here: &Here) -> Option<(Rc<Analysis>, Vec<Span>)> {
    if let Some(words) = own_words(here) {
        let words = words.iter().filter_map(|at| here.syntax().words.get(*at));
        let spans = words.map(|word| Span::new(FileId(0), word.start, word.end));
        return Some((here.analysis.clone(), spans.collect()));
    }
    let id = here.declared()?;
    let declared = here.analysis.checked.names.declaration(id)?;
    if declared.name.span.file.is_standard() {
        return None;
    }
    let workspace = server.workspace();
    let id = same(&here.analysis, id, &workspace)?;
    let spans = named(&workspace, id, true, |used| used.by_name);
    Some((workspace, spans))
}

/// One word that is no operator.
fn is_name(text: &str) -> bool {
    let mut tokens = lex(text);
    let Some((token, range)) = tokens.next() else {
        return false;
    };
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let hard = [
        Token::And,
        Token::Or,
        Token::Not,
        Token::In,
        Token::Has,
        Token::Any,
        Token::All,
        Token::True,
        Token::False,
        Token::Where,
        Token::Exists,
        Token::Prefix,
        Token::Suffix,
        Token::Contains,
        Token::Glob,
        Token::Regex,
        Token::Under,
    ];
    range.len() == text.len()
        && text.bytes().all(letters)
        && !text.starts_with(|first: char| first.is_ascii_digit())
        && !hard.contains(&token)
}

/// What would be wrong with the files with the new name that is not wrong now.
fn mistake(server: &Server, analysis: &Analysis, spans: &[Span], new: &str) -> Option<String> {
    let texts = server.texts();
    let mut changed: BTreeMap<FileId, String> = BTreeMap::new();
    for span in spans.iter().rev() {
        let file = analysis.files.get(span.file.0 as usize)?;
        let text = changed
            .entry(span.file)
            .or_insert_with(|| file.text.text().to_owned());
        text.replace_range(span.start as usize..span.end as usize, new);
    }
    let files = (0..).map(FileId).zip(&analysis.files);
    let renamed = files.map(|(id, file)| match changed.remove(&id) {
        Some(text) => File {
            text: Rc::new(Text::new(text, server.encoding)),
            ..file.clone()
        },
        None => file.clone(),
    });
    let after = Analysis::make(renamed.collect(), texts, None);
    let before = Analysis::make(analysis.files.clone(), texts, None);
    let errors = |analysis: &Analysis| -> Vec<String> {
        let all = analysis.checked.diagnostics.iter();
        all.filter(|one| one.severity == Severity::Error)
            .map(|one| one.message.clone())
            .collect()
    };
    let (before, after) = (errors(&before), errors(&after));
    if after.len() <= before.len() {
        return None;
    }
    let new = after.iter().find(|message| !before.contains(message));
    new.or(after.last()).cloned()
}
