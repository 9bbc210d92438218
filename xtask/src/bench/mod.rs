//! `cargo xtask bench`: measures what docs/benchmarks.md says. One file per subject; [`policies`]
//! makes what is measured, [`measure`] measures.

use std::path::PathBuf;

use crate::Result;

mod check;
mod measure;
mod policies;

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
    }
}
