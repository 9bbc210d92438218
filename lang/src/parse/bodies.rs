//! Braces of quantifiers, told from those of blocks before the grammar sees them. The grammar's
//! recovery skips to a `}`: were that of a quantifier the same token, a mistake before it would
//! end the block around it.

use super::Spanned;
use crate::token::Token;

/// Marks the braces in statements that have conditions: everything from `on`, `select`, `scope`,
/// `let` or `except` up to its `;`.
pub(crate) fn mark(tokens: &mut [Spanned]) {
    // For each open brace, whether it is in a condition.
    let mut open: Vec<bool> = Vec::new();
    let mut begins = true;
    let mut condition = false;
    for (_, token, _) in tokens.iter_mut().filter(|(_, token, _)| !token.is_trivia()) {
        let inside = open.last().copied().unwrap_or(false);
        if begins && !inside {
            condition = matches!(
                token,
                Token::On | Token::Select | Token::Scope | Token::Let | Token::Except
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
