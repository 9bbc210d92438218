//! Strings of the event compared with strings of the signature.
//!
//! Strings are bytes here and characters in Rego, where bytes that are no UTF-8 stand as characters from
//! U+EF80 to U+EFFF. A comparison with characters that are none of those is the same of the bytes: a
//! character of one side is one of the other, with the same edges.

use std::sync::Arc;

use regex_syntax::hir::{Class, ClassBytes, ClassBytesRange, Hir, HirKind, Look, Repetition};
use tracee_lang::hir::{Expr, ExprKind, Operand, TextOp};
use tracee_lang::pattern::{PatternKind, PatternSet};
use tracee_lang::schema::Schema;
use tracee_lang::source::Span;

use super::coded;
use super::truth::{Truth, and, constant, not};
use super::value::{Coded, Text};

/// The most ways in which a literal without capitals may be written in the event.
const MAX_SPELLINGS: usize = 8;

/// Whether a character stands for a byte that is no UTF-8.
fn is_escape(c: char) -> bool {
    ('\u{ef80}'..='\u{efff}').contains(&c)
}

/// Whether a string of the event passes a test against any of some strings.
pub(super) fn compare(op: TextOp, text: &Text, literals: &[&str], span: Span) -> Truth {
    if literals.iter().any(|one| one.contains(is_escape)) {
        return Truth::unknown(span);
    }
    if !text.lower {
        let literals = literals.iter().map(|one| one.as_bytes().into()).collect();
        return Truth::Exact(test(op, &text.operand, literals, false, span));
    }
    let mut spellings = Vec::new();
    for literal in literals {
        // What `lower` gives has no ASCII capitals.
        if literal.contains(|c: char| c.is_ascii_uppercase()) {
            continue;
        }
        match literal.is_ascii().then(|| unfolded(op, literal)).flatten() {
            Some(more) => spellings.extend(more),
            None => return Truth::unknown(span),
        }
    }
    Truth::Exact(test(op, &text.operand, spellings, true, span))
}

fn test(op: TextOp, value: &Operand, literals: Vec<Arc<[u8]>>, fold: bool, span: Span) -> Expr {
    if literals.is_empty() {
        return constant(false, span);
    }
    if op != TextOp::Eq && literals.iter().any(|literal| literal.is_empty()) {
        return constant(true, span);
    }
    let kind = ExprKind::Text {
        op,
        value: value.clone(),
        literals: literals.into(),
        fold,
    };
    Expr { kind, span }
}

/// How a literal that `lower` gave may have been written, but for the case of ASCII letters. Two other
/// characters have a small letter of ASCII: the Kelvin sign is a `k`, and U+0130 an `i` with a dot, which
/// only a literal's end can be.
fn unfolded(op: TextOp, literal: &str) -> Option<Vec<Arc<[u8]>>> {
    let mut spellings: Vec<Vec<u8>> = vec![Vec::new()];
    for (at, byte) in literal.bytes().enumerate() {
        let before = spellings.clone();
        for spelling in &mut spellings {
            spelling.push(byte);
        }
        let other = match byte {
            b'k' => "\u{212a}",
            b'i' if at + 1 == literal.len() && matches!(op, TextOp::Prefix | TextOp::Contains) => {
                "\u{130}"
            }
            _ => continue,
        };
        spellings.extend(before.into_iter().map(|mut spelling| {
            spelling.extend_from_slice(other.as_bytes());
            spelling
        }));
        if spellings.len() > MAX_SPELLINGS {
            return None;
        }
    }
    Some(spellings.into_iter().map(Into::into).collect())
}

/// The same of a string that stands for a number.
pub(super) fn compare_coded(
    op: TextOp,
    coded: &Coded,
    literals: &[&str],
    schema: &Schema,
    span: Span,
) -> Truth {
    let parts = literals.iter();
    Truth::any(
        parts
            .map(|literal| coded::compare(op, coded, literal, schema, span))
            .collect(),
        span,
    )
}

/// Whether a string matches a regex as regorus reads it, over characters. [`None`] if the regex is wrong,
/// or can't be a pattern here.
pub(super) fn matches(pattern: &str, text: &Text, span: Span) -> Option<Truth> {
    let tree = regex_syntax::ParserBuilder::new()
        .build()
        .parse(pattern)
        .ok()?;
    let mut bytes = Bytes { exact: !text.lower };
    let wide = bytes.tree(&tree);
    let set = |tree: &Hir| {
        // Printed with the flags that make it mean the same wherever it stands.
        let source: Arc<[u8]> = tree.to_string().into_bytes().into();
        let set = PatternSet::new(PatternKind::Regex, Arc::new([source]), false).ok()?;
        let kind = ExprKind::Pattern {
            value: text.operand.clone(),
            set: Arc::new(set),
        };
        Some(Expr { kind, span })
    };
    let high = match text.lower {
        true => constant(true, span),
        false => set(&wide)?,
    };
    if bytes.exact {
        return Some(Truth::Exact(high));
    }
    if text.lower {
        return Some(Truth::Between(constant(false, span), high));
    }
    // Of ASCII alone, bytes are characters.
    let narrow = narrowed(&tree)?;
    let beyond = Hir::class(Class::Bytes(ClassBytes::new([ClassBytesRange::new(
        0x80, 0xff,
    )])));
    let low = and(vec![set(&narrow)?, not(set(&beyond)?)], span);
    Some(Truth::between(low, high))
}

