//! Walks compared with searches.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::simulate::walk;
use crate::tables::FilterTables;

/// What selectors ask of a field: up to two needs and a refusal each.
type Asked = Vec<(Vec<Vec<Pattern>>, Vec<Pattern>)>;

fn build_all(asked: &Asked) -> Result<Built, TooLarge> {
    let tests = asked
        .iter()
        .enumerate()
        .flat_map(|(selector, (needs, refused))| {
            let needs = needs
                .iter()
                .enumerate()
                .map(move |(need, any)| (Some(need), any));
            let all = needs.chain([(None, refused)]);
            all.map(move |(need, any)| TextTest {
                selector,
                need,
                any,
            })
        });
    build(&tests.collect::<Vec<_>>())
}

fn run(built: &Built, text: &[u8]) -> Selectors {
    let tables = FilterTables {
        outputs: built.outputs.clone(),
        transitions: built.transitions.clone(),
        ..FilterTables::default()
    };
    walk(&tables, &built.header, &[text])
}

/// Texts over an alphabet so small that patterns overlap in every way.
fn text(longest: usize) -> impl Strategy<Value = Vec<u8>> {
    vec(select(&b"abAB/"[..]), 0..longest)
}

fn pattern() -> impl Strategy<Value = Pattern> {
    let op = select(vec![
        TextOp::Eq,
        TextOp::Prefix,
        TextOp::Suffix,
        TextOp::Contains,
        TextOp::Under,
    ]);
    (op, text(5), any::<bool>()).prop_map(|(op, literal, fold)| Pattern {
        op,
        literal: literal.into(),
        fold,
    })
}

fn asked() -> impl Strategy<Value = Asked> {
    vec(
        (vec(vec(pattern(), 0..4), 0..3), vec(pattern(), 0..3)),
        1..5,
    )
}

proptest! {
    #[test]
    fn a_walk_agrees_with_a_search(asked in asked(), texts in vec(text(9), 20)) {
        let built = build_all(&asked).unwrap();
        for text in texts {
            let satisfied = run(&built, &text);
            for (selector, (needs, refused)) in asked.iter().enumerate() {
                let found = |any: &[Pattern]| any.iter().any(|pattern| pattern.matches(&text));
                let expected = needs.iter().all(|any| found(any)) && !found(refused);
                prop_assert_eq!(satisfied[0] >> selector & 1 == 1, expected, "{:?}", text);
            }
        }
    }
}

fn prefix(literal: &str) -> Pattern {
    Pattern {
        op: TextOp::Prefix,
        literal: literal.as_bytes().into(),
        fold: false,
    }
}

#[test]
fn prefixes_alone_are_decided_within_their_length() {
    let built = build_all(&vec![(
        vec![vec![prefix("/etc/"), prefix("/root/")]],
        vec![],
    )])
    .unwrap();
    // The dead state, the way to each literal's end, and nothing for bytes after it.
    let states = built.transitions.len() >> built.header.shift;
    assert_eq!(states, 1 + 1 + 5 + 5);
    assert_eq!(built.outputs.len(), 2);
    assert_eq!(run(&built, b"/etc/passwd")[0], 1);
    assert_eq!(run(&built, b"/etcetera")[0], 0);
}

#[test]
fn ignoring_case_stays_exact_beside_patterns_that_do_not() {
    let exact = Pattern {
        op: TextOp::Contains,
        literal: b"Root"[..].into(),
        fold: false,
    };
    let folded = Pattern {
        fold: true,
        ..exact.clone()
    };
    let built = build_all(&vec![
        (vec![vec![exact]], vec![]),
        (vec![vec![folded]], vec![]),
    ])
    .unwrap();
    assert_eq!(run(&built, b"/rOOT/")[0], 0b10);
    assert_eq!(run(&built, b"/Root/")[0], 0b11);
}

#[test]
fn nothing_to_find_has_a_dead_start() {
    let built = build_all(&vec![(vec![vec![]], vec![])]).unwrap();
    assert_eq!(built.header.start, 0);
    assert_eq!(run(&built, b"anything")[0], 0);
}
