//! Filters that other tools get wrong, or drop without a word: here each works, in the kernel and in
//! userland, or is refused or warned of with its place.

use std::path::Path;
use std::process::Command;

use tracee_compiler::explain::{PredicateExplanation, explain};
use tracee_compiler::matcher::Engine as Evaluator;
use tracee_lang::check::check;
use tracee_lang::source::SourceMap;
use tracee_lang::stdlib;

/// What a command of the program prints, without the directory that all files are in.
fn tracee(command: &[&str], file: &Path) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_tracee"))
        .args(command)
        .arg(file.file_name().unwrap())
        .current_dir(file.parent().unwrap())
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

#[test]
fn each_works_or_is_refused_with_its_place() {
    insta::glob!("filters/*.tp", |file| {
        let (accepted, said) = tracee(&["check", "--format", "plain"], file);
        let explained = match accepted {
            // Plans of hundreds of values, policies or bytes are as long as they are.
            true => shortened(&plan(file)),
            false => String::new(),
        };
        insta::assert_snapshot!("filter", format!("{}{explained}", shortened(&said)));
        if std::fs::read_to_string(file).unwrap().contains("\ntest \"") {
            let (passed, tested) = tracee(&["test"], file);
            assert!(passed, "{}: {tested}", file.display());
        } else {
            assert!(!said.is_empty(), "{}: nothing is said", file.display());
        }
    });
}

/// Tracee has room for 1,024 values of an event's filter, and for 256 of a scope's.
#[test]
fn lists_have_thousands_of_values() {
    let values: Vec<_> = (0..2000)
        .map(|at| format!("\"/srv/data/{at:04}\""))
        .collect();
    let policy = format!(
        r#"
        list paths: path = [{}];
        policy p {{
          scope proc.pid in [{}];
          rule r {{ severity low; on openat where pathname in paths; }}
        }}
        test "the last" for p {{
          given openat {{ pathname: "/srv/data/1999", proc: {{ pid: 9990 }} }};
          expect p.r;
        }}
        test "a path of none" for p {{
          given openat {{ pathname: "/srv/data/2000", proc: {{ pid: 9990 }} }};
          expect not p.r;
        }}
        test "a process of none" for p {{
          given openat {{ pathname: "/srv/data/1999", proc: {{ pid: 9991 }} }};
          expect not p.r;
        }}"#,
        values.join(", "),
        (1..1000)
            .map(|at| (at * 10).to_string())
            .collect::<Vec<_>>()
            .join(", "),
    );
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("policy.tp");
    std::fs::write(&file, policy).unwrap();
    let (passed, tested) = tracee(&["test"], &file);
    assert!(passed, "{tested}");
    assert_eq!(plan(&file).matches("Exact: ").count(), 2);
}

/// A thousand literals of five operators in ten rules on one field: one automaton, walked once.
#[test]
fn a_thousand_literals_are_one_automaton() {
    let operators = ["==", "prefix", "suffix", "contains", "under"];
    let literal = |rule: usize, operator: &str, at: usize| match operator {
        "suffix" => format!("-{rule}{at:02}.conf"),
        "contains" => format!("/.cache-{rule}{at:02}/"),
        _ => format!(
            "/srv/{}/service-{rule}{at:02}",
            operator.replace("==", "equal")
        ),
    };
    let mut policy = String::from("policy p {\n");
    let mut tests = String::new();
    for rule in 0..10 {
        let parts = operators.map(|operator| {
            let all: Vec<_> = (0..20)
                .map(|at| format!("\"{}\"", literal(rule, operator, at)))
                .collect();
            let word = if operator == "==" { "in" } else { operator };
            format!("pathname {word} [{}]", all.join(", "))
        });
        policy.push_str(&format!(
            "rule r{rule} {{ severity low; on openat where {}; }}\n",
            parts.join(" or ")
        ));
        for operator in operators {
            let last = literal(rule, operator, 19);
            let path = match operator {
                "suffix" => format!("/etc/x{last}"),
                "contains" => format!("/home{last}x"),
                "under" => format!("{last}/x"),
                "prefix" => format!("{last}x"),
                _ => last,
            };
            let other = (rule + 1) % 10;
            tests.push_str(&format!(
                "test \"{rule} {operator}\" for p {{ given openat {{ pathname: \"{path}\" }}; \
                 expect p.r{rule}; expect not p.r{other}; }}\n"
            ));
        }
    }
    let text = format!("{policy}}}\n{tests}");
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("policy.tp");
    std::fs::write(&file, &text).unwrap();
    let (passed, tested) = tracee(&["test"], &file);
    assert!(passed && tested.contains("50 passed"), "{tested}");
    let mut map = SourceMap::default();
    let id = map.add("filter.tp", text);
    let policies = check(&map, &[id]).policies;
    let compiled = crate::compiled(&policies, Evaluator::Interpreter);
    let explained = explain(stdlib::schema(), &policies, &compiled, &map);
    let tables = explained.tables;
    assert_eq!((tables.field_filters, tables.automata), (1, 1));
    let cost = explained.events[0].kernel.as_ref().unwrap();
    assert_eq!((cost.filters.len(), cost.filters[0].walks), (1, None));
    insta::assert_debug_snapshot!((tables, cost));
}

/// Where each predicate of the policies runs, and why.
fn plan(file: &Path) -> String {
    let mut map = SourceMap::default();
    let id = map.add("filter.tp", std::fs::read_to_string(file).unwrap());
    let policies = check(&map, &[id]).policies;
    let compiled = crate::compiled(&policies, Evaluator::Interpreter);
    let explanation = explain(stdlib::schema(), &policies, &compiled, &map);
    let mut text = String::new();
    for target in explanation.events.iter().flat_map(|event| &event.targets) {
        text.push_str(&format!(
            "{}:\n",
            target.rule.as_ref().unwrap_or(&target.policy)
        ));
        for predicate in &target.predicates {
            let PredicateExplanation {
                text: condition,
                pushdown,
                reason,
                ..
            } = predicate;
            text.push_str(&format!("  {pushdown:?}: {condition}; {reason}\n"));
        }
    }
    text
}

/// Without what is beyond a line's or a page's end.
fn shortened(text: &str) -> String {
    const WIDTH: usize = 200;
    const LINES: usize = 24;
    let mut shown = String::new();
    for line in text.lines().take(LINES) {
        match line.char_indices().nth(WIDTH) {
            Some((end, _)) => shown.push_str(&format!("{} …\n", &line[..end])),
            None => shown.push_str(&format!("{line}\n")),
        }
    }
    let more = text.lines().count().saturating_sub(LINES);
    if more > 0 {
        shown.push_str(&format!("… {more} more lines\n"));
    }
    shown
}
