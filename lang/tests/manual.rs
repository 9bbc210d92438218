//! What the manual's pages say is true: their examples compile, and no word is without a page.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod support;

use std::path::Path;

use support::render;
use tracee_lang::check::check;
use tracee_lang::diagnostics::has_errors;
use tracee_lang::manual::{DECLARATIONS, OPERATORS, page};
use tracee_lang::parse::parse;
use tracee_lang::source::SourceMap;

fn blocks<'a>(text: &'a str, fence: &str) -> Vec<&'a str> {
    let opening = format!("```{fence}\n");
    let after = text.split(opening.as_str()).skip(1);
    after
        .map(|rest| rest.split("```").next().unwrap())
        .collect()
}

#[test]
fn examples_compile_without_a_word() {
    let mut wrong = String::new();
    for page in DECLARATIONS.iter().chain(OPERATORS) {
        let mut map = SourceMap::default();
        let examples = blocks(page.text, "tp");
        let schema = blocks(page.text, "tp schema");
        let later = blocks(page.text, "tp later");
        let count = examples.len() + schema.len() + later.len();
        assert!(count > 0, "{}", page.name);
        // Once it compiles, the mark is to go.
        for example in later {
            let file = map.add(page.name, example);
            let refused = has_errors(&check(&map, &[file]).diagnostics);
            assert!(refused, "{} compiles", page.name);
        }
        for example in examples {
            let file = map.add(page.name, example);
            let diagnostics = check(&map, &[file]).diagnostics;
            if !diagnostics.is_empty() {
                wrong.push_str(&format!("{}: {}", page.name, render(&map, &diagnostics)));
            }
        }
        for declaration in schema {
            let file = map.add(page.name, declaration);
            let diagnostics = parse(&map, file).diagnostics;
            if !diagnostics.is_empty() {
                wrong.push_str(&format!("{}: {}", page.name, render(&map, &diagnostics)));
            }
        }
    }
    assert_eq!(wrong, "");
}

/// The lexer's words, from its source: what is a word there is explained somewhere.
#[test]
fn every_word_has_a_page() {
    let lexer = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/token.rs");
    let lexer = std::fs::read_to_string(lexer).unwrap();
    let words = lexer.split("#[token(\"").skip(1);
    let words = words.map(|rest| rest.split('"').next().unwrap());
    let words: Vec<_> = words
        .filter(|word| word.starts_with(|c: char| c.is_ascii_lowercase()))
        .collect();
    assert!(words.len() > 40);
    let missing: Vec<_> = words
        .into_iter()
        .filter(|word| page(word).is_none())
        .collect();
    assert_eq!(missing, [""; 0]);
}
