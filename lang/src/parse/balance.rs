//! Brackets, before the grammar sees them: a brace too many or too few would otherwise make errors
//! all through the rest of the file. Also the limit on nesting.

use super::{MAX_NESTING, Spanned};
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::source::{FileId, Span};
use crate::token::Token;

struct Open {
    token: Token,
    start: usize,
    end: usize,
    /// `not`s before it that wait for their operand.
    nots: usize,
}

/// The first thing wrong with the brackets of a file, if anything is.
pub(super) fn check(file: FileId, text: &str, tokens: &[Spanned]) -> Option<Diagnostic> {
    let lines = Lines::new(text);
    let mut open: Vec<Open> = Vec::new();
    let mut nots = 0;
    let mut depth = 0;
    // An opening brace whose closing one stands in another column, as after a forgotten one.
    let mut suspect: Option<(Span, usize)> = None;
    for &(start, token, end) in tokens {
        let span = Span::new(file, start, end);
        match token {
            Token::LeftBrace | Token::LeftParen | Token::LeftBracket => {
                open.push(Open {
                    token,
                    start,
                    end,
                    nots,
                });
                depth += 1;
                nots = 0;
            }
            Token::RightBrace | Token::RightParen | Token::RightBracket => {
                let Some(opener) = open.pop() else {
                    let message = format!("`{}` closes nothing", &text[start..end]);
                    return Some(
                        Diagnostic::error(codes::UNBALANCED, message, span).help("remove it"),
                    );
                };
                depth -= 1 + nots;
                nots = opener.nots;
                let opened = Span::new(file, opener.start, opener.end);
                if closing(opener.token) != token {
                    let wanted = text_of(closing(opener.token));
                    return Some(
                        Diagnostic::error(
                            codes::UNBALANCED,
                            format!("`{}` is not closed", &text[opener.start..opener.end]),
                            opened,
                        )
                        .related(span, format!("`{wanted}` is missing before this")),
                    );
                }
                let (blank, first) = lines.indent(start);
                if suspect.is_none() && first && lines.indent(opener.start).0 != blank {
                    suspect = Some((opened, opener.start));
                }
            }
            Token::Not | Token::Bang => {
                nots += 1;
                depth += 1;
            }
            Token::Semicolon
            | Token::Comma
            | Token::And
            | Token::Or
            | Token::AndAnd
            | Token::OrOr => {
                depth -= nots;
                nots = 0;
            }
            _ => {}
        }
        if depth > MAX_NESTING {
            let message = format!("nested more than {MAX_NESTING} deep");
            return Some(
                Diagnostic::error(codes::NESTED_TOO_DEEPLY, message, span)
                    .help("name a part with `let`"),
            );
        }
    }
    let left = open.pop()?;
    let (span, start) =
        suspect.unwrap_or_else(|| (Span::new(file, left.start, left.end), left.start));
    let message = format!("`{}` is not closed", &text[start..span.end as usize]);
    Some(Diagnostic::error(codes::UNBALANCED, message, span))
}

fn closing(token: Token) -> Token {
    match token {
        Token::LeftBrace => Token::RightBrace,
        Token::LeftParen => Token::RightParen,
        _ => Token::RightBracket,
    }
}

fn text_of(token: Token) -> &'static str {
    match token {
        Token::RightBrace => "}",
        Token::RightParen => ")",
        _ => "]",
    }
}

/// How far lines are indented.
struct Lines {
    /// The first byte of each line, and the first on it that is no blank.
    starts: Vec<(usize, usize)>,
}

impl Lines {
    fn new(text: &str) -> Self {
        let mut starts = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let blank = line.len() - line.trim_start_matches([' ', '\t']).len();
            starts.push((start, start + blank));
            start += line.len();
        }
        Self { starts }
    }

    /// The indentation of the line of `at`, and whether `at` is the first thing on it.
    fn indent(&self, at: usize) -> (usize, bool) {
        let after = self.starts.partition_point(|(start, _)| *start <= at);
        let line = after.checked_sub(1).and_then(|line| self.starts.get(line));
        line.map_or((0, true), |(start, first)| (first - start, *first == at))
    }
}
