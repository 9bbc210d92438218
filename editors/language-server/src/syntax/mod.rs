//! A text as tokens: what editors want to know of it while it is being typed and no tree can be made.
//!
//! [`outline`] is what it declares, [`place`] where in it a cursor is, [`fields`] what a name of a
//! condition stands for there, [`locals`] the names that a clause gives itself. All of it goes by words and brackets, so that a half of a clause is
//! enough.

pub(crate) mod fields;
pub(crate) mod locals;
pub(crate) mod outline;
pub(crate) mod place;

use std::ops::Range;

use tracee_lang::token::{Token, lex};

use outline::Outline;

/// A token that is no white space.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Word {
    pub(crate) token: Token,
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// It begins its line, after so much white space.
    pub(crate) indent: Option<usize>,
}

impl Word {
    /// Its place.
    pub(crate) fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

/// The tokens of a text.
#[derive(Debug)]
pub(crate) struct Syntax {
    text: Box<str>,
    /// Without white space and comments.
    pub(crate) words: Vec<Word>,
    /// Comments of all kinds.
    pub(crate) comments: Vec<(Token, Range<usize>)>,
    pub(crate) outline: Outline,
}

impl Syntax {
    /// Of a text.
    pub(crate) fn new(text: &str) -> Self {
        let mut words = Vec::new();
        let mut comments = Vec::new();
        // Of the next token, if nothing but white space is before it on its line.
        let mut indent = Some(0);
        for (token, range) in lex(text) {
            let after = match token {
                Token::Whitespace => self::indent(&text[range.clone()], indent),
                _ => None,
            };
            match token {
                Token::Whitespace => {}
                Token::Comment | Token::DocComment => comments.push((token, range)),
                token => words.push(Word {
                    token,
                    indent,
                    start: range.start,
                    end: range.end,
                }),
            }
            indent = after;
        }
        let mut made = Self {
            text: text.into(),
            words,
            comments,
            outline: Outline::default(),
        };
        made.outline = Outline::of(&made);
        made
    }

    /// What a word is written as.
    pub(crate) fn written(&self, at: usize) -> &str {
        self.words
            .get(at)
            .and_then(|word| self.text.get(word.range()))
            .unwrap_or_default()
    }

    /// What kind of word it is.
    pub(crate) fn token(&self, at: usize) -> Option<Token> {
        self.words.get(at).map(|word| word.token)
    }

    /// The whole text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The word at an offset, or else the one that ends there.
    pub(crate) fn word_at(&self, offset: usize) -> Option<usize> {
        let at = self.words.partition_point(|word| word.end < offset);
        let covers = |at: &usize| {
            let word = self.words.get(*at);
            word.is_some_and(|word| word.start <= offset && offset <= word.end)
        };
        // Between two words that touch, a name is meant rather than what is beside it.
        let both = [at, at + 1].into_iter().filter(covers);
        let is_name = |at: &usize| self.is_name(*at);
        both.clone().find(is_name).or_else(|| both.min())
    }

    /// Whether a word can be a name: it may be one of the language's, too.
    pub(crate) fn is_name(&self, at: usize) -> bool {
        let written = self.written(at);
        written.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && written
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    }

    /// The doc comment before a word: its lines, without the slashes.
    pub(crate) fn doc(&self, at: usize) -> String {
        let Some(word) = self.words.get(at) else {
            return String::new();
        };
        let before = match at.checked_sub(1).and_then(|at| self.words.get(at)) {
            Some(before) => before.end,
            None => 0,
        };
        let end = self
            .comments
            .partition_point(|(_, range)| range.end <= word.start);
        let begin = self
            .comments
            .partition_point(|(_, range)| range.start < before);
        let lines = self.comments.get(begin..end).unwrap_or_default().iter();
        let lines = lines.filter(|(token, _)| *token == Token::DocComment);
        let text = |range: &Range<usize>| {
            let line = self.text.get(range.clone()).unwrap_or_default();
            let line = line.trim_start_matches('/');
            line.strip_prefix(' ').unwrap_or(line).trim_end()
        };
        let lines: Vec<_> = lines.map(|(_, range)| text(range)).collect();
        lines.join("\n")
    }
}

/// How far the end of white space is from the begin of its line, if there is nothing else on it; `before` says
/// that of its begin.
fn indent(blank: &str, before: Option<usize>) -> Option<usize> {
    match blank.rfind('\n') {
        Some(end) => Some(blank.len() - end - 1),
        None => before.map(|before| before + blank.len()),
    }
}
