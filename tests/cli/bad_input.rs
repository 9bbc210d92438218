//! Whatever can be wrong with what tracee is given: a clear message and the documented exit code.

mod policies;

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::Stdio;

use crate::{can_trace, outcome, policy, tracee};

const QUICKSTART: &str = "examples/policies/quickstart.tp";
const INTRUSION: &str = "examples/recordings/intrusion.trec";

fn expect(arguments: &[&str], code: i32, words: &[&str]) {
    let run = outcome(&mut tracee(arguments));
    let said = format!("{}{}", run.stdout, run.stderr);
    assert_eq!(run.code, Some(code), "{arguments:?}: {said}");
    for word in words {
        assert!(
            said.contains(word),
            "{arguments:?} should say {word:?}: {said}"
        );
    }
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn an_empty_policy_file() {
    let (_directory, path) = policy("");
    expect(
        &["run", &path, "--replay", INTRUSION],
        1,
        &["nothing to run"],
    );
}

#[test]
fn a_recording_that_is_not_there() {
    expect(
        &["run", QUICKSTART, "--replay", "nowhere.trec"],
        2,
        &["nowhere.trec"],
    );
}

#[test]
fn a_recording_of_no_known_kind() {
    expect(
        &["run", QUICKSTART, "--replay", "Cargo.toml"],
        2,
        &["Cargo.toml"],
    );
}

#[test]
fn a_truncated_recording() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("cut.trec");
    let whole = std::fs::read(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/examples/recordings/intrusion.trec"
    ))
    .expect("the recording");
    std::fs::write(&path, &whole[..whole.len() - whole.len() / 3]).expect("a file");
    let path = path.display().to_string();
    expect(&["run", QUICKSTART, "--replay", &path], 0, &["cut"]);
    expect(
        &["run", QUICKSTART, "--strict", "--replay", &path],
        4,
        &["cut"],
    );
}

#[test]
fn json_lines_with_wrong_types_and_unknown_events() {
    let mut file = tempfile::Builder::new()
        .suffix(".jsonl")
        .tempfile()
        .expect("a file");
    for line in [
        r#"{"timestamp":1,"processId":1,"eventId":"257","eventName":"openat","args":[{"name":"pathname","type":"string","value":"/etc/shadow"}]}"#,
        r#"{"timestamp":"yesterday","processId":"one","eventName":"openat","args":7}"#,
        r#"{"timestamp":1,"processId":1,"eventId":"1","eventName":"no_such_event","args":[]}"#,
        r#"{"timestamp":1,"#,
    ] {
        writeln!(file, "{line}").expect("a line");
    }
    let path = file.path().display().to_string();
    expect(
        &["run", QUICKSTART, "--replay", &path],
        0,
        &["password_file_read", "line 2", "no_such_event", "line 4"],
    );
    expect(
        &["run", QUICKSTART, "--strict", "--replay", &path],
        4,
        &["line 2"],
    );
}

#[test]
fn a_full_disk_under_the_recording() {
    expect(
        &[
            "run",
            QUICKSTART,
            "--replay",
            INTRUSION,
            "--record",
            "/dev/full",
        ],
        5,
        &["/dev/full", "space"],
    );
}

#[test]
fn a_full_disk_under_an_output() {
    let output = ["--output", "json:file:/dev/full"];
    let run = ["run", QUICKSTART, "--replay", INTRUSION];
    expect(
        &[&run[..], &output[..]].concat(),
        5,
        &["/dev/full", "space"],
    );
}

#[test]
fn nobody_reads_the_output() {
    let mut child = tracee(&["run", QUICKSTART, "--replay", INTRUSION, "--output", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("tracee starts");
    drop(child.stdout.take());
    let run = crate::Outcome::from(child.wait_with_output().expect("tracee ends"));
    assert_eq!(run.code, Some(5), "{}", run.stderr);
    assert!(run.stderr.contains("stdout"), "{}", run.stderr);
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
}

#[test]
fn no_privilege() {
    if !can_trace("no_privilege") {
        return;
    }
    // The binary is copied to where any user may read it. By another process: a child that another
    // test makes at that moment would hold what is written here open, and it couldn't be executed.
    let directory = tempfile::tempdir().expect("a temporary directory");
    let binary = directory.path().join("tracee");
    let copy = std::process::Command::new("cp")
        .arg(env!("CARGO_BIN_EXE_tracee"))
        .arg(&binary)
        .status();
    assert!(copy.expect("cp starts").success());
    let (_policy_directory, path) = policy("policy p { select dup; }");
    for directory in [
        directory.path(),
        std::path::Path::new(&path).parent().expect("a parent"),
    ] {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o755)).expect("mode");
    }
    let mut command = std::process::Command::new(&binary);
    command
        .args(["run", &path, "--duration", "1s"])
        .uid(65534)
        .gid(65534);
    let run = outcome(command.current_dir("/"));
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(
        run.stderr.contains("root") || run.stderr.contains("CAP_BPF"),
        "{}",
        run.stderr
    );
}

#[test]
fn no_btf() {
    if !can_trace("no_btf") {
        return;
    }
    let (_directory, path) = policy("policy p { select dup; }");
    let script = format!(
        "mount -t tmpfs none /sys/kernel/btf && exec {} run {path} --duration 1s",
        env!("CARGO_BIN_EXE_tracee")
    );
    let mut command = std::process::Command::new("unshare");
    let run = outcome(command.args(["--mount", "sh", "-c", &script]));
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(run.stderr.contains("BTF"), "{}", run.stderr);
}

#[test]
fn wrong_usage() {
    expect(&["run", QUICKSTART, "--buffer", "3"], 2, &["power of two"]);
    expect(&["run", QUICKSTART, "--output", "yaml"], 2, &["yaml"]);
    let of_a_live_run: [&[&str]; 5] = [
        &["--no-pushdown"],
        &["--buffer", "4"],
        &["--queue", "memory:1MiB"],
        &["--stats"],
        &["--", "true"],
    ];
    for option in of_a_live_run {
        let replayed = ["run", QUICKSTART, "--replay", INTRUSION];
        let run = [&replayed[..], option].concat();
        expect(&run, 2, &["--replay", "cannot be used with"]);
    }
    // What tests do is not known of a list.
    for option in [
        &["--coverage"][..],
        &["--fail-under", "9"],
        &["--format", "junit"],
    ] {
        let list = [&["test", QUICKSTART, "--list"], option].concat();
        expect(&list, 2, &["--list"]);
    }
    expect(&["run", QUICKSTART, "--duration", "soon"], 2, &["soon"]);
    expect(&["run", "-", "--replay", "-"], 2, &["stdin", "both"]);
}

#[test]
fn a_command_that_does_not_exist() {
    if !can_trace("a_command_that_does_not_exist") {
        return;
    }
    expect(
        &["run", QUICKSTART, "--", "no-such-program"],
        2,
        &["no-such-program"],
    );
}
