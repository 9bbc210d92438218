//! Recordings: written, read back, cut, changed, and read with another schema.

use std::io::{Cursor, Write};
use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use tracee_ebpf::abi;
use tracee_lang::schema::{EventId, Schema};
use tracee_lang::types::Type;
use tracee_runtime::record::{Layouts, RecordBuf, RecordBuilder};
use tracee_runtime::recording::{Header, Recorder};
use tracee_runtime::replay::{Replay, ReplayError};
use tracee_runtime::source::Source;
use tracee_runtime::whole_writer::WriteError;

use crate::support;

fn records(schema: &Schema) -> Vec<RecordBuf> {
    let layouts = Layouts::new(schema);
    let mut builder = RecordBuilder::new(layouts.get(EventId(257)).unwrap());
    builder.header.time = 5;
    builder.header.flags = abi::RECORD_SELECTED | abi::RECORD_INTERNAL;
    builder.header.selectors = [7; 4];
    builder
        .int(0, -100i64 as u64)
        .bytes(1, b"/etc/shadow")
        .int(3, 0o644)
        .truncated(1);
    let openat = builder.build();
    let mut builder = RecordBuilder::new(layouts.get(EventId(59)).unwrap());
    builder.bytes(0, b"/bin/sh").list(1, [&b"sh"[..], b"-c"]);
    vec![openat, builder.build()]
}

fn write(path: &Path) {
    let schema = support::schema();
    let header = Header::new(&schema, "box", 5, |id| id == EventId(257));
    let mut recorder = Recorder::create(path, &header).unwrap();
    for record in records(&schema) {
        recorder.record(record.as_bytes()).unwrap();
    }
    assert_eq!(recorder.finish().unwrap().records, 2);
}

fn written() -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.rec");
    write(&path);
    std::fs::read(path).unwrap()
}

fn open(bytes: &[u8], schema: Schema, strict: bool) -> Result<Replay, ReplayError> {
    let input = Box::new(Cursor::new(bytes.to_vec()));
    Replay::from_reader(input, "x.rec", &Arc::new(schema), strict)
}

#[test]
fn what_was_recorded_is_read_back_without_the_selectors() {
    let bytes = written();
    let mut replay = open(&bytes, support::schema(), true).unwrap();
    assert_eq!(replay.host(), Some("box"));
    let wanted = [EventId(257), EventId(59)];
    assert_eq!(replay.not_recorded(&support::schema(), &wanted), ["execve"]);
    let recording = replay.recording().unwrap();
    let wanted: Vec<_> = recording
        .header()
        .events
        .iter()
        .filter(|event| event.wanted)
        .collect();
    assert_eq!((wanted.len(), wanted[0].name.as_str()), (1, "openat"));
    insta::assert_snapshot!(support::drain(&support::schema(), &mut replay).unwrap());
    assert!(replay.report().is_clean());

    let mut flags = Vec::new();
    let mut again = open(&bytes, support::schema(), true).unwrap();
    again
        .poll(std::time::Duration::ZERO, &mut |arriving| {
            let record = arriving.bytes();
            flags.push((record[6], record[32]));
        })
        .unwrap();
    assert_eq!(flags[0], (abi::RECORD_INTERNAL as u8, 0));
}

#[test]
fn everything_is_at_a_multiple_of_eight() {
    let bytes = written();
    let length = u32::from_ne_bytes(bytes[12..16].try_into().unwrap()) as usize;
    assert_eq!((bytes.len() % 8, length % 8), (0, 0));
    let size = u32::from_ne_bytes(bytes[16 + length..20 + length].try_into().unwrap()) as usize;
    assert_eq!(
        &bytes[16 + length..16 + length + size][..4],
        &(size as u32).to_ne_bytes()
    );
}

#[test]
fn a_cut_file_yields_its_whole_records() {
    let bytes = written();
    let length = 16 + u32::from_ne_bytes(bytes[12..16].try_into().unwrap()) as usize;
    let first = u32::from_ne_bytes(bytes[length..length + 4].try_into().unwrap()) as usize;
    for (cut, whole) in [(8, 2), (1, 2), (16, 2), (17, 1), (16 + 8, 1)] {
        let end = bytes.len() - cut;
        let mut replay = open(&bytes[..end], support::schema(), false).unwrap();
        support::drain(&support::schema(), &mut replay).unwrap();
        let report = replay.report();
        assert_eq!((report.events, report.bad), (whole, 1), "cut by {cut}");
        assert_eq!(report.reasons[0].at, whole + 1);
        assert_eq!(
            report.reasons[0].reason,
            format!("the file was cut at byte {end}")
        );

        let mut strict = open(&bytes[..end], support::schema(), true).unwrap();
        assert!(support::drain(&support::schema(), &mut strict).is_err());
    }
    for end in [length, length + 8, length + first - 8] {
        let mut replay = open(&bytes[..end], support::schema(), false).unwrap();
        support::drain(&support::schema(), &mut replay).unwrap();
        assert_eq!(
            (replay.report().events, replay.report().bad),
            (0, 1),
            "cut at {end}"
        );
    }
    for end in [1, 15, 16, length - 1] {
        assert!(
            open(&bytes[..end], support::schema(), false).is_err(),
            "cut at {end}"
        );
    }
}

#[test]
fn what_stands_behind_the_end_is_not_silently_ignored() {
    let mut bytes = written();
    bytes.extend_from_slice(&written());
    let mut replay = open(&bytes, support::schema(), false).unwrap();
    support::drain(&support::schema(), &mut replay).unwrap();
    assert_eq!(
        replay.report().reasons[0].reason,
        "there is something after the end mark"
    );
}

