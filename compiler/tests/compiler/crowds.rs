//! Many rules on one event: the index finds every condition that holds, whatever else it finds, and matching
//! allocates nothing.
//!
//! `cargo xtask agreement` runs as many cases as one likes.

use std::time::{Duration, Instant};

use allocation_counter::measure;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestCaseResult, TestError, TestRng, TestRunner};
use tracee_compiler::matcher::{Engine, Matchers, TargetSet};
use tracee_compiler::plan::Plan;
use tracee_compiler::split::{SplitOptions, split};
use tracee_lang::check::check;
use tracee_lang::diagnostics::has_errors;
use tracee_lang::hir::{ExprKind, PolicySet};
use tracee_lang::schema::Event;
use tracee_lang::source::SourceMap;
use tracee_lang::stdlib::schema;
use zerocopy::IntoBytes;

use crate::conditions::{condition, expr, policies};
use crate::samples::{Sample, sample};

/// Events that each crowd of rules is asked about, unless TRACEE_AGREEMENT_EVENTS says otherwise.
const EVENTS_EACH: u64 = 64;

/// A number from the environment.
fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

fn without_pushdown(policies: &PolicySet) -> Plan {
    let options = SplitOptions {
        no_pushdown: true,
        ..SplitOptions::default()
    };
    split(schema(), policies, &options)
}

/// So many rules that functions are several, with and without a scope that they share.
fn crowd(event: &Event) -> BoxedStrategy<PolicySet> {
    let id = event.id;
    let one = || condition(schema(), event);
    // Two in one ask for what a rule has in common with others, too.
    let both = (one(), one()).prop_map(|(a, b)| expr(ExprKind::And(vec![a, b])));
    let rule = prop_oneof![2 => one(), 1 => both];
    let rules = vec(prop::option::weighted(0.97, rule), 4..150);
    (prop::option::of(one()), rules)
        .prop_map(move |(scope, mut rules)| {
            rules.insert(0, scope);
            policies(id, vec![rules])
        })
        .boxed()
}

#[test]
#[expect(clippy::print_stdout, reason = "`cargo xtask agreement` shows it")]
fn the_index_agrees_with_the_interpreter() {
    let cases = number("TRACEE_AGREEMENT_CASES", 320);
    let seed = number("TRACEE_AGREEMENT_SEED", 0);
    let each = number("TRACEE_AGREEMENT_EVENTS", EVENTS_EACH).max(1);
    let crowds = cases.div_ceil(each);
    let events = &schema().events;
    for number in 0..crowds {
        // The events that have slots of every type come first, then each other one.
        let event = match number % 2 {
            0 => {
                let names = crate::agreement::EVENTS;
                schema()
                    .event_named(names[(number / 2) as usize % names.len()])
                    .unwrap()
            }
            _ => &events[(seed + number / 2) as usize % events.len()],
        };
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        bytes[8..16].copy_from_slice(&number.to_le_bytes());
        let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let config = ProptestConfig {
            cases: 1,
            max_shrink_iters: 2_000,
            failure_persistence: None,
            ..ProptestConfig::default()
        };
        let strategy = (
            crowd(event),
            vec(sample(schema(), event, false), each as usize),
        );
        let result = TestRunner::new_with_rng(config, random)
            .run(&strategy, |(policies, samples)| {
                agree(event, &policies, &samples)
            });
        match result {
            Ok(()) => {}
            Err(TestError::Fail(reason, (policies, _))) => {
                let policies = &policies.policies;
                panic!(
                    "{} with seed {seed}, crowd {number}: {reason}\n{policies:?}",
                    event.name
                )
            }
            Err(TestError::Abort(reason)) => panic!("{reason}"),
        }
    }
    println!("{} cases agree; seed {seed}", crowds * each);
}

fn agree(event: &Event, policies: &PolicySet, samples: &[Sample]) -> TestCaseResult {
    let plan = without_pushdown(policies);
    let (interpreter, _) = Matchers::compile(schema(), &plan, Engine::Interpreter);
    // The last one interprets the index's candidates until its thread has compiled them.
    let engines = [
        (Engine::Jit, true),
        (Engine::Straight, true),
        (Engine::Indexed, true),
        (Engine::Indexed, false),
    ];
    let engines = engines.map(|(engine, complete)| {
        let (matchers, reason) = Matchers::compile(schema(), &plan, engine);
        assert_eq!(reason, None);
        if complete {
            matchers.complete();
        }
        assert_eq!(matchers.not_compiled(), None);
        matchers
    });
    let (mut fast, mut right) = (TargetSet::new(), TargetSet::new());
    for sample in samples {
        let record = sample.record(event);
        let views = sample.views();
        let process = views.last().map(|view| &**view);
        prop_assert_eq!(
            interpreter.run(record.as_bytes(), process, &mut right),
            Ok(())
        );
        for matchers in &engines {
            prop_assert_eq!(matchers.run(record.as_bytes(), process, &mut fast), Ok(()));
            let engine = matchers.engine();
            prop_assert_eq!(&fast, &right, "{:?}: {:?}", engine, sample);
        }
    }
    Ok(())
}

fn compiled(text: &str, engine: Engine) -> Matchers {
    let mut sources = SourceMap::default();
    let file = sources.add("crowd.tp", text);
    let checked = check(&sources, &[file]);
    assert!(
        !has_errors(&checked.diagnostics),
        "{:?}",
        checked.diagnostics
    );
    let (matchers, reason) =
        Matchers::compile(schema(), &without_pushdown(&checked.policies), engine);
    assert_eq!(reason, None);
    matchers.complete();
    matchers
}

