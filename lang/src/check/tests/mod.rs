//! `test` blocks → [`hir::test`]. Enter at [`check`].
//!
//! [`subjects`] finds the policies and rules that a test names, [`given`] types the fields of an event
//! ([`processes`] those of its process, [`values`] single values), [`meaning`] warns of tests that
//! show nothing.

mod given;
mod meaning;
mod processes;
mod subjects;
mod values;

use super::library::Library;
use super::resolve::Scope;
use super::{Context, policies};
use crate::ast::{self, Item, TestClause, TestDecl};
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::hir::PolicySet;
use crate::hir::test::{Expect, Given, Test};
use subjects::Subjects;

/// Checks the tests of all files. `complete` says that no file was given up: then a policy that is
/// not there does not exist. Rules outside of policies that have tests are added as policies.
pub(super) fn check(
    files: &[(&ast::File, Scope<'_, '_>)],
    complete: bool,
    library: &Library,
    set: &mut PolicySet,
    cx: &mut Context<'_>,
) -> Vec<Test> {
    let declared = || {
        let items = files
            .iter()
            .flat_map(|(file, scope)| file.items.iter().map(|item| (item, *scope)));
        items.filter_map(|(item, scope)| match item {
            Item::Test(decl) => Some((decl, scope)),
            _ => None,
        })
    };
    let alone = subjects::alone(declared(), library, set, cx);
    let files = files.iter().map(|(file, _)| *file);
    let subjects = Subjects::new(files, complete, set, alone);
    let tests = declared().filter_map(|(decl, _)| test(decl, &subjects, cx));
    let tests: Vec<Test> = tests.collect();
    meaning::check(&tests, set, cx);
    tests
}

fn test(decl: &TestDecl, subjects: &Subjects<'_>, cx: &mut Context<'_>) -> Option<Test> {
    let title = title(decl, cx);
    let subject = match &decl.of {
        Some(path) => subjects.of(path, cx),
        None => {
            let message = "the test does not say what it is for";
            cx.report(
                Diagnostic::error(codes::TEST_FOR_NOTHING, message, decl.title.span)
                    .help("write `test \"…\" for POLICY { … }`"),
            );
            None
        }
    };
    let (mut given, mut expect) = (Vec::new(), Vec::new());
    let (mut has_given, mut has_expect) = (false, false);
    let mut fine = true;
    for clause in &decl.clauses {
        match clause {
            TestClause::Event {
                event,
                fields,
                span,
            } => {
                has_given = true;
                match given::event(event, fields, *span, cx) {
                    Some(event) => given.push(Given::Event(event)),
                    None => fine = false,
                }
            }
            TestClause::Recording(text) => {
                has_given = true;
                match recording(text, cx) {
                    Some(recording) => given.push(recording),
                    None => fine = false,
                }
            }
            TestClause::Expect {
                not,
                rule,
                action,
                span,
            } => {
                has_expect = true;
                if let Some(action) = action {
                    self::action(action, *not, cx);
                }
                // Without a subject nothing is known of what is expected of it.
                match subject.and_then(|subject| subjects.expected(subject, rule, cx)) {
                    Some(rules) => expect.push(Expect {
                        not: *not,
                        rules,
                        written: cx.map.slice(rule.span).to_owned(),
                        span: *span,
                    }),
                    None => fine = false,
                }
            }
            // It may have been either.
            TestClause::Error => (has_given, has_expect, fine) = (true, true, false),
        }
    }
    if !has_given {
        let message = "the test gives no event";
        cx.report(
            Diagnostic::error(codes::NO_GIVEN, message, decl.title.span)
                .help("write `given EVENT { … };`"),
        );
    }
    if !has_expect {
        let message = "the test expects nothing";
        cx.report(
            Diagnostic::error(codes::NO_EXPECTATION, message, decl.title.span)
                .help("write `expect RULE;` or `expect not RULE;`"),
        );
    }
    let subject = subject.filter(|_| fine && has_given && has_expect)?;
    contradictions(&expect, cx);
    Some(Test {
        title: title?,
        doc: decl.doc.to_string(),
        policy: subject.policy,
        rule: subject.rule,
        given,
        expect,
        title_span: decl.title.span,
        span: decl.span,
    })
}

fn title(decl: &TestDecl, cx: &mut Context<'_>) -> Option<String> {
    match std::str::from_utf8(&decl.title.bytes) {
        Ok(title) => Some(title.to_owned()),
        Err(_) => {
            let message = "the title is not UTF-8";
            cx.report(Diagnostic::error(
                codes::BAD_STRING,
                message,
                decl.title.span,
            ));
            None
        }
    }
}

/// `expect RULE alert;`: what every rule does, so there is nothing to keep.
fn action(name: &ast::Name, not: bool, cx: &mut Context<'_>) {
    if not {
        let message = "what does not match does nothing";
        cx.report(
            Diagnostic::error(codes::ACTION_OF_NO_MATCH, message, name.span)
                .help("leave out the action"),
        );
        return;
    }
    policies::action(name, cx);
}

fn recording(text: &ast::Text, cx: &mut Context<'_>) -> Option<Given> {
    if text.bytes.is_empty() || *text.bytes == *b"-" || text.bytes.contains(&0) {
        let message = "this names no file";
        cx.report(
            Diagnostic::error(codes::IMPOSSIBLE_VALUE, message, text.span)
                .help("write the path of a recording, relative to this file"),
        );
        return None;
    }
    Some(Given::Recording {
        path: text.bytes.clone(),
        span: text.span,
    })
}

/// Reports expectations that are there twice, or of which only one can hold.
fn contradictions(expect: &[Expect], cx: &mut Context<'_>) {
    for (at, one) in expect.iter().enumerate() {
        for other in &expect[..at] {
            if (one.not, &one.rules) == (other.not, &other.rules) {
                let message = format!("`{}` is expected twice", one.written);
                cx.report(
                    Diagnostic::error(codes::DUPLICATE_CLAUSE, message, one.span)
                        .related(other.span, "first here"),
                );
                break;
            }
            let (some, none) = if one.not { (other, one) } else { (one, other) };
            if some.not == none.not || !some.rules.iter().all(|rule| none.rules.contains(rule)) {
                continue;
            }
            let message = format!(
                "`{}` and `not {}` can't both hold",
                some.written, none.written
            );
            cx.report(
                Diagnostic::error(codes::CONTRADICTING_EXPECTATIONS, message, one.span)
                    .related(other.span, "the other one"),
            );
            break;
        }
    }
}
