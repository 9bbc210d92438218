//! What failed, as diagnostics: they point at the expectation, the event, and the parts of the
//! condition that decided.

use tracee_lang::codes;
use tracee_lang::diagnostics::Diagnostic;
use tracee_lang::hir::PolicySet;
use tracee_lang::hir::test::Expect;
use tracee_lang::source::Span;
use tracee_runtime::testing::explained::{Explained, Form};
use tracee_runtime::testing::{EventNote, Expected, Near, Origin, Problem};

use super::Case;

/// Parts of a condition that are pointed at.
const MAX_PARTS: usize = 6;

/// What is wrong with an expectation that does not hold.
pub(super) fn expectation(case: &Case<'_>, expect: &Expect, expected: &Expected) -> Diagnostic {
    let written = &expect.written;
    let events = match case.report.events {
        1 => "the test's only event".to_owned(),
        events => format!("any of the test's {events} events"),
    };
    let Some(near) = &expected.near else {
        let message = format!("`{written}` is on none of the test's events");
        return Diagnostic::error(codes::EXPECTATION_FAILED, message, expect.span)
            .labelled("expected to match");
    };
    let diagnostic = match expect.not {
        true => {
            let message = format!("`{written}` matches an event of the test");
            Diagnostic::error(codes::EXPECTATION_FAILED, message, expect.span)
                .labelled("expected not to match")
                .related(given(&near.event), place("this event", &near.event))
        }
        false => {
            let message = format!("`{written}` does not match {events}");
            let diagnostic = Diagnostic::error(codes::EXPECTATION_FAILED, message, expect.span)
                .labelled("expected to match");
            match case.report.events {
                1 => diagnostic,
                _ => diagnostic.related(
                    given(&near.event),
                    place("this event is nearest", &near.event),
                ),
            }
        }
    };
    let mut parts = Vec::new();
    let scope = near.scope.iter().filter(|scope| !scope.holds);
    for part in scope.chain(&near.condition) {
        deciding(part, expect.not, &mut parts);
    }
    // Where one holds, the rule does not match.
    for exception in &near.exceptions {
        deciding(&exception.condition, !expect.not, &mut parts);
    }
    if parts.is_empty() {
        return diagnostic.related(near.on, "for every event in scope");
    }
    let mut pointed: Vec<Span> = Vec::new();
    let mut diagnostic = diagnostic;
    for (part, holds) in parts {
        if pointed.len() < MAX_PARTS && !pointed.contains(&part.span) {
            pointed.push(part.span);
            diagnostic = diagnostic.related(part.span, said(part, holds));
        }
    }
    diagnostic
}

/// The parts for which `part` came out as it did, if that is `verdict`.
fn deciding<'p>(part: &'p Explained, verdict: bool, found: &mut Vec<(&'p Explained, bool)>) {
    if part.holds != verdict {
        return;
    }
    match part.form {
        Form::Not => {
            for part in &part.parts {
                deciding(part, !verdict, found);
            }
        }
        Form::And | Form::Or => {
            for part in &part.parts {
                deciding(part, verdict, found);
            }
        }
        Form::Atom | Form::Any | Form::All => found.push((part, verdict)),
    }
}

fn said(part: &Explained, holds: bool) -> String {
    let values = part.values.iter().map(|named| {
        let value = match &named.value {
            Some(value) => format!("is {value}"),
            None => "is absent".to_owned(),
        };
        let cut = if named.truncated { ", truncated" } else { "" };
        format!("`{}` {value}{cut}", named.name)
    });
    let mut said: Vec<String> = values.collect();
    if let Some(list) = &part.list {
        said.push(match list.count {
            None => format!("`{}` is absent", list.name),
            Some(1) => format!("`{}` has 1 element", list.name),
            Some(count) => format!("`{}` has {count} elements", list.name),
        });
    }
    match said.is_empty() {
        true => holds.to_string(),
        false => format!("{holds}: {}", said.join(", ")),
    }
}

/// What went wrong beside expectations.
pub(super) fn problem(case: &Case<'_>, problem: &Problem, policies: &PolicySet) -> Diagnostic {
    let bug = "this is a bug of tracee: please report it with the policy and the test";
    match problem {
        Problem::Unreadable { span, reason } => {
            let message = format!("the events can't be read: {reason}");
            Diagnostic::error(codes::UNREADABLE_EVENTS, message, *span)
        }
        Problem::Failed { span, reason } => {
            let message = format!("the test is not true: {reason}");
            Diagnostic::error(codes::EXPECTATION_FAILED, message, head(*span))
        }
        Problem::Disagreement {
            event,
            rule,
            policy,
            matches,
        } => {
            let policy = &policies.policies[*policy];
            let (what, span) = match rule {
                Some(rule) => {
                    let rule = &policy.rules[*rule];
                    (format!("rule `{}`", rule.qualified_name), rule.span)
                }
                None => (format!("a select of `{}`", policy.name), policy.span),
            };
            let (says, not) = match matches {
                true => ("matches", "does not"),
                false => ("does not match", "does"),
            };
            let message = format!(
                "{what} {says} event {}, but its machine code {not}",
                event.number
            );
            Diagnostic::error(codes::ENGINES_DISAGREE, message, given(event))
                .labelled(place("on this event", event))
                .related(head(span), "here")
                .note(bug)
        }
        Problem::Dropped { event, rule } => {
            let rule = &policies.policies[case.test.policy].rules[*rule];
            let message = format!(
                "rule `{}` matches event {}, but the kernel's filter would drop it",
                rule.qualified_name, event.number
            );
            Diagnostic::error(codes::KERNEL_WOULD_DROP, message, given(event))
                .labelled(place("this event", event))
                .related(head(rule.span), "this rule")
                .note(bug)
        }
    }
}

/// Why nothing is expected to hold: the events are not all there.
pub(super) fn is_unreadable(case: &Case<'_>) -> bool {
    let unreadable = |problem: &Problem| matches!(problem, Problem::Unreadable { .. });
    case.report.problems.iter().any(unreadable)
}

/// The rule that an event was near to.
pub(super) fn rule<'p>(case: &Case<'_>, near: &Near, policies: &'p PolicySet) -> &'p str {
    &policies.policies[case.test.policy].rules[near.rule].qualified_name
}

/// The clause that an event is from.
pub(super) fn given(event: &EventNote) -> Span {
    let (Origin::Given(span) | Origin::Recording(span, _)) = event.origin;
    span
}

fn place(what: &str, event: &EventNote) -> String {
    match event.origin {
        Origin::Given(_) => what.to_owned(),
        Origin::Recording(_, at) => format!("{what} is {}, the {at}. of these", event.name),
    }
}

/// The begin of a declaration: whole, it would be shown whole.
fn head(span: Span) -> Span {
    Span {
        end: span.start,
        ..span
    }
}
