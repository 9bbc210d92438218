//! Warnings about tests that show nothing.

use std::collections::HashMap;

use crate::check::Context;
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::hir::PolicySet;
use crate::hir::test::{Given, Test};

/// Warns about tests. Not if there are errors: what is missing may be in a part that was given up.
pub(super) fn check(tests: &[Test], policies: &PolicySet, cx: &mut Context<'_>) {
    if cx.diagnostics.has_errors() {
        return;
    }
    let mut titles = HashMap::new();
    for test in tests {
        let key = (test.policy, test.title.as_str());
        if let Some(first) = titles.insert(key, test.title_span) {
            let policy = &policies.policies[test.policy].name;
            let message = format!("another test for `{policy}` has this title");
            cx.report(
                Diagnostic::warning(codes::DUPLICATE_TITLE, message, test.title_span)
                    .related(first, "here"),
            );
        }
        unrelated(test, policies, cx);
    }
}

/// Warns of expectations that no event of the test has to do with: `expect not` always holds then.
fn unrelated(test: &Test, policies: &PolicySet, cx: &mut Context<'_>) {
    let mut events = Vec::new();
    for given in &test.given {
        match given {
            Given::Event(event) => events.push(event.event),
            // What is in it is not known.
            Given::Recording { .. } => return,
        }
    }
    let rules = &policies.policies[test.policy].rules;
    for expect in &test.expect {
        let mut ons = expect.rules.iter().flat_map(|&rule| &rules[rule].on);
        if ons.any(|on| events.contains(&on.event)) {
            continue;
        }
        let verdict = match expect.not {
            true => "so it can't match",
            false => "so it can't match, and the test fails",
        };
        let message = format!(
            "`{}` is on none of the test's events, {verdict}",
            expect.written
        );
        let ons = expect.rules.iter().flat_map(|&rule| &rules[rule].on);
        let mut names: Vec<_> = ons
            .filter_map(|on| cx.schema.event(on.event))
            .map(|event| format!("`{}`", event.name))
            .collect();
        names.sort();
        names.dedup();
        names.truncate(8);
        cx.report(
            Diagnostic::warning(codes::EXPECTATION_WITHOUT_EVENT, message, expect.span)
                .help(format!("give it {}", names.join(" or "))),
        );
    }
}
