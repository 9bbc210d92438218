//! The kernel may pass too many events, never too few; what the plan calls exact is.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use tracee_compiler::matcher::{Engine, View};
use tracee_compiler::plan::Pushdown;
use tracee_compiler::simulate::{self, passes};
use tracee_compiler::{Options, compile};
use tracee_lang::hir::Expr;
use tracee_lang::interpreter::matches;
use tracee_lang::stdlib::schema;
use zerocopy::IntoBytes;

use crate::agreement::EVENTS;
use crate::conditions::policy_set;
use crate::samples::sample;

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn the_kernel_drops_nothing_that_a_target_matches(
        (policies, samples) in select(EVENTS).prop_flat_map(|event| {
            let event = schema().event_named(event).unwrap();
            (policy_set(schema(), event), vec((Just(event), sample(schema(), event, false)), 12))
        }),
        pushdown in prop::bool::weighted(0.9),
    ) {
        let options = Options { pushdown, engine: Engine::Interpreter, ..Options::default() };
        let (compiled, diagnostics) = compile(schema(), &policies, &options);
        prop_assert_eq!(diagnostics, vec![]);
        let planned = &compiled.plan.events[0];
        for (event, sample) in samples {
            let record = sample.record(event);
            let views = sample.views();
            let process = views.last().map(|view| &**view);
            let mask = sample.tree_mask(&compiled.tables.tree_roots);
            let live = simulate::selectors(&compiled.tables, event.id, record.as_bytes(), mask);
            let view = View::new(schema(), record.as_bytes(), process).unwrap();
            for (index, target) in planned.targets.iter().enumerate() {
                let holds = |condition: &Expr| matches(condition, &view);
                if target.condition.as_deref().is_none_or(holds) {
                    prop_assert!(passes(planned, &live, index), "{:?} {:?}", target, planned.selectors);
                }
            }
        }
    }

    #[test]
    fn what_is_exact_needs_no_second_look(
        (policies, samples) in select(EVENTS).prop_flat_map(|event| {
            let event = schema().event_named(event).unwrap();
            (policy_set(schema(), event), vec((Just(event), sample(schema(), event, true)), 12))
        }),
    ) {
        let options = Options { engine: Engine::Interpreter, ..Options::default() };
        let (compiled, _) = compile(schema(), &policies, &options);
        let planned = &compiled.plan.events[0];
        for (event, sample) in samples {
            let record = sample.record(event);
            let views = sample.views();
            let process = views.last().map(|view| &**view);
            let mask = sample.tree_mask(&compiled.tables.tree_roots);
            let live = simulate::selectors(&compiled.tables, event.id, record.as_bytes(), mask);
            let view = View::new(schema(), record.as_bytes(), process).unwrap();
            for (index, target) in planned.targets.iter().enumerate() {
                let holds = |condition: Option<&Expr>| {
                    condition.is_none_or(|condition| matches(condition, &view))
                };
                let passed = passes(planned, &live, index);
                let matched = holds(target.condition.as_deref());
                prop_assert_eq!(passed && holds(target.residual.as_deref()), matched, "{:?}", target);
                let exact = |predicate: &tracee_compiler::plan::PredicatePlan| {
                    predicate.pushdown == Pushdown::Exact
                };
                if target.predicates.iter().all(exact) {
                    prop_assert_eq!(passed, matched, "{:?} {:?}", target, planned.selectors);
                    prop_assert!(target.residual.is_none(), "{:?}", target);
                }
            }
        }
    }
}