/// Rules of the kinds that policies have, so many that an index is chosen.
fn rules(count: usize) -> String {
    let rule = |at: usize| {
        let condition = match at % 6 {
            0 => format!("pathname prefix \"/srv/app{at}/\" and proc.uid == 0"),
            1 => format!("pathname suffix [\".k{at}\", \"/key{at}.pem\"] and proc.comm != \"ssh\""),
            2 => format!("pathname contains~ \"/Secret{at}/\""),
            3 => format!("basename(pathname) in [\"shadow{at}\", \"gshadow{at}\"]"),
            4 => format!("proc.comm in [\"miner{at}\", \"kworker{at}\"] and pathname exists"),
            _ => format!("pathname under \"/etc/service{at}\" and flags has O_CREAT"),
        };
        format!("  rule r{at} {{ on openat where {condition}; }}\n")
    };
    let rules: String = (0..count).map(rule).collect();
    format!("policy crowd {{\n{rules}}}\n")
}

/// openat of a path.
fn openat(path: &[u8], comm: &[u8]) -> Vec<u64> {
    let event = schema().event_named("openat").unwrap();
    let slot = |path: &str| {
        event
            .slots
            .iter()
            .position(|slot| slot.path == path)
            .unwrap()
    };
    let (pathname, flags) = (slot("pathname"), slot("flags"));
    let mut slots = vec![None; event.slots.len()];
    slots[pathname] = Some((crate::samples::Slot::Bytes(path.to_vec()), false));
    slots[flags] = Some((crate::samples::Slot::Int(0o100), false));
    let sample = Sample {
        slots,
        ints: vec![0; 18],
        comm: comm.to_vec(),
        retval: None,
        processes: Vec::new(),
        container: None,
        host: None,
    };
    sample.record(event)
}

#[test]
fn an_index_is_chosen_for_many_rules_and_not_for_few() {
    let openat = schema().event_named("openat").unwrap().id;
    assert!(compiled(&rules(3), Engine::Jit).strategy(openat).is_none());
    let many = compiled(&rules(120), Engine::Jit);
    let strategy = many.strategy(openat).unwrap();
    assert_eq!((strategy.candidates, strategy.always), (120, 0));
    assert!(
        compiled(&rules(120), Engine::Straight)
            .strategy(openat)
            .is_none()
    );
}

#[test]
fn a_rule_of_many_is_found_by_what_it_asks_for() {
    let matchers = compiled(&rules(120), Engine::Jit);
    let mut out = TargetSet::new();
    let mut found = |path: &str, comm: &str| -> Vec<usize> {
        let record = openat(path.as_bytes(), comm.as_bytes());
        matchers.run(record.as_bytes(), None, &mut out).unwrap();
        out.iter().collect()
    };
    assert_eq!(found("/srv/app6/x", ""), [6]);
    assert_eq!(found("/srv/app60/x", ""), [60]);
    assert_eq!(found("/x/key7.pem", ""), [7]);
    assert_eq!(found("x.k7", ""), [7]);
    assert_eq!(found("x.k7", "ssh"), [0; 0]);
    assert_eq!(found("/a/sEcReT8/b", ""), [8]);
    assert_eq!(found("/a/secret8", ""), [0; 0]);
    assert_eq!(found("/etc/gshadow9", ""), [9]);
    assert_eq!(found("gshadow9", ""), [9]);
    assert_eq!(found("/x", "miner10"), [10]);
    assert_eq!(found("/etc/service11", ""), [11]);
    assert_eq!(found("/etc/service110", ""), [0; 0]);
    assert_eq!(found("/etc/service11/secret68/", "miner16"), [11, 16, 68]);
}

#[test]
fn a_path_full_of_literals_is_given_up_and_matched_all_the_same() {
    let matchers = compiled(&rules(120), Engine::Jit);
    let mut out = TargetSet::new();
    let path = "/secre/secret8 /secret8".repeat(150) + "/secret8/" + ".k7";
    let record = openat(path.as_bytes(), b"kworker4");
    matchers.run(record.as_bytes(), None, &mut out).unwrap();
    assert_eq!(out.iter().collect::<Vec<_>>(), [4, 7, 8]);
}

/// What is interpreted at first and compiled when it was asked for often gives the same all the time, and rules
/// that nothing asks for are never compiled.
#[test]
fn code_is_made_when_it_pays_and_changes_nothing() {
    let plan = {
        let mut sources = SourceMap::default();
        let file = sources.add("crowd.tp", rules(120));
        without_pushdown(&check(&sources, &[file]).policies)
    };
    let (matchers, reason) = Matchers::compile(schema(), &plan, Engine::Jit);
    assert_eq!((reason, matchers.code_size()), (None, 0));
    let record = openat(b"/srv/app6/x", b"");
    let mut out = TargetSet::new();
    let begin = Instant::now();
    while matchers.code_size() == 0 {
        matchers.run(record.as_bytes(), None, &mut out).unwrap();
        assert_eq!(out.iter().collect::<Vec<_>>(), [6]);
        assert!(begin.elapsed() < Duration::from_secs(60), "no code is made");
    }
    let asked = matchers.code_size();
    matchers.complete();
    assert!(matchers.code_size() > asked);
}

#[test]
fn matching_allocates_nothing() {
    let paths: [&[u8]; 4] = [b"/usr/lib/libc.so.6", b"/srv/app6/x", &[0xff; 300], b""];
    let records = paths.map(|path| openat(path, b"miner4"));
    for engine in [Engine::Jit, Engine::Straight, Engine::Indexed] {
        let matchers = compiled(&rules(500), engine);
        let mut out = TargetSet::new();
        let mut all = || {
            for record in &records {
                matchers.run(record.as_bytes(), None, &mut out).unwrap();
            }
        };
        // Buffers become as large as they have to be.
        all();
        assert_eq!(measure(all).count_total, 0, "{engine:?}");
    }
}
