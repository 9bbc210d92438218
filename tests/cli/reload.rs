//! Other policies while events pour: each event is seen once, under the policies of before or after.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStderr, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::{can_trace, policy, tracee};

/// A policy that selects every marked file that is opened, and detects it by a rule of this name.
fn marked(rule: &str, more: &str) -> String {
    format!(
        "policy p {{
           select openat where pathname prefix \"/nowhere/\";
           rule {rule} {{ on openat where pathname prefix \"/nowhere/\"; }}
           {more}
         }}"
    )
}

/// Marked files that are opened for each line on the generator's standard input.
const EACH: u64 = 500;

/// How many may be on their way to the output at once.
const ON_THE_WAY: u64 = 20_000;

/// What tracee runs: a test like the others, so that the test program can start itself. Opens marked files, each
/// with a number of its own; in the end says how many there were, in a file.
#[test]
fn generate() {
    let Ok(count) = std::env::var("TRACEE_FLOOD") else {
        return;
    };
    let mut number = 0;
    for line in std::io::stdin().lines() {
        line.expect("a line");
        for _ in 0..EACH {
            fs::File::open(format!("/nowhere/{number}")).expect_err("no such file");
            number += 1;
        }
    }
    let status = Command::new("/bin/true").status();
    assert!(status.expect("a program").success());
    fs::write(count, number.to_string()).expect("a file");
}

/// Reads what tracee says until a line has this in it.
fn wait_for(stderr: &mut BufReader<ChildStderr>, text: &str) {
    let mut all = String::new();
    while !all.contains(text) {
        let before = all.len();
        stderr.read_line(&mut all).expect("what tracee says");
        assert!(all.len() > before, "tracee ended without `{text}`: {all}");
    }
}

/// Events for tracee.
struct Flood {
    poured: AtomicU64,
    enough: AtomicBool,
}

