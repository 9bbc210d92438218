//! `cargo xtask bench`: measures what docs/benchmarks.md says. One file per subject; [`policies`]
//! makes what is measured, [`measure`] measures.

use std::path::PathBuf;

use crate::Result;

mod check;
mod filters;
mod live;
mod matching;
mod measure;
mod policies;
mod replay;
mod signatures;
mod soak;

/// Measure, and print a Markdown table for docs/benchmarks.md
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    subject: Subject,
}

#[derive(Debug, clap::Subcommand)]
enum Subject {
    /// `tracee check` of large policies: time and memory
    Check(CheckArgs),
    /// Matching events: tracee and other rule engines, in turns
    Match(MatchArgs),
    /// Replaying files of events, in every form: events a second, memory, and that all find the same
    Replay(ReplayArgs),
    /// OPA signatures: regorus asked of every event, of those that are selected, and conditions
    Signatures(SignatureArgs),
    /// Tracing on this machine's kernel: its cost, floods, idling, starting. Needs root
    Live(LiveArgs),
    /// The parts of the kernel's filters, by the kernel's own count: what `tracee explain` estimates with. Needs root
    Filters(LiveArgs),
    /// Tracing at a constant rate for long: whether memory grows, or anything is lost. Needs root
    Soak(SoakArgs),
}

#[derive(Debug, clap::Args)]
struct MatchArgs {
    /// Numbers of rules
    #[arg(long, value_delimiter = ',', default_value = "10,100,1000,5000")]
    rules: Vec<u32>,
    /// How often each engine is run with each of them
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    repetitions: u16,
    /// What a run may spend on evaluating before it ends
    #[arg(long, default_value_t = 0.6)]
    seconds: f64,
    /// Events of a run, at most
    #[arg(long, default_value_t = 512_000)]
    events: u32,
    /// What rules and events there are
    #[arg(long, value_enum, default_value_t = Workload::Usual)]
    workload: Workload,
    /// Only these engines
    #[arg(long, value_name = "NAME")]
    engine: Vec<String>,
    /// Build without other engines
    #[arg(long)]
    own: bool,
    /// Build without optimisation: to see that all agree
    #[arg(long)]
    debug: bool,
    /// Fail if tracee is not as many times as fast as other engines as it should be
    #[arg(long, conflicts_with_all = ["workload", "own", "debug"])]
    gate: bool,
    /// Where to draw the curve
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Say what each run came to
    #[arg(long, short)]
    verbose: bool,
}

/// As `bench/src/workload.rs` names them.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Workload {
    /// Few events match
    Usual,
    /// A tenth of the events is made to match
    Dense,
    /// Rules on one event that ask for no string which could be looked up
    Plain,
}

impl std::fmt::Display for Workload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Usual => "usual",
            Self::Dense => "dense",
            Self::Plain => "plain",
        })
    }
}

#[derive(Debug, clap::Args)]
struct ReplayArgs {
    /// How often each is run
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,
    /// Events of a file: each takes 4 KB on disk, all forms together, while this runs
    #[arg(long, default_value_t = 300_000, value_parser = clap::value_parser!(u64).range(10_000..))]
    events: u64,
    /// The program to measure, rather than a release build of this checkout
    #[arg(long, value_name = "PATH")]
    binary: Option<PathBuf>,
    /// With a build without optimisation, and no more of it than to see that all agree
    #[arg(long)]
    debug: bool,
}

#[derive(Debug, clap::Args)]
struct SignatureArgs {
    /// Numbers of signatures
    #[arg(long, value_delimiter = ',', default_value = "10,100")]
    signatures: Vec<u32>,
    /// How often each is run
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,
    /// Events of a run
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..))]
    events: u32,
    /// The program to measure, rather than a release build of this checkout
    #[arg(long, value_name = "PATH")]
    binary: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct LiveArgs {
    /// How often each is run
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,
    /// How many files are opened in each run; in a flood, how many of them are wanted
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(2..))]
    count: u64,
    /// The program to measure, rather than a release build of this checkout
    #[arg(long, value_name = "PATH")]
    binary: Option<PathBuf>,
    /// The generator, rather than a release build of this checkout
    #[arg(long, value_name = "PATH")]
    load: Option<PathBuf>,
    /// What runs it beside a program that does nothing, rather than a release build of this checkout
    #[arg(long, value_name = "PATH")]
    empty: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct SoakArgs {
    /// How long each piece takes
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    minutes: u32,
    /// How many files are opened each second, all of them wanted
    #[arg(long, default_value_t = 50_000, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    rate: u64,
    /// How often it is run
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    pieces: u16,
    /// Seconds between two looks at the memory
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    sample: u16,
    /// The program to measure, rather than a release build of this checkout
    #[arg(long, value_name = "PATH")]
    binary: Option<PathBuf>,
    /// The generator, rather than a release build of this checkout
    #[arg(long, value_name = "PATH")]
    load: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct CheckArgs {
    /// How often each is run
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,
    /// The program to measure, rather than a release build of this checkout
    #[arg(long, value_name = "PATH")]
    binary: Option<PathBuf>,
    /// Where to leave what is measured, rather than in the build folder
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

/// Runs the chore.
pub(crate) fn run(args: &Args) -> Result<()> {
    match &args.subject {
        Subject::Check(args) => check::run(args),
        Subject::Match(args) => matching::run(args),
        Subject::Replay(args) => replay::run(args),
        Subject::Signatures(args) => signatures::run(args),
        Subject::Live(args) => live::run(args),
        Subject::Filters(args) => filters::run(args),
        Subject::Soak(args) => soak::run(args),
    }
}
