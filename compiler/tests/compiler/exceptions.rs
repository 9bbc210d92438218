//! What exceptions take away from a rule is the same everywhere: in the interpreter, in machine code, and
//! the kernel never drops what they leave.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use tracee_compiler::matcher::{Engine, TargetSet, View};
use tracee_compiler::simulate::{self, passes};
use tracee_compiler::{Options, compile};
use tracee_lang::check::check;
use tracee_lang::diagnostics::has_errors;
use tracee_lang::hir::PolicySet;
use tracee_lang::interpreter::matches;
use tracee_lang::source::SourceMap;
use tracee_lang::stdlib::schema;
use zerocopy::IntoBytes;

use crate::samples::sample;

/// Conditions on openat: what the kernel decides, what it can't, and what absent values make true.
const CONDITIONS: &[&str] = &[
    r#"pathname prefix "a""#,
    r#"pathname suffix ["b", "a"] and flags has any [O_CREAT, O_WRONLY]"#,
    r#"pathname != "a""#,
    r#"not (pathname contains "b" or retval < 0)"#,
    r#"retval >= 0 or dirfd == -100"#,
    r#"proc.uid in [0, 1] and not proc.gid == 0"#,
    r#"proc.exe == "a" or proc.parent.exe prefix "b""#,
    r#"pathname exists and not retval exists"#,
    r#"any p in proc.ancestors { p.exe == "a" or p.uid == 0 }"#,
    r#"lower(pathname) == "a" or proc.comm in ["a", "b"]"#,
    r#"proc.uid != 0"#,
    "true",
];

/// A policy whose rule matches everything, or what a condition says, but for the exceptions: half of
/// them stand in the rule, half in the policy.
fn policies(own: Option<&str>, scope: Option<&str>, exceptions: &[&str]) -> PolicySet {
    let clause = |condition: Option<&str>| {
        condition.map_or(String::new(), |condition| format!(" where {condition}"))
    };
    let (inside, outside) = exceptions.split_at(exceptions.len() / 2);
    let write = |all: &[&str], rule: &str| -> String {
        let one = |condition: &&str| format!("except {rule} reason \"r\" where {condition};\n");
        all.iter().map(one).collect()
    };
    let text = format!(
        "policy p {{ {}\nrule r {{ on openat{};\n{} }}\n{} }}",
        scope.map_or(String::new(), |scope| format!("scope {scope};")),
        clause(own),
        write(inside, ""),
        write(outside, "r"),
    );
    let mut sources = SourceMap::default();
    let file = sources.add("policy.tp", text);
    let checked = check(&sources, &[file]);
    assert!(
        !has_errors(&checked.diagnostics),
        "{:?}",
        checked.diagnostics
    );
    checked.policies
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_rule_matches_where_its_condition_holds_and_no_exception_does(
        own in option::weighted(0.8, select(CONDITIONS)),
        scope in option::weighted(0.3, Just("proc.uid >= 1")),
        exceptions in subsequence(CONDITIONS, 1..=4).prop_shuffle(),
        samples in vec(sample(schema(), schema().event_named("openat").unwrap(), false), 12),
    ) {
        let event = schema().event_named("openat").unwrap();
        let policies = policies(own, scope, &exceptions);
        let policy = &policies.policies[0];
        let on = &policy.rules[0].on[0];
        prop_assert_eq!(on.own().is_some(), own.is_some());
        prop_assert_eq!(on.excepted().count(), exceptions.len());
        let (compiled, diagnostics) = compile(schema(), &policies, &Options::default());
        prop_assert_eq!(diagnostics, vec![]);
        compiled.matchers.complete();
        prop_assert_eq!(compiled.matchers.engine(), Engine::Jit);
        let planned = &compiled.plan.events[0];
        let mut found = TargetSet::new();
        for sample in samples {
            let record = sample.record(event);
            let views = sample.views();
            let process = views.last().map(|view| &**view);
            let view = View::new(schema(), record.as_bytes(), process).unwrap();
            let all = [policy.scope.as_ref(), on.own()];
            let expected = all.into_iter().flatten().all(|one| matches(one, &view))
                && !on.excepted().any(|(_, excepted)| matches(excepted, &view));
            prop_assert_eq!(compiled.matchers.run(record.as_bytes(), process, &mut found), Ok(()));
            prop_assert_eq!(found.contains(0), expected, "{:?}", sample);
            let mask = sample.tree_mask(&compiled.tables.tree_roots);
            let live = simulate::selectors(&compiled.tables, event.id, record.as_bytes(), mask);
            prop_assert!(passes(planned, &live, 0) || !expected, "{:?}", planned.selectors);
        }
    }
}
