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

/// A control group with the name that Docker gives one, removed in the end.
struct Group(std::path::PathBuf);

impl Drop for Group {
    fn drop(&mut self) {
        // It is empty once its processes have ended.
        let _ = std::fs::remove_dir(&self.0);
    }
}

#[test]
fn events_say_which_container_they_are_from() {
    if !can_trace("events_say_which_container_they_are_from") {
        return;
    }
    // Version 2's, version 1's, or version 2's beside others of version 1: where a runtime makes its groups.
    let places = [
        ("/sys/fs/cgroup", "cgroup.controllers"),
        ("/sys/fs/cgroup/cpuset", "cpuset.cpus"),
        ("/sys/fs/cgroup/unified", "cgroup.controllers"),
    ];
    let places = places.map(|(place, file)| (std::path::Path::new(place), file));
    let there = |(place, file): &(&std::path::Path, &str)| place.join(file).exists();
    let (mount, file) = places.into_iter().find(there).expect("control groups");
    let id = format!("{:064x}", std::process::id());
    let group = Group(mount.join(format!("docker-{id}.scope")));
    // Version 1's has a share of the machine before anybody can be in it.
    let share = match file {
        "cpuset.cpus" => "for of in cpus mems; do cat ../cpuset.$of >cpuset.$of; done;",
        _ => "",
    };
    let (_directory, path) = policy(
        "policy p {
           select container_create;
           rule inside { on openat where container.id exists and pathname == \"/etc/passwd\";
                         message \"{container.runtime} {container.started}\"; }
         }",
    );
    let script = format!(
        "cat /etc/passwd >/dev/null; mkdir {group} && cd {group}; {share} echo $$ >cgroup.procs; \
         cd /; cat /etc/passwd >/dev/null",
        group = group.0.display()
    );
    let run = outcome(&mut tracee(&[
        "run", &path, "--output", "json", "--", "sh", "-c", &script,
    ]));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let lines: Vec<serde_json::Value> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON on every line"))
        .collect();
    assert_eq!(lines.len(), 2, "{}", run.stdout);
    assert_eq!(lines[0]["eventName"], "container_create");
    assert_eq!(lines[1]["message"], "docker false");
    assert_eq!(lines[1]["event"]["containerId"], id.as_str());
    assert_eq!(lines[1]["event"]["container"]["runtime"], "docker");
}

/// Opens a file this many times without starting a process.
fn opens(count: u32, file: &str) -> String {
    format!("i=0; while [ $i -lt {count} ]; do : <{file}; i=$((i+1)); done")
}

/// Runs a policy that selects 20,000 events on `output`, with a small queue; returns what tracee said,
/// the summary, and what was written to stdout until it ended.
fn run_with_small_queue(output: &str) -> (crate::Outcome, serde_json::Value, String) {
    let (directory, path) =
        policy("policy p { select openat where pathname == \"/etc/hostname\"; }");
    let summary = directory.path().join("summary.json");
    let script = opens(20_000, "/etc/hostname");
    let mut child = tracee(&["run", &path, "--output", output, "--queue", "memory:1MiB"])
        .args(["--summary-json", &summary.display().to_string()])
        .args(["--", "sh", "-c", &script])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("tracee starts");
    let mut stdout = child.stdout.take().expect("a pipe");
    // Nobody reads the pipe while it runs.
    let status = child.wait().expect("tracee ends");
    let mut printed = String::new();
    stdout.read_to_string(&mut printed).expect("what is left");
    let mut said = String::new();
    let mut stderr = child.stderr.take().expect("a pipe");
    stderr.read_to_string(&mut said).expect("what it said");
    let run = crate::Outcome {
        code: status.code(),
        stdout: String::new(),
        stderr: said,
    };
    let text = std::fs::read_to_string(summary).expect("a summary");
    (run, serde_json::from_str(&text).expect("JSON"), printed)
}

/// Every selected event was written or dropped; returns how many were written.
fn written(summary: &serde_json::Value) -> u64 {
    let output = &summary["outputs"][0];
    let number = |what: &str| output[what]["events"].as_u64().expect("a number");
    assert_eq!(number("written") + number("dropped"), summary["selected"]);
    assert!(number("dropped") > 0);
    assert_eq!(summary["losses"], serde_json::json!({}));
    assert_eq!(summary["selected"], 20_000);
    number("written")
}

#[test]
fn a_pipe_that_nobody_reads_holds_up_nothing() {
    if !can_trace("a_pipe_that_nobody_reads_holds_up_nothing") {
        return;
    }
    let (run, summary, printed) = run_with_small_queue("json");
    assert_eq!(run.code, Some(5), "{}", run.stderr);
    assert!(
        run.stderr.contains("stdout takes nothing any more"),
        "{}",
        run.stderr
    );
    let whole = printed.matches('\n').count();
    assert_eq!(whole as u64, written(&summary));
    assert!(whole > 0);
}

