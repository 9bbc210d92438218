//! Where processes are, live and in a replay of that.

use std::path::Path;

use crate::{Outcome, can_trace, outcome, policy, tracee};

/// The messages of detections, in order.
fn messages(run: &Outcome) -> Vec<String> {
    let lines = run.stdout.lines();
    let objects = lines.map(|line| serde_json::from_str(line).expect("JSON on every line"));
    objects
        .filter_map(|object: serde_json::Value| Some(object["message"].as_str()?.to_owned()))
        .collect()
}

const POLICY: &str = r#"policy p {
  rule opened {
    on openat where pathname suffix ".marker" and proc.cwd exists;
    message "{pathname} {proc.cwd} {proc.parent.cwd}";
    output { number = proc.entity; }
  }
}"#;

#[test]
fn processes_are_followed_and_a_replay_knows_the_same() {
    if !can_trace("processes_are_followed_and_a_replay_knows_the_same") {
        return;
    }
    let (directory, path) = policy(POLICY);
    let place = directory.path().display().to_string();
    let recording = directory.path().join("run.trec").display().to_string();
    let script = "cat a.marker; cd /usr; cat b.marker; (cd /; cat c.marker; true); cat d.marker; \
                  cd /nowhere; cat e.marker; true";
    let mut command = tracee(&["run", &path, "--output", "json", "--record", &recording]);
    // `sh` has its first directory from tracee, which was there before it looked.
    let command = command.current_dir(&place);
    let run = outcome(command.args(["--", "sh", "-c", script]));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let expected = [
        format!("a.marker {place} {place}"),
        "b.marker /usr /usr".to_owned(),
        "c.marker / /".to_owned(),
        "d.marker /usr /usr".to_owned(),
        "e.marker /usr /usr".to_owned(),
    ];
    assert_eq!(messages(&run), expected, "{}", run.stderr);
    for line in run.stdout.lines() {
        let object: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let number = &object["output"]["number"];
        assert!(number.as_u64().is_some_and(|number| number != 0), "{line}");
        assert_eq!(*number, object["event"]["processEntityId"], "{line}");
    }

    let replay = outcome(&mut tracee(&[
        "run", &path, "--output", "json", "--replay", &recording,
    ]));
    assert_eq!(replay.code, Some(0), "{}", replay.stderr);
    assert_eq!(replay.stdout, run.stdout);
}

#[test]
fn a_recording_without_directories_says_so() {
    if !can_trace("a_recording_without_directories_says_so") {
        return;
    }
    let (directory, path) = policy("policy p { select openat; }");
    let recording = directory.path().join("run.trec").display().to_string();
    let run =
        outcome(tracee(&["run", &path, "--record", &recording]).args(["--", "cat", "x.marker"]));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(Path::new(&recording).exists());
    std::fs::write(&path, POLICY).expect("another policy");
    let replay = outcome(&mut tracee(&["run", &path, "--replay", &recording]));
    assert!(
        replay
            .stderr
            .contains("the event working_directory was not asked for"),
        "{}",
        replay.stderr
    );
    assert_eq!(messages(&replay), [] as [String; 0]);
}
