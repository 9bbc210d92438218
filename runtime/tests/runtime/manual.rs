//! The examples of docs/output.md are what the outputs write.

use serde_json::Value;

use crate::harness::{policies, run};

const MANUAL: &str = include_str!("../../../docs/output.md");

/// The fenced block of this kind.
fn block(kind: &str) -> &'static str {
    let begin = format!("```{kind}\n");
    let after = MANUAL.split_once(&begin).unwrap().1;
    after.split_once("```").unwrap().0
}

#[test]
fn examples_are_true() {
    let event: Value = serde_json::from_str(block("json event")).unwrap();
    let (json, table, _) = run(&format!("{event}\n"), policies(include_str!("manual.tp")));
    let lines: Vec<Value> = json
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    // As text, because the order of the keys is part of it.
    let pretty = |value: &Value| serde_json::to_string_pretty(value).unwrap() + "\n";
    assert_eq!(pretty(&lines[0]), block("json event"));
    let mut detection = lines[1].clone();
    assert_eq!(detection["event"], lines[0]);
    detection["event"] = serde_json::json!({ "eventName": "openat" });
    let written: Value = serde_json::from_str(block("json detection")).unwrap();
    assert_eq!(pretty(&detection), pretty(&written));
    assert_eq!(table, block("table"));
}

#[test]
fn every_key_is_explained() {
    let event: Value = serde_json::from_str(block("json event")).unwrap();
    for key in event.as_object().unwrap().keys() {
        let mentions = MANUAL.matches(&format!("`{key}")).count();
        assert!(
            mentions > 0 || RANGES.contains(&key.as_str()),
            "{key} is not explained"
        );
    }
}

/// Keys that the manual names by the ends of a range (`mountNamespace` … `userNamespace`), or that
/// say themselves what they are.
const RANGES: &[&str] = &[
    "pidNamespace",
    "processorId",
    "cgroupId",
    "hostName",
    "eventName",
    "stackAddresses",
    "contextFlags",
];
