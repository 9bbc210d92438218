//! `cargo xtask bench live`: what tracing costs the traced program, what a flood loses, and what tracee
//! itself needs. Everything is measured on programs that this starts.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::{LiveArgs, policies};
use crate::{Result, cargo, shell};

/// Seconds for which an idle run is measured.
const IDLE: u64 = 10;

pub(super) fn run(args: &LiveArgs) -> Result<()> {
    let bench = Bench::new(args)?;
    bench.cost()?;
    bench.floods()?;
    bench.idle()?;
    bench.start()
}

pub(super) struct Bench {
    tracee: PathBuf,
    load: PathBuf,
    empty: PathBuf,
    folder: tempfile::TempDir,
    pub(super) count: u64,
    pub(super) runs: u16,
}

/// A way to trace: its name, and how the command line of what is traced becomes that of who traces it.
type Way<'a> = (&'a str, Box<dyn Fn(&[String]) -> Vec<String> + 'a>);

/// What one run of the generator under something came to.
struct Run {
    /// Nanoseconds an open.
    each: f64,
    /// Nanoseconds from the command's begin to the generator's.
    start: u128,
    /// What GNU time says: seconds of user and system, of all processes, and the largest resident size.
    user: f64,
    system: f64,
    peak_kib: u64,
}

impl Bench {
    pub(super) fn new(args: &LiveArgs) -> Result<Self> {
        Ok(Self {
            tracee: match &args.binary {
                Some(program) => program.clone(),
                None => built("tracee", "tracee")?,
            },
            load: match &args.load {
                Some(program) => program.clone(),
                None => built("tracee-guest", "openat-load")?,
            },
            empty: match &args.empty {
                Some(program) => program.clone(),
                None => built("tracee-guest", "empty-program")?,
            },
            folder: tempfile::tempdir()?,
            count: args.count,
            runs: args.runs,
        })
    }

    pub(super) fn policy(&self, name: &str, text: &str) -> Result<String> {
        let path = self.folder.path().join(format!("{name}.tp"));
        shell::write(&path, text)?;
        Ok(path.display().to_string())
    }

    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn tracee(&self, arguments: &[&str], traced: &[String]) -> Vec<String> {
        let mut words = vec![self.tracee.display().to_string(), "run".into()];
        words.extend(arguments.iter().map(|&word| word.to_owned()));
        words.push("--".into());
        words.extend(traced.iter().cloned());
        words
    }

    /// Runs the generator below something.
    fn generate(&self, count: u64, way: &Way<'_>) -> Result<Run> {
        self.generate_what("absent", count, way)
    }

    /// Makes it generate something else.
    fn generate_what(&self, what: &str, count: u64, way: &Way<'_>) -> Result<Run> {
        let report = self.file("report");
        let traced = [
            self.load.display().to_string(),
            count.to_string(),
            report.clone(),
            what.to_owned(),
        ];
        let (begin, user, system, peak_kib) = timed(&way.1(&traced), self.folder.path())?;
        let text = shell::read_text(Path::new(&report))?;
        let numbers: Vec<u128> = text
            .split_whitespace()
            .map(str::parse)
            .collect::<std::result::Result<_, _>>()?;
        let [began, took] = numbers[..] else {
            return Err(format!("the generator said `{text}`").into());
        };
        Ok(Run {
            each: took as f64 / count as f64,
            start: began.saturating_sub(begin),
            user,
            system,
            peak_kib,
        })
    }

