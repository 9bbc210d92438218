//! Globs: patterns of whole strings, by components.
//!
//! | write | for |
//! |---|---|
//! | `*` | any bytes but `/`, also none |
//! | `?` | one byte but `/` |
//! | `**` | any components, also none; it stands between slashes or at an end |
//! | `[a-z]`, `[!a-z]` | one byte of these, or none of these; never `/` |
//! | `{a,b}` | either; may be nested and have wildcards |
//! | `\*` | `*` itself |
//!
//! A leading dot is a byte like others. Nothing is expanded: no `~`, no variables.

mod parser;

use std::ops::Range;

use regex_syntax::hir::{Class, ClassBytes, ClassBytesRange, Hir, Look, Repetition};

use super::Flaw;

/// One sign of a glob.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// This byte.
    Byte(u8),
    /// `?`
    One,
    /// `*`
    Star,
    /// `**/`: components with the slashes after them.
    Components,
    /// `**` at the end: anything.
    Anything,
    /// `[a-z]`, without `/`
    Class(ClassBytes),
    /// `{a,b}`
    Either(Vec<Vec<Token>>),
    /// `**` or more stars, as the parser finds them; at which bytes.
    Stars(Range<usize>),
}

/// Reads a glob.
pub(super) fn parse(source: &[u8], fold: bool) -> Result<Hir, Flaw> {
    let tokens = parser::parse(source)?;
    let inside = sequence(&tokens, fold);
    Ok(Hir::concat(vec![
        Hir::look(Look::Start),
        inside,
        Hir::look(Look::End),
    ]))
}

/// Whether no absolute path matches a sound glob: `*` does not cross slashes.
pub fn misses_absolute_paths(source: &[u8]) -> bool {
    parser::parse(source).is_ok_and(|tokens| begins_with_slash(&tokens) == Some(false))
}

/// Whether a match can begin with a slash; `None` if there is a match without any byte.
fn begins_with_slash(tokens: &[Token]) -> Option<bool> {
    for token in tokens {
        match token {
            Token::Byte(byte) => return Some(*byte == b'/'),
            Token::One | Token::Class(_) => return Some(false),
            Token::Star => {}
            Token::Components | Token::Anything | Token::Stars(_) => return Some(true),
            Token::Either(all) => {
                let all: Vec<_> = all.iter().map(|one| begins_with_slash(one)).collect();
                if all.contains(&Some(true)) {
                    return Some(true);
                }
                if !all.contains(&None) {
                    return Some(false);
                }
            }
        }
    }
    None
}

fn sequence(tokens: &[Token], fold: bool) -> Hir {
    let mut parts = Vec::with_capacity(tokens.len());
    let mut rest = tokens.iter().peekable();
    while let Some(token) = rest.next() {
        parts.push(match token {
            Token::Byte(byte) => byte_of(*byte, fold),
            Token::One => Hir::class(Class::Bytes(all_but_slash())),
            Token::Star => any_number(all_but_slash()),
            // Components and then a part of one are anything.
            Token::Components if rest.next_if_eq(&&Token::Star).is_some() => any_number(all()),
            Token::Components => Hir::repetition(Repetition {
                min: 0,
                max: Some(1),
                greedy: true,
                sub: Box::new(Hir::concat(vec![any_number(all()), Hir::literal(*b"/")])),
            }),
            Token::Anything | Token::Stars(_) => any_number(all()),
            Token::Class(class) => {
                let mut class = class.clone();
                if fold {
                    class.case_fold_simple();
                }
                Hir::class(Class::Bytes(class))
            }
            Token::Either(all) => {
                Hir::alternation(all.iter().map(|one| sequence(one, fold)).collect())
            }
        });
    }
    Hir::concat(parts)
}

fn byte_of(byte: u8, fold: bool) -> Hir {
    if !fold || !byte.is_ascii_alphabetic() {
        return Hir::literal([byte]);
    }
    let cases = [byte.to_ascii_lowercase(), byte.to_ascii_uppercase()];
    Hir::class(Class::Bytes(ClassBytes::new(
        cases.map(|byte| ClassBytesRange::new(byte, byte)),
    )))
}

fn any_number(class: ClassBytes) -> Hir {
    Hir::repetition(Repetition {
        min: 0,
        max: None,
        greedy: true,
        sub: Box::new(Hir::class(Class::Bytes(class))),
    })
}

fn all() -> ClassBytes {
    ClassBytes::new([ClassBytesRange::new(0, u8::MAX)])
}

fn all_but_slash() -> ClassBytes {
    let mut class = slash();
    class.negate();
    class
}

fn slash() -> ClassBytes {
    ClassBytes::new([ClassBytesRange::new(b'/', b'/')])
}
