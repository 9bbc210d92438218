//! The literal parts of a pattern: every string that matches is, as a whole, one of some words. A word
//! has bytes that are known and gaps of which little is. That is all that is kept of a pattern for what
//! cannot run it; where too many words would be needed, a gap stands for the rest.

use regex_syntax::hir::{Class, ClassBytes, Hir, HirKind, Look, Repetition};

/// The most words of a pattern.
const MAX_WORDS: usize = 128;
/// The most parts of all its words.
const MAX_PARTS: usize = 8 << 10;
/// A class of more bytes is a gap.
const MAX_CLASS: usize = 8;
/// What is repeated more often ends in a gap.
const MAX_REPEATED: u32 = 256;

/// One way to match. What stands before the first part and after the last one is anything, unless that
/// is an edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) parts: Vec<Part>,
    /// Nothing but the gaps was left out.
    pub(super) exact: bool,
}

/// A part of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// This byte; an ASCII letter is in lower case and of any case if `fold`.
    Byte {
        byte: u8,
        fold: bool,
    },
    Gap(Gap),
    /// The string begins here.
    Begin,
    /// The string ends here.
    End,
}

/// Bytes of which little is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gap {
    /// Any bytes.
    Any,
    /// Some bytes, or none.
    Optional,
    /// Some bytes; whether there may be none is not known.
    Some,
}

impl Word {
    fn of(parts: Vec<Part>) -> Self {
        Self { parts, exact: true }
    }

    /// This word and then another one.
    fn then(&self, next: &Self) -> Self {
        let mut parts = self.parts.clone();
        let mut more = next.parts.as_slice();
        if let (Some(Part::Gap(last)), [Part::Gap(gap), rest @ ..]) = (parts.last_mut(), more) {
            *last = last.then(*gap);
            more = rest;
        }
        parts.extend_from_slice(more);
        Self {
            parts,
            exact: self.exact && next.exact,
        }
    }
}

impl Gap {
    /// This gap and then another one.
    pub(super) fn then(self, next: Self) -> Self {
        match (self, next) {
            (Self::Some, _) | (_, Self::Some) => Self::Some,
            (Self::Any, _) | (_, Self::Any) => Self::Any,
            (Self::Optional, Self::Optional) => Self::Optional,
        }
    }
}

/// The words of a pattern; none if it never matches.
pub(super) fn words(tree: &Hir) -> Vec<Word> {
    match tree.kind() {
        HirKind::Empty => vec![Word::of(Vec::new())],
        HirKind::Literal(literal) => {
            let byte = |byte: &u8| Part::Byte {
                byte: *byte,
                fold: false,
            };
            let bytes = literal.0.iter().take(MAX_PARTS).map(byte);
            let mut word = Word::of(bytes.collect());
            if literal.0.len() > MAX_PARTS {
                word = word.then(&gap(Gap::Some));
            }
            vec![word]
        }
        HirKind::Class(Class::Bytes(class)) => self::class(class),
        HirKind::Class(Class::Unicode(_)) => vec![gap(Gap::Some)],
        HirKind::Look(Look::Start) => vec![Word::of(vec![Part::Begin])],
        HirKind::Look(Look::End) => vec![Word::of(vec![Part::End])],
        HirKind::Look(_) => vec![Word {
            parts: Vec::new(),
            exact: false,
        }],
        HirKind::Repetition(repetition) => repeated(repetition),
        HirKind::Capture(capture) => words(&capture.sub),
        HirKind::Concat(parts) => {
            let mut all = vec![Word::of(Vec::new())];
            for part in parts {
                all = product(&all, &words(part));
            }
            all
        }
        HirKind::Alternation(parts) => {
            let all: Vec<_> = parts.iter().flat_map(words).collect();
            if fits(&all) {
                all
            } else {
                vec![gap(Gap::Some)]
            }
        }
    }
}

fn gap(gap: Gap) -> Word {
    Word::of(vec![Part::Gap(gap)])
}

fn fits(all: &[Word]) -> bool {
    all.len() <= MAX_WORDS && all.iter().map(|word| word.parts.len()).sum::<usize>() <= MAX_PARTS
}

/// Each of some words and then each of others. If those are too many, a gap.
fn product(all: &[Word], next: &[Word]) -> Vec<Word> {
    let length = |words: &[Word]| words.iter().map(|word| word.parts.len()).sum::<usize>();
    let parts = length(all) * next.len() + length(next) * all.len();
    if all.len() * next.len() > MAX_WORDS || parts > MAX_PARTS {
        let gap = gap(Gap::Some);
        return all.iter().map(|word| word.then(&gap)).collect();
    }
    let pairs = all
        .iter()
        .flat_map(|word| next.iter().map(|next| word.then(next)));
    pairs.collect()
}

fn class(class: &ClassBytes) -> Vec<Word> {
    let all: Vec<u8> = class
        .iter()
        .flat_map(|range| range.start()..=range.end())
        .collect();
    if all.len() > 2 * MAX_CLASS {
        return vec![gap(Gap::Some)];
    }
    let parts = all.iter().filter_map(|&byte| {
        let other = match byte {
            b'a'..=b'z' => byte.to_ascii_uppercase(),
            byte => byte.to_ascii_lowercase(),
        };
        let both = other != byte && all.contains(&other);
        // Of a letter of either case one is enough.
        (!both || byte.is_ascii_lowercase()).then_some(Part::Byte { byte, fold: both })
    });
    let parts: Vec<_> = parts.collect();
    if parts.len() > MAX_CLASS {
        return vec![gap(Gap::Some)];
    }
    parts.into_iter().map(|part| Word::of(vec![part])).collect()
}

fn repeated(repetition: &Repetition) -> Vec<Word> {
    let sub = &repetition.sub;
    match (repetition.min, repetition.max) {
        (0, Some(0)) => return vec![Word::of(Vec::new())],
        (0, None) if is_any_byte(sub) => return vec![gap(Gap::Any)],
        (0, Some(1)) => {
            let mut all = words(sub);
            all.push(Word::of(Vec::new()));
            return if fits(&all) && all.len() > 1 && !is_gap(&all[0]) {
                all
            } else {
                vec![gap(Gap::Optional)]
            };
        }
        (0, _) => return vec![gap(Gap::Optional)],
        _ => {}
    }
    let once = words(sub);
    let mut all = vec![Word::of(Vec::new())];
    for _ in 0..repetition.min.min(MAX_REPEATED) {
        all = product(&all, &once);
    }
    if repetition.min > MAX_REPEATED {
        product(&all, &[gap(Gap::Some)])
    } else if repetition.max == Some(repetition.min) {
        all
    } else if repetition.max.is_none() && is_any_byte(sub) {
        product(&all, &[gap(Gap::Any)])
    } else {
        product(&all, &[gap(Gap::Optional)])
    }
}

fn is_gap(word: &Word) -> bool {
    matches!(word.parts[..], [Part::Gap(_)])
}

fn is_any_byte(tree: &Hir) -> bool {
    matches!(tree.kind(), HirKind::Class(Class::Bytes(class))
        if matches!(class.ranges(), [range] if range.start() == 0 && range.end() == u8::MAX))
}
