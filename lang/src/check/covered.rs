//! Elements of a list of numbers or addresses that lie in another element of it.

use super::Context;
use super::literals::Literal;
use crate::address::is_ipv4;
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::source::Span;

/// An element: its line (of numbers, or of a family of addresses, which no range leaves), its first
/// and last value there, and where it is written.
struct Element {
    line: u8,
    first: u128,
    last: u128,
    span: Span,
}

/// Warns about ranges, networks and single values that a wider element covers. Elements that are there
/// twice are not said again.
pub(super) fn warn(all: &[(Literal, Span)], cx: &mut Context<'_>) {
    let mut elements: Vec<Element> = all.iter().filter_map(element).collect();
    // Where one begins that covers others, it stands before them.
    elements.sort_by_key(|element| (element.line, element.first, !element.last));
    elements.dedup_by_key(|element| (element.line, element.first, element.last));
    let mut cover: Option<&Element> = None;
    for element in &elements {
        match cover {
            Some(cover) if cover.line == element.line && cover.last >= element.last => {
                let (this, by) = (cx.map.slice(element.span), cx.map.slice(cover.span));
                let message = format!("`{this}` adds nothing: `{by}` covers it");
                cx.report(
                    Diagnostic::warning(codes::ADDS_NOTHING, message, element.span)
                        .related(cover.span, "this one")
                        .help("remove it"),
                );
            }
            _ => cover = Some(element),
        }
    }
}

fn element((literal, span): &(Literal, Span)) -> Option<Element> {
    // In the order of the numbers.
    let moved = |number: i128| number.cast_unsigned() ^ 1 << 127;
    let (line, first, last) = match *literal {
        Literal::Ints(low, high) => (0, moved(low), moved(high)),
        Literal::Addresses(first, last) => (1 + u8::from(is_ipv4(first)), first, last),
        Literal::Text(_) => return None,
    };
    Some(Element {
        line,
        first,
        last,
        span: *span,
    })
}
