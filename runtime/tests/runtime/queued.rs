//! Outputs and recordings behind queues: what they drop is in the stream, in the summary, and adds up.

use std::io::{self, Read, Write};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use tracee_runtime::output::{JsonOutput, Lines, Outputs};
use tracee_runtime::pipeline::Pipeline;
use tracee_runtime::queue::{Place, QueueOptions, Target};
use tracee_runtime::recording::{Header, Recorder};
use tracee_runtime::replay::Replay;
use tracee_runtime::source::{Arriving, Lost, Poll, Source};

use crate::harness::{Memory, engine, policies, replay, schema};

const LINE: &str = r#"{"timestamp":1,"processName":"cat","hostProcessId":7,"eventName":"openat","returnValue":3,"args":[{"name":"pathname","type":"string","value":"/etc/shadow"}]}"#;
const EVENTS: u64 = 20_000;

const QUEUE: QueueOptions = QueueOptions {
    place: Place::Memory,
    bytes: 1 << 20,
};

fn both() -> tracee_lang::hir::PolicySet {
    policies(
        "policy p { select openat; rule shadow { on openat where pathname == \"/etc/shadow\"; } }",
    )
}

/// Has nothing, and loses nothing.
struct Nothing;

impl Source for Nothing {
    fn poll(
        &mut self,
        _: Duration,
        _: &mut dyn FnMut(Arriving<'_>),
    ) -> Result<Poll, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Poll::Idle)
    }

    fn losses(&mut self) -> Vec<Lost> {
        Vec::new()
    }
}

/// Takes nothing until the other end of its channel is gone.
struct Gate(Receiver<()>, Memory);

impl Write for Gate {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.0.recv();
        self.1.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn values(text: &str) -> Vec<serde_json::Value> {
    let parse = |line| serde_json::from_str(line).unwrap();
    text.lines().map(parse).collect()
}

fn count(values: &[serde_json::Value], key: &str, value: &str) -> u64 {
    values.iter().filter(|object| object[key] == value).count() as u64
}

#[test]
fn an_output_that_was_slow_says_what_it_dropped_and_so_do_the_others() {
    let (hold, released) = channel();
    let (slow, fast) = (Memory::default(), Memory::default());
    let target = Target::other(Gate(released, slow.clone()));
    let roomy = QueueOptions {
        bytes: 1 << 30,
        ..QUEUE
    };
    let outputs = Outputs(vec![
        Box::new(JsonOutput::new(QUEUE.start("slow", target).unwrap())),
        Box::new(JsonOutput::new(
            roomy.start("fast", Target::other(fast.clone())).unwrap(),
        )),
    ]);
    let mut pipeline = Pipeline::new(engine(both(), "box"), outputs, None);
    let mut source = replay(&format!("{LINE}\n").repeat(EVENTS as usize));
    while pipeline.poll(&mut source, Duration::ZERO).unwrap() != Poll::End {}
    drop(hold);
    while !fast.text().contains("output_lost") {
        pipeline.poll(&mut Nothing, Duration::ZERO).unwrap();
        std::thread::yield_now();
    }
    let (summary, result) = pipeline.finish(&[]);
    result.unwrap();

    let [first, second] = &summary.outputs[..] else {
        panic!("two outputs");
    };
    let Lines { events, detections } = first.dropped;
    assert!(events > 0 && detections > 0);
    assert_eq!(second.dropped, Lines::default());
    let (slow, fast) = (values(&slow.text()), values(&fast.text()));
    assert_eq!(count(&slow, "eventName", "openat") + events, EVENTS);
    assert_eq!(count(&slow, "type", "detection") + detections, EVENTS);
    assert_eq!(count(&fast, "eventName", "openat"), EVENTS);
    assert_eq!(count(&fast, "type", "detection"), EVENTS);
    for lines in [&slow, &fast] {
        let lost = lines.iter().find(|line| line["eventName"] == "output_lost");
        let args = &lost.unwrap()["args"];
        assert_eq!(args[0]["value"], "slow");
        assert_eq!(args[1]["value"], events);
        assert_eq!(args[2]["value"], detections);
        assert_eq!(count(lines, "eventName", "output_lost"), 1);
    }
    // Losing lines of an output makes no detection incomplete: the events were seen.
    assert!(summary.losses.is_empty());
    let said = format!("output slow dropped {events} events and {detections} detections");
    assert!(summary.lines().contains(&said));

    // A replay of what is left knows better.
    let text: String = slow.iter().map(|line| format!("{line}\n")).collect();
    let (_, _, summary) = crate::harness::run(&text, both());
    assert_eq!(summary.losses.total(), events + detections);
}

#[test]
fn a_recording_that_was_slow_says_what_it_lacks() {
    let directory = tempfile::tempdir().unwrap();
    let fifo = directory.path().join("fifo");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status();
    assert!(made.unwrap().success());
    let (read, reader) = channel();
    let path = fifo.clone();
    let thread = std::thread::spawn(move || {
        let mut file = std::fs::File::open(path).unwrap();
        let mut bytes = Vec::new();
        let _: Result<(), _> = reader.recv();
        file.read_to_end(&mut bytes).unwrap();
        bytes
    });
    let header = Header::new(&schema(), "box", 1, |_| true);
    let recorder = Recorder::queued(&fifo, &header, &QUEUE).unwrap();
    let mut pipeline = Pipeline::new(engine(both(), "box"), Outputs::default(), Some(recorder));
    let mut source = replay(&format!("{LINE}\n").repeat(EVENTS as usize));
    while pipeline.poll(&mut source, Duration::ZERO).unwrap() != Poll::End {}
    read.send(()).unwrap();
    let (summary, result) = pipeline.finish(&[]);
    result.unwrap();
    let lacking = summary.not_recorded.0["openat"];
    assert!(lacking > 0);

    let file = directory.path().join("x.rec");
    std::fs::write(&file, thread.join().unwrap()).unwrap();
    let mut source = Replay::open(&file, &schema(), true).unwrap();
    let mut pipeline = Pipeline::new(engine(both(), "box"), Outputs::default(), None);
    while pipeline.poll(&mut source, Duration::ZERO).unwrap() != Poll::End {}
    let (summary, _) = pipeline.finish(&[source.report().clone()]);
    assert_eq!(summary.losses.0["openat"], lacking);
    let openat = summary.events.iter().find(|event| event.event == "openat");
    assert_eq!(openat.unwrap().count + lacking, EVENTS);
    assert!(summary.replay[0].is_clean());
}
