//! What `guest/live.sh` left in /out, compared: the attack chain watched live, replayed from its
//! recording, watched with pushdown off, and its benign twin.
//!
//! The claims, in the order of [`check`]: every rule of the policy finds its step of the chain;
//! what was recorded replays the same; with pushdown off the same events match, of more records
//! read; nothing was lost; nothing is detected in the benign twin.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::skipped_runs;
use crate::{Result, shell};

/// Arguments that differ from run to run.
const RUN_DEPENDENT: &[&str] = &["dev", "inode", "ctime"];

/// Checks all claims on the files in `out`.
///
/// # Errors
/// Names every claim that does not hold, with what was found instead.
pub(crate) fn check(out: &Path) -> Result<()> {
    let run = |name: &str| Run::read(out, name);
    let (live, replay, all) = (run("live")?, run("replay")?, run("no-pushdown")?);
    let rules = names(&shell::read_text(&out.join("rules.json"))?)?;
    let problems: Vec<String> = [
        every_rule_fired(&rules, &live),
        same_lines(&live, &replay),
        same_matches(&live, &all),
        fewer_records(&live, &all),
        nothing_lost([&live, &all]),
        nothing_detected(&run("benign")?),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !problems.is_empty() {
        return Err(format!("the attack chain: {}", problems.join("\n")).into());
    }
    println!(
        "attack chain: {} detections of {} rules, the same when replayed and with --no-pushdown; \
         {} records read, {} with --no-pushdown",
        live.detections().count(),
        rules.len(),
        live.records_read,
        all.records_read
    );
    Ok(())
}

/// One run of tracee: its output, and of its summary what is compared.
struct Run {
    lines: Vec<Value>,
    records_read: u64,
    /// The summary's `losses`: counts by event.
    losses: Value,
}

impl Run {
    fn read(out: &Path, name: &str) -> Result<Run> {
        let output = shell::read_text(&out.join(format!("{name}.json")))?;
        let summary = shell::read_text(&out.join(format!("{name}.summary.json")))?;
        Run::parse(&output, &summary).map_err(|err| format!("{name}: {err}").into())
    }

    fn parse(output: &str, summary: &str) -> Result<Run> {
        let lines = output.lines().map(serde_json::from_str);
        let mut lines: Vec<Value> = lines.collect::<Result<_, _>>()?;
        // They differ from run to run, and may be of any process.
        lines.retain(|line| skipped_runs(line).is_none());
        let summary: Value = serde_json::from_str(summary)?;
        Ok(Run {
            lines,
            records_read: records_read(&summary)?,
            losses: summary["losses"].clone(),
        })
    }

    /// The lines that are detections; the others are selected events.
    fn detections(&self) -> impl Iterator<Item = &Value> {
        self.lines.iter().filter(|line| rule(line).is_some())
    }

    /// What matched, in an order and a form that does not depend on the run.
    fn matches(&self) -> Vec<String> {
        let mut keys: Vec<String> = self.lines.iter().map(key).collect();
        keys.sort();
        keys
    }
}

/// The sum of the summary's counts by event.
fn records_read(summary: &Value) -> Result<u64> {
    let counts = summary["events"]
        .as_array()
        .ok_or("the summary has no events")?;
    let count = |event: &Value| event["count"].as_u64();
    counts
        .iter()
        .map(count)
        .sum::<Option<u64>>()
        .ok_or_else(|| "an event without count".into())
}

fn rule(line: &Value) -> Option<&str> {
    line["rule"].as_str()
}

/// The rule (if any), the event, and its arguments.
fn key(line: &Value) -> String {
    let event = if rule(line).is_some() {
        &line["event"]
    } else {
        line
    };
    let arguments: Vec<String> = event["args"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|argument| !RUN_DEPENDENT.iter().any(|name| argument["name"] == *name))
        .map(|argument| format!("{}={}", argument["name"], argument["value"]))
        .collect();
    let selected = "selected";
    let event = event["eventName"].as_str().unwrap_or_default();
    format!(
        "{} {event} {}",
        rule(line).unwrap_or(selected),
        arguments.join(" ")
    )
}

/// The qualified names in `tracee list rules --format json`.
fn names(list: &str) -> Result<BTreeSet<String>> {
    let rules: Vec<Value> = serde_json::from_str(list)?;
    let name = |rule: &Value| rule["rule"].as_str().map(str::to_owned);
    rules
        .iter()
        .map(|rule| name(rule).ok_or_else(|| format!("a rule without its name: {rule}").into()))
        .collect()
}

fn every_rule_fired(rules: &BTreeSet<String>, live: &Run) -> Option<String> {
    let fired: BTreeSet<&str> = live.detections().filter_map(rule).collect();
    let silent: Vec<&str> = rules
        .iter()
        .map(String::as_str)
        .filter(|rule| !fired.contains(rule))
        .collect();
    (rules.is_empty() || !silent.is_empty()).then(|| {
        format!(
            "of {} rules these detected nothing: {}",
            rules.len(),
            silent.join(", ")
        )
    })
}

fn same_lines(live: &Run, replay: &Run) -> Option<String> {
    if live.lines == replay.lines {
        return None;
    }
    let pairs = live.lines.iter().zip(&replay.lines);
    let at = pairs.take_while(|(live, replay)| live == replay).count();
    let line = |run: &Run| {
        run.lines
            .get(at)
            .map_or("nothing".to_owned(), Value::to_string)
    };
    Some(format!(
        "the replay differs from line {} on:\n  live   {}\n  replay {}",
        at + 1,
        line(live),
        line(replay)
    ))
}

fn same_matches(live: &Run, all: &Run) -> Option<String> {
    let (live, all) = (live.matches(), all.matches());
    if live == all {
        return None;
    }
    let only = |these: &[String], those: &[String]| {
        let mut left = these.to_vec();
        for that in those {
            if let Some(at) = left.iter().position(|this| this == that) {
                left.remove(at);
            }
        }
        left.iter()
            .map(|key| format!("\n    {key}"))
            .collect::<String>()
    };
    Some(format!(
        "--no-pushdown matches otherwise:\n  only with pushdown:{}\n  only without:{}",
        only(&live, &all),
        only(&all, &live)
    ))
}

fn fewer_records(live: &Run, all: &Run) -> Option<String> {
    (live.records_read >= all.records_read).then(|| {
        format!(
            "pushdown saves nothing: {} records read with it, {} without",
            live.records_read, all.records_read
        )
    })
}

/// Runs of programs that the kernel skipped may be of any process: what lacks for one of these shows elsewhere.
fn nothing_lost<'a>(runs: impl IntoIterator<Item = &'a Run>) -> Option<String> {
    let lost = |run: &&Run| match &run.losses {
        Value::Object(counts) => {
            let mut records = counts.iter().filter(|(of, _)| !of.starts_with("program "));
            records.any(|(_, count)| count != 0)
        }
        _ => true,
    };
    let run = runs.into_iter().find(lost)?;
    Some(format!(
        "records were lost, so the runs can't be compared: {}",
        run.losses
    ))
}