#[test]
fn a_full_disk_holds_up_nothing() {
    if !can_trace("a_full_disk_holds_up_nothing") {
        return;
    }
    let (run, summary, _) = run_with_small_queue("json:file:/dev/full");
    assert_eq!(run.code, Some(5), "{}", run.stderr);
    assert!(run.stderr.contains("/dev/full is full"), "{}", run.stderr);
    assert_eq!(written(&summary), 0);
}

/// What a command is detected for by the standard rules.
fn standard_rules(script: &str) -> Vec<String> {
    let command = ["run", "--output", "json", "--", "sh", "-c", script];
    // Whoever runs the tests may have set it for them.
    let run = outcome(tracee(&command).env_remove("LD_LIBRARY_PATH"));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let rule = |line: &str| {
        let said: serde_json::Value = serde_json::from_str(line).expect("JSON on every line");
        let rule = said["rule"].as_str();
        assert!(rule.is_some(), "no detection: {line}\n{}", run.stderr);
        rule.expect("a rule").to_owned()
    };
    run.stdout.lines().map(rule).collect()
}

/// Each once, and none for what only looks like it.
#[test]
fn standard_rules_tell_attacks_from_what_looks_like_them() {
    if !can_trace("standard_rules_tell_attacks_from_what_looks_like_them") {
        return;
    }
    let attack = "set -e; a=$(mktemp -d /dev/shm/tracee-XXXXXX); b=$(mktemp -d)
        cp /bin/true $a; $a/true; cp /bin/true $b/.true; $b/.true
        LD_PRELOAD=$b/none.so /bin/true; rm -r $a $b";
    let expected = ["fileless_execution", "hidden_program", "ld_preload"];
    let expected = expected.map(|name| format!("std.{name}"));
    assert_eq!(standard_rules(attack), expected);
    let twin = "set -e; a=$(mktemp -d /dev/shm/tracee-XXXXXX); b=$(mktemp -d /tmp/.tracee-XXXXXX)
        cp /bin/true $a; cp $a/true $b; $b/true
        LD_PRELOAD= /bin/true; MY_LD_PRELOAD=x /bin/true; rm -r $a $b";
    assert_eq!(standard_rules(twin), Vec::<String>::new());
}

#[test]
fn the_kernel_measures_while_it_is_asked_to() {
    if !can_trace("the_kernel_measures_while_it_is_asked_to") {
        return;
    }
    let (directory, path) = policy(
        "policy p {
           select openat where pathname prefix \"/etc/host\";
           rule none { on openat where pathname == \"/nowhere/at/all\"; }
         }",
    );
    let summary = directory.path().join("summary.json").display().to_string();
    let run = outcome(&mut tracee(&[
        "run",
        &path,
        "--output",
        "json",
        "--stats",
        "--summary-json",
        &summary,
        "--",
        "sh",
        "-c",
        &opens(100, "/etc/hostname"),
    ]));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let text = std::fs::read_to_string(summary).expect("a summary");
    let summary: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let of = |list: &serde_json::Value, key: &str, value: &str| {
        let all = list.as_array().expect("a list").iter();
        let found = all.clone().find(|entry| entry[key] == value);
        found
            .unwrap_or_else(|| panic!("no {value} in {list}"))
            .clone()
    };
    let number = |value: &serde_json::Value| value.as_u64().expect("a number");
    let program = of(&summary["kernel"]["programs"], "program", "sys_exit");
    assert!(number(&program["run_cnt"]) >= 100);
    assert!(number(&program["run_time_ns"]) > 0);
    let openat = of(&summary["kernel"]["events"], "event", "openat");
    assert!(number(&openat["seen"]) >= 100);
    // The dynamic linker of the shell opens others, which no selector lets through.
    assert_eq!(openat["submitted"], 100);
    assert_eq!(openat["ring_full"], 0);
    let selectors = &summary["selectors"];
    let text = "pathname prefix \"/etc/host\"";
    assert_eq!(of(selectors, "selector", text)["records"], 100);
    assert_eq!(
        of(selectors, "selector", text)["targets"],
        serde_json::json!(["p"])
    );
    let text = "pathname == \"/nowhere/at/all\"";
    assert_eq!(of(selectors, "selector", text)["records"], 0);
    assert_eq!(
        of(selectors, "selector", text)["targets"],
        serde_json::json!(["p.none"])
    );
    assert!(run.stderr.contains("sys_exit"), "{}", run.stderr);
}
