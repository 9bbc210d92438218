//! Words → document: statements, lists and conditions. Enter at [`Layout::file`].
//!
//! It reads the brackets, `;`, `,`, `where`, `and` and `or`; what else is in a statement stands on one
//! line whatever it is. So a new clause of the language is laid out without a change here.

use std::ops::Range;

use super::brackets::Kind;
use super::document::{Doc, group};
use super::spacing::space;
use super::words::Word;
use crate::token::Token;

/// The words of a file.
#[derive(Debug)]
pub(super) struct Layout<'w, 'a> {
    /// The last one is the end of the file.
    pub(super) words: &'w [Word<'a>],
}

impl<'a> Layout<'_, 'a> {
    /// The whole file.
    pub(super) fn file(&self) -> Vec<Doc<'a>> {
        let end = self.words.len().saturating_sub(1);
        let mut docs = self.statements(0..end, end);
        docs.push(Doc::HardLine);
        docs
    }

    /// Statements, each on lines of its own, and the comments before the word that closes them.
    fn statements(&self, range: Range<usize>, closer: usize) -> Vec<Doc<'a>> {
        let mut docs = Vec::new();
        let mut at = range.start;
        while at < range.end {
            if at > range.start {
                docs.push(Doc::HardLine);
                docs.extend(self.words[at].blank_before().then_some(Doc::Blank));
            }
            let end = self.statement_end(at, range.end);
            docs.extend(self.statement(at..end));
            at = end;
        }
        docs.extend(self.closing_comments(closer, range.is_empty()));
        docs
    }

    /// One past the last word of the statement: after its `;` or its block.
    fn statement_end(&self, start: usize, limit: usize) -> usize {
        let mut at = start;
        while at < limit {
            match (self.words[at].token, self.words[at].bracket) {
                (Token::Semicolon, _) => return at + 1,
                (_, Some(it)) => {
                    at = it.partner + 1;
                    let ends = matches!(it.kind, Kind::Block | Kind::Constants);
                    if ends && self.words[at].token != Token::Semicolon {
                        return at;
                    }
                }
                _ => at += 1,
            }
        }
        limit
    }

    fn statement(&self, range: Range<usize>) -> Vec<Doc<'a>> {
        let first = range.start;
        let ends = self.words[range.end - 1].token == Token::Semicolon;
        let body = first..range.end - usize::from(ends);
        let mut docs = self.comments_before(first);
        let mut clause = match self.find(&body, |word| word.token == Token::Where) {
            Some(at) => {
                let mut tail = vec![Doc::Line];
                tail.extend(self.word(at));
                tail.push(Doc::Space);
                tail.push(self.condition(at + 1..body.end));
                vec![group(self.run(first..at)), Doc::Nest(tail)]
            }
            None => match self.condition_start(&body) {
                Some(at) => {
                    let mut docs = self.run(first..at);
                    docs.push(Doc::Space);
                    docs.push(self.condition(at..body.end));
                    docs
                }
                None => self.run(body.clone()),
            },
        };
        if !ends {
            docs.extend(clause);
            return docs;
        }
        let semicolon = &self.words[body.end];
        clause.extend(self.comments_before(body.end));
        clause.push(Doc::Text(semicolon.text));
        docs.push(group(clause));
        docs.extend(semicolon.after.map(Doc::Trailing));
        docs
    }

    /// Where the condition of a clause without `where` begins.
    fn condition_start(&self, body: &Range<usize>) -> Option<usize> {
        let at = match self.words[body.start].token {
            Token::Scope => body.start + 1,
            Token::Let => self.find(body, |word| word.token == Token::Assign)? + 1,
            _ => return None,
        };
        (at < body.end).then_some(at)
    }

    /// `a and b or c`, broken before its loosest operators.
    fn condition(&self, range: Range<usize>) -> Doc<'a> {
        let (docs, chained) = self.chain(range);
        group(if chained { vec![Doc::Nest(docs)] } else { docs })
    }

    /// The operands with lines between them, and whether there are several.
    fn chain(&self, range: Range<usize>) -> (Vec<Doc<'a>>, bool) {
        let loosest = [Token::Or, Token::And]
            .into_iter()
            .find(|operator| self.find(&range, |word| word.token == *operator).is_some());
        let Some(operator) = loosest else {
            return (self.run(range), false);
        };
        let mut docs = Vec::new();
        let mut start = range.start;
        while let Some(at) = self.find(&(start..range.end), |word| word.token == operator) {
            docs.push(self.condition(start..at));
            docs.push(Doc::Line);
            docs.extend(self.word(at));
            docs.push(Doc::Space);
            start = at + 1;
        }
        docs.push(self.condition(start..range.end));
        (docs, true)
    }

    /// Words in a row, with what is in their brackets; lines may begin after commas. The comments
    /// before the first one are not printed here if it begins a statement or an element.
    fn run(&self, range: Range<usize>) -> Vec<Doc<'a>> {
        let mut docs = Vec::new();
        let mut at = range.start;
        while at < range.end {
            if at > range.start {
                let (left, right) = (&self.words[at - 1], &self.words[at]);
                if left.token == Token::Comma {
                    docs.push(Doc::Nest(vec![Doc::Line]));
                } else if space(left, right) {
                    docs.push(Doc::Space);
                }
            }
            match self.words[at].bracket {
                Some(it) if it.partner > at => {
                    docs.extend(self.bracketed(at, it.partner, it.kind));
                    at = it.partner + 1;
                }
                _ => {
                    docs.extend(self.word(at));
                    at += 1;
                }
            }
        }
        docs
    }

    fn bracketed(&self, open: usize, close: usize, kind: Kind) -> Vec<Doc<'a>> {
        let mut docs = self.comments_within(open);
        let inside = open + 1..close;
        let (opener, closer) = (&self.words[open], &self.words[close]);
        let mut content = Vec::new();
        content.extend(opener.after.map(Doc::Trailing));
        let line = || match (kind, opener.token) {
            (Kind::Block | Kind::Constants, _) => Doc::HardLine,
            (_, Token::OpenBody) => Doc::Line,
            _ => Doc::SoftLine,
        };
        let empty = inside.is_empty() && closer.before.is_empty() && opener.after.is_none();
        content.extend((!empty).then(line));
        match kind {
            Kind::Block => content.extend(self.statements(inside, close)),
            Kind::List | Kind::Constants => content.extend(self.elements(inside, close)),
            Kind::Condition => {
                content.extend(self.comments_before(open + 1));
                content.push(group(self.chain(inside).0));
                content.extend(self.closing_comments(close, false));
            }
        }
        let mut whole = vec![Doc::Text(opener.text), Doc::Nest(content)];
        whole.extend((!empty).then(line));
        whole.push(Doc::Text(closer.text));
        docs.push(group(whole));
        docs.extend(
            closer
                .after
                .map(|text| Doc::Nest(vec![Doc::Trailing(text)])),
        );
        docs
    }

    /// The elements of a list, each with its comma.
    fn elements(&self, range: Range<usize>, closer: usize) -> Vec<Doc<'a>> {
        let mut docs = Vec::new();
        let mut start = range.start;
        while start < range.end {
            if start > range.start {
                docs.push(Doc::Line);
                docs.extend(self.words[start].blank_before().then_some(Doc::Blank));
            }
            let comma = self
                .find(&(start..range.end), |word| word.token == Token::Comma)
                .unwrap_or(range.end - 1);
            docs.extend(self.comments_before(start));
            docs.push(self.condition(start..comma));
            docs.extend(self.comments_before(comma));
            docs.push(if comma + 1 < range.end {
                Doc::Text(",")
            } else {
                Doc::IfBroken(",")
            });
            docs.extend(self.words[comma].after.map(Doc::Trailing));
            start = comma + 1;
        }
        docs.extend(self.closing_comments(closer, range.is_empty()));
        docs
    }

    /// A word with its comments.
    fn word(&self, at: usize) -> Vec<Doc<'a>> {
        let word = &self.words[at];
        let mut docs = self.comments_within(at);
        docs.push(Doc::Text(word.text));
        docs.extend(word.after.map(|text| Doc::Nest(vec![Doc::Trailing(text)])));
        docs
    }

    /// The comments before a word within a statement. Those before its first word are printed where
    /// the statement begins: within its groups they would break them.
    fn comments_within(&self, at: usize) -> Vec<Doc<'a>> {
        if self.words[at].begins {
            Vec::new()
        } else {
            self.comments_before(at)
        }
    }

    /// The comments before a word.
    fn comments_before(&self, at: usize) -> Vec<Doc<'a>> {
        let word = &self.words[at];
        let mut docs = Vec::new();
        for (index, comment) in word.before.iter().enumerate() {
            docs.extend((word.begins && index > 0 && comment.blank).then_some(Doc::Blank));
            docs.push(Doc::OwnLine(comment.text));
        }
        docs.extend((word.begins && !docs.is_empty() && word.blank).then_some(Doc::Blank));
        if docs.is_empty() || word.begins {
            docs
        } else {
            vec![Doc::Nest(docs)]
        }
    }

    /// The comments before what closes a block or a list; `first` if nothing else is in it.
    fn closing_comments(&self, closer: usize, first: bool) -> Vec<Doc<'a>> {
        let mut docs = Vec::new();
        for (index, comment) in self.words[closer].before.iter().enumerate() {
            docs.push(Doc::HardLine);
            docs.extend((comment.blank && !(first && index == 0)).then_some(Doc::Blank));
            docs.push(Doc::OwnLine(comment.text));
        }
        docs
    }

    /// The first word of the range, outside of brackets in it, for which something holds.
    fn find(&self, range: &Range<usize>, holds: impl Fn(&Word<'a>) -> bool) -> Option<usize> {
        let mut at = range.start;
        while at < range.end {
            if holds(&self.words[at]) {
                return Some(at);
            }
            at = match self.words[at].bracket {
                Some(it) if it.partner > at => it.partner + 1,
                _ => at + 1,
            };
        }
        None
    }
}
