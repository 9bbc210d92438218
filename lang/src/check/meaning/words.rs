//! Parts of conditions in words and places.

use super::facts::Key;
use crate::check::Context;
use crate::context::{self, ContextField};
use crate::hir::{Expr, Operand, display};
use crate::schema::Event;
use crate::source::Span;
use crate::token::{Token, lex};

/// Longer parts are cut in a message.
const MAX_SHOWN: usize = 60;

/// A part as it was written; what is inside of a `let` is shown as it was understood.
pub(super) fn part(expr: &Expr, inlined: bool, event: Option<&Event>, cx: &Context<'_>) -> String {
    let written = match inlined {
        true => display::brief(expr, event),
        false => cx.map.slice(expr.span).to_owned(),
    };
    let mut line = String::new();
    for word in written.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        // A character has at most four bytes.
        if line.len() > 4 * MAX_SHOWN {
            break;
        }
    }
    match line.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("`{}…`", line[..end].trim_end()),
        None => format!("`{line}`"),
    }
}

/// The name of a value.
pub(super) fn value(key: &Key, event: Option<&Event>) -> Option<String> {
    match key {
        Key::Field(field) => Some(display::field(*field, event)),
        Key::Ancestor(_, field) => {
            let path = context::info(ContextField::Proc(*field))?.path;
            Some(path.replacen("proc", "ancestor", 1))
        }
        Key::Element(_) => Some("the element".into()),
        Key::Call(call) => Some(display::operand(&Operand::Call(call.clone()), event)),
        Key::Pair(_) | Key::Opaque(_) => None,
    }
}

/// Where a string is written in a part of a condition; the whole part if it is in a list or a `let`.
pub(super) fn literal(bytes: &[u8], within: Span, cx: &Context<'_>) -> Option<Span> {
    let quoted = display::literal(bytes);
    let written = cx.map.slice(within);
    let mut found = lex(written).filter(|(token, range)| {
        *token == Token::String && written.get(range.clone()) == Some(quoted.as_str())
    });
    let (_, range) = found.next()?;
    let start = within.start as usize;
    Some(Span::new(
        within.file,
        start + range.start,
        start + range.end,
    ))
}

/// Where an operator's word is written in an atom; `None` if that stands in a `let`.
pub(super) fn operator(word: Token, within: Span, cx: &Context<'_>) -> Option<Span> {
    let written = cx.map.slice(within);
    let (_, range) = lex(written).filter(|(token, _)| *token == word).last()?;
    let start = within.start as usize;
    Some(Span::new(
        within.file,
        start + range.start,
        start + range.end,
    ))
}
