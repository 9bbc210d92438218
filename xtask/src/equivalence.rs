//! `cargo xtask equivalence`: many random policies and events, decided by the interpreter and by the
//! kernel's own filters (runtime/tests/equivalence), here or in guests.

use std::process::Command;

use crate::{Result, cargo, shell};

const CASES: &str = "TRACEE_EQUIVALENCE_CASES";
const SEED: &str = "TRACEE_EQUIVALENCE_SEED";

/// What makes cases is most of the work: optimised, it takes a tenth of the time.
const OPTIMISED: &[&str] = &[
    "proptest",
    "rand",
    "rand_chacha",
    "rand_core",
    "tracee-runtime",
];

/// Compare what the kernel's filters decide with what the interpreter does; needs root
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Pairs of policies and events to compare
    #[arg(long, default_value_t = 100_000)]
    cases: u64,

    /// Where chance begins; another seed makes other cases
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

/// Runs the chore.
pub(crate) fn run(args: &Args) -> Result<()> {
    let optimised: Vec<String> = OPTIMISED
        .iter()
        .map(|package| format!("--config=profile.dev.package.{package}.opt-level=2"))
        .collect();
    let mut build = vec![
        "test",
        "--no-run",
        "--package",
        "tracee-runtime",
        "--test",
        "equivalence",
    ];
    build.extend(optimised.iter().map(String::as_str));
    let made = cargo::executables(&build)?;
    let test = made
        .iter()
        .find(|made| made.is_test)
        .ok_or("cargo made no test `equivalence`")?;
    let status = Command::new(&test.path)
        .arg("--nocapture")
        .current_dir(shell::root().join("runtime"))
        .env("TRACEE_REQUIRE_LIVE", "1")
        .env(CASES, args.cases.to_string())
        .env(SEED, args.seed.to_string())
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err(
            "they differ: runtime/tests/equivalence/failures.txt has the seed now, to be committed"
                .into(),
        )
    }
}
