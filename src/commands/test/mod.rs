//! `tracee test PATH…`: runs the `test` blocks of policies.
//!
//! [`run`] goes from top to bottom: load and compile the policies, choose the tests, run them one
//! after the other through the runtime's suite, print the outcome. Each format is a file here;
//! [`blame`] says what failed as diagnostics, [`tree`] shows a condition with its values,
//! [`coverage`] what no test reached.

mod blame;
mod coverage;
mod human;
mod json;
mod junit;
mod places;
mod rego;
mod tree;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use regex::Regex;
use tracee_lang::codes;
use tracee_lang::diagnostics::Diagnostic;
use tracee_lang::hir::PolicySet;
use tracee_lang::hir::test::Test;
use tracee_lang::source::SourceMap;
use tracee_lang::times::Moment;
use tracee_runtime::testing::coverage::Coverage;
use tracee_runtime::testing::{Report, Suite};
use tracee_runtime::text::Shown;

use crate::cli::{Color, DiagnosticFormat, TestArgs, TestFormat};
use crate::exit::{Exit, Failure};
use crate::load::Sources;
use crate::{load, render, terminal};

/// One test with what came of it.
#[derive(Debug)]
struct Case<'a> {
    test: &'a Test,
    report: Report,
}

/// What came of a run.
#[derive(Debug)]
struct Outcome<'a> {
    sources: &'a Sources,
    policies: &'a PolicySet,
    cases: Vec<Case<'a>>,
    /// Tests that `--filter` left out.
    left_out: usize,
    coverage: Option<Coverage>,
    /// `--fail-under`
    least: Option<f64>,
    duration: Duration,
}

impl Outcome<'_> {
    fn passed(&self) -> usize {
        self.cases
            .iter()
            .filter(|case| case.report.passed())
            .count()
    }

    fn failed(&self) -> usize {
        self.cases.len() - self.passed()
    }

    /// Whether less is covered than was asked for.
    fn covers_too_little(&self) -> bool {
        let (Some(coverage), Some(least)) = (&self.coverage, self.least) else {
            return false;
        };
        let points = coverage.points();
        points.all > 0 && (points.covered as f64) * 100.0 < least * (points.all as f64)
    }

    fn exit(&self) -> Exit {
        if self.cases.iter().any(|case| case.report.is_bug()) {
            Exit::Bug
        } else if self.failed() > 0 || self.covers_too_little() {
            Exit::Tests
        } else {
            Exit::Success
        }
    }
}

/// What a test is for, as it is written: `web_tier`, `web_tier.shell`.
fn subject<'p>(test: &Test, policies: &'p PolicySet) -> &'p str {
    let policy = &policies.policies[test.policy];
    match test.rule {
        Some(rule) => &policy.rules[rule].qualified_name,
        None => &policy.name,
    }
}

