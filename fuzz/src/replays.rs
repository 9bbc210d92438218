//! Whatever is in a file to replay, it is read in bounds, in pieces of any size as the same, and what goes out is JSON.

use std::cell::RefCell;
use std::io::{self, BufReader, Read, Write};
use std::rc::Rc;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use tracee_compiler::{Options, compile, matcher};
use tracee_lang::check::check;
use tracee_lang::diagnostics::has_errors;
use tracee_lang::schema::Schema;
use tracee_lang::source::SourceMap;
use tracee_lang::stdlib;
use tracee_runtime::engine::{Engine, Handled};
use tracee_runtime::output::{JsonForm, JsonOutput, Output as _, Outputs, TableOutput};
use tracee_runtime::process_tree::internal_events;
use tracee_runtime::record::{Layouts, Record};
use tracee_runtime::recording::{Header, MAGIC, VERSION};
use tracee_runtime::replay::{Replay, ReplayReport};
use tracee_runtime::source::{Arriving, Poll, Source as _};
use tracee_runtime::whole_writer::WholeWriter;
use zerocopy::IntoBytes as _;

static SCHEMA: LazyLock<Arc<Schema>> = LazyLock::new(|| Arc::new(stdlib::schema().clone()));
static LAYOUTS: LazyLock<Layouts> = LazyLock::new(|| Layouts::new(&SCHEMA));
/// The begin of a recording of today's events.
static HEADER: LazyLock<Vec<u8>> = LazyLock::new(header);

/// Rules that look at more than an event says of itself.
const RULES: &str = r#"
policy standard { use std.*; }
policy others {
  rule above { on openat where any a in proc.ancestors { a.comm prefix "s" }; }
  rule around {
    on openat where container.name == "web" or proc.parent.exe != "/bin/sh";
    message "{proc.comm} opened {pathname}";
    output { parent = proc.parent.exe; pod = pod.name; }
  }
  rule within { on sched_process_exec where any a in argv { a == "-c" }; }
}
"#;

fn header() -> Vec<u8> {
    let header = Header::new(&SCHEMA, "host", 1, |_| true);
    let mut json = serde_json::to_vec(&header).unwrap_or_default();
    json.resize(json.len().next_multiple_of(8), b' ');
    let length = u32::try_from(json.len()).unwrap_or_default();
    let begin = [&VERSION.to_ne_bytes()[..], &length.to_ne_bytes()];
    [&MAGIC[..], &begin.concat(), &json].concat()
}

/// Replays a file.
pub(crate) fn is_read(file: &[u8]) {
    let Some(whole) = read(Box::new(io::Cursor::new(file.to_vec()))) else {
        return;
    };
    for size in [1, 100] {
        let pieces = Pieces {
            left: file.to_vec().into(),
            size,
        };
        let pieces = read(Box::new(BufReader::with_capacity(128, pieces)));
        assert_eq!(Some(&whole), pieces.as_ref(), "in pieces of {size}");
    }
    if let Some(escaped) = escaped(file) {
        let escaped = read(Box::new(io::Cursor::new(escaped)));
        let records = escaped.map(|of| (of.records, of.report.bad, of.report.detections));
        let of = (
            whole.records.clone(),
            whole.report.bad,
            whole.report.detections,
        );
        assert_eq!(records, Some(of), "with an escaped key in each line");
    }
    goes_out(&whole.records);
}

/// Replays records behind the header of a recording of today's events.
pub(crate) fn are_records(records: &[u8]) {
    is_read(&[&HEADER, records].concat());
}

/// A file that is read so many bytes at a time.
struct Pieces {
    left: std::collections::VecDeque<u8>,
    size: usize,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = buffer.len().min(self.size);
        self.left.read(&mut buffer[..size])
    }
}

/// What a file comes to.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    records: Vec<Vec<u8>>,
    report: ReplayReport,
}

