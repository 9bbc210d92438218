//! `cargo xtask fuzz`: looks for inputs that break what `fuzz/` claims of every input. libFuzzer is
//! guided by counters that stable rustc puts in (`fuzz/instrument`), so this needs neither cargo-fuzz
//! nor a nightly toolchain. [`seeds`] is what it begins with.

mod seeds;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use crate::{Result, cargo, shell};

/// Each is `fuzz/fuzz_targets/NAME.rs`.
const TARGETS: &[&str] = &["parse", "format", "check", "replay"];

/// Built with optimisation, as they run a million times; for others that is not worth its time.
const OPTIMIZED: &[&str] = &[
    "tracee-ebpf",
    "tracee-lang",
    "tracee-compiler",
    "tracee-runtime",
    "tracee-fuzz",
    "libfuzzer-sys",
    "logos",
];

/// What one input may take before it counts as a hang, in seconds, and in MiB.
const MAX_SECONDS: u32 = 10;
const MAX_MEMORY: u32 = 2048;
/// The size of inputs, in bytes. Larger ones are for tests that say what they are large in.
const MAX_INPUT: u32 = 16 * 1024;
/// For making a smaller input of one that was found, in seconds.
const MINIMIZING: u32 = 20;

/// Look for inputs that break what `fuzz/` claims of every input
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to look at
    #[arg(value_name = "TARGET", value_parser = clap::builder::PossibleValuesParser::new(TARGETS))]
    targets: Vec<String>,
    /// How long each target runs
    #[arg(long, value_name = "N", default_value_t = 60)]
    seconds: u32,
    /// Let `parse` look at the time that an input takes, too
    #[arg(long)]
    timed: bool,
}

/// Runs the chore. All targets run, also when one of them has found something.
pub(crate) fn run(args: &Args) -> Result<()> {
    let named =
        |name: &&&str| args.targets.is_empty() || args.targets.iter().any(|it| it == **name);
    let targets: Vec<&str> = TARGETS.iter().filter(named).copied().collect();
    let programs = build(&targets)?;
    let mut found = Vec::new();
    for name in targets {
        let target = Target::new(name, &programs)?;
        println!("{name}: {} s on {} seeds", args.seconds, target.seeds()?);
        if let Some(input) = target.run(args)? {
            found.push(format!(
                "{name}: {}\n  when it is mended, keep it as fuzz/regressions/{name}/WHAT_IT_SHOWS",
                input.display()
            ));
        }
    }
    if found.is_empty() {
        return Ok(());
    }
    Err(format!(
        "an input breaks what is claimed of all\n{}",
        found.join("\n")
    )
    .into())
}

/// Builds the targets beside the tests' programs, so that dependencies are built once.
fn build(targets: &[&str]) -> Result<Vec<PathBuf>> {
    let mut arguments = vec![
        "build",
        "--package",
        "tracee-fuzz",
        "--features",
        "libfuzzer",
    ];
    let programs: Vec<String> = targets.iter().map(|name| format!("fuzz-{name}")).collect();
    for program in &programs {
        arguments.extend(["--bin", program]);
    }
    let optimized = OPTIMIZED.iter();
    let optimized: Vec<String> = optimized
        .map(|package| format!("profile.dev.package.{package}.opt-level=2"))
        .collect();
    for setting in &optimized {
        arguments.extend(["--config", setting]);
    }
    let wrapper = shell::root().join("fuzz/instrument");
    let environment = [
        ("RUSTC_WORKSPACE_WRAPPER", wrapper.as_os_str()),
        ("CARGO_INCREMENTAL", OsStr::new("0")),
    ];
    let made = cargo::executables_with(&arguments, &environment)?;
    Ok(made.into_iter().map(|executable| executable.path).collect())
}

/// A target with its program and its folder, `target/fuzz/NAME`.
struct Target<'a> {
    name: &'a str,
    program: &'a Path,
    folder: PathBuf,
}

