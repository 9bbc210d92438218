//! The compiler's grammar and the editors' call the same texts well formed.

use crate::support::{below, fences};
use tracee_lang::codes;
use tracee_lang::diagnostics::Code;
use tracee_lang::parse::parse;
use tracee_lang::source::SourceMap;
use tracee_lang::token::lex;
use tracee_tree_sitter::parser;
use tree_sitter::{Node, Parser};

/// What the compiler says where a text is not of the language's form.
const SYNTAX: &[Code] = &[
    codes::SYNTAX,
    codes::MISSING_SEMICOLON,
    codes::UNBALANCED,
    codes::RESERVED_WORD,
    codes::UNKNOWN_CLAUSE,
    codes::MISPLACED_CLAUSE,
    codes::WRONG_WORD,
];

/// What the compiler's parser makes of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    WellFormed,
    Malformed,
    /// Its form is fine but for a number, a string or a character: editors need not know.
    Either,
}

fn verdict(text: &str) -> Verdict {
    let mut map = SourceMap::default();
    let file = map.add("test.tp", text);
    let parsed = parse(&map, file);
    let mut found = parsed.diagnostics.iter().map(|one| one.code);
    if found.clone().any(|code| !SYNTAX.contains(&code)) {
        return Verdict::Either;
    }
    match found.next() {
        Some(_) => Verdict::Malformed,
        None => Verdict::WellFormed,
    }
}

/// The first place that tree-sitter had to mend.
fn mended(node: Node<'_>) -> Option<String> {
    if node.is_error() || node.is_missing() {
        return Some(format!("{}: {node:?}", node.start_position().row + 1));
    }
    let mut cursor = node.walk();
    let children: Vec<_> = node.children(&mut cursor).collect();
    children
        .into_iter()
        .filter(|one| one.has_error())
        .find_map(mended)
}

fn editors_say(parser: &mut Parser, text: &str) -> Option<String> {
    let tree = parser.parse(text, None).unwrap();
    let mended = mended(tree.root_node());
    assert_eq!(mended.is_some(), tree.root_node().has_error());
    mended
}

/// What the two grammars say differently of a text.
fn difference(parser: &mut Parser, text: &str) -> Option<String> {
    match (verdict(text), editors_say(parser, text)) {
        (Verdict::WellFormed, Some(place)) => Some(format!("the editors' refuses line {place}")),
        (Verdict::Malformed, None) => Some("only the compiler's refuses it".to_owned()),
        _ => None,
    }
}

/// Every policy of the checkout, and every mistake that its tests show.
#[test]
fn both_grammars_accept_the_same_files() {
    let mut parser = parser().unwrap();
    let mut differences = Vec::new();
    let mut counts = [0, 0];
    for (path, text) in below(".", ".tp") {
        match verdict(&text) {
            Verdict::WellFormed => counts[0] += 1,
            Verdict::Malformed => counts[1] += 1,
            Verdict::Either => {}
        }
        differences.extend(difference(&mut parser, &text).map(|why| format!("{path}: {why}")));
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    // That there are such files at all.
    assert!(counts[0] > 200 && counts[1] > 10, "{counts:?}");
}

/// Nothing that ships or is shown as an example has an error in an editor.
#[test]
fn what_ships_has_no_errors() {
    let mut parser = parser().unwrap();
    let mut wrong = Vec::new();
    for folder in [
        "stdlib-signatures",
        "examples",
        "tests/golden",
        "src/commands/init",
    ] {
        for (path, text) in below(folder, ".tp") {
            wrong.extend(editors_say(&mut parser, &text).map(|why| format!("{path}: {why}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The examples of the documentation: whole files, but for those that show a mistake.
#[test]
fn both_grammars_accept_the_same_fences() {
    let mut parser = parser().unwrap();
    let mut differences = Vec::new();
    let mut well_formed = 0;
    for (place, info, text) in fences(&below(".", ".md")) {
        let verdict = verdict(&text);
        well_formed += usize::from(verdict == Verdict::WellFormed);
        if place.starts_with("./docs") && info.is_empty() && verdict != Verdict::WellFormed {
            differences.push(format!("{place}: the compiler refuses it"));
        }
        differences.extend(difference(&mut parser, &text).map(|why| format!("{place}: {why}")));
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(well_formed > 50, "{well_formed}");
}

/// A file from which any one word is missing, or stands twice, is what both call malformed, or neither.
#[test]
fn both_grammars_miss_the_same_words() {
    let mut parser = parser().unwrap();
    let mut differences = Vec::new();
    let mut malformed = 0;
    for (path, text) in below("tests/golden/language", ".tp") {
        for (token, range) in lex(&text).filter(|(token, _)| !token.is_trivia()) {
            let word = &text[range.clone()];
            let mut without = text.clone();
            without.replace_range(range.clone(), " ");
            let mut twice = text.clone();
            twice.insert_str(range.start, &format!("{word} "));
            for (what, text) in [("without", without), ("twice", twice)] {
                malformed += usize::from(verdict(&text) == Verdict::Malformed);
                let why = difference(&mut parser, &text);
                let at = range.start;
                differences.extend(
                    why.map(|why| format!("{path}:{at}: {what} {token:?} `{word}`: {why}")),
                );
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(malformed > 500, "{malformed}");
}