fn nothing_detected(benign: &Run) -> Option<String> {
    let found: Vec<String> = benign.detections().map(key).collect();
    (!found.is_empty()).then(|| format!("detected in the benign twin:\n  {}", found.join("\n  ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detection(rule: &str, path: &str, inode: u32) -> String {
        format!(
            r#"{{"rule":"{rule}","event":{{"eventName":"sched_process_exec","args":[
            {{"name":"pathname","value":"{path}"}},{{"name":"inode","value":{inode}}}]}}}}"#
        )
        .replace('\n', "")
    }

    fn run(lines: &[String], records_read: u64) -> Run {
        let summary =
            format!(r#"{{"events":[{{"event":"openat","count":{records_read}}}],"losses":{{}}}}"#);
        Run::parse(&lines.join("\n"), &summary).unwrap()
    }

    #[test]
    fn order_and_run_dependent_arguments_do_not_matter_without_pushdown() {
        let live = run(
            &[detection("p.a", "/tmp/x", 1), detection("p.b", "/tmp/y", 2)],
            2,
        );
        let all = run(
            &[detection("p.b", "/tmp/y", 8), detection("p.a", "/tmp/x", 9)],
            50,
        );
        assert_eq!(same_matches(&live, &all), None);
        assert_eq!(fewer_records(&live, &all), None);
        assert!(same_lines(&live, &all).is_some());
        assert!(fewer_records(&all, &all).is_some());
    }

    #[test]
    fn a_match_more_or_less_is_named() {
        let live = run(
            &[detection("p.a", "/tmp/x", 1), detection("p.a", "/tmp/x", 1)],
            2,
        );
        let all = run(
            &[detection("p.a", "/tmp/x", 1), detection("p.b", "/tmp/y", 1)],
            3,
        );
        assert_eq!(
            same_matches(&live, &all).unwrap(),
            "--no-pushdown matches otherwise:\n  only with pushdown:\n    \
             p.a sched_process_exec \"pathname\"=\"/tmp/x\"\n  only without:\n    \
             p.b sched_process_exec \"pathname\"=\"/tmp/y\""
        );
    }

    #[test]
    fn a_silent_rule_a_loss_and_a_benign_detection_are_named() {
        let live = run(&[detection("p.a", "/tmp/x", 1)], 2);
        let rules = names(r#"[{"rule":"p.a"},{"rule":"p.b"}]"#).unwrap();
        assert!(
            every_rule_fired(&rules, &live)
                .unwrap()
                .ends_with("nothing: p.b")
        );
        assert!(
            nothing_detected(&live)
                .unwrap()
                .contains("p.a sched_process_exec")
        );
        assert_eq!(nothing_lost([&live]), None);
        let skipped = r#"{"events":[],"losses":{"program sys_exit":3}}"#;
        assert_eq!(nothing_lost([&Run::parse("", skipped).unwrap()]), None);
        let lossy = Run::parse("", r#"{"events":[],"losses":{"openat":3}}"#).unwrap();
        assert!(
            nothing_lost([&live, &lossy])
                .unwrap()
                .ends_with(r#"{"openat":3}"#)
        );
    }

    #[test]
    fn a_replay_that_ends_early_differs() {
        let live = run(&[detection("p.a", "/tmp/x", 1)], 2);
        assert!(
            same_lines(&live, &run(&[], 2))
                .unwrap()
                .contains("replay nothing")
        );
    }
}
