//! `cargo xtask equivalence` and `cargo xtask agreement`: many random policies and events, decided by the
//! interpreter and by the kernel's own filters (runtime/tests/equivalence), here or in guests, or by
//! matchers with an index (compiler/tests); or OPA signatures, decided by conditions and by regorus
//! (runtime/tests/signatures).

use std::path::PathBuf;
use std::process::Command;

use crate::{Result, cargo, shell};

/// To make cases and to evaluate them is most of the work: optimised, it takes a tenth of the time.
const OPTIMISED: &[&str] = &[
    "proptest",
    "rand",
    "rand_chacha",
    "rand_core",
    "regorus",
    "tracee-compiler",
    "tracee-lang",
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

/// Compare what matchers with an index find with what the interpreter does, or what conditions made of
/// OPA signatures say with what regorus does
#[derive(Debug, clap::Args)]
pub(crate) struct AgreementArgs {
    /// Compare OPA signatures
    #[arg(long)]
    rego: bool,

    /// Pairs of crowds of rules, or of a signature, and events to compare
    #[arg(long, default_value_t = 100_000)]
    cases: u64,

    /// Events that each crowd of rules is asked about: with more, fewer crowds are compiled
    #[arg(long, default_value_t = 64, conflicts_with = "rego")]
    events: u64,

    /// Where chance begins; another seed makes other cases
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

/// A test that runs as many cases as its environment says.
struct Comparison<'a> {
    package: &'a str,
    /// Of the package.
    test: &'a str,
    /// Only tests of this name.
    filter: &'a str,
    /// What the names of variables begin with.
    variables: &'a str,
    folder: &'a str,
    on_failure: &'a str,
}

/// Runs the chore.
pub(crate) fn run(args: &Args) -> Result<()> {
    Comparison {
        package: "tracee-runtime",
        test: "equivalence",
        filter: "",
        variables: "TRACEE_EQUIVALENCE",
        folder: "runtime",
        on_failure:
            "they differ: runtime/tests/equivalence/failures.txt has the seed now, to be committed",
    }
    .run(args.cases, args.seed)
}

/// Runs the chore.
pub(crate) fn agreement(args: &AgreementArgs) -> Result<()> {
    if args.rego {
        return Comparison {
            package: "tracee-runtime",
            test: "signatures",
            filter: "",
            variables: "TRACEE_SIGNATURES",
            folder: "runtime",
            on_failure: "they differ: the message has the seed",
        }
        .run(args.cases, args.seed);
    }
    Comparison {
        package: "tracee-compiler",
        test: "compiler",
        filter: "the_index_agrees_with_the_interpreter",
        variables: "TRACEE_AGREEMENT",
        folder: "compiler",
        on_failure: "they differ: the message has the seed",
    }
    .run_with(args.cases, args.seed, args.events)
}

/// Builds an integration test of which much is optimised; where it is.
pub(crate) fn optimised(package: &str, test: &str) -> Result<PathBuf> {
    let config = |package| format!("--config=profile.dev.package.{package}.opt-level=2");
    let config: Vec<String> = OPTIMISED.iter().map(config).collect();
    let mut build = vec!["test", "--no-run", "--package", package, "--test", test];
    build.extend(config.iter().map(String::as_str));
    let mut made = cargo::executables(&build)?.into_iter();
    let test = made.find(|made| made.is_test).map(|made| made.path);
    test.ok_or_else(|| "cargo made no such test".into())
}

impl Comparison<'_> {
    fn run(&self, cases: u64, seed: u64) -> Result<()> {
        self.run_with(cases, seed, 0)
    }

    /// With so many events for each crowd of rules; 0 is as many as the test likes.
    fn run_with(&self, cases: u64, seed: u64, events: u64) -> Result<()> {
        let events =
            (events > 0).then(|| (format!("{}_EVENTS", self.variables), events.to_string()));
        let test = optimised(self.package, self.test)?;
        let status = Command::new(&test)
            .args(["--nocapture", self.filter])
            .current_dir(shell::root().join(self.folder))
            .env("TRACEE_REQUIRE_LIVE", "1")
            .env(format!("{}_CASES", self.variables), cases.to_string())
            .env(format!("{}_SEED", self.variables), seed.to_string())
            .envs(events)
            .status()?;
        match status.code() {
            Some(0) => Ok(()),
            Some(_) => Err(self.on_failure.into()),
            None => Err(format!("the comparison did not end by itself: {status}").into()),
        }
    }
}
