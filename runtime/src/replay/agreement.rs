//! Whatever the scanner takes, or is read by the lines before it, serde takes, too, and as the same event.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use tracee_lang::schema::Schema;
use tracee_lang::stdlib;

use super::encode::{Encoder, NoRecord};
use super::events::Events;
use super::json_lines::{Parsed, parse, scan};
use super::lines::Lines;
use super::report::Names;
use super::scan_line::LineScanner;
use super::scan_line_v1::LineV1Scanner;
use crate::record::RecordBuf;
use crate::source::Arriving;

/// What of a line comes to matter, as text.
fn says(encoder: &mut Encoder, parsed: &Parsed<'_>) -> String {
    let line = &parsed.line;
    let (mut record, mut ignored) = (RecordBuf::new(), Names::default());
    let encoded = match encoder.encode(line, &mut record, &mut ignored) {
        Ok(()) => format!("{:?}", record.as_bytes()),
        Err(NoRecord::UnknownEvent(name)) => format!("unknown {name}"),
        Err(NoRecord::Bad(why)) => why,
    };
    let rest = (
        parsed.found,
        line.container(),
        line.is_started(),
        &line.host_name,
        line.executable.as_ref().and_then(|of| of.path.as_deref()),
        line.host_process_id.or(line.process_id),
    );
    format!("{encoded} {ignored:?} {rest:?}")
}

/// The lines of all files of tests.
fn lines() -> Vec<String> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/runtime");
    let mut folders = vec![tests];
    let mut lines = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "jsonl") {
                let bytes = fs::read(path).unwrap();
                let text = String::from_utf8_lossy(&bytes);
                lines.extend(text.lines().map(str::to_owned));
            }
        }
    }
    lines
}

/// The events of Aqua's manual and of its newer form, whose lines tests have none of.
const MORE: &[&str] = &[
    r#"{"timestamp":"2023-03-30T13:29:36.364916505Z","id":1032,"name":"security_file_open","policies":{"matched":["p1"]},"workload":{"process":{"executable":{"path":"/usr/bin/cat"},"unique_id":3489249124,"host_pid":676,"pid":676,"real_user":{"id":0},"thread":{"start_time":"2023-03-30T12:25:07.675006774Z","name":"cat","unique_id":3489249124,"host_tid":676,"tid":676,"syscall":"openat","compat":true},"ancestors":[{"unique_id":3069802613,"host_pid":1,"pid":1}]},"container":{"id":"66c2778945e2","name":"web","image":{"id":"","repo_digests":["nginx@sha256:def456"],"name":"nginx:1.25"},"started":true},"k8s":{"pod":{"name":"web-0","uid":"b26961b3"},"namespace":{"name":"prod"}}},"data":[{"name":"pathname","str":"/etc/sudoers"},{"name":"flags","int32":32769},{"name":"dev","u_int32":45},{"name":"inode","u_int64":"1966101"},{"name":"ctime","u_int64":"1680179108391999988"},{"name":"syscall_pathname","str":"/etc/sudoers"}]}"#,
    r#"{"timestamp":"2023-03-30T13:29:36Z","id":59,"name":"execve","workload":{"process":{"host_pid":7,"pid":7,"thread":{"name":"sh"},"ancestors":[]}},"data":[{"name":"pathname","str":"/bin/sh"},{"name":"argv","str_array":{"value":["sh","-c"]}},{"name":"returnValue","int64":"-2"}]}"#,
    r#"{"timestamp":"2023-03-30T13:29:36Z","name":"connect","data":[{"name":"sockfd","int32":3},{"name":"addr","sockaddr":{"sa_family":"AF_INET","sin_addr":"10.0.0.1","sin_port":443}}]}"#,
];

