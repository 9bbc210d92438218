//! `cargo xtask bench filters`: what the parts of the kernel's filters cost, by the kernel's own count of
//! nanoseconds. `compiler/src/cost.rs` has what comes out, for `tracee explain` to estimate with.

use super::LiveArgs;
use super::live::Bench;
use crate::Result;

const EXIT: &str = "sys_exit";

/// What is found out at once, as it is of other processes' calls.
const NOBODY: &str = "policy p { select reboot; }";

/// Not a condition: see [`thousand_literals`].
const THOUSAND: &str = "1,000 literals";

/// A name, what a policy selects, what is generated, and the program that is measured.
type Row = (&'static str, &'static str, &'static str, &'static str);

const ROWS: &[Row] = &[
    (
        "one of 3 intervals drops it",
        "openat where proc.uid == 54321",
        "absent",
        EXIT,
    ),
    (
        "the second of two such filters drops it",
        "openat where proc.uid != 54321 and proc.gid == 54321",
        "absent",
        EXIT,
    ),
    (
        "the two are compared with each other instead",
        "openat where proc.uid != proc.gid",
        "absent",
        EXIT,
    ),
    (
        "one of 2,001 intervals does",
        "openat where proc.uid in INTEGERS",
        "absent",
        EXIT,
    ),
    (
        "one test of bits",
        "openat where flags has O_DIRECTORY",
        "absent",
        EXIT,
    ),
    (
        "the rest of the context is read, 3 intervals",
        "openat where proc.pid == 1",
        "absent",
        EXIT,
    ),
    (
        "of the name of the task one byte is walked",
        "openat where proc.comm == \"zz\"",
        "absent",
        EXIT,
    ),
    (
        "a path is read, and one byte of it walked",
        "openat where pathname prefix \"zz\"",
        "absent",
        EXIT,
    ),
    (
        "a path of 201 bytes is read, and one byte walked",
        "openat where pathname prefix \"zz\"",
        "long",
        EXIT,
    ),
    (
        "all 201 are walked",
        "openat where pathname contains \"zz\"",
        "long",
        EXIT,
    ),
    (
        "the same by 1,000 literals of five operators in 10 rules",
        THOUSAND,
        "long",
        EXIT,
    ),
    (
        "it passes",
        "openat where pathname prefix \"/nowhere/\"",
        "absent",
        EXIT,
    ),
    (
        "integers of a function's event",
        "security_file_open where proc.uid == 54321",
        "present",
        "fentry_security_file_open",
    ),
    (
        "the path of its file is found, and one byte walked",
        "security_file_open where pathname prefix \"zz\"",
        "present",
        "fentry_security_file_open",
    ),
    (
        "execve, dropped by an integer",
        "execve where proc.uid == 54321",
        "exec",
        "sys_enter",
    ),
    (
        "4 arguments are read, and one byte of each walked",
        "execve where any a in argv { a prefix \"zz\" }",
        "exec",
        "sys_enter",
    ),
];

pub(super) fn run(args: &LiveArgs) -> Result<()> {
    let bench = Bench::new(args)?;
    let integers: Vec<String> = (0..1000).map(|at| (60_000 + 3 * at).to_string()).collect();
    let integers = format!("[{}]", integers.join(", "));
    let mut policies = Vec::new();
    for (at, (_, select, ..)) in ROWS.iter().enumerate() {
        let text = match *select {
            THOUSAND => thousand_literals(),
            select => format!(
                "policy p {{ select {}; }}",
                select.replace("INTEGERS", &integers)
            ),
        };
        policies.push(bench.policy(&format!("filters-{at}"), &text)?);
    }
    let nobody = bench.policy("nobody", NOBODY)?;
    let mut each: Vec<Vec<f64>> = vec![Vec::new(); ROWS.len()];
    let count = bench.count as f64;
    for _ in 0..bench.runs {
        let (time, runs) = bench.program_cost(&nobody, "absent", EXIT)?;
        let at_once = time / runs;
        for ((row, policy), each) in ROWS.iter().zip(&policies).zip(&mut each) {
            // A kernel need not have every program.
            let cost = bench.program_cost(policy, row.2, row.3).ok();
            each.extend(cost.map(|(time, runs)| (time - (runs - count) * at_once) / count));
        }
    }
    println!(
        "| {} calls each, {} runs | program | ns a call, median | min–max |\n|---|---|---:|---|",
        bench.count, bench.runs
    );
    for ((name, _, _, program), times) in ROWS.iter().zip(&mut each) {
        times.sort_by(f64::total_cmp);
        if times.is_empty() {
            println!("| {name} | {program} | not on this kernel | |");
            continue;
        }
        let (least, most) = (times[0], times[times.len() - 1]);
        let median = times[times.len() / 2];
        println!("| {name} | {program} | {median:.0} | {least:.0}–{most:.0} |");
    }
    Ok(())
}

/// Rules that ask for 20 literals by each operator.
fn thousand_literals() -> String {
    let mut text = String::from("policy p {\n");
    for rule in 0..10 {
        let literals = |before: &str, after: &str| {
            let one = |at| format!("\"{before}{rule}{at:02}{after}\"");
            (0..20).map(one).collect::<Vec<_>>().join(", ")
        };
        text.push_str(&format!(
            "rule r{rule} {{ on openat where pathname in [{}] or pathname prefix [{}] \
             or pathname suffix [{}] or pathname contains [{}] or pathname under [{}]; }}\n",
            literals("/srv/equal/service-", ""),
            literals("/srv/prefix/service-", ""),
            literals("-", ".conf"),
            literals("/.cache-", "/"),
            literals("/srv/under/service-", ""),
        ));
    }
    text.push('}');
    text
}
