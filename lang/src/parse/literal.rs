//! The values of literals: strings, integers, durations, dates.

use std::ops::Range;

/// The bytes of a string literal's inside, and the malformed escapes in it with what is wrong.
pub(super) fn unescape(inside: &str) -> (Vec<u8>, Vec<(Range<usize>, String)>) {
    let mut bytes = Vec::with_capacity(inside.len());
    let mut wrong = Vec::new();
    let mut rest = inside.char_indices();
    while let Some((start, c)) = rest.next() {
        if c != '\\' {
            bytes.extend(c.encode_utf8(&mut [0; 4]).bytes());
            continue;
        }
        let escaped = rest.next().map(|(_, c)| c);
        match escaped {
            Some('"') => bytes.push(b'"'),
            Some('\\') => bytes.push(b'\\'),
            Some('n') => bytes.push(b'\n'),
            Some('r') => bytes.push(b'\r'),
            Some('t') => bytes.push(b'\t'),
            Some('0') => bytes.push(0),
            Some('x') => {
                let digits = rest.as_str().get(..2).unwrap_or_default();
                match u8::from_str_radix(digits, 16) {
                    Ok(byte) if !digits.starts_with('+') => {
                        bytes.push(byte);
                        rest.nth(1);
                    }
                    _ => wrong.push((
                        start..start + 2,
                        "`\\x` wants two hexadecimal digits".into(),
                    )),
                }
            }
            Some('u') => match braced_char(rest.as_str()) {
                Some((c, length)) => {
                    bytes.extend(c.encode_utf8(&mut [0; 4]).bytes());
                    rest.nth(length - 1);
                }
                None => {
                    let message = "`\\u` wants a character's number in braces: `\\u{e9}`".into();
                    wrong.push((start..start + 2, message));
                }
            },
            Some(other) => {
                let message = format!("unknown escape `\\{other}`");
                wrong.push((start..start + 1 + other.len_utf8(), message));
            }
            None => wrong.push((start..start + 1, "`\\` escapes nothing".into())),
        }
    }
    (bytes, wrong)
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
pub(super) fn date(text: &str) -> Option<i64> {
    let moment = match text.contains('T') {
        true => text.parse::<jiff::Timestamp>().ok()?,
        false => format!("{text}T00:00:00Z").parse().ok()?,
    };
    moment.as_nanosecond().try_into().ok()
}
