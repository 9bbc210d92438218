//! A text and its places as editors count them: lines, and in them UTF-16 units, or bytes or characters
//! if the editor can. Enter at [`Text`].
//!
//! The compiler knows no byte order mark, editors do: a text that begins with one has it here, and
//! offsets for the compiler are without.

use std::cell::OnceCell;
use std::sync::Arc;

use gen_lsp_types::{Position, PositionEncodingKind, Range};
use tracee_lang::source::{BYTE_ORDER_MARK, Span};

use crate::syntax::Syntax;

/// What the columns of a place are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Encoding {
    /// Bytes.
    Utf8,
    /// What every editor can.
    #[default]
    Utf16,
    /// Characters.
    Utf32,
}

impl Encoding {
    /// The best of those that an editor offers: bytes are cheapest here.
    pub(crate) fn chosen(offered: &[PositionEncodingKind]) -> Self {
        let kinds = [
            (PositionEncodingKind::UTF8, Self::Utf8),
            (PositionEncodingKind::UTF32, Self::Utf32),
        ];
        let mut kinds = kinds.into_iter();
        kinds
            .find(|(kind, _)| offered.contains(kind))
            .map_or(Self::Utf16, |(_, encoding)| encoding)
    }

    /// As the protocol names it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16 => "utf-16",
            Self::Utf32 => "utf-32",
        }
    }

    fn units(self, character: char) -> usize {
        match self {
            Self::Utf8 => character.len_utf8(),
            Self::Utf16 => character.len_utf16(),
            Self::Utf32 => 1,
        }
    }
}

/// One version of a text.
#[derive(Debug)]
pub(crate) struct Text {
    /// As the editor has it.
    whole: Arc<str>,
    /// The bytes of a byte order mark.
    mark: usize,
    encoding: Encoding,
    /// The first byte of each line.
    lines: Vec<usize>,
    syntax: OnceCell<Syntax>,
}

impl Text {
    /// A text that an editor has.
    pub(crate) fn new(whole: impl Into<Arc<str>>, encoding: Encoding) -> Self {
        let whole = whole.into();
        let mark = match whole.starts_with(BYTE_ORDER_MARK) {
            true => BYTE_ORDER_MARK.len_utf8(),
            false => 0,
        };
        let lines = lines(&whole);
        Self {
            whole,
            mark,
            encoding,
            lines,
            syntax: OnceCell::new(),
        }
    }

    /// A text from the disk: an editor that opens it takes the byte order mark away.
    pub(crate) fn of_file(text: &str, encoding: Encoding) -> Self {
        let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        Self::new(text, encoding)
    }

    /// Whether it is what [`Text::of_file`] would make.
    pub(crate) fn is_of_file(&self, text: &str) -> bool {
        self.mark == 0 && *self.whole == *text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
    }

    /// As the editor has it.
    pub(crate) fn whole(&self) -> &Arc<str> {
        &self.whole
    }

    /// As the compiler reads it.
    pub(crate) fn text(&self) -> &str {
        &self.whole[self.mark..]
    }

    /// Its tokens.
    pub(crate) fn syntax(&self) -> &Syntax {
        self.syntax.get_or_init(|| Syntax::new(self.text()))
    }

    /// The byte of [`Text::text`] at a place. Behind the end of a line it is the line's end, as the protocol
    /// has it; behind the last line the text's.
    pub(crate) fn offset(&self, position: Position) -> usize {
        self.whole_offset(position).saturating_sub(self.mark)
    }

    /// The same in [`Text::whole`].
    pub(crate) fn whole_offset(&self, position: Position) -> usize {
        let line = usize::try_from(position.line).unwrap_or(usize::MAX);
        let Some(start) = self.lines.get(line).copied() else {
            return self.whole.len();
        };
        let end = self.lines.get(line + 1).copied();
        let line = &self.whole[start..end.unwrap_or(self.whole.len())];
        let line = line.trim_end_matches(['\n', '\r']);
        let mut left = usize::try_from(position.character).unwrap_or(usize::MAX);
        for (at, character) in line.char_indices() {
            let units = self.encoding.units(character);
            if left < units {
                return start + at; // at a character, or within it
            }
            left -= units;
        }
        start + line.len()
    }

