//! Clauses and declarations by their tokens alone, so that they are the same however a file is laid out.
//! Enter at [`Units::of`].

use std::ops::Range;

use crate::token::{Token, lex};

/// The tokens of a file that are no trivia, and what each belongs to.
#[derive(Debug, Default)]
pub(super) struct Units {
    tokens: Vec<(Token, Range<usize>)>,
    /// The innermost unit of each token.
    innermost: Vec<Option<usize>>,
    units: Vec<Unit>,
}

/// A clause with its `;`, or a declaration with its block.
#[derive(Debug)]
struct Unit {
    /// The `}`, if it has a block.
    close: Option<usize>,
    /// The one that it stands in.
    parent: Option<usize>,
}

impl Units {
    pub(super) fn of(text: &str) -> Self {
        let tokens = lex(text).filter(|(token, _)| !token.is_trivia()).collect();
        let mut units = Self {
            tokens,
            ..Self::default()
        };
        units.innermost = vec![None; units.tokens.len()];
        units.divide();
        units
    }

    fn divide(&mut self) {
        let partners = self.partners();
        let mut open: Vec<usize> = Vec::new();
        let mut current = None;
        let mut at = 0;
        while at < self.tokens.len() {
            let token = self.tokens[at].0;
            if token == Token::RightBrace {
                if let Some(unit) = open.pop() {
                    self.units[unit].close = Some(at);
                    self.innermost[at] = Some(unit);
                }
                current = None;
                at += 1;
                continue;
            }
            let unit = *current.get_or_insert_with(|| {
                self.units.push(Unit {
                    close: None,
                    parent: open.last().copied(),
                });
                self.units.len() - 1
            });
            self.innermost[at] = Some(unit);
            let end = partners[at].filter(|end| token != Token::LeftBrace || self.goes_on(*end));
            if let Some(end) = end {
                self.innermost[at..=end].fill(Some(unit));
                at = end;
            } else if token == Token::LeftBrace {
                open.push(unit);
                current = None;
            } else if token == Token::Semicolon {
                current = None;
            }
            at += 1;
        }
    }

    /// Where the bracket that a token opens is closed.
    fn partners(&self) -> Vec<Option<usize>> {
        let mut partners = vec![None; self.tokens.len()];
        let mut open = Vec::new();
        for (at, (token, _)) in self.tokens.iter().enumerate() {
            match token {
                Token::LeftBrace | Token::LeftParen | Token::LeftBracket => open.push(at),
                Token::RightBrace | Token::RightParen | Token::RightBracket => {
                    if let Some(begin) = open.pop() {
                        partners[begin] = Some(at);
                    }
                }
                _ => {}
            }
        }
        partners
    }

    /// Whether a clause goes on behind a `}`: then it closes values or the body of a quantifier.
    fn goes_on(&self, close: usize) -> bool {
        let next = self.tokens.get(close + 1).map(|(token, _)| token);
        let going_on = [Token::Semicolon, Token::And, Token::Or];
        next.is_some_and(|next| going_on.contains(next))
    }

    /// The unit of what ends or goes on before a place.
    pub(super) fn before(&self, place: usize) -> Option<Reach> {
        let last = self.tokens.partition_point(|(_, range)| range.end <= place);
        self.reach(last.checked_sub(1)?, |token| token == Token::LeftBrace)
    }

    /// The unit of what begins or goes on after a place.
    pub(super) fn after(&self, place: usize) -> Option<Reach> {
        let next = self
            .tokens
            .partition_point(|(_, range)| range.start < place);
        if self.tokens.get(next)?.0 == Token::RightBrace {
            return None;
        }
        self.reach(next, |token| token == Token::Policy)
    }

    fn reach(&self, at: usize, only_head: impl Fn(Token) -> bool) -> Option<Reach> {
        Some(Reach {
            unit: self.innermost[at]?,
            only_head: only_head(self.tokens[at].0),
        })
    }

    /// The end of the last token before a place.
    pub(super) fn end_before(&self, place: usize) -> Option<usize> {
        let last = self.tokens.partition_point(|(_, range)| range.end <= place);
        Some(self.tokens[last.checked_sub(1)?].1.end)
    }

    /// What reaches a place, the innermost first.
    pub(super) fn around(&self, place: usize) -> impl Iterator<Item = Reach> {
        let next = self
            .tokens
            .partition_point(|(_, range)| range.start <= place);
        let at = next.checked_sub(1);
        let innermost = at.and_then(|at| self.innermost[at]);
        let in_head = innermost.is_some_and(|unit| self.units[unit].close != at);
        let head = innermost.filter(|_| in_head).map(|unit| Reach {
            unit,
            only_head: true,
        });
        let up = std::iter::successors(innermost, |unit| self.units[*unit].parent);
        head.into_iter().chain(up.map(|unit| Reach {
            unit,
            only_head: false,
        }))
    }
}

/// A unit, or what is of it before its `{`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Reach {
    unit: usize,
    only_head: bool,
}
