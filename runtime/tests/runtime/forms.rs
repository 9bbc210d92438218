//! Aqua's forms of JSON: what they look like, and that what is written in them is replayed as it was.

use serde_json::Value;
use tracee_lang::hir::PolicySet;
use tracee_runtime::output::JsonForm;

use crate::harness::{run, run_in, select_all};

const EVENTS: &str = include_str!("forms_cases/events.jsonl");
const AQUA: [JsonForm; 2] = [JsonForm::Aqua, JsonForm::AquaV1];

fn policies() -> PolicySet {
    crate::harness::policies(include_str!("forms_cases/policies.tp"))
}

fn values(lines: &str) -> Vec<Value> {
    let value = |line| serde_json::from_str(line).unwrap();
    lines.lines().map(value).collect()
}

/// Of a line of ours what a form of Aqua's has a place for.
fn kept(form: JsonForm, mut line: Value) -> Value {
    let mut without = |keys: &[&str]| {
        for key in keys {
            let (object, key) = match key.split_once('.') {
                Some((object, key)) => (&mut line[object], key),
                None => (&mut line, *key),
            };
            if let Some(object) = object.as_object_mut() {
                object.remove(key);
            }
        }
    };
    // What is ours alone, and what is made of it.
    without(&[
        "processStartTime",
        "parentProcessStartTime",
        "groupId",
        "utsNamespace",
    ]);
    without(&["netNamespace", "userNamespace", "container.runtime"]);
    without(&["threadEntityId", "processEntityId", "parentEntityId"]);
    match form {
        JsonForm::AquaV1 => {
            without(&[
                "processorId",
                "cgroupId",
                "hostName",
                "mountNamespace",
                "pidNamespace",
            ]);
        }
        _ => without(&["kubernetes.podLabels"]),
    }
    for arg in line["args"].as_array_mut().into_iter().flatten() {
        arg.as_object_mut().unwrap().remove("truncated");
    }
    line
}

fn detections(form: JsonForm, lines: &str) -> Vec<Value> {
    let mut lines = values(lines);
    lines.retain(|line| line["type"] == "detection");
    for line in &mut lines {
        line["event"] = kept(form, line["event"].take());
    }
    lines
}

#[test]
fn golden() {
    for (form, name) in AQUA.into_iter().zip(["aqua", "aqua-v1"]) {
        let lines = values(&run_in(form, EVENTS, policies()));
        let pretty = |line: &Value| serde_json::to_string_pretty(line).unwrap();
        let text: Vec<String> = lines.iter().map(pretty).collect();
        insta::assert_snapshot!(name, text.join("\n"));
    }
}

#[test]
fn what_is_written_is_replayed_with_the_same_detections() {
    let (native, ..) = run(EVENTS, policies());
    let rules: Vec<Value> = values(&native)
        .iter()
        .map(|line| line["rule"].clone())
        .collect();
    let found = rules.iter().filter_map(Value::as_str).collect::<Vec<_>>();
    assert_eq!(
        found,
        [
            "web.shadow",
            "every.etc",
            "web.out",
            "web.arguments",
            "every.memory"
        ]
    );
    for form in AQUA {
        let written = run_in(form, EVENTS, policies());
        let (again, _, summary) = run(&written, policies());
        assert!(summary.replay[0].is_clean(), "{:?}", summary.replay[0]);
        assert_eq!(summary.replay[0].detections, 5);
        assert_eq!(detections(form, &again), detections(form, &native));
        // Once more changes nothing: the form is its own fixed point.
        let rewritten = run_in(form, &written, policies());
        assert_eq!(
            values(&run_in(form, &rewritten, policies())),
            values(&rewritten)
        );
    }
}

#[test]
fn every_kind_of_argument_is_read_back() {
    let file = include_str!("roundtrip.jsonl");
    let (native, ..) = run(file, select_all());
    for form in AQUA {
        let written = run_in(form, file, select_all());
        let (again, _, summary) = run(&written, select_all());
        assert!(summary.replay[0].is_clean(), "{:?}", summary.replay[0]);
        let (native, again) = (values(&native), values(&again));
        assert_eq!(native.len(), again.len());
        for (one, other) in native.into_iter().zip(again) {
            assert_eq!(kept(form, one), kept(form, other));
        }
    }
}

#[test]
fn other_spellings_of_aquas_forms_are_read() {
    let lines = [
        // Before `detectedFrom` there was `triggeredBy`.
        r#"{"timestamp":5,"processId":7,"eventId":"6018","eventName":"a","returnValue":3,"args":[{"name":"triggeredBy","type":"unknown","value":{"id":257,"name":"openat","returnValue":3,"args":[{"name":"pathname","type":"string","value":"/etc/passwd"},{"name":"flags","type":"int","value":524288}]}}],"metadata":{"Version":"1","Description":"","Tags":null,"Properties":{"Severity":2}}}"#,
        // Of some versions every kind is called `value`.
        r#"{"timestamp":"1970-01-01T01:00:00.000000006+01:00","id":258,"name":"openat","workload":{"process":{"pid":7,"real_user":{"id":0}}},"data":[{"name":"pathname","value":"/etc/passwd"},{"name":"flags","value":524288},{"name":"returnValue","int64":"-13"}]}"#,
    ];
    let (json, _, summary) = run(&lines.join("\n"), policies());
    assert!(summary.replay[0].is_clean(), "{:?}", summary.replay[0]);
    let found = values(&json);
    let rules: Vec<_> = found
        .iter()
        .filter_map(|line| line["rule"].as_str())
        .collect();
    assert_eq!(rules, ["every.etc", "every.etc"]);
    let of = |at: usize| &found[at * 2];
    assert_eq!(
        (&of(0)["timestamp"], &of(0)["returnValue"]),
        (&5.into(), &3.into())
    );
    assert_eq!(
        (&of(1)["timestamp"], &of(1)["returnValue"]),
        (&6.into(), &(-13).into())
    );
    assert_eq!(of(1)["userId"], 0);
}

#[test]
fn what_is_wrong_with_a_line_of_the_newer_form_is_said() {
    for (line, said) in [
        (
            r#"{"timestamp":"noon","id":1,"name":"openat","workload":{}}"#,
            "`noon` is no time",
        ),
        (
            r#"{"timestamp":"2023-03-30T13:29:36Z","name":7,"workload":{}}"#,
            "expected a string",
        ),
        (
            r#"{"name":"openat","workload":{},"data":[{"str":"x"}]}"#,
            "has no name",
        ),
        (
            r#"{"name":"openat","workload":{},"data":[{"name":"mode","str":"x"}]}"#,
            "`mode`",
        ),
    ] {
        let input = std::io::Cursor::new(line.as_bytes().to_vec());
        let schema = crate::harness::schema();
        let replay =
            tracee_runtime::replay::Replay::from_reader(Box::new(input), "x.jsonl", &schema, true);
        let error = crate::support::drain(&schema, &mut replay.unwrap()).unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
    }
}
