//! Message templates: `"{pathname} below {proc.parent.exe}"`.

use super::Context;
use super::condition::message_field;
use super::policies::utf8;
use crate::ast::{Name, Text};
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::hir::MessagePart;
use crate::schema::EventId;
use crate::source::Span;

/// A message with more fields is not for a person.
const MAX_FIELDS: usize = 100;

/// The parts of a template, its fields resolved for each of the events. [`None`]: it was reported.
pub(super) fn check(
    text: &Text,
    events: &[EventId],
    cx: &mut Context<'_>,
) -> Option<Vec<MessagePart>> {
    let template = utf8(text, cx)?;
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut rest = template.as_str();
    let mut fine = true;
    let mut fields = 0;
    while let Some(at) = rest.find(['{', '}']) {
        plain.push_str(&rest[..at]);
        let (brace, after) = rest[at..].split_at(1);
        if let Some(after) = after.strip_prefix(brace) {
            plain.push_str(brace);
            rest = after;
            continue;
        }
        let Some((path, after)) = after.split_once('}').filter(|_| brace == "{") else {
            let message = match brace {
                "{" => "`{` is not closed",
                _ => "`}` closes nothing",
            };
            cx.report(
                Diagnostic::error(codes::BAD_MESSAGE, message, text.span)
                    .help("a brace itself is written twice"),
            );
            return None;
        };
        if !plain.is_empty() {
            parts.push(MessagePart::Text(std::mem::take(&mut plain)));
        }
        fields += 1;
        if fields > MAX_FIELDS {
            let message = format!("the message has more than {MAX_FIELDS} fields");
            cx.report(Diagnostic::error(codes::BAD_MESSAGE, message, text.span));
            return None;
        }
        match field(path, place(path, text, cx), events, cx) {
            Some(part) => parts.push(part),
            None => fine = false,
        }
        rest = after;
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        parts.push(MessagePart::Text(plain));
    }
    fine.then_some(parts)
}

fn field(path: &str, span: Span, events: &[EventId], cx: &mut Context<'_>) -> Option<MessagePart> {
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    if !path.split('.').all(is_word) {
        let message = format!("`{path}` is not a field");
        cx.report(
            Diagnostic::error(codes::BAD_MESSAGE, message, span)
                .help("write `{pathname}`; a brace itself is written twice"),
        );
        return None;
    }
    let names: Vec<_> = path
        .split('.')
        .map(|word| Name {
            text: word.into(),
            span,
        })
        .collect();
    let mut fields = Vec::with_capacity(events.len());
    for event in events {
        let event = cx.schema.event(*event)?;
        match message_field(cx, &names, span, event) {
            Ok(field) => fields.push((event.id, field)),
            Err(diagnostic) => {
                cx.report(*diagnostic);
                return None;
            }
        }
    }
    Some(MessagePart::Field(fields))
}

/// Where a field stands in the source; the whole string if escapes hide it.
fn place(path: &str, text: &Text, cx: &Context<'_>) -> Span {
    let written = cx.map.slice(text.span);
    match written.find(&format!("{{{path}}}")) {
        Some(at) => {
            let start = text.span.start as usize + at + 1;
            Span::new(text.span.file, start, start + path.len())
        }
        None => text.span,
    }
}
