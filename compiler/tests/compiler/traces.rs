//! A trace says of every part what the interpreter says of it.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use tracee_compiler::matcher::View;
use tracee_lang::hir::{Expr, ExprKind};
use tracee_lang::interpreter::matches;
use tracee_lang::stdlib::schema;
use tracee_lang::trace::{Trace, trace};
use zerocopy::IntoBytes;

use crate::agreement::EVENTS;
use crate::conditions::policy_set;
use crate::samples::sample;

/// Whether what the parts come to gives what the whole comes to.
fn follows(trace: &Trace<'_>) -> bool {
    let mut parts = trace.parts.iter();
    let elements = trace.elements.as_ref();
    let mut bodies = elements.into_iter().flat_map(|elements| &elements.shown);
    let from_parts = match &trace.expr.kind {
        ExprKind::Not(_) => !trace.parts[0].holds,
        ExprKind::And(_) => parts.all(|part| part.holds),
        ExprKind::Or(_) => parts.any(|part| part.holds),
        ExprKind::Quantifier { all, .. } => {
            let there = elements.is_some_and(|elements| elements.count.is_some());
            there && bodies.any(|(_, _, body)| body.holds != *all) != *all
        }
        _ => trace.holds,
    };
    from_parts == trace.holds
}

fn check(trace: &Trace<'_>) -> Result<(), TestCaseError> {
    prop_assert!(follows(trace), "{:?}", trace);
    prop_assert_eq!(trace.distance() == 0, trace.holds, "{:?}", trace);
    for part in &trace.parts {
        check(part)?;
    }
    let elements = trace.elements.iter().flat_map(|elements| &elements.shown);
    for (_, _, body) in elements {
        check(body)?;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn a_trace_agrees_with_the_interpreter(
        (policies, samples) in select(EVENTS).prop_flat_map(|event| {
            let event = schema().event_named(event).unwrap();
            (policy_set(schema(), event), vec((Just(event), sample(schema(), event, false)), 6))
        })
    ) {
        let policies = &policies.policies;
        let ons = policies.iter().flat_map(|policy| {
            let rules = policy.rules.iter().flat_map(|rule| &rule.on);
            rules.chain(&policy.selects)
        });
        let conditions: Vec<&Expr> = ons.filter_map(|on| on.condition.as_deref()).collect();
        for (event, sample) in samples {
            let record = sample.record(event);
            let views = sample.views();
            let process = views.last().map(|view| &**view);
            let view = View::new(schema(), record.as_bytes(), process).unwrap();
            for condition in &conditions {
                let traced = trace(condition, &view);
                prop_assert_eq!(traced.holds, matches(condition, &view));
                check(&traced)?;
            }
        }
    }
}
