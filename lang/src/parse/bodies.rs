//! Braces of quantifiers, and of the maps of a test's `given`, told from those of blocks before the grammar sees
//! them, and the `;` in them from those that end a clause. The grammar's recovery skips to a `}` or a `;`: were that
//! of a quantifier the same token, a mistake before it would end the block or the clause around it.
//!
//! A block in a condition, or in another clause that has none, is a mistake (`on openat { … }`). What is in it must
//! not be taken for clauses of the block around, so its `;` are marked as commas, and its end as the `;` that the
//! clause lacks.

use super::Spanned;
use crate::token::Token;

/// What an open brace is of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    /// A block of clauses or declarations.
    Block,
    /// A quantifier, or the maps of a `given`.
    Body,
    /// A block where there is none.
    Misplaced,
}

/// A rule that was parsed before stands where none can begin.
#[derive(Debug)]
pub(crate) struct Misplaced;

/// Marks the braces in statements that have conditions, and in `given`: everything from such a word
/// up to its `;`.
///
/// # Errors
/// There is a token for a rule that would be marked otherwise than where it was parsed.
pub(crate) fn mark(tokens: &mut [Spanned]) -> Result<(), Misplaced> {
    let significant = tokens.iter().enumerate();
    let significant = significant.filter(|(_, (_, token, _))| !token.is_trivia());
    let places: Vec<usize> = significant.map(|(at, _)| at).collect();
    let mut open: Vec<Open> = Vec::new();
    let mut begins = true;
    let mut statement = None;
    // Quantifiers whose brace is still to come.
    let mut quantifiers = 0;
    for (at, &place) in places.iter().enumerate() {
        let neighbour = |at: Option<usize>| Some(tokens[*places.get(at?)?].1);
        let next = neighbour(at.checked_add(1));
        let before = neighbour(at.checked_sub(1));
        let token = tokens[place].1;
        let inside = open.last().is_some_and(|open| *open != Open::Block);
        if begins && !inside {
            // A word before `=` is the name of an output's field.
            let named = next == Some(Token::Assign);
            statement = Some(token).filter(|_| has_no_block(token) && !named);
            quantifiers = 0;
        } else if token == Token::Parsed {
            return Err(Misplaced);
        }
        begins = false;
        let marked = match token {
            // It ends with the brace of its block.
            Token::Parsed => {
                begins = true;
                token
            }
            Token::Any | Token::All if before != Some(Token::Has) => {
                quantifiers += 1;
                token
            }
            Token::LeftBrace => {
                let kind = match statement {
                    None => Open::Block,
                    Some(Token::Given) => Open::Body,
                    Some(_) if quantifiers > 0 => Open::Body,
                    Some(_) => Open::Misplaced,
                };
                quantifiers -= i32::from(kind == Open::Body && quantifiers > 0);
                open.push(kind);
                begins = kind == Open::Block;
                if begins { token } else { Token::OpenBody }
            }
            Token::RightBrace => match open.pop() {
                Some(Open::Misplaced) if !is_inside(&open) && !goes_on(next) => {
                    (begins, statement) = (true, None);
                    Token::Semicolon
                }
                Some(Open::Misplaced | Open::Body) => Token::CloseBody,
                Some(Open::Block) | None => {
                    (begins, statement) = (true, None);
                    token
                }
            },
            Token::Semicolon if open.contains(&Open::Misplaced) => Token::Comma,
            Token::Semicolon if inside => Token::BodySemicolon,
            Token::Semicolon => {
                begins = true;
                token
            }
            _ => token,
        };
        tokens[place].1 = marked;
    }
    Ok(())
}

/// Whether it begins a statement that has no block of clauses.
fn has_no_block(token: Token) -> bool {
    // With conditions.
    matches!(
        token,
        Token::On | Token::Select | Token::Scope | Token::Let | Token::Except | Token::Given
    ) || matches!(
        token,
        Token::Version
            | Token::Description
            | Token::Labels
            | Token::Mode
            | Token::Use
            | Token::Id
            | Token::Title
            | Token::Severity
            | Token::Attack
            | Token::References
            | Token::Message
            | Token::Action
            | Token::Expect
            | Token::Import
            | Token::Edition
            | Token::Sets
            | Token::Hook
    )
}

fn is_inside(open: &[Open]) -> bool {
    open.last().is_some_and(|open| *open != Open::Block)
}

/// Whether a condition may go on with this token.
fn goes_on(token: Option<Token>) -> bool {
    matches!(
        token,
        Some(
            Token::Semicolon
                | Token::And
                | Token::Or
                | Token::AndAnd
                | Token::OrOr
                | Token::RightParen
                | Token::RightBracket
                | Token::Comma
        )
    )
}
