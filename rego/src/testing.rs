//! The `test_…` rules of `…_test.rego`, as `opa test` runs them: a test passes if it is true.

use tracee_lang::diagnostics::Diagnostic;
use tracee_lang::source::{FileId, SourceMap, Span};

use regorus::Value;

use crate::budget;
use crate::documents;
use crate::load::{Kind, Parsed, check_calls, kind, parse, with_helpers};
use crate::mistake::Mistake;

/// One test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// `tracee.TRC_14.test_match`
    pub name: String,
    /// The rule.
    pub span: Span,
    /// Why it failed; [`None`] if it passed.
    pub failed: Option<String>,
}

/// Runs the tests in files of the map, with everything else in them at hand.
///
/// # Errors
/// The files that can't be tested.
pub fn run(map: &SourceMap, files: &[FileId]) -> Result<Vec<Test>, Vec<Diagnostic>> {
    let mut errors = Vec::new();
    let (mut tests, mut others) = (Vec::new(), Vec::new());
    for id in files {
        let is_test = map
            .get(*id)
            .is_some_and(|file| kind(&file.name) == Kind::Tests);
        match parse(map, *id) {
            Err(diagnostic) => errors.push(*diagnostic),
            Ok(parsed) if is_test => tests.push(parsed),
            Ok(parsed) => others.push(parsed),
        }
    }
    let others = with_helpers(others);
    let mut made = Vec::new();
    for test in &tests {
        match file(test, &others) {
            Ok(tests) => made.extend(tests),
            Err(diagnostic) => errors.push(*diagnostic),
        }
    }
    match errors.is_empty() {
        true => Ok(made),
        false => Err(errors),
    }
}

fn file(test: &Parsed, others: &[Parsed]) -> Result<Vec<Test>, Box<Diagnostic>> {
    // Not everything that is there: what else is wrong is not these tests' matter.
    let mut all: Vec<&Parsed> = vec![test];
    let package = |parsed: &Parsed| parsed.syntax.package.clone();
    let is_signature = |parsed: &&Parsed| parsed.syntax.defines(crate::metadata::MATCH);
    let own = others
        .iter()
        .filter(|other| package(other) == package(test));
    all.extend(own);
    let libraries = others.iter().filter(|other| !is_signature(other));
    all.extend(libraries.filter(|other| package(other) != package(test)));
    check_calls(&all)?;
    let modules: Vec<_> = all.iter().map(|parsed| parsed.module.clone()).collect();
    let mut engine = documents::engine_with(&modules).map_err(|error| {
        let at = Span::new(
            test.id,
            test.syntax.package_span.0,
            test.syntax.package_span.1,
        );
        let message = Mistake::read(&error).line();
        Diagnostic::error(tracee_lang::codes::BAD_REGO, message, at)
    })?;
    let mut names: Vec<&str> = Vec::new();
    let mut made = Vec::new();
    for rule in &test.syntax.rules {
        let name = rule.path.rsplit('.').next().unwrap_or_default();
        if !name.starts_with("test_") || names.contains(&rule.path.as_str()) {
            continue;
        }
        names.push(&rule.path);
        engine.set_input(Value::new_object());
        let begun = budget::begin();
        let value = engine.eval_rule(rule.path.clone());
        let failed = match value {
            _ if begun.is_over() => Some(format!("it takes more than {} steps", budget::STEPS)),
            Ok(Value::Bool(true)) => None,
            Ok(Value::Undefined) => Some("it has no value: a condition does not hold".to_owned()),
            Ok(other) => Some(format!("it is {other}, not true")),
            Err(error) => Some(Mistake::read(&error).line()),
        };
        made.push(Test {
            name: rule
                .path
                .strip_prefix("data.")
                .unwrap_or(&rule.path)
                .to_owned(),
            span: Span::new(test.id, rule.span.0, rule.span.1),
            failed,
        });
    }
    Ok(made)
}
