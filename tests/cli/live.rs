//! Live on this machine's kernel, on process trees that the tests start themselves.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use crate::{can_trace, outcome, policy, tracee};

#[test]
fn a_command_is_traced_with_what_it_starts() {
    if !can_trace("a_command_is_traced_with_what_it_starts") {
        return;
    }
    let script = "cat /etc/shadow >/dev/null; cp /bin/true /tmp/tracee-test-true; \
                  /tmp/tracee-test-true; rm /tmp/tracee-test-true";
    let run = outcome(&mut tracee(&[
        "run",
        "examples/policies/quickstart.tp",
        "--output",
        "json",
        "--",
        "sh",
        "-c",
        script,
    ]));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let detections: Vec<serde_json::Value> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON on every line"))
        .filter(|object: &serde_json::Value| object["type"] == "detection")
        .collect();
    let found = |id: &str, text: &str| {
        detections.iter().any(|detection| {
            detection["id"] == id
                && detection["message"]
                    .as_str()
                    .is_some_and(|message| message.contains(text))
        })
    };
    assert!(
        found("QS-2", "cat (uid 0) opened /etc/shadow"),
        "{}",
        run.stdout
    );
    assert!(found("QS-1", "/tmp/tracee-test-true"), "{}", run.stdout);
    assert!(
        detections
            .iter()
            .all(|detection| detection["complete"] == true)
    );
}

#[test]
fn other_processes_are_left_alone() {
    if !can_trace("other_processes_are_left_alone") {
        return;
    }
    let (_directory, path) = policy("policy p { select execve, openat, sched_process_exit; }");
    let run = outcome(&mut tracee(&[
        "run", &path, "--output", "json", "--", "sh", "-c", "true",
    ]));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let mut pids: Vec<u64> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON on every line"))
        .filter_map(|event| event["hostProcessId"].as_u64())
        .collect();
    pids.sort_unstable();
    pids.dedup();
    assert_eq!(pids.len(), 1, "{}", run.stdout);
}

#[test]
fn an_interrupt_ends_cleanly() {
    if !can_trace("an_interrupt_ends_cleanly") {
        return;
    }
    let script = "cat /etc/shadow >/dev/null; exec sleep 60";
    let mut child = tracee(&["run", "examples/policies/quickstart.tp", "--output", "json"])
        .args(["--", "sh", "-c", script])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("tracee starts");
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut printed = String::new();
    stdout.read_line(&mut printed).expect("the detection");
    // Twice, as `timeout` and some shells do: to the process and to its group. It is one request.
    // By the shell's own kill: the program is in procps, which a small system lacks.
    let interrupt = format!("kill -INT {}", child.id());
    for _ in 0..2 {
        Command::new("sh")
            .args(["-c", &interrupt])
            .status()
            .expect("a signal");
    }
    stdout.read_to_string(&mut printed).expect("the rest");
    let run = crate::Outcome::from(child.wait_with_output().expect("tracee ends"));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(printed.ends_with("}\n"), "{printed}");
    assert!(run.stderr.contains("detections: 1"), "{}", run.stderr);
    assert!(run.stderr.contains("lost: nothing"), "{}", run.stderr);
}
