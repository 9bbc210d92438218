//! Policy packs of examples/policies: what each says of its recording is what its `detections.jsonl` has, byte
//! for byte, on the interpreter and as machine code, of all events and of those that the kernel's tables
//! pass.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tracee_compiler::matcher::Engine as Evaluator;
use tracee_compiler::simulate;
use tracee_compiler::tables::FilterTables;
use tracee_lang::schema::{EventId, Hook};
use tracee_lang::stdlib;
use tracee_runtime::process_tree::internal_events;
use tracee_runtime::record::{Layouts, Record};
use tracee_runtime::replay::Replay;
use tracee_runtime::source::{Arriving, Lost, Poll, Source};

use super::{compiled, output, policies, read, replay};

/// What a pack has beside its policy.
const FILES: [&str; 4] = ["README.md", "tests.tp", "events.jsonl", "detections.jsonl"];

#[test]
fn packs_detect_what_they_say() {
    let packs = packs();
    assert!(packs.len() >= 7, "packs are gone");
    for pack in packs {
        let policies = policies(&pack);
        let expected = read(&pack, "detections.jsonl");
        assert!(expected.lines().count() >= 5, "{}", pack.display());
        for evaluator in [Evaluator::Interpreter, Evaluator::Jit] {
            let compiled = compiled(&policies, evaluator);
            assert_eq!(compiled.matchers.engine(), evaluator);
            let tables = compiled.tables.clone();
            let found = output(&pack, &policies, compiled, replay(&pack));
            assert_eq!(found, expected, "{}, {evaluator:?}: {HELP}", pack.display());
            let kernel = Kernel::new(replay(&pack), tables);
            let compiled = super::compiled(&policies, evaluator);
            let found = output(&pack, &policies, compiled, kernel);
            assert_eq!(
                found,
                expected,
                "{}, {evaluator:?}, filtered",
                pack.display()
            );
        }
    }
}

#[test]
fn packs_are_whole() {
    for pack in packs() {
        for file in FILES {
            assert!(!read(&pack, file).is_empty(), "{}: {file}", pack.display());
        }
        let name = pack.file_name().and_then(|name| name.to_str()).unwrap();
        let readme = read(&pack, "README.md");
        let policies = policies(&pack);
        let policy = policies.policies.first().unwrap();
        assert_eq!(policy.name, name);
        for rule in policy.rules.iter().filter(|rule| rule.used.is_none()) {
            let row = format!("| `{}` | {} | ", rule.qualified_name, rule.severity.name());
            assert!(readme.contains(&row), "{name}: {row}");
        }
    }
}

const HELP: &str =
    "if it should differ, `tracee run PACK/policy.tp --replay PACK/events.jsonl --output json`";

fn packs() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/policies");
    let entries = std::fs::read_dir(root).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut packs: Vec<_> = paths.filter(|path| path.is_dir()).collect();
    packs.sort();
    packs
}

/// A replay of which the kernel's tables, in simulation, keep back what they would live.
struct Kernel {
    replay: Replay,
    tables: FilterTables,
    layouts: Layouts,
    /// Events that no filter is for: the process tree is kept from them, or userland makes them.
    unfiltered: Vec<EventId>,
}

impl Kernel {
    fn new(replay: Replay, tables: FilterTables) -> Self {
        let schema = stdlib::schema();
        let events = schema.events.iter();
        let made = events.filter(|event| event.hooks.iter().all(|hook| *hook == Hook::Userland));
        let mut unfiltered = internal_events(schema);
        unfiltered.extend(made.map(|event| event.id));
        Self {
            replay,
            tables,
            layouts: Layouts::new(schema),
            unfiltered,
        }
    }
}

impl Source for Kernel {
    fn poll(
        &mut self,
        timeout: Duration,
        take: &mut dyn FnMut(Arriving<'_>),
    ) -> Result<Poll, Box<dyn Error + Send + Sync>> {
        let Self {
            replay,
            tables,
            layouts,
            unfiltered,
        } = self;
        replay.poll(timeout, &mut |arriving| {
            let bytes = arriving.bytes();
            let record = Record::parse(bytes, layouts).unwrap();
            let event = record.event();
            let live = simulate::selectors(tables, event, bytes, u64::MAX);
            let passes = live.iter().any(|word| *word != 0);
            if passes || record.is_internal() || unfiltered.contains(&event) {
                take(arriving);
            }
        })
    }

    fn losses(&mut self) -> Vec<Lost> {
        self.replay.losses()
    }
}

#[test]
fn the_tables_keep_something_back() {
    let pack = packs().remove(0);
    let compiled = compiled(&policies(&pack), Evaluator::Interpreter);
    let mut kernel = Kernel::new(replay(&pack), compiled.tables);
    let mut passed = 0;
    while kernel.poll(Duration::ZERO, &mut |_| passed += 1).unwrap() != Poll::End {}
    let mut all = 0;
    let mut replay = replay(&pack);
    while replay.poll(Duration::ZERO, &mut |_| all += 1).unwrap() != Poll::End {}
    assert!(passed < all, "{passed} of {all}");
}
