//! docs/kernels.md: what each kernel said in its guest of tracee's programs and events.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use super::kernel::Kernel;
use crate::{Result, shell};

/// Where a guest's live tests leave their report, in /out.
const FILE: &str = "kernel.json";

/// Where the comparison of filters leaves what it did, in /out.
pub(super) const COMPARED: &str = "equivalence.json";

const HEAD: &str = "\
# Kernels

What the live tests were told by the kernels that they run on, in guests: `cargo xtask vm --document` boots
them and writes this page.

";

const PROGRAMS: &str = "\
## Programs

Instructions that each kernel's verifier walked, those of the functions that a program calls included. It
refuses a program after 1,000,000. Kernels before 5.16 do not say how many: `yes` is a program that was taken,
`no` one that was refused. Only the programs that the wanted events need are loaded.

";

const EVENTS: &str = "\
## Events

What each kernel makes the events from that are not system calls. System calls come from the raw tracepoints
sys_enter and sys_exit on all of them.

";

const COMPARISON: &str = "\
## Filters

Random policies and events that the kernel's own filters decided (by BPF_PROG_TEST_RUN) as the interpreter and
the simulated tables do: none dropped that a condition keeps, and exact where `tracee explain` says so.
`cargo xtask vm --equivalence CASES` compares without the live tests, `cargo xtask equivalence` on the kernel
of this machine.

";

/// What a kernel said.
#[derive(Debug)]
pub(crate) struct Report {
    kernel: String,
    said: Value,
    compared: Value,
}

impl Report {
    /// Reads it from the guest's /out.
    pub(crate) fn read(kernel: &Kernel, out: &Path) -> Result<Self> {
        let read = |name| -> Result<Value> {
            Ok(serde_json::from_str(&shell::read_text(&out.join(name))?)?)
        };
        Ok(Self {
            kernel: kernel.to_string(),
            said: read(FILE)?,
            compared: read(COMPARED)?,
        })
    }

    fn of(&self, what: &str, name: &str) -> Option<&Value> {
        self.said[what].get(name)
    }
}

/// Writes the page.
pub(crate) fn write(reports: &[Report]) -> Result<()> {
    let path = shell::root().join("docs/kernels.md");
    shell::write(&path, page(reports))?;
    println!("wrote {}", path.display());
    Ok(())
}

fn page(reports: &[Report]) -> String {
    let programs = |report: &Report, name: &str| match report.of("programs", name) {
        Some(Value::Number(count)) => grouped(count.as_u64().unwrap_or_default()),
        Some(_) if report.of("refused", name).is_none() => "yes".to_owned(),
        _ => "no".to_owned(),
    };
    let mut reasons: Vec<String> = Vec::new();
    let mut events = |report: &Report, name: &str| {
        let Some(event) = report.of("events", name) else {
            return "no".to_owned();
        };
        if let Some(from) = event["from"].as_str() {
            return from.to_owned();
        }
        let why = event["why"].as_str().unwrap_or_default();
        let at = reasons.iter().position(|reason| reason == why);
        let at = at.unwrap_or_else(|| {
            reasons.push(why.to_owned());
            reasons.len() - 1
        });
        format!("no ({})", at + 1)
    };
    let mut text = String::from(HEAD);
    text.push_str(PROGRAMS);
    text.push_str(&table(
        reports,
        "program",
        &["programs", "refused"],
        programs,
    ));
    text.push('\n');
    text.push_str(EVENTS);
    text.push_str(&table(reports, "event", &["events"], &mut events));
    if !reasons.is_empty() {
        text.push_str("\nWhy not:\n\n");
    }
    for (at, reason) in reasons.iter().enumerate() {
        // Writing to a string can't fail.
        let _ = writeln!(text, "{}. {reason}", at + 1);
    }
    text.push('\n');
    text.push_str(COMPARISON);
    text.push_str("| kernel | cases | of events | seed |\n|---|---:|---:|---:|\n");
    for report in reports {
        let number = |what: &str| {
            report.compared[what]
                .as_u64()
                .map_or("?".to_owned(), grouped)
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} |",
            report.kernel,
            number("cases"),
            number("events"),
            number("seed")
        );
    }
    text
}

/// A row for each name that any report has under `parts`, a column for each report.
fn table(
    reports: &[Report],
    head: &str,
    parts: &[&str],
    mut cell: impl FnMut(&Report, &str) -> String,
) -> String {
    let mut names = BTreeSet::new();
    for report in reports {
        for part in parts {
            let all = report.said[*part].as_object();
            names.extend(all.into_iter().flat_map(|all| all.keys()));
        }
    }
    let kernels: Vec<_> = reports
        .iter()
        .map(|report| report.kernel.as_str())
        .collect();
    let mut text = format!("| {head} | {} |\n", kernels.join(" | "));
    text.push_str(&format!("|---|{}\n", "---|".repeat(kernels.len())));
    for name in names {
        let cells: Vec<_> = reports.iter().map(|report| cell(report, name)).collect();
        let _ = writeln!(text, "| `{name}` | {} |", cells.join(" | "));
    }
    text
}

/// `75,183`
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_two_kernels_said() {
        let report = |kernel: &str, said| Report {
            kernel: kernel.to_owned(),
            said,
            compared: json!({ "cases": 50_048, "events": 391, "seed": 0 }),
        };
        let reports = [
            report(
                "5.10",
                json!({
                    "programs": { "sys_exit": null },
                    "refused": { "fentry_x": "no fentry" },
                    "events": { "x": { "why": "no fentry" }, "y": { "why": "no fentry" } },
                }),
            ),
            report(
                "6.12",
                json!({
                    "programs": { "fentry_x": 999, "sys_exit": 75183 },
                    "refused": {},
                    "events": { "x": { "from": "fentry of x" }, "y": { "why": "no y" } },
                }),
            ),
        ];
        let page = page(&reports);
        for line in [
            "| program | 5.10 | 6.12 |\n|---|---|---|\n",
            "| `fentry_x` | no | 999 |\n",
            "| `sys_exit` | yes | 75,183 |\n",
            "| `x` | no (1) | fentry of x |\n| `y` | no (1) | no (2) |\n",
            "\n1. no fentry\n2. no y\n",
            "| kernel | cases | of events | seed |\n|---|---:|---:|---:|\n| 5.10 | 50,048 | 391 | 0 |\n",
        ] {
            assert!(page.contains(line), "{line}: {page}");
        }
    }
}