/// Events of two processes, one of them in a container, with and without what there is no place for.
const REPEATED: &[&str] = &[
    r#"{"timestamp":1700000000000016292,"threadStartTime":1699999860000000000,"processorId":0,"processId":360,"cgroupId":5247,"threadId":360,"parentProcessId":73,"hostProcessId":360,"hostThreadId":360,"hostParentProcessId":73,"userId":0,"mountNamespace":4026531836,"pidNamespace":4026531936,"processName":"redis-server","executable":{"path":"/usr/bin/redis-server"},"hostName":"worker-1","containerId":"","container":{},"kubernetes":{},"eventId":"257","eventName":"openat","matchedPolicies":[""],"argsNum":4,"returnValue":3,"syscall":"openat","stackAddresses":null,"contextFlags":{"containerStarted":false,"isCompat":false},"threadEntityId":3000000360,"processEntityId":3000000360,"parentEntityId":3000000073,"args":[{"name":"dirfd","type":"int32","value":-100},{"name":"pathname","type":"string","value":"/run/systemd/file7.so.6"},{"name":"flags","type":"string","value":"O_RDONLY|O_CLOEXEC"},{"name":"mode","type":"uint16","value":0}]}"#,
    r#"{"timestamp":1700000000000016300,"threadStartTime":1699999870000000000,"processorId":1,"processId":7,"cgroupId":10002,"threadId":8,"parentProcessId":1,"hostProcessId":361,"hostThreadId":362,"hostParentProcessId":73,"userId":33,"mountNamespace":4026532002,"pidNamespace":4026532102,"processName":"nginx","executable":{"path":"/usr/sbin/nginx"},"hostName":"worker-1","containerId":"02c2778945e2","container":{"id":"02c2778945e2","name":"web-2","image":"nginx:1.25"},"kubernetes":{"podName":"web-2","podNamespace":"prod","podUID":"b26961b3-2"},"eventId":"257","eventName":"openat","matchedPolicies":[""],"argsNum":4,"returnValue":3,"syscall":"openat","stackAddresses":null,"contextFlags":{"containerStarted":true,"isCompat":false},"threadEntityId":3000000361,"processEntityId":3000000361,"parentEntityId":3000000073,"args":[{"name":"dirfd","type":"int32","value":-100},{"name":"pathname","type":"string","value":"/etc/nginx/nginx.conf"},{"name":"flags","type":"string","value":"O_RDONLY"},{"name":"mode","type":"uint16","value":0}]}"#,
    r#"{"timestamp":1700000000000016301,"threadStartTime":1699999870000000000,"processId":7,"cgroupId":10002,"hostProcessId":361,"userId":33,"processName":"nginx","executable":{"path":"/usr/sbin/nginx"},"hostName":"worker-2","containerId":"02c2778945e2","eventId":"42","eventName":"connect","more":"","returnValue":0,"args":[{"name":"sockfd","value":5},{"name":"addr","value":{"sa_family":"AF_INET","sin_addr":"10.1.2.3","sin_port":"443","sin_zero":0}},{"name":"addrlen","value":16},{"name":"other","value":[1,{"a":"b"}]}]}"#,
    r#"{"timestamp":1700000000000016302,"processId":7,"hostProcessId":361,"processName":"nginx","eventName":"execve","eventId":59,"args":[{"value":"/bin/sh","name":"pathname"},{"name":"detectedFrom","value":1},{"name":"argv","value":["sh","-c","é"]},{"name":"envp","value":["A=b"]},{"name":"returnValue","value":-2}]}"#,
    r#"{"timestamp":1700000000000016303,"threadId":8,"processId":8,"eventName":"openat","returnValue":3,"args":[{"name":"pathname","value":"/a"},{"name":"returnValue","value":4},{"name":"mode","value":0}]}"#,
    r#"{"timestamp":1700000000000016304,"threadId":8,"processId":8,"eventName":"openat","returnValue":3,"args":[{"name":"pathname","value":"/a"},{"name":"pathname","value":"/b"},{"name":"mode","value":0}]}"#,
    r#"{"timestamp":1700000000000016305,"processId":8,"more":"","eventName":"execve","args":[{"value":"/bin/sh","name":"pathname"},{"name":"argv","value":["sh"]},{"name":"envp","value":null},{"name":"returnValue","value":-2}]}"#,
];

