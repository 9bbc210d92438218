//! Characters that make a text look different from what it is, or that no part of the language has:
//! controls, bidirectional controls, letters of other scripts that look like Latin ones.
//!
//! Enter at [`mend`], which reports them and puts what was meant in their place, so that the parser
//! goes on as if they were not there. [`unseen`] knows what nobody sees, [`lookalikes`] what a
//! character looks like.

mod lookalikes;
mod unseen;

use std::collections::HashMap;
use std::ops::Range;

use super::{Spanned, spanned};
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::source::{FileId, Span};
use crate::token::{Token, lex};
use lookalikes::{Lookalike, lookalike};
use unicode_script::{Script, UnicodeScript};
use unseen::{Place, Unseen};

/// The most of these mistakes that are reported of a file: a file of another kind is full of them.
const MAX_REPORTED: usize = 100;

/// What is wrong with the characters of a file.
#[derive(Debug, Default)]
pub(super) struct Mended {
    /// In the order of their places.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// What words stand for, by their first byte, where it is not their text.
    pub(super) words: HashMap<usize, String>,
}

/// Whether a text has no characters but those that everybody sees.
pub(super) fn are_plain(text: &str) -> bool {
    let plain = |byte: u8| (b' '..0x7f).contains(&byte) || matches!(byte, b'\n' | b'\t');
    text.bytes().all(plain)
}

/// Reports characters that don't belong, and turns tokens that have them into those that were meant.
pub(super) fn mend(file: FileId, text: &str, tokens: &mut Vec<Spanned>) -> Mended {
    if are_plain(text) {
        return Mended::default();
    }
    let mut pass = Pass {
        file,
        text,
        mended: Mended::default(),
        unreported: 0,
    };
    let mut out = Vec::with_capacity(tokens.len());
    for token in tokens.drain(..) {
        pass.token(token, &mut out);
    }
    *tokens = out;
    pass.finish()
}

struct Pass<'a> {
    file: FileId,
    text: &'a str,
    mended: Mended,
    unreported: usize,
}

