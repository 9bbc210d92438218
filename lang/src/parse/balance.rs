//! Brackets, before the grammar sees them: one too many or too few would otherwise make errors all
//! through the rest of the file. Also the limit on nesting. Enter at [`check`].
//!
//! `(` and `[` are of one clause: what is wrong with them is mended in the tokens, and the rest of the
//! file is read as it is. What a brace too many or too few was meant to be nobody can know.

use super::{MAX_NESTING, Spanned};
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::source::{FileId, Span};
use crate::token::Token;

/// What is wrong with the brackets of a file.
#[derive(Debug, Default)]
pub(super) struct Unbalanced {
    /// What was mended.
    pub(super) mended: Vec<Diagnostic>,
    /// From where to where the parser reads what was not meant, because of that.
    pub(super) misread: Vec<Span>,
    /// Strings without an end that a bracket's closing one is in: of the two the string is reported.
    pub(super) swallowing: Vec<Span>,
    /// Behind it nothing is understood.
    pub(super) fatal: Option<Diagnostic>,
}

struct Open {
    token: Token,
    start: usize,
    end: usize,
    /// `not`s before it that wait for their operand.
    nots: usize,
}

/// Looks at the brackets of a file and puts right what can be.
pub(super) fn check(file: FileId, text: &str, tokens: &mut Vec<Spanned>) -> Unbalanced {
    let mut pass = Pass {
        file,
        text,
        lines: Lines::new(text),
        open: Vec::new(),
        nots: 0,
        depth: 0,
        unterminated: None,
        suspect: None,
        edits: Vec::new(),
        found: Unbalanced::default(),
    };
    for (at, token) in tokens.iter().enumerate() {
        if let Err(fatal) = pass.token(at, *token) {
            pass.found.fatal = Some(*fatal);
            break;
        }
    }
    if pass.found.fatal.is_none() {
        pass.found.fatal = pass.left_open();
    }
    apply(&pass.edits, tokens);
    pass.found
}

/// What is to be done with the token at an index.
type Edit = (usize, Mend);

enum Mend {
    /// This one is before it.
    Insert(Token),
    /// It is this one.
    Replace(Token),
}

fn apply(edits: &[Edit], tokens: &mut Vec<Spanned>) {
    if edits.is_empty() {
        return;
    }
    let mut out = Vec::with_capacity(tokens.len() + edits.len());
    let mut edits = edits.iter().peekable();
    for (at, &(start, mut token, end)) in tokens.iter().enumerate() {
        while let Some((_, mend)) = edits.next_if(|(index, _)| *index == at) {
            match mend {
                Mend::Insert(new) => out.push((start, *new, start)),
                Mend::Replace(new) => token = *new,
            }
        }
        out.push((start, token, end));
    }
    *tokens = out;
}

struct Pass<'a> {
    file: FileId,
    text: &'a str,
    lines: Lines,
    open: Vec<Open>,
    nots: usize,
    depth: usize,
    /// The last string without an end: the bracket may be in it.
    unterminated: Option<(usize, usize)>,
    /// An opening brace whose closing one stands in another column, as after a forgotten one.
    suspect: Option<(Span, usize)>,
    edits: Vec<Edit>,
    found: Unbalanced,
}

