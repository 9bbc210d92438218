//! Whether a text says what another one says: the last look before a formatted file is written.

use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::parse::parse;
use crate::source::{FileId, SourceMap, Span, without_places};
use crate::token::{Token, lex};

/// Compares the tokens, the comments and the trees of a file and of what it was formatted to.
///
/// # Errors
/// An error at the first place in `before` that the other text has not.
pub(super) fn same(id: FileId, before: &str, after: &str) -> Result<(), Box<Diagnostic>> {
    let refuse = |place: Span| {
        let message = "formatting would change what the file says";
        Box::new(
            Diagnostic::error(codes::FORMAT_DIFFERS, message, place)
                .help("the file is left as it is; please report it as a bug of tracee"),
        )
    };
    for kind in [tokens, comments] {
        let (old, new) = (kind(before), kind(after));
        let equal = |(old, new): &(&Piece<'_>, &Piece<'_>)| old.0 == new.0 && old.1 == new.1;
        let common = old.iter().zip(&new).take_while(equal).count();
        if common < old.len() || common < new.len() {
            let start = old.get(common).map_or(before.len(), |piece| piece.2);
            let end = old
                .get(common)
                .map_or(before.len(), |piece| piece.2 + piece.1.len());
            return Err(refuse(Span::new(id, start, end)));
        }
    }
    if tree(before) != tree(after) {
        return Err(refuse(Span::new(id, 0, before.len().min(1))));
    }
    Ok(())
}

/// A token, its text and its first byte.
type Piece<'a> = (Token, &'a str, usize);

fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    lex(text).map(|(token, range)| (token, text[range.clone()].trim_end(), range.start))
}

/// What the parser sees, without commas before what closes a list.
fn tokens(text: &str) -> Vec<Piece<'_>> {
    let mut out: Vec<Piece<'_>> = Vec::new();
    for piece in pieces(text).filter(|(token, ..)| !token.is_trivia()) {
        let closes = matches!(
            piece.0,
            Token::RightParen | Token::RightBracket | Token::RightBrace
        );
        if closes && out.last().is_some_and(|last| last.0 == Token::Comma) {
            out.pop();
        }
        out.push(piece);
    }
    out
}

fn comments(text: &str) -> Vec<Piece<'_>> {
    pieces(text)
        .filter(|(token, ..)| token.is_trivia() && *token != Token::Whitespace)
        .collect()
}

/// The tree as text, without places.
fn tree(text: &str) -> String {
    let mut map = SourceMap::default();
    let file = map.add("", text);
    without_places(&format!("{:?}", parse(&map, file).file))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str =
        "/// One.\nlist l: u8 = [1, 2]; // two\npolicy p { select open where true; }";

    fn refused(after: &str) -> Option<(u32, u32)> {
        let span = same(FileId::default(), FILE, after).err()?.span();
        Some((span.start, span.end))
    }

    #[test]
    fn layout_and_last_commas_do_not_matter() {
        let after = FILE
            .replace("2]", "2,\n]")
            .replace("policy", "\n\n  policy");
        assert_eq!(refused(&after), None);
    }

    #[test]
    fn everything_else_does() {
        let at = |text: &str| FILE.find(text).map(|at| at as u32);
        assert_eq!(refused(&FILE.replace("[1, ", "[")).map(|it| it.0), at("1,"));
        assert_eq!(
            refused(&FILE.replace("two", "")).map(|it| it.0),
            at("// two")
        );
        assert_eq!(
            refused(&FILE.replace("where true; }", "")).map(|it| it.0),
            at("where")
        );
        assert_eq!(
            refused(&format!("{FILE} list")).map(|it| it.0),
            Some(FILE.len() as u32)
        );
        // The doc comment documents something else.
        let moved = FILE
            .replace("/// One.\n", "")
            .replace("l:", "l /// One.\n:");
        assert_eq!(refused(&moved), Some((0, 1)));
    }
}
