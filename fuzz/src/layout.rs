//! Formatting changes how a text is laid out and nothing else.

use tracee_lang::check::check;
use tracee_lang::codes;
use tracee_lang::diagnostics::{Code, Diagnostic};
use tracee_lang::formatter::format;
use tracee_lang::parse::parse;
use tracee_lang::source::{SourceMap, without_places};
use tracee_lang::token::{Token, lex};

fn formatted(text: &str) -> Result<String, Vec<Diagnostic>> {
    let mut map = SourceMap::default();
    let file = map.add("test.tp", text);
    format(&map, file)
}

/// Formats a text twice; compares comments, trees and meanings.
pub(crate) fn only_changes(text: &str) {
    let once = match formatted(text) {
        Ok(once) => once,
        Err(wrong) => {
            let differs = wrong.iter().find(|it| it.code == codes::FORMAT_DIFFERS);
            assert_eq!(differs, None);
            return;
        }
    };
    match formatted(&once) {
        Ok(twice) => assert_eq!(once, twice, "formatting twice is not formatting once"),
        Err(wrong) => panic!("what was formatted does not parse: {wrong:?}\n{once}"),
    }
    assert_eq!(comments(text), comments(&once), "comments differ");
    assert_eq!(tree(text), tree(&once), "trees differ");
    assert_eq!(meaning(text), meaning(&once), "meanings differ");
}

fn comments(text: &str) -> Vec<&str> {
    lex(text)
        .filter(|(token, _)| matches!(token, Token::Comment | Token::DocComment))
        .map(|(_, range)| text[range].trim_end())
        .collect()
}

fn tree(text: &str) -> String {
    let mut map = SourceMap::default();
    let file = map.add("test.tp", text);
    without_places(&format!("{:?}", parse(&map, file).file))
}

/// The HIR of policies and tests, and the codes of mistakes: messages quote the text as it is laid out.
fn meaning(text: &str) -> (String, Vec<Code>) {
    let mut map = SourceMap::default();
    let file = map.add("test.tp", text);
    let checked = check(&map, &[file]);
    let made = format!(
        "{:?} {:?} {:?}",
        checked.policies, checked.library, checked.tests
    );
    let codes = checked.diagnostics.iter().map(|it| it.code);
    (without_places(&made), codes.collect())
}
