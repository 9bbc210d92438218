//! Tests of policies: what comes of each, with the values under every part of a condition.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use tracee_compiler::{CompiledPolicy, compile};
use tracee_lang::check::{Checked, check};
use tracee_lang::diagnostics::has_errors;
use tracee_lang::source::{SourceMap, Span};
use tracee_runtime::testing::coverage::{Coverage, Missing};
use tracee_runtime::testing::explained::{Explained, Named};
use tracee_runtime::testing::{EventNote, Origin, Problem, Report, Suite};

use crate::harness::schema;

struct Loaded {
    map: SourceMap,
    checked: Checked,
    compiled: CompiledPolicy,
}

fn load(text: &str) -> Loaded {
    let mut map = SourceMap::default();
    let file = map.add("test.tp", text);
    let checked = check(&map, &[file]);
    assert!(
        !has_errors(&checked.diagnostics),
        "{:?}",
        checked.diagnostics
    );
    let (compiled, said) = compile(&schema(), &checked.policies, &Default::default());
    assert!(said.is_empty(), "{said:?}");
    Loaded {
        map,
        checked,
        compiled,
    }
}

fn directory() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/runtime/testing_cases")
}

#[test]
fn reports() {
    insta::glob!("testing_cases/*.tp", |path| {
        let loaded = load(&std::fs::read_to_string(path).unwrap());
        let policies = Arc::new(loaded.checked.policies);
        let mut suite = Suite::new(schema(), Arc::clone(&policies), loaded.compiled);
        let mut coverage = Coverage::new(&schema(), &policies, &|_| true);
        let mut shown = Shown {
            map: &loaded.map,
            out: String::new(),
        };
        for test in &loaded.checked.tests {
            let report = suite.run(test, &directory(), Some(&mut coverage));
            shown.report(&test.title, &report);
        }
        shown.coverage(&coverage);
        insta::assert_snapshot!(shown.out);
    });
}

struct Shown<'a> {
    map: &'a SourceMap,
    out: String,
}

impl Shown<'_> {
    fn line(&mut self, depth: usize, line: impl std::fmt::Display) {
        writeln!(self.out, "{:1$}{line}", "", 2 * depth).unwrap();
    }

    fn at(&self, span: Span) -> &str {
        self.map.slice(span).lines().next().unwrap_or_default()
    }

    fn report(&mut self, title: &str, report: &Report) {
        let verdict = if report.passed() { "passed" } else { "FAILED" };
        let bug = if report.is_bug() { ", a bug" } else { "" };
        let events = report.events;
        self.line(0, format!("{title}: {verdict}{bug}, {events} events"));
        for (at, expected) in report.expected.iter().enumerate() {
            if !expected.holds {
                self.line(1, format!("expectation {} fails", at + 1));
            }
            let Some(near) = &expected.near else { continue };
            let event = self.event(&near.event);
            self.line(2, format!("rule {}, {event}", near.rule));
            for (name, explained) in [("scope", &near.scope), ("where", &near.condition)] {
                if let Some(explained) = explained {
                    self.line(2, name);
                    self.explained(3, explained);
                }
            }
            for exception in &near.exceptions {
                let (reason, expires) = (&exception.reason, &exception.expires);
                self.line(2, format!("except {reason:?} {expires:?}"));
                self.explained(3, &exception.condition);
            }
        }
        for problem in &report.problems {
            let shown = match problem {
                Problem::Unreadable { span, reason } => {
                    let directory = format!("{}/", directory().display());
                    format!("{}: {}", self.at(*span), reason.replace(&directory, ""))
                }
                other => format!("{other:?}"),
            };
            self.line(1, shown);
        }
    }

    fn event(&self, event: &EventNote) -> String {
        let origin = match event.origin {
            Origin::Given(span) => self.at(span).to_owned(),
            Origin::Recording(span, at) => format!("{} {at}", self.at(span)),
        };
        format!("event {} {} ({origin})", event.number, event.name)
    }

    fn explained(&mut self, depth: usize, part: &Explained) {
        let (form, text, holds) = (part.form, &part.text, part.holds);
        self.line(depth, format!("{holds} {form:?}: {text}"));
        for value in &part.values {
            self.named(depth + 2, value);
        }
        for part in &part.parts {
            self.explained(depth + 1, part);
        }
        if let Some(list) = &part.list {
            let (name, count) = (&list.name, list.count);
            let cut = if list.truncated { ", truncated" } else { "" };
            self.line(depth + 1, format!("{name}: {count:?}{cut}"));
            for (element, body) in &list.elements {
                self.named(depth + 1, element);
                self.explained(depth + 2, body);
            }
        }
    }

    fn named(&mut self, depth: usize, named: &Named) {
        let value = named.value.as_deref().unwrap_or("absent");
        let cut = if named.truncated { ", truncated" } else { "" };
        self.line(depth, format!("{} = {value}{cut}", named.name));
    }

    fn coverage(&mut self, coverage: &Coverage) {
        let points = coverage.points();
        let (covered, all) = (points.covered, points.all);
        self.line(
            0,
            format!("covered {covered} of {all}, {} %", points.percent()),
        );
        for gap in coverage.gaps() {
            let rule = gap.rule.unwrap_or("-");
            let at = self.at(gap.span).to_owned();
            let missing = match gap.missing {
                Missing::Test => "no test".to_owned(),
                Missing::Reached(part) => format!("{:?} never reached: {}", part.role, part.text),
                Missing::Held(part) => format!("{:?} never true: {}", part.role, part.text),
                Missing::Failed(part) => format!("{:?} never false: {}", part.role, part.text),
            };
            self.line(1, format!("{rule} at `{at}`: {missing}"));
        }
    }
}

