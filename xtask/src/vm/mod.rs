//! `cargo xtask vm`: runs programs on real kernels, in qemu guests.
//!
//! A root is filled with what a [`job`] needs ([`root`], packed by [`cpio`]), [`work`] among that; each kernel is fetched
//! ([`kernel`], from [`mirror`]'s place) and boots it ([`qemu`]); [`chain`], [`standard_rules`], [`strace`] and
//! [`containers`] check what came back.
//! Everything lies below `.vm/` in the checkout: `kernels/SERIES` stays, `run/SERIES` has the
//! console's log and the guest's /out of the last run. [`report`] is what the kernels said there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::{Result, shell};
use job::{Job, Test};
use kernel::{Image, KERNELS, Kernel};
use qemu::Boot;

mod apt;
mod chain;
mod containers;
mod cpio;
mod job;
mod kernel;
mod mirror;
mod qemu;
mod report;
mod root;
pub(crate) mod standard_rules;
mod strace;
mod work;

/// Policies and events that the filters of a documented kernel decide as the interpreter does.
const DOCUMENTED_CASES: u64 = 50_000;

/// Boot guests with real kernels and run the live tests, or a command, in them
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A kernel series, once or more; all of them by default
    #[arg(long = "kernel", value_name = "SERIES", value_delimiter = ',', value_parser = series)]
    kernels: Vec<&'static Kernel>,

    /// A file, folder or program of this machine to have in the guest, as HOST=GUEST; a
    /// program's libraries come along
    #[arg(long = "add", value_name = "HOST=GUEST", value_parser = pair)]
    add: Vec<(PathBuf, String)>,

    /// An integration test to build and have in /tests; runs it instead of the live checks
    #[arg(long = "test", value_name = "PACKAGE:TEST", value_parser = test)]
    tests: Vec<Test>,

    /// Run only tests whose name contains this, once or more
    #[arg(long = "only", value_name = "NAME", requires = "tests")]
    only: Vec<String>,

    /// A variable of the environment of the tests, as NAME=VALUE
    #[arg(long = "env", value_name = "NAME=VALUE", requires = "tests", value_parser = variable)]
    variables: Vec<String>,

    /// Compare what the kernel's filters decide with what the interpreter does, on so many random policies
    /// and events, instead of the live checks; with --live or --document before them
    #[arg(long, value_name = "CASES", conflicts_with_all = ["tests", "command", "chain", "record_intrusion"])]
    equivalence: Option<u64>,

    /// The live checks, after what is compared
    #[arg(long, requires = "equivalence", conflicts_with = "document")]
    live: bool,

    /// Run the attack chain and the standard rules without the live tests
    #[arg(long, conflicts_with_all = ["tests", "command"])]
    chain: bool,

    /// Only compare what strace and tracee say of the same syscalls
    #[arg(long, conflicts_with_all = ["tests", "command", "chain", "equivalence", "record_intrusion", "document"])]
    strace: bool,

    /// Only look what is said of real containers, those of Debian's containerd and runc
    #[arg(long, conflicts_with_all = ["tests", "command", "chain", "strace", "equivalence", "record_intrusion", "document"])]
    containers: bool,

    /// Run the attack chain in a guest and keep its recording as examples/recordings/intrusion.trec
    #[arg(long, conflicts_with_all = ["tests", "command"])]
    record_intrusion: bool,

    /// Write docs/kernels.md from what the live tests of all kernels say, and from what was compared: 50,000
    /// cases unless --equivalence says otherwise
    #[arg(long, conflicts_with_all = ["tests", "command", "chain", "record_intrusion"])]
    document: bool,

    /// Ask for newer kernel packages
    #[arg(long)]
    refresh: bool,

    /// Seconds after which a guest is ended
    #[arg(long, value_name = "SECONDS", default_value_t = 1800)]
    timeout: u64,

    /// The command to run in the guest; files that it leaves in /out come back to
    /// .vm/run/SERIES/out. By default the live tests, the attack chain and strace
    #[arg(last = true, value_name = "CMD")]
    command: Vec<String>,
}

