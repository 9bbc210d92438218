//! `cargo xtask bench replay`: whole runs of `tracee run --replay`, on the same events in every form that can be
//! replayed. All must find the same.

mod events;
mod line;

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::Value;

use self::events::Machine;
use super::check::release;
use super::{ReplayArgs, policies};
use crate::{Result, cargo, shell};

/// With so many rules every form is measured.
const RULES: usize = 100;
/// With others, these are.
const MAIN: [&str; 2] = ["recording", "aqua"];
/// Numbers of rules.
const SIZES: [usize; 3] = [10, RULES, 1_000];
/// How often a recording is replayed in one run: it is fast. Each time it begins anew; lines would go on.
const TIMES: u32 = 20;
/// Lines that are made at once.
const AT_ONCE: u64 = 10_000;
/// Every event that is there, to be written in another form.
const EVERYTHING: &str = "policy everything {
  select openat, security_file_open, connect, close, read, write, dup2, unlink, ptrace, execve;
  select sched_process_fork, sched_process_exec, sched_process_exit;
}
";

/// A file of the events in one form, and one with the first of them alone: what starting takes.
struct Form {
    name: &'static str,
    what: &'static str,
    whole: PathBuf,
    first: PathBuf,
    /// How often it is replayed in a run.
    times: u32,
}

/// What one run came to.
#[derive(Clone, Copy)]
struct Run {
    /// Seconds of the clock, and of a processor.
    wall: f64,
    cpu: f64,
    peak_kib: u64,
}

/// What the runs of a form with a policy came to, with the run of its first event beside each.
struct Measured<'a> {
    form: &'a Form,
    rules: usize,
    runs: Vec<(Run, Run)>,
}

pub(super) fn run(args: &ReplayArgs) -> Result<()> {
    let program = match &args.binary {
        Some(program) => program.clone(),
        None if args.debug => debug()?,
        None => release()?,
    };
    let folder = shell::root().join("target/bench-replay");
    shell::remove_dir(&folder)?;
    shell::create_dir(&folder)?;
    let result = measure(args, &program, &folder);
    // They are as large as the number of events makes them.
    shell::remove_dir(&folder)?;
    result
}

fn measure(args: &ReplayArgs, program: &Path, folder: &Path) -> Result<()> {
    let (forms, events) = forms(args, program, folder)?;
    let policies: Vec<PathBuf> = SIZES
        .iter()
        .map(|&rules| policy(folder, rules))
        .collect::<Result<_>>()?;
    let mut all: Vec<Measured<'_>> = Vec::new();
    for (&rules, _) in SIZES.iter().zip(&policies) {
        let measured = forms
            .iter()
            .filter(|form| rules == RULES || MAIN.contains(&form.name));
        all.extend(measured.map(|form| Measured {
            form,
            rules,
            runs: Vec::new(),
        }));
    }
    let mut found: Vec<Option<(String, Vec<Value>)>> = vec![None; SIZES.len()];
    // In turns: what else the machine does changes from run to run. Once before, to have the files in memory.
    for turn in u16::from(args.debug)..=args.runs {
        for measured in &mut all {
            let at = SIZES
                .iter()
                .position(|&rules| rules == measured.rules)
                .unwrap_or_default();
            let policy = &policies[at];
            let started = replay(
                program,
                policy,
                (&measured.form.first, measured.form.times),
                folder,
            )?;
            let whole = replay(
                program,
                policy,
                (&measured.form.whole, measured.form.times),
                folder,
            )?;
            let now = once(detections(folder)?, measured.form.times)?;
            compare(&mut found[at], measured.form.what, now)?;
            if turn > 0 {
                measured.runs.push((started, whole));
            }
        }
    }
    for (rules, found) in SIZES.iter().zip(&found) {
        let count = found.as_ref().map_or(0, |(_, detections)| detections.len());
        if count == 0 {
            return Err(format!("nothing was found with {rules} rules").into());
        }
        println!("{rules} rules: {count} detections in {events} events, the same in all forms");
    }
    println!(
        "\n| form | rules | bytes an event | events in a second of a processor | of {} runs | of the clock | start of a \
         file | peak memory |",
        args.runs
    );
    println!("|---|---:|---:|---:|---|---:|---:|---:|");
    for measured in &all {
        println!("{}", measured.row(events)?);
    }
    Ok(())
}

fn debug() -> Result<PathBuf> {
    let build = ["build", "--package", "tracee", "--bin", "tracee"];
    let mut made = cargo::executables(&build)?.into_iter();
    Ok(made.next().ok_or("cargo made no tracee")?.path)
}