/// What a test gives is what conditions see, whatever is asked; tests that pass are not vacuous.
#[test]
fn a_field_that_is_not_given_is_zero() {
    let zero = "pathname == \"\" and flags == 0 and mode == 0 and dirfd == 0 and retval == 0 \
                and pathname exists and retval exists and not truncated(pathname) \
                and proc.exe == \"\" and proc.uid == 0 and proc.comm == \"\" and proc.parent.exe == \"\" \
                and proc.parent.uid == 0 and proc.pid == 0 and proc.host_pid == 0 and event.time <= 1970-01-01 \
                and proc.parent.start_time <= 1970-01-01 and all p in proc.ancestors { p.uid == 0 }";
    let absent = "not pathname exists and not retval exists and not proc.exe exists \
                  and not proc.parent.exe exists and not proc.parent.uid exists";
    let text = format!(
        "policy p {{
           rule zero {{ on openat where {zero}; }}
           rule absent {{ on openat where {absent}; }}
         }}
         test \"zero\" for p {{ given openat {{}}; expect zero; expect not absent; }}
         test \"absent\" for p {{
           given openat {{ pathname: absent, retval: absent, proc: {{ exe: absent, parent: absent }} }};
           expect absent; expect not zero;
         }}"
    );
    let loaded = load(&text);
    let policies = Arc::new(loaded.checked.policies);
    let mut suite = Suite::new(schema(), policies, loaded.compiled);
    for test in &loaded.checked.tests {
        let report = suite.run(test, &directory(), None);
        assert!(report.passed(), "{}: {report:#?}", test.title);
    }
}

/// Tables of another policy drop what a rule matches: that is found, and told from what the policy
/// says.
#[test]
fn an_event_that_the_kernel_would_drop_fails_a_test() {
    let rule = |path| {
        format!(
            "policy p {{ rule r {{ on openat where pathname == \"{path}\"; }} }}
             test \"it\" for p {{ given openat {{ pathname: \"/a\" }}; expect r; }}"
        )
    };
    let (right, wrong) = (load(&rule("/a")), load(&rule("/b")));
    let compiled = CompiledPolicy {
        tables: wrong.compiled.tables,
        ..right.compiled
    };
    let policies = Arc::new(right.checked.policies);
    let mut suite = Suite::new(schema(), policies, compiled);
    let report = suite.run(&right.checked.tests[0], &directory(), None);
    assert!(report.expected[0].holds);
    assert!(matches!(report.problems[..], [Problem::Dropped { .. }]));
    assert!(report.is_bug() && !report.passed());
}

/// Machine code of another policy decides otherwise than the interpreter.
#[test]
fn engines_that_disagree_fail_a_test() {
    let rule = |path| {
        format!(
            "policy p {{ rule r {{ on openat where pathname == \"{path}\"; }} }}
             test \"it\" for p {{ given openat {{ pathname: \"/a\" }}; expect r; }}"
        )
    };
    let (right, wrong) = (load(&rule("/a")), load(&rule("/b")));
    let compiled = CompiledPolicy {
        matchers: wrong.compiled.matchers,
        ..right.compiled
    };
    let policies = Arc::new(right.checked.policies);
    let mut suite = Suite::new(schema(), policies, compiled);
    let report = suite.run(&right.checked.tests[0], &directory(), None);
    assert!(report.expected[0].holds, "the interpreter is right");
    let problem = &report.problems[..];
    assert!(matches!(
        problem,
        [Problem::Disagreement {
            matches: true,
            rule: Some(0),
            ..
        }]
    ));
    assert!(report.is_bug() && !report.passed());
}
