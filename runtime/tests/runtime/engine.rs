//! From records to outputs: what is selected, detected, counted, said of losses.

use std::io;
use std::time::Duration;

use tracee_ebpf::abi::RecordHeader;
use tracee_lang::hir::PolicySet;
use tracee_runtime::containers::{CgroupLookup, Container, Records};
use tracee_runtime::output::{JsonOutput, Outputs, TableOutput};
use tracee_runtime::pipeline::{Pipeline, RunError};
use tracee_runtime::record::RecordBuilder;
use tracee_runtime::replay::Replay;
use tracee_runtime::source::{Arriving, Lost, LostKind, Poll, Source};
use tracee_runtime::whole_writer::{WholeWriter, WriteError};

use crate::harness::{Memory, engine, id, json_output, replay, run, schema, select_all};

const WEB: &str = include_str!("engine_cases/web.jsonl");

/// Two policies: `web` selects openat below /etc and detects shells of nginx; `every` detects every
/// openat below /etc, and every exit.
fn policies() -> PolicySet {
    crate::harness::policies(include_str!("engine_cases/policies.tp"))
}

#[test]
fn golden() {
    insta::glob!("engine_cases/*.jsonl", |path| {
        let (json, table, summary) = run(&std::fs::read_to_string(path).unwrap(), policies());
        let summary = summary.lines().join("\n");
        insta::assert_snapshot!(format!("{table}\n{summary}\n\n{json}"));
    });
}

#[test]
fn json_output_replays_to_the_same() {
    let file = include_str!("roundtrip.jsonl");
    let (once, _, summary) = run(file, select_all());
    let report = &summary.replay[0];
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(once.lines().count(), file.lines().count());
    let (twice, _, _) = run(&once, select_all());
    similar(&once, &twice);
    // What the file said is in it, by the names it used.
    for (ours, theirs) in once.lines().zip(file.lines()) {
        let [ours, theirs] =
            [ours, theirs].map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        for (key, value) in theirs.as_object().unwrap() {
            assert_eq!(&ours[key], value, "{key} of {ours}");
        }
    }
}

fn similar(one: &str, other: &str) {
    for (one, other) in one.lines().zip(other.lines()) {
        assert_eq!(one, other);
    }
    assert_eq!(one.lines().count(), other.lines().count());
}

#[test]
fn a_detection_replays_as_its_event_once() {
    let (once, _, _) = run(WEB, policies());
    let (_, _, summary) = run(&once, policies());
    let report = &summary.replay[0];
    // The openat is there as a selected event, too.
    assert_eq!((report.read, report.detections, report.events), (4, 3, 3));
    assert!(report.is_clean());
}

#[test]
fn what_was_recorded_replays_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.rec");
    let schema = schema();
    let mut source = replay(WEB);
    let header = tracee_runtime::recording::Header::new(&schema, "box", 1, |_| true);
    let recorder = tracee_runtime::recording::Recorder::create(&path, &header).unwrap();
    let mut json = [Memory::default(), Memory::default()];
    let mut pipeline = Pipeline::new(
        engine(policies(), "box"),
        json_output(&json[0]),
        Some(recorder),
    );
    while pipeline.poll(&mut source, Duration::ZERO).unwrap() != Poll::End {}
    pipeline.finish(&[]).1.unwrap();

    let mut source = Replay::open(&path, &schema, true).unwrap();
    let mut pipeline = Pipeline::new(engine(policies(), "box"), json_output(&json[1]), None);
    while pipeline.poll(&mut source, Duration::ZERO).unwrap() != Poll::End {}
    pipeline.finish(&[]).1.unwrap();
    let [first, second] = json.each_mut().map(|memory| memory.text());
    assert!(first.contains("\"web.shell\""));
    similar(&first, &second);
}

/// A source that loses events between its records.
struct Lossy {
    records: Vec<tracee_runtime::record::RecordBuf>,
    lost: u64,
}

