//! `attack T1059.004, …;`: the ids against the table of MITRE ATT&CK. Enter at [`check`].

use super::Context;
use crate::ast::Name;
use crate::attack::{self, Kind, Status, Technique};
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::source::Span;
use crate::suggest;

/// The techniques that there are, each once.
pub(super) fn check(ids: &[Name], cx: &mut Context<'_>) -> Vec<&'static Technique> {
    let mut made: Vec<&Technique> = Vec::new();
    let mut before: Option<Span> = None;
    for id in ids {
        match attack::lookup(&id.text) {
            None => {
                let diagnostic = wrong(id);
                cx.report(diagnostic);
            }
            Some(technique) if made.contains(&technique) => {
                let message = format!("technique `{}` is there already", id.text);
                let with_comma = before.map_or(id.span, |before| Span {
                    start: before.end,
                    ..id.span
                });
                cx.report(
                    Diagnostic::warning(codes::DUPLICATE_TECHNIQUE, message, id.span).fix(
                        "remove it",
                        with_comma,
                        "",
                    ),
                );
            }
            Some(technique) => {
                if let Some(diagnostic) = withdrawn(technique, id.span) {
                    cx.report(diagnostic);
                }
                made.push(technique);
            }
        }
        before = Some(id.span);
    }
    made
}

/// What to say of an id that is none of a technique.
fn wrong(id: &Name) -> Diagnostic {
    match attack::kind(&id.text) {
        None => malformed(id),
        Some(Kind::Technique) => unknown(id),
        Some(kind) => {
            let message = format!(
                "`{}` is {} of ATT&CK, not a technique",
                id.text,
                kind.name()
            );
            let diagnostic = Diagnostic::error(codes::NOT_A_TECHNIQUE, message, id.span)
                .help("name the techniques that the rule detects, like `T1059.004`");
            match attack::tactic(&id.text) {
                Some(tactic) => diagnostic.note(format!(
                    "the tactic is {}; tactics follow from techniques",
                    tactic.name
                )),
                None => diagnostic,
            }
        }
    }
}

fn malformed(id: &Name) -> Diagnostic {
    let message = format!("`{}` is no technique of ATT&CK", id.text);
    let diagnostic = Diagnostic::error(codes::BAD_ATTACK_ID, message, id.span);
    match attack::lookup(&spelled_right(&id.text)) {
        Some(meant) => diagnostic.help(did_you_mean(meant)).suggest(
            format!("write `{}`", meant.id),
            id.span,
            meant.id,
        ),
        None => diagnostic.help("write `T1059` or `T1059.004`"),
    }
}

/// In capitals, and the number of the sub-technique with three digits.
fn spelled_right(id: &str) -> String {
    let id = id.to_ascii_uppercase();
    match id.split_once('.') {
        Some((technique, sub)) => format!("{technique}.{sub:0>3}"),
        None => id,
    }
}

fn unknown(id: &Name) -> Diagnostic {
    let message = format!("ATT&CK has no technique `{}`", id.text);
    let diagnostic = Diagnostic::error(codes::UNKNOWN_TECHNIQUE, message, id.span).note(format!(
        "the table is that of Enterprise ATT&CK v{}",
        attack::VERSION
    ));
    if id.text.starts_with("T0") {
        return diagnostic.help(
            "techniques below T1000 are of the matrix for industrial control systems; name one of \
             the Enterprise matrix",
        );
    }
    if let Some((technique, _)) = id.text.split_once('.')
        && let Some(technique) = attack::lookup(technique)
    {
        let subs: Vec<_> = technique
            .sub_techniques()
            .filter(|sub| sub.status == Status::Current)
            .collect();
        let has = match &subs[..] {
            [] => "no sub-techniques".to_owned(),
            [one] => format!("only `{}`", one.id),
            [one, other] => format!("only `{}` and `{}`", one.id, other.id),
            [first, .., last] => format!("`{}` to `{}`", first.id, last.id),
        };
        return diagnostic.help(format!("`{}` ({}) has {has}", technique.id, technique.name));
    }
    let current = attack::TECHNIQUES
        .iter()
        .filter(|technique| technique.status == Status::Current);
    let near = suggest::nearest(&id.text, current.map(|technique| technique.id));
    match near.and_then(attack::lookup) {
        // No fix: the next number is quite another technique.
        Some(meant) => diagnostic.help(did_you_mean(meant)),
        None => diagnostic.help("https://attack.mitre.org/techniques/enterprise/ lists them"),
    }
}

fn did_you_mean(meant: &Technique) -> String {
    format!("did you mean `{}` ({})?", meant.id, meant.full_name())
}

/// What to say of a technique that MITRE took back.
fn withdrawn(technique: &Technique, span: Span) -> Option<Diagnostic> {
    let (id, name) = (technique.id, technique.full_name());
    let named = |id: &&str| match attack::lookup(id) {
        Some(technique) => format!("`{id}` ({})", technique.full_name()),
        None => format!("`{id}`"),
    };
    match technique.status {
        Status::Current => None,
        Status::Revoked(by) => {
            let message = format!("ATT&CK revoked `{id}` ({name})");
            Some(
                Diagnostic::warning(codes::REVOKED_TECHNIQUE, message, span)
                    .help(format!("it is {} now", named(&by)))
                    .fix(format!("write `{by}`"), span, by),
            )
        }
        Status::Deprecated(instead) => {
            let message = format!("ATT&CK deprecated `{id}` ({name})");
            let diagnostic = Diagnostic::warning(codes::DEPRECATED_TECHNIQUE, message, span);
            // No fix: MITRE names these "where appropriate", and some mean something else.
            let instead: Vec<String> = instead.iter().map(named).collect();
            Some(match &instead[..] {
                [] => diagnostic.help("remove it; nothing replaces it"),
                some => diagnostic.help(format!("where it fits, write {}", some.join(" or "))),
            })
        }
    }
}
