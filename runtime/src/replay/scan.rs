//! A scanner of JSON lines that expects the keys of an object in the order in which they came last, so that most are
//! told by one comparison. It gives up (`None`) on whatever is not plain: wrong, a fraction, too deep. Then the whole
//! line is read by a parser that knows all of JSON, and says what is wrong; what this accepts, that accepts as the same.

use std::borrow::Cow;

use super::json::{Json, Text};
use super::order::Order;

/// Objects and lists within each other.
const MAX_DEPTH: usize = 32;
/// A byte of value 1 in each place.
pub(super) const ONES: u64 = 0x0101_0101_0101_0101;
/// The highest bit of each byte.
pub(super) const HIGH: u64 = 0x8080_8080_8080_8080;

/// A place in a line.
#[derive(Clone)]
pub(super) struct Scanner<'a> {
    bytes: &'a [u8],
    /// The same, if it was looked at whether it is text. If not, that is done for each string.
    text: Option<&'a str>,
    at: usize,
}

impl<'a> Scanner<'a> {
    /// At the begin of a line.
    pub(super) fn new(line: &'a [u8]) -> Option<Self> {
        let text = std::str::from_utf8(line).ok()?;
        Some(Self {
            text: Some(text),
            ..Self::within(line)
        })
    }

    /// At the begin of a line that may not be text, and that others may follow.
    pub(super) fn within(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            text: None,
            at: 0,
        }
    }

    /// Bytes before the place.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    pub(super) fn skip_bytes(&mut self, count: usize) {
        self.at += count;
    }

    pub(super) fn bytes_from(&self, begin: usize) -> Option<&'a [u8]> {
        self.bytes.get(begin..)
    }

    pub(super) fn back_to(&mut self, at: usize) {
        self.at = at;
    }

    /// What lies between two places.
    fn between(&self, begin: usize, end: usize) -> Option<&'a str> {
        match self.text {
            Some(text) => text.get(begin..end),
            None => std::str::from_utf8(self.bytes.get(begin..end)?).ok(),
        }
    }

    /// The next 8 bytes, with zeros behind the end.
    pub(super) fn word(&self) -> u64 {
        let rest = self.rest();
        if let Some(word) = rest.first_chunk::<8>() {
            return u64::from_le_bytes(*word);
        }
        let mut word = [0; 8];
        word[..rest.len()].copy_from_slice(rest);
        u64::from_le_bytes(word)
    }

    fn space(&mut self) {
        // A line ends with its end, if others follow.
        let is_alone = self.text.is_some();
        while self.peek().is_some_and(|byte| match byte {
            b' ' | b'\t' | b'\r' => true,
            b'\n' => is_alone,
            _ => false,
        }) {
            self.at += 1;
        }
    }

    pub(super) fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// Takes the text if it is next.
    pub(super) fn take_text(&mut self, text: &[u8]) -> bool {
        let is_next = begins(self.rest(), text);
        if is_next {
            self.at += text.len();
        }
        is_next
    }

    /// Only space is left.
    pub(super) fn end(mut self) -> Option<()> {
        self.space();
        (self.at == self.bytes.len()).then_some(())
    }

    /// Walks an object: `each` is given the name of a field and what that means, and takes the value.
    pub(super) fn object<K: Copy>(
        &mut self,
        order: &mut Order<K>,
        meaning: impl Fn(&str) -> K,
        mut each: impl FnMut(&mut Self, K, &'a str) -> Option<()>,
    ) -> Option<()> {
        self.space();
        self.take(b'{')?;
        let mut last = Some(0);
        let mut is_first = true;
        loop {
            let begin = self.at;
            if let Some(expected) = last.and_then(|last| order.expected(last))
                && begins(self.rest(), expected.between)
            {
                last = Some(expected.next);
                let name_at = begin + expected.name_at;
                self.at = begin + expected.between.len();
                let name = self.between(name_at, name_at + expected.name_length)?;
                each(self, expected.key, name)?;
                is_first = false;
                continue;
            }
            self.space();
            if self.take(b'}').is_some() {
                return Some(());
            }
            if !is_first {
                self.take(b',')?;
                self.space();
            }
            is_first = false;
            let name_at = self.at + 1;
            // A name with an escape is looked at by the other parser.
            let Cow::Borrowed(name) = self.string()? else {
                return None;
            };
            self.space();
            self.take(b':')?;
            self.space();
            let (next, key) = order.find(name, &meaning);
            if let (Some(last), Some(next)) = (last, next) {
                let between = self.bytes.get(begin..self.at)?;
                order.expect(last, between, name_at - begin, next);
            }
            last = next;
            each(self, key, name)?;
        }
    }

    /// Walks a list.
    pub(super) fn list(&mut self, mut each: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.space();
        self.take(b'[')?;
        self.space();
        if self.take(b']').is_some() {
            return Some(());
        }
        loop {
            each(self)?;
            self.space();
            if self.take(b']').is_some() {
                return Some(());
            }
            self.take(b',')?;
            self.space();
        }
    }

    pub(super) fn null(&mut self) -> bool {
        self.take_text(b"null")
    }

    pub(super) fn bool(&mut self) -> Option<bool> {
        if self.take_text(b"true") {
            return Some(true);
        }
        self.take_text(b"false").then_some(false)
    }

    /// A string, borrowed unless it has escapes.
    pub(super) fn string(&mut self) -> Option<Cow<'a, str>> {
        self.take(b'"')?;
        let begin = self.at;
        self.plain();
        if self.peek()? == b'"' {
            let text = self.between(begin, self.at)?;
            self.at += 1;
            return Some(Cow::Borrowed(text));
        }
        let mut text = self.between(begin, self.at)?.to_owned();
        loop {
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(Cow::Owned(text));
                }
                b'\\' => text.push(self.escape()?),
                // A control character.
                _ => return None,
            }
            let begin = self.at;
            self.plain();
            text.push_str(self.between(begin, self.at)?);
        }
    }

    /// A string that is ASCII and has no escapes. If it is not, nothing is taken.
    pub(super) fn ascii(&mut self) -> Option<&'a [u8]> {
        let begin = self.at;
        self.take(b'"')?;
        let is_ascii = self.plain();
        let text = self.bytes.get(begin + 1..self.at);
        if is_ascii && self.take(b'"').is_some() {
            return text;
        }
        self.at = begin;
        None
    }

    /// Goes on to the next quote, backslash or control character, or to the end. Whether all before it is ASCII.
    fn plain(&mut self) -> bool {
        let mut seen = 0;
        loop {
            let word = self.word();
            let zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
            let control = word.wrapping_sub(0x20 * ONES) & !word & HIGH;
            let stops = zero(word ^ (0x22 * ONES)) | zero(word ^ (0x5c * ONES)) | control;
            if stops != 0 {
                // Behind the end there are zeros, which are control characters.
                let before = stops.trailing_zeros() & !7;
                self.at += before as usize / 8;
                seen |= word & !(u64::MAX << before);
                return seen & HIGH == 0;
            }
            seen |= word;
            self.at += 8;
        }
    }

    fn escape(&mut self) -> Option<char> {
        let of = *self.rest().get(1)?;
        self.at += 2;
        Some(match of {
            b'"' | b'\\' | b'/' => char::from(of),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let digits = self.bytes.get(self.at..self.at + 4)?;
                let mut code = 0;
                for digit in digits {
                    code = code << 4 | char::from(*digit).to_digit(16)?;
                }
                self.at += 4;
                // Not one half of a pair.
                char::from_u32(code)?
            }
            _ => return None,
        })
    }

    pub(super) fn text(&mut self) -> Option<Text<'a>> {
        self.string().map(Text)
    }

    /// Any value.
    pub(super) fn value(&mut self) -> Option<Json<'a>> {
        self.value_within(MAX_DEPTH)
    }

    fn value_within(&mut self, depth: usize) -> Option<Json<'a>> {
        let depth = depth.checked_sub(1)?;
        Some(match self.peek()? {
            b'"' => Json::Text(self.text()?),
            b'-' | b'0'..=b'9' => Json::Integer(self.integer()?),
            b't' | b'f' => Json::Bool(self.bool()?),
            b'n' => self.null().then_some(Json::Null)?,
            b'[' => {
                let mut items = Vec::new();
                self.list(|scanner| {
                    items.push(scanner.value_within(depth)?);
                    Some(())
                })?;
                Json::List(items)
            }
            b'{' => {
                let mut fields = Vec::new();
                self.fields(|scanner, name| {
                    fields.push((Text(name), scanner.value_within(depth)?));
                    Some(())
                })?;
                Json::Object(fields)
            }
            _ => return None,
        })
    }

    /// Walks an object of which nothing is known.
    pub(super) fn fields(
        &mut self,
        mut each: impl FnMut(&mut Self, Cow<'a, str>) -> Option<()>,
    ) -> Option<()> {
        self.take(b'{')?;
        self.space();
        if self.take(b'}').is_some() {
            return Some(());
        }
        loop {
            let name = self.string()?;
            self.space();
            self.take(b':')?;
            self.space();
            each(self, name)?;
            self.space();
            if self.take(b'}').is_some() {
                return Some(());
            }
            self.take(b',')?;
            self.space();
        }
    }

    /// Goes over a value, and gives its text.
    pub(super) fn skip_text(&mut self) -> Option<&'a str> {
        let begin = self.at;
        self.skip()?;
        self.between(begin, self.at)
    }

    /// Goes over a value.
    pub(super) fn skip(&mut self) -> Option<()> {
        self.skip_within(MAX_DEPTH)
    }

    fn skip_within(&mut self, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match self.peek()? {
            b'"' => match self.ascii() {
                Some(_) => Some(()),
                None => self.string().map(|_| ()),
            },
            b'-' => self.integer().map(|_| ()),
            b'0'..=b'9' => self.skip_number(),
            b't' | b'f' => self.bool().map(|_| ()),
            b'n' => self.null().then_some(()),
            b'[' => self.list(|scanner| scanner.skip_within(depth)),
            b'{' => self.fields(|scanner, _| scanner.skip_within(depth)),
            _ => None,
        }
    }
}

