//! Over tests and policies what can be run, over rules where they run. The editor has the commands:
//! `tracee.test` with a URI, and the title of a test or nothing for all of them; `tracee.explain` with a
//! URI, and the name of a rule.

use gen_lsp_types::{CodeLens, CodeLensParams, Command};
use serde_json::json;

use crate::server::Server;
use crate::syntax::outline::{Declared, What};

/// `textDocument/codeLens`.
pub(crate) fn lenses(server: &Server, params: CodeLensParams) -> Option<Vec<CodeLens>> {
    let uri = params.text_document.uri.0;
    let document = server.documents.get(&uri)?;
    let text = &document.text;
    let declarations = &text.syntax().outline.declarations;
    let has_tests = declarations.iter().any(|one| one.what == What::Test);
    let lens = |declared: &Declared| {
        let (title, command, argument) = match declared.what {
            What::Test => ("run this test", "tracee.test", Some(declared.name.clone())),
            What::Policy if has_tests => ("run all tests", "tracee.test", None),
            What::Rule if !declared.name.is_empty() => {
                let name = match &declared.policy {
                    Some(policy) => format!("{policy}.{}", declared.name),
                    None => declared.name.clone(),
                };
                ("explain where it runs", "tracee.explain", Some(name))
            }
            _ => return None,
        };
        Some(CodeLens {
            range: text.range_of(declared.name_at.clone()),
            command: Some(Command {
                title: title.to_owned(),
                tooltip: None,
                command: command.to_owned(),
                arguments: Some(vec![json!(uri), json!(argument)]),
            }),
            data: None,
        })
    };
    Some(declarations.iter().filter_map(lens).collect())
}