impl Source for Lossy {
    fn poll(
        &mut self,
        _: Duration,
        take: &mut dyn FnMut(Arriving<'_>),
    ) -> Result<Poll, Box<dyn std::error::Error + Send + Sync>> {
        if self.records.is_empty() {
            return Ok(Poll::End);
        }
        take(Arriving::Unchecked(self.records.remove(0).as_bytes()));
        self.lost += 3;
        Ok(Poll::Events(1))
    }

    fn losses(&mut self) -> Vec<Lost> {
        vec![
            Lost {
                what: LostKind::Records(id("openat")),
                count: self.lost,
            },
            Lost {
                what: LostKind::Runs("sys_exit".to_owned()),
                count: 1,
            },
        ]
    }
}

#[test]
fn losses_are_events_and_detections_say_so() {
    let schema = schema();
    let layouts = tracee_runtime::record::Layouts::new(&schema);
    let exit = |pid: u32| {
        let layout = layouts.get(id("sched_process_exit")).unwrap();
        let mut builder = RecordBuilder::new(layout);
        builder.header.host_pid = pid;
        builder.header.host_tid = pid + 1;
        builder.build()
    };
    let mut source = Lossy {
        records: vec![exit(7), exit(7), exit(8)],
        lost: 0,
    };
    let json = Memory::default();
    let outputs = json_output(&json);
    let mut pipeline = Pipeline::new(engine(policies(), "box"), outputs, None);
    while pipeline.poll(&mut source, Duration::ZERO).unwrap() != Poll::End {}
    let (summary, result) = pipeline.finish(&[]);
    result.unwrap();
    let mut seen = Vec::new();
    for line in json.text().lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        if line["type"] == "detection" {
            let pid = &line["event"]["hostProcessId"];
            seen.push(format!(
                "{} of {pid}: {}, {}",
                line["rule"], line["complete"], line["lost"]
            ));
        } else {
            let args = &line["args"];
            let (event, count) = (&args[0]["value"], &args[1]["value"]);
            seen.push(format!("{} {event} {count}", line["eventName"]));
        }
    }
    assert_eq!(
        seen,
        [
            r#""every.exit" of 7: true, 0"#,
            r#""lost" "openat" 3"#,
            r#""lost" "program sys_exit" 1"#,
            r#""every.exit" of 7: false, 4"#,
            r#""lost" "openat" 3"#,
            r#""every.exit" of 8: true, 0"#,
            r#""lost" "openat" 3"#,
        ]
    );
    assert_eq!(summary.losses.0["openat"], 9);
    assert!(summary.lines().contains(&"lost: 10 events".to_owned()));
}

/// What a source can say of single processes is said instead of the losses of all.
#[test]
fn detections_say_what_was_lost_of_their_process() {
    let schema = schema();
    let layouts = tracee_runtime::record::Layouts::new(&schema);
    let layout = layouts.get(id("sched_process_exit")).unwrap();
    let exit = |pid: u32| {
        let mut builder = RecordBuilder::new(layout);
        (builder.header.host_pid, builder.header.host_tid) = (pid, pid + 1);
        builder.build()
    };
    let mut source = Lossy {
        records: vec![exit(7), exit(7), exit(8), exit(9)],
        lost: 0,
    };
    let json = Memory::default();
    let mut pipeline = Pipeline::new(engine(policies(), "box"), json_output(&json), None);
    pipeline.tell_losses_by(Box::new(|pid| if pid == 8 { 3 } else { 0 }));
    while pipeline.poll(&mut source, Duration::ZERO).unwrap() != Poll::End {}
    pipeline.finish(&[]).1.unwrap();
    let lines = json.text();
    let lines = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let detections = lines.filter(|line: &serde_json::Value| line["type"] == "detection");
    let seen: Vec<_> = detections
        .map(|line| (line["complete"].as_bool(), line["lost"].as_u64()))
        .collect();
    // A run that was skipped may have been for any of them.
    let expected = [(true, 0), (false, 1), (false, 4), (false, 1)];
    assert_eq!(
        seen,
        expected.map(|(complete, lost)| (Some(complete), Some(lost)))
    );
}

