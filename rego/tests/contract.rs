//! Signatures in every form that the contract allows, each with events and what it says of them; and
//! files that are refused. Snapshots: `INSTA_UPDATE=always cargo test -p tracee-rego`.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use tracee_lang::diagnostics::Diagnostic;
use tracee_lang::source::{FileId, SourceMap};
use tracee_rego::{Evaluator, Input, Match, load};

fn read(path: &Path) -> (SourceMap, FileId) {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let mut map = SourceMap::default();
    let id = map.add(name, fs::read_to_string(path).unwrap());
    (map, id)
}

fn shown(map: &SourceMap, diagnostic: &Diagnostic) -> String {
    let span = diagnostic.span();
    let file = map.get(span.file).unwrap();
    let line = file.line(span.start as usize) + 1;
    let text = map.slice(span).lines().next().unwrap_or_default();
    let mut shown = format!(
        "{}:{line}: {}: {}\n    at `{text}`\n",
        file.name, diagnostic.code, diagnostic.message
    );
    for said in diagnostic.help.iter().chain(&diagnostic.notes) {
        writeln!(shown, "    {said}").unwrap();
    }
    shown
}

/// The file, the line and the text that a diagnostic is of.
fn shown_at(map: &SourceMap, diagnostic: &Diagnostic) -> String {
    let span = diagnostic.span();
    let file = map.get(span.file).unwrap();
    let line = file.line(span.start as usize) + 1;
    format!("{}:{line} `{}`", file.name, map.slice(span))
}

#[test]
fn signatures_say_what_they_say_of_events() {
    insta::glob!("contract/*.rego", |path| {
        let (map, id) = read(path);
        let loaded = load(&map, &[id]);
        assert_eq!(loaded.diagnostics, [], "{}", path.display());
        let signature = &loaded.signatures[0];
        let mut shown = format!(
            "{} {} {:?} {:?} {:?} {:?}\n{}\n",
            signature.name,
            signature.id,
            signature.title,
            signature.severity,
            signature.attack,
            signature.tags,
            signature.properties,
        );
        for selected in &signature.selected {
            writeln!(
                shown,
                "on {:?} of {:?} at `{}`",
                selected.name,
                selected.origin,
                map.slice(selected.span)
            )
            .unwrap();
        }
        let mut evaluator = Evaluator::new(signature);
        let events = fs::read_to_string(path.with_extension("json")).unwrap();
        let events: Vec<serde_json::Value> = serde_json::from_str(&events).unwrap();
        for event in events {
            let said = match evaluator.evaluate(&Input::new(&event).unwrap()) {
                Ok(None) => "no".to_owned(),
                Ok(Some(Match::Plain)) => "MATCH".to_owned(),
                Ok(Some(Match::With(object))) => format!("MATCH {object}"),
                Err(failed) => format!("{failed:?}"),
            };
            writeln!(shown, "{}: {said}", event["note"].as_str().unwrap()).unwrap();
        }
        insta::assert_snapshot!(shown);
    });
}

#[test]
fn what_is_refused_has_a_place_and_a_reason() {
    insta::glob!("refused/*.rego", |path| {
        let (map, id) = read(path);
        let loaded = load(&map, &[id]);
        assert!(loaded.signatures.is_empty(), "{}", path.display());
        let shown: String = loaded
            .diagnostics
            .iter()
            .map(|one| shown(&map, one))
            .collect();
        assert!(!shown.is_empty());
        insta::assert_snapshot!(shown);
    });
}

