//! The tables against what they stand for: comparisons with each literal, and ranges.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use tracee_lang::hir::TextOp;

use super::numbers::Numbers;
use super::texts::{Ends, Found, Texts, is_indexed};
use crate::plan::Pattern;

const OPERATORS: &[TextOp] = &[
    TextOp::Eq,
    TextOp::Prefix,
    TextOp::Suffix,
    TextOp::Contains,
    TextOp::Under,
];

/// Of few different bytes, so that literals are found often; some differ in case, or only in the bit that
/// tells cases apart.
fn text(length: std::ops::Range<usize>) -> impl Strategy<Value = Vec<u8>> {
    vec(select(&b"aaaabbA/.\x0f\xff"[..]), length)
}

fn pattern() -> impl Strategy<Value = Pattern> {
    let parts = (select(OPERATORS), text(0..14), any::<bool>());
    let pattern = parts.prop_map(|(op, literal, fold)| Pattern {
        op,
        literal: Arc::from(literal),
        fold,
    });
    pattern.prop_filter("is indexed", is_indexed)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn every_literal_is_found_where_it_is_and_nowhere_else(
        patterns in vec(pattern(), 1..12),
        texts in vec(prop_oneof![text(0..40), text(50..150)], 8),
    ) {
        let wanted = patterns.iter().cloned().zip(0..);
        let index = Texts::new(wanted.collect());
        for text in texts {
            let mut candidates = [0];
            let mut found = Found { candidates: &mut candidates, budget: u32::MAX };
            prop_assert!(index.find(&text, Ends::of(&text), &mut found));
            for (at, pattern) in patterns.iter().enumerate() {
                let is_found = candidates[0] >> at & 1 == 1;
                prop_assert_eq!(is_found, pattern.matches(&text), "{:?} in {:?}", pattern, text);
            }
        }
    }

    #[test]
    fn every_number_is_found_in_its_ranges(
        ranges in vec((-9i128..9, 0i128..4), 1..12),
    ) {
        let wanted = ranges.iter().zip(0..);
        let wanted: Vec<_> = wanted.map(|(&(first, more), at)| (first, first + more, at)).collect();
        let index = Numbers::new(&wanted);
        for number in -12..14 {
            let mut candidates = [0];
            index.find(number, &mut Found { candidates: &mut candidates, budget: 0 });
            for &(first, last, at) in &wanted {
                let is_found = candidates[0] >> at & 1 == 1;
                prop_assert_eq!(is_found, (first..=last).contains(&number));
            }
        }
    }
}

#[test]
fn the_ends_of_a_name_are_those_of_the_string() {
    let bytes = *b"abcdefghijklmnop";
    for length in 0..=16 {
        let (name, text) = (Ends::of_name(&bytes, length), Ends::of(&bytes[..length]));
        assert_eq!((name.first, name.last), (text.first, text.last), "{length}");
    }
}

#[test]
fn a_string_like_many_literals_is_given_up() {
    let pattern = |number: u32| Pattern {
        op: TextOp::Contains,
        literal: format!("secret{number}").into_bytes().into(),
        fold: false,
    };
    let index = Texts::new((0..20).map(|number| (pattern(number), number)).collect());
    let find = |text: &[u8], budget| {
        let mut candidates = [0];
        let mut found = Found {
            candidates: &mut candidates,
            budget,
        };
        (index.find(text, Ends::of(text), &mut found), candidates[0])
    };
    assert_eq!(find(b"/a/secret7", 20), (true, 1 << 7));
    let (whole, _) = find(&b"secret7".repeat(30), 20);
    assert!(!whole);
}
