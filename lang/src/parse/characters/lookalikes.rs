//! What a character outside of ASCII looks like, by Unicode's tables of compatibility and of
//! confusable characters (UTS #39), and by a few signs that people copy from elsewhere.

use unicode_normalization::UnicodeNormalization;
use unicode_script::{Script, UnicodeScript};
use unicode_security::skeleton;

/// The ASCII text that a character stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lookalike {
    pub(super) text: String,
    /// It looks like nothing else.
    pub(super) sure: bool,
}

/// What people write for signs of the language; the tables of Unicode have no ASCII for these.
const SIGNS: &[(char, &str)] = &[
    ('≠', "!="),
    ('≤', "<="),
    ('≥', ">="),
    ('∧', "and"),
    ('∨', "or"),
    ('¬', "not"),
    ('∈', "in"),
    ('…', ".."),
];

/// What a character looks like that is not ASCII, if that is ASCII.
pub(super) fn lookalike(c: char) -> Option<Lookalike> {
    if c.is_ascii() {
        return None;
    }
    let sure = |text: String| Some(Lookalike { text, sure: true });
    if let Some((_, sign)) = SIGNS.iter().find(|(sign, _)| *sign == c) {
        return sure((*sign).to_owned());
    }
    if c.is_whitespace() {
        return sure(" ".to_owned());
    }
    let compatible: String = std::iter::once(c).nfkc().collect();
    if compatible.is_ascii() {
        return sure(compatible);
    }
    // `æ` is made of letters that look like `ae`, but nobody takes it for them.
    if c.script() == Script::Latin {
        return None;
    }
    let text: String = skeleton(c.encode_utf8(&mut [0; 4])).collect();
    if text.is_empty() || !text.is_ascii() {
        return None;
    }
    Some(match &*text {
        // The table has one form for what looks alike within ASCII.
        "l" if c.is_uppercase() => Lookalike {
            text: "I".to_owned(),
            sure: false,
        },
        "l" | "O" | "rn" => Lookalike { text, sure: false },
        _ => Lookalike { text, sure: true },
    })
}

/// The first letter in a word of a string that looks like a Latin one among others that are, what it
/// looks like, and what the whole word does. Letters that look like none make it another language's.
pub(super) fn mixed(word: &str) -> Option<(char, String, String)> {
    if word.is_ascii() || !word.contains(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let mut first = None;
    let mut looks = String::new();
    for c in word.chars() {
        if c.is_ascii() {
            looks.push(c);
            continue;
        }
        // Scripts that go together in one word of a language.
        let together = matches!(
            c.script(),
            Script::Common
                | Script::Inherited
                | Script::Latin
                | Script::Han
                | Script::Hiragana
                | Script::Katakana
                | Script::Hangul
                | Script::Bopomofo
        );
        let like = lookalike(c).filter(|like| !together && like.text.is_ascii())?;
        looks.push_str(&like.text);
        first = first.or(Some((c, like.text)));
    }
    first.map(|(c, like)| (c, like, looks))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn like(c: char) -> Option<(String, bool)> {
        lookalike(c).map(|like| (like.text, like.sure))
    }

    #[test]
    fn letters_look_like_letters() {
        assert_eq!(like('\u{430}'), Some(("a".into(), true)), "Cyrillic");
        assert_eq!(like('\u{3bf}'), Some(("o".into(), true)), "Greek");
        assert_eq!(like('\u{406}'), Some(("I".into(), false)), "or l, or 1");
        assert_eq!(like('\u{ff50}'), Some(("p".into(), true)), "full width");
        for other in ['é', 'æ', 'ı', 'ß', 'ж', 'λ', '漢'] {
            assert_eq!(like(other), None, "{other}");
        }
    }

    #[test]
    fn signs_look_like_signs() {
        for (c, sign) in [
            ('\u{ff1b}', ";"),
            ('\u{37e}', ";"),
            ('\u{2212}', "-"),
            ('\u{2013}', "-"),
            ('\u{2260}', "!="),
            ('\u{2026}', ".."),
            ('\u{a0}', " "),
            ('\u{3000}', " "),
            ('\u{ff08}', "("),
        ] {
            assert_eq!(like(c), Some((sign.into(), true)), "{c}");
        }
    }

    #[test]
    fn words_of_languages_are_not_mixed() {
        for word in [
            "passwd",
            "Größe",
            "Kullanıcı",
            "пароль",
            "ΔT",
            "μTorrent",
            "5а",
            "Aさん",
            "m²",
        ] {
            assert_eq!(mixed(word), None, "{word}");
        }
        assert_eq!(
            mixed("p\u{430}sswd"),
            Some(('\u{430}', "a".into(), "passwd".into()))
        );
    }
}
