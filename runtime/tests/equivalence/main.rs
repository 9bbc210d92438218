//! The kernel's filters against the interpreter: random policies and events, decided by the interpreter,
//! by the simulation of the tables, and by the kernel itself. The kernel never drops what a condition
//! keeps, decides as the simulation does, and exactly where the plan says so.
//!
//! `cargo xtask equivalence` runs as many cases as one likes. A failure adds its seed to failures.txt,
//! which is tried first from then on.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "helpers of tests, too, fail by panicking; a skipped test says so"
)]

#[path = "../../../compiler/tests/compiler/conditions.rs"]
mod conditions;
#[path = "../../../compiler/tests/compiler/samples.rs"]
mod samples;

use std::cell::RefCell;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{
    FileFailurePersistence, RngAlgorithm, TestCaseResult, TestError, TestRng, TestRunner,
};
use tracee_compiler::matcher::{Engine, View};
use tracee_compiler::plan::{EventPlan, Pushdown, Target};
use tracee_compiler::{Options, compile, simulate};
use tracee_ebpf::abi::Selectors;
use tracee_lang::hir::{Expr, PolicySet};
use tracee_lang::interpreter::matches;
use tracee_lang::schema::{Event, Hook};
use tracee_lang::stdlib::schema;
use tracee_runtime::live::{FilterRun, LiveError};
use zerocopy::IntoBytes;

use conditions::{condition, policies as policies_of, policy_set};
use samples::{Sample, sample};

/// Events that each set of policies decides.
const EVENTS_EACH: usize = 128;

const FAILURES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/equivalence/failures.txt"
);

/// A number from the environment.
fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// The filters, if they can run here.
fn filters() -> Option<FilterRun> {
    match FilterRun::new(schema()) {
        Ok(filters) => Some(filters),
        Err(LiveError::NoPrivilege | LiveError::NoBtf { .. } | LiveError::PidNamespace)
            if std::env::var_os("TRACEE_REQUIRE_LIVE").is_none() =>
        {
            eprintln!(
                "skipped: this test runs eBPF programs, which needs root and a kernel with BTF"
            );
            None
        }
        Err(err) => panic!("{err}"),
    }
}

/// A seed of its own for each event, so that a run can be repeated.
fn runner(seed: u64, event: &Event, policies: u64) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..10].copy_from_slice(&event.id.0.to_le_bytes());
    let config = ProptestConfig {
        cases: policies.try_into().unwrap(),
        max_shrink_iters: 2000,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(FAILURES))),
        ..ProptestConfig::default()
    };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

#[test]
fn the_kernel_decides_as_the_interpreter_does() {
    let Some(filters) = filters() else {
        return;
    };
    let filters = RefCell::new(filters);
    let cases = number("TRACEE_EQUIVALENCE_CASES", 6400);
    let seed = number("TRACEE_EQUIVALENCE_SEED", 0);
    let from_kernel = |event: &&Event| !event.hooks.contains(&Hook::Userland);
    let events: Vec<&Event> = schema().events.iter().filter(from_kernel).collect();
    let (policies, count) = (cases.div_ceil(EVENTS_EACH as u64), events.len() as u64);
    for (at, event) in (seed..).zip(&events) {
        // What is left over goes to events at equal distances, which the seed shifts.
        let rest = policies % count;
        let policies = policies / count + u64::from(at * rest % count < rest);
        if policies == 0 {
            continue;
        }
        let sample = any::<bool>().prop_flat_map(|whole| {
            let sample = sample(schema(), event, whole);
            sample.prop_map(move |sample| (whole, sample))
        });
        // Rarely so many conditions that they take all words of a set of selectors, or are merged.
        let crowd = vec(condition(schema(), event).prop_map(Some), 60..120);
        let crowd = crowd.prop_map(|conditions| policies_of(event.id, vec![conditions]));
        let some = prop_oneof![40 => policy_set(schema(), event), 1 => crowd];
        let strategy = (some, vec(sample, EVENTS_EACH));
        let result = runner(seed, event, policies).run(&strategy, |(policies, samples)| {
            check(&mut filters.borrow_mut(), event, &policies, &samples)
        });
        match result {
            Ok(()) => {}
            // The whole input is in failures.txt, and long.
            Err(TestError::Fail(reason, _) | TestError::Abort(reason)) => {
                panic!("{} with seed {seed}: {reason}", event.name)
            }
        }
    }
    let compared = policies * EVENTS_EACH as u64;
    let tried = count.min(policies);
    println!("{compared} cases of {tried} events agree; seed {seed}");
    if let Some(path) = std::env::var_os("TRACEE_EQUIVALENCE_REPORT") {
        let report = format!("{{\"cases\":{compared},\"events\":{tried},\"seed\":{seed}}}\n");
        std::fs::write(path, report).unwrap();
    }
}

fn check(
    filters: &mut FilterRun,
    event: &Event,
    policies: &PolicySet,
    samples: &[(bool, Sample)],
) -> TestCaseResult {
    let options = Options {
        engine: Engine::Interpreter,
        ..Options::default()
    };
    let (compiled, _) = compile(schema(), policies, &options);
    let planned = &compiled.plan.events[0];
    filters.write(&compiled.tables).unwrap();
    for (whole, sample) in samples {
        let record = sample.record(event);
        let record = record.as_bytes();
        let mask = sample.tree_mask(&compiled.tables.tree_roots);
        let simulated = simulate::selectors(&compiled.tables, event.id, record, mask);
        let live = filters.run(record, mask).unwrap();
        prop_assert_eq!(live, simulated, "{:?} {:?}", sample, planned.selectors);
        let views = sample.views();
        let view = View::new(schema(), record, views.last().map(|view| &**view)).unwrap();
        for (index, target) in planned.targets.iter().enumerate() {
            let holds = |condition: &Expr| matches(condition, &view);
            let matched = target.condition.as_deref().is_none_or(holds);
            let passed = passes(planned, &live, index);
            let about = (sample, target, &planned.selectors);
            prop_assert!(passed || !matched, "{:?}", about);
            if *whole && is_exact(target) {
                prop_assert_eq!(passed, matched, "{:?}", about);
            }
        }
    }
    Ok(())
}

/// Whether one of the target's selectors is left.
fn passes(planned: &EventPlan, live: &Selectors, target: usize) -> bool {
    planned.selectors.iter().enumerate().any(|(bit, selector)| {
        live[bit / 64] >> (bit % 64) & 1 == 1 && selector.targets.contains(&target)
    })
}

fn is_exact(target: &Target) -> bool {
    let mut predicates = target.predicates.iter();
    predicates.all(|predicate| predicate.pushdown == Pushdown::Exact)
}
