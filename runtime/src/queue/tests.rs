//! Slow, full and dead targets. Nothing here waits for a clock: targets are slow because a test says so.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use super::state::{Next, Shared};
use super::{Chunk, Finished, Place, QueueOptions, QueuedWriter, Target, Unit, disk};

const MIB: u64 = 1 << 20;
/// Tags of lines alternate, so that both are counted.
const TAGS: u64 = 2;

fn memory(bytes: u64) -> QueueOptions {
    QueueOptions {
        place: Place::Memory,
        bytes,
    }
}

/// A line of 100 bytes that begins with its number.
fn line(number: u64) -> String {
    format!("{number:099}\n")
}

fn push(queue: &mut QueuedWriter, numbers: std::ops::Range<u64>) {
    for number in numbers {
        let tag = (number % TAGS) as u16;
        queue.unit(tag, |out| out.extend_from_slice(line(number).as_bytes()));
    }
    queue.flush();
}

/// The numbers of the lines, all of which are whole.
fn numbers(text: &str) -> Vec<u64> {
    let number = |text: &str| {
        let number = text.parse().unwrap();
        assert_eq!(format!("{text}\n"), line(number));
        number
    };
    text.lines().map(number).collect()
}

fn total(counts: &super::Counts) -> u64 {
    counts.values().sum()
}

/// Each was taken, is in order, and is either written or counted as dropped, by its tag.
fn check(finished: &Finished, taken: u64, written: &[u64]) {
    assert_eq!(total(&finished.taken), taken);
    assert!(written.is_sorted());
    for tag in 0..TAGS as u16 {
        let of_tag = written
            .iter()
            .filter(|&&number| number % TAGS == u64::from(tag));
        let dropped = finished.dropped.get(&tag).copied().unwrap_or_default();
        assert_eq!(of_tag.count() as u64 + dropped, finished.taken[&tag]);
    }
}

fn pipe(options: &QueueOptions) -> (io::PipeReader, QueuedWriter) {
    let (reader, writer) = io::pipe().unwrap();
    let target = Target::of(File::from(OwnedFd::from(writer)));
    (reader, options.start("pipe", target).unwrap())
}

#[test]
fn a_pipe_that_is_read_late_gets_what_had_room_and_the_rest_is_counted() {
    let (mut reader, mut queue) = pipe(&memory(MIB));
    // Ten times of what there is room for: the writer never waits, or this would not end.
    push(&mut queue, 0..100_000);
    assert!(total(&queue.dropped_so_far()) > 80_000);
    let read = std::thread::spawn(move || {
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        text
    });
    let finished = queue.finish();
    drop(queue);
    assert_eq!(finished.failure, None);
    let text = read.join().unwrap();
    check(&finished, 100_000, &numbers(&text));
}

#[test]
fn a_pipe_that_nobody_reads_is_given_up_and_what_it_took_is_known() {
    let (mut reader, mut queue) = pipe(&memory(MIB));
    push(&mut queue, 0..50_000);
    let finished = queue.finish();
    drop(queue);
    let failure = finished.failure.clone();
    assert_eq!(failure.as_deref(), Some("pipe takes nothing any more"));
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    // Of the last line a part may be in the pipe: it is not counted as written.
    let whole = text.rfind('\n').map_or(0, |at| at + 1);
    check(&finished, 50_000, &numbers(&text[..whole]));
    assert!(whole > 0);
}

#[test]
fn nobody_reads_any_more() {
    let (reader, mut queue) = pipe(&memory(MIB));
    drop(reader);
    push(&mut queue, 0..10);
    let finished = queue.finish();
    assert!(queue.is_closed());
    assert_eq!(
        finished.failure.as_deref(),
        Some("whoever read pipe stopped reading")
    );
    check(&finished, 10, &[]);
}

#[test]
fn a_full_device_is_said_once_and_all_is_counted() {
    let target = Target::create(Path::new("/dev/full")).unwrap();
    let mut queue = memory(MIB).start("/dev/full", target).unwrap();
    push(&mut queue, 0..100_000);
    let finished = queue.finish();
    assert!(queue.trouble().unwrap().starts_with("/dev/full is full: "));
    assert_eq!(queue.trouble(), None);
    assert!(finished.failure.as_ref().unwrap().contains("is full"));
    check(&finished, 100_000, &[]);
}

type Text = Arc<Mutex<Vec<u8>>>;

/// Takes pieces of a few bytes, each when the test lets it, and what the test says.
struct Gate {
    answers: Receiver<io::Result<()>>,
    text: Text,
}

impl Gate {
    fn closed() -> (Sender<io::Result<()>>, Text, Target) {
        let (sender, answers) = channel();
        let text = Arc::new(Mutex::new(Vec::new()));
        let gate = Self {
            answers,
            text: Arc::clone(&text),
        };
        (sender, text, Target::other(gate))
    }
}