/// The same in Aqua's newer form.
const REPEATED_V1: &[&str] = &[
    r#"{"timestamp":"2023-03-30T13:29:36.364916505Z","id":257,"name":"openat","policies":{"matched":["p1"]},"workload":{"process":{"executable":{"path":"/usr/bin/cat"},"unique_id":3489249124,"host_pid":676,"pid":676,"real_user":{"id":0},"thread":{"start_time":"2023-03-30T12:25:07.675006774Z","name":"cat","unique_id":3489249124,"host_tid":676,"tid":676,"syscall":"openat"},"ancestors":[{"unique_id":3069802613,"host_pid":1,"pid":1}]}},"data":[{"name":"dirfd","int32":-100},{"name":"pathname","str":"/etc/passwd"},{"name":"flags","str":"O_RDONLY"},{"name":"mode","u_int32":0},{"name":"returnValue","int64":"3"}]}"#,
    r#"{"timestamp":"2023-03-30T13:29:36.4Z","id":257,"name":"openat","policies":{"matched":["p1"]},"workload":{"process":{"executable":{"path":"/usr/sbin/nginx"},"unique_id":3489249125,"host_pid":361,"pid":7,"real_user":{"id":33},"thread":{"start_time":"2023-03-30T12:25:08Z","name":"nginx","unique_id":3489249125,"host_tid":362,"tid":8,"syscall":"openat","compat":true},"ancestors":[{"unique_id":3069802613,"host_pid":73,"pid":1},{"unique_id":1,"host_pid":1}]},"container":{"id":"66c2778945e2","name":"web","image":{"id":"","repo_digests":["nginx@sha256:def456"],"name":"nginx:1.25"},"started":true},"k8s":{"pod":{"name":"web-0","uid":"b26961b3"},"namespace":{"name":"prod"}}},"data":[{"name":"dirfd","int32":-100},{"name":"pathname","str":"/etc/nginx/nginx.conf"},{"name":"flags","str":"O_RDONLY|O_CLOEXEC"},{"name":"mode","u_int32":0},{"name":"returnValue","int64":"-2"}]}"#,
    r#"{"timestamp":"2023-03-30T13:29:37Z","id":1032,"name":"security_file_open","more":[1],"workload":{"process":{"executable":{"path":"/usr/bin/cat"},"unique_id":3489249124,"host_pid":676,"pid":676,"real_user":{"id":0},"thread":{"start_time":"2023-03-30T12:25:07.675006774Z","name":"cat","unique_id":3489249124,"host_tid":676,"tid":676,"syscall":"openat"},"ancestors":[{"unique_id":3069802613,"host_pid":1,"pid":1}]}},"data":[{"name":"pathname","str":"/etc/sudoers"},{"name":"flags","int32":32769},{"name":"dev","u_int32":45},{"name":"inode","u_int64":"1966101"},{"name":"other","int64":"x"}],"else":"y"}"#,
    r#"{"timestamp":"2023-03-30T13:29:38Z","id":42,"name":"connect","workload":{"process":{"host_pid":361,"pid":7,"real_user":{},"thread":{"name":null},"ancestors":[]},"container":null},"data":[{"sockaddr":{"sa_family":"AF_INET","sin_addr":"10.1.2.3","sin_port":443,"sin_zero":0},"name":"addr"},{"name":"addrlen","int32":16}]}"#,
    r#"{"timestamp":"2023-03-30T13:29:39Z","name":"execve","id":59,"workload":{"process":{"host_pid":361,"thread":null,"real_user":null}},"data":[{"name":"pathname","str":"/bin/sh"},{"name":"argv","str_array":{"value":["sh","-c","é"]}},{"name":"returnValue","int32":-2},{"name":"envp","str_array":{}}]}"#,
    r#"{"timestamp":"2023-03-30T13:29:39Z","name":"execve","id":59,"workload":{"process":{"host_pid":361,"thread":{"compat":false}}},"data":[{"name":"pathname","str":"/bin/sh"},{"name":"argv","str_array":{"value":["sh"]}},{"name":"returnValue","int64":"0"}]}"#,
];