impl Pass<'_> {
    fn token(&mut self, spanned: Spanned, out: &mut Vec<Spanned>) {
        let (start, token, end) = (spanned.0 as usize, spanned.1, spanned.2 as usize);
        let inside = &self.text[start..end];
        let plain = || inside.is_ascii() && !inside.bytes().any(|byte| byte.is_ascii_control());
        if token == Token::Parsed || plain() {
            out.push(spanned);
            return;
        }
        match token {
            Token::Foreign => out.push((spanned.0, self.word(start, end), spanned.2)),
            Token::Error => self.signs(start, end, out),
            _ => {
                self.unseen(start..end, Place::of(token));
                if matches!(
                    token,
                    Token::String | Token::Unterminated | Token::SingleQuoted
                ) {
                    self.mixed_scripts(start, end);
                }
                out.push(spanned);
            }
        }
    }

    /// Characters that nobody sees.
    fn unseen(&mut self, range: Range<usize>, place: Place) {
        let mut at = range.start;
        while let Some(c) = self.text[at..range.end].chars().next() {
            let from = at;
            at += c.len_utf8();
            let Some(unseen) = Unseen::of(c, &self.text[at..], place) else {
                continue;
            };
            // A run of the same is one mistake.
            while self.text[at..range.end].starts_with(c) {
                at += c.len_utf8();
            }
            let span = Span::new(self.file, from, at);
            self.report(unseen.diagnostic(c, self.text, span, place));
        }
    }

    /// A word that is not of ASCII letters: the token that was meant.
    fn word(&mut self, start: usize, end: usize) -> Token {
        let written = &self.text[start..end];
        let visible: Vec<char> = written
            .chars()
            .filter(|c| Unseen::of(*c, "", Place::Word).is_none())
            .collect();
        let place = if visible.is_empty() {
            Place::Between
        } else {
            Place::Word
        };
        self.unseen(start..end, place);
        let mut meant = String::new();
        let mut odd: Option<(char, Option<Lookalike>)> = None;
        let mut sure = true;
        for c in visible {
            let like = lookalike(c);
            match &like {
                Some(like) => {
                    sure &= like.sure;
                    meant.push_str(&like.text);
                }
                None => meant.push(c),
            }
            // The first that looks like no other decides what is said.
            let decides = match &odd {
                None => true,
                Some((_, other)) => other.is_some() && like.is_none(),
            };
            if !c.is_ascii() && decides {
                odd = Some((c, like));
            }
        }
        if let Some((c, like)) = odd {
            let span = Span::new(self.file, start, end);
            let diagnostic = match like {
                Some(like) if meant.is_ascii() => {
                    let message = format!("{} looks like `{}`", show(c), like.text);
                    let title = format!("write `{meant}`");
                    let diagnostic =
                        Diagnostic::error(codes::LOOKALIKE, message, span).help(title.clone());
                    if sure {
                        diagnostic.fix(title, span, meant.clone())
                    } else {
                        diagnostic
                    }
                }
                _ => {
                    let message = format!("{} can't be part of a name", show(c));
                    Diagnostic::error(codes::NOT_ASCII, message, span)
                        .help("names are of ASCII letters, digits and `_`")
                }
            };
            self.report(diagnostic);
        }
        let token = match &*meant {
            "" => Token::Whitespace,
            meant => one_token(meant).unwrap_or(Token::Ident),
        };
        self.mended.words.insert(start, meant);
        token
    }

    /// Characters that are no token: each is the sign that it looks like, if there is one.
    fn signs(&mut self, start: usize, end: usize, out: &mut Vec<Spanned>) {
        let mut error = start;
        for (at, c) in self.text[start..end].char_indices() {
            let span = start + at..start + at + c.len_utf8();
            let like = lookalike(c).and_then(|like| Some((one_token(&like.text)?, like.text)));
            let Some((token, sign)) = like else {
                continue;
            };
            if error < span.start {
                out.push(spanned(error, Token::Error, span.start));
            }
            error = span.end;
            out.push(spanned(span.start, token, span.end));
            let span = Span::new(self.file, span.start, span.end);
            let title = match &*sign {
                " " => "write a space".to_owned(),
                sign => format!("write `{sign}`"),
            };
            let message = format!("{} is not of the language", show(c));
            self.report(
                Diagnostic::error(codes::LOOKALIKE, message, span)
                    .help(title.clone())
                    .fix(title, span, sign),
            );
        }
        if error < end {
            out.push(spanned(error, Token::Error, end));
        }
    }

    /// Words in a string that mix Latin letters with others that look like them.
    fn mixed_scripts(&mut self, start: usize, end: usize) {
        let inside = &self.text[start..end];
        for word in inside.split(|c: char| !c.is_alphanumeric()) {
            let at = start + (word.as_ptr() as usize - inside.as_ptr() as usize);
            let Some((c, like, whole)) = lookalikes::mixed(word) else {
                continue;
            };
            let span = Span::new(self.file, at, at + word.len());
            let message = format!("`{word}` mixes scripts: {} looks like `{like}`", show(c));
            let help = format!("write `{whole}`, or `{}` if it is meant", escape(c));
            self.report(Diagnostic::error(codes::LOOKALIKE, message, span).help(help));
        }
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        if self.mended.diagnostics.len() < MAX_REPORTED {
            self.mended.diagnostics.push(diagnostic);
        } else {
            self.unreported += 1;
        }
    }

    fn finish(mut self) -> Mended {
        if self.unreported > 0
            && let Some(last) = self.mended.diagnostics.last_mut()
        {
            let note = format!("{} more of these are not shown", self.unreported);
            last.notes.push(note);
        }
        self.mended
    }
}

/// The token that a text is, if it is one.
fn one_token(text: &str) -> Option<Token> {
    let mut tokens = lex(text);
    let (token, _) = tokens.next()?;
    let is_string = matches!(token, Token::SingleQuoted | Token::Unterminated);
    let is_none = matches!(token, Token::Error | Token::Foreign);
    (tokens.next().is_none() && !is_string && !is_none).then_some(token)
}

/// How messages show a character: as it is, if it can be seen, and with its number.
fn show(c: char) -> String {
    let script = c.script();
    let number = format!("U+{:04X}", c as u32);
    match script {
        _ if c.is_whitespace() => number,
        Script::Common | Script::Inherited | Script::Unknown | Script::Latin => {
            format!("`{c}` ({number})")
        }
        _ => format!("`{c}` ({number}, {})", script.full_name()),
    }
}

/// How a string says it.
fn escape(c: char) -> String {
    match c as u32 {
        number @ ..0x80 => format!("\\x{number:02x}"),
        number => format!("\\u{{{number:x}}}"),
    }
}
