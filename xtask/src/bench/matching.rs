//! Rule engines side by side: `bench/` has them and the work, a run there is one engine with one number of
//! rules. This runs them in turns, compares what they found, and makes the tables and the curve.

mod curve;
mod gate;
mod table;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::MatchArgs;
use crate::{Result, cargo, shell};

/// The engine that all others must agree with: it walks the conditions.
const REFERENCE: &str = "walk";
/// The most rules that engines are given whose time grows with them.
const MOST_OF_SLOW: u32 = 1_000;
/// Those that are given all sizes.
const OF_ALL_SIZES: &[&str] = &[
    "tracee",
    "tracee, straight",
    "wirefilter",
    "tau-engine",
    REFERENCE,
];

/// What the runs of one engine with one number of rules came to.
#[derive(Debug, Default)]
pub(super) struct Runs {
    /// Nanoseconds an event, of the first ones and of those after them.
    pub(super) first_ns: Vec<f64>,
    pub(super) ns: Vec<f64>,
    /// Milliseconds that other threads of the engine were at work.
    pub(super) beside_ms: Vec<f64>,
    /// Milliseconds to load the rules.
    pub(super) load_ms: Vec<f64>,
    /// KiB that the process grew by when it did.
    pub(super) memory_kb: Vec<f64>,
}

/// By engine, in their order, and number of rules.
pub(super) type Measured = Vec<(String, BTreeMap<u32, Runs>)>;

pub(super) fn run(args: &MatchArgs) -> Result<()> {
    let program = build(args)?;
    let listed = shell::output(Command::new(&program).arg("list"))?;
    let listed = String::from_utf8(listed)?;
    let wanted = |name: &&str| args.engine.is_empty() || args.engine.iter().any(|one| one == name);
    let engines: Vec<&str> = listed.lines().filter(wanted).collect();
    let mut measured: Measured = engines
        .iter()
        .map(|name| ((*name).to_owned(), BTreeMap::new()))
        .collect();
    let mut found: BTreeMap<(u32, u64), (String, Value)> = BTreeMap::new();
    for repetition in 0..args.repetitions {
        for &rules in &args.rules {
            for (name, runs) in &mut measured {
                if rules > MOST_OF_SLOW && !OF_ALL_SIZES.contains(&name.as_str()) {
                    continue;
                }
                let run = one(&program, name, rules, args)?;
                compare(&mut found, name, rules, &run)?;
                let runs: &mut Runs = runs.entry(rules).or_default();
                let number = |what: &str| run[what].as_f64().unwrap_or(f64::NAN);
                runs.first_ns.push(number("first_ns"));
                runs.ns.push(number("ns"));
                runs.beside_ms.push(number("beside_ms"));
                runs.load_ms.push(number("load_ms"));
                runs.memory_kb.push(number("memory_kb"));
                if args.verbose {
                    eprintln!("{repetition} {name} {rules}: {:.1} ns", number("ns"));
                }
            }
        }
    }
    let matches = found
        .iter()
        .map(|((rules, events), (_, seen))| (*rules, *events, seen[1].clone()));
    let most = matches.fold(BTreeMap::new(), |mut most, (rules, events, count)| {
        most.insert(rules, (events, count));
        most
    });
    for (rules, (events, count)) in most {
        println!("{rules} rules: all engines agree, on {count} matches in {events} events");
    }
    println!("\n{}", table::all(&measured));
    if let Some(path) = &args.svg {
        shell::write(path, curve::svg(&measured))?;
    }
    match args.gate {
        true => gate::check(&measured),
        false => Ok(()),
    }
}

fn build(args: &MatchArgs) -> Result<PathBuf> {
    let manifest = shell::root().join("bench/Cargo.toml");
    let manifest = manifest.to_string_lossy();
    let mut build = vec!["build", "--locked", "--manifest-path", &manifest];
    if !args.debug {
        build.push("--release");
    }
    if args.own {
        build.push("--no-default-features");
    }
    // What both workspaces depend on is built once.
    let target =
        std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| shell::root().join("target").into());
    let environment = [("CARGO_TARGET_DIR", target.as_os_str())];
    let mut made = cargo::executables_with(&build, &environment)?.into_iter();
    Ok(made.next().ok_or("cargo made no tracee-bench")?.path)
}

/// Runs an engine in a process of its own.
fn one(program: &Path, engine: &str, rules: u32, args: &MatchArgs) -> Result<Value> {
    let mut command = Command::new(program);
    command
        .args(["run", engine, &rules.to_string()])
        .args([args.seconds.to_string(), args.events.to_string()]);
    command.arg(args.workload.to_string());
    Ok(serde_json::from_slice(&shell::output(&mut command)?)?)
}

/// Compares what was found until each checkpoint with what any engine found before.
fn compare(
    found: &mut BTreeMap<(u32, u64), (String, Value)>,
    engine: &str,
    rules: u32,
    run: &Value,
) -> Result<()> {
    for checkpoint in run["checkpoints"].as_array().into_iter().flatten() {
        let events = checkpoint[0].as_u64().unwrap_or_default();
        let first = found
            .entry((rules, events))
            .or_insert_with(|| (engine.to_owned(), checkpoint.clone()));
        if first.1 != *checkpoint {
            let (other, seen) = first;
            return Err(format!(
                "{engine} and {other} differ in the first {events} events with {rules} rules: \
                 {checkpoint} and {seen}"
            )
            .into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn engines_that_find_something_else_are_told() {
        let mut found = BTreeMap::new();
        let run = |digest: &str| json!({ "checkpoints": [[512, 3, digest]] });
        assert!(compare(&mut found, "a", 10, &run("x")).is_ok());
        assert!(compare(&mut found, "b", 10, &run("x")).is_ok());
        assert!(compare(&mut found, "c", 100, &run("y")).is_ok());
        let error = compare(&mut found, "c", 10, &run("y")).map_err(|error| error.to_string());
        let expected = "c and a differ in the first 512 events with 10 rules: \
                        [512,3,\"y\"] and [512,3,\"x\"]";
        assert_eq!(error, Err(expected.into()));
    }
}