/// A scope on containers is for what tells of them, too.
#[test]
fn events_of_containers_are_of_their_container() {
    let policy = r#"policy p {
        scope container.name == "web";
        select existing_container, container_create, container_remove where not proc.host_pid == 1;
    }"#;
    let json = Memory::default();
    let policies = crate::harness::policies(policy);
    let mut pipeline = Pipeline::new(engine(policies, "box"), json_output(&json), None);
    let records = Records::new(&schema());
    for (cgroup_id, name) in [(7, "web"), (8, "db")] {
        let container = Container {
            id: format!("{name}-1"),
            name: name.to_owned(),
            ..Container::default()
        };
        let header = RecordHeader {
            cgroup_id,
            ..RecordHeader::default()
        };
        let told = records.told(&container, false, &header).unwrap();
        pipeline.take(told.as_bytes()).unwrap();
        let removed = records.removed(&container, &header).unwrap();
        pipeline.take(removed.as_bytes()).unwrap();
    }
    pipeline.finish(&[]).1.unwrap();
    let text = json.text();
    let events: Vec<&str> = text.lines().collect();
    assert_eq!(events.len(), 2, "{text}");
    assert!(events[0].contains(r#""eventName":"container_create""#));
    assert!(events[1].contains(r#""eventName":"container_remove""#));
    let of_web = r#""container":{"id":"web-1","name":"web"}"#;
    assert!(events.iter().all(|event| event.contains(of_web)), "{text}");
}

#[test]
fn control_groups_that_were_not_found_are_in_the_summary() {
    let root = tempfile::tempdir().unwrap();
    let mount = root.path().join("sys/fs/cgroup");
    std::fs::create_dir_all(&mount).unwrap();
    std::fs::write(mount.join("cgroup.controllers"), "").unwrap();
    let layouts = tracee_runtime::record::Layouts::new(&schema());
    let mut exit = RecordBuilder::new(layouts.get(id("sched_process_exit")).unwrap());
    exit.header.cgroup_id = u64::MAX;
    let json = Memory::default();
    let mut pipeline = Pipeline::new(engine(policies(), "box"), json_output(&json), None);
    pipeline.look_for_containers(CgroupLookup::new(&schema(), root.path(), 0));
    pipeline.take(exit.build().as_bytes()).unwrap();
    let (summary, result) = pipeline.finish(&[]);
    result.unwrap();
    assert_eq!(
        summary.lines().last().unwrap(),
        "containers unknown: 0 control groups were forgotten to make place, 1 were not found when \
         their first event was read"
    );
}

/// Takes so many bytes, then says that nobody reads any more.
struct Closing(usize);

impl io::Write for Closing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0 < bytes.len() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.0 -= bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_closed_output_ends_the_run_and_leaves_a_summary() {
    let mut source = replay(WEB);
    let writer = WholeWriter::new("stdout", Closing(10));
    let outputs = Outputs(vec![Box::new(JsonOutput::new(writer))]);
    let mut pipeline = Pipeline::new(engine(policies(), "box"), outputs, None);
    let error = pipeline.poll(&mut source, Duration::ZERO).unwrap_err();
    assert!(
        matches!(error, RunError::Output(WriteError::Closed(_))),
        "{error}"
    );
    assert_eq!(error.to_string(), "whoever read stdout stopped reading");
    let (summary, _) = pipeline.finish(&[]);
    assert!(!summary.detections.is_empty());
}

#[test]
fn the_table_in_colour() {
    let mut source = replay(WEB);
    let table = Memory::default();
    let writer = WholeWriter::new("table", table.clone());
    let outputs = Outputs(vec![Box::new(TableOutput::new(writer, true))]);
    let mut pipeline = Pipeline::new(engine(policies(), "box"), outputs, None);
    while pipeline.poll(&mut source, Duration::ZERO).unwrap() != Poll::End {}
    insta::assert_snapshot!(table.text().replace('\x1b', "<ESC>"));
}

#[test]
fn the_summary_names_what_could_not_be_used() {
    let mut file = include_str!("replay_cases/bad_lines.jsonl").to_owned();
    file += include_str!("replay_cases/aqua.jsonl");
    file += &"{\"eventName\":\"kill\",\"returnValue\":\"\\u001b[2J\"}\n".repeat(5);
    let input = Box::new(io::Cursor::new(file.into_bytes()));
    let mut source = Replay::from_reader(input, "x.jsonl", &schema(), false).unwrap();
    let mut pipeline = Pipeline::new(engine(policies(), "box"), Outputs::default(), None);
    while pipeline.poll(&mut source, Duration::ZERO).unwrap() != Poll::End {}
    let (summary, _) = pipeline.finish(&[source.report().clone()]);
    insta::assert_snapshot!(summary.lines().join("\n"));
}

#[test]
fn bad_records_are_counted() {
    let mut pipeline = Pipeline::new(engine(policies(), "box"), Outputs::default(), None);
    pipeline.take(&[0; 8]).unwrap();
    let unsound = tracee_runtime::record::RecordBuf::from_bytes(&[1; 300]);
    pipeline.take(unsound.as_bytes()).unwrap();
    let (summary, _) = pipeline.finish(&[]);
    assert_eq!(summary.bad_records, 2);
    assert!(
        summary
            .first_bad
            .unwrap()
            .starts_with("8 bytes are no record header")
    );
}
