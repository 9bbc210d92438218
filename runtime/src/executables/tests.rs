//! Which executions wait for a digest, for how long, and what they get.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tracee_lang::stdlib::schema;

use super::*;
use crate::system;

/// Of nothing.
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

struct Made {
    digests: ExecutableDigests,
    layouts: Layouts,
}

impl Made {
    fn new() -> Self {
        Self {
            digests: ExecutableDigests::new(schema()),
            layouts: Layouts::new(schema()),
        }
    }

    fn take(&mut self, record: &RecordBuf) -> Turn {
        self.digests.turn(&record.header(), record.as_bytes())
    }

    /// What comes out until nothing waits: the event, the process and, of a digest, that.
    fn settled(&mut self) -> Vec<(String, u32, String)> {
        let records = self.digests.settle();
        records.iter().map(|record| self.shown(record)).collect()
    }

    fn shown(&self, record: &RecordBuf) -> (String, u32, String) {
        let record = Record::parse(record.as_bytes(), &self.layouts).unwrap();
        let event = schema().event(record.event()).unwrap();
        let digest = match event.name.as_str() {
            "executable_digest" => record.bytes(3).unwrap(),
            _ => b"",
        };
        let digest = String::from_utf8(digest.to_vec()).unwrap();
        (event.name.clone(), record.header().host_pid, digest)
    }
}

fn record(event: &str, pid: u32, parent: u32, file: Option<&Path>) -> RecordBuf {
    let event = schema().event_named(event).unwrap();
    let layout = Layout::of(schema(), event).unwrap();
    let mut builder = RecordBuilder::new(&layout);
    builder.header.host_pid = pid;
    builder.header.host_tid = pid;
    builder.header.host_ppid = parent;
    if let Some(path) = file {
        let of = fs::metadata(path).unwrap();
        let key = system::file_key(&of).unwrap();
        let slot = |name: &str| event.arg(name).unwrap().slot;
        builder
            .int(slot("dev"), key.dev.into())
            .int(slot("inode"), key.inode)
            .int(slot("ctime"), key.ctime)
            .bytes(slot("pathname"), path.as_os_str().as_encoded_bytes());
    }
    builder.build()
}

/// A process that runs a file with these bytes behind those of `cat`, until it is dropped.
struct Running {
    child: Child,
}

