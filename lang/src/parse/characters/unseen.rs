//! Characters that nobody sees, or not as what they are: where each is refused, and why.

use super::escape;
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::source::Span;
use crate::token::Token;

/// Where a character stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In a string in which escapes are read.
    String,
    /// In a string without a closing quote, or between other quotes.
    OddString,
    Comment,
    Word,
    Between,
}

impl Place {
    pub(super) fn of(token: Token) -> Self {
        match token {
            Token::String => Self::String,
            Token::Unterminated | Token::SingleQuoted => Self::OddString,
            Token::Comment | Token::DocComment => Self::Comment,
            _ => Self::Between,
        }
    }

    fn within(self) -> &'static str {
        match self {
            Self::String | Self::OddString => "in a string",
            Self::Comment => "in a comment",
            Self::Word => "in a word",
            Self::Between => "between words",
        }
    }
}

/// What there is not to be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unseen {
    Control,
    LoneReturn,
    Invisible,
    Bidi,
}

impl Unseen {
    /// What a character is, if it is refused in its place; `rest` is the text after it.
    pub(super) fn of(c: char, rest: &str, place: Place) -> Option<Self> {
        let in_text = matches!(place, Place::String | Place::OddString | Place::Comment);
        match c {
            '\n' | '\t' => None,
            '\r' if rest.starts_with('\n') => None,
            '\r' => Some(Self::LoneReturn),
            // Line and paragraph separators are controls in all but name.
            '\u{2028}' | '\u{2029}' => Some(Self::Control),
            _ if c.is_control() => Some(Self::Control),
            // Unicode's `Bidi_Control`.
            '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' => Some(Self::Bidi),
            // Joiners are part of how some languages, and emoji, are written.
            '\u{200c}' | '\u{200d}' if in_text => None,
            // A comment compares with nothing.
            _ if is_invisible(c) && place != Place::Comment => Some(Self::Invisible),
            _ => None,
        }
    }

    /// What is said of a run of `c` at `span`.
    pub(super) fn diagnostic(self, c: char, text: &str, span: Span, place: Place) -> Diagnostic {
        let (code, what) = match self {
            Self::LoneReturn => {
                let message = "a carriage return without a line feed";
                return Diagnostic::error(codes::INVISIBLE_CHARACTER, message, span)
                    .help("end lines with a line feed")
                    .note("many programs show a new line here, but the line goes on");
            }
            Self::Control => (codes::INVISIBLE_CHARACTER, "control character"),
            Self::Invisible => (codes::INVISIBLE_CHARACTER, "invisible character"),
            Self::Bidi => (codes::BIDI_CONTROL, "bidirectional control"),
        };
        let message = format!("{what} U+{:04X} {}", c as u32, place.within());
        let mut diagnostic = Diagnostic::error(code, message, span);
        if self == Self::Bidi {
            diagnostic = diagnostic.note("it makes the text look different from what it says");
        }
        let (start, end) = (span.start as usize, span.end as usize);
        if place == Place::String && !text[..start].ends_with('\\') {
            let escape = escape(c);
            let count = (end - start) / c.len_utf8();
            return diagnostic
                .help(format!("write `{escape}` if it is meant"))
                .fix(format!("write `{escape}`"), span, escape.repeat(count));
        }
        let diagnostic = diagnostic.help("remove it");
        match place {
            Place::String | Place::OddString => diagnostic,
            _ => diagnostic.fix("remove it", span, ""),
        }
    }
}

/// Characters without any form of their own that no writing needs within a word: they are left over
/// from a copy, or there to deceive.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{206a}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    )
}