impl Flood {
    /// Lets the generator make events until there are at least so many, and enough: as fast as they are written,
    /// two lines for each.
    fn pour(&self, generator: &mut ChildStdin, output: &Path, least: u64) {
        let mut file = None;
        let (mut bytes, mut lines) = (vec![0; 1 << 16], 0);
        loop {
            let poured = self.poured.load(Ordering::Relaxed);
            if self.enough.load(Ordering::Relaxed) && poured >= least {
                return;
            }
            if poured < lines / 2 + ON_THE_WAY {
                generator.write_all(b"\n").expect("the generator reads");
                self.poured.store(poured + EACH, Ordering::Relaxed);
                // There are as many as were asked for: what follows is for reloads that are not done.
                if poured >= least {
                    std::thread::sleep(Duration::from_millis(200));
                }
                continue;
            }
            let read = match &mut file {
                Some(file) => fs::File::read(file, &mut bytes).expect("the output"),
                None => {
                    file = fs::File::open(output).ok();
                    0
                }
            };
            lines += bytes[..read].iter().filter(|byte| **byte == b'\n').count() as u64;
            if read == 0 {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }
}

/// An output while it is written.
struct Tail {
    path: PathBuf,
    file: Option<fs::File>,
    /// The end of what was read: a text may be read in two pieces.
    end: String,
}

impl Tail {
    /// Reads on until there is this in it.
    fn wait_for(&mut self, text: &str) {
        while !self.end.contains(text) {
            let from = self
                .end
                .floor_char_boundary(self.end.len().saturating_sub(100));
            self.end.drain(..from);
            match &mut self.file {
                Some(file) => drop(file.read_to_string(&mut self.end).expect("the output")),
                None => self.file = fs::File::open(&self.path).ok(),
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn hang_up(pid: u32) {
    let kill = format!("kill -HUP {pid}");
    let status = Command::new("sh").args(["-c", &kill]).status();
    assert!(status.expect("a signal").success());
}

#[test]
fn policies_are_replaced_while_events_pour() {
    if !can_trace("policies_are_replaced_while_events_pour") {
        return;
    }
    let least: u64 = std::env::var("TRACEE_RELOAD_EVENTS")
        .map_or(5_000, |number| number.parse().expect("a number"));
    let (directory, path) = policy(&marked("first", ""));
    let place = |name: &str| directory.path().join(name);
    let (output, count, summary) = (place("out.json"), place("count"), place("summary.json"));
    let shown = |path: &Path| path.display().to_string();
    let mut child = tracee(&["run", &path, "--output"])
        .arg(format!("json:file:{}", shown(&output)))
        .args(["--summary-json", &shown(&summary), "--buffer", "64"])
        .arg("--")
        .arg(std::env::current_exe().expect("this program"))
        .args(["--exact", "reload::generate"])
        .env("TRACEE_FLOOD", &count)
        .stdout(Stdio::null())
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("tracee starts");
    let mut stderr = BufReader::new(child.stderr.take().expect("a pipe"));
    let mut stdin = child.stdin.take().expect("a pipe");
    let flood = Flood {
        poured: AtomicU64::new(0),
        enough: AtomicBool::new(false),
    };
    let flood = Arc::new(flood);
    let pour = {
        let (flood, output) = (Arc::clone(&flood), output.clone());
        std::thread::spawn(move || flood.pour(&mut stdin, &output, least))
    };

    let mut tail = Tail {
        path: output.clone(),
        file: None,
        end: String::new(),
    };
    tail.wait_for("p.first");
    fs::write(&path, marked("second", "")).expect("a policy");
    hang_up(child.id());
    wait_for(&mut stderr, "tracee: reloaded: 1 policy with 1 rule");
    tail.wait_for("p.second");
    // What does not compile changes nothing, and says why.
    fs::write(&path, marked("wrong", "select no_such_event;")).expect("a policy");
    hang_up(child.id());
    wait_for(&mut stderr, "no_such_event");
    wait_for(&mut stderr, "tracee: not reloaded, what ran before goes on");
    // Nobody says so this time, and an event is wanted that was not.
    fs::write(&path, marked("third", "select execve, execveat;")).expect("a policy");
    wait_for(&mut stderr, "tracee: reloaded: 1 policy with 1 rule");
    tail.wait_for("p.third");
    fs::write(&path, marked("fourth", "select execve;")).expect("a policy");
    hang_up(child.id());
    wait_for(&mut stderr, "tracee: reloaded: 1 policy with 1 rule");
    tail.wait_for("p.fourth");
    let names = ["first", "second", "third", "fourth"].into_iter();
    let mut expected: BTreeSet<String> = names.map(|name| format!("p.{name}")).collect();
    while flood.poured.load(Ordering::Relaxed) < least {
        let next = format!("again{}", expected.len());
        fs::write(&path, marked(&next, "select execve;")).expect("a policy");
        hang_up(child.id());
        wait_for(&mut stderr, "tracee: reloaded: 1 policy with 1 rule");
        tail.wait_for(&format!("p.{next}"));
        expected.insert(format!("p.{next}"));
    }
    flood.enough.store(true, Ordering::Relaxed);
    pour.join().expect("the generator read all");
    assert!(child.wait().expect("tracee ends").success());

    let made: u64 = fs::read_to_string(&count)
        .expect("a number")
        .trim()
        .parse()
        .expect("a number");
    assert!(made >= least);
    let text = fs::read_to_string(&output).expect("the output");
    let (mut selected, mut detected) = (HashMap::new(), HashMap::new());
    let mut rules: HashMap<String, u64> = HashMap::new();
    let mut execve = 0;
    for line in text.lines() {
        let value: serde_json::Value = serde_json::from_str(line).expect("JSON on every line");
        let is_detection = value["type"] == "detection";
        let event = if is_detection {
            &value["event"]
        } else {
            &value
        };
        execve += u32::from(event["eventName"] == "execve");
        if event["eventName"] != "openat" {
            continue;
        }
        let path = event["args"][1]["value"]
            .as_str()
            .expect("a path")
            .to_owned();
        if is_detection {
            *rules
                .entry(value["rule"].as_str().expect("a name").to_owned())
                .or_default() += 1;
            *detected.entry(path).or_insert(0) += 1;
        } else {
            *selected.entry(path).or_insert(0) += 1;
        }
    }
    for number in 0..made {
        let path = format!("/nowhere/{number}");
        assert_eq!(
            (selected.get(&path), detected.get(&path)),
            (Some(&1), Some(&1)),
            "{path}"
        );
    }
    assert_eq!((selected.len() as u64, detected.len() as u64), (made, made));
    let names: BTreeSet<String> = rules.keys().cloned().collect();
    assert_eq!(names, expected);
    assert_eq!(execve, 1, "of /bin/true");
    // The summary counts them under whatever policies they were.
    let summary = fs::read_to_string(&summary).expect("a summary");
    let summary: serde_json::Value = serde_json::from_str(&summary).expect("JSON");
    assert_eq!(summary["losses"], serde_json::json!({}));
    for rule in summary["detections"].as_array().expect("rules") {
        assert_eq!(rule["count"], rules[rule["rule"].as_str().expect("a name")]);
    }
}

#[test]
fn a_recording_keeps_to_the_events_that_its_header_names() {
    if !can_trace("a_recording_keeps_to_the_events_that_its_header_names") {
        return;
    }
    let (directory, path) = policy(&marked("first", ""));
    let recording = directory.path().join("x.trec").display().to_string();
    let mut child = tracee(&[
        "run",
        &path,
        "--record",
        &recording,
        "--",
        "sh",
        "-c",
        "echo ready; read line",
    ])
    .stdin(Stdio::piped())
    .stdout(Stdio::piped())
    .stderr(Stdio::piped())
    .spawn()
    .expect("tracee starts");
    let mut stderr = BufReader::new(child.stderr.take().expect("a pipe"));
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut ready = String::new();
    stdout.read_line(&mut ready).expect("what the command says");
    assert_eq!(ready, "ready\n");
    fs::write(&path, marked("second", "select execve;")).expect("a policy");
    let refused = "tracee: not reloaded, what ran before goes on: the recording says that nobody \
                   asked for the event execve: restart tracee";
    wait_for(&mut stderr, refused);
    drop(child.stdin.take());
    // The shell's `read` finds no line.
    child.wait().expect("tracee ends");
}
