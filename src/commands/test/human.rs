//! For a person: nothing of tests that pass but their number, of the others why.

use std::fmt::Write as _;

use tracee_runtime::text::Shown;

use super::places::Places;
use super::{Case, Outcome, blame, coverage, subject, tree};
use crate::cli::DiagnosticFormat;
use crate::render::{self, Target};

/// The whole page.
pub(super) fn page(outcome: &Outcome<'_>, with_gaps: bool, target: Target) -> String {
    let mut page = Page {
        outcome,
        target,
        places: Places::new(&outcome.sources.map),
        text: String::new(),
    };
    for case in outcome.cases.iter().filter(|case| !case.report.passed()) {
        page.failed(case);
    }
    if with_gaps {
        for line in coverage::lines(outcome, page.places) {
            page.line(&line);
        }
    }
    let mut totals = format!("{} passed, {} failed", outcome.passed(), outcome.failed());
    if outcome.left_out > 0 {
        let _ = write!(totals, ", {} left out", outcome.left_out);
    }
    page.line(&totals);
    if let Some(coverage) = &outcome.coverage {
        page.line(&format!("covered: {}", coverage::total(coverage.points())));
    }
    if outcome.covers_too_little() {
        page.line(&too_little(outcome));
    }
    page.text
}

/// What there is to say when `--fail-under` fails the run.
pub(super) fn too_little(outcome: &Outcome<'_>) -> String {
    let least = outcome.least.unwrap_or_default();
    let points = outcome.coverage.as_ref().map(|coverage| coverage.points());
    let total = coverage::total(points.unwrap_or_default());
    format!("tracee: error: tests cover {total}, less than --fail-under {least}")
}

struct Page<'a> {
    outcome: &'a Outcome<'a>,
    target: Target,
    places: Places<'a>,
    text: String,
}

impl Page<'_> {
    fn failed(&mut self, case: &Case<'_>) {
        let policies = self.outcome.policies;
        let title = Shown(case.test.title.as_bytes());
        let head = format!("{}: {title}", subject(case.test, policies));
        let head = match self.target.color {
            true => format!("\x1b[1;31mFAILED\x1b[0m \x1b[1m{head}\x1b[0m"),
            false => format!("FAILED {head}"),
        };
        self.line(&head);
        for problem in &case.report.problems {
            let diagnostic = blame::problem(case, problem, policies);
            self.diagnostic(&diagnostic);
        }
        if blame::is_unreadable(case) {
            return;
        }
        for (expect, expected) in case.test.expect.iter().zip(&case.report.expected) {
            if expected.holds {
                continue;
            }
            self.diagnostic(&blame::expectation(case, expect, expected));
            let Some(near) = &expected.near else {
                continue;
            };
            let rule = blame::rule(case, near, policies);
            let place = self.places.line(near.on);
            let (number, name) = (near.event.number, &near.event.name);
            self.line(&format!("`{rule}` ({place}) on event {number}, {name}:"));
            for line in tree::lines(near, &self.outcome.sources.map, self.target) {
                self.line(&format!("  {line}"));
            }
            self.text.push('\n');
        }
    }

    fn diagnostic(&mut self, diagnostic: &tracee_lang::diagnostics::Diagnostic) {
        let format = match self.target.is_terminal {
            true => DiagnosticFormat::Rich,
            false => DiagnosticFormat::Plain,
        };
        let sources = self.outcome.sources;
        let one = std::slice::from_ref(diagnostic);
        self.text
            .push_str(&render::diagnostics(sources, one, format, self.target));
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }
}
