//! How long compiling takes, and matching one event, for growing numbers of rules:
//! `cargo run --release -p tracee-compiler --example timing`.

#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use tracee_compiler::matcher::{Engine, TargetSet};
use tracee_compiler::{Options, compile};
use tracee_ebpf::abi::{RecordHeader, SLOTS_OFFSET};
use tracee_lang::check::check;
use tracee_lang::source::SourceMap;
use tracee_lang::stdlib::schema;
use zerocopy::IntoBytes;

fn main() {
    println!("rules   engine       compile      one event   code      transitions");
    for rules in [10, 100, 1000] {
        for engine in [Engine::Jit, Engine::Interpreter] {
            time(rules, engine);
        }
    }
}

/// Rules with a scope and two to four predicates each, on one event.
fn policy(rules: usize) -> String {
    let rule = |index: usize| {
        let more = match index % 4 {
            0 => String::new(),
            1 => format!(" and proc.comm in [\"a{index}\", \"b{index}\"]"),
            2 => format!(" and not pathname suffix \".{index}\""),
            _ => " and flags has O_CREAT and retval >= 0".into(),
        };
        format!("  rule r{index} {{ on openat where pathname prefix \"/srv/{index}/\"{more}; }}\n")
    };
    let rules: String = (0..rules).map(rule).collect();
    format!("policy p {{\n  scope proc.uid >= 1000;\n{rules}}}\n")
}

/// openat("/srv/7/data", …) by uid 1000.
fn record() -> Option<Vec<u64>> {
    let event = schema().event_named("openat")?;
    let path = b"/srv/7/data\0\0\0\0\0";
    let tail = SLOTS_OFFSET + 8 * event.slots.len();
    let header = RecordHeader {
        size: (tail + path.len()) as u32,
        event: event.id.0,
        present: 0b1111,
        uid: 1000,
        ..RecordHeader::default()
    };
    let slots = [0, tail as u64 | 11 << 32, 0o100, 0];
    let bytes = [header.as_bytes(), slots.as_bytes(), path].concat();
    let words = bytes.chunks_exact(8);
    Some(
        words
            .filter_map(|word| Some(u64::from_ne_bytes(word.try_into().ok()?)))
            .collect(),
    )
}

fn time(rules: usize, engine: Engine) {
    let mut sources = SourceMap::default();
    let file = sources.add("timing.tp", policy(rules));
    let checked = check(&sources, &[file]);
    let options = Options {
        engine,
        ..Options::default()
    };
    let begin = Instant::now();
    let (compiled, _) = compile(schema(), &checked.policies, &options);
    compiled.matchers.complete();
    let compiling = begin.elapsed();

    let Some(record) = record() else { return };
    let mut out = TargetSet::new();
    let (mut runs, begin) = (0u32, Instant::now());
    while begin.elapsed() < Duration::from_millis(300) {
        for _ in 0..100 {
            black_box(
                compiled
                    .matchers
                    .run(black_box(record.as_bytes()), None, &mut out),
            )
            .ok();
        }
        runs += 100;
    }
    let one = begin.elapsed() / runs;
    let (code, transitions) = (
        compiled.matchers.code_size(),
        compiled.tables.transitions.len(),
    );
    println!(
        "{rules:>5}   {engine:<11?}  {compiling:>10.1?}  {one:>10.1?}   {code:>7}   {transitions}"
    );
}