    /// What an open costs that nobody wants, by how that is found out.
    fn cost(&self) -> Result<()> {
        let nobody = self.policy("nobody", "policy p { select reboot; }")?;
        let integer = self.policy(
            "integer",
            "policy p { select openat where proc.uid == 54321; }",
        )?;
        let prefix = self.policy(
            "prefix",
            "policy p { select openat where pathname prefix \"/etc/secret/\"; }",
        )?;
        let contains = self.policy(
            "contains",
            "policy p { select openat where pathname contains \"/secret/\"; }",
        )?;
        let names = [
            "an event that nobody wants",
            "an integer of the scope (`proc.uid ==`)",
            "a prefix of the path",
            "`contains`: the whole path is walked",
        ];
        let mut said = HashMap::new();
        for (name, policy) in names
            .into_iter()
            .zip([&nobody, &integer, &prefix, &contains])
        {
            let (time, runs) = self.program_cost(policy, "absent", "sys_exit")?;
            said.insert(name, format!("{:.0} ns", time / runs));
        }
        let ours = |policy: String| {
            move |traced: &[String]| {
                self.tracee(&["--output", "json:file:/dev/null", &policy], traced)
            }
        };
        let theirs = |program: &'static str| {
            move |traced: &[String]| {
                let words = ["-c", &traced.join(" "), "-e", program];
                bpftrace_words(&words)
            }
        };
        let mut ways: Vec<Way<'_>> = vec![
            ("not traced", Box::new(<[String]>::to_vec)),
            (
                "a program on every syscall's return that does nothing",
                Box::new(|traced: &[String]| {
                    let mut words = vec![self.empty.display().to_string()];
                    words.extend(traced.iter().cloned());
                    words
                }),
            ),
            (names[0], Box::new(ours(nobody))),
            (names[1], Box::new(ours(integer))),
            (names[2], Box::new(ours(prefix))),
            (names[3], Box::new(ours(contains))),
        ];
        let bpftrace = bpftrace();
        if bpftrace.is_ok() {
            ways.extend([
                (
                    "bpftrace, nothing on every syscall's return",
                    Box::new(theirs("tracepoint:raw_syscalls:sys_exit /0/ { @ = 1; }"))
                        as Box<dyn Fn(&[String]) -> Vec<String>>,
                ),
                (
                    "bpftrace, the same integer",
                    Box::new(theirs(
                        "tracepoint:syscalls:sys_exit_openat \
                         /pid == cpid && uid == 54321/ { @ = count(); }",
                    )),
                ),
                (
                    "bpftrace, the same prefix",
                    Box::new(theirs(
                        "tracepoint:syscalls:sys_enter_openat /pid == cpid && \
                         strncmp(str(args->filename), \"/etc/secret/\", 12) == 0/ { @ = count(); }",
                    )),
                ),
            ]);
        }
        if let Err(why) = bpftrace {
            println!("bpftrace's rows are missing: {why}\n");
        }
        let mut each: Vec<Vec<f64>> = vec![Vec::new(); ways.len()];
        for _ in 0..self.runs {
            for (way, each) in ways.iter().zip(&mut each) {
                each.push(self.generate(self.count, way)?.each);
            }
        }
        println!(
            "| {} opens of what is not there | ns each, median of {} | min–max | over untraced | times as long | of that tracee's program |",
            self.count, self.runs
        );
        println!("|---|---:|---|---:|---:|---:|");
        each.iter_mut()
            .for_each(|times| times.sort_by(f64::total_cmp));
        let median = |times: &[f64]| times[times.len() / 2];
        let bare = median(&each[0]);
        for ((name, _), times) in ways.iter().zip(&each) {
            let (first, last) = (times[0], times[times.len() - 1]);
            let middle = median(times);
            println!(
                "| {name} | {middle:.0} | {first:.0}–{last:.0} | {:.0} | {:.2} | {} |",
                middle - bare,
                middle / bare,
                said.get(name).map_or("", String::as_str)
            );
        }
        Ok(())
    }

    /// What the kernel says of one of tracee's programs while this is generated: nanoseconds and runs, those for
    /// other processes' calls included. Measured apart, for that costs a little itself.
    pub(super) fn program_cost(
        &self,
        policy: &str,
        what: &str,
        program: &str,
    ) -> Result<(f64, f64)> {
        let summary = self.file("summary.json");
        let arguments = [
            "--stats",
            "--summary-json",
            &summary,
            "--buffer",
            "256",
            "--output",
            "json:file:/dev/null",
            policy,
        ];
        let way: Way<'_> = (
            "measured",
            Box::new(|traced: &[String]| self.tracee(&arguments, traced)),
        );
        self.generate_what(what, self.count, &way)?;
        let said: Value = serde_json::from_str(&shell::read_text(Path::new(&summary))?)?;
        let mut programs = said["kernel"]["programs"].as_array().into_iter().flatten();
        let found = programs.find(|found| found["program"] == program);
        let number = |what: &str| found.and_then(|found| found[what].as_f64());
        match (number("run_time_ns"), number("run_cnt")) {
            (Some(time), Some(runs)) if runs > 0.0 => Ok((time, runs)),
            _ => Err(format!("the summary does not say what {program} cost").into()),
        }
    }

    /// Opens as fast as one processor makes them, half of them wanted.
    fn floods(&self) -> Result<()> {
        let decided = self.policy(
            "decided",
            "policy p { rule r { on openat where pathname prefix \"/nowhere/wanted/\" \
             and proc.exe == \"/nowhere/at/all\"; } }",
        )?;
        let written = self.policy(
            "written",
            "policy p { select openat where pathname prefix \"/nowhere/wanted/\"; }",
        )?;
        println!(
            "\n| flood, half of it wanted | opens/s | wanted | received | lost | written | dropped by the output | CPU | peak memory |"
        );
        println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
        let json = format!("json:file:{}", self.file("events.json"));
        let cases = [
            (
                "conditions decided in userland",
                &decided,
                "16",
                "table:file:/dev/null",
            ),
            (
                "the same, a buffer of 1 MiB",
                &decided,
                "1",
                "table:file:/dev/null",
            ),
            ("written as JSON", &written, "16", json.as_str()),
        ];
        for (name, policy, buffer, output) in cases {
            let summary = self.file("summary.json");
            let arguments = [
                "--summary-json",
                &summary,
                "--buffer",
                buffer,
                "--output",
                output,
                policy,
            ];
            let way: Way<'_> = (
                name,
                Box::new(|traced: &[String]| self.tracee(&arguments, traced)),
            );
            let run = self.generate(2 * self.count, &way)?;
            let said: Value = serde_json::from_str(&shell::read_text(Path::new(&summary))?)?;
            let received = said["events"]
                .as_array()
                .into_iter()
                .flatten()
                .find(|event| event["event"] == "openat")
                .map_or(0, |event| event["count"].as_u64().unwrap_or(0));
            let lost = said["losses"]["openat"].as_u64().unwrap_or(0);
            if received + lost != self.count {
                let wanted = self.count;
                return Err(format!(
                    "{name}: {received} received and {lost} lost are not {wanted}"
                )
                .into());
            }
            let output = &said["outputs"][0];
            let lines = |what: &str| output[what]["events"].as_u64().unwrap_or(0);
            println!(
                "| {name} | {:.0} | {} | {received} | {lost} | {} | {} | {:.1} s | {} MB |",
                1e9 / run.each,
                self.count,
                lines("written"),
                lines("dropped"),
                run.user + run.system,
                (run.peak_kib * 1024).div_ceil(1_000_000),
            );
        }
        Ok(())
    }

    /// What a run costs while nothing happens.
    fn idle(&self) -> Result<()> {
        let policy = self.policy(
            "idle",
            "policy p { select openat where pathname prefix \"/nowhere/wanted/\"; }",
        )?;
        let used = |seconds: u64| -> Result<f64> {
            let traced = ["sleep".to_owned(), seconds.to_string()];
            let words = self.tracee(&["--output", "json:file:/dev/null", &policy], &traced);
            let (_, user, system, _) = timed(&words, self.folder.path())?;
            Ok(user + system)
        };
        // What starting costs is in both.
        let (short, long) = (used(1)?, used(1 + IDLE)?);
        let percent = 100.0 * (long - short) / IDLE as f64;
        println!(
            "\nIdle for {IDLE} s: {percent:.2} % of a processor (GNU time counts hundredths of seconds)."
        );
        Ok(())
    }

    /// How long it takes until the first event can be seen, and how large that makes it.
    fn start(&self) -> Result<()> {
        let policy = self.policy("hundred", &policies::file("p", 0..100))?;
        let way: Way<'_> = (
            "start",
            Box::new(|traced: &[String]| {
                self.tracee(&["--output", "json:file:/dev/null", &policy], traced)
            }),
        );
        let mut starts = Vec::new();
        let mut peak = 0;
        for _ in 0..self.runs {
            let run = self.generate(1, &way)?;
            starts.push(run.start as f64 / 1e6);
            peak = peak.max(run.peak_kib);
        }
        starts.sort_by(f64::total_cmp);
        println!(
            "\n100 rules: what is traced begins {:.0} ms after tracee (median of {}; {:.0}–{:.0}); peak memory {} MB.",
            starts[starts.len() / 2],
            self.runs,
            starts[0],
            starts[starts.len() - 1],
            (peak * 1024).div_ceil(1_000_000),
        );
        Ok(())
    }
}

