//! What this kernel gives, as data: docs/kernels.md is made from what four of them say.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use tracee_lang::schema::{Event, Hook};
use tracee_lang::stdlib;
use tracee_runtime::live::{HookReport, Outcome, Verified};

/// Writes the report, if somebody asks for it.
pub(crate) fn write(
    programs: &[Verified],
    refused: &BTreeMap<String, String>,
    hooks: &[HookReport],
) {
    let Some(path) = std::env::var_os("TRACEE_KERNEL_REPORT") else {
        return;
    };
    let programs = programs
        .iter()
        .map(|one| (one.program.clone(), json!(one.instructions)));
    let is_syscall = |hook: &Hook| matches!(hook, Hook::Syscall { .. });
    let of_functions = |event: &&Event| !event.hooks.iter().any(is_syscall);
    let events = stdlib::schema().events.iter().filter(of_functions);
    let events = events.filter_map(|event| {
        let report = hooks.iter().find(|report| report.event == event.id)?;
        let said = match &report.outcome {
            Outcome::Hooked(from) => json!({ "from": from }),
            Outcome::Unavailable(why) => json!({ "why": why }),
        };
        Some((event.name.clone(), said))
    });
    let report = json!({
        "programs": Value::Object(programs.collect::<Map<_, _>>()),
        "refused": refused,
        "events": Value::Object(events.collect::<Map<_, _>>()),
    });
    std::fs::write(path, report.to_string()).unwrap();
}
