//! Whether a space stands between two words on one line.

use super::brackets::Kind;
use super::words::Word;
use crate::token::Token;

/// Whether a space stands between neighbours.
pub(super) fn space(left: &Word<'_>, right: &Word<'_>) -> bool {
    if left.in_type && left.token == Token::Lt
        || right.in_type && matches!(right.token, Token::Lt | Token::Gt)
    {
        return false;
    }
    match (left.token, right.token) {
        (Token::LeftParen | Token::LeftBracket, _)
        | (Token::Dot | Token::DotDot | Token::Minus | Token::Bang, _)
        | (_, Token::Comma | Token::Semicolon | Token::Colon | Token::Tilde)
        | (_, Token::RightParen | Token::RightBracket | Token::Dot | Token::DotDot) => false,
        (_, Token::LeftParen) => right.bracket.is_none_or(|it| it.kind == Kind::Condition),
        _ => true,
    }
}
