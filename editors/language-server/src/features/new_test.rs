//! A test for the rule at hand: an event with what the first condition looks for, as far as its words
//! tell, to be completed by its author.

use gen_lsp_types::{CodeAction, CodeActionKind, Range, TextEdit, Uri};
use tracee_lang::source::FileId;
use tracee_lang::token::Token;

use super::actions::edit_of;
use crate::analysis::Analysis;
use crate::syntax::Syntax;
use crate::syntax::fields::{Scope, path_to};
use crate::syntax::outline::{Declared, What};
use crate::syntax::place::{Kind, Walk};

/// The action, where the range is in a rule.
pub(super) fn action(analysis: &Analysis, uri: &Uri, range: Range) -> Option<CodeAction> {
    let text = analysis.text(FileId(0))?;
    let syntax = text.syntax();
    let rule = syntax.outline.around(text.offset(range.start))?;
    if rule.what != What::Rule || rule.name.is_empty() {
        return None;
    }
    let end = text.text().len();
    let at = text.range_of(end..end);
    let gap = match text.text().ends_with('\n') {
        true => "\n",
        false => "\n\n",
    };
    let edit = TextEdit {
        range: at,
        new_text: format!("{gap}{}", test(syntax, rule)?),
    };
    Some(CodeAction {
        title: format!("add a test for `{}`", rule.name),
        kind: Some(CodeActionKind::from("refactor.rewrite".to_owned())),
        edit: Some(edit_of(uri, edit)),
        ..CodeAction::default()
    })
}

fn test(syntax: &Syntax, rule: &Declared) -> Option<String> {
    let event = rule.events.first()?;
    let fields: Vec<String> = fields(syntax, rule)
        .into_iter()
        .map(|(path, value)| format!("{path}: {value}"))
        .collect();
    let given = match fields.is_empty() {
        true => "{}".to_owned(),
        false => format!("{{ {} }}", fields.join(", ")),
    };
    let title = rule.name.replace('_', " ");
    let name = &rule.name;
    let of = match &rule.policy {
        Some(policy) => format!("{policy}.{name}"),
        None => name.clone(),
    };
    Some(format!(
        "test \"{title}\" for {of} {{\n  given {event} {given};\n  expect {name};\n}}\n"
    ))
}

/// What the first `on` compares fields with, the first value of each.
fn fields(syntax: &Syntax, rule: &Declared) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut walk = Walk::new(syntax);
    let mut seen = false;
    for at in 0..rule.words.end {
        walk.begin(at);
        let in_first = at >= rule.words.start
            && walk.kind() == Kind::Rule
            && walk.head() == Some(Token::On)
            && walk.in_condition();
        if in_first {
            seen = true;
            let field = field(syntax, &walk, at);
            if let Some((path, value)) = field
                && found.iter().all(|(known, _)| *known != path)
            {
                found.push((path, value));
            }
        } else if seen && walk.at_begin() {
            break;
        }
        walk.step(at);
    }
    found
}

/// A field and the value that it is compared with, if a word ends the path of one.
fn field(syntax: &Syntax, walk: &Walk<'_>, at: usize) -> Option<(String, String)> {
    if !syntax.is_name(at) || syntax.token(at + 1) == Some(Token::Dot) {
        return None;
    }
    let (first, path) = path_to(syntax, at);
    Scope::of(walk).resolve(&path)?.ty()?;
    let negated = first > 0 && syntax.token(first - 1) == Some(Token::Not);
    let operators = [
        Token::Eq,
        Token::In,
        Token::Prefix,
        Token::Suffix,
        Token::Contains,
        Token::Under,
        Token::Has,
        Token::Ge,
        Token::Le,
    ];
    let operator = syntax.token(at + 1)?;
    if negated || !operators.contains(&operator) {
        return None;
    }
    let mut value = at + 2;
    let skipped = [Token::Tilde, Token::Any, Token::All];
    while skipped.contains(&syntax.token(value)?) {
        value += 1;
    }
    let listed = syntax.token(value)? == Token::LeftBracket;
    if listed {
        value += 1;
    }
    let literal = matches!(
        syntax.token(value)?,
        Token::String | Token::Int | Token::Address | Token::Duration | Token::Date
    );
    let is_constant = syntax.is_name(value)
        && syntax
            .written(value)
            .starts_with(|first: char| first.is_ascii_uppercase());
    // A network or a range is no value.
    let whole = !syntax.written(value).contains('/') || syntax.token(value)? == Token::String;
    let range = syntax.token(value + 1) == Some(Token::DotDot);
    if !(literal || is_constant) || !whole || range {
        return None;
    }
    let written = syntax.written(value);
    let value = match operator {
        Token::Has => format!("[{written}]"),
        _ => written.to_owned(),
    };
    Some((path.join("."), value))
}
