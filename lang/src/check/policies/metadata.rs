//! Clauses that name or describe: severity, mode, action, labels, references.

use super::utf8;
use crate::ast::{Name, Text};
use crate::check::Context;
use crate::check::schema::meant;
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::hir::RuleSeverity;

pub(super) fn severity(name: &Name, cx: &mut Context<'_>) -> Option<RuleSeverity> {
    use RuleSeverity::{Critical, High, Info, Low, Medium};
    let all = [Info, Low, Medium, High, Critical];
    let found = all
        .into_iter()
        .find(|severity| severity.name() == name.text);
    if found.is_none() {
        let message = format!("unknown severity `{}`", name.text);
        let diagnostic = Diagnostic::error(codes::UNKNOWN_SEVERITY, message, name.span);
        let mut diagnostic = meant(diagnostic, name, all.map(RuleSeverity::name));
        if diagnostic.help.is_none() {
            let help = "there are `info`, `low`, `medium`, `high` and `critical`";
            diagnostic = diagnostic.help(help);
        }
        cx.report(diagnostic);
    }
    found
}

/// `mode monitor;`: nothing else can be asked for until events can be denied.
pub(super) fn mode(name: &Name, cx: &mut Context<'_>) {
    match name.text.as_str() {
        "monitor" => {}
        "enforce" => cx.not_yet("`enforce`", name.span),
        other => {
            let message = format!("unknown mode `{other}`");
            let diagnostic = Diagnostic::error(codes::UNKNOWN_MODE, message, name.span);
            let mut diagnostic = meant(diagnostic, name, ["monitor", "enforce"]);
            if diagnostic.help.is_none() {
                diagnostic = diagnostic.help("write `mode monitor;`, or leave it out");
            }
            cx.report(diagnostic);
        }
    }
}

/// `action alert;`: what every rule does.
pub(in crate::check) fn action(name: &Name, cx: &mut Context<'_>) {
    if name.text == "alert" {
        return;
    }
    let message = format!("unknown action `{}`", name.text);
    let diagnostic = Diagnostic::error(codes::UNKNOWN_ACTION, message, name.span);
    let mut diagnostic = meant(diagnostic, name, ["alert"]);
    if diagnostic.help.is_none() {
        diagnostic = diagnostic.help("there is `alert`, which is what a rule without one does");
    }
    cx.report(diagnostic);
}

/// The texts of a clause that has several, without those that are there twice.
pub(super) fn texts(kind: &str, all: &[Text], cx: &mut Context<'_>) -> Vec<String> {
    let mut made: Vec<String> = Vec::with_capacity(all.len());
    for text in all {
        let Some(one) = utf8(text, cx) else { continue };
        if made.contains(&one) {
            let message = format!("{kind} `{one}` is there twice");
            cx.report(Diagnostic::warning(
                codes::DUPLICATE_ELEMENT,
                message,
                text.span,
            ));
            continue;
        }
        made.push(one);
    }
    made
}
