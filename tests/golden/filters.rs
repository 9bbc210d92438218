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
