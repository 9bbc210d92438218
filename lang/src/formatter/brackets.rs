//! Which brackets hold what: the layout of what is between them depends on it.

use super::words::{Word, comma};
use crate::token::Token;

/// What a bracket's word has beside its token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bracket {
    /// What is between the two.
    pub(super) kind: Kind,
    /// The other one, as an index of words.
    pub(super) partner: usize,
}

/// What brackets hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Elements with commas, in brackets or parentheses, or in the braces of a map.
    List,
    /// Constants with commas, in braces: always one a line.
    Constants,
    /// A condition: parentheses, or a quantifier's body.
    Condition,
    /// Clauses.
    Block,
}

/// Pairs brackets, and gives every list a comma after its last element.
pub(super) fn pair(words: Vec<Word<'_>>) -> Vec<Word<'_>> {
    let mut out: Vec<Word<'_>> = Vec::with_capacity(words.len());
    let mut open: Vec<(usize, Kind)> = Vec::new();
    // Where the statement begins that the next word is of.
    let mut start = 0;
    for mut word in words {
        let last = out.last().map(|word| word.token);
        word.begins = start == out.len()
            || open.last().is_some_and(|(opener, kind)| {
                let listed = matches!(kind, Kind::List | Kind::Constants);
                opener + 1 == out.len() || listed && last == Some(Token::Comma)
            });
        match word.token {
            Token::LeftBracket => open.push((out.len(), Kind::List)),
            Token::LeftParen if is_call(&out, start) => open.push((out.len(), Kind::List)),
            Token::OpenBody
                if out
                    .get(start)
                    .is_some_and(|word| word.token == Token::Given) =>
            {
                open.push((out.len(), Kind::List));
            }
            Token::LeftParen | Token::OpenBody => open.push((out.len(), Kind::Condition)),
            Token::LeftBrace => {
                let head = out.get(start).map(|word| word.token);
                let kind = match head {
                    Some(Token::Enum | Token::Flags) => Kind::Constants,
                    _ => Kind::Block,
                };
                open.push((out.len(), kind));
                start = out.len() + 1;
            }
            Token::Semicolon => start = out.len() + 1,
            Token::RightParen | Token::RightBracket | Token::CloseBody | Token::RightBrace => {
                if let Some((opener, kind)) = open.pop() {
                    let listed = matches!(kind, Kind::List | Kind::Constants);
                    if listed && out.len() > opener + 1 && last != Some(Token::Comma) {
                        out.push(comma());
                    }
                    let partner = out.len();
                    out[opener].bracket = Some(Bracket { kind, partner });
                    let partner = opener;
                    out.push(Word {
                        bracket: Some(Bracket { kind, partner }),
                        ..word
                    });
                    if matches!(kind, Kind::Block | Kind::Constants) {
                        start = out.len();
                    }
                    continue;
                }
            }
            _ => {}
        }
        out.push(word);
    }
    out
}

/// Whether a parenthesis here follows a name: a function's, an event's or a `let`'s. `scope (…)` is
/// none.
fn is_call(before: &[Word<'_>], start: usize) -> bool {
    before.len() > start + 1 && before.last().is_some_and(|word| is_name(word.token))
        || before.len() == start + 1 && before.last().is_some_and(|word| word.token == Token::Ident)
}

/// Whether the word is no hard one.
fn is_name(token: Token) -> bool {
    matches!(
        token,
        Token::Ident
            | Token::Event
            | Token::Enum
            | Token::Flags
            | Token::Struct
            | Token::List
            | Token::Let
            | Token::Policy
            | Token::Rule
            | Token::Version
            | Token::Scope
            | Token::Select
            | Token::Except
            | Token::Title
            | Token::Severity
            | Token::Attack
            | Token::On
            | Token::Message
            | Token::Id
            | Token::Sets
            | Token::Hook
            | Token::Import
            | Token::As
            | Token::Rego
            | Token::Edition
            | Token::Test
            | Token::For
            | Token::Given
            | Token::Recording
            | Token::Expect
            | Token::Use
            | Token::Mode
            | Token::Labels
            | Token::Description
            | Token::References
            | Token::Output
            | Token::Action
            | Token::Reason
            | Token::Expires
    )
}