/// Reads all. None if it is no file to replay.
fn read(file: Box<dyn io::BufRead>) -> Option<Found> {
    let mut replay = Replay::from_reader(file, "file", &SCHEMA, false).ok()?;
    let mut records = Vec::new();
    let mut take = |record: Arriving<'_>| {
        let bytes = record.bytes();
        if let Arriving::Checked(_) = record {
            let checked = Record::parse(bytes, &LAYOUTS);
            assert!(checked.is_ok(), "{:?} of {bytes:?}", checked.err());
        }
        records.push(bytes.to_vec());
    };
    // What is packed may end with an error, at the same record each time.
    while let Ok(polled) = replay.poll(Duration::ZERO, &mut take) {
        if polled == Poll::End {
            break;
        }
    }
    let report = replay.report().clone();
    Some(Found { records, report })
}

/// Lines of JSON that say the same, and that only a parser of all of JSON takes.
fn escaped(file: &[u8]) -> Option<Vec<u8>> {
    file.starts_with(b"{").then(|| {
        let mut escaped = Vec::new();
        for line in file.split_inclusive(|&byte| byte == b'\n') {
            match line {
                [b'{', b'"', letter, rest @ ..] if letter.is_ascii_alphanumeric() => {
                    escaped.extend_from_slice(format!("{{\"\\u{letter:04x}").as_bytes());
                    escaped.extend_from_slice(rest);
                }
                _ => escaped.extend_from_slice(line),
            }
        }
        escaped
    })
}

/// Memory that an output writes into.
#[derive(Clone, Default)]
struct Memory(Rc<RefCell<Vec<u8>>>);

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Policies that run, and where they write to.
struct Run {
    engine: Engine,
    outputs: Outputs,
    json: Vec<Memory>,
}

thread_local! {
    static RUN: RefCell<Run> = RefCell::new(Run::new());
}

impl Run {
    fn new() -> Self {
        let names: Vec<&str> = SCHEMA
            .events
            .iter()
            .map(|event| event.name.as_str())
            .collect();
        let every = format!("policy every {{ select {}; }}", names.join(", "));
        let mut map = SourceMap::default();
        let files = [map.add("rules.tp", RULES), map.add("every.tp", every)];
        let checked = check(&map, &files);
        assert!(
            !has_errors(&checked.diagnostics),
            "{:?}",
            checked.diagnostics
        );
        let options = Options {
            internal: internal_events(&SCHEMA),
            engine: matcher::Engine::Interpreter,
            ..Options::default()
        };
        let (compiled, diagnostics) = compile(&SCHEMA, &checked.policies, &options);
        assert!(!has_errors(&diagnostics), "{diagnostics:?}");
        let engine = Engine::new(
            Arc::clone(&SCHEMA),
            Arc::new(checked.policies),
            &compiled.plan,
            compiled.matchers,
            "host",
        );
        let mut outputs = Outputs::default();
        let mut json = Vec::new();
        for form in [JsonForm::Native, JsonForm::Aqua, JsonForm::AquaV1] {
            let memory = Memory::default();
            let writer = WholeWriter::new("json", memory.clone());
            outputs.0.push(Box::new(JsonOutput::in_form(form, writer)));
            json.push(memory);
        }
        let table = WholeWriter::new("table", io::sink());
        outputs.0.push(Box::new(TableOutput::new(table, false)));
        Self {
            engine,
            outputs,
            json,
        }
    }
}

/// Records are taken, and what is said of them is JSON, a value a line.
fn goes_out(records: &[Vec<u8>]) {
    RUN.with_borrow_mut(|run| {
        run.engine.reset();
        for memory in &run.json {
            memory.0.borrow_mut().clear();
        }
        for record in records {
            // The bytes of a record begin at a multiple of 8.
            let words: Vec<u64> = record.chunks(8).map(word).collect();
            let handled = run.engine.handle(words.as_bytes(), &mut run.outputs);
            assert!(
                matches!(handled, Ok(Handled::Done)),
                "{handled:?} of {record:?}"
            );
        }
        assert!(run.outputs.flush().is_ok());
        for memory in &run.json {
            for line in memory.0.borrow().split_inclusive(|&byte| byte == b'\n') {
                let value = serde_json::from_slice::<serde_json::Value>(line);
                let shown = String::from_utf8_lossy(line);
                assert!(
                    value.is_ok() && line.ends_with(b"\n"),
                    "{value:?} of {shown}"
                );
            }
        }
    });
}

fn word(bytes: &[u8]) -> u64 {
    bytes.try_into().map(u64::from_ne_bytes).unwrap_or_default()
}