/// Makes all forms of the same events, and says how many there are.
fn forms(args: &ReplayArgs, program: &Path, folder: &Path) -> Result<(Vec<Form>, u64)> {
    let form = |name: &'static str, what: &'static str| Form {
        name,
        what,
        whole: folder.join(name),
        first: folder.join(format!("{name}.first")),
        times: if name.starts_with("recording") {
            TIMES
        } else {
            1
        },
    };
    let aqua = form("aqua", "Aqua's JSON");
    let shuffled = form("shuffled", "Aqua's JSON, keys in any order");
    let events = lines(&aqua.whole, args.events, false)?;
    lines(&shuffled.whole, args.events, true)?;
    let own = form("own", "tracee's JSON");
    let newer = form("v1", "Aqua's newer JSON");
    let recording = form("recording", "recording");
    let everything = folder.join("everything.tp");
    shell::write(&everything, EVERYTHING)?;
    let output = |form: &str, path: &Path| format!("{form}:file:{}", path.display());
    for text in [&aqua, &shuffled] {
        first_line(&text.whole, &text.first)?;
    }
    let mut command = Command::new(program);
    command.arg("run").arg(&everything);
    command
        .arg("--replay")
        .arg(&aqua.whole)
        .arg("--record")
        .arg(&recording.whole);
    command.args(["--output", &output("json", &own.whole)]);
    command.args(["--output", &output("json=aqua-v1", &newer.whole)]);
    shell::output(&mut command)?;
    let mut command = Command::new(program);
    command.arg("run").arg(&everything);
    command
        .arg("--replay")
        .arg(&aqua.first)
        .arg("--record")
        .arg(&recording.first);
    command.args(["--output", "json:file:/dev/null"]);
    shell::output(&mut command)?;
    for text in [&own, &newer] {
        first_line(&text.whole, &text.first)?;
    }
    let mut packed = Vec::new();
    for (of, gzip, zstd) in [
        (
            &recording,
            ("recording.gz", "recording, gzip"),
            ("recording.zst", "recording, zstd"),
        ),
        (
            &aqua,
            ("aqua.gz", "Aqua's JSON, gzip"),
            ("aqua.zst", "Aqua's JSON, zstd"),
        ),
    ] {
        for (with, (name, what)) in [("gzip", gzip), ("zstd", zstd)] {
            let form = form(name, what);
            pack(with, &of.whole, &form.whole)?;
            pack(with, &of.first, &form.first)?;
            packed.push(form);
        }
    }
    let mut forms = vec![recording, aqua, shuffled, newer, own];
    forms.extend(packed);
    Ok((forms, events))
}

fn lines(path: &Path, count: u64, shuffled: bool) -> Result<u64> {
    let mut file =
        File::create(path).map_err(|err| format!("cannot make {}: {err}", path.display()))?;
    let mut machine = Machine::new(shuffled);
    let (mut text, mut made) = (String::new(), 0);
    while made < count {
        text.clear();
        made += machine.lines(AT_ONCE.min(count - made), &mut text);
        file.write_all(text.as_bytes())
            .map_err(|err| format!("cannot write {}: {err}", path.display()))?;
    }
    Ok(made)
}

fn first_line(of: &Path, to: &Path) -> Result<()> {
    let file = File::open(of).map_err(|err| format!("cannot read {}: {err}", of.display()))?;
    let mut line = String::new();
    BufReader::new(file).read_line(&mut line)?;
    shell::write(to, line)
}

fn pack(with: &str, from: &Path, to: &Path) -> Result<()> {
    let file = File::create(to).map_err(|err| format!("cannot make {}: {err}", to.display()))?;
    let mut command = Command::new(with);
    command
        .arg("-c")
        .arg(from)
        .stdin(Stdio::null())
        .stdout(file);
    let status = command
        .status()
        .map_err(|err| format!("cannot start {with} (Debian's package `{with}`): {err}"))?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("{command:?} failed: {status}").into()),
    }
}

/// Rules on opened files are on what the kernel found, too, rather than on a call that few use.
fn policy(folder: &Path, rules: usize) -> Result<PathBuf> {
    let path = folder.join(format!("{rules}.tp"));
    let text = policies::file("bench", 0..rules);
    shell::write(
        &path,
        text.replace("on open, openat", "on openat, security_file_open"),
    )?;
    Ok(path)
}

fn found(folder: &Path) -> PathBuf {
    folder.join("detections")
}

/// One run, by GNU time: what it writes is small, and is written.
fn replay(
    program: &Path,
    policy: &Path,
    (file, times): (&Path, u32),
    folder: &Path,
) -> Result<Run> {
    let report = folder.join("time");
    let mut command = Command::new("/usr/bin/time");
    command
        .args(["--format", "%U %S %M", "--output"])
        .arg(&report);
    command.arg(program).arg("run").arg(policy);
    for _ in 0..times {
        command.arg("--replay").arg(file);
    }
    command
        .arg("--output")
        .arg(format!("json:file:{}", found(folder).display()));
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let begin = Instant::now();
    let done = command
        .output()
        .map_err(|err| format!("cannot start GNU time (Debian's package `time`): {err}"))?;
    let wall = begin.elapsed().as_secs_f64();
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr);
        return Err(format!("{command:?} failed: {said}").into());
    }
    let report = shell::read_text(&report)?;
    let mut parts = report.split_whitespace();
    let mut next = || parts.next().ok_or("GNU time said too little");
    let (user, system): (f64, f64) = (next()?.parse()?, next()?.parse()?);
    Ok(Run {
        wall,
        cpu: user + system,
        peak_kib: next()?.parse()?,
    })
}

