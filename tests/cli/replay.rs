//! The recorded intrusion: what the quickstart policy says of it, in every way it can be run.

use crate::{outcome, tracee};

const RUN: [&str; 4] = [
    "run",
    "examples/policies/quickstart.tp",
    "--replay",
    "examples/recordings/intrusion.trec",
];

fn run(more: &[&str]) -> crate::Outcome {
    let run = outcome(&mut tracee(&[&RUN, more].concat()));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    run
}

/// The rule of each detection, in order.
fn detections(json: &str) -> Vec<String> {
    json.lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON on every line"))
        .filter(|object| object["type"] == "detection")
        .map(|object| {
            object["id"]
                .as_str()
                .expect("every rule here has an id")
                .to_owned()
        })
        .collect()
}

/// Nobody has to write a policy to begin.
#[test]
fn without_a_policy_the_standard_library_runs() {
    let run = outcome(&mut tracee(&["run", RUN[2], RUN[3], "--output", "json"]));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let mut rules = Vec::new();
    for line in run.stdout.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("JSON on every line");
        assert_eq!(
            (&line["type"], &line["policy"]),
            (&"detection".into(), &"standard".into())
        );
        rules.push(line["rule"].as_str().expect("a name").to_owned());
    }
    rules.sort();
    let expected = ["anti_debugging", "fileless_execution"];
    assert_eq!(rules, expected.map(|name| format!("std.{name}")));
    let manual = outcome(&mut tracee(&["doc"]));
    for name in expected {
        assert!(manual.stdout.contains(&format!("(#std{name})")), "{name}");
    }
}

#[test]
fn the_whole_chain_is_detected() {
    let mut found = detections(&run(&["--output", "json"]).stdout);
    found.sort();
    found.dedup();
    assert_eq!(found, ["QS-1", "QS-2", "QS-3", "QS-4", "QS-5", "QS-6"]);
}

#[test]
fn the_table_is_as_it_was() {
    insta::assert_snapshot!(run(&[]).stdout);
}

#[test]
fn machine_code_and_interpreter_say_the_same() {
    let compiled = run(&["--output", "json"]).stdout;
    assert_eq!(compiled, run(&["--output", "json", "--interpreter"]).stdout);
}

#[test]
fn a_recording_of_a_replay_replays_the_same() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let copy = directory.path().join("copy.trec").display().to_string();
    let first = run(&["--output", "json", "--record", &copy]).stdout;
    let policy = RUN[1];
    let second = outcome(&mut tracee(&[
        "run", policy, "--replay", &copy, "--output", "json",
    ]));
    assert_eq!(first, second.stdout, "{}", second.stderr);
}

#[test]
fn several_outputs_at_once() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("events.jsonl");
    let to_file = format!("json:file:{}", file.display());
    let table = run(&["--output", "table", "--output", &to_file]).stdout;
    assert_eq!(table, run(&[]).stdout);
    let json = std::fs::read_to_string(&file).expect("the file");
    assert_eq!(json, run(&["--output", "json"]).stdout);
    assert!(json.ends_with('\n'));
}

#[test]
fn several_files_are_read_in_their_order() {
    let json = run(&["--output", "json"]).stdout;
    let again = run(&["--output", "json", "--replay", RUN[3]]);
    // A recording begins with its own processes: twice is twice the same.
    assert_eq!(again.stdout, json.repeat(2));
    let said = again.stderr.matches("replayed examples/recordings").count();
    assert_eq!(said, 2, "{}", again.stderr);

    let directory = tempfile::tempdir().expect("a temporary directory");
    let lines = directory.path().join("lines.jsonl");
    std::fs::write(&lines, &json).expect("a file");
    let lines = lines.display().to_string();
    let mixed = run(&["--output", "json", "--replay", &lines]).stdout;
    assert!(mixed.starts_with(&json) && mixed.len() > json.len());

    let more = ["--replay", "/nonexistent/file"];
    let missing = outcome(&mut tracee(&[&RUN[..], &more].concat()));
    assert_eq!((missing.code, missing.stdout.as_str()), (Some(2), ""));
    assert!(
        missing.stderr.contains("can't read /nonexistent/file"),
        "{}",
        missing.stderr
    );
}