impl Pass<'_> {
    fn token(&mut self, at: usize, (start, token, end): Spanned) -> Result<(), Box<Diagnostic>> {
        let (start, end) = (start as usize, end as usize);
        let span = Span::new(self.file, start, end);
        match token {
            Token::LeftBrace | Token::LeftParen | Token::LeftBracket => {
                self.open.push(Open {
                    token,
                    start,
                    end,
                    nots: self.nots,
                });
                self.depth += 1;
                self.nots = 0;
            }
            Token::RightBrace | Token::RightParen | Token::RightBracket => {
                self.close(at, token, span)?;
            }
            Token::Not | Token::Bang => {
                self.nots += 1;
                self.depth += 1;
            }
            Token::Semicolon => {
                self.close_others(at, Token::LeftBrace, span);
                self.wait_no_more();
            }
            Token::Comma | Token::And | Token::Or | Token::AndAnd | Token::OrOr => {
                self.wait_no_more();
            }
            Token::Unterminated => self.unterminated = Some((start, end)),
            _ => {}
        }
        if self.depth > MAX_NESTING {
            let message = format!("nested more than {MAX_NESTING} deep");
            return Err(Box::new(
                Diagnostic::error(codes::NESTED_TOO_DEEPLY, message, span)
                    .help("name a part with `let`"),
            ));
        }
        Ok(())
    }

    fn wait_no_more(&mut self) {
        self.depth -= self.nots;
        self.nots = 0;
    }

    fn close(&mut self, at: usize, token: Token, span: Span) -> Result<(), Box<Diagnostic>> {
        let Span { start, end, .. } = span;
        let written = &self.text[start as usize..end as usize];
        let wanted = |opener: &Open| closing(opener.token) == token;
        let is_brace = |opener: &Open| opener.token == Token::LeftBrace;
        if !self.open.last().is_some_and(wanted) {
            // Of the brackets since the last brace, and of all.
            let mut near = self.open.iter().rev().take_while(|it| !is_brace(it));
            let (is_near, is_there) = (near.any(wanted), self.open.iter().any(wanted));
            match self.open.last() {
                Some(last) if is_brace(last) && is_there => {
                    return Err(Box::new(self.not_closed(last, span)));
                }
                Some(last) if !is_brace(last) && (is_near || token == Token::RightBrace) => {
                    if !is_there {
                        return Err(Box::new(closes_nothing(written, span)));
                    }
                    self.close_others(at, opening(token), span);
                }
                Some(last) if !is_brace(last) => {
                    // Another one than was meant.
                    self.found.mended.push(self.not_closed(last, span));
                    self.edits.push((at, Mend::Replace(closing(last.token))));
                }
                _ if token == Token::RightBrace => {
                    return Err(Box::new(closes_nothing(written, span)));
                }
                _ => {
                    self.found.mended.push(closes_nothing(written, span));
                    self.edits.push((at, Mend::Replace(Token::Whitespace)));
                    return Ok(());
                }
            }
        }
        let Some(opener) = self.pop() else {
            return Ok(());
        };
        let (blank, first) = self.lines.indent(start as usize);
        if self.suspect.is_none() && first && self.lines.indent(opener.start).0 != blank {
            let opened = Span::new(self.file, opener.start, opener.end);
            self.suspect = Some((opened, opener.start));
        }
        Ok(())
    }

    /// Closes brackets down to one of a kind, which stays open; only the innermost is reported.
    fn close_others(&mut self, at: usize, down_to: Token, before: Span) {
        let mut reported = false;
        while let Some(last) = self.open.last().filter(|last| last.token != down_to) {
            if !reported {
                let swallowing = self.unterminated.filter(|&(start, end)| {
                    start > last.start
                        && self.text[start..end].contains(text_of(closing(last.token)))
                });
                match swallowing {
                    Some((start, end)) => {
                        let string = Span::new(self.file, start, end);
                        self.found.swallowing.push(string);
                    }
                    None => self.found.mended.push(self.not_closed(last, before)),
                }
                reported = true;
            }
            let misread = Span::new(self.file, last.start, before.end as usize);
            self.found.misread.push(misread);
            self.edits.push((at, Mend::Insert(closing(last.token))));
            self.pop();
        }
    }

    fn pop(&mut self) -> Option<Open> {
        let opener = self.open.pop()?;
        self.depth -= 1 + self.nots;
        self.nots = opener.nots;
        Some(opener)
    }

    fn not_closed(&self, opener: &Open, before: Span) -> Diagnostic {
        let opened = Span::new(self.file, opener.start, opener.end);
        let written = &self.text[opener.start..opener.end];
        let wanted = text_of(closing(opener.token));
        Diagnostic::error(
            codes::UNBALANCED,
            format!("`{written}` is not closed"),
            opened,
        )
        .related(before, format!("`{wanted}` is missing before this"))
    }

    /// What the end of the file leaves open.
    fn left_open(&mut self) -> Option<Diagnostic> {
        let left = self.open.pop()?;
        let last = (Span::new(self.file, left.start, left.end), left.start);
        let (span, start) = self.suspect.unwrap_or(last);
        let message = format!("`{}` is not closed", &self.text[start..span.end as usize]);
        Some(Diagnostic::error(codes::UNBALANCED, message, span))
    }
}

fn closes_nothing(written: &str, span: Span) -> Diagnostic {
    let message = format!("`{written}` closes nothing");
    Diagnostic::error(codes::UNBALANCED, message, span).help("remove it")
}

fn opening(token: Token) -> Token {
    match token {
        Token::RightBrace => Token::LeftBrace,
        Token::RightParen => Token::LeftParen,
        _ => Token::LeftBracket,
    }
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
