//! What a person is shown, without characters that a terminal obeys or that nobody sees: a report of
//! such a character must not do what the character does.

use std::borrow::Cow;

use tracee_lang::diagnostics::Diagnostic;
use tracee_lang::source::SourceMap;
use tracee_runtime::text::{Shown, misleads};

/// Sources in which every such character is another one of the same length, so that spans fit.
pub(super) fn sources(sources: &SourceMap) -> Cow<'_, SourceMap> {
    if !sources.iter().any(|(_, file)| hides(&file.text)) {
        return Cow::Borrowed(sources);
    }
    let mut visible = SourceMap::default();
    for (_, file) in sources.iter() {
        if hides(&file.text) {
            visible.add(file.name.clone(), source(&file.text));
        } else {
            visible.add(file.name.clone(), file.text.clone());
        }
    }
    Cow::Owned(visible)
}

/// Diagnostics in which every such character is escaped.
pub(super) fn diagnostics(diagnostics: &[Diagnostic]) -> Cow<'_, [Diagnostic]> {
    let texts = |one: &Diagnostic| -> Vec<String> {
        let labels = one.labels.iter().map(|label| &label.text);
        let others = one.help.iter().chain(&one.notes);
        std::iter::once(&one.message)
            .chain(labels)
            .chain(others)
            .cloned()
            .collect()
    };
    if !diagnostics
        .iter()
        .any(|one| texts(one).iter().any(|text| hides(text)))
    {
        return Cow::Borrowed(diagnostics);
    }
    let visible = diagnostics.iter().cloned().map(|mut one| {
        let labels = one.labels.iter_mut().map(|label| &mut label.text);
        let others = one.help.iter_mut().chain(&mut one.notes);
        for text in std::iter::once(&mut one.message)
            .chain(labels)
            .chain(others)
        {
            *text = words(text);
        }
        one
    });
    Cow::Owned(visible.collect())
}

/// A tab and the ends of lines are fine where there are lines.
fn is_hidden(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        // Joiners are part of how some languages, and emoji, are written.
        '\u{200c}' | '\u{200d}' => false,
        _ => c.is_ascii_control() || misleads(c),
    }
}

fn hides(text: &str) -> bool {
    text.contains(is_hidden)
}

fn source(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        visible.push(match c {
            '\r' if chars.peek() == Some(&'\n') => c,
            _ if !is_hidden(c) => c,
            // Of one, two, three and four bytes.
            _ => ['?', '\u{b7}', char::REPLACEMENT_CHARACTER, '\u{1f6c7}'][c.len_utf8() - 1],
        });
    }
    visible
}

/// The text with every such character escaped.
pub(crate) fn words(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            let shown = Shown(c.encode_utf8(&mut [0; 4]).as_bytes()).to_string();
            visible.push_str(&shown);
        } else {
            visible.push(c);
        }
    }
    visible
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_keep_their_length() {
        let text = "a\u{1b}\0b\r\nc\u{85}\u{202e}\u{e0041}d\r";
        assert_eq!(source(text), "a??b\r\nc\u{b7}\u{fffd}\u{1f6c7}d?");
        assert_eq!(source(text).len(), text.len());
        assert!(!hides(&source(text).replace('\r', "")));
    }

    #[test]
    fn words_are_escaped() {
        assert_eq!(words("`\u{1b}[2J` é\u{202e}"), "`\\x1b[2J` é\\u{202e}");
    }
}