    /// The place of a byte of [`Text::text`].
    pub(crate) fn position(&self, offset: usize) -> Position {
        let offset = self
            .whole
            .floor_char_boundary(offset.saturating_add(self.mark));
        let line = self.lines.partition_point(|start| *start <= offset) - 1;
        let before = &self.whole[self.lines[line]..offset];
        let units = match self.encoding {
            Encoding::Utf8 => before.len(),
            _ if before.is_ascii() => before.len(),
            encoding => before.chars().map(|one| encoding.units(one)).sum(),
        };
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Position {
            line: count(line),
            character: count(units),
        }
    }

    /// The place of a span, whatever its file.
    pub(crate) fn range(&self, span: Span) -> Range {
        self.range_of(span.start as usize..span.end as usize)
    }

    /// The place of some bytes of [`Text::text`].
    pub(crate) fn range_of(&self, bytes: std::ops::Range<usize>) -> Range {
        Range {
            start: self.position(bytes.start),
            end: self.position(bytes.end),
        }
    }

    /// The number of the line that a byte of [`Text::text`] is on.
    pub(crate) fn line(&self, offset: usize) -> u32 {
        self.position(offset).line
    }
}

/// Where lines begin: behind LF, CR LF or CR.
fn lines(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let ends = bytes.iter().enumerate().filter(|(at, byte)| match byte {
        b'\n' => true,
        b'\r' => bytes.get(at + 1) != Some(&b'\n'),
        _ => false,
    });
    std::iter::once(0)
        .chain(ends.map(|(at, _)| at + 1))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: u32, character: u32) -> Position {
        Position { line, character }
    }

    #[test]
    fn columns_are_what_was_agreed_on() {
        // One byte; two bytes and one unit; four bytes and two units.
        let text = "aä𝔸b\nc";
        for (encoding, columns) in [
            (Encoding::Utf8, [0, 1, 3, 7, 8]),
            (Encoding::Utf16, [0, 1, 2, 4, 5]),
            (Encoding::Utf32, [0, 1, 2, 3, 4]),
        ] {
            let text = Text::new(text, encoding);
            for (offset, column) in [0, 1, 3, 7, 8].into_iter().zip(columns) {
                assert_eq!(text.position(offset), at(0, column));
                assert_eq!(text.offset(at(0, column)), offset);
            }
            assert_eq!(text.position(9), at(1, 0));
        }
        // Within a character is its begin.
        assert_eq!(Text::new(text, Encoding::Utf16).offset(at(0, 3)), 3);
        assert_eq!(Text::new(text, Encoding::Utf8).offset(at(0, 2)), 1);
    }

    #[test]
    fn lines_end_as_they_do_in_editors() {
        let text = Text::new("a\r\nb\rc\n", Encoding::Utf16);
        let places = [(0, at(0, 0)), (3, at(1, 0)), (5, at(2, 0)), (7, at(3, 0))];
        for (offset, position) in places {
            assert_eq!(text.position(offset), position);
            assert_eq!(text.offset(position), offset);
        }
        assert_eq!(text.offset(at(0, 99)), 1);
        assert_eq!(text.offset(at(9, 0)), 7);
    }

    #[test]
    fn the_compiler_does_not_see_a_byte_order_mark() {
        let text = Text::new("\u{feff}ab", Encoding::Utf16);
        assert_eq!(text.text(), "ab");
        assert_eq!(text.position(1), at(0, 2));
        assert_eq!(text.offset(at(0, 2)), 1);
        assert_eq!(text.offset(at(0, 0)), 0);
        assert_eq!(text.whole_offset(at(0, 1)), 3);
        let file = Text::of_file("\u{feff}ab", Encoding::Utf16);
        assert_eq!(file.position(1), at(0, 1));
    }
}
