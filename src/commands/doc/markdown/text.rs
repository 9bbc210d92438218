//! Text of policies in Markdown: escaped, or as code.

use super::super::prose::visible;

/// Text that stays text: on one line, with a backslash before what means something in Markdown.
pub(in super::super) fn escape(text: &str) -> String {
    let text = visible(text);
    let text = text.trim();
    let mut escaped = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let opens_block = match c {
            '-' | '+' | '=' => at == 0,
            '.' | ')' => {
                let number = text[..at].bytes().all(|byte| byte.is_ascii_digit());
                at > 0 && number && !text[at + 1..].starts_with(|c: char| !c.is_whitespace())
            }
            _ => false,
        };
        match c {
            '\n' | '\t' => escaped.push(' '),
            c if opens_block || "\\`*_[]<>&|~#!".contains(c) => escaped.extend(['\\', c]),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Text as it is, on one line, between enough backticks.
pub(super) fn code(text: &str) -> String {
    let text = visible(text).replace(['\n', '\t'], " ");
    if text.is_empty() {
        return text;
    }
    let ticks = "`".repeat(longest_run(&text) + 1);
    match text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) {
        true => format!("{ticks} {text} {ticks}"),
        false => format!("{ticks}{text}{ticks}"),
    }
}

/// The same in a table, where a bar would end the cell.
pub(super) fn code_cell(text: &str) -> String {
    code(text).replace('|', "\\|")
}

/// A block of code between enough backticks.
pub(super) fn fence(text: &str) -> String {
    let text = visible(text);
    let fence = "`".repeat(longest_run(&text).max(2) + 1);
    format!("{fence}tp\n{text}\n{fence}")
}

/// The most backticks in a row.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use pulldown_cmark::{Event, Parser};

    use super::*;

    /// What a reader sees of one paragraph.
    fn shown(markdown: &str) -> String {
        let mut shown = String::new();
        for event in Parser::new(markdown) {
            match event {
                Event::Text(text) | Event::Code(text) => shown.push_str(&text),
                Event::Start(pulldown_cmark::Tag::Paragraph) | Event::End(_) => {}
                other => shown.push_str(&format!("{other:?}")),
            }
        }
        shown
    }

    #[test]
    fn escaped_text_is_shown_as_it_is() {
        for text in [
            "<b>&amp; *a* _b_ `c` [d](e) ![f](g) ~~h~~ | #i",
            "# heading",
            "- item",
            "+ item",
            "12. item",
            "12.5",
            "7)",
            "===",
            "> quote",
            "\\*",
            "***",
        ] {
            assert_eq!(shown(&escape(text)), text);
        }
        assert_eq!(shown(&escape(" a\nb\t")), "a b");
    }

    #[test]
    fn whatever_a_text_says_is_shown_as_it_is() {
        const SIGNS: &[u8] = b"\\`*_[]<>&|~#!-+=.)(1a:; \"'/@^$%";
        let mut state = 1u64; // always the same
        for _ in 0..20_000 {
            let mut text = String::new();
            for _ in 0..12 {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                text.push(char::from(SIGNS[(state >> 33) as usize % SIGNS.len()]));
            }
            let text = text.trim();
            assert_eq!(shown(&escape(text)), text);
            let code = code(text);
            assert_eq!(shown(&code), text, "{code}");
        }
    }

    #[test]
    fn code_is_shown_as_it_is() {
        for text in ["a", "`", "``a`", " a ", "<b> \\ *", "a``b"] {
            assert_eq!(shown(&code(text)), text);
        }
        assert_eq!(code_cell("a|b"), "`a\\|b`");
        assert_eq!(fence("```"), "````tp\n```\n````");
    }
}
