//! `--format junit`: the XML that GitLab, GitHub's report actions and Jenkins read. One suite for each
//! file; a failing expectation is a failure, a bug of tracee or an unreadable recording an error.
//!
//! It is valid by the schema of Jenkins' xUnit plugin, tests/junit/junit-10.xsd.

use std::fmt::{self, Write as _};
use std::time::Duration;

use tracee_lang::diagnostics::Diagnostic;
use tracee_lang::source::FileId;
use tracee_runtime::testing::Problem;

use super::places::Places;
use super::{Case, Outcome, blame, subject, tree};
use crate::render::Target;

/// The whole document.
pub(super) fn page(outcome: &Outcome<'_>) -> String {
    let mut files: Vec<FileId> = outcome
        .cases
        .iter()
        .map(|case| case.test.span.file)
        .collect();
    files.dedup();
    let mut page = Page {
        outcome,
        places: Places::new(&outcome.sources.map),
        text: String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"),
    };
    let cases: Vec<&Case<'_>> = outcome.cases.iter().collect();
    page.open("testsuites", "tracee test", None, &cases, outcome.duration);
    for file in files {
        let of_file = cases.iter().filter(|case| case.test.span.file == file);
        page.suite(file, &of_file.copied().collect::<Vec<_>>());
    }
    page.text.push_str("</testsuites>\n");
    page.text
}

struct Page<'a> {
    outcome: &'a Outcome<'a>,
    places: Places<'a>,
    text: String,
}

impl Page<'_> {
    fn suite(&mut self, file: FileId, cases: &[&Case<'_>]) {
        let source = self.outcome.sources.map.get(file);
        let name = source.map_or("", |file| &*file.name);
        let duration = cases.iter().map(|case| case.report.duration).sum();
        self.text.push_str("  ");
        self.open("testsuite", name, Some(name), cases, duration);
        for case in cases {
            self.case(case);
        }
        self.text.push_str("  </testsuite>\n");
    }

    fn open(
        &mut self,
        element: &str,
        name: &str,
        file: Option<&str>,
        cases: &[&Case<'_>],
        duration: Duration,
    ) {
        let count = |of: &dyn Fn(&Case<'_>) -> bool| cases.iter().filter(|case| of(case)).count();
        let errors = count(&is_error);
        let failures = count(&|case| !case.report.passed()) - errors;
        // Writing into a String can't fail.
        let _ = write!(
            self.text,
            "<{element} name=\"{}\" tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\" time=\"{:.3}\"",
            Attribute(name),
            cases.len(),
            duration.as_secs_f64(),
        );
        if let Some(file) = file {
            let _ = write!(self.text, " skipped=\"0\" file=\"{}\"", Attribute(file));
        }
        self.text.push_str(">\n");
    }

    fn case(&mut self, case: &Case<'_>) {
        let _ = write!(
            self.text,
            "    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3}\"",
            Attribute(subject(case.test, self.outcome.policies)),
            Attribute(&case.test.title),
            case.report.duration.as_secs_f64(),
        );
        if case.report.passed() {
            self.text.push_str("/>\n");
            return;
        }
        self.text.push_str(">\n");
        for problem in &case.report.problems {
            let diagnostic = blame::problem(case, problem, self.outcome.policies);
            let place = self.places.line(diagnostic.span());
            let text = format!("{place}: {}\n", diagnostic.message);
            let element = match problem {
                Problem::Failed { .. } => "failure",
                _ => "error",
            };
            self.verdict(element, &diagnostic, &text);
        }
        let both = case.test.expect.iter().zip(&case.report.expected);
        for (expect, expected) in both {
            if expected.holds || blame::is_unreadable(case) {
                continue;
            }
            let diagnostic = blame::expectation(case, expect, expected);
            let place = self.places.line(diagnostic.span());
            let mut text = format!("{place}: {}\n", diagnostic.message);
            if let Some(near) = &expected.near {
                let on = self.places.line(near.on);
                let (number, name) = (near.event.number, &near.event.name);
                let rule = blame::rule(case, near, self.outcome.policies);
                let _ = writeln!(text, "`{rule}` ({on}) on event {number}, {name}:");
                for line in tree::lines(near, &self.outcome.sources.map, Target::FILE) {
                    let _ = writeln!(text, "  {line}");
                }
            }
            self.verdict("failure", &diagnostic, &text);
        }
        self.text.push_str("    </testcase>\n");
    }

    fn verdict(&mut self, element: &str, diagnostic: &Diagnostic, text: &str) {
        let (code, text) = (diagnostic.code, Escaped(text));
        let message = Attribute(&diagnostic.message);
        let _ = writeln!(
            self.text,
            "      <{element} type=\"{code}\" message=\"{message}\">{text}</{element}>"
        );
    }
}

/// Whether a test could not say anything about the policy.
fn is_error(case: &Case<'_>) -> bool {
    let failed = |problem: &Problem| matches!(problem, Problem::Failed { .. });
    !case.report.problems.iter().all(failed)
}

/// Text as XML 1.0 takes it between tags. What it has no form for (control characters) becomes U+FFFD.
struct Escaped<'a>(&'a str);

/// The same in an attribute, which would lose its line ends.
struct Attribute<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '&' => f.write_str("&amp;")?,
                '"' => f.write_str("&quot;")?,
                '\n' | '\t' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'.. => {
                    f.write_char(c)?;
                }
                _ => f.write_char('\u{fffd}')?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Attribute<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in self.0.split_inclusive(['\n', '\t']) {
            let text = part.strip_suffix(['\n', '\t']);
            write!(f, "{}", Escaped(text.unwrap_or(part)))?;
            if text.is_some() {
                f.write_str(if part.ends_with('\n') {
                    "&#10;"
                } else {
                    "&#9;"
                })?;
            }
        }
        Ok(())
    }
}
