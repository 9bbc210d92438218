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
    assert_eq!(compiled, run(&["--output", "json", "--no-pushdown"]).stdout);
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
