//! Bytes from the traced world as text: for a person's terminal ([`Shown`]), and for JSON without
//! losing a byte ([`to_json`], [`from_json`]).
//!
//! Paths and arguments on Linux are bytes, not UTF-8, and whoever chose them may be an attacker.
//!
//! In JSON, text that is UTF-8 stays as it is. A byte that is not part of valid UTF-8 becomes the
//! private-use character U+EF00 plus the byte (U+EF80 … U+EFFF), and so do the bytes of those 128
//! characters themselves; so every byte string has exactly one form, and it is valid JSON that
//! every parser reads. (`\xNN` would need all backslashes doubled; lone surrogates are refused by
//! most parsers.)

use std::borrow::Cow;
use std::fmt::{self, Write};

/// What escaped bytes are added to.
const ESCAPED: u32 = 0xEF00;

fn is_escape(c: char) -> bool {
    (ESCAPED + 0x80..=ESCAPED + 0xFF).contains(&u32::from(c))
}

/// The text that stands for these bytes in JSON, before JSON's own escapes.
pub fn to_json(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes)
        && !text.contains(is_escape)
    {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len() + 16);
    let escape = |text: &mut String, bytes: &[u8]| {
        text.extend(
            bytes
                .iter()
                .filter_map(|&byte| char::from_u32(ESCAPED + u32::from(byte))),
        );
    };
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if is_escape(c) {
                escape(&mut text, c.encode_utf8(&mut [0; 4]).as_bytes());
            } else {
                text.push(c);
            }
        }
        escape(&mut text, chunk.invalid());
    }
    Cow::Owned(text)
}

/// The bytes that [`to_json`] made this text from.
pub fn from_json(text: &str) -> Cow<'_, [u8]> {
    if text.is_ascii() || !text.contains(is_escape) {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        if is_escape(c) {
            bytes.push((u32::from(c) & 0xFF) as u8);
        } else {
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
    Cow::Owned(bytes)
}

/// Bytes as a person may see them: control characters, those that change the direction or vanish,
/// bytes that are not UTF-8, and backslashes are escaped, so that no path can move the cursor,
/// recolour the screen or look like another.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a>(pub &'a [u8]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for c in chunk.valid().chars() {
                match c {
                    '\n' => f.write_str("\\n")?,
                    '\t' => f.write_str("\\t")?,
                    '\r' => f.write_str("\\r")?,
                    '\\' => f.write_str("\\\\")?,
                    '\0'..' ' | '\x7f' => write!(f, "\\x{:02x}", u32::from(c))?,
                    c if misleads(c) => write!(f, "\\u{{{:x}}}", u32::from(c))?,
                    c => f.write_char(c)?,
                }
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

/// Characters beyond ASCII that a terminal obeys or doesn't show.
pub fn misleads(c: char) -> bool {
    matches!(c,
        '\u{80}'..='\u{9f}'          // C1 controls
        | '\u{ad}'                   // soft hyphen
        | '\u{61c}'                  // Arabic letter mark
        | '\u{200b}'..='\u{200f}'    // zero width, direction marks
        | '\u{2028}'..='\u{202e}'    // line separators, direction
        | '\u{2060}'..='\u{206f}'    // invisible operators, isolates
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'    // interlinear annotation
        | '\u{e0000}'..='\u{e0fff}') // tags, variation selectors
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_stays_text() {
        for text in ["", "/etc/passwd", "C:\\x", "naïve – 日本", "\u{1b}[31m"] {
            assert!(matches!(to_json(text.as_bytes()), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_are_escaped() {
        assert_eq!(to_json(b"a\xffb"), "a\u{efff}b");
        assert_eq!(to_json("\u{ef80}".as_bytes()), "\u{efee}\u{efbe}\u{ef80}");
    }

    #[test]
    fn a_terminal_obeys_nothing() {
        let shown = |bytes: &[u8]| Shown(bytes).to_string();
        assert_eq!(shown(b"\x1b[31m\x07\n\\"), "\\x1b[31m\\x07\\n\\\\");
        assert_eq!(
            shown("\u{202e}txt.sh\u{9b}".as_bytes()),
            "\\u{202e}txt.sh\\u{9b}"
        );
        assert_eq!(shown(b"\xfe\xff/tmp"), "\\xfe\\xff/tmp");
    }

    proptest! {
        #[test]
        fn no_byte_is_lost(bytes in any::<Vec<u8>>()) {
            let text = to_json(&bytes);
            prop_assert_eq!(&*from_json(&text), &bytes[..]);
        }

        #[test]
        fn escapes_survive(text in "[\u{ee00}-\u{efff}\u{80}-\u{ff}a]*") {
            let escaped = to_json(text.as_bytes());
            prop_assert_eq!(&*from_json(&escaped), text.as_bytes());
        }
    }
}