/// Of an event `lost`: how many runs of a program of tracee's it says that the kernel skipped, of whatever process;
/// [`None`] of any other line.
fn skipped_runs(line: &Value) -> Option<usize> {
    let value = |name: &str| {
        let mut args = line["args"].as_array()?.iter();
        args.find(|arg| arg["name"] == name)
            .map(|arg| &arg["value"])
    };
    if line["eventName"] != "lost" {
        return None;
    }
    value("event")?.as_str()?.strip_prefix("program ")?;
    usize::try_from(value("count")?.as_u64()?).ok()
}

fn series(text: &str) -> Result<&'static Kernel, String> {
    Kernel::named(text).ok_or_else(|| {
        let known: Vec<&str> = KERNELS.iter().map(|kernel| kernel.series).collect();
        format!("the series are {}", known.join(", "))
    })
}

fn pair(text: &str) -> Result<(PathBuf, String), String> {
    match text.split_once('=') {
        Some((host, guest)) if guest.starts_with('/') => Ok((host.into(), guest.to_owned())),
        _ => Err("expected HOST=GUEST, GUEST being an absolute path".to_owned()),
    }
}

fn test(text: &str) -> Result<Test, String> {
    let (package, name) = text.split_once(':').ok_or("expected PACKAGE:TEST")?;
    Ok(Test {
        package: package.to_owned(),
        name: name.to_owned(),
    })
}

fn variable(text: &str) -> Result<String, String> {
    match text.split_once('=') {
        Some((name, _)) if !name.is_empty() => Ok(text.to_owned()),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}

/// Runs the chore.
pub(crate) fn run(args: &Args) -> Result<()> {
    need_packages()?;
    let job = args.job();
    let home = shell::root().join(".vm");
    let kernels = args.kernels();
    let images = images(&kernels, &home.join("kernels"), args.refresh)?;
    let mut root = job.root(&args.tests, &images)?;
    for (host, guest) in &args.add {
        if is_program(host) {
            root.program(host, guest)?
        } else {
            root.copy(host, guest)?
        }
    }
    let archive = home.join("root.cpio");
    shell::write(&archive, root.to_bytes())?;

    let guests = Guests {
        home: &home,
        root: &archive,
        job: &job,
        args,
        several: kernels.len() > 1,
    };
    let mut summary = Summary::default();
    let mut reports = Vec::new();
    for (kernel, (result, took)) in kernels.iter().zip(guests.boot_all(&kernels, &images)) {
        summary.add(kernel, result, took);
        if args.document {
            let out = home.join("run").join(kernel.series).join("out");
            reports.push(report::Report::read(kernel, &out)?);
        }
    }
    summary.finish()?;
    match args.document {
        true => report::write(&reports),
        false => Ok(()),
    }
}

impl Args {
    fn job(&self) -> Job {
        if !self.command.is_empty() {
            Job::Command(self.command.clone())
        } else if !self.tests.is_empty() {
            Job::Tests {
                variables: self.variables.clone(),
                only: self.only.clone(),
            }
        } else if self.strace {
            Job::Strace
        } else if self.containers {
            Job::Containers
        } else if self.chain || self.record_intrusion {
            Job::Chain
        } else if self.document {
            let equivalence = Some(self.equivalence.unwrap_or(DOCUMENTED_CASES));
            Job::Live { equivalence }
        } else {
            match self.equivalence {
                Some(cases) if !self.live => Job::Equivalence(cases),
                equivalence => Job::Live { equivalence },
            }
        }
    }

    fn kernels(&self) -> Vec<&'static Kernel> {
        match &self.kernels[..] {
            [] if self.record_intrusion => Kernel::named("6.12").into_iter().collect(),
            [] => KERNELS.iter().collect(),
            named => named.to_vec(),
        }
    }
}

/// What is the same for all guests.
struct Guests<'a> {
    home: &'a Path,
    root: &'a Path,
    job: &'a Job,
    args: &'a Args,
    /// Whether their consoles are shown at once.
    several: bool,
}

/// The package a kernel came from, or what went wrong; and how long it took.
type Outcome = (std::result::Result<String, String>, Duration);

