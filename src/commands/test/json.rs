//! `--format json`: one object, as docs/test-report.schema.json describes it.

use serde_json::{Value, json};
use tracee_lang::hir::PolicySet;
use tracee_lang::hir::test::Test;
use tracee_runtime::testing::coverage::{Coverage, Gap, Missing, Part, Points, RuleCoverage};
use tracee_runtime::testing::explained::{Explained, Named};
use tracee_runtime::testing::{Expected, Near, Origin, Problem};

use super::places::Places;
use super::{Case, Outcome, blame, subject};

/// The whole object.
pub(super) fn page(outcome: &Outcome<'_>) -> String {
    let places = Places::new(&outcome.sources.map);
    let cases: Vec<Value> = outcome
        .cases
        .iter()
        .map(|case| self::case(case, outcome.policies, places))
        .collect();
    let coverage = outcome.coverage.as_ref();
    let object = json!({
        "tests": cases,
        "summary": {
            "passed": outcome.passed(),
            "failed": outcome.failed(),
            "left_out": outcome.left_out,
            "seconds": outcome.duration.as_secs_f64(),
        },
        "coverage": coverage.map(|coverage| self::coverage(coverage, places)),
    });
    format!("{object:#}\n")
}

/// What a test is, whatever comes of it.
pub(super) fn head(test: &Test, policies: &PolicySet, places: Places<'_>) -> Value {
    json!({
        "title": test.title,
        "for": subject(test, policies),
        "doc": test.doc,
        "place": places.json(test.title_span),
    })
}

fn case(case: &Case<'_>, policies: &PolicySet, places: Places<'_>) -> Value {
    let report = &case.report;
    let status = match (report.passed(), report.is_bug()) {
        (true, _) => "passed",
        (false, false) => "failed",
        (false, true) => "bug",
    };
    let both = case.test.expect.iter().zip(&report.expected);
    let expectations: Vec<Value> = both
        .map(|(expect, expected)| {
            json!({
                "rules": expect.written,
                "not": expect.not,
                "place": places.json(expect.span),
                "holds": expected.holds,
                "near": near(case, expected, policies, places),
            })
        })
        .collect();
    let problems: Vec<Value> = report
        .problems
        .iter()
        .map(|problem| {
            let diagnostic = blame::problem(case, problem, policies);
            json!({
                "kind": match problem {
                    Problem::Unreadable { .. } => "unreadable",
                    Problem::Failed { .. } => "failed",
                    Problem::Disagreement { .. } => "disagreement",
                    Problem::Dropped { .. } => "dropped",
                },
                "message": diagnostic.message,
                "place": places.json(diagnostic.span()),
            })
        })
        .collect();
    let mut object = head(case.test, policies, places);
    object["status"] = status.into();
    object["events"] = report.events.into();
    object["seconds"] = report.duration.as_secs_f64().into();
    object["expectations"] = expectations.into();
    object["problems"] = problems.into();
    object
}

fn near(
    case: &Case<'_>,
    expected: &Expected,
    policies: &PolicySet,
    places: Places<'_>,
) -> Option<Value> {
    let near: &Near = expected.near.as_deref()?;
    let event = &near.event;
    let recorded = match event.origin {
        Origin::Given(_) => None,
        Origin::Recording(_, at) => Some(at),
    };
    let exceptions = near.exceptions.iter().map(|exception| {
        json!({
            "reason": exception.reason,
            "expires": exception.expires,
            "place": places.json(exception.span),
            "condition": explained(&exception.condition, places),
        })
    });
    Some(json!({
        "rule": blame::rule(case, near, policies),
        "on": places.json(near.on),
        "event": {
            "name": event.name,
            "number": event.number,
            "place": places.json(blame::given(event)),
            "recorded": recorded,
        },
        "scope": near.scope.as_ref().map(|scope| explained(scope, places)),
        "condition": near.condition.as_ref().map(|condition| explained(condition, places)),
        "exceptions": exceptions.collect::<Vec<_>>(),
    }))
}

fn explained(part: &Explained, places: Places<'_>) -> Value {
    let list = part.list.as_ref().map(|list| {
        let elements: Vec<Value> = list
            .elements
            .iter()
            .map(|(element, body)| {
                let mut object = named(element);
                object["body"] = explained(body, places);
                object
            })
            .collect();
        json!({
            "name": list.name,
            "count": list.count,
            "truncated": list.truncated,
            "elements": elements,
        })
    });
    let parts: Vec<Value> = part
        .parts
        .iter()
        .map(|part| explained(part, places))
        .collect();
    json!({
        "form": part.form,
        "text": part.text,
        "place": places.json(part.span),
        "holds": part.holds,
        "values": part.values.iter().map(named).collect::<Vec<_>>(),
        "parts": parts,
        "list": list,
    })
}

fn named(named: &Named) -> Value {
    json!({ "name": named.name, "value": named.value, "truncated": named.truncated })
}

fn coverage(coverage: &Coverage, places: Places<'_>) -> Value {
    let policies: Vec<Value> = coverage
        .policies
        .iter()
        .map(|policy| {
            let rules = policy.rules.iter().flatten();
            let rules: Vec<Value> = rules.map(|one| rule(one, places)).collect();
            let mut object = points(policy.points());
            object["policy"] = policy.name.as_str().into();
            object["scope"] = json!(policy.scope.as_ref().map(|scope| self::part(scope, places)));
            object["rules"] = rules.into();
            let exceptions = policy.exceptions.iter().map(|one| {
                json!({
                    "reason": one.reason,
                    "rule": one.rule,
                    "condition": self::part(&one.part, places),
                })
            });
            object["exceptions"] = exceptions.collect();
            object
        })
        .collect();
    let gaps: Vec<Value> = coverage.gaps().iter().map(|one| gap(one, places)).collect();
    let mut object = points(coverage.points());
    object["policies"] = policies.into();
    object["gaps"] = gaps.into();
    object
}

fn points(points: Points) -> Value {
    json!({
        "percent": points.percent(),
        "covered": points.covered,
        "points": points.all,
    })
}

fn rule(rule: &RuleCoverage, places: Places<'_>) -> Value {
    let mut object = points(rule.points());
    object["rule"] = rule.name.as_str().into();
    object["place"] = places.json(rule.span);
    object["matching_tests"] = rule.matching_tests.into();
    object["missing_tests"] = rule.missing_tests.into();
    let on: Vec<Value> = rule.on.iter().map(|on| part(on, places)).collect();
    object["on"] = on.into();
    object
}

fn part(part: &Part, places: Places<'_>) -> Value {
    let parts: Vec<Value> = part
        .parts
        .iter()
        .map(|one| self::part(one, places))
        .collect();
    json!({
        "role": part.role,
        "text": part.text,
        "place": places.json(part.span),
        "to_hold": part.to_hold,
        "to_fail": part.to_fail,
        "held": part.held,
        "failed": part.failed,
        "parts": parts,
    })
}

fn gap(gap: &Gap<'_>, places: Places<'_>) -> Value {
    let (missing, text) = match gap.missing {
        Missing::Test => ("test", None),
        Missing::Reached(part) => ("reached", Some(&part.text)),
        Missing::Held(part) => ("true", Some(&part.text)),
        Missing::Failed(part) => ("false", Some(&part.text)),
    };
    json!({
        "rule": gap.rule,
        "place": places.json(gap.span),
        "missing": missing,
        "text": text,
    })
}
