//! `tracee test`: what it prints in each format, and how it ends.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::{Outcome, outcome, tracee};

/// A policy with one of everything: tests that pass, that fail in every way, and a recording.
const POLICY: &str = r#"list shells: string = ["/sh", "/bash"];
let opened_for_write = flags has any [O_WRONLY, O_RDWR] or flags has O_TRUNC;

policy web {
  scope proc.uid in [33, 48] or any p in proc.ancestors { p.comm == "nginx" };

  rule shell_started {
    on sched_process_exec where pathname suffix shells and proc.parent.comm == "nginx";
  }

  rule configuration_written {
    on open, openat
      where pathname prefix "/etc/"
        and opened_for_write
        and not pathname suffix ".swp"
        and retval >= 0;
    on unlink where pathname prefix "/etc/";
  }
}

test "a shell under nginx" for web {
  given sched_process_exec { pathname: "/bin/sh", proc: { uid: 33, parent: { comm: "nginx" } } };
  expect shell_started alert;
}

test "the nearest of several events" for web {
  given openat { pathname: "/tmp/x", flags: O_RDWR, proc: { uid: 33 } };
  given openat { pathname: "/etc/x", flags: O_RDONLY, retval: 3, proc: { uid: 33 } };
  given openat { pathname: truncated("/etc/x"), flags: O_RDONLY, retval: absent, proc: { uid: 33 } };
  expect configuration_written;
}

test "out of scope" for web.shell_started {
  given sched_process_exec { pathname: "/bin/sh", proc: { uid: 0, parent: absent } };
  expect shell_started;
}

test "what should not match" for web {
  given unlink { pathname: "/etc/hosts", proc: { uid: 33 } };
  expect not web;
}

test "events of a file" for web {
  given recording "recorded.jsonl";
  expect configuration_written;
}

test "no such <file>" for web {
  given recording "nowhere & \"never\".jsonl";
  expect not configuration_written;
}
"#;

const RECORDED: &str = r#"{"timestamp":1,"processId":10,"hostProcessId":10,"userId":33,"eventName":"unlink","returnValue":0,"args":[{"name":"pathname","value":"/etc/x"}]}
"#;

/// Where the policy and the recording are.
fn directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let write = |name: &str, text: &str| {
        std::fs::write(directory.path().join(name), text).expect("a file");
    };
    write("web.tp", POLICY);
    write("recorded.jsonl", RECORDED);
    directory
}

fn run(arguments: &[&str]) -> Outcome {
    let directory = directory();
    let arguments = [&["test", "web.tp"], arguments].concat();
    outcome(tracee(&arguments).current_dir(directory.path()))
}

#[test]
fn what_we_ship_passes_and_is_covered() {
    let examples = std::fs::read_dir("examples/policies").expect("the examples");
    let examples = examples.map(|entry| entry.expect("an entry").path().display().to_string());
    for path in examples.chain(["stdlib-signatures/rules".to_owned()]) {
        let arguments = ["test", &path, "--coverage", "--fail-under", "100"];
        let run = outcome(&mut tracee(&arguments));
        assert_eq!((run.code, &*run.stderr), (Some(0), ""), "{}", run.stdout);
        let lines: Vec<&str> = run.stdout.lines().collect();
        assert_eq!(lines.len(), 2, "{}", run.stdout);
        assert!(lines[0].ends_with(" passed, 0 failed"), "{}", lines[0]);
        assert!(lines[1].starts_with("covered: 100 % ("), "{}", lines[1]);
    }
}

/// A rule outside of policies is tested alone; where it is used, its tests count, too.
#[test]
fn rules_of_libraries_have_tests_of_their_own() {
    let directory = tempfile::tempdir().expect("a directory");
    let write = |name: &str, text: &str| {
        std::fs::write(directory.path().join(name), text).expect("a written file");
    };
    write(
        "lib.tp",
        "rule mount { on mount where source prefix \"/dev/\"; }
test \"a disk\" for mount { given mount { source: \"/dev/sda\" }; expect mount; }
test \"none\" for mount { given mount { source: \"tmpfs\" }; expect not mount; }
",
    );
    write(
        "main.tp",
        "import \"lib.tp\" as lib;
policy p { use lib.mount; }
test \"a disk\" for lib.mount { given mount { source: \"tmpfs\" }; expect mount; }
",
    );
    let run = |arguments: &[&str]| {
        let arguments = [&["test", "--coverage"], arguments].concat();
        outcome(tracee(&arguments).current_dir(directory.path()))
    };
    let alone = run(&["lib.tp"]);
    let expected = "2 passed, 0 failed\ncovered: 100 % (2 of 2)\n";
    assert_eq!((alone.code, &*alone.stdout), (Some(0), expected));
    let used = run(&["lib.tp", "main.tp"]);
    assert_eq!(used.code, Some(6));
    let failed = "FAILED lib.mount: a disk\n";
    assert!(used.stdout.starts_with(failed), "{}", used.stdout);
    let end = "\n2 passed, 1 failed\ncovered: 75 % (3 of 4)\n";
    assert!(used.stdout.ends_with(end), "{}", used.stdout);
}