/// Rewrites a regex over characters to one over bytes that matches at least the same.
struct Bytes {
    /// It matches no more, either.
    exact: bool,
}

impl Bytes {
    fn tree(&mut self, of: &Hir) -> Hir {
        match of.kind() {
            HirKind::Empty => Hir::empty(),
            HirKind::Literal(literal) => {
                let text = str::from_utf8(&literal.0).unwrap_or("\u{ef80}");
                if text.contains(is_escape) {
                    self.exact = false;
                    return beyond();
                }
                Hir::literal(literal.0.clone())
            }
            HirKind::Class(class) => {
                let (ascii, others) = split(class);
                let mut parts = vec![ascii];
                if others {
                    self.exact = false;
                    parts.push(beyond());
                }
                Hir::alternation(parts)
            }
            HirKind::Look(look) => match look {
                Look::Start | Look::End => Hir::look(*look),
                Look::StartLF | Look::EndLF | Look::StartCRLF | Look::EndCRLF => Hir::look(*look),
                // Of words: letters beyond ASCII belong to them.
                _ => {
                    self.exact = false;
                    Hir::empty()
                }
            },
            HirKind::Repetition(repetition) => Hir::repetition(Repetition {
                min: repetition.min,
                max: repetition.max,
                greedy: repetition.greedy,
                sub: Box::new(self.tree(&repetition.sub)),
            }),
            HirKind::Capture(capture) => self.tree(&capture.sub),
            HirKind::Concat(parts) => {
                Hir::concat(parts.iter().map(|part| self.tree(part)).collect())
            }
            HirKind::Alternation(parts) => {
                Hir::alternation(parts.iter().map(|part| self.tree(part)).collect())
            }
        }
    }
}

/// Any bytes that a character beyond ASCII may be.
fn beyond() -> Hir {
    let class = ClassBytes::new([ClassBytesRange::new(0x80, 0xff)]);
    Hir::repetition(Repetition {
        min: 1,
        max: Some(4),
        greedy: true,
        sub: Box::new(Hir::class(Class::Bytes(class))),
    })
}

/// The characters of a class that are ASCII, and whether there are others.
fn split(class: &Class) -> (Hir, bool) {
    let mut ascii = ClassBytes::empty();
    let mut others = false;
    match class {
        Class::Unicode(class) => {
            for range in class.iter() {
                let (low, high) = (u32::from(range.start()), u32::from(range.end()));
                others |= high >= 0x80;
                if let (Ok(low), Ok(high)) = (u8::try_from(low), u8::try_from(high.min(0x7f)))
                    && low < 0x80
                {
                    ascii.push(ClassBytesRange::new(low, high));
                }
            }
        }
        Class::Bytes(class) => {
            for range in class.iter() {
                others |= range.end() >= 0x80;
                if range.start() < 0x80 {
                    ascii.push(ClassBytesRange::new(range.start(), range.end().min(0x7f)));
                }
            }
        }
    }
    (Hir::class(Class::Bytes(ascii)), others)
}

/// The regex over ASCII alone.
fn narrowed(of: &Hir) -> Option<Hir> {
    Some(match of.kind() {
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) => match literal.0.is_ascii() {
            true => Hir::literal(literal.0.clone()),
            false => Hir::fail(),
        },
        HirKind::Class(class) => split(class).0,
        HirKind::Look(look) => Hir::look(match look {
            Look::WordUnicode => Look::WordAscii,
            Look::WordUnicodeNegate => Look::WordAsciiNegate,
            Look::WordStartUnicode => Look::WordStartAscii,
            Look::WordEndUnicode => Look::WordEndAscii,
            Look::WordStartHalfUnicode => Look::WordStartHalfAscii,
            Look::WordEndHalfUnicode => Look::WordEndHalfAscii,
            look => *look,
        }),
        HirKind::Repetition(repetition) => Hir::repetition(Repetition {
            min: repetition.min,
            max: repetition.max,
            greedy: repetition.greedy,
            sub: Box::new(narrowed(&repetition.sub)?),
        }),
        HirKind::Capture(capture) => narrowed(&capture.sub)?,
        HirKind::Concat(parts) => {
            Hir::concat(parts.iter().map(narrowed).collect::<Option<Vec<_>>>()?)
        }
        HirKind::Alternation(parts) => {
            Hir::alternation(parts.iter().map(narrowed).collect::<Option<Vec<_>>>()?)
        }
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn two_characters_beyond_ascii_have_small_letters_of_it() {
        let found: Vec<(char, String)> = ('\u{80}'..=char::MAX)
            .map(|c| (c, c.to_lowercase().collect::<String>()))
            .filter(|(_, small)| small.contains(|c: char| c.is_ascii()))
            .collect();
        let expected = [
            ('\u{130}', "i\u{307}".to_owned()),
            ('\u{212a}', "k".to_owned()),
        ];
        assert_eq!(found, expected);
    }
}
