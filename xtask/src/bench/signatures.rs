//! What OPA signatures cost: asked of every event, of those that they select, and made conditions.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::SignatureArgs;
use super::check::release;
use crate::{Result, shell};

/// What a signature asks, of which event; `#` is its number.
const KINDS: &[(&str, &str)] = &[
    (
        "security_file_open",
        r#"    path := helpers.get_tracee_argument("pathname")
    startswith(path, "/etc/app#/")
    helpers.is_file_write(helpers.get_tracee_argument("flags"))
    not allowed[input.processName]"#,
    ),
    (
        "openat",
        r#"    endswith(helpers.get_tracee_argument("pathname"), "/secret#/token")
    helpers.is_file_read(helpers.get_tracee_argument("flags"))
    not allowed[input.processName]"#,
    ),
    (
        "execve",
        r#"    allowed[input.processName]
    endswith(helpers.get_tracee_argument("pathname"), "/sh#")"#,
    ),
    (
        "ptrace",
        r#"    helpers.get_tracee_argument("request") == "PTRACE_POKETEXT"
    input.processName == "injector#""#,
    ),
    (
        "execve",
        r#"    variable := helpers.get_tracee_argument("envp")[_]
    startswith(variable, "LD_PRELOAD=/opt/#/")"#,
    ),
];

/// How signatures are asked.
struct Way {
    name: &'static str,
    /// They select every event.
    everything: bool,
    engine: &'static str,
    /// How often the events are read in a run: what is fast needs many to be measured.
    repeats: u32,
}

/// As often without a signature.
const PLAIN_REPEATS: u32 = 100;

const WAYS: &[Way] = &[
    Way {
        name: "regorus, of every event",
        everything: true,
        engine: "regorus",
        repeats: 1,
    },
    Way {
        name: "regorus, of selected events",
        everything: false,
        engine: "regorus",
        repeats: 1,
    },
    Way {
        name: "compiled",
        everything: false,
        engine: "auto",
        repeats: 100,
    },
];

/// Runs the chore.
pub(super) fn run(args: &SignatureArgs) -> Result<()> {
    let program = match &args.binary {
        Some(program) => program.clone(),
        None => release()?,
    };
    let folder = shell::root().join("target/bench-signatures");
    shell::remove_dir(&folder)?;
    let nothing = folder.join("nothing.tp");
    shell::write(
        &nothing,
        "policy nothing { rule nothing { severity low; on setns where fd == -7; } }\n",
    )?;
    let plain = nothing.to_string_lossy();
    let record = |name: &str, text: String| -> Result<String> {
        let lines = folder.join(format!("{name}.jsonl"));
        shell::write(&lines, text)?;
        let recording = folder.join(format!("{name}.trec"));
        let (from, to) = (lines.to_string_lossy(), recording.to_string_lossy());
        cpu(&program, &[&plain, "--replay", &from, "--record", &to])?;
        Ok(to.into_owned())
    };
    let recordings = Recordings {
        events: record("events", events(args.events))?,
        one: record("one", events(1))?,
        count: args.events,
    };
    println!("| signatures | asked | µs an event | of regorus, of every event |");
    println!("|---:|---|---:|---:|");
    for count in &args.signatures {
        // In turns: what else the machine does changes from run to run.
        let mut times = vec![Vec::new(); WAYS.len() + 1];
        for _ in 0..args.runs {
            times[WAYS.len()].push(recordings.read(&program, &[&plain], PLAIN_REPEATS)?);
            for (at, way) in WAYS.iter().enumerate() {
                let signatures = write(&folder, *count, way)?;
                let signatures = signatures.to_string_lossy();
                let rego = ["--rego", &signatures, "--rego-engine", way.engine];
                times[at].push(recordings.read(&program, &rego, way.repeats)?);
            }
        }
        let medians: Vec<f64> = times.into_iter().map(median).collect();
        let nothing = medians[WAYS.len()];
        let cost = |at: usize| (medians[at] - nothing).max(0.0) * 1e6;
        for (at, way) in WAYS.iter().enumerate() {
            let ratio = match cost(at) > 0.0 {
                true => format!("1/{:.1}", cost(0) / cost(at)),
                false => "not measurable".to_owned(),
            };
            println!("| {count} | {} | {:.3} | {ratio} |", way.name, cost(at));
        }
    }
    Ok(())
}

/// What is read.
struct Recordings {
    events: String,
    /// One with a single event: what starting costs.
    one: String,
    /// How many events there are.
    count: u32,
}