#[test]
fn what_fails_is_shown_with_its_values() {
    let run = run(&["--coverage"]);
    assert_eq!((run.code, &*run.stderr), (Some(6), ""));
    insta::assert_snapshot!(run.stdout);
}

/// Seconds differ from run to run.
fn without_seconds(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some(seconds) = fields.get_mut("seconds") {
                assert!(seconds.is_f64());
                *seconds = "some".into();
            }
            fields.values_mut().for_each(without_seconds);
        }
        Value::Array(items) => items.iter_mut().for_each(without_seconds),
        _ => {}
    }
}

/// Where a value is not as a schema says, for the keywords that ours uses.
fn violation(value: &Value, schema: &Value, root: &Value) -> Option<String> {
    let wrong = |what: &str| Some(format!("{what}: {value}"));
    for (keyword, asked) in schema.as_object().expect("a schema") {
        let found = match keyword.as_str() {
            "$ref" => {
                let path = asked.as_str().and_then(|path| path.strip_prefix('#'));
                let to = path.and_then(|path| root.pointer(path)).expect("a place");
                violation(value, to, root)
            }
            "anyOf" => {
                let mut all = asked.as_array().expect("a list").iter();
                let fits = all.any(|schema| violation(value, schema, root).is_none());
                (!fits).then(|| format!("none of {asked}: {value}"))
            }
            "enum" if asked.as_array().expect("a list").contains(value) => None,
            "type" => {
                let is = |name: &Value| match name.as_str() {
                    Some("object") => value.is_object(),
                    Some("array") => value.is_array(),
                    Some("string") => value.is_string(),
                    Some("boolean") => value.is_boolean(),
                    Some("integer") => value.is_u64(),
                    Some("number") => value.is_number(),
                    Some("null") => value.is_null(),
                    _ => false,
                };
                let names = asked.as_array().cloned().unwrap_or(vec![asked.clone()]);
                match names.iter().any(is) {
                    true => None,
                    false => wrong("type"),
                }
            }
            "required" => {
                let mut names = asked.as_array().expect("a list").iter();
                let there = |name: &Value| value.get(name.as_str().expect("a name")).is_some();
                names
                    .find(|name| !there(name))
                    .map(|name| format!("{name} is missing"))
            }
            "properties" => {
                let mut fields = value.as_object().expect("an object").iter();
                fields.find_map(|(name, field)| match asked.get(name) {
                    Some(schema) => violation(field, schema, root).map(|at| format!("{name}/{at}")),
                    None => Some(format!("{name} is unknown")),
                })
            }
            "items" => {
                let mut items = value.as_array().expect("a list").iter();
                items.find_map(|item| violation(item, asked, root))
            }
            "additionalProperties" => {
                assert_eq!(*asked, Value::Bool(false), "as `properties` does it");
                None
            }
            "description" | "title" | "$schema" | "$defs" => None,
            keyword => wrong(keyword),
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

#[test]
fn json_is_as_its_schema_says() {
    let run = run(&["--coverage", "--format", "json"]);
    assert_eq!((run.code, &*run.stderr), (Some(6), ""));
    let mut report: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/test-report.schema.json");
    let schema = std::fs::read_to_string(schema).expect("the schema");
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    assert_eq!(violation(&report, &schema, &schema), None);
    without_seconds(&mut report);
    insta::assert_snapshot!(format!("{report:#}"));
}

/// `xmllint` is Debian's libxml2-utils; .ci/run installs it and sets TRACEE_REQUIRE_XMLLINT.
#[test]
fn junit_is_what_jenkins_takes() {
    let run = run(&["--format", "junit"]);
    assert_eq!((run.code, &*run.stderr), (Some(6), ""));
    let times = regex::Regex::new(r#"time="[0-9]+\.[0-9]{3}""#).expect("a pattern");
    insta::assert_snapshot!(times.replace_all(&run.stdout, "time=\"some\""));
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("report.xml");
    std::fs::write(&file, &run.stdout).expect("a file");
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/junit/junit-10.xsd");
    let mut xmllint = Command::new("xmllint");
    xmllint.args(["--noout", "--nonet", "--schema"]);
    let validated = xmllint.arg(schema).arg(file).output();
    let required = std::env::var_os("TRACEE_REQUIRE_XMLLINT").is_some();
    match validated {
        Ok(validated) => {
            let said = String::from_utf8_lossy(&validated.stderr);
            assert!(validated.status.success(), "{said}");
        }
        Err(error) => {
            assert!(!required, "xmllint can't be run: {error}");
            eprintln!("no xmllint here: the report is not validated");
        }
    }
}

#[test]
fn a_filter_is_searched_for_in_subject_and_title() {
    let filtered = run(&["--filter", "^web: (a shell|events)"]);
    assert_eq!(filtered.code, Some(0), "{}", filtered.stdout);
    assert_eq!(filtered.stdout, "2 passed, 0 failed, 4 left out\n");
    let rule = run(&["--filter", r"web\.shell_started", "--list"]);
    let expected = "web.tp:33:6: web.shell_started: out of scope\n";
    assert_eq!((rule.code, &*rule.stdout), (Some(0), expected));
    let none = run(&["--filter", "nothing like it"]);
    assert_eq!(none.code, Some(6));
    assert!(none.stderr.contains("leaves none of the 6 tests"));
    let wrong = run(&["--filter", "a("]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.stderr.contains("no regular expression"), "{wrong:?}");
}

#[test]
fn a_list_is_data_too() {
    let listed = run(&["--list", "--format", "json", "--filter", "scope"]);
    let tests: Value = serde_json::from_str(&listed.stdout).expect("JSON");
    assert_eq!(tests[0]["title"], "out of scope");
    assert_eq!(tests[0]["place"]["line"], 33);
    assert_eq!(tests.as_array().map(Vec::len), Some(1));
}

#[test]
fn too_little_covered_fails() {
    let passing = ["--filter", "shell under", "--fail-under"];
    let run_with = |least: &str| run(&[&passing[..], &[least]].concat());
    let (low, high) = (run_with("10"), run_with("90.5"));
    assert_eq!(low.code, Some(0), "{}", low.stdout);
    assert_eq!(high.code, Some(6));
    assert!(high.stdout.contains("less than --fail-under 90.5"));
    assert_eq!(run_with("101").code, Some(2));
    // The other formats go to a machine; a person is told on stderr.
    let junit = run(&[&passing[..], &["90.5", "--format", "junit"]].concat());
    assert_eq!(junit.code, Some(6));
    assert!(junit.stderr.contains("less than --fail-under 90.5"));
}

#[test]
fn no_test_is_a_failure() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("p.tp");
    std::fs::write(&file, "policy p { select execve; }\n").expect("a file");
    let run = outcome(tracee(&["test"]).current_dir(directory.path()));
    assert_eq!(run.code, Some(6));
    assert!(run.stderr.contains("there is no test in these policies"));
}

#[test]
fn a_policy_with_errors_is_not_tested() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("p.tp");
    std::fs::write(&file, "test \"a\" for p { expect q; }\n").expect("a file");
    let run = outcome(tracee(&["test"]).current_dir(directory.path()));
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("TP0602"), "{}", run.stderr);
}

/// The page that teaches tests shows what the program prints.
#[test]
fn the_manual_shows_what_is_printed() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/testing.md");
    let page = std::fs::read_to_string(page).expect("the page");
    let block = |fence: &str| {
        let (_, rest) = page.split_once(fence).expect("the block");
        rest.split("```").next().unwrap_or_default()
    };
    let directory = tempfile::tempdir().expect("a temporary directory");
    std::fs::write(directory.path().join("web.tp"), block("```tp\n")).expect("a file");
    let run = outcome(tracee(&["test", "web.tp"]).current_dir(directory.path()));
    let printed = format!("$ tracee test web.tp\n{}", run.stdout);
    assert_eq!(printed, block("```text\n"));
    let mended = block("```tp\n").replace("port: 4444 } }", "port: 4444 }, proc: { uid: 33 } }");
    std::fs::write(directory.path().join("web.tp"), mended).expect("a file");
    let coverage = ["test", "--coverage", "web.tp"];
    let run = outcome(tracee(&coverage).current_dir(directory.path()));
    let printed = format!("$ tracee {}\n{}", coverage.join(" "), run.stdout);
    assert!(
        page.contains(&format!("```text\n{printed}```")),
        "{printed}"
    );
}
