//! Globs → tokens, and what is wrong with one.

use regex_syntax::hir::{ClassBytes, ClassBytesRange};

use super::super::{Flaw, MAX_NEST};
use super::{Token, slash};

/// Reads a whole glob.
pub(super) fn parse(source: &[u8]) -> Result<Vec<Token>, Flaw> {
    let mut parser = Parser {
        source,
        at: 0,
        depth: 0,
    };
    let tokens = parser.sequence()?;
    match parser.peek() {
        None => settle(tokens, true, true),
        // A sequence ends at nothing else, outside of braces.
        Some(_) => Err(Flaw::new(parser.at..parser.at + 1, "`}` closes nothing")
            .help("write `\\\\}` for the brace itself")),
    }
}

/// Makes of every `**` what it is: it must stand for whole components. A component begins where the
/// tokens do if `begins`, and the glob ends where they do if `ends`.
fn settle(tokens: Vec<Token>, begins: bool, ends: bool) -> Result<Vec<Token>, Flaw> {
    let mut settled: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut rest = tokens.into_iter().peekable();
    while let Some(token) = rest.next() {
        let begins = match settled.last() {
            None => begins,
            Some(before) => matches!(before, Token::Byte(b'/') | Token::Components),
        };
        settled.push(match token {
            Token::Stars(place) => {
                let whole = begins && place.len() == 2;
                if whole && rest.next_if_eq(&Token::Byte(b'/')).is_some() {
                    Token::Components
                } else if whole && ends && rest.peek().is_none() {
                    Token::Anything
                } else {
                    return Err(Flaw::new(place, "`**` stands for whole components")
                        .help("put it between slashes, as in `/etc/**/*.conf`"));
                }
            }
            Token::Either(all) => {
                let ends = ends && rest.peek().is_none();
                let all = all.into_iter().map(|one| settle(one, begins, ends));
                Token::Either(all.collect::<Result<_, _>>()?)
            }
            token => token,
        });
    }
    Ok(settled)
}

struct Parser<'a> {
    source: &'a [u8],
    at: usize,
    /// Braces around.
    depth: u32,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.source.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    /// Up to the end, or to what ends an alternative.
    fn sequence(&mut self) -> Result<Vec<Token>, Flaw> {
        let mut tokens = Vec::new();
        while let Some(byte) = self.peek() {
            let start = self.at;
            match byte {
                b'}' => break,
                b',' if self.depth > 0 => break,
                _ => self.at += 1,
            }
            tokens.push(match byte {
                b'?' => Token::One,
                b'*' if self.peek() == Some(b'*') => self.stars(start),
                b'*' => Token::Star,
                b'[' => Token::Class(self.class(start)?),
                b'{' => self.either(start)?,
                b'\\' => Token::Byte(self.escaped(start)?),
                byte => Token::Byte(byte),
            });
        }
        Ok(tokens)
    }

    fn escaped(&mut self, start: usize) -> Result<u8, Flaw> {
        let escaped = self.next();
        escaped.ok_or_else(|| {
            Flaw::new(start..self.at, "`\\` escapes nothing")
                .help("write `\\\\\\\\` for a backslash itself")
        })
    }

    /// The rest of `**`, or of more stars, of which the first is at `start`.
    fn stars(&mut self, start: usize) -> Token {
        while self.peek() == Some(b'*') {
            self.at += 1;
        }
        Token::Stars(start..self.at)
    }

    /// The rest of `{a,b}`, which begins at `start`.
    fn either(&mut self, start: usize) -> Result<Token, Flaw> {
        if self.depth >= MAX_NEST {
            let message = format!("the braces are nested more than {MAX_NEST} deep");
            return Err(Flaw::new(start..self.at, message).too_large());
        }
        self.depth += 1;
        let mut all = vec![self.sequence()?];
        let end = loop {
            match self.next() {
                Some(b',') => all.push(self.sequence()?),
                Some(_) => break self.at,
                None => return Err(Flaw::new(start..start + 1, "`{` is not closed")),
            }
        };
        self.depth -= 1;
        if all.len() < 2 {
            return Err(Flaw::new(start..end, "there is one alternative only")
                .help("write `*` for any name, `\\\\{` for a brace itself"));
        }
        Ok(Token::Either(all))
    }

    /// The rest of `[a-z]`, which begins at `start`. A `]` at its begin is a byte like others.
    fn class(&mut self, start: usize) -> Result<ClassBytes, Flaw> {
        let unclosed = || Flaw::new(start..start + 1, "`[` is not closed");
        let negated = matches!(self.peek(), Some(b'!' | b'^'));
        self.at += usize::from(negated);
        let mut class = ClassBytes::empty();
        let first = self.at;
        loop {
            let from = self.at;
            let low = match self.next().ok_or_else(unclosed)? {
                b']' if from > first => break,
                b'[' if self.peek() == Some(b':') => {
                    return Err(Flaw::new(from..from + 2, "classes have no names here")
                        .help("write `[a-z]` for `[[:lower:]]`"));
                }
                byte => self.in_class(byte, from)?,
            };
            let mut high = low;
            // A `-` at the end is a byte like others.
            if self.peek() == Some(b'-')
                && self
                    .source
                    .get(self.at + 1)
                    .is_some_and(|byte| *byte != b']')
            {
                self.at += 1;
                let at = self.at;
                let byte = self.next().ok_or_else(unclosed)?;
                high = self.in_class(byte, at)?;
                if high < low {
                    return Err(Flaw::new(from..self.at, "nothing is in this range"));
                }
            }
            class.push(ClassBytesRange::new(low, high));
        }
        if negated {
            class.negate();
        }
        class.difference(&slash());
        Ok(class)
    }

    /// A byte of a class, which was read at `from`.
    fn in_class(&mut self, byte: u8, from: usize) -> Result<u8, Flaw> {
        let byte = match byte {
            b'\\' => self.escaped(from)?,
            byte => byte,
        };
        if byte == b'/' {
            return Err(Flaw::new(from..self.at, "a class never stands for `/`")
                .help("a slash separates components"));
        }
        if !byte.is_ascii() {
            // All bytes of the character: the place is shown.
            let more = self.source[self.at..].iter();
            let end = self.at + more.take_while(|byte| **byte & 0xc0 == 0x80).count();
            return Err(Flaw::new(
                from..end,
                "strings are bytes: a class is of ASCII characters",
            )
            .help("write alternatives: `{é,è}`"));
        }
        Ok(byte)
    }
}
