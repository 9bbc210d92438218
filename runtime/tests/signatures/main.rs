//! OPA signatures that were made conditions against regorus: the same detections, with the same outputs, and
//! the same errors, for random events that are close to what signatures ask for.
//!
//! `cargo xtask agreement --rego` runs as many cases as one likes: pairs of a signature and an event that it
//! selects.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "helpers of tests, too, fail by panicking"
)]

mod chance;
mod corrupt;
mod corrupted;
mod events;
mod literals;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tracee_compiler::{Options, compile};
use tracee_lang::check::check_program;
use tracee_lang::check::resolve::{Loader, Program, SignaturesFound, Unloadable};
use tracee_lang::diagnostics::has_errors;
use tracee_lang::hir::{On, PolicySet};
use tracee_lang::schema::{Event, EventId};
use tracee_lang::signature::Decision;
use tracee_lang::source::{FileId, SourceMap};
use tracee_lang::stdlib::schema;
use tracee_rego::lower;
use tracee_runtime::engine::{Detection, Engine, MatchedEvent};
use tracee_runtime::output::Output;
use tracee_runtime::record::Layouts;
use tracee_runtime::whole_writer::WriteError;

use events::{Made, Maker};

/// Where the signatures are.
const FOLDERS: &[&str] = &[
    "rego/tests/contract",
    "rego/tests/lowering",
    "examples/signatures",
];
/// Those that cost a whole budget, after which they are left alone for some events, or select every event.
const LEFT_OUT: &[&str] = &["fails.rego", "every_event.rego"];

/// A number from the environment.
fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn files() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for folder in FOLDERS {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let wanted = name.ends_with(".rego") && !name.ends_with("_test.rego");
            if wanted && !LEFT_OUT.contains(&name.as_str()) {
                found.push((
                    format!("{folder}/{name}"),
                    fs::read_to_string(path).unwrap(),
                ));
            }
        }
    }
    found.sort();
    found
}

struct Files(Vec<FileId>);

impl Loader for Files {
    fn load(&mut self, _: &mut SourceMap, _: FileId, _: &str) -> Result<FileId, Unloadable> {
        Err(Unloadable::from("nothing is imported".to_owned()))
    }

    fn signatures(
        &mut self,
        map: &mut SourceMap,
        _: FileId,
        _: &str,
    ) -> Result<SignaturesFound, Unloadable> {
        let loaded = tracee_rego::load(map, &self.0);
        Ok(SignaturesFound {
            signatures: loaded.signatures,
            diagnostics: loaded.diagnostics,
        })
    }
}

fn policies(files: &[(String, String)]) -> PolicySet {
    let mut map = SourceMap::default();
    let ids = files
        .iter()
        .map(|(name, text)| map.add(name.clone(), text.clone()));
    let mut files = Files(ids.collect());
    let text = "import rego \"all\" as opa;\npolicy rego { use opa.*; }\n";
    let id = map.add("p.tp".to_owned(), text.to_owned());
    let program = Program::load(&mut map, &[id], &mut files);
    let checked = check_program(&map, &program);
    assert!(
        !has_errors(&checked.diagnostics),
        "{:?}",
        checked.diagnostics
    );
    checked.policies
}

fn engine(policies: &PolicySet) -> Engine {
    let (compiled, said) = compile(schema(), policies, &Options::default());
    assert!(!has_errors(&said), "{said:?}");
    compiled.matchers.complete();
    let schema = Arc::new(schema().clone());
    Engine::new(
        schema,
        Arc::new(policies.clone()),
        &compiled.plan,
        compiled.matchers,
        "host",
    )
}

/// What was detected: rules with their outputs.
#[derive(Default)]
struct Said(Vec<(String, Option<String>)>);

impl Output for Said {
    fn event(&mut self, _: &MatchedEvent<'_>) -> Result<(), WriteError> {
        Ok(())
    }

    fn detection(&mut self, detection: &Detection<'_>) -> Result<(), WriteError> {
        let data = detection.signature.and_then(|said| said.data);
        let data = data.map(ToString::to_string);
        self.0.push((detection.rule.name.clone(), data));
        Ok(())
    }

    fn flush(&mut self) -> Result<(), WriteError> {
        Ok(())
    }
}

/// How the signatures on events are decided, and how many of each.
fn decided(policies: &PolicySet) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for on in clauses(policies) {
        let word = match on.decision.as_deref() {
            Some(Decision::Compiled { .. }) => "compiled",
            Some(Decision::Guarded { .. }) => "guarded",
            Some(Decision::Interpreted { .. }) | None => "interpreted",
        };
        *counts.entry(word).or_default() += 1;
    }
    counts
}

/// The events that signatures are on, each with how many are.
fn selected(policies: &PolicySet) -> Vec<(&'static Event, u64)> {
    let mut events: BTreeMap<EventId, u64> = BTreeMap::new();
    for on in clauses(policies) {
        *events.entry(on.event).or_default() += 1;
    }
    let events = events.into_iter();
    let known = |(id, count)| (schema().event(id).unwrap(), count);
    events.map(known).collect()
}

fn clauses(policies: &PolicySet) -> impl Iterator<Item = &On> {
    let rules = policies.policies.iter().flat_map(|policy| &policy.rules);
    rules.flat_map(|rule| &rule.on)
}

/// What an engine detects in an event.
fn detected(engine: &mut Engine, made: &Made) -> Vec<(String, Option<String>)> {
    let mut output = Said::default();
    let view = made.view();
    engine
        .handle_watched(
            made.record.as_bytes(),
            Some(&view.process),
            &mut |_| {},
            &mut output,
        )
        .unwrap();
    output.0
}

#[test]
fn conditions_say_what_regorus_says() {
    let cases = number("TRACEE_SIGNATURES_CASES", 20_000);
    let seed = number("TRACEE_SIGNATURES_SEED", 0);
    let files = files();
    let plain = policies(&files);
    let mut lowered = plain.clone();
    lower::apply(&mut lowered, schema());
    let counts = decided(&lowered);
    let (mut asked, mut decided) = (engine(&plain), engine(&lowered));
    let events = selected(&plain);
    let layouts = Layouts::new(schema());
    let maker = Maker::new(&layouts, &files, seed);
    let (mut compared, mut matched) = (0, 0);
    let mut number = 0;
    while compared < cases {
        let (event, signatures) = events[usize::try_from(number).unwrap() % events.len()];
        let made = maker.event(event, number);
        let (first, second) = (detected(&mut asked, &made), detected(&mut decided, &made));
        assert!(
            first == second,
            "seed {seed}, event {number}: regorus says {first:?}, conditions say {second:?} of {made:#?}"
        );
        if number % 512 == 0 {
            assert_eq!(
                asked.unanswered(),
                decided.unanswered(),
                "seed {seed}, before {number}"
            );
        }
        matched += first.len();
        compared += signatures;
        number += 1;
    }
    assert_eq!(asked.unanswered(), decided.unanswered(), "seed {seed}");
    assert!(matched > 0);
    println!(
        "{compared} cases agree, of which {matched} match; seed {seed}; signatures on events: {counts:?}"
    );
}