#[test]
fn slots_are_found_by_name() {
    let bytes = written();
    let mut schema = support::schema();
    schema.events.retain(|event| event.name != "execve");
    let at = schema
        .events
        .iter()
        .position(|event| event.name == "openat")
        .unwrap();
    let moved = [
        ("new", support::U64),
        ("mode", support::U16),
        ("pathname", Type::Path),
        ("dirfd", support::I32),
    ];
    let hook = schema.events[at].hooks[0].clone();
    schema.events[at] = support::event(&schema, 1257, "openat", &moved, hook);
    schema.index();
    let mut replay = open(&bytes, schema.clone(), false).unwrap();
    let records = support::drain(&schema, &mut replay).unwrap();
    let report = serde_json::to_string_pretty(replay.report()).unwrap();
    insta::assert_snapshot!(format!("{records}\n{report}"));
}

#[test]
fn a_type_that_changed_is_refused() {
    let bytes = written();
    let mut schema = support::schema();
    let at = schema
        .events
        .iter()
        .position(|event| event.name == "openat")
        .unwrap();
    let changed = [("dirfd", support::U64), ("pathname", Type::Bytes)];
    let hook = schema.events[at].hooks[0].clone();
    schema.events[at] = support::event(&schema, 257, "openat", &changed, hook);
    schema.index();
    assert_eq!(
        open(&bytes, schema, false).unwrap_err().to_string(),
        "x.rec can't be replayed: types changed since it was recorded: `openat.dirfd` was i32 and \
         is u64, `openat.pathname` was path and is bytes"
    );
}

#[test]
fn another_version_is_refused() {
    let mut bytes = written();
    bytes[8] = 9;
    assert_eq!(
        open(&bytes, support::schema(), false)
            .unwrap_err()
            .to_string(),
        "x.rec can't be replayed: it has version 9 of the format, this tracee reads 1"
    );
}

#[test]
fn a_full_disk_names_the_file_and_leaves_whole_records() {
    let header = Header::new(&support::schema(), "box", 5, |_| true);
    let error = Recorder::create(Path::new("/dev/full"), &header).unwrap_err();
    assert!(matches!(error, WriteError::Full { .. }), "{error}");
    assert!(
        error.to_string().starts_with("/dev/full is full: "),
        "{error}"
    );

    let error = Recorder::create(Path::new("/nonexistent/x.rec"), &header).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("can't create /nonexistent/x.rec: "),
        "{error}"
    );
}

/// Not a test of its own: the one below runs it in a process whose files can't grow beyond a limit.
#[test]
#[ignore = "part of a_disk_that_fills_up"]
fn fill_a_disk() {
    let path = std::env::var_os("RECORDING").unwrap();
    let schema = support::schema();
    let header = Header::new(&schema, "box", 5, |_| true);
    let mut recorder = Recorder::create(Path::new(&path), &header).unwrap();
    let record = records(&schema).remove(0);
    let error = loop {
        if let Err(error) = recorder.record(record.as_bytes()) {
            break error;
        }
    };
    assert!(matches!(error, WriteError::Full { .. }), "{error}");
}

#[test]
fn a_disk_that_fills_up() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.rec");
    // In units of 1,024 bytes; without the trap the signal would end the process.
    let limited =
        "trap '' XFSZ; ulimit -f 300; exec \"$0\" --exact recording::fill_a_disk --ignored";
    let output = std::process::Command::new("bash")
        .args(["-c", limited])
        .arg(std::env::current_exe().unwrap())
        .env("RECORDING", &path)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );

    let file = std::fs::read(&path).unwrap();
    let mut replay = open(&file, support::schema(), false).unwrap();
    let records = support::drain(&support::schema(), &mut replay).unwrap();
    let report = replay.report();
    assert!(report.events > 100, "{report:?}");
    assert_eq!(records.matches("/etc/shadow").count() as u64, report.events);
    let cut = format!("the file was cut at byte {}", file.len());
    assert_eq!((report.bad, &report.reasons[0].reason), (1, &cut));
}

proptest! {
    #[test]
    fn changed_bytes_never_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        late in any::<bool>(),
    ) {
        let mut bytes = WRITTEN.with(Vec::clone);
        let header = u32::from_ne_bytes(bytes[12..16].try_into().unwrap()) as usize;
        let from = if late { 16 + header } else { 0 };
        for (at, byte) in changes {
            let at = from + at.index(bytes.len() - from);
            bytes[at] = byte;
        }
        if let Ok(mut replay) = open(&bytes, support::schema(), false) {
            support::drain(&support::schema(), &mut replay).unwrap();
        }
    }
}

thread_local! {
    static WRITTEN: Vec<u8> = written();
}

#[test]
fn packed_files_are_unpacked() {
    let bytes = written();
    let plain = {
        let mut replay = open(&bytes, support::schema(), true).unwrap();
        support::drain(&support::schema(), &mut replay).unwrap()
    };
    let gzip = {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packer.write_all(&bytes).unwrap();
        packer.finish().unwrap()
    };
    let level = ruzstd::encoding::CompressionLevel::Fastest;
    let zstd = ruzstd::encoding::compress_to_vec(&bytes[..], level);
    for packed in [gzip, zstd] {
        assert!(packed.len() < bytes.len());
        let mut replay = open(&packed, support::schema(), true).unwrap();
        assert_eq!(
            support::drain(&support::schema(), &mut replay).unwrap(),
            plain
        );
        // What was cut is said, not taken for the end.
        let cut = &packed[..packed.len() - 9];
        let drained = open(cut, support::schema(), true)
            .map_err(|error| error.to_string())
            .and_then(|mut replay| {
                support::drain(&support::schema(), &mut replay).map_err(|error| error.to_string())
            });
        assert!(drained.is_err());
    }
}