/// What was found, without what some forms have no place for.
fn detections(folder: &Path) -> Result<Vec<Value>> {
    let mut all = Vec::new();
    for line in shell::read_text(&found(folder))?.lines() {
        let detection: Value = serde_json::from_str(line)?;
        let event = &detection["event"];
        let of = [
            "timestamp",
            "hostProcessId",
            "userId",
            "processName",
            "containerId",
            "executable",
            "eventName",
            "returnValue",
            "args",
        ];
        let of = of.map(|key| event[key].clone());
        let said = ["rule", "severity", "message", "output", "complete"];
        let said = said.map(|key| detection[key].clone());
        all.push(serde_json::json!([said, of]));
    }
    Ok(all)
}

/// What one of several replays found; the others found the same.
fn once(mut found: Vec<Value>, times: u32) -> Result<Vec<Value>> {
    let each = found.len() / times as usize;
    let all_same = found.chunks(each.max(1)).all(|of| of == &found[..each]);
    if !all_same || !found.len().is_multiple_of(times as usize) {
        return Err("the same file was not replayed the same".into());
    }
    found.truncate(each);
    Ok(found)
}

fn compare(found: &mut Option<(String, Vec<Value>)>, form: &str, now: Vec<Value>) -> Result<()> {
    let Some((first, before)) = found else {
        *found = Some((form.to_owned(), now));
        return Ok(());
    };
    if *before == now {
        return Ok(());
    }
    let pairs = before.iter().zip(&now);
    let differs = pairs.into_iter().find(|(before, now)| before != now);
    let differs = differs
        .map(|(before, now)| format!(": {before} and {now}"))
        .unwrap_or_default();
    Err(format!(
        "{first} and {form} differ, in {} and {} detections{differs}",
        before.len(),
        now.len()
    )
    .into())
}

impl Measured<'_> {
    fn row(&self, events: u64) -> Result<String> {
        let path = &self.form.whole;
        let size = std::fs::metadata(path)
            .map_err(|err| format!("cannot look at {}: {err}", path.display()))?
            .len();
        let size = size as f64 / events as f64;
        let events = events as f64 * f64::from(self.form.times);
        // What starting takes is told apart.
        let of_starts = |time: fn(&Run) -> f64| {
            median(&sorted(self.runs.iter().map(|(started, _)| time(started))))
        };
        let rates = |time: fn(&Run) -> f64| {
            let start = of_starts(time);
            let millions = |(_, run): &(Run, Run)| events / (time(run) - start).max(1e-6) / 1e6;
            sorted(self.runs.iter().map(millions))
        };
        let (of_processor, of_clock) = (rates(|run| run.cpu), rates(|run| run.wall));
        let start = of_starts(|run| run.cpu) / f64::from(self.form.times);
        let peaks = self.runs.iter().map(|(_, run)| run.peak_kib);
        Ok(format!(
            "| {} | {} | {size:.0} | {:.2} M | {:.2}–{:.2} M | {:.2} M | {:.0} ms | {} MB |",
            self.form.what,
            self.rules,
            median(&of_processor),
            of_processor.first().copied().unwrap_or_default(),
            of_processor.last().copied().unwrap_or_default(),
            median(&of_clock),
            start * 1e3,
            (peaks.max().unwrap_or_default() * 1024).div_ceil(1_000_000),
        ))
    }
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

fn median(sorted: &[f64]) -> f64 {
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn forms_that_find_something_else_are_told() {
        let mut found = None;
        assert!(compare(&mut found, "a", vec![json!(1), json!(2)]).is_ok());
        assert!(compare(&mut found, "b", vec![json!(1), json!(2)]).is_ok());
        let error = compare(&mut found, "c", vec![json!(1), json!(3)]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a and c differ, in 2 and 2 detections: 2 and 3"
        );
        assert!(compare(&mut found, "d", vec![json!(1)]).is_err());
    }

    #[test]
    fn a_file_is_replayed_the_same_each_time() {
        let of = |values: &[u8]| values.iter().map(|value| json!(value)).collect::<Vec<_>>();
        assert_eq!(once(of(&[1, 2, 1, 2]), 2).unwrap(), of(&[1, 2]));
        assert_eq!(once(Vec::new(), 2).unwrap(), of(&[]));
        for others in [&[1, 2, 2, 1][..], &[1, 1, 1], &[1]] {
            assert!(once(of(others), 2).is_err());
        }
    }
}