/// Whether the bytes begin with the text: they are short, so that calling a function would take longer.
fn begins(bytes: &[u8], text: &[u8]) -> bool {
    let Some(bytes) = bytes.get(..text.len()) else {
        return false;
    };
    let (bytes_words, bytes_rest) = bytes.as_chunks::<8>();
    let (text_words, text_rest) = text.as_chunks::<8>();
    let same = |(a, b): (&[u8; 8], &[u8; 8])| u64::from_ne_bytes(*a) == u64::from_ne_bytes(*b);
    bytes_words.iter().zip(text_words).all(same)
        && match (bytes.last_chunk::<8>(), text.last_chunk::<8>()) {
            (Some(a), Some(b)) => same((a, b)),
            _ => bytes_rest.iter().zip(text_rest).all(|(a, b)| a == b),
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(text: &str) -> Option<Json<'_>> {
        let mut scanner = Scanner::new(text.as_bytes())?;
        scanner.space();
        let value = scanner.value()?;
        scanner.end()?;
        Some(value)
    }

    #[test]
    fn what_is_plain_is_read_as_serde_reads_it() {
        for text in [
            "0",
            "7",
            "12345678",
            "123456789",
            "18446744073709551615",
            "-1",
            "-9223372036854775808",
            "true",
            "false",
            "null",
            r#""""#,
            r#""a""#,
            r#""exactly8""#,
            r#""more than eight, and ü""#,
            r#""a\"b\\c\/\b\f\n\r\t\u00e9é""#,
            "[]",
            "[ 1 , 2 ]",
            "{}",
            r#"{ "a" : [ { } , null ] , "a" : 1 }"#,
            " 1\n",
        ] {
            let expected: Json<'_> = serde_json::from_str(text).unwrap();
            assert_eq!(scan(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn it_gives_up_on_the_rest() {
        for text in [
            "",
            "01",
            "-",
            "-0",
            "1.5",
            "1e3",
            "18446744073709551616",
            "-9223372036854775809",
            "99999999999999999999999",
            r#"""#,
            r#""a"#,
            "\"\n\"",
            r#""\x""#,
            r#""\u12""#,
            r#""\ud800""#,
            r#""\ud83d\ude00""#,
            "[1,]",
            "[1 2]",
            "{,}",
            r#"{"a"}"#,
            r#"{"a":1,}"#,
            "nul",
            "tru",
            "1 2",
            "'a'",
        ] {
            assert_eq!(scan(text), None, "{text}");
        }
        assert_eq!(scan(&format!("{}{}", "[".repeat(33), "]".repeat(33))), None);
    }

    #[test]
    fn keys_are_told_in_any_order() {
        let mut order = Order::new('^');
        let meaning = |name: &str| name.chars().next().unwrap_or(' ');
        for line in [
            r#"{"a":1,"b":2,"c":3}"#,
            r#"{"a":1,"b":2,"c":3}"#,
            r#"{"a":1,"b":2}"#,
            r#"{"c":3,"a":1}"#,
            "{}",
            r#"{"a":1,"b" : 2}"#,
            r#"{"a":1,"b":2,"c":3}"#,
        ] {
            let mut scanner = Scanner::new(line.as_bytes()).unwrap();
            let mut found = Vec::new();
            let done = scanner.object(&mut order, meaning, |scanner, key, name| {
                found.push((key, name, scanner.unsigned()?));
                Some(())
            });
            assert!(done.is_some() && scanner.end().is_some(), "{line}");
            let expected: serde_json::Map<String, serde_json::Value> =
                serde_json::from_str(line).unwrap();
            let expected = expected.iter().map(|(name, value)| {
                (
                    name.chars().next().unwrap(),
                    name.as_str(),
                    value.as_u64().unwrap(),
                )
            });
            assert_eq!(found, expected.collect::<Vec<_>>(), "{line}");
        }
    }
}
