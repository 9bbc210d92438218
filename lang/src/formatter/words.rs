//! Tokens → words: what the parser sees, each with the comments that are printed with it.
//!
//! Enter at [`words`]. Comments are settled here: after this, equal words give equal text, however
//! the file was laid out before.

use super::brackets::{self, Bracket};
use crate::parse::{self, bodies};
use crate::token::Token;

/// A token that is not trivia, and what is printed around it.
#[derive(Debug, Clone)]
pub(super) struct Word<'a> {
    /// What it is. A hard word that is a name at its place (`how.any`) is an identifier here.
    pub(super) token: Token,
    /// As it is written; empty for the end of the file.
    pub(super) text: &'a str,
    /// Comments on lines of their own before it.
    pub(super) before: Vec<Comment<'a>>,
    /// A blank line directly before it.
    pub(super) blank: bool,
    /// The comment after it on its line.
    pub(super) after: Option<&'a str>,
    /// What it opens or closes, and which word is its partner.
    pub(super) bracket: Option<Bracket>,
    /// Whether it is the first of a statement, of an element or within brackets.
    pub(super) begins: bool,
    /// Whether it stands within a type, where `<` and `>` are brackets.
    pub(super) in_type: bool,
}

/// A comment on a line of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Comment<'a> {
    /// With its slashes, without spaces at its end.
    pub(super) text: &'a str,
    /// A blank line directly before it.
    pub(super) blank: bool,
    doc: bool,
    /// On the line of the token before it.
    trails: bool,
}

impl Word<'_> {
    /// The first word of its statement may have a blank line before it; this is where that is.
    pub(super) fn blank_before(&self) -> bool {
        self.before.first().map_or(self.blank, |first| first.blank)
    }
}

/// The words of a text that parses, and one more for its end.
pub(super) fn words(text: &str) -> Vec<Word<'_>> {
    let mut words = read(text);
    name_words(&mut words);
    let mut words = brackets::pair(words);
    mark_types(&mut words);
    settle_comments(&mut words);
    words
}

/// Words with all comments before them in `before`.
fn read(text: &str) -> Vec<Word<'_>> {
    let mut tokens = Vec::new();
    parse::read(text, 0, false, &mut tokens);
    bodies::mark(&mut tokens).ok();
    let mut words = Vec::new();
    let mut before: Vec<Comment<'_>> = Vec::new();
    let mut lines = 1;
    for (start, token, end) in tokens {
        let text = &text[start as usize..end as usize];
        match token {
            Token::Whitespace => lines = text.matches('\n').count(),
            Token::Comment | Token::DocComment => {
                before.push(Comment {
                    text: text.trim_end(),
                    blank: lines > 1,
                    doc: token == Token::DocComment,
                    trails: lines == 0,
                });
                lines = 0;
            }
            _ => {
                words.push(word(token, text, std::mem::take(&mut before), lines > 1));
                lines = 0;
            }
        }
    }
    words.push(word(Token::Whitespace, "", before, false));
    words
}

fn word<'a>(token: Token, text: &'a str, before: Vec<Comment<'a>>, blank: bool) -> Word<'a> {
    Word {
        token,
        text,
        before,
        blank,
        after: None,
        bracket: None,
        begins: false,
        in_type: false,
    }
}

/// The comma that a list has after its last element when it is broken.
pub(super) fn comma<'a>() -> Word<'a> {
    word(Token::Comma, ",", Vec::new(), false)
}

/// After `.` and before `:` every word is a name.
fn name_words(words: &mut [Word<'_>]) {
    for at in 0..words.len() {
        let named = at > 0 && words[at - 1].token == Token::Dot
            || words
                .get(at + 1)
                .is_some_and(|next| next.token == Token::Colon);
        if named
            && words[at]
                .text
                .starts_with(|c: char| c.is_ascii_alphabetic())
        {
            words[at].token = Token::Ident;
        }
    }
}

fn mark_types(words: &mut [Word<'_>]) {
    let mut in_type = false;
    for word in words {
        match word.token {
            Token::Colon => in_type = true,
            Token::Comma
            | Token::Semicolon
            | Token::Assign
            | Token::LeftParen
            | Token::RightParen
            | Token::LeftBracket
            | Token::LeftBrace
            | Token::RightBrace => in_type = false,
            _ => word.in_type = in_type,
        }
    }
}

/// Decides for every comment between two words with which of them it goes. One that stands before a
/// sign that is printed right after the word before it (`,`, `;`, `{`) goes behind that sign. A doc
/// comment stays before its token: that is what it documents.
fn settle_comments(words: &mut [Word<'_>]) {
    for at in 1..words.len() {
        let clings = matches!(
            words[at].token,
            Token::Comma | Token::Semicolon | Token::LeftBrace | Token::OpenBody
        );
        if clings && at + 1 < words.len() && !words[at].before.iter().any(|c| c.doc) {
            let moved = std::mem::take(&mut words[at].before);
            words[at].blank = false;
            words[at + 1].before.splice(0..0, moved);
        }
        if words[at - 1].after.is_none()
            && let Some(first) = words[at].before.first()
            && first.trails
            && !first.doc
        {
            words[at - 1].after = Some(first.text);
            words[at].before.remove(0);
        }
    }
}
