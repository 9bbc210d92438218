//! What type-checks is evaluated without fail, and to the same by all that evaluate.

use std::hash::{DefaultHasher, Hash, Hasher};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tracee_compiler::matcher::{Engine, Matchers, TargetSet, View};
use tracee_compiler::plan::EventPlan;
use tracee_compiler::simulate::{self, passes};
use tracee_compiler::{CompiledPolicy, Options, compile};
use tracee_lang::check::check;
use tracee_lang::diagnostics::has_errors;
use tracee_lang::hir::Expr;
use tracee_lang::interpreter::matches;
use tracee_lang::schema::Event;
use tracee_lang::source::SourceMap;
use tracee_lang::stdlib::schema;
use zerocopy::IntoBytes;

use crate::samples::{Sample, sample};

/// Events that each condition is evaluated on.
const SAMPLES: usize = 8;

/// Evaluates a policy, if it has no errors, on events that only depend on its text.
pub(crate) fn agrees(text: &str) {
    let mut map = SourceMap::default();
    let file = map.add("test.tp", text);
    let checked = check(&map, &[file]);
    if has_errors(&checked.diagnostics) {
        return;
    }
    let options = Options {
        engine: Engine::Interpreter,
        ..Options::default()
    };
    let (compiled, diagnostics) = compile(schema(), &checked.policies, &options);
    assert!(!has_errors(&diagnostics), "{diagnostics:?}");
    let (code, no_code) = Matchers::compile(schema(), &compiled.plan, Engine::Jit);
    assert_eq!(no_code, None, "no machine code");
    code.complete();
    assert_eq!(code.not_compiled(), None);
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    for planned in &compiled.plan.events {
        if let Some(event) = schema().event(planned.event) {
            for sample in samples(event, hasher.finish()) {
                on_event(&compiled, &code, planned, event, &sample);
            }
        }
    }
}

/// Some events, the same for the same seed.
fn samples(event: &Event, seed: u64) -> Vec<Sample> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    let events = sample(schema(), event, false);
    let mut next = || Some(events.new_tree(&mut runner).ok()?.current());
    (0..SAMPLES).filter_map(|_| next()).collect()
}

fn on_event(
    compiled: &CompiledPolicy,
    code: &Matchers,
    planned: &EventPlan,
    event: &Event,
    sample: &Sample,
) {
    let record = sample.record(event);
    let views = sample.views();
    let process = views.last().map(|view| &**view);
    let (mut fast, mut right) = (TargetSet::new(), TargetSet::new());
    let interpreted = compiled
        .matchers
        .run(record.as_bytes(), process, &mut right);
    assert_eq!(interpreted, Ok(()), "{sample:?}");
    assert_eq!(
        code.run(record.as_bytes(), process, &mut fast),
        Ok(()),
        "{sample:?}"
    );
    assert_eq!(fast, right, "machine code differs on {sample:?}");

    let mask = sample.tree_mask(&compiled.tables.tree_roots);
    let live = simulate::selectors(&compiled.tables, event.id, record.as_bytes(), mask);
    let Some(view) = View::new(schema(), record.as_bytes(), process) else {
        panic!("no view of {sample:?}");
    };
    for (index, target) in planned.targets.iter().enumerate() {
        let holds = |condition: &Expr| matches(condition, &view);
        if target.condition.as_deref().is_none_or(holds) {
            assert!(passes(planned, &live, index), "the kernel drops {sample:?}");
        }
    }
}
