//! The conformance corpus: what policies mean, as data (see README.md here). Every case runs on the
//! interpreter and as machine code, and through the kernel's tables in simulation. The packs of
//! examples/policies are in [`packs`].

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by it")]

mod filters;

mod packs;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tracee_compiler::matcher::Engine as Evaluator;
use tracee_compiler::{CompiledPolicy, Options, compile, simulate};
use tracee_lang::check::check_program;
use tracee_lang::check::resolve::{Loader, Program, SignaturesFound, Unloadable};
use tracee_lang::diagnostics::has_errors;
use tracee_lang::hir::PolicySet;
use tracee_lang::source::{FileId, SourceMap};
use tracee_lang::stdlib;
use tracee_runtime::engine::Engine;
use tracee_runtime::output::{JsonOutput, Outputs};
use tracee_runtime::pipeline::Pipeline;
use tracee_runtime::process_tree::internal_events;
use tracee_runtime::record::{Layouts, Record};
use tracee_runtime::replay::Replay;
use tracee_runtime::source::{Arriving, Poll, Source};
use tracee_runtime::whole_writer::WholeWriter;

/// By timestamp: the rules that matched, in order, and whether a policy selected the event.
type Outcome = BTreeMap<u64, (Vec<String>, bool)>;

#[test]
fn every_case_is_what_it_says() {
    let cases = cases();
    assert!(cases.len() >= 25, "the corpus is gone");
    for case in cases {
        let expected = expected(&case);
        let policies = policies(&case);
        for evaluator in [Evaluator::Interpreter, Evaluator::Jit] {
            let found = run(&case, &policies, evaluator, &expected);
            assert_eq!(found, expected, "{}, {evaluator:?}", case.display());
        }
    }
}

/// The kernel may pass too many events, never too few.
#[test]
fn the_kernels_tables_pass_what_matches() {
    for case in cases() {
        let expected = expected(&case);
        let compiled = compiled(&policies(&case), Evaluator::Interpreter);
        let layouts = Layouts::new(stdlib::schema());
        let mut source = replay(&case);
        let mut take = |arriving: Arriving<'_>| {
            let bytes = arriving.bytes();
            let record = Record::parse(bytes, &layouts).unwrap();
            let time = record.header().time;
            // The replay's own, which tells of the process and the container what the next event says.
            let own = record.is_internal();
            let matched = expected
                .get(&time)
                .filter(|_| !own)
                .is_some_and(|(rules, selected)| *selected || !rules.is_empty());
            // In every process tree: what the tree alone would keep back is not asked here.
            let live = simulate::selectors(&compiled.tables, record.event(), bytes, u64::MAX);
            let passes = live.iter().any(|word| *word != 0);
            assert!(passes || !matched, "{}: {time}", case.display());
        };
        while source.poll(Duration::ZERO, &mut take).unwrap() != Poll::End {}
    }
}

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/meaning");
    let entries = std::fs::read_dir(root).unwrap();
    let mut cases: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases
}

fn read(case: &Path, file: &str) -> String {
    std::fs::read_to_string(case.join(file)).unwrap_or_else(|error| {
        panic!("{}: {file}: {error}", case.display());
    })
}

fn lines(text: &str) -> impl Iterator<Item = Value> + '_ {
    text.lines().map(|line| serde_json::from_str(line).unwrap())
}

fn strings(value: &Value) -> Vec<String> {
    let all = value.as_array().unwrap().iter();
    all.map(|one| one.as_str().unwrap().to_owned()).collect()
}

fn expected(case: &Path) -> Outcome {
    let text = read(case, "expected.jsonl");
    lines(&text)
        .map(|line| {
            let selected = line["selected"].as_bool().unwrap();
            let outcome = (strings(&line["rules"]), selected);
            (line["timestamp"].as_u64().unwrap(), outcome)
        })
        .collect()
}

fn policies(case: &Path) -> PolicySet {
    let mut map = SourceMap::default();
    let file = map.add("policy.tp", read(case, "policy.tp"));
    let program = Program::load(&mut map, &[file], &mut Beside(case));
    let checked = check_program(&map, &program);
    let wrong = &checked.diagnostics;
    assert!(!has_errors(wrong), "{}: {wrong:#?}", case.display());
    checked.policies
}

/// The other files of a case, each imported once.
struct Beside<'a>(&'a Path);

impl Loader for Beside<'_> {
    fn load(&mut self, map: &mut SourceMap, _: FileId, path: &str) -> Result<FileId, Unloadable> {
        Ok(map.add(path, read(self.0, path)))
    }

    fn signatures(
        &mut self,
        map: &mut SourceMap,
        _: FileId,
        pattern: &str,
    ) -> Result<SignaturesFound, Unloadable> {
        let file = map.add(pattern, read(self.0, pattern));
        let loaded = tracee_rego::load(map, &[file]);
        Ok(SignaturesFound {
            signatures: loaded.signatures,
            diagnostics: loaded.diagnostics,
        })
    }
}

fn compiled(policies: &PolicySet, engine: Evaluator) -> CompiledPolicy {
    let schema = stdlib::schema();
    let options = Options {
        engine,
        internal: internal_events(schema),
        ..Options::default()
    };
    let (compiled, _) = compile(schema, policies, &options);
    compiled.matchers.complete();
    compiled
}

fn replay(case: &Path) -> Replay {
    let events = io::Cursor::new(read(case, "events.jsonl").into_bytes());
    let schema = Arc::new(stdlib::schema().clone());
    Replay::from_reader(Box::new(events), "events.jsonl", &schema, true).unwrap()
}

/// A file that stays in memory.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl io::Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is written of the events of a source.
fn output(
    case: &Path,
    policies: &PolicySet,
    compiled: CompiledPolicy,
    mut source: impl Source,
) -> String {
    let schema = Arc::new(stdlib::schema().clone());
    let host = replay(case).host().unwrap_or_default().to_owned();
    let engine = Engine::new(
        schema,
        Arc::new(policies.clone()),
        &compiled.plan,
        compiled.matchers,
        &host,
    );
    let memory = Memory::default();
    let json = JsonOutput::new(WholeWriter::new("json", memory.clone()));
    let mut pipeline = Pipeline::new(engine, Outputs(vec![Box::new(json)]), None);
    while pipeline.poll(&mut source, Duration::ZERO).unwrap() != Poll::End {}
    pipeline.finish(&[]).1.unwrap();
    String::from_utf8(memory.0.lock().unwrap().clone()).unwrap()
}

/// What the policies make of the case's events.
fn run(case: &Path, policies: &PolicySet, evaluator: Evaluator, expected: &Outcome) -> Outcome {
    let compiled = compiled(policies, evaluator);
    assert_eq!(compiled.matchers.engine(), evaluator, "{}", case.display());
    let text = output(case, policies, compiled, replay(case));

    let mut found: Outcome = expected
        .keys()
        .map(|time| (*time, Default::default()))
        .collect();
    for line in lines(&text) {
        let outcome = found.get_mut(&line["timestamp"].as_u64().unwrap()).unwrap();
        if line["type"] == "detection" {
            outcome.0.push(line["rule"].as_str().unwrap().to_owned());
            continue;
        }
        outcome.1 = true;
    }
    found
}
