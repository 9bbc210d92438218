//! Whatever the scanner takes serde takes, too, and as the same event.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use tracee_lang::stdlib;

use super::encode::{Encoder, NoRecord};
use super::json_lines::{Parsed, parse, scan};
use super::report::Names;
use super::scan_line::LineScanner;
use super::scan_line_v1::LineV1Scanner;
use crate::record::RecordBuf;

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

/// Bytes that are put into lines.
const OTHERS: &[u8] = b"\"\\,:{}[] 0159-+.eEnx\x01\xc3";

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
    // Changes at every place of a line, but not all of them at each; the same in every run.
    let mut chance = 1u32;
    for line in &lines {
        let line = line.as_bytes();
        compare(line, true);
        for at in (0..line.len()).take(2_000) {
            chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
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
            compare(&changed, false);
        }
    }
    assert!(taken >= lines.len() / 3, "{taken} of {}", lines.len());
    assert!(compared > 1_000, "{compared}");
}
