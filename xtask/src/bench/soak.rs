//! `cargo xtask bench soak`: whether tracee's memory stays the same, and nothing is lost, while events come at a
//! constant rate for as long as wanted. Traces only the generator that it starts.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{SoakArgs, live};
use crate::{Result, shell};

/// Several rules on each event, of which the last one matches one in 1,000; the others look at everything.
const POLICY: &str = r#"policy soak {
  rule elsewhere { on openat where pathname prefix "/nowhere/" and proc.exe == "/nowhere/at/all"; }
  rule by_a_child { on openat where pathname prefix "/nowhere/" and any p in proc.ancestors { p.comm == "nobody" }; }
  rule to_write { on openat where pathname suffix "5" and flags has O_TRUNC; }
  rule matching { on openat where pathname suffix "777" and not proc.comm in ["cat", "less"]; }
}
"#;
/// What memory may grow by, as one of so many parts of it, or as KiB: what an allocator has over.
const TOLERATED_PART: u64 = 50;
const TOLERATED_KIB: u64 = 1_024;

/// tracee and the generator below it; ended when dropped.
struct Run {
    tracee: Child,
    begin: Instant,
}

/// What a run came to.
struct Soaked {
    /// KiB that were resident while files were opened, in the order of time.
    resident: Vec<u64>,
    /// Seconds of a processor, and of the clock.
    used: f64,
    took: f64,
    summary: Value,
}

