//! How deep a module may be nested, before regorus reads it: it has a bound for parentheses only, reads each list and
//! object twice (and so what is in n of them 2ⁿ times), and works on long chains of operators with the stack.

/// How often pieces of text are read in all: about a second.
const MAX_READ: u64 = 1 << 22;
/// How many brackets something may be in.
const MAX_NESTED: usize = 32;
/// How many operators, dots and brackets one expression may have on one level.
const MAX_CHAIN: usize = 48;

/// What is nested too deeply, and where it is in bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooDeep {
    pub(crate) at: usize,
    pub(crate) message: String,
}

/// Refuses what would take regorus too long, or too much of the stack.
pub(crate) fn check(text: &str) -> Result<(), TooDeep> {
    let mut pieces = Pieces { text, at: 0 };
    // Of each open bracket whether it can be of a list or an object, and the chain that it is in.
    let mut open: Vec<(bool, usize)> = Vec::new();
    let (mut literals, mut chain, mut read) = (0_u32, 0, 0_u64);
    // An expression goes on behind an operator, and where the next line begins with one.
    let (mut goes_on, mut is_new_line) = (false, false);
    while let Some((at, piece)) = pieces.next() {
        if piece == Piece::Line {
            is_new_line = true;
            continue;
        }
        let is_operator = piece == Piece::Operator;
        if std::mem::take(&mut is_new_line) && !goes_on && !is_operator {
            chain = 0;
        }
        goes_on = is_operator;
        match piece {
            Piece::Open(is_literal) => {
                open.push((is_literal, chain + 1));
                literals += u32::from(is_literal);
                chain = 0;
            }
            Piece::Close => {
                let (is_literal, outer) = open.pop().unwrap_or_default();
                literals -= u32::from(is_literal);
                chain = outer;
            }
            Piece::Operator => chain += 1,
            Piece::Separator => chain = 0,
            Piece::Line | Piece::Other => {}
        }
        read = read.saturating_add(1_u64.checked_shl(literals).unwrap_or(u64::MAX));
        let too_deep = |message: String| Err(TooDeep { at, message });
        if open.len() > MAX_NESTED {
            return too_deep(format!("nested more than {MAX_NESTED} deep"));
        }
        if chain > MAX_CHAIN {
            return too_deep(format!(
                "an expression with more than {MAX_CHAIN} operators"
            ));
        }
        if read > MAX_READ {
            return too_deep("lists and objects nested too deeply to be read in time".to_owned());
        }
    }
    Ok(())
}

/// What a piece of the text is to its nesting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    /// Whether it is none of `(`.
    Open(bool),
    Close,
    Operator,
    /// `,` or `;`
    Separator,
    /// The end of a line.
    Line,
    /// A name, a number or a string.
    Other,
}

struct Pieces<'a> {
    text: &'a str,
    at: usize,
}

impl Pieces<'_> {
    fn next(&mut self) -> Option<(usize, Piece)> {
        let bytes = self.text.as_bytes();
        loop {
            let at = self.at;
            self.at += 1;
            let piece = match *bytes.get(at)? {
                b'\n' => Piece::Line,
                byte if byte.is_ascii_whitespace() => continue,
                b'#' => {
                    self.at = at + length(&bytes[at..], |byte| byte != b'\n');
                    continue;
                }
                b'"' => {
                    self.skip_text();
                    Piece::Other
                }
                b'`' => {
                    self.at += length(&bytes[self.at..], |byte| byte != b'`') + 1;
                    Piece::Other
                }
                b'(' => Piece::Open(false),
                b'[' | b'{' => Piece::Open(true),
                b')' | b']' | b'}' => Piece::Close,
                b',' | b';' => Piece::Separator,
                byte if is_operator(byte) => {
                    self.at = at + length(&bytes[at..], |byte| byte == b'=').max(1);
                    Piece::Operator
                }
                _ => {
                    self.at = at + length(&bytes[at..], is_of_name).max(1);
                    match &bytes[at..self.at] {
                        b"in" => Piece::Operator,
                        _ => Piece::Other,
                    }
                }
            };
            return Some((at, piece));
        }
    }

    /// To behind a text whose begin was read.
    fn skip_text(&mut self) {
        let mut is_escaped = false;
        let rest = &self.text.as_bytes()[self.at..];
        self.at += 1 + length(rest, |byte| {
            let is_end = byte == b'"' && !is_escaped;
            is_escaped = byte == b'\\' && !is_escaped;
            !is_end
        });
    }
}

/// How many bytes there are until one that is not so.
fn length(bytes: &[u8], mut is_so: impl FnMut(u8) -> bool) -> usize {
    let end = bytes.iter().position(|&byte| !is_so(byte));
    end.unwrap_or(bytes.len())
}

fn is_operator(byte: u8) -> bool {
    matches!(
        byte,
        b'+' | b'-' | b'*' | b'/' | b'%' | b'&' | b'|' | b'=' | b'!' | b'<' | b'>' | b':' | b'.'
    )
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        match check(text) {
            Ok(()) => String::new(),
            Err(TooDeep { at, message }) => format!("{at}: {message}"),
        }
    }

    #[test]
    fn what_people_write_is_not_deep() {
        assert_eq!(refused(crate::documents::HELPERS), "");
        let entry = "  {\"id\": 1, \"names\": [\"a\", \"b\"], \"is\": input.a[0].b == \"[[[[\"},\n";
        assert_eq!(refused(&format!("x := [\n{}]\n", entry.repeat(10_000))), "");
        let rule = "tracee_match { # [[[[\n  a := `[[\n[[`\n  b := f(a)[_].c\n\n  not b == \"\\\"[[\"\n}\n";
        assert_eq!(refused(&rule.repeat(1_000)), "");
    }

    #[test]
    fn what_is_too_deep_is_refused_where_it_is() {
        let nested = |open: &str, depth: usize, inner: &str| open.repeat(depth) + inner;
        assert_eq!(refused(&nested("(", 32, "1")), "");
        assert_eq!(
            refused(&nested("(", 33, "1")),
            "32: nested more than 32 deep"
        );
        let in_time = "lists and objects nested too deeply to be read in time";
        assert_eq!(refused(&nested("[", 20, "1")), "");
        assert_eq!(refused(&nested("[", 22, "1")), format!("21: {in_time}"));
        assert_eq!(refused(&nested("[", 10, &"1,".repeat(1_000))), "");
        let wide = refused(&nested("[", 10, &"1,".repeat(3_000)));
        assert!(wide.ends_with(in_time), "{wide}");
    }

    #[test]
    fn chains_are_bounded() {
        let bound = "an expression with more than 48 operators";
        for (link, at) in [
            ("1+", 97),
            ("1+\n", 145),
            ("1\n+ #\n", 290),
            ("-", 48),
            (".a", 96),
            ("a[0]", 195),
            ("1 in ", 242),
            ("1 in\n", 242),
        ] {
            assert_eq!(refused(&link.repeat(48)), "", "{link}");
            assert_eq!(
                refused(&link.repeat(49)),
                format!("{at}: {bound}"),
                "{link}"
            );
        }
        for links in [
            "every a in b\n",
            "index\n",
            "1 + 1\n",
            "1 + 1;",
            "f(1 + 1),",
        ] {
            assert_eq!(refused(&links.repeat(100)), "", "{links}");
        }
    }
}
