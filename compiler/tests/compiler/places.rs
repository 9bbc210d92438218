//! Where predicates run is what the plan says, also if most of it is known from a version before.

use std::fmt::Write as _;

use tracee_compiler::split::places::{Clause, Places};
use tracee_compiler::split::{SplitOptions, split};
use tracee_lang::check;
use tracee_lang::diagnostics::has_errors;
use tracee_lang::hir::PolicySet;
use tracee_lang::source::SourceMap;
use tracee_lang::stdlib::schema;

/// Conditions of all forms; `#` is a number.
const CONDITIONS: &[&str] = &[
    r#"pathname prefix "/etc/#/" and not pathname suffix ".swp""#,
    r#"not (pathname == "/a#" or not proc.uid == #)"#,
    r#"not not pathname == "/b#" and (flags has O_CREAT or not not proc.uid == #)"#,
    r#"not (not not proc.uid == # and true) or pathname under "/c#""#,
    r#"any p in proc.ancestors { p.comm == "c#" } and pathname contains "x#""#,
    r#"len(pathname) > # and (proc.comm == "d#" or container.started)"#,
    r#"pathname glob "/home/*/#" and false"#,
    r#"event.name == "openat" and dirname(pathname) == "/e#""#,
];

fn pack(rules: usize, scope: &str) -> String {
    let mut text =
        format!("policy p {{ {scope} select openat where pathname == \"/x\"; select close;\n");
    for number in 0..rules {
        let condition = CONDITIONS[number % CONDITIONS.len()].replace('#', &number.to_string());
        let _ = writeln!(
            text,
            "rule r{number} {{ on openat where {condition}; on execve; }}"
        );
    }
    text.push_str("}\n");
    text
}

fn policies(text: &str) -> PolicySet {
    let mut map = SourceMap::default();
    let file = map.add("p.tp", text);
    let checked = check::check(&map, &[file]);
    let diagnostics = &checked.diagnostics;
    assert!(!has_errors(diagnostics), "{diagnostics:?}");
    checked.policies
}

/// A line for each predicate, in no order.
fn planned(policies: &PolicySet) -> Vec<String> {
    let plan = split(schema(), policies, &SplitOptions::default());
    let mut lines = Vec::new();
    for event in &plan.events {
        for one in event.targets.iter().flat_map(|target| &target.predicates) {
            lines.push(format!(
                "{:?} {:?} {:?} {}",
                event.event, one.span, one.pushdown, one.reason
            ));
        }
    }
    lines.sort();
    lines
}

fn placed(places: &mut Places, policies: &PolicySet) -> Vec<String> {
    let clauses = policies.policies.iter().flat_map(|policy| {
        let scope = policy.scope.as_ref();
        let rules = policy.rules.iter();
        let of_rules = rules.flat_map(|rule| rule.on.iter().map(|on| (&rule.qualified_name, on)));
        let selects = policy.selects.iter().map(|on| (&policy.name, on));
        let all = selects.chain(of_rules);
        all.map(move |(owner, on)| Clause { owner, scope, on })
    });
    let found = places.of(schema(), clauses);
    let line = |one: &tracee_compiler::split::places::Place| {
        format!(
            "{:?} {:?} {:?} {}",
            one.event, one.span, one.pushdown, one.reason
        )
    };
    let mut lines: Vec<String> = found.iter().map(line).collect();
    lines.sort();
    lines
}

#[test]
fn places_are_those_of_the_plan_after_every_change() {
    let mut places = Places::default();
    let some = pack(40, "");
    let scoped = pack(40, "scope proc.uid < 60000 or not not container.started;");
    // More selectors than an event has, so that some are merged.
    let many = pack(400, "scope proc.uid < 60000;");
    let versions = [
        some.clone(),
        some.clone(),
        format!("// Everything is elsewhere.\n{some}"),
        some.replace("/b10", "/other"),
        some.replace("rule r7 {", "rule renamed {"),
        some.replace("on execve; }", "}"),
        scoped.clone(),
        scoped.replace("60000", "50000"),
        many.clone(),
        format!("\n\n{many}"),
        many.replace("/etc/16/", "/"),
        some,
    ];
    for text in &versions {
        let policies = policies(text);
        let planned = planned(&policies);
        assert!(planned.len() > 80);
        assert_eq!(placed(&mut places, &policies), planned);
        assert_eq!(placed(&mut Places::default(), &policies), planned);
    }
    let merged = planned(&policies(&many));
    assert!(merged.iter().any(|line| line.contains("256 selectors")));
}
