//! Runs policies over files, into memory.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tracee_compiler::{Options, compile};
use tracee_lang::check::check;
use tracee_lang::diagnostics::has_errors;
use tracee_lang::hir::PolicySet;
use tracee_lang::schema::{EventId, Schema};
use tracee_lang::source::SourceMap;
use tracee_runtime::engine::Engine;
use tracee_runtime::output::{JsonForm, JsonOutput, Outputs, TableOutput};
use tracee_runtime::pipeline::Pipeline;
use tracee_runtime::process_tree::internal_events;
use tracee_runtime::replay::Replay;
use tracee_runtime::source::Poll;
use tracee_runtime::summary::Summary;
use tracee_runtime::whole_writer::WholeWriter;

/// A file that stays in memory.
#[derive(Clone, Default)]
pub(crate) struct Memory(Arc<Mutex<Vec<u8>>>);

impl Memory {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) fn schema() -> Arc<Schema> {
    Arc::new(tracee_lang::stdlib::schema().clone())
}

pub(crate) fn id(name: &str) -> EventId {
    tracee_lang::stdlib::schema().event_named(name).unwrap().id
}

/// Policies from text without errors.
pub(crate) fn policies(text: &str) -> PolicySet {
    let mut map = SourceMap::default();
    let file = map.add("test.tp", text);
    let checked = check(&map, &[file]);
    assert!(
        !has_errors(&checked.diagnostics),
        "{:?}",
        checked.diagnostics
    );
    checked.policies
}

/// A policy that selects every event of the schema.
pub(crate) fn select_all() -> PolicySet {
    let events = tracee_lang::stdlib::schema().events.iter();
    let names: Vec<_> = events.map(|event| event.name.as_str()).collect();
    policies(&format!("policy every {{ select {}; }}", names.join(", ")))
}

pub(crate) fn engine(policies: PolicySet, host: &str) -> Engine {
    let schema = schema();
    let options = Options {
        internal: internal_events(&schema),
        ..Options::default()
    };
    let (compiled, diagnostics) = compile(&schema, &policies, &options);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    compiled.matchers.complete();
    Engine::new(
        schema,
        Arc::new(policies),
        &compiled.plan,
        compiled.matchers,
        host,
    )
}

/// A file of JSON lines as a source.
pub(crate) fn replay(file: &str) -> Replay {
    let input = io::Cursor::new(file.as_bytes().to_vec());
    Replay::from_reader(Box::new(input), "x.jsonl", &schema(), true).unwrap()
}

/// JSON lines into this memory.
pub(crate) fn json_output(memory: &Memory) -> Outputs {
    Outputs(vec![Box::new(JsonOutput::new(WholeWriter::new(
        "json",
        memory.clone(),
    )))])
}

/// Runs a file through policies; returns JSON of this form.
pub(crate) fn run_in(form: JsonForm, file: &str, policies: PolicySet) -> String {
    let mut source = replay(file);
    let host = source.host().unwrap_or_default().to_owned();
    let json = Memory::default();
    let writer = WholeWriter::new("json", json.clone());
    let outputs = Outputs(vec![Box::new(JsonOutput::in_form(form, writer))]);
    let mut pipeline = Pipeline::new(engine(policies, &host), outputs, None);
    while pipeline.poll(&mut source, Duration::ZERO).unwrap() != Poll::End {}
    let (_, result) = pipeline.finish(&[source.report().clone()]);
    result.unwrap();
    json.text()
}

/// Runs a file through policies; returns JSON, table and summary.
pub(crate) fn run(file: &str, policies: PolicySet) -> (String, String, Summary) {
    let mut source = replay(file);
    let host = source.host().unwrap_or_default().to_owned();
    let (json, table) = (Memory::default(), Memory::default());
    let outputs = Outputs(vec![
        Box::new(JsonOutput::new(WholeWriter::new("json", json.clone()))),
        Box::new(TableOutput::new(
            WholeWriter::new("table", table.clone()),
            false,
        )),
    ]);
    let mut pipeline = Pipeline::new(engine(policies, &host), outputs, None);
    while pipeline.poll(&mut source, Duration::ZERO).unwrap() != Poll::End {}
    let (summary, result) = pipeline.finish(&[source.report().clone()]);
    result.unwrap();
    (json.text(), table.text(), summary)
}