pub(super) fn run(args: &SoakArgs) -> Result<()> {
    let tracee = match &args.binary {
        Some(program) => program.clone(),
        None => live::built("tracee", "tracee")?,
    };
    let load = match &args.load {
        Some(program) => program.clone(),
        None => live::built("tracee-guest", "openat-load")?,
    };
    let count = args.rate * 60 * u64::from(args.minutes);
    println!(
        "| minutes | wanted | received | lost | detections | written | dropped by the output | processes remembered | CPU \
         | resident, first third | last third | most |"
    );
    println!("|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    let mut problems = Vec::new();
    for piece in 1..=args.pieces {
        let soaked = soak(args, &tracee, &load, count)?;
        println!("{}", soaked.row(count));
        let problem = soaked.problems(count).into_iter();
        problems.extend(problem.map(|problem| format!("piece {piece}: {problem}")));
    }
    match problems.is_empty() {
        true => Ok(()),
        false => Err(problems.join("; ").into()),
    }
}

/// Runs the generator below tracee until it ends.
fn soak(args: &SoakArgs, tracee: &Path, load: &Path, count: u64) -> Result<Soaked> {
    let folder = tempfile::tempdir()?;
    let file = |name: &str| folder.path().join(name);
    shell::write(&file("soak.tp"), POLICY)?;
    let mut command = Command::new(tracee);
    command.args(["run", "--summary-json"]).arg(file("summary"));
    command
        .arg("--output")
        .arg(format!("json:file:{}", file("detections").display()));
    command.arg(file("soak.tp")).arg("--").arg(load);
    command.arg(count.to_string()).arg(file("report"));
    command.args(["soak", &args.rate.to_string()]);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut run = Run {
        begin: Instant::now(),
        tracee: command
            .spawn()
            .map_err(|err| format!("cannot start {}: {err}", tracee.display()))?,
    };
    let (mut resident, mut used) = (Vec::new(), 0.0);
    let status = loop {
        if let Some(status) = run.wait(Duration::from_secs(args.sample.into()))? {
            break status;
        }
        // It may have ended meanwhile.
        if let (Some(kib), Some(seconds)) = (run.resident(), run.used()) {
            let at = run.begin.elapsed().as_secs();
            eprintln!("{at:>6} s: {kib} KiB resident, {seconds:.1} s of a processor");
            used = seconds;
            // Until the generator makes this, memory grows: tracee gets to know as many processes as it remembers.
            if file("report").exists() {
                resident.push(kib);
            }
        }
    };
    if !status.success() {
        return Err(format!("{command:?} failed: {status}").into());
    }
    let took = run.begin.elapsed().as_secs_f64();
    let summary = serde_json::from_str(&shell::read_text(&file("summary"))?)?;
    Ok(Soaked {
        resident,
        used,
        took,
        summary,
    })
}

impl Run {
    /// How it ended, if it does within this time.
    fn wait(&mut self, most: Duration) -> Result<Option<ExitStatus>> {
        let begin = Instant::now();
        loop {
            let status = self.tracee.try_wait()?;
            if status.is_some() || begin.elapsed() >= most {
                return Ok(status);
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn proc(&self, name: &str) -> Option<String> {
        let path = PathBuf::from(format!("/proc/{}/{name}", self.tracee.id()));
        std::fs::read_to_string(path).ok()
    }

    /// KiB that are resident.
    fn resident(&self) -> Option<u64> {
        let status = self.proc("status")?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
        line.split_whitespace().nth(1)?.parse().ok()
    }

    /// Seconds of a processor that it took until now.
    fn used(&self) -> Option<f64> {
        let stat = self.proc("stat")?;
        // Behind the name, which may have spaces; in hundredths of a second (proc_pid_stat(5)).
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
        let mut ticks = || fields.next()?.parse::<f64>().ok();
        Some((ticks()? + ticks()?) / 100.0)
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // Both fail if it has ended.
        let _ = self.tracee.kill();
        let _ = self.tracee.wait();
    }
}

impl Soaked {
    fn number(&self, pointer: &str) -> u64 {
        let number = self.summary.pointer(pointer).and_then(Value::as_u64);
        number.unwrap_or_default()
    }

    /// How often the event of this name was received.
    fn received(&self) -> u64 {
        let events = self.summary["events"].as_array().into_iter().flatten();
        let mut of_name = events.filter(|event| event["event"] == "openat");
        of_name
            .next()
            .and_then(|event| event["count"].as_u64())
            .unwrap_or_default()
    }

    /// Of all events, with the runs that the kernel skipped.
    fn lost(&self) -> u64 {
        let losses = self.summary["losses"].as_object().into_iter().flatten();
        losses.filter_map(|(_, count)| count.as_u64()).sum()
    }

    fn dropped(&self) -> u64 {
        self.number("/outputs/0/dropped/events") + self.number("/outputs/0/dropped/detections")
    }

    /// The medians of the first and the last third.
    fn thirds(&self) -> (u64, u64) {
        let third = self.resident.len().div_ceil(3);
        let first = self.resident.iter().take(third);
        let last = self.resident.iter().rev().take(third);
        (median(first.copied()), median(last.copied()))
    }

    fn row(&self, wanted: u64) -> String {
        let (first, last) = self.thirds();
        let most = self.resident.iter().copied().max().unwrap_or_default();
        let megabytes = |kib: u64| format!("{:.1} MB", kib as f64 * 1024.0 / 1e6);
        format!(
            "| {:.1} | {wanted} | {} | {} | {} | {} | {} | {} | {:.0} % | {} | {} | {} |",
            self.took / 60.0,
            self.received(),
            self.lost(),
            self.number("/detections/0/count"),
            self.number("/outputs/0/written/detections"),
            self.dropped(),
            self.number("/tree/running") + self.number("/tree/exited"),
            100.0 * self.used / self.took,
            megabytes(first),
            megabytes(last),
            megabytes(most),
        )
    }

    /// What should not be.
    fn problems(&self, wanted: u64) -> Vec<String> {
        let mut problems = Vec::new();
        let (received, lost, dropped) = (self.received(), self.lost(), self.dropped());
        if lost > 0 {
            problems.push(format!("{lost} events were lost"));
        }
        if dropped > 0 {
            problems.push(format!("the output dropped {dropped} detections"));
        }
        if received + lost < wanted || received > wanted {
            problems.push(format!("{received} of {wanted} events were received"));
        }
        let (first, last) = self.thirds();
        if last > first + (first / TOLERATED_PART).max(TOLERATED_KIB) {
            problems.push(format!("memory grew from {first} KiB to {last} KiB"));
        }
        problems
    }
}

fn median(of: impl Iterator<Item = u64>) -> u64 {
    let mut sorted: Vec<u64> = of.collect();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn soaked(resident: &[u64], received: u64, lost: u64, dropped: u64) -> Soaked {
        Soaked {
            resident: resident.into(),
            used: 1.0,
            took: 60.0,
            summary: json!({
                "events": [{ "event": "close", "count": 7 }, { "event": "openat", "count": received }],
                "losses": { "openat": lost },
                "outputs": [{ "dropped": { "events": 0, "detections": dropped } }],
            }),
        }
    }

    #[test]
    fn growth_losses_and_what_is_missing_are_problems() {
        let flat = [90_000, 50_000, 50_010, 70_000, 50_000, 50_900, 50_020];
        let problems = |resident: &[u64], received, lost, dropped| {
            soaked(resident, received, lost, dropped).problems(1_000)
        };
        let none: [&str; 0] = [];
        assert_eq!(problems(&flat, 1_000, 0, 0), none);
        let grown: Vec<u64> = (0..30).map(|at| 50_000 + 100 * at).collect();
        let said = ["memory grew from 50500 KiB to 52500 KiB"];
        assert_eq!(problems(&grown, 1_000, 0, 0), said);
        let said = ["3 events were lost"];
        assert_eq!(problems(&flat, 997, 3, 0), said);
        let said = ["997 of 1000 events were received"];
        assert_eq!(problems(&flat, 997, 0, 0), said);
        let said = ["the output dropped 2 detections"];
        assert_eq!(problems(&flat, 1_000, 0, 2), said);
    }
}
