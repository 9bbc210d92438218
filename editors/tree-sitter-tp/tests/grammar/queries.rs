//! The queries are of this grammar, and colour what they should.

use std::fmt::Write as _;

use crate::support::{below, root};
use tracee_tree_sitter::{language, parser};
use tree_sitter::{Query, QueryCursor, StreamingIterator as _};

fn query(path: &str) -> Query {
    let text = std::fs::read_to_string(root().join(path)).unwrap();
    Query::new(&language(), &text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn every_query_is_of_this_grammar() {
    for (path, _) in below("editors/tree-sitter-tp/queries", ".scm") {
        assert!(query(&path).pattern_count() > 0, "{path}");
    }
}

/// What each part of a text is captured as: of several, the last.
fn captures(query: &Query, text: &str) -> Vec<Option<&'static str>> {
    let tree = parser().unwrap().parse(text, None).unwrap();
    let mut cursor = QueryCursor::new();
    let mut found = cursor.captures(query, tree.root_node(), text.as_bytes());
    let mut all = Vec::new();
    while let Some((one, at)) = found.next() {
        let capture = one.captures()[*at];
        all.push((
            capture.node.start_byte()..capture.node.end_byte(),
            one.pattern_index,
            capture.index,
        ));
    }
    // Inner nodes over outer ones, then later patterns over earlier ones.
    all.sort_by_key(|(range, pattern, _)| (std::cmp::Reverse(range.len()), *pattern));
    let mut of_byte = vec![None; text.len()];
    for (range, _, index) in all {
        let name: &str = query.capture_names()[index as usize];
        of_byte[range].fill(Some(&*name.to_owned().leak()));
    }
    of_byte
}

/// A line for each piece, with its capture.
fn shown(query: &Query, text: &str) -> String {
    let captures = captures(query, text);
    let mut shown = String::new();
    let mut from = 0;
    while from < text.len() {
        let capture = captures[from];
        let line_end = text[from..]
            .find('\n')
            .map_or(text.len(), |end| from + end + 1);
        let same = captures[from..line_end]
            .iter()
            .take_while(|one| **one == capture)
            .count();
        let piece = text[from..from + same].trim();
        if !piece.is_empty() {
            writeln!(shown, "{:24} {piece}", capture.unwrap_or("-")).unwrap();
        }
        from += same;
    }
    shown
}

/// Every file has a colour for every word.
#[test]
fn no_word_is_without_a_colour() {
    let query = query("editors/tree-sitter-tp/queries/highlights.scm");
    for folder in ["stdlib-signatures", "examples/policies", "tests/golden"] {
        for (path, text) in below(folder, ".tp") {
            let captures = captures(&query, &text);
            let bare = captures
                .iter()
                .zip(text.bytes())
                .position(|(capture, byte)| capture.is_none() && !byte.is_ascii_whitespace());
            if let Some(at) = bare {
                let line = text[..at].matches('\n').count() + 1;
                panic!(
                    "{path}:{line}: no colour: {}",
                    text[at..].lines().next().unwrap()
                );
            }
        }
    }
}

#[test]
fn colours_of_a_policy() {
    let query = query("editors/tree-sitter-tp/queries/highlights.scm");
    for (name, path) in [
        ("policy", "tests/golden/language/policy.tp"),
        ("events", "stdlib-signatures/events/containers.tp"),
        ("constants", "stdlib-signatures/events/types/time.tp"),
    ] {
        let text = std::fs::read_to_string(root().join(path)).unwrap();
        insta::assert_snapshot!(name, shown(&query, &text));
    }
}
