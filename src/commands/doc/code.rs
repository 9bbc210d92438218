//! A piece of a policy as it is written: its layout, and its tokens for highlighting.

use std::ops::Range;

use tracee_lang::source::{SourceMap, Span};
use tracee_lang::token::{Token, lex};

/// A clause or a declaration as it is written, without the indentation of its block.
#[derive(Debug, Clone)]
pub(super) struct Code(String);

impl Code {
    /// The text at a place.
    pub(super) fn at(sources: &SourceMap, span: Span) -> Self {
        let before = sources
            .get(span.file)
            .and_then(|file| file.text.get(..span.start as usize))
            .unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
        let mut text = String::new();
        for (number, line) in sources.slice(span).lines().enumerate() {
            let deep = line.len() - line.trim_start_matches([' ', '\t']).len();
            let cut = if number == 0 { 0 } else { deep.min(indent) };
            text.push_str(line[cut..].trim_end());
            text.push('\n');
        }
        Self(text.trim_end().to_owned())
    }

    /// The text, without a line feed at its end.
    pub(super) fn text(&self) -> &str {
        &self.0
    }

    /// The text in pieces that are highlighted alike.
    pub(super) fn pieces(&self) -> Vec<(Style, &str)> {
        let mut pieces: Vec<(Style, Range<usize>)> = Vec::new();
        let mut before = None; // the last token that is not white space
        for (token, range) in lex(&self.0) {
            let style = style(token, before, &self.0[range.clone()]);
            if !token.is_trivia() {
                before = Some(token);
            }
            match pieces.last_mut() {
                Some((last, of)) if *last == style => of.end = range.end,
                _ => pieces.push((style, range)),
            }
        }
        let text = |(style, range)| (style, &self.0[range]);
        pieces.into_iter().map(text).collect()
    }
}

/// How a token looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    /// A word of the language.
    Word,
    Text,
    /// A number, an address, a constant of the kernel.
    Value,
    Comment,
}

fn style(token: Token, before: Option<Token>, text: &str) -> Style {
    use Token as T;
    match token {
        T::Comment | T::DocComment => Style::Comment,
        T::String => Style::Text,
        T::Int | T::Address => Style::Value,
        // After a dot every word is a name.
        _ if before == Some(T::Dot) => Style::Plain,
        T::And | T::Or | T::Not | T::In | T::Has | T::Any | T::All | T::Where | T::Exists => {
            Style::Word
        }
        T::Prefix | T::Suffix | T::Contains | T::Glob | T::Regex | T::Under => Style::Word,
        T::True | T::False => Style::Value,
        // Words that open a clause or a declaration are names elsewhere.
        T::On | T::Select | T::Scope | T::List | T::Let if before.is_none() => Style::Word,
        T::Ident if is_constant(text) => Style::Value,
        _ => Style::Plain,
    }
}

/// `O_RDONLY`: the kernel's constants are the only names without a small letter.
fn is_constant(text: &str) -> bool {
    text.len() > 1 && !text.contains(|c: char| c.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(file: &str, piece: &str) -> Code {
        let mut sources = SourceMap::default();
        let id = sources.add("a.tp", file);
        let start = file.find(piece).unwrap();
        Code::at(&sources, Span::new(id, start, start + piece.len()))
    }

    #[test]
    fn the_indentation_of_the_block_goes() {
        let piece = "on open\n      where a\n        and b;";
        let file = format!("policy p {{\n    {piece}\n}}\n");
        assert_eq!(code(&file, piece).text(), "on open\n  where a\n    and b;");
        let piece = "on open\n  where a;";
        assert_eq!(
            code(&format!("    {piece}"), piece).text(),
            "on open\nwhere a;"
        );
    }

    #[test]
    fn tokens_have_their_style() {
        let piece = "on open where on == \"in\" and x.in has [O_RDWR, 5] // in";
        let shown: Vec<_> = code(piece, piece)
            .pieces()
            .into_iter()
            .filter(|(style, _)| *style != Style::Plain)
            .map(|(style, text)| format!("{style:?} {text}"))
            .collect();
        assert_eq!(
            shown,
            [
                "Word on",
                "Word where",
                "Text \"in\"",
                "Word and",
                "Word has",
                "Value O_RDWR",
                "Value 5",
                "Comment // in"
            ]
        );
    }
}