impl Guests<'_> {
    /// Boots the kernels, as many at once as there are processors: a guest keeps about one busy.
    fn boot_all(&self, kernels: &[&'static Kernel], images: &[Image]) -> Vec<Outcome> {
        let next = AtomicUsize::new(0);
        let outcomes = Mutex::new(BTreeMap::new());
        let work = || {
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let (Some(kernel), Some(image)) = (kernels.get(at), images.get(at)) else {
                    return;
                };
                let start = Instant::now();
                let result = self.boot(kernel, image).map_err(|err| err.to_string());
                let mut outcomes = outcomes.lock().unwrap_or_else(PoisonError::into_inner);
                outcomes.insert(at, (result, start.elapsed()));
            }
        };
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|scope| {
            for _ in 0..processors.min(kernels.len()) {
                scope.spawn(work);
            }
        });
        let outcomes = outcomes
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        outcomes.into_values().collect()
    }

    /// Boots one kernel; returns the package it came from.
    fn boot(&self, kernel: &Kernel, image: &Image) -> Result<String> {
        let boot = Boot {
            kernel: &image.path,
            command_line: kernel.command_line,
            root: self.root,
            dir: &self.home.join("run").join(kernel.series),
            timeout: Duration::from_secs(self.args.timeout),
            prefix: match self.several {
                true => format!("{kernel}: "),
                false => String::new(),
            },
        };
        let out = boot.run()?;
        if self.job.runs_the_chain() {
            chain::check(&out)?;
            standard_rules::check(&out)?;
        }
        if self.job.runs_strace() {
            strace::check(&out)?;
        }
        if self.job.runs_containers() {
            containers::check(&out)?;
        }
        if self.args.record_intrusion {
            let recording = shell::root().join("examples/recordings/intrusion.trec");
            shell::write(&recording, shell::read(&out.join("live.trec"))?)?;
            println!("wrote {}", recording.display());
        }
        Ok(image.package.clone())
    }
}

/// The kernels' images, those that are missing fetched.
fn images(kernels: &[&'static Kernel], store: &Path, refresh: bool) -> Result<Vec<Image>> {
    let mut images = Vec::new();
    for kernel in kernels {
        let image = kernel.image(store, refresh)?;
        println!("=== kernel {kernel} ({})", image.package);
        images.push(image);
    }
    Ok(images)
}

fn is_program(path: &Path) -> bool {
    std::fs::read(path).is_ok_and(|bytes| bytes.starts_with(b"\x7fELF"))
}

/// Says in one sentence what apt should install.
fn need_packages() -> Result<()> {
    let needed = [
        ("qemu-system-x86", "/usr/bin/qemu-system-x86_64"),
        ("busybox-static", "/bin/busybox"),
        ("binutils", "/usr/bin/strip"),
        ("xz-utils", "/usr/bin/xz"),
        ("strace", "/usr/bin/strace"),
        ("gcc", "/usr/bin/gcc"),
        ("libc6-dev", "/usr/include/stdio.h"),
    ];
    let missing: Vec<&str> = needed
        .iter()
        .filter(|(_, file)| !Path::new(file).exists())
        .map(|(name, _)| *name)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    Err(format!("guests need packages that are not installed: apt-get install {names}").into())
}

/// What each kernel's run came to.
#[derive(Default)]
struct Summary {
    lines: Vec<String>,
    failures: usize,
}

impl Summary {
    fn add(
        &mut self,
        kernel: &Kernel,
        result: std::result::Result<String, String>,
        took: Duration,
    ) {
        let (word, detail) = match result {
            Ok(package) => ("ok", package),
            Err(err) => {
                self.failures += 1;
                eprintln!("kernel {kernel}: {err}");
                ("FAILED", err.lines().next().unwrap_or_default().to_owned())
            }
        };
        self.lines.push(format!(
            "{kernel:<5} {word:<6} {:>4} s  {detail}",
            took.as_secs()
        ));
    }

    fn finish(self) -> Result<()> {
        println!("\n{}", self.lines.join("\n"));
        match self.failures {
            0 => Ok(()),
            failures => Err(format!("{failures} of {} kernels failed", self.lines.len()).into()),
        }
    }
}
