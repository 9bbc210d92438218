//! `tracee check --format …`: each form is what its readers expect, and all of them say the same.

use serde_json::Value;

use crate::{Outcome, outcome, policy, tracee};

/// Mistakes of every kind.
const EVERYTHING: &str = "lang/tests/diagnostics";

fn check(format: &str, paths: &[&str]) -> Outcome {
    outcome(&mut tracee(
        &[&["check", "--format", format], paths].concat(),
    ))
}

/// The log of a check, which must be as its schema says.
fn sarif(paths: &[&str]) -> Value {
    let said = check("sarif", paths);
    let log: Value = serde_json::from_str(&said.stdout).expect("JSON");
    // One pattern of the schema, for a language's tag, is no regular expression to a strict reader.
    let schema = include_str!("../data/sarif-schema-2.1.0.json").replace("{2}]?$", "{2}?$");
    let schema = serde_json::from_str(&schema).expect("the schema");
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .expect("a valid schema");
    let errors: Vec<String> = validator
        .iter_errors(&log)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
    log
}

/// `FILE:LINE:COLUMN CODE` of what `--format json` says.
fn places() -> Vec<String> {
    let said = check("json", &[EVERYTHING]);
    assert_eq!(said.code, Some(1), "{}", said.stderr);
    let place = |line: &str| {
        let one: Value = serde_json::from_str(line).expect("JSON on every line");
        let labels = one["labels"].as_array().expect("labels");
        let label = labels.iter().find(|label| label["primary"] == true);
        let label = label.expect("a primary place");
        let (file, code) = (&label["file"], &one["code"]);
        let (line, column) = (&label["start"]["line"], &label["start"]["column"]);
        format!("{}:{line}:{column} {}", text(file), text(code))
    };
    said.stdout.lines().map(place).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

#[test]
fn all_forms_name_the_same_places() {
    let places = places();
    assert!(places.len() > 200, "{}", places.len());
    let short = check("short", &[EVERYTHING]).stdout;
    let short = short.lines().map(|line| {
        let (place, rest) = line.split_once(": ").expect("a place");
        let code = rest.split(['[', ']']).nth(1).expect("a code");
        format!("{place} {code}")
    });
    assert_eq!(short.collect::<Vec<_>>(), places);

    // A code, then snippets: one of them has the place, the others may have related ones.
    let rich = check("rich", &[EVERYTHING]).stdout;
    let mut reports: Vec<Vec<String>> = Vec::new();
    let mut code = "";
    for line in rich.lines() {
        if line.starts_with("TP") {
            code = line;
            reports.push(Vec::new());
        } else if let Some((_, place)) = line.split_once("─[") {
            let report = reports.last_mut().expect("a code first");
            report.push(format!("{} {code}", place.trim_end_matches(']')));
        } else if let Some((place, rest)) = line.split_once(": error[") {
            // Without its line, which is too long.
            let code = rest.split(']').next().expect("a code");
            reports.push(vec![format!("{place} {code}")]);
        }
    }
    assert_eq!(reports.len(), places.len());
    for (report, place) in reports.iter().zip(&places) {
        assert!(report.contains(place), "{place}: {report:?}");
    }

    let github = check("github", &[EVERYTHING]).stdout;
    assert_eq!(github.lines().count(), places.len());
    for (line, place) in github.lines().zip(&places) {
        let (place, code) = place.split_once(' ').expect("a code");
        let mut parts = place.rsplitn(3, ':');
        let (_column, row, file) = (parts.next(), parts.next(), parts.next());
        let begin = format!(
            "file={},line={}",
            file.expect("a file"),
            row.expect("a line")
        );
        assert!(
            line.contains(&begin) && line.contains(code),
            "{line}\n{place}"
        );
    }
}

#[test]
fn sarif_is_valid_whatever_is_wrong() {
    let log = sarif(&[EVERYTHING]);
    let run = &log["runs"][0];
    let results = run["results"].as_array().expect("results");
    assert_eq!(results.len(), places().len());
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    for result in results {
        let index = result["ruleIndex"].as_u64().expect("an index");
        let rule = &rules[usize::try_from(index).expect("a small one")];
        assert_eq!(rule["id"], result["ruleId"]);
        assert_eq!(rule["defaultConfiguration"]["level"], result["level"]);
        let place = &result["locations"][0]["physicalLocation"]["artifactLocation"];
        let index = place["index"].as_u64().expect("an index");
        let artifact = &run["artifacts"][usize::try_from(index).expect("a small one")];
        assert_eq!(artifact["location"]["uri"], place["uri"]);
    }
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    let clean = sarif(&["examples/policies"]);
    assert_eq!(clean["runs"][0]["results"], Value::Array(Vec::new()));
}

#[test]
fn sarif_counts_in_utf16_and_carries_fixes() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("a b,ü.tp");
    let policy = "policy p {\r\n  version \"😀\"; select open where flags = 1;\r\n}";
    std::fs::write(&path, policy).expect("a file");
    let mut command = tracee(&["check", "--format", "sarif", "."]);
    let said = outcome(command.current_dir(directory.path()));
    let log: Value = serde_json::from_str(&said.stdout).expect("JSON");
    let result = &log["runs"][0]["results"][0];
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "a%20b%2C%C3%BC.tp");
    // The line has one character of two code units before the mistake.
    let region =
        serde_json::json!({ "startLine": 2, "startColumn": 41, "endLine": 2, "endColumn": 42 });
    assert_eq!(place["region"], region);
    let change = &result["fixes"][0]["artifactChanges"][0];
    assert_eq!(change["artifactLocation"], place["artifactLocation"]);
    let replacement = &change["replacements"][0];
    assert_eq!(replacement["deletedRegion"], region);
    assert_eq!(replacement["insertedContent"]["text"], "==");
}