#[test]
fn two_with_one_name_or_id_are_refused() {
    let signature = |package: &str, id: &str| {
        format!(
            "package tracee.{package}\n__rego_metadoc__ := {{\"id\": \"{id}\", \"name\": \"x\"}}\n\
             tracee_selected_events[{{\"source\": \"tracee\", \"name\": \"ptrace\"}}]\n\
             tracee_match {{ true }}\n"
        )
    };
    let mut map = SourceMap::default();
    let files = [
        map.add("a.rego", signature("A", "1")),
        map.add("b.rego", signature("A", "2")),
        map.add("c.rego", signature("C", "1")),
        map.add("d.rego", signature("D", "4")),
    ];
    let loaded = load(&map, &files);
    let names: Vec<&str> = loaded
        .signatures
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(names, ["A", "D"]);
    let said: Vec<_> = loaded
        .diagnostics
        .iter()
        .map(|one| (one.message.as_str(), shown_at(&map, one)))
        .collect();
    assert_eq!(
        said,
        [
            (
                "two signatures have the name `A`",
                "b.rego:1 `package tracee.A`".to_owned()
            ),
            (
                "two signatures have the id `1`",
                "c.rego:2 `\"1\"`".to_owned()
            ),
        ]
    );
    // The one that it is the second of is shown where it is written, too.
    let labels = loaded.diagnostics[1].labels.iter();
    let first = labels
        .filter(|label| !label.primary)
        .map(|label| label.span);
    let first: Vec<&str> = first.map(|span| map.slice(span)).collect();
    assert_eq!(first, ["\"1\""]);
}

#[test]
fn an_id_that_is_written_nowhere_has_the_place_of_its_package() {
    let signature = |package: &str, id: &str| {
        format!(
            "package tracee.{package}\n__rego_metadoc__ := {{\"ID\": {id}, \"name\": \"1\"}}\n\
             tracee_selected_events[{{\"source\": \"tracee\", \"name\": \"ptrace\"}}]\n\
             tracee_match {{ true }}\n"
        )
    };
    let mut map = SourceMap::default();
    let made = "concat(\"\", [\"\", \"1\"])";
    let files = [
        map.add("a.rego", signature("A", "\"1\"")),
        map.add("b.rego", signature("B", made)),
        map.add("c.rego", signature("C", "\"1\"")),
    ];
    let loaded = load(&map, &files);
    let said: Vec<_> = loaded
        .diagnostics
        .iter()
        .map(|one| shown_at(&map, one))
        .collect();
    assert_eq!(said, ["b.rego:1 `package tracee.B`", "c.rego:2 `\"1\"`"]);
}

#[test]
fn helpers_and_libraries_are_part_of_every_signature() {
    let mut map = SourceMap::default();
    let files = [
        map.add("lib/names.rego", "package lib.names\nbad := {\"evil\"}\n"),
        map.add(
            "my_helpers.rego",
            "package tracee.helpers\nname = input.processName\n",
        ),
        map.add(
            "a.rego",
            "package tracee.A\nimport data.lib.names\nimport data.tracee.helpers\n\
             __rego_metadoc__ := {\"id\": \"A\", \"name\": \"a\"}\n\
             tracee_selected_events[{\"source\": \"tracee\", \"name\": \"ptrace\"}]\n\
             tracee_match { names.bad[helpers.name] }\n",
        ),
        map.add(
            "a_test.rego",
            "package tracee.A\ntest_it { tracee_match with input as {\"processName\": \"evil\"} }\n\
             test_not { tracee_match with input as {\"processName\": \"good\"} }\n",
        ),
    ];
    let loaded = load(&map, &files);
    assert_eq!(loaded.diagnostics, []);
    let mut evaluator = Evaluator::new(&loaded.signatures[0]);
    let mut matches = |name: &str| {
        let event = serde_json::json!({ "processName": name });
        evaluator
            .evaluate(&Input::new(&event).unwrap())
            .unwrap()
            .is_some()
    };
    assert!(matches("evil") && !matches("good"));
    let tests = tracee_rego::testing::run(&map, &files).unwrap();
    let tests: Vec<_> = tests
        .iter()
        .map(|test| (test.name.as_str(), test.failed.is_none()))
        .collect();
    assert_eq!(
        tests,
        [("tracee.A.test_it", true), ("tracee.A.test_not", false)]
    );
}
