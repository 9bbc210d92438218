//! What the standard rules found in a guest, compared with what the comments of the scripts that it ran say:
//! `guest/standard-rules.sh`, whose attacks must be found and whose twin must not, and `guest/busy.sh`, which
//! has nothing but everyday work: what is found of that is a false positive that is known, and explained.

use std::path::Path;

use serde_json::Value;

use super::skipped_runs;
use crate::{Result, shell};

/// Relative to the checkout.
pub(super) const SCRIPT: &str = "guest/standard-rules.sh";
/// The same.
pub(crate) const BUSY: &str = "guest/busy.sh";

/// Before the name of a rule that must match what follows.
const EXPECTED: &str = "#: ";
/// Stands for anything in a message.
const ANYTHING: char = '*';

/// `#: RULE | MESSAGE | MORE`: a detection that must come, once; `#: N RULE | …` so often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Expected {
    /// How often.
    pub(crate) times: usize,
    /// `std.ld_preload`.
    pub(crate) rule: String,
    /// Its message, with `*` for what differs from run to run.
    pub(crate) message: String,
    /// Of an attack the fields of its output as JSON, if it has some; of everyday work why it is harmless.
    pub(crate) more: Option<String>,
}

/// A detection that came.
#[derive(Debug)]
struct Found {
    rule: String,
    message: String,
    output: Value,
}

/// Checks what `guest/live.sh` left in `out`: every attack was found once, in their order and with what is to be
/// said of it, nothing in the twin, and in everyday work only what is known, so often as it says.
///
/// # Errors
/// What was found instead.
pub(super) fn check(out: &Path) -> Result<()> {
    let found = |part: &str| found(&shell::read_text(&out.join(format!("rules-{part}.json")))?);
    let attacks = read(SCRIPT)?;
    compare("the attacks", &attacks, &found("attack")?)?;
    compare("the twin", &[], &found("twin")?)?;
    let busy = all_of(&read(BUSY)?);
    let mut in_busy = found("busy")?;
    in_busy.sort_by(|one, other| (&one.rule, &one.message).cmp(&(&other.rule, &other.message)));
    compare("everyday work", &busy, &in_busy)?;
    println!(
        "standard rules: {} detections, none of what only looks like it, {} known ones of everyday work",
        attacks.len(),
        busy.len()
    );
    Ok(())
}

/// What a script says of itself.
///
/// # Errors
/// A line that does not say what it should.
pub(crate) fn read(script: &str) -> Result<Vec<Expected>> {
    let text = shell::read_text(&shell::root().join(script))?;
    let lines = text.lines();
    let expected = lines.filter_map(|line| line.trim_start().strip_prefix(EXPECTED));
    expected
        .map(|line| {
            let mut parts = line.splitn(3, " | ").map(str::to_owned);
            let (Some(rule), Some(message)) = (parts.next(), parts.next()) else {
                return Err(format!("{script}: no message: {line}").into());
            };
            let more = parts.next();
            let (times, rule) = match rule.split_once(' ') {
                Some((times, rule)) => (times.parse()?, rule.to_owned()),
                None => (1, rule),
            };
            Ok(Expected {
                times,
                rule,
                message,
                more,
            })
        })
        .collect()
}

/// Each as often as it must come, by rule and message.
fn all_of(expected: &[Expected]) -> Vec<Expected> {
    let each = expected.iter();
    let mut all: Vec<Expected> = each
        .flat_map(|one| std::iter::repeat_n(one.clone(), one.times))
        .collect();
    all.sort_by(|one, other| (&one.rule, &one.message).cmp(&(&other.rule, &other.message)));
    all
}

/// The detections, in order.
fn found(output: &str) -> Result<Vec<Found>> {
    let text = |value: &Value, what: &str| {
        let text = value.as_str().map(str::to_owned);
        text.ok_or_else(|| format!("a line without a {what}"))
    };
    let mut found = Vec::new();
    for line in output.lines() {
        let line: Value = serde_json::from_str(line)?;
        // They may be of any process; a detection that lacks for one of these shows.
        if skipped_runs(&line).is_some() {
            continue;
        }
        found.push(Found {
            rule: text(&line["rule"], "rule")?,
            message: text(&line["message"], "message")?,
            output: line["output"].clone(),
        });
    }
    Ok(found)
}

