//! What the standard rules found of `guest/standard-rules.sh`, compared with what its comments say.

use std::path::Path;

use serde_json::Value;

use crate::{Result, shell};

/// Relative to the checkout.
pub(super) const SCRIPT: &str = "guest/standard-rules.sh";

/// Before the name of a rule that must match what follows.
const EXPECTED: &str = "#: ";

/// Checks what `guest/live.sh` left in `out`: every rule that the script names matched once, in that order,
/// and none its twin.
///
/// # Errors
/// What was found instead.
pub(super) fn check(out: &Path) -> Result<()> {
    let script = shell::read_text(&shell::root().join(SCRIPT))?;
    let expected = expected(&script);
    let found = rules(&shell::read_text(&out.join("rules-attack.json"))?)?;
    if found != expected {
        let (found, expected) = (found.join(" "), expected.join(" "));
        return Err(format!("the standard rules found\n  {found}\nnot\n  {expected}").into());
    }
    let twin = rules(&shell::read_text(&out.join("rules-twin.json"))?)?;
    if !twin.is_empty() {
        return Err(format!("the standard rules found in the twin: {}", twin.join(" ")).into());
    }
    println!(
        "standard rules: {} detections, none of what only looks like it",
        expected.len()
    );
    Ok(())
}

fn expected(script: &str) -> Vec<String> {
    let lines = script.lines();
    let names = lines.filter_map(|line| line.trim_start().strip_prefix(EXPECTED));
    names.map(str::to_owned).collect()
}

/// The rules of the detections, in order.
fn rules(output: &str) -> Result<Vec<String>> {
    let rule = |line: &str| {
        let line: Value = serde_json::from_str(line)?;
        let rule = line["rule"].as_str().ok_or("a line without a rule")?;
        Ok(rule.to_owned())
    };
    output.lines().map(rule).collect()
}

#[cfg(test)]
mod tests {
    use tracee_lang::check;

    use super::*;

    #[test]
    fn the_script_names_rules_that_there_are() {
        let script = shell::read_text(&shell::root().join(SCRIPT)).unwrap();
        let expected = expected(&script);
        assert!(expected.len() >= 20, "{expected:?}");
        let rules = check::standard_rules();
        for name in expected {
            let mut names = rules.iter().map(|rule| &rule.qualified_name);
            assert!(names.any(|rule| *rule == name), "{name}");
        }
    }

    #[test]
    fn detections_are_read_in_order() {
        let output = "{\"rule\":\"std.b\"}\n{\"rule\":\"std.a\"}\n";
        assert_eq!(rules(output).unwrap(), ["std.b", "std.a"]);
        assert!(rules("{}\n").is_err());
    }
}