impl Write for Gate {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // The test has let go of it: from now on all is well.
        self.answers.recv().unwrap_or(Ok(()))?;
        let piece = &bytes[..bytes.len().min(1023)];
        self.text.lock().unwrap().extend_from_slice(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_a_disk_that_was_full_for_a_while_misses_is_nothing() {
    let (gate, text, target) = Gate::closed();
    let mut queue = memory(MIB).start("disk", target).unwrap();
    push(&mut queue, 0..100);
    // In the middle of a line, too.
    for full in [false, true, true, false, true] {
        let answer = match full {
            true => Err(io::ErrorKind::StorageFull.into()),
            false => Ok(()),
        };
        gate.send(answer).unwrap();
    }
    push(&mut queue, 100..200);
    drop(gate);
    // Trouble in between must not end the waiting: wait for the text instead.
    while text.lock().unwrap().len() < 200 * 100 {
        std::thread::yield_now();
    }
    let finished = queue.finish();
    let text = String::from_utf8(text.lock().unwrap().clone()).unwrap();
    check(&finished, 200, &numbers(&text));
    assert_eq!(finished.dropped, super::Counts::new());
}

#[test]
fn there_is_room_again_before_losses_are_said() {
    let (gate, _, target) = Gate::closed();
    let mut queue = memory(MIB).start("gate", target).unwrap();
    push(&mut queue, 0..20_000);
    assert!(total(&queue.dropped_so_far()) > 0);
    assert_eq!(queue.dropped(), super::Counts::new(), "there is no room");
    drop(gate);
    queue.settle();
    assert_eq!(queue.dropped(), queue.dropped_so_far());
    push(&mut queue, 20_000..20_001);
    let dropped = queue.dropped_so_far();
    assert_eq!(queue.finish().dropped, dropped);
}

#[test]
fn a_disk_holds_what_memory_does_not_and_keeps_the_order() {
    let directory = tempfile::tempdir().unwrap();
    let options = QueueOptions {
        place: Place::Disk(directory.path().into()),
        bytes: 256 * MIB,
    };
    let (mut reader, mut queue) = pipe(&options);
    let lines = 2 * disk::LIMIT / 100;
    for from in (0..lines).step_by(50_000) {
        push(&mut queue, from..lines.min(from + 50_000));
        // The disk may be slower than this loop; what is tested is not how fast it is.
        while queue.in_memory() > disk::LIMIT / 2 {
            std::thread::yield_now();
        }
    }
    let read = std::thread::spawn(move || {
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        text
    });
    let finished = queue.finish();
    drop(queue);
    assert_eq!(
        (finished.failure.clone(), total(&finished.dropped)),
        (None, 0)
    );
    let written = numbers(&read.join().unwrap());
    assert_eq!(written.len() as u64, lines);
    check(&finished, lines, &written);
    assert_eq!(directory.path().read_dir().unwrap().count(), 0);
}

#[test]
fn a_disk_that_is_full_counts_too() {
    let directory = tempfile::tempdir().unwrap();
    let options = QueueOptions {
        place: Place::Disk(directory.path().into()),
        bytes: 2 * MIB,
    };
    let (mut reader, mut queue) = pipe(&options);
    let lines = 2 * disk::LIMIT / 100;
    push(&mut queue, 0..lines);
    assert!(total(&queue.dropped_so_far()) > 0);
    let read = std::thread::spawn(move || {
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        text
    });
    let finished = queue.finish();
    drop(queue);
    check(&finished, lines, &numbers(&read.join().unwrap()));
}

#[test]
fn a_directory_that_is_not_there_is_refused() {
    let options = QueueOptions {
        place: Place::Disk("/nonexistent".into()),
        bytes: MIB,
    };
    let (_, writer) = io::pipe().unwrap();
    let target = Target::of(File::from(OwnedFd::from(writer)));
    let error = options.start("x", target).unwrap_err().to_string();
    assert!(
        error.starts_with("can't create a queue in /nonexistent: "),
        "{error}"
    );
}

#[test]
fn what_is_being_read_from_the_disk_is_not_out_yet() {
    let chunk = || Chunk {
        bytes: line(0).into_bytes(),
        units: vec![Unit { end: 100, tag: 7 }],
    };
    let shared = Shared::new(MIB);
    shared.change(|state| state.push(chunk()));
    let spooled = shared.next_to_spool(0).unwrap();
    shared.change(|state| state.spooled(spooled, Ok(100)));
    assert!(matches!(shared.next(), Next::Read(100)));
    assert!(!shared.lock().is_empty());
    // The end comes before it is read: it is counted as dropped, and not written any more.
    shared.change(super::state::State::drop_all);
    assert_eq!(shared.lock().dropped().get(&7), Some(&1));
    assert!(!shared.change(|state| state.begin_read(&chunk())));
    assert_eq!(shared.lock().in_memory(), 0);
}