/// Values that take the place of others.
const VALUES: &[&str] = &[
    "null",
    "0",
    "7",
    "-2",
    "4294967296",
    "18446744073709551615",
    "18446744073709551616",
    "1.5",
    "true",
    "false",
    "\"\"",
    "\"x\"",
    "\"é\"",
    "\"a\\u00e9\\n\"",
    "\"443\"",
    "\"2023-03-30T13:29:36.5Z\"",
    "{\"value\":[\"x\"]}",
    "\n7",
    "[]",
    "[\n\"a\"]",
    "{\"sa_family\":\n\"AF_INET\"}",
    "[\"a\",\"b\"]",
    "{}",
    "{\"id\":\"a1b2\"}",
];

/// Bytes that are put into lines.
const OTHERS: &[u8] = b"\"\\,:{}[] 0159-+.eEnx\x01\xc3";

/// Changes of lines, the same in every run.
struct Chance(u32);

impl Chance {
    /// One of the changes that there may be at a place.
    fn changed(&mut self, line: &[u8], at: usize) -> Vec<u8> {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let chance = self.0;
        let mut changed = line.to_vec();
        let other = OTHERS[(chance >> 24) as usize % OTHERS.len()];
        match (chance >> 16) % 4 {
            0 => _ = changed.remove(at),
            1 => changed.insert(at, other),
            2 => changed[at] = other,
            // Something that came before once more, or what lies between gone.
            _ => {
                let from = (chance >> 8) as usize % line.len();
                let (begin, end) = (from.min(at), from.max(at));
                let piece = line[begin..end].to_vec();
                changed.splice(end..end, piece);
            }
        }
        changed
    }
}

/// The line with other values in the place of each.
fn with_other_values(line: &str) -> Vec<String> {
    let mut changed = Vec::new();
    for (at, _) in line.match_indices(':') {
        let (before, after) = line.split_at(at + 1);
        let end = after.find([',', '}']).unwrap_or_default();
        let other = |value: &&str| format!("{before}{value}{}", &after[end..]);
        changed.extend(VALUES.iter().map(other));
    }
    changed
}

#[test]
fn what_the_scanner_takes_is_what_serde_reads() {
    let schema = Arc::new(stdlib::schema().clone());
    let mut encoder = Encoder::new(schema);
    let (mut scanner, mut scanner_v1) = (LineScanner::new(), LineV1Scanner::new());
    let (mut taken, mut compared) = (0, 0);
    let mut compare = |line: &[u8], is_whole: bool| {
        let Some(scanned) = scan(&mut scanner, &mut scanner_v1, line) else {
            return;
        };
        let shown = String::from_utf8_lossy(line);
        let parsed = parse(line);
        let parsed = parsed.unwrap_or_else(|why| panic!("serde refuses {shown}: {why}"));
        let (scanned, parsed) = (says(&mut encoder, &scanned), says(&mut encoder, &parsed));
        assert_eq!(scanned, parsed, "{shown}");
        taken += usize::from(is_whole);
        compared += 1;
    };
    let mut lines = lines();
    lines.extend(MORE.iter().map(|line| (*line).to_owned()));
    let mut chance = Chance(1);
    for line in &lines {
        let line = line.as_bytes();
        compare(line, true);
        for at in 0..line.len().min(2_000) {
            compare(&chance.changed(line, at), false);
        }
    }
    assert!(taken >= lines.len() / 3, "{taken} of {}", lines.len());
    assert!(compared > 1_000, "{compared}");
}

/// What a reader of lines hands on, and its report.
struct Reader {
    lines: Lines,
    records: Vec<Vec<u8>>,
}

impl Reader {
    fn new(schema: &Arc<Schema>) -> Self {
        let events = Events::new("lines", Arc::clone(schema), false);
        Self {
            lines: Lines::new(events),
            records: Vec::new(),
        }
    }

