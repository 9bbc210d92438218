//! Machine code is only faster: it agrees with the interpreter on every condition and event.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use tracee_compiler::matcher::{Engine, Malformed, Matchers, TargetSet};
use tracee_compiler::split::{SplitOptions, split};
use tracee_lang::stdlib::schema;
use zerocopy::IntoBytes;

use crate::conditions::policy_set;
use crate::samples::sample;

/// Between them they have slots of every type.
pub(crate) const EVENTS: &[&str] = &["openat", "execve", "connect", "openat2", "ptrace"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn machine_code_agrees_with_the_interpreter(
        (policies, samples) in select(EVENTS).prop_flat_map(|event| {
            let event = schema().event_named(event).unwrap();
            (policy_set(schema(), event), vec((Just(event), sample(schema(), event, false)), 12))
        })
    ) {
        let plan = split(schema(), &policies, &SplitOptions::default());
        let (code, reason) = Matchers::compile(schema(), &plan, Engine::Jit);
        prop_assert_eq!(reason, None);
        code.complete();
        prop_assert_eq!(code.not_compiled(), None);
        prop_assert_eq!(code.engine(), Engine::Jit);
        let (interpreter, _) = Matchers::compile(schema(), &plan, Engine::Interpreter);
        prop_assert_eq!(interpreter.engine(), Engine::Interpreter);
        let (mut fast, mut right) = (TargetSet::new(), TargetSet::new());
        for (event, sample) in samples {
            let record = sample.record(event);
            let views = sample.views();
            let process = views.last().map(|view| &**view);
            prop_assert_eq!(code.run(record.as_bytes(), process, &mut fast), Ok(()));
            prop_assert_eq!(interpreter.run(record.as_bytes(), process, &mut right), Ok(()));
            prop_assert_eq!(&fast, &right, "{:?}", sample);
        }
    }

    /// Whatever bytes come, no read leaves them: the code says so or runs.
    #[test]
    fn a_damaged_record_is_refused_or_read_within_bounds(
        (policies, sample, damage) in {
            let event = schema().event_named("execve").unwrap();
            let damage = vec((any::<prop::sample::Index>(), any::<u64>()), 1..4);
            (policy_set(schema(), event), sample(schema(), event, true), damage)
        }
    ) {
        let event = schema().event_named("execve").unwrap();
        let plan = split(schema(), &policies, &SplitOptions::default());
        let (code, _) = Matchers::compile(schema(), &plan, Engine::Jit);
        code.complete();
        let (interpreter, _) = Matchers::compile(schema(), &plan, Engine::Interpreter);
        let mut record = sample.record(event);
        for (at, word) in damage {
            // Not the first word: it has the size and the event.
            let at = 1 + at.index(record.len() - 1);
            record[at] = word;
        }
        let (mut fast, mut right) = (TargetSet::new(), TargetSet::new());
        let outcome = code.run(record.as_bytes(), None, &mut fast);
        prop_assert_eq!(outcome, interpreter.run(record.as_bytes(), None, &mut right));
        prop_assert!(matches!(outcome, Ok(()) | Err(Malformed)));
        prop_assert_eq!(fast, right);
    }
}
