//! The values of literals: strings, integers, durations, dates.

use std::ops::Range;
use std::str::CharIndices;

use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::source::Span;

/// Says that a string has no end.
pub(super) fn not_closed(string: Span) -> Diagnostic {
    Diagnostic::error(codes::BAD_STRING, "the string is not closed", string)
        .help("a string ends on its line with `\"`")
}

/// What one sign of a string literal stands for.
enum Sign {
    Char(char),
    Byte(u8),
}

impl Sign {
    fn len(&self) -> usize {
        match self {
            Self::Char(c) => c.len_utf8(),
            Self::Byte(_) => 1,
        }
    }
}

/// The signs of a string literal's inside with their places, or what is wrong with one.
fn signs(inside: &str) -> impl Iterator<Item = (Range<usize>, Result<Sign, String>)> {
    let mut rest = inside.char_indices();
    std::iter::from_fn(move || {
        let (start, c) = rest.next()?;
        let sign = match c {
            '\\' => escaped(&mut rest),
            c => Ok(Sign::Char(c)),
        };
        Some((start..rest.offset(), sign))
    })
}

/// What follows a backslash.
fn escaped(rest: &mut CharIndices<'_>) -> Result<Sign, String> {
    match rest.next().map(|(_, c)| c) {
        Some(c @ ('"' | '\\')) => Ok(Sign::Char(c)),
        Some('n') => Ok(Sign::Char('\n')),
        Some('r') => Ok(Sign::Char('\r')),
        Some('t') => Ok(Sign::Char('\t')),
        Some('0') => Ok(Sign::Char('\0')),
        Some('x') => {
            let digits = rest.as_str().get(..2).unwrap_or_default();
            match u8::from_str_radix(digits, 16) {
                Ok(byte) if !digits.starts_with('+') => {
                    rest.nth(1);
                    Ok(Sign::Byte(byte))
                }
                _ => Err("`\\x` wants two hexadecimal digits".into()),
            }
        }
        Some('u') => match braced_char(rest.as_str()) {
            Some((c, length)) => {
                rest.nth(length - 1);
                Ok(Sign::Char(c))
            }
            None => Err("`\\u` wants a character's number in braces: `\\u{e9}`".into()),
        },
        Some(other) => Err(format!("unknown escape `\\{other}`")),
        None => Err("`\\` escapes nothing".into()),
    }
}

/// The bytes of a string literal's inside, and the malformed escapes in it with what is wrong.
pub(crate) fn unescape(inside: &str) -> (Vec<u8>, Vec<(Range<usize>, String)>) {
    let mut bytes = Vec::with_capacity(inside.len());
    let mut wrong = Vec::new();
    for (place, sign) in signs(inside) {
        match sign {
            Ok(Sign::Char(c)) => bytes.extend(c.encode_utf8(&mut [0; 4]).bytes()),
            Ok(Sign::Byte(byte)) => bytes.push(byte),
            Err(message) => wrong.push((place, message)),
        }
    }
    (bytes, wrong)
}

/// Where some of the bytes of a string literal are written in its inside. For none of them it is the
/// sign that follows, or the last one.
pub(crate) fn place(inside: &str, bytes: &Range<usize>) -> Range<usize> {
    let mut found: Option<Range<usize>> = None;
    let mut last = 0..inside.len();
    let mut end = 0;
    for (place, sign) in signs(inside) {
        let start = end;
        end += sign.map_or(0, |sign| sign.len());
        last = place.clone();
        if end > bytes.start && (start < bytes.end || found.is_none()) {
            let from = found.map_or(place.start, |found| found.start);
            found = Some(from..place.end);
        }
        if end >= bytes.end && found.is_some() {
            break;
        }
    }
    found.unwrap_or(last)
}

/// `{e9}` → the character, and the bytes (all ASCII) that it took.
fn braced_char(text: &str) -> Option<(char, usize)> {
    let (digits, _) = text.strip_prefix('{')?.split_once('}')?;
    let number = u32::from_str_radix(digits, 16)
        .ok()
        .filter(|_| digits.len() <= 6)?;
    Some((char::from_u32(number)?, digits.len() + 2))
}

/// The value of an integer literal without a sign; `None` if it is malformed or over 128 bits.
pub(super) fn integer(text: &str) -> Option<i128> {
    let (radix, digits) = match text.get(..2) {
        Some("0x") => (16, &text[2..]),
        Some("0o") => (8, &text[2..]),
        Some("0b") => (2, &text[2..]),
        _ => (10, text),
    };
    let digits: String = digits.chars().filter(|&c| c != '_').collect();
    i128::from_str_radix(&digits, radix).ok()
}

/// The nanoseconds of a duration; `None` if they are over 64 bits.
pub(super) fn duration(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit: u64 = match &text[digits.len()..] {
        "ns" => 1,
        "us" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        "d" => 86_400_000_000_000,
        _ => return None,
    };
    u64::try_from(integer(digits)?).ok()?.checked_mul(unit)
}

/// The nanoseconds from 1970 to a moment, or to the beginning of a day, in UTC.
pub(crate) fn date(text: &str) -> Option<i64> {
    let moment = match text.contains('T') {
        true => text.parse::<jiff::Timestamp>().ok()?,
        false => format!("{text}T00:00:00Z").parse().ok()?,
    };
    moment.as_nanosecond().try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn bytes_are_found_where_they_are_written() {
        let inside = r"a\\é\x41\u{e9}b";
        for (bytes, written) in [
            (0..1, "a"),
            (0..2, r"a\\"),
            (1..2, r"\\"),
            (2..4, "é"),
            (3..4, "é"),
            (4..5, r"\x41"),
            (5..7, r"\u{e9}"),
            (4..8, r"\x41\u{e9}b"),
            (4..4, r"\x41"),
            (8..8, "b"),
            (9..12, "b"),
        ] {
            assert_eq!(&inside[place(inside, &bytes)], written, "{bytes:?}");
        }
        assert_eq!(place("", &(0..1)), 0..0);
    }
}