    /// Takes lines, in any way. How many were as those before them.
    fn take(&mut self, mut lines: &[u8]) -> usize {
        self.records.clear();
        let records = &mut self.records;
        let mut take = |record: Arriving<'_>| records.push(record.bytes().to_vec());
        let mut repeated = 0;
        while !lines.is_empty() {
            self.lines.events.number += 1;
            let length = if let Some(length) = self.lines.take_repeat(lines, &mut take) {
                repeated += 1;
                length
            } else {
                self.lines.events.number -= 1;
                let (length, taken) = self.lines.take_next(lines, &mut take).unwrap();
                taken.unwrap();
                length
            };
            lines = &lines[length..];
        }
        repeated
    }

    /// Takes them by the parser alone.
    fn take_parsed(&mut self, lines: &[u8]) {
        self.records.clear();
        let records = &mut self.records;
        let mut take = |record: Arriving<'_>| records.push(record.bytes().to_vec());
        for line in lines.split_inclusive(|&byte| byte == b'\n') {
            self.lines.events.number += 1;
            if !line.trim_ascii().is_empty() {
                self.lines.take_parsed(line, &mut take).unwrap();
            }
        }
    }
}

/// What a line begins and ends with, parted where readers do.
fn pieces(line: &str) -> Vec<(&str, &str)> {
    let keys = [
        "\"eventId\":",
        "\"eventName\":",
        "\"workload\":",
        "},\"data\":",
    ];
    let split = |key: &str| Some(line.split_at(line.find(key)? + key.len()));
    keys.into_iter().filter_map(split).collect()
}

#[test]
fn a_line_like_others_is_what_serde_reads() {
    let schema = Arc::new(stdlib::schema().clone());
    let (mut reader, mut parser) = (Reader::new(&schema), Reader::new(&schema));
    let (mut repeated, mut changed_repeated) = (0, 0);
    let mut compare = |line: &[u8]| {
        let is_repeated = reader.take(line);
        parser.take_parsed(line);
        let shown = String::from_utf8_lossy(line);
        assert_eq!(reader.records, parser.records, "{is_repeated}: {shown}");
        let reports = [&reader, &parser].map(|of| &of.lines.events.report);
        assert_eq!(reports[0], reports[1], "{is_repeated}: {shown}");
        repeated += is_repeated;
        is_repeated
    };
    let mut lines = lines();
    let more = MORE.iter().chain(REPEATED).chain(REPEATED_V1);
    lines.extend(more.map(|line| (*line).to_owned()));
    let mut chance = Chance(1);
    for line in &lines {
        let line = format!("{line}\n");
        let line = line.as_bytes();
        for at in 0..line.len().min(1_000) {
            // The same in between, to be learned and looked at again.
            compare(line);
            let changed = chance.changed(line, at);
            if changed.ends_with(b"\n") {
                changed_repeated += compare(&changed);
            }
        }
    }
    let alike = || REPEATED.iter().chain(REPEATED_V1);
    for line in alike() {
        for changed in with_other_values(line) {
            compare(format!("{line}\n").as_bytes());
            changed_repeated += compare(format!("{changed}\n").as_bytes());
        }
    }
    for (one, other) in alike().flat_map(|one| alike().map(move |other| (one, other))) {
        for _ in 0..40 {
            compare(format!("{one}\n{other}\n").as_bytes());
        }
        for (begin, _) in pieces(one) {
            for (_, end) in pieces(other) {
                compare(format!("{begin}{end}\n").as_bytes());
            }
        }
    }
    for line in REPEATED_V1 {
        // Some are not learned after those that were in vain. An empty list is unusual.
        let is_learned = compare(format!("{line}\n").repeat(200).as_bytes()) > 0;
        assert_eq!(is_learned, !line.contains("\"str_array\":{}"), "{line}");
    }
    assert!(repeated > 10_000, "{repeated}");
    assert!(changed_repeated > 1_000, "{changed_repeated}");
}