/// Runs a command by GNU time: when it began (nanoseconds since the epoch), its seconds of user and
/// system with those of its children, and the largest resident size of one of them.
fn timed(words: &[String], folder: &Path) -> Result<(u128, f64, f64, u64)> {
    let report = folder.join("time");
    let begin = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
    let output = Command::new("/usr/bin/time")
        .args(["--format", "%U %S %M", "--output"])
        .arg(&report)
        .args(words)
        .stdin(Stdio::null())
        .output()
        .map_err(|err| format!("cannot start GNU time (Debian's package `time`): {err}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{words:?} failed: {}: {said}", output.status).into());
    }
    let text = shell::read_text(&report)?;
    let mut numbers = text.split_whitespace();
    let mut next = || numbers.next().ok_or("GNU time said too little");
    Ok((begin, next()?.parse()?, next()?.parse()?, next()?.parse()?))
}

/// A command line that runs bpftrace where it finds tracepoints: in a mount namespace of its own with tracefs,
/// if this machine has not mounted it.
fn bpftrace_words(arguments: &[&str]) -> Vec<String> {
    let events = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];
    let is_mounted = |folder: &&str| Path::new(folder).join("events").exists();
    let script = "mount -t tracefs tracefs /sys/kernel/tracing && exec \"$@\"";
    let mount = ["unshare", "--mount", "sh", "-c", script, "sh"];
    let before: &[&str] = match events.iter().any(is_mounted) {
        true => &[],
        false => &mount,
    };
    let words = before.iter().chain(&["bpftrace"]).chain(arguments);
    words.map(|&word| word.to_owned()).collect()
}

/// Whether bpftrace can be compared with: it is installed, and finds tracepoints.
fn bpftrace() -> std::result::Result<(), String> {
    let program = "tracepoint:syscalls:sys_exit_openat /0/ { @ = 1; }";
    let words = bpftrace_words(&["-c", "/bin/true", "-e", program]);
    let output = Command::new(&words[0]).args(&words[1..]).output();
    let output = output.map_err(|err| format!("{err}; it is Debian's package `bpftrace`"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    match output.status.success() {
        true => Ok(()),
        // It says first that it could not raise a limit, which kernels since 5.11 don't need.
        false => Err(said.lines().last().unwrap_or("it failed").to_owned()),
    }
}

pub(super) fn built(package: &str, program: &str) -> Result<PathBuf> {
    let build = ["build", "--release", "--package", package, "--bin", program];
    let mut made = cargo::executables(&build)?.into_iter();
    Ok(made.next().ok_or("cargo made no program")?.path)
}
