//! Tests in Rego: the `test_…` rules of `…_test.rego`, as cases beside those of policies. Enter at [`Found`].

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tracee_lang::diagnostics::Diagnostic;
use tracee_lang::hir::test::Test;
use tracee_lang::hir::{Policy, PolicySet};
use tracee_lang::source::Span;
use tracee_rego::{Kind, kind};
use tracee_runtime::testing::{Problem, Report};

use crate::load::{self, Sources};

/// The paths of the command line, by what is in them.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Those that policies are looked for in.
    pub(super) policies: Vec<PathBuf>,
    /// Files that are tested together.
    groups: Vec<Vec<PathBuf>>,
}

/// Tests that were run, with what came of each.
#[derive(Debug, Default)]
pub(super) struct Ran {
    pub(super) tests: Vec<Test>,
    pub(super) reports: Vec<Report>,
}

impl Found {
    /// Looks through what was named: a directory with all below it, a file of tests with what is beside it.
    pub(super) fn new(paths: &[PathBuf]) -> Self {
        let mut found = Self::default();
        for path in paths {
            if path.extension().is_some_and(|of| of == "rego") {
                let beside = load::rego_files(path.parent().unwrap_or(Path::new("")));
                let beside = beside.into_iter().filter(|other| !is_tests(other));
                found.groups.push(beside.chain([path.clone()]).collect());
                continue;
            }
            let files = match path.is_dir() {
                true => load::rego_files(path),
                false => Vec::new(),
            };
            let has_tests = files.iter().any(|file| is_tests(file));
            if !has_tests || load::has_policies(path) {
                found.policies.push(path.clone());
            }
            if has_tests {
                found.groups.push(files);
            }
        }
        found
    }

    /// Runs them. Each package becomes a policy, so that its tests are called after it.
    pub(super) fn run(
        &self,
        sources: &mut Sources,
        policies: &mut PolicySet,
    ) -> Result<Ran, Vec<Diagnostic>> {
        let mut ran = Ran::default();
        for group in &self.groups {
            let files = sources.add(group)?;
            let began = Instant::now();
            let tests = tracee_rego::testing::run(&sources.map, &files)?;
            let each = began.elapsed() / u32::try_from(tests.len()).unwrap_or(u32::MAX).max(1);
            for test in tests {
                ran.add(test, each, policies);
            }
        }
        Ok(ran)
    }
}

impl Ran {
    fn add(&mut self, test: tracee_rego::testing::Test, duration: Duration, all: &mut PolicySet) {
        let (package, title) = test.name.rsplit_once('.').unwrap_or(("", &test.name));
        let known = all.policies.iter().position(|one| one.name == package);
        let policy = known.unwrap_or_else(|| {
            all.policies.push(named(package, test.span));
            all.policies.len() - 1
        });
        let span = test.span;
        let failed = test.failed.map(|reason| Problem::Failed { span, reason });
        self.reports.push(Report {
            events: 0,
            expected: Vec::new(),
            problems: failed.into_iter().collect(),
            duration,
        });
        self.tests.push(Test {
            title: title.to_owned(),
            doc: String::new(),
            policy,
            rule: None,
            given: Vec::new(),
            expect: Vec::new(),
            title_span: span,
            span,
        });
    }
}

fn is_tests(path: &Path) -> bool {
    path.to_str().is_some_and(|name| kind(name) == Kind::Tests)
}

/// A policy that is only a name.
fn named(name: &str, span: Span) -> Policy {
    Policy {
        name: name.to_owned(),
        doc: String::new(),
        version: None,
        description: None,
        labels: Vec::new(),
        scope: None,
        selects: Vec::new(),
        rules: Vec::new(),
        span,
    }
}