impl<'a> Target<'a> {
    fn new(name: &'a str, programs: &'a [PathBuf]) -> Result<Self> {
        let file = format!("fuzz-{name}");
        let program = programs.iter().find(|path| path.ends_with(&file));
        let program = program.ok_or_else(|| format!("cargo has not built {file}"))?;
        let folder = shell::root().join("target/fuzz").join(name);
        Ok(Self {
            name,
            program,
            folder,
        })
    }

    /// Writes what to begin with; says how much that is.
    fn seeds(&self) -> Result<usize> {
        let folder = self.folder.join("seeds");
        shell::remove_dir(&folder)?;
        let seeds = seeds::of(self.name)?;
        for (number, seed) in seeds.iter().enumerate() {
            shell::write(&folder.join(format!("{number:04}")), seed)?;
        }
        let words = seeds::dictionary(self.name)?;
        shell::write(&self.folder.join("words"), words)?;
        Ok(seeds.len())
    }

    /// Runs it. What it finds worth to go on from stays in the folder for the next time.
    ///
    /// Returns the input that it stopped at, if there is one.
    fn run(&self, args: &Args) -> Result<Option<PathBuf>> {
        let corpus = self.folder.join("corpus");
        let crashes = self.folder.join("crashes");
        shell::create_dir(&corpus)?;
        shell::create_dir(&crashes)?;
        let last = self.folder.join("last-input");
        let mut command = self.command(&last);
        command
            .arg(format!("-max_total_time={}", args.seconds))
            .arg(format!("-max_len={MAX_INPUT}"))
            .arg(format!("-dict={}", self.folder.join("words").display()))
            .arg(format!("-artifact_prefix={}/", crashes.display()))
            .arg(corpus)
            .arg(self.folder.join("seeds"));
        if args.timed {
            command.env("TRACEE_FUZZ_TIMED", "1");
        }
        let before = files(&crashes)?;
        if status(&mut command)?.success() {
            return Ok(None);
        }
        let mut new = files(&crashes)?.into_iter();
        let input = new.rfind(|path| !before.contains(path));
        // Without one, the process came to its end before libFuzzer could see why.
        let input = input.unwrap_or_else(|| last.clone());
        self.minimize(&input, args).map(Some)
    }

    /// A smaller input that ends the process, if one is found soon.
    fn minimize(&self, input: &Path, args: &Args) -> Result<PathBuf> {
        let smaller = self.folder.join("crashes").join("smaller");
        let mut command = self.command(&self.folder.join("last-input-of-smaller"));
        command
            .arg("-minimize_crash=1")
            .arg(format!("-max_total_time={MINIMIZING}"))
            .arg(format!("-exact_artifact_path={}", smaller.display()))
            .arg(input);
        if args.timed {
            command.env("TRACEE_FUZZ_TIMED", "1");
        }
        let _ = std::fs::remove_file(&smaller);
        // It says a lot, and fails when it has found nothing smaller.
        let _ = shell::output(&mut command);
        if !smaller.is_file() {
            return Ok(input.to_owned());
        }
        let named = input.with_extension("smaller");
        std::fs::rename(&smaller, &named)?;
        Ok(named)
    }

    fn command(&self, last: &Path) -> Command {
        let mut command = Command::new(self.program);
        command
            .arg(format!("-timeout={MAX_SECONDS}"))
            .arg(format!("-rss_limit_mb={MAX_MEMORY}"))
            .arg("-print_final_stats=1")
            .env("TRACEE_FUZZ_LAST_INPUT", last);
        command
    }
}

fn status(command: &mut Command) -> Result<ExitStatus> {
    let program = command.get_program().to_owned();
    let status = command.status();
    status.map_err(|err| format!("cannot start {}: {err}", program.display()).into())
}

/// The files of a folder, by their names.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let read = || -> std::io::Result<Vec<PathBuf>> {
        std::fs::read_dir(folder)?
            .map(|entry| Ok(entry?.path()))
            .collect()
    };
    let mut files =
        read().map_err(|err| format!("cannot read the folder {}: {err}", folder.display()))?;
    files.sort();
    Ok(files)
}
