//! Byte offsets as lines and columns.

use super::{FileId, SourceMap, Span};

/// A place as people and other programs count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// In UTF-16 code units, from 1.
    pub utf16_column: usize,
}

/// Where a byte of a file is; the file's end if it is past it.
pub fn place(sources: &SourceMap, file: FileId, offset: u32) -> Place {
    let Some(file) = sources.get(file) else {
        return Place {
            line: 1,
            column: 1,
            utf16_column: 1,
        };
    };
    let mut offset = (offset as usize).min(file.text.len());
    while !file.text.is_char_boundary(offset) {
        offset -= 1;
    }
    let start = file.text[..offset].rfind('\n').map_or(0, |end| end + 1);
    let before = &file.text[start..offset];
    Place {
        line: file.line(offset) + 1,
        column: before.chars().count() + 1,
        utf16_column: before.encode_utf16().count() + 1,
    }
}

/// The places of a span's begin and end.
pub fn places(sources: &SourceMap, span: Span) -> (Place, Place) {
    (
        place(sources, span.file, span.start),
        place(sources, span.file, span.end),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_of_characters_or_of_utf16() {
        let mut sources = SourceMap::default();
        let file = sources.add("a.tp", "one\r\n// \u{1f600}é x\r\n");
        let at = |needle: &str| {
            let text = &sources.get(file).unwrap().text;
            let place = place(&sources, file, text.find(needle).unwrap() as u32);
            (place.line, place.column, place.utf16_column)
        };
        assert_eq!(at("one"), (1, 1, 1));
        assert_eq!(at("\u{1f600}"), (2, 4, 4));
        assert_eq!(at("é"), (2, 5, 6));
        assert_eq!(at("x"), (2, 7, 8));
        let end = place(&sources, file, u32::MAX);
        assert_eq!((end.line, end.column), (3, 1));
    }
}