impl Recordings {
    /// Seconds on a processor that each event takes when all are read so often.
    fn read(&self, program: &Path, arguments: &[&str], repeats: u32) -> Result<f64> {
        let replay = |recording| ["--replay", recording];
        let started = [arguments, &replay(&self.one)].concat();
        let mut whole = arguments.to_vec();
        for _ in 0..repeats {
            whole.extend(replay(&self.events));
        }
        let seconds = cpu(program, &whole)? - cpu(program, &started)?;
        Ok(seconds / (f64::from(self.count) * f64::from(repeats)))
    }
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn write(folder: &Path, count: u32, way: &Way) -> Result<PathBuf> {
    let folder = folder.join(format!("{count}-{}", way.everything));
    for number in 0..count {
        let kind = usize::try_from(number)? % KINDS.len();
        let (event, asks) = KINDS[kind];
        let selected = match way.everything {
            true => String::new(),
            false => format!(", \"name\": \"{event}\""),
        };
        let asks = asks.replace('#', &number.to_string());
        let text = format!(
            "package tracee.TRC_{number}\n\nimport data.tracee.helpers\n\n\
             __rego_metadoc__ := {{\"id\": \"TRC-{number}\", \"name\": \"Signature {number}\"}}\n\n\
             tracee_selected_events[{{\"source\": \"tracee\"{selected}}}]\n\n\
             allowed := {{\"kubelet\", \"etcd\", \"nginx\"}}\n\n\
             tracee_match {{\n\tinput.eventName == \"{event}\"\n{asks}\n}}\n"
        );
        shell::write(&folder.join(format!("{number}.rego")), &text)?;
    }
    Ok(folder)
}

/// Lines of JSON: three fifths open files, a fifth starts programs, the rest traces and closes.
fn events(count: u32) -> String {
    let mut text = String::new();
    for number in 0..count {
        let path = format!("/usr/lib/module{}/file{}.so", number % 97, number % 1009);
        let open = format!(
            r#"{{"name":"pathname","type":"string","value":"{path}"}},{{"name":"flags","type":"string","value":"O_RDONLY|O_CLOEXEC"}}"#
        );
        let (id, name, arguments) = match number % 10 {
            0..3 => (732, "security_file_open", open),
            3..6 => (
                257,
                "openat",
                format!(r#"{{"name":"dirfd","type":"int32","value":-100}},{open}"#),
            ),
            6..8 => (
                59,
                "execve",
                format!(
                    r#"{{"name":"pathname","type":"string","value":"/usr/bin/tool{number}"}},{{"name":"argv","type":"[]string","value":["tool","-v"]}},{{"name":"envp","type":"[]string","value":["PATH=/usr/bin","HOME=/root","LANG=C.UTF-8"]}}"#
                ),
            ),
            8 => (
                101,
                "ptrace",
                r#"{"name":"request","type":"string","value":"PTRACE_CONT"},{"name":"pid","type":"int32","value":7}"#.to_owned(),
            ),
            _ => (
                3,
                "close",
                r#"{"name":"fd","type":"int32","value":3}"#.to_owned(),
            ),
        };
        let time = 1_700_000_000_000_000_000u64 + u64::from(number) * 1000;
        let _ = writeln!(
            text,
            r#"{{"timestamp":{time},"threadStartTime":1699999999000000000,"processorId":0,"processId":700,"cgroupId":1,"threadId":700,"parentProcessId":1,"hostProcessId":700,"hostThreadId":700,"hostParentProcessId":1,"userId":0,"mountNamespace":4026531840,"pidNamespace":4026531836,"processName":"worker","hostName":"bench","eventId":"{id}","eventName":"{name}","argsNum":2,"returnValue":0,"syscall":"{name}","args":[{arguments}]}}"#
        );
    }
    text
}

/// Seconds on a processor that a run takes: other work on the machine takes none of them.
fn cpu(program: &Path, arguments: &[&str]) -> Result<f64> {
    let report = tempfile::NamedTempFile::new()?;
    let mut command = Command::new("/usr/bin/time");
    command
        .args(["--format", "%U %S", "--output"])
        .arg(report.path())
        .arg(program)
        .arg("run")
        .args(arguments)
        .args(["--output", "json:file:/dev/null"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let done = command
        .output()
        .map_err(|err| format!("cannot start GNU time (Debian's package `time`): {err}"))?;
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr);
        return Err(format!("{command:?} failed: {said}").into());
    }
    let report = shell::read_text(report.path())?;
    let mut seconds = 0.0;
    for part in report.split_whitespace() {
        seconds += part.parse::<f64>()?;
    }
    Ok(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_in_the_middle() {
        assert!((median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
    }

    #[test]
    fn events_are_as_many_as_asked_for() {
        assert_eq!(events(20).lines().count(), 20);
    }
}
