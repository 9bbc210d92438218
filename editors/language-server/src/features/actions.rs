//! What can be done at a place: the fixes of diagnostics, all sure ones at once, a test for a rule.

use std::collections::HashMap;

use gen_lsp_types::{
    CodeAction, CodeActionKind, CodeActionParams, Range, TextEdit, Uri, WorkspaceEdit,
};
use tracee_lang::diagnostics::{Diagnostic, Fix};
use tracee_lang::fix;
use tracee_lang::source::FileId;

use super::diagnostics::shown;
use super::{formatting, new_test};
use crate::analysis::Analysis;
use crate::server::Server;

/// `source.fixAll` of the protocol, for this server alone.
const FIX_ALL: &str = "source.fixAll.tracee";

/// `textDocument/codeAction`.
pub(crate) fn actions(server: &Server, params: CodeActionParams) -> Option<Vec<CodeAction>> {
    let uri = params.text_document.uri;
    let analysis = server.analysis(&uri.0)?;
    let only = params.context.only.unwrap_or_default();
    let only: Vec<String> = only.into_iter().map(String::from).collect();
    // `source.fixAll` is asked for by its name or by one that it is below.
    let wanted = |kind: &str| {
        let below = |asked: &String| kind == asked || kind.starts_with(&format!("{asked}."));
        only.is_empty() || only.iter().any(below)
    };
    let mut all = Vec::new();
    if wanted("quickfix") {
        all.extend(fixes(server, &analysis, params.range));
    }
    if wanted(FIX_ALL) {
        all.extend(fix_all(&analysis, &uri));
    }
    if wanted("refactor") {
        all.extend(new_test::action(&analysis, &uri, params.range));
    }
    Some(all)
}

/// Those of the diagnostics that touch the range, sure ones first.
fn fixes(server: &Server, analysis: &Analysis, range: Range) -> Vec<CodeAction> {
    let mut all = Vec::new();
    for diagnostic in &analysis.checked.diagnostics {
        let span = diagnostic.span();
        let at = analysis.range(span);
        if span.file != FileId(0) || at.end < range.start || range.end < at.start {
            continue;
        }
        for fix in &diagnostic.fixes {
            all.extend(quick_fix(server, analysis, diagnostic, fix));
        }
    }
    all.sort_by_key(|action| action.is_preferred != Some(true));
    all
}

fn quick_fix(
    server: &Server,
    analysis: &Analysis,
    diagnostic: &Diagnostic,
    fix: &Fix,
) -> Option<CodeAction> {
    let mut changes: HashMap<Uri, Vec<TextEdit>> = HashMap::new();
    for edit in &fix.edits {
        if edit.span.file.is_standard() {
            return None;
        }
        changes
            .entry(analysis.uri(edit.span.file)?)
            .or_default()
            .push(TextEdit {
                range: analysis.range(edit.span),
                new_text: edit.text.clone(),
            });
    }
    Some(CodeAction {
        title: fix.title.clone(),
        kind: Some(CodeActionKind::QuickFix),
        diagnostics: Some(vec![shown(server, analysis, diagnostic)]),
        is_preferred: Some(fix.sure),
        edit: Some(WorkspaceEdit {
            changes: Some(changes),
            ..WorkspaceEdit::default()
        }),
        ..CodeAction::default()
    })
}

/// All sure fixes of the document that do not touch each other.
fn fix_all(analysis: &Analysis, uri: &Uri) -> Option<CodeAction> {
    let fixed = fix::apply(&analysis.map, &analysis.checked.diagnostics, &[FileId(0)]);
    let (_, text) = fixed.texts.first()?;
    let edit = formatting::change(analysis.text(FileId(0))?, text)?;
    Some(CodeAction {
        title: format!("fix all that is sure ({})", fixed.made.len()),
        kind: Some(CodeActionKind::from(FIX_ALL.to_owned())),
        edit: Some(edit_of(uri, edit)),
        ..CodeAction::default()
    })
}

/// One edit of one document.
pub(crate) fn edit_of(uri: &Uri, edit: TextEdit) -> WorkspaceEdit {
    WorkspaceEdit {
        changes: Some(HashMap::from([(uri.clone(), vec![edit])])),
        ..WorkspaceEdit::default()
    }
}
