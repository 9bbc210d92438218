//! Braces of quantifiers, and of the maps of a test's `given`, told from those of blocks before the grammar sees them. The grammar's
//! recovery skips to a `}`: were that of a quantifier the same token, a mistake before it would
//! end the block around it.

use super::Spanned;
use crate::token::Token;

/// Marks the braces in statements that have conditions, and in `given`: everything from such a word
/// up to its `;`.
pub(crate) fn mark(tokens: &mut [Spanned]) {
    // For each open brace, whether it is in a condition.
    let mut open: Vec<bool> = Vec::new();
    let mut begins = true;
    let mut condition = false;
    let mut rest = tokens
        .iter_mut()
        .map(|(_, token, _)| token)
        .filter(|token| !token.is_trivia())
        .peekable();
    while let Some(token) = rest.next() {
        let inside = open.last().copied().unwrap_or(false);
        if begins && !inside {
            // A word before `=` is the name of an output's field.
            let named = matches!(rest.peek(), Some(Token::Assign));
            condition = !named
                && matches!(
                    token,
                    Token::On
                        | Token::Select
                        | Token::Scope
                        | Token::Let
                        | Token::Except
                        | Token::Given
                );
        }
        begins = false;
        match token {
            Token::LeftBrace => {
                open.push(condition);
                if condition {
                    *token = Token::OpenBody;
                } else {
                    begins = true;
                }
            }
            Token::RightBrace => match open.pop() {
                Some(true) => *token = Token::CloseBody,
                _ => (begins, condition) = (true, false),
            },
            Token::Semicolon if !inside => begins = true,
            _ => {}
        }
    }
}
