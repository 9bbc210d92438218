//! The generated parser's errors in words.

use std::collections::HashSet;

use lalrpop_util::{ErrorRecovery, ParseError};

use super::Spanned;
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::source::{FileId, Span};
use crate::token::Token;

pub(super) type Error = ParseError<usize, Token, ()>;
pub(super) type Recovery = ErrorRecovery<usize, Token, ()>;

/// Says what is wrong, at the place where it is to be mended.
pub(super) fn describe(file: FileId, text: &str, tokens: &[Spanned], error: Error) -> Diagnostic {
    let (found, expected) = match error {
        ParseError::UnrecognizedToken { token, expected } => (Some(token), expected),
        ParseError::ExtraToken { token } => (Some(token), Vec::new()),
        ParseError::UnrecognizedEof { expected, .. } => (None, expected),
        ParseError::InvalidToken { .. } | ParseError::User { .. } => (None, Vec::new()),
    };
    // The end of the token before, and what was found, as it is shown.
    let start = found.map_or(text.len(), |(start, ..)| start);
    let at = tokens.partition_point(|(_, _, end)| *end as usize <= start);
    let before = tokens[..at]
        .iter()
        .rev()
        .find(|(_, token, _)| !token.is_trivia())
        .map(|(_, _, end)| *end as usize);
    let shown = match found {
        Some((_, Token::Error, end)) => {
            let c = text[start..end].chars().next().unwrap_or_default();
            format!("character `{}`", c.escape_debug())
        }
        Some((start, _, end)) => format!("`{}`", &text[start..end]),
        None => String::new(),
    };
    let expected: HashSet<_> = expected.iter().map(|e| e.trim_matches('"')).collect();

    // A clause that could end, and something that begins a new line or closes the block.
    let new_line = before.is_some_and(|end| text[end..start].contains('\n'));
    let closes = matches!(
        found,
        None | Some((_, Token::RightBrace | Token::CloseBody, _))
    );
    if expected.contains(";") && (new_line || closes) {
        let end = before.unwrap_or(start);
        let span = Span::new(file, end, end);
        return Diagnostic::error(codes::MISSING_SEMICOLON, "`;` is missing", span)
            .fix("add `;`", span, ";");
    }

    let message = match found {
        Some(_) => format!("unexpected {shown}"),
        None => "the file ends too early".to_owned(),
    };
    let span = Span::new(file, start, found.map_or(start, |(_, _, end)| end));
    let mut diagnostic = Diagnostic::error(codes::SYNTAX, message, span);
    if let Some(wanted) = wanted(&expected) {
        diagnostic = diagnostic.help(format!("expected {wanted}"));
    }
    if matches!(found, Some((_, Token::Error, _))) && text[start..].starts_with("/*") {
        diagnostic = diagnostic.note("comments begin with `//`");
    }
    diagnostic
}

/// What could stand there, in a few words; `None` if that is too much to list.
fn wanted(expected: &HashSet<&str>) -> Option<String> {
    let has = |terminal: &str| expected.contains(terminal);
    let operand = has("address");
    let condition = operand && has("not");
    let operator = has("suffix") && has("==") && !has("where");
    let name = has("identifier");
    // Any word, as the name of something: that hard words are refused is said when one is used.
    let any_word = name && has("where") && has("suffix") && !operator;
    let mut list: Vec<String> = Vec::new();
    if condition {
        list.push("a condition".into());
    } else if operand {
        list.push("a value".into());
    } else if name && has("}") {
        list.push("a clause".into());
    } else if name {
        list.push("a name".into());
    }
    if operator {
        list.push("an operator".into());
    }
    if has("string") && !operand {
        list.push("a string".into());
    }
    if has("number") && !operand {
        list.push("a number".into());
    }
    for mark in [
        "{", "}", "(", ")", "[", "]", ";", ",", ":", "=", "in", "where",
    ] {
        let of_operand = operand && matches!(mark, "(" | "[");
        let of_word = any_word && matches!(mark, "in" | "where");
        let of_operator = operator && matches!(mark, "=" | "in" | "(");
        if has(mark) && !of_word && !of_operand && !of_operator {
            list.push(format!("`{mark}`"));
        }
    }
    let last = list.pop()?;
    if list.len() > 5 {
        return None;
    }
    Some(if list.is_empty() {
        last
    } else {
        format!("{} or {last}", list.join(", "))
    })
}
