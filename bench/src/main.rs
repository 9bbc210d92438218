//! One engine, one number of rules, one run: loads the rules, evaluates events in batches, and prints what
//! it measured as a line of JSON. `cargo xtask bench match` runs it for all engines and sizes, in turns.
//!
//! ```text
//! tracee-bench list                              the engines
//! tracee-bench run ENGINE RULES SECONDS EVENTS usual|dense|plain
//! ```

mod engines;
mod workload;

use std::hash::{DefaultHasher, Hash, Hasher};

use engines::{ALL, Error};
use rustix::time::{ClockId, clock_gettime};
use workload::Workload;

/// Events that are taken at once. They fit the second-level cache, as events do that were just written.
const BATCH: usize = 1_024;

/// What begins a run and is measured apart, of every engine: so many events, or a quarter of the time. Some engines
/// learn what they are asked for, or compile meanwhile.
const FIRST: usize = 51_200;

/// After so many events a run may end, and says what it found until then: counts and digests that those of
/// other runs can be compared with.
const CHECKPOINTS: [usize; 9] = [
    1_024, 2_048, 5_120, 10_240, 20_480, 51_200, 102_400, 204_800, 512_000,
];

fn main() -> Result<(), Error> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["list"] => ALL.iter().for_each(|(name, _)| println!("{name}")),
        ["run", engine, rules, seconds, events, workload] => {
            let workload = Workload::named(workload).ok_or("no such workload")?;
            let (rules, seconds) = (rules.parse()?, seconds.parse()?);
            run(engine, rules, seconds, events.parse()?, workload)?;
        }
        _ => {
            return Err(
                "usage: tracee-bench list | run ENGINE RULES SECONDS EVENTS WORKLOAD".into(),
            );
        }
    }
    Ok(())
}

/// Runs until that much time was spent on evaluating, or on so many events.
fn run(
    engine: &str,
    rules: usize,
    seconds: f64,
    events: usize,
    workload: Workload,
) -> Result<(), Error> {
    let (_, load) = ALL
        .iter()
        .find(|(name, _)| *name == engine)
        .ok_or("no such engine")?;
    let rules = workload.rules(rules);
    let mut source = workload::events(0, workload);
    let before = resident()?;
    let (mut engine, load) = load(&rules)?;
    let memory = resident()?.saturating_sub(before);

    let (mut found, mut spent, mut done) = (Vec::new(), 0.0, 0);
    let mut first = None;
    let (mut matches, mut digest) = (0, 0u64);
    let mut checkpoints = Vec::new();
    while done < events {
        let batch: Vec<_> = source.by_ref().take(BATCH).collect();
        engine.take(&batch);
        found.clear();
        let begin = now();
        engine.evaluate(&mut found);
        spent += now() - begin;
        matches += found.len();
        for (at, rule) in &found {
            let mut hasher = DefaultHasher::new();
            (done + *at as usize, rule).hash(&mut hasher);
            digest = digest.wrapping_add(hasher.finish());
        }
        done += batch.len();
        if first.is_none() && (done >= FIRST || spent > seconds / 4.0) {
            first = Some((done, spent));
        }
        if CHECKPOINTS.contains(&done) {
            checkpoints.push(format!("[{done},{matches},\"{digest:x}\"]"));
            if spent > seconds {
                break;
            }
        }
    }
    let ns = |events: usize, seconds: f64| seconds * 1e9 / events as f64;
    let (first_ns, then_ns) = match first {
        Some((events, seconds)) if events < done => {
            (ns(events, seconds), ns(done - events, spent - seconds))
        }
        // Too few to tell them apart.
        _ => (ns(done, spent), ns(done, spent)),
    };
    // Of this process, all but what this thread did, since it began.
    let beside_ms = (seconds_of(ClockId::ProcessCPUTime) - now()) * 1e3;
    println!(
        "{{\"first_ns\":{first_ns},\"ns\":{then_ns},\"beside_ms\":{beside_ms},\"events\":{done},\"load_ms\":{load},\
         \"memory_kb\":{memory},\"peak_kb\":{},\"checkpoints\":[{}]}}",
        status("VmHWM")?,
        checkpoints.join(",")
    );
    Ok(())
}

/// Seconds that this thread was on a processor: other work on the machine takes none of them.
fn now() -> f64 {
    seconds_of(ClockId::ThreadCPUTime)
}

fn seconds_of(clock: ClockId) -> f64 {
    let time = clock_gettime(clock);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

/// KiB that are resident now.
fn resident() -> Result<u64, Error> {
    status("VmRSS")
}

/// A size of this process, in KiB.
fn status(name: &str) -> Result<u64, Error> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find(|line| line.starts_with(name))
        .ok_or("no such line")?;
    Ok(line.split_whitespace().nth(1).ok_or("no value")?.parse()?)
}
