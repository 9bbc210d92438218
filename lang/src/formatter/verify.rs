//! Whether a text says what another one says: the last look before a formatted file is written.

use crate::ast;
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::parse::Parsed;
use crate::source::{FileId, Placed, SourceMap, Span};
use crate::token::{Token, lex};

/// Compares the tokens, the comments and the trees of a file and of what it was formatted to, which `parse` makes
/// of the text.
///
/// # Errors
/// An error at the first place in `before` that the other text has not.
pub(super) fn same(
    id: FileId,
    (before, tree): (&str, &Parsed),
    after: &str,
    parse: impl FnOnce(&SourceMap, FileId) -> Parsed,
) -> Result<(), Box<Diagnostic>> {
    if before == after {
        return Ok(());
    }
    let refuse = |place: Span| {
        let message = "formatting would change what the file says";
        Box::new(
            Diagnostic::error(codes::FORMAT_DIFFERS, message, place)
                .help("the file is left as it is; please report it as a bug of tracee"),
        )
    };
    let (old, new) = (Pieces::of(before), Pieces::of(after));
    for (old, new) in [(old.tokens, new.tokens), (old.comments, new.comments)] {
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
    let mut map = SourceMap::default();
    let file = map.add("", after);
    let parsed = parse(&map, file);
    if without_places(tree.file.clone()) != without_places(parsed.file) {
        return Err(refuse(Span::new(id, 0, before.len().min(1))));
    }
    Ok(())
}

/// A token, its text and its first byte.
type Piece<'a> = (Token, &'a str, usize);

/// The tokens of a text.
#[derive(Default)]
struct Pieces<'a> {
    /// What the parser sees, without commas before what closes a list.
    tokens: Vec<Piece<'a>>,
    comments: Vec<Piece<'a>>,
}

impl<'a> Pieces<'a> {
    fn of(text: &'a str) -> Self {
        let mut made = Self::default();
        for (token, range) in lex(text) {
            let piece = (token, text[range.clone()].trim_end(), range.start);
            match token {
                Token::Whitespace => continue,
                Token::Comment | Token::DocComment => {
                    made.comments.push(piece);
                    continue;
                }
                Token::RightParen | Token::RightBracket | Token::RightBrace => {
                    made.tokens.pop_if(|last| last.0 == Token::Comma);
                }
                _ => {}
            }
            made.tokens.push(piece);
        }
        made
    }
}

fn without_places(mut tree: ast::File) -> ast::File {
    tree.each_place(&mut |place| *place = Span::default());
    tree
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::parse;

    const FILE: &str =
        "/// One.\nlist l: u8 = [1, 2]; // two\npolicy p { select open where true; }";

    fn refused(after: &str) -> Option<(u32, u32)> {
        let mut map = SourceMap::default();
        let file = map.add("", FILE);
        let parsed = parse(&map, file);
        let span = same(file, (FILE, &parsed), after, parse).err()?.span();
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
