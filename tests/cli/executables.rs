//! Who runs what, by name and by what is in the file, live and in a replay of that.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::{can_trace, outcome, policy, tracee};

/// Asks for both, with the digest of a program.
fn asking(digest: &str) -> String {
    format!(
        r#"policy p {{
  rule executed {{
    on sched_process_exec where proc.exe_sha256 == "{digest}" and proc.user == "root";
    message "{{proc.user}} {{proc.parent.user}}";
  }}
  rule opened {{
    on openat where pathname suffix ".marker" and any a in proc.ancestors {{ a.exe_sha256 == "{digest}" }};
    message "{{pathname}}";
  }}
}}"#
    )
}

#[test]
fn a_program_is_known_by_its_digest_from_its_first_event_on() {
    if !can_trace("a_program_is_known_by_its_digest_from_its_first_event_on") {
        return;
    }
    let (directory, path) = policy("");
    // Nobody ran this file before.
    let program = directory.path().join("program");
    let mut bytes = fs::read("/bin/dash").expect("a shell");
    bytes.extend_from_slice(directory.path().as_os_str().as_encoded_bytes());
    fs::copy("/bin/dash", &program).expect("a program");
    fs::write(&program, bytes).expect("a program");
    let said = Command::new("sha256sum").arg(&program).output();
    let said = String::from_utf8(said.expect("sha256sum").stdout).expect("a digest");
    let (digest, _) = said.split_once(' ').expect("a digest");
    fs::write(&path, asking(digest)).expect("a policy");

    let program = program.display().to_string();
    let recording = directory.path().join("run.trec").display().to_string();
    let mut command = tracee(&["run", &path, "--output", "json", "--record", &recording]);
    let script = "cat a.marker; (cat b.marker; true); cat c.marker; true";
    let run = outcome(command.args([
        "--",
        "sh",
        "-c",
        &format!("{program} -c '{script}'; cat d.marker"),
    ]));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let lines = run.stdout.lines();
    let objects = lines.map(|line| serde_json::from_str(line).expect("JSON on every line"));
    let objects: Vec<Value> = objects.collect();
    let messages: Vec<&str> = objects
        .iter()
        .filter_map(|of| of["message"].as_str())
        .collect();
    let expected = ["root root", "a.marker", "b.marker", "c.marker"];
    assert_eq!(messages, expected, "{}", run.stderr);

    let replay = outcome(&mut tracee(&[
        "run", &path, "--output", "json", "--replay", &recording,
    ]));
    assert_eq!(replay.code, Some(0), "{}", replay.stderr);
    assert_eq!(replay.stdout, run.stdout);

    // Whose policy does not ask has none, and a replay of that says so.
    fs::write(&path, "policy p { select openat; }").expect("another policy");
    let mut command = tracee(&["run", &path, "--output", "json", "--record", &recording]);
    let run = outcome(command.args(["--", "true"]));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    fs::write(&path, asking(digest)).expect("the policy");
    let replay = outcome(&mut tracee(&["run", &path, "--replay", &recording]));
    for event in ["executable_digest", "user_name"] {
        let said = format!("the event {event} was not asked for");
        assert!(replay.stderr.contains(&said), "{}", replay.stderr);
    }
}