fn compare(what: &str, expected: &[Expected], found: &[Found]) -> Result<()> {
    let is_right = |(expected, found): (&Expected, &Found)| expected.is(found);
    if expected.len() == found.len() && expected.iter().zip(found).all(is_right) {
        return Ok(());
    }
    let mut message = format!("what the standard rules found of {what}:\n");
    for one in found {
        let output = match one.output.as_object() {
            Some(fields) if !fields.is_empty() => format!(" | {}", one.output),
            _ => String::new(),
        };
        message += &format!("  {} | {}{output}\n", one.rule, one.message);
    }
    message += "instead of\n";
    for one in expected {
        message += &format!("  {} | {}\n", one.rule, one.message);
    }
    Err(message.into())
}

impl Expected {
    fn is(&self, found: &Found) -> bool {
        let more = self.more.as_deref();
        // Words of a person are no output.
        let output = more.filter(|more| more.starts_with('{'));
        let is_output = match output {
            Some(output) => {
                let output: Option<Value> = serde_json::from_str(output).ok();
                output.as_ref() == Some(&found.output)
            }
            None => {
                more.is_some()
                    || found
                        .output
                        .as_object()
                        .is_none_or(serde_json::Map::is_empty)
            }
        };
        self.rule == found.rule && is_like(&found.message, &self.message) && is_output
    }
}

/// Whether a text is a pattern's.
fn is_like(text: &str, pattern: &str) -> bool {
    let Some((start, rest)) = pattern.split_once(ANYTHING) else {
        return text == pattern;
    };
    let Some(text) = text.strip_prefix(start) else {
        return false;
    };
    let mut ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    ends.any(|at| is_like(&text[at..], rest))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use tracee_lang::check;

    use super::*;

    #[test]
    fn every_rule_has_its_attack_and_its_twin() {
        let attacks = read(SCRIPT).unwrap();
        let named: BTreeSet<&str> = attacks.iter().map(|one| one.rule.as_str()).collect();
        let rules = check::standard_rules();
        let all: BTreeSet<&str> = rules.iter().map(|rule| &*rule.qualified_name).collect();
        assert_eq!(named, all);
    }

    #[test]
    fn false_positives_are_of_rules_that_there_are_and_explained() {
        let rules = check::standard_rules();
        for one in read(BUSY).unwrap() {
            assert!(
                rules.iter().any(|rule| rule.qualified_name == one.rule),
                "{one:?}"
            );
            assert!(
                one.more.as_ref().is_some_and(|why| why.len() > 20),
                "{one:?}"
            );
        }
    }

    #[test]
    fn detections_are_compared_with_rule_message_and_output() {
        let line = |rule: &str, output: &str| {
            format!("{{\"rule\":\"{rule}\",\"message\":\"/bin/x wrote 7\",\"output\":{output}}}\n")
        };
        let skipped = r#"{"eventName":"lost","args":[{"name":"event","value":"program sys_exit"},{"name":"count","value":2}]}"#;
        let lines = [line("std.a", "{}"), line("std.b", "{\"port\":4}")].concat() + skipped;
        let found = found(&lines).unwrap();
        let expected = |rule: &str, message: &str, more: Option<&str>| Expected {
            times: 1,
            rule: rule.to_owned(),
            message: message.to_owned(),
            more: more.map(str::to_owned),
        };
        let a = || expected("std.a", "/bin/x wrote *", None);
        let b = |port: u32| {
            expected(
                "std.b",
                "/bin/x wrote 7",
                Some(&format!("{{\"port\":{port}}}")),
            )
        };
        assert!(compare("x", &[a(), b(4)], &found).is_ok());
        for wrong in [
            vec![a()],
            vec![b(4), a()],
            vec![a(), b(5)],
            vec![a(), expected("std.b", "/bin/x wrote 7", None)],
            vec![expected("std.a", "/bin/x read *", None), b(4)],
            vec![a(), b(4), a()],
        ] {
            assert!(compare("x", &wrong, &found).is_err(), "{wrong:?}");
        }
        assert!(super::found("{}\n").is_err());
    }

    #[test]
    fn patterns_stand_for_what_differs() {
        for (text, pattern, is) in [
            ("a 7 b", "a * b", true),
            ("a 7 b c", "a * b", false),
            ("a 7", "a *", true),
            ("a ", "a *", true),
            ("x b b", "*b", true),
            ("7 to 0x1 of 9", "* to * of *", true),
            ("a", "a b", false),
        ] {
            assert_eq!(is_like(text, pattern), is, "{text} {pattern}");
        }
    }
}
