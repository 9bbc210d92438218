//! Policies with seven unrelated mistakes each: seven errors, in their order, none derived from another.

mod support;

use support::render;
use tracee_lang::check::check;
use tracee_lang::diagnostics::{Diagnostic, Severity};
use tracee_lang::source::SourceMap;

#[test]
fn seven_mistakes_are_seven_errors() {
    let mut counts = Vec::new();
    insta::glob!("mistakes/*.tp", |path| {
        let mut map = SourceMap::default();
        let file = map.add("test.tp", std::fs::read_to_string(path).unwrap());
        let mut errors = check(&map, &[file]).diagnostics;
        errors.retain(|it| it.severity == Severity::Error);
        insta::assert_snapshot!(render(&map, &errors));
        assert!(errors.is_sorted_by_key(Diagnostic::span));
        counts.push(errors.len());
    });
    assert_eq!(counts, [7; 10]);
}
