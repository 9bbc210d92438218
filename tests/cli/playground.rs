//! The playground says what the command line says, of the same policies and recordings.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tracee_playground::Playground;

use crate::{outcome, tracee};

const RECORDING: &str = "examples/recordings/intrusion.trec";

/// What the playground answers about the policy in a file.
fn ask(path: &str, request: Value, attached: &[u8]) -> Result<Value, String> {
    let text = std::fs::read_to_string(path).expect("a text");
    ask_of(path, &text, request, attached)
}

fn ask_of(name: &str, text: &str, mut request: Value, attached: &[u8]) -> Result<Value, String> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("it is after 1970");
    request["policy"] = json!({
        "name": name,
        "text": text,
        "now": now.as_millis() as u64,
    });
    let answer = Playground::default().answer(request.to_string().as_bytes(), attached.to_vec());
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    match answer["error"].as_str() {
        Some(error) => Err(error.to_owned()),
        None => Ok(answer["ok"].clone()),
    }
}

/// The policies below a folder that import no other files.
fn alone(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "tp") && is_alone(&path)
            {
                found.push(path.to_str().expect("UTF-8").to_owned());
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "{folder} has no policies");
    found
}

fn is_alone(path: &Path) -> bool {
    let Ok(text) = std::fs::read_to_string(path) else {
        return false; // the playground has texts only
    };
    let mut imports = text
        .lines()
        .filter(|line| line.trim_start().starts_with("import "));
    imports.all(|line| !line.contains('"'))
}

#[test]
fn diagnostics_are_those_of_check() {
    for path in [alone("examples/policies"), alone("tests/golden")].concat() {
        let checked = outcome(&mut tracee(&["check", "--format", "json", &path]));
        let lines = checked.stdout.lines().map(serde_json::from_str);
        let expected: Vec<Value> = lines.collect::<Result<_, _>>().expect("JSON on every line");
        let looked = ask(&path, json!({ "do": "look" }), &[]).expect("an answer");
        let found = looked["diagnostics"].as_array().expect("a list");
        // What compiling has to say comes behind.
        assert_eq!(found[..expected.len().min(found.len())], expected, "{path}");
        let has_errors = expected.iter().any(|one| one["severity"] == "error");
        assert_eq!(looked["explanation"].is_null(), has_errors, "{path}");
    }
}

/// Takes out what depends on the kernel, or on whether there is a code generator.
fn without_machine(mut explanation: Value) -> Value {
    let whole = explanation.as_object_mut().expect("an object");
    assert!(whole.remove("engine").is_some() && whole.remove("code_bytes").is_some());
    for event in explanation["events"].as_array_mut().expect("a list") {
        let event = event.as_object_mut().expect("an object");
        event.remove("hook");
        event.remove("lookup");
    }
    explanation
}

#[test]
fn the_plan_is_that_of_explain() {
    for path in alone("examples/policies") {
        let explained = outcome(&mut tracee(&["explain", "--format", "json", &path]));
        if explained.code != Some(0) {
            continue; // without its policy a file of tests is wrong
        }
        let expected = serde_json::from_str(&explained.stdout).expect("JSON");
        let looked = ask(&path, json!({ "do": "look" }), &[]).expect("an answer");
        let found = looked["explanation"].clone();
        assert_eq!(without_machine(found), without_machine(expected), "{path}");
    }
}

/// Replays a file and compares lines and summary.
fn compare(policy: &str, file: &str) -> usize {
    let directory = tempfile::tempdir().expect("a directory");
    let summary = directory.path().join("summary.json");
    let summary = summary.to_str().expect("UTF-8");
    let run = ["run", policy, "--replay", file, "--output", "json"];
    let run = outcome(&mut tracee(
        &[&run[..], &["--summary-json", summary]].concat(),
    ));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let summary = std::fs::read(summary).expect("a summary");
    let bytes = std::fs::read(file).expect("a recording");
    let ran = ask(policy, json!({ "do": "run", "file": file }), &bytes).expect("an answer");
    assert_eq!(ran["output"], json!(run.stdout), "{policy} on {file}");
    let summary: Value = serde_json::from_slice(&summary).expect("JSON");
    assert_eq!(ran["summary"], summary, "{policy} on {file}");
    for line in ran["said"].as_array().expect("a list") {
        let line = line.as_str().expect("a line");
        assert!(run.stderr.lines().any(|said| said == line), "{line}");
    }
    assert_eq!(
        (&ran["failure"], &ran["left_out"]),
        (&Value::Null, &json!(0))
    );
    run.stdout.lines().count()
}

#[test]
fn detections_are_those_of_a_replay() {
    assert!(compare("examples/policies/quickstart.tp", RECORDING) > 5);
    let pack = "examples/policies/ci_runner";
    let events = format!("{pack}/events.jsonl");
    assert!(compare(&format!("{pack}/policy.tp"), &events) > 0);
}

#[test]
fn what_cannot_be_run_is_said() {
    let run = |path, file, bytes: &[u8]| {
        ask(path, json!({ "do": "run", "file": file }), bytes).expect_err("nothing to run")
    };
    let quickstart = "examples/policies/quickstart.tp";
    let recording = std::fs::read(RECORDING).expect("a recording");
    let request = json!({ "do": "run", "file": RECORDING });
    let idle = ask_of("p.tp", "policy p {}\n", request, &recording);
    let expected = "nothing to run: no policy here selects an event or has a rule";
    assert_eq!(idle.expect_err("nothing to run"), expected);
    let broken = run(quickstart, "broken.trec", &recording[..100]);
    assert!(
        broken.contains("broken.trec") && broken.contains("header"),
        "{broken}"
    );
    let none = run(quickstart, "nothing.json", b"");
    assert!(none.contains("nothing.json"), "{none}");
    // What is before the damage counts.
    let half = &recording[..recording.len() / 2 + 3];
    let ran = ask(
        quickstart,
        json!({ "do": "run", "file": "half.trec" }),
        half,
    )
    .expect("an answer");
    let said = ran["said"].to_string();
    assert!(said.contains("cut"), "{said}");
}
