//! Foreign JSON becomes records, and what can't is named.

use std::io::Cursor;
use std::sync::Arc;

use proptest::prelude::*;
use tracee_runtime::replay::{Replay, ReplayError};

use crate::support;

fn open(input: &[u8], strict: bool) -> Result<Replay, ReplayError> {
    let schema = Arc::new(support::schema());
    Replay::from_reader(
        Box::new(Cursor::new(input.to_vec())),
        "events.jsonl",
        &schema,
        strict,
    )
}

#[test]
fn golden() {
    insta::glob!("replay_cases/*.jsonl", |path| {
        let mut replay = open(&std::fs::read(path).unwrap(), false).unwrap();
        let records = support::drain(&support::schema(), &mut replay).unwrap();
        let report = serde_json::to_string_pretty(replay.report()).unwrap();
        let host = replay.host();
        insta::assert_snapshot!(format!("host: {host:?}\n\n{records}\n{report}"));
    });
}

#[test]
fn strict_ends_at_the_first_bad_line() {
    let lines = b"{\"eventName\":\"connect\"}\n\n{\"eventName\":\"openat\",\"args\":7}\n";
    let mut replay = open(lines, true).unwrap();
    let error = support::drain(&support::schema(), &mut replay).unwrap_err();
    assert_eq!(
        error.to_string(),
        "events.jsonl, line 3: it is no event: invalid type: integer `7`, expected a sequence at \
         column 30"
    );
}

#[test]
fn line_endings_and_a_byte_order_mark_are_fine() {
    let one = "{\"eventName\":\"connect\",\"timestamp\":5}";
    let file = format!("\u{feff}\r\n{one}\r\n  \r\n{one}");
    let mut replay = open(file.as_bytes(), true).unwrap();
    let records = support::drain(&support::schema(), &mut replay).unwrap();
    assert_eq!(records.matches("time=5").count(), 2);
    assert_eq!(replay.report().read, 2);
}

#[test]
fn each_unreadable_file_is_told_apart() {
    let message = |input: &[u8]| open(input, false).unwrap_err().to_string();
    assert_eq!(
        message(b""),
        "events.jsonl is empty: there is nothing to replay"
    );
    assert_eq!(
        message(b" \n\n"),
        "events.jsonl is empty: there is nothing to replay"
    );
    assert_eq!(
        message(b"\x7fELF\x02\x01"),
        "events.jsonl is neither a recording of tracee nor JSON lines of events: it begins with \
         `\\x7fELF\\x02\\x01`"
    );
    assert!(message(b"BZh9").ends_with("(bzip2: unpack it first)"));
    assert!(message(b"\x1f\x8b\x08\x00").starts_with("can't read events.jsonl: "));
    assert_eq!(
        message(b"(x)"),
        "events.jsonl is neither a recording of tracee nor JSON lines of events: it begins with `(x)`"
    );
    assert!(message(b"[{}]").ends_with("(a JSON list: put one event on each line)"));

    let schema = Arc::new(support::schema());
    let message = |path: &str| {
        Replay::open(path.as_ref(), &schema, false)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        message("/nonexistent/file"),
        "can't read /nonexistent/file: No such file or directory (os error 2)"
    );
    assert_eq!(
        message("/tmp"),
        "can't read /tmp: Is a directory (os error 21)"
    );
}

#[test]
fn a_line_without_end_is_skipped_in_bounded_memory() {
    let mut file = vec![b'{'; 40 << 20];
    file.extend_from_slice(b"\n{\"eventName\":\"connect\"}\n");
    let mut replay = open(&file, false).unwrap();
    support::drain(&support::schema(), &mut replay).unwrap();
    let report = replay.report();
    assert_eq!((report.read, report.bad, report.events), (2, 1, 1));
    assert_eq!(report.reasons[0].at, 1);
}

#[test]
fn values_that_are_nested_too_deeply_are_refused() {
    let nested = |(open, close): (&str, &str), depth: usize| {
        let (open, close) = (open.repeat(depth), close.repeat(depth));
        format!("{{\"eventName\":\"connect\",\"more\":{open}0{close}}}\n")
    };
    let (list, object) = (("[", "]"), ("{\"a\":", "}"));
    let lines = [
        nested(list, 126),
        nested(list, 1_000_000),
        nested(object, 126),
        nested(object, 1_000_000),
        // One beside the other, and in a text, they are none.
        nested(("[],[", "],[]"), 1).replace("[],[0],[]", &format!("[{}0]", "[],".repeat(1_000))),
        nested(("\"\\\"", "\""), 1).replace('0', &"[".repeat(1_000)),
    ];
    for (at, line) in lines.iter().enumerate() {
        let mut replay = open(line.as_bytes(), false).unwrap();
        support::drain(&support::schema(), &mut replay).unwrap();
        let report = replay.report();
        let is_refused = line.len() > 100_000;
        assert_eq!(report.bad, u64::from(is_refused), "line {at}: {report:?}");
        assert_eq!(report.events, u64::from(!is_refused), "line {at}");
        if is_refused {
            let reason = &report.reasons[0].reason;
            assert!(reason.contains("recursion limit exceeded"), "{reason}");
        }
    }
}

#[test]
fn names_are_counted_within_limits() {
    let mut file = String::new();
    for at in 0..1000 {
        file += &format!("{{\"eventName\":\"event{at}\"}}\n");
    }
    let mut replay = open(file.as_bytes(), false).unwrap();
    support::drain(&support::schema(), &mut replay).unwrap();
    let unknown = &replay.report().unknown_events;
    assert_eq!((unknown.total(), unknown.0.len()), (1000, 257));
    assert_eq!(unknown.0["others"], 744);
}

proptest! {
    #[test]
    fn changed_lines_never_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        let mut file = include_bytes!("replay_cases/aqua.jsonl").to_vec();
        for (at, byte) in changes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        if let Ok(mut replay) = open(&file, false) {
            support::drain(&support::schema(), &mut replay).unwrap();
            let report = replay.report();
            let skipped = report.bad + report.unknown_events.total();
            prop_assert!(report.events + skipped + report.detections >= report.read);
        }
    }
}