/// Runs the tests and prints what came of them.
pub(crate) fn run(arguments: &TestArgs, color: Color, now: Moment) -> Result<Exit, Failure> {
    let began = Instant::now();
    if arguments.list && arguments.format == TestFormat::Junit {
        let message = "--format junit is of tests that ran, and --list runs none";
        return Err(Failure::new(Exit::Usage, message).help("--format json lists them, too"));
    }
    let filter = arguments.filter.as_deref().map(pattern).transpose()?;
    // What else there is to say of policies, `tracee check` does.
    // An expectation may fail because of an exception that has expired.
    let of_tests = |one: &Diagnostic| {
        (2300..2400).contains(&one.code.0) || one.code == codes::EXPIRED_EXCEPTION
    };
    let found = rego::Found::new(&arguments.paths);
    let mut loaded = load::load_saying(&found.policies, color, now, of_tests)?;
    loaded.checked.add_alone();
    // With the packages of tests in Rego, by which those are called.
    let mut policies = loaded.checked.policies.clone();
    let ran = found.run(&mut loaded.sources, &mut policies);
    let ran = ran.map_err(|errors| {
        let (format, target) = (DiagnosticFormat::Auto, render::Target::stderr(color));
        let text = render::diagnostics(&loaded.sources, &errors, format, target);
        terminal::say_all(&text);
        Failure::new(load::exit(&errors), "not all tests in Rego can be run")
    })?;
    let sources = &loaded.sources;
    let is_chosen = |test: &Test| {
        let name = format!("{}: {}", subject(test, &policies), test.title);
        filter.as_ref().is_none_or(|filter| filter.is_match(&name))
    };
    let tests = loaded.checked.tests.iter();
    let chosen: Vec<&Test> = tests.filter(|test| is_chosen(test)).collect();
    let in_rego = ran.tests.iter().zip(ran.reports);
    let in_rego: Vec<(&Test, Report)> = in_rego.filter(|(test, _)| is_chosen(test)).collect();
    let all = loaded.checked.tests.len() + ran.tests.len();
    if chosen.is_empty() && in_rego.is_empty() {
        let (message, help) = match all {
            0 => (
                "there is no test in these policies".to_owned(),
                "write `test \"…\" for POLICY { … }`, see docs/testing.md",
            ),
            _ => (
                format!("--filter leaves none of the {all} tests"),
                "it is searched for in `POLICY: TITLE`; --list prints them",
            ),
        };
        return Err(Failure::new(Exit::Tests, message).help(help));
    }
    if arguments.list {
        let tests = in_rego.iter().map(|(test, _)| *test);
        let tests: Vec<&Test> = chosen.into_iter().chain(tests).collect();
        terminal::print(&list(&tests, &sources.map, &policies, arguments.format))?;
        return Ok(Exit::Success);
    }
    let schema = load::schema();
    let options = load::options(&schema);
    let compiled = load::compile_valid(&schema, &loaded, &options, color)?;
    let mut coverage = (arguments.coverage || arguments.fail_under.is_some())
        // Rules of the standard library have tests of their own.
        .then(|| {
            Coverage::new(&schema, &loaded.checked.policies, &|file| {
                !file.is_standard()
            })
        });
    let own = Arc::new(loaded.checked.policies.clone());
    let mut suite = Suite::new(schema, own, compiled);
    let left_out = all - chosen.len() - in_rego.len();
    let cases = chosen.into_iter().map(|test| {
        let file = sources.origins.get(test.span.file.0 as usize);
        let directory = file.and_then(|file| file.path.parent());
        let directory = directory.unwrap_or(Path::new(""));
        Case {
            test,
            report: suite.run(test, directory, coverage.as_mut()),
        }
    });
    let in_rego = in_rego.into_iter();
    let in_rego = in_rego.map(|(test, report)| Case { test, report });
    let cases = cases.chain(in_rego).collect();
    let outcome = Outcome {
        sources,
        policies: &policies,
        cases,
        left_out,
        coverage,
        least: arguments.fail_under,
        duration: began.elapsed(),
    };
    terminal::print(&match arguments.format {
        TestFormat::Human => {
            human::page(&outcome, arguments.coverage, render::Target::stdout(color))
        }
        TestFormat::Json => json::page(&outcome),
        TestFormat::Junit => junit::page(&outcome),
    })?;
    if outcome.covers_too_little() && arguments.format != TestFormat::Human {
        terminal::say(&human::too_little(&outcome));
    }
    Ok(outcome.exit())
}

/// What `--filter` searches for.
fn pattern(text: &str) -> Result<Regex, Failure> {
    Regex::new(text).map_err(|error| {
        // The last line says what is wrong, those before it where.
        let said = error.to_string();
        let reason = said.lines().last().unwrap_or_default();
        let reason = reason.strip_prefix("error: ").unwrap_or(reason);
        let message = format!("--filter `{text}` is no regular expression: {reason}");
        Failure::new(Exit::Usage, message).help("write `\\(` for a parenthesis itself")
    })
}

fn list(tests: &[&Test], sources: &SourceMap, policies: &PolicySet, format: TestFormat) -> String {
    let places = places::Places::new(sources);
    if format == TestFormat::Json {
        let tests: Vec<_> = tests
            .iter()
            .map(|test| json::head(test, policies, places))
            .collect();
        return format!("{:#}\n", serde_json::Value::from(tests));
    }
    let line = |test: &&Test| {
        let place = places.line(test.title_span);
        let title = Shown(test.title.as_bytes());
        format!("{place}: {}: {title}\n", subject(test, policies))
    };
    tests.iter().map(line).collect()
}