impl Running {
    fn new(program: &Path) -> Self {
        let child = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn();
        Self {
            child: child.unwrap(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

fn program(directory: &Path, name: &str, more: &[u8]) -> (std::path::PathBuf, String) {
    let path = directory.join(name);
    let mut bytes = fs::read("/bin/cat").unwrap();
    bytes.extend_from_slice(more);
    let mut file = fs::File::create(&path).unwrap();
    file.write_all(&bytes).unwrap();
    file.set_permissions(fs::Permissions::from_mode(0o755))
        .unwrap();
    drop(file);
    let said = Command::new("sha256sum").arg(&path).output().unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    (path, said[..64].to_owned())
}

#[test]
fn an_exec_waits_for_its_digest_and_others_do_not() {
    let directory = tempfile::tempdir().unwrap();
    let (path, digest) = program(directory.path(), "one", b"1");
    let process = Running::new(&path);
    let pid = process.child.id();
    let mut made = Made::new();

    let turn = made.take(&record("sched_process_exec", pid, 1, Some(&path)));
    assert!(turn.waits && turn.before.is_empty() && turn.after.is_empty());
    // What follows of it and of its children, and theirs, stays in order behind it.
    assert!(made.take(&record("openat", pid, 1, None)).waits);
    assert!(made.take(&record("openat", 4_000_001, pid, None)).waits);
    assert!(
        made.take(&record("openat", 4_000_002, 4_000_001, None))
            .waits
    );
    assert!(!made.take(&record("openat", 4_000_003, 1, None)).waits);
    let expected = [
        ("executable_digest", pid, digest.as_str()),
        ("sched_process_exec", pid, ""),
        ("openat", pid, ""),
        ("openat", 4_000_001, ""),
        ("openat", 4_000_002, ""),
    ];
    let expected = expected.map(|(event, pid, digest)| (event.into(), pid, digest.into()));
    assert_eq!(made.settled(), expected);

    // It is known now, whoever executes it.
    let turn = made.take(&record("sched_process_exec", 4_000_004, 1, Some(&path)));
    assert!(!turn.waits);
    let before: Vec<_> = turn.before.iter().map(|of| made.shown(of)).collect();
    assert_eq!(before, [("executable_digest".into(), 4_000_004, digest)]);
    assert_eq!(made.digests.counters().unread, 0);
}

#[test]
fn what_ran_before_is_told_and_nothing_waits_for_it() {
    let directory = tempfile::tempdir().unwrap();
    let (path, digest) = program(directory.path(), "two", b"2");
    let process = Running::new(&path);
    let pid = process.child.id();
    let mut made = Made::new();
    assert!(!made.take(&record("existing_process", pid, 1, None)).waits);
    assert!(!made.take(&record("openat", pid, 1, None)).waits);
    let answer = made.digests.reader.answer(Duration::from_secs(60)).unwrap();
    let records = made.digests.answered(answer);
    let shown: Vec<_> = records.iter().map(|of| made.shown(of)).collect();
    assert_eq!(shown, [("executable_digest".into(), pid, digest)]);
    // A kernel's thread has none, and that is nothing unread.
    assert!(!made.take(&record("existing_process", 2, 0, None)).waits);
    let answer = made.digests.reader.answer(Duration::from_secs(60)).unwrap();
    assert!(made.digests.answered(answer).is_empty());
    assert_eq!(made.digests.counters().unread, 0);
}

#[test]
fn a_file_that_became_another_has_no_digest() {
    let directory = tempfile::tempdir().unwrap();
    let (path, _) = program(directory.path(), "three", b"3");
    let executed = record("sched_process_exec", 4_000_005, 1, Some(&path));
    // The process is gone, and at the path there is another file by now.
    fs::remove_file(&path).unwrap();
    fs::write(&path, "").unwrap();
    let mut made = Made::new();
    assert!(made.take(&executed).waits);
    assert_eq!(
        made.settled(),
        [("sched_process_exec".into(), 4_000_005, String::new())]
    );
    assert_eq!(made.digests.counters().unread, 1);

    // Of a short process the file is found by its path while it is the same.
    let turn = made.take(&record("sched_process_exec", 4_000_006, 1, Some(&path)));
    assert!(turn.waits);
    assert_eq!(
        made.settled()[0],
        ("executable_digest".into(), 4_000_006, EMPTY.into())
    );
}

#[test]
fn a_pipe_holds_nobody_up() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("pipe");
    let status = Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(status.success());
    let mut made = Made::new();
    // Without a writer, reading what was opened without waiting ends at once: that of nothing.
    assert!(
        made.take(&record("sched_process_exec", 4_000_007, 1, Some(&path)))
            .waits
    );
    assert_eq!(made.settled().len(), 2);
}

#[test]
fn time_and_place_are_bounded() {
    let mut waiting = Waiting::default();
    let file = FileKey {
        dev: 1,
        inode: 2,
        ctime: 3,
    };
    let header = |pid: u32, parent: u32| RecordHeader {
        host_pid: pid,
        host_ppid: parent,
        ..RecordHeader::default()
    };
    let began = Instant::now();
    let bytes = [0; 4096];
    assert!(waiting.begin(&header(7, 1), file, &bytes, began));
    assert_eq!(waiting.left(began), Some(PATIENCE));
    let mut held = 1;
    while !waiting.is_full() {
        assert!(waiting.hold(&header(7, 1), &bytes, None));
        held += 1;
    }
    assert_eq!(held, 2049);
    assert_eq!(waiting.all().into_iter().flatten().count(), held);
    assert!(!waiting.hold(&header(7, 1), &bytes, None));
    assert!(!waiting.is_full());

    assert!(waiting.begin(&header(7, 1), file, &bytes, began));
    assert!(waiting.over(began + PATIENCE / 2).is_empty());
    assert_eq!(waiting.over(began + PATIENCE).len(), 1);
    assert!(
        !waiting.begin(&header(8, 1), file, &bytes, began),
        "it let the time pass"
    );
    assert!(waiting.answered(file).is_empty());
    assert!(
        waiting.begin(&header(8, 1), file, &bytes, began),
        "it answers again"
    );
}

#[test]
fn a_second_exec_of_one_that_waits_has_its_own_digest() {
    let directory = tempfile::tempdir().unwrap();
    let (first, one) = program(directory.path(), "first", b"4");
    let (second, two) = program(directory.path(), "second", b"5");
    assert_ne!(
        fs::metadata(&first).unwrap().ino(),
        fs::metadata(&second).unwrap().ino()
    );
    let mut made = Made::new();
    // Neither runs: both are found by their paths.
    assert!(
        made.take(&record("sched_process_exec", 4_000_008, 1, Some(&first)))
            .waits
    );
    assert!(
        made.take(&record("sched_process_exec", 4_000_008, 1, Some(&second)))
            .waits
    );
    let digests: Vec<String> = made
        .settled()
        .into_iter()
        .filter_map(|(event, _, digest)| (event == "executable_digest").then_some(digest))
        .collect();
    assert_eq!(digests, [one, two]);
}