#[test]
fn sarif_says_what_could_not_be_read() {
    let log = sarif(&["examples/policies", "nowhere.tp", "tests/data"]);
    let run = &log["runs"][0];
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    let uris: Vec<&str> = run["results"]
        .as_array()
        .expect("results")
        .iter()
        .map(|one| text(&one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]))
        .collect();
    assert_eq!(uris, ["nowhere.tp", "tests/data"]);
}

#[test]
fn github_gets_commands() {
    let (_directory, path) =
        policy("policy p {\n  select opnat;\n}\npolicy p { select execve; }\n");
    let said = check("github", &[&path]);
    let expected = format!(
        "::error file={path},line=2,endLine=2,col=10,endColumn=15,title=TP0201::\
         unknown event `opnat`%0Ahelp: did you mean `openat`?\n\
         ::error file={path},line=4,endLine=4,col=8,endColumn=9,title=TP0206::\
         `p` is declared twice%0A{path}:1: first here\n"
    );
    assert_eq!(said.stdout, expected);
}

#[test]
fn narrated_has_no_drawings() {
    let (_directory, path) = policy("policy p {\n  select opnat;\n}\n");
    let said = check("narrated", &[&path]).stdout.replace(&path, "a.tp");
    insta::assert_snapshot!(said);
}

/// Neither names of files nor what is in them may do anything to a terminal.
#[test]
fn nothing_hidden_reaches_a_terminal() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("\u{1b}[2J\u{202e}\n::error::x.tp");
    let bad = "policy p { // \u{1b}[31m\u{85}\u{202e}\u{e0041}\n select open where pathname == \"\u{7}\\\u{1b}\" }";
    std::fs::write(&path, bad).expect("a file");
    let name = directory.path().display().to_string();
    for format in ["rich", "narrated", "plain", "short", "github"] {
        let said = check(format, &[&name]).stdout;
        assert!(said.contains("TP0008"), "{format}: {said}");
        let hidden =
            |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202e}' | '\u{e0041}');
        assert!(!said.contains(hidden), "{format}: {said:?}");
        for line in said.lines() {
            assert!(!line.starts_with("::error::x"), "{said}");
        }
    }
    for format in ["json", "sarif"] {
        let said = check(format, &[&name]).stdout;
        assert!(!said.contains(['\u{1b}', '\u{7}']), "{format}: {said:?}");
    }
}

/// A place that is far from another is not shown with all that is between them.
#[test]
fn far_places_are_snippets_of_their_own() {
    let between = "// between\n".repeat(500);
    let text = format!("policy p {{ select execve; }}\n{between}policy p {{ select dup; }}\n");
    let (_directory, path) = policy(&text);
    for format in ["rich", "narrated", "plain"] {
        let said = check(format, &[&path]).stdout;
        assert!(said.matches("between").count() < 10, "{format}: {said}");
        assert!(said.contains("first here"), "{format}: {said}");
    }
}

#[test]
fn a_line_that_nobody_could_read_is_not_shown() {
    let paths: String = (0..5_000)
        .map(|number| format!("\"/x{number}\", "))
        .collect();
    let long = format!("[{paths}opnat]");
    let (_folder, file) = policy(&format!(
        "policy p {{\n  select openat where pathname in {long};\n  select opnat;\n}}\n"
    ));
    for format in ["rich", "narrated", "plain"] {
        let said = check(format, &[&file]);
        assert_eq!(said.code, Some(1), "{}", said.stderr);
        assert!(said.stdout.len() < 5_000, "{}", said.stdout.len());
        assert!(said.stdout.contains(":2:"), "{}", said.stdout);
        assert!(said.stdout.contains(":3:"), "{}", said.stdout);
    }
}
