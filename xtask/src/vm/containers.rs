//! What tracee says of real containers, those of Debian's containerd and runc: what `guest/containers.sh` left in /out
//! is checked. Its comments say what each of them is for.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::apt::{Apt, stanza};
use super::mirror::Mirror;
use super::root::Root;
use super::skipped_runs;
use crate::{Result, shell};

/// The script of the guest.
pub(super) const RUN: &str = "sh /containers.sh\n";

const SCRIPT: &str = "guest/containers.sh";
const PACKAGES: [&str; 2] = ["containerd", "runc"];
/// Of the packages, and where they are in the guest.
const PROGRAMS: [(&str, &str); 4] = [
    ("usr/bin/containerd", "/bin/containerd"),
    (
        "usr/bin/containerd-shim-runc-v2",
        "/bin/containerd-shim-runc-v2",
    ),
    ("usr/bin/ctr", "/bin/ctr"),
    ("usr/sbin/runc", "/bin/runc"),
];

const IMAGE: &str = "docker.io/library/box:1";
const LONG: &str = "a0b1c2d3e4f5061728394a5b6c7d8e9fa0b1c2d3e4f5061728394a5b6c7d8e9f";

/// What echo says, the container, and whether its name and image are known then; `early` may come before the runtime
/// answered again.
const EXECUTED: [(&str, &str, bool); 9] = [
    ("there", "there", true),
    ("short", "short", true),
    ("first", LONG, true),
    ("second", LONG, true),
    ("gone", "gone", false),
    ("silent", "silent", false),
    ("still", "still", false),
    ("late", "again", true),
    ("early", "again", false),
];

/// Adds containerd, runc, and the script.
pub(super) fn add(root: &mut Root) -> Result<()> {
    let home = packages(&shell::root().join(".vm/packages"))?;
    for (program, guest) in PROGRAMS {
        root.program(&home.join(program), guest)?;
    }
    root.copy(&shell::root().join(SCRIPT), "/containers.sh")
}

/// The folder with the unpacked packages, fetched first if they aren't there: those of this machine's release, as the
/// libraries are this machine's.
fn packages(store: &Path) -> Result<PathBuf> {
    let home = store.join("containerd");
    let is_there = PROGRAMS
        .iter()
        .all(|(program, _)| home.join(program).exists());
    if !is_there {
        println!("fetching {} …", PACKAGES.join(", "));
        shell::remove_dir(&home)?;
        let mirror = Mirror::of_this_machine()?;
        let sources = stanza(&mirror.main, &[&mirror.codename]);
        Apt::set_up(&home.join("apt"), &sources)?.unpack(&PACKAGES, &home)?;
    }
    Ok(home)
}

/// Checks that events have the id of their container, name and image where the runtime answers, that nothing was
/// lost, and that a replay says the same.
///
/// # Errors
/// What does not hold.
pub(super) fn check(out: &Path) -> Result<()> {
    let lines = |name: &str| lines(&shell::read_text(&out.join(name))?);
    let (live, replayed) = (
        lines("containers.json")?,
        lines("containers-replayed.json")?,
    );
    let summary = shell::read_text(&out.join("containers.summary.json"))?;
    let summary: Value = serde_json::from_str(&summary)?;
    let problems = problems(&live, &replayed, &summary);
    if !problems.is_empty() {
        return Err(format!("containers:\n{}", problems.join("\n")).into());
    }
    println!(
        "containers: {} executions of {} containers, each with its id, and name and image where the runtime answered",
        EXECUTED.len(),
        EXECUTED
            .map(|(_, id, _)| id)
            .iter()
            .collect::<BTreeSet<_>>()
            .len()
    );
    Ok(())
}

fn problems(live: &[Value], replayed: &[Value], summary: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    for (word, id, is_named) in EXECUTED {
        problems.extend(executed(live, word, id, is_named));
    }
    let of = |name: &str, id: &str| {
        let told = |line: &&Value| {
            let mut args = line["args"].as_array().into_iter().flatten();
            line["eventName"] == name
                && args.any(|arg| arg["name"] == "container_id" && arg["value"] == id)
        };
        live.iter().filter(told).count()
    };
    for (name, id) in [
        ("existing_container", "there"),
        ("container_create", "short"),
        ("container_create", LONG),
        ("container_create", "gone"),
        ("container_create", "silent"),
        ("container_remove", "short"),
        ("container_remove", LONG),
        ("container_remove", "gone"),
    ] {
        let times = of(name, id);
        if times != 1 {
            problems.push(format!("{name} of {id}: {times} times"));
        }
    }
    if live != replayed {
        problems.push("a replay of the recording says something else".into());
    }
    // The kernel may skip runs of programs, for whatever process.
    let lost = |losses: &serde_json::Map<String, Value>| {
        let mut names = losses.keys();
        names.any(|name| !name.starts_with("program "))
    };
    if summary["losses"].as_object().is_none_or(lost) {
        problems.push(format!("lost: {}", summary["losses"]));
    }
    if summary["containers"]["unnamed"]
        .as_u64()
        .is_none_or(|unnamed| unnamed == 0)
    {
        problems.push("nobody waited for the socket that is silent".into());
    }
    problems
}

/// What is wrong with the execution of `echo WORD`.
fn executed(live: &[Value], word: &str, id: &str, is_named: bool) -> Vec<String> {
    let is_it = |line: &&Value| {
        let mut args = line["args"].as_array().into_iter().flatten();
        line["eventName"] == "sched_process_exec"
            && args.any(|arg| {
                arg["name"] == "argv" && arg["value"] == serde_json::json!(["/bin/echo", word])
            })
    };
    let found: Vec<&Value> = live.iter().filter(is_it).collect();
    let [event] = found[..] else {
        return vec![format!("`echo {word}` was executed {} times", found.len())];
    };
    let mut problems = Vec::new();
    let container = &event["container"];
    if container["id"] != id {
        problems.push(format!("`echo {word}` is of {container}, not {id}"));
    }
    let detected = live.iter().any(|line| {
        line["rule"] == "containers.by_image"
            && line["message"].as_str().is_some_and(|message| {
                message.contains(&format!("{id} ")) && message.contains(word)
            })
    });
    match is_named {
        true => {
            let digest = container["imageDigest"].as_str().unwrap_or_default();
            if container["name"] != id
                || container["image"] != IMAGE
                || !digest.starts_with("sha256:")
            {
                problems.push(format!("`echo {word}` is of {container}"));
            }
            if !detected {
                problems.push(format!("`echo {word}` was not detected by its image"));
            }
        }
        false if word == "early" => {}
        false => {
            if container["image"]
                .as_str()
                .is_some_and(|image| !image.is_empty())
                || detected
            {
                problems.push(format!(
                    "nobody can have said of what image `echo {word}` is: {container}"
                ));
            }
        }
    }
    problems
}

/// All but what was skipped, which differs from run to run.
fn lines(text: &str) -> Result<Vec<Value>> {
    let lines = text.lines().map(serde_json::from_str);
    let mut lines: Vec<Value> = lines.collect::<Result<_, _>>()?;
    lines.retain(|line| skipped_runs(line).is_none());
    Ok(lines)
}
