//! Events that come of looking at the kernel's memory: tables of functions that point somewhere else than they should,
//! modules that the kernel has and does not tell of. Nothing is attached; the programs
//! `inspect_memory` and `inspect_modules` (ebpf/bpf/programs/inspect.h) read, [`Integrity`] says when, and judges.
//!
//! ```text
//! /proc/kallsyms ─symbols→ addresses ─memory→ words, modules ─pointers, modules→ findings → records
//! ```
//!
//! It is done when tracing begins, after each module has begun, and every ten minutes, and only for events that a
//! policy wants. What was found is said once, and again only if it has changed.

mod memory;
mod modules;
mod pointers;
mod symbols;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tracee_compiler::tables::FilterTables;
use tracee_ebpf::abi::{self, RecordHeader};
use tracee_lang::schema::{EventId, Schema};
use zerocopy::FromBytes;

use super::object::Object;
use crate::record::{Layout, RecordBuf, RecordBuilder};
use memory::Memory;
use modules::Seeker;
use pointers::Hooked;
use symbols::Symbols;

pub(super) use memory::{MEMORY, MODULES};

const HOOKED_PROC_FOPS: EventId = EventId(765);
const HOOKED_SYSCALL: EventId = EventId(2020);
const HOOKED_SEQ_OPS: EventId = EventId(2021);
const HIDDEN_KERNEL_MODULE: EventId = EventId(2024);
const CHECKS: [EventId; 4] = [
    HOOKED_PROC_FOPS,
    HOOKED_SYSCALL,
    HOOKED_SEQ_OPS,
    HIDDEN_KERNEL_MODULE,
];

/// do_init_module, after which a module may have changed what it wants.
pub(super) const MODULE_BEGAN: EventId = EventId(762);

/// How long all may stay as it is without being looked at.
const PERIOD: Duration = Duration::from_secs(600);

/// From a module's begin, where its end is not known, and between two looks at what is hidden: whatever is just made
/// or removed is somewhere else by then.
const SOON: Duration = Duration::from_secs(1);

/// Whether an event comes of looking at the kernel's memory.
pub(super) fn is_check(event: EventId) -> bool {
    CHECKS.contains(&event)
}

/// The programs that a check needs.
pub(super) fn programs(event: EventId) -> &'static [&'static str] {
    match event {
        HIDDEN_KERNEL_MODULE => &[MEMORY, MODULES],
        _ => &[MEMORY],
    }
}

/// Why a check can't be made, whatever the programs say.
pub(super) fn precondition(event: EventId) -> Result<(), String> {
    if event == HIDDEN_KERNEL_MODULE && !has_modules() {
        return Err("this kernel takes no modules".into());
    }
    symbols::check()?;
    // Of a check that looks at several, those that a kernel has.
    let needed: &[&[&str]] = match event {
        HOOKED_SYSCALL => &[&[pointers::SYSCALLS]],
        HOOKED_SEQ_OPS => &[&pointers::SEQUENCES],
        HOOKED_PROC_FOPS => &[&pointers::DIRECTORIES],
        _ => &[&[modules::LIST], &[modules::SET], &[modules::TREE]],
    };
    let symbols = Symbols::of_kernel()?;
    needed.iter().try_for_each(|any| symbols.need(any))
}

/// Whether what a policy wants is looked at when a module has begun.
pub(super) fn follows_modules(tables: &FilterTables) -> bool {
    has_modules() && tables.events.iter().any(|(event, _)| is_check(*event))
}

/// Whether modules can begin.
pub(super) fn has_modules() -> bool {
    Path::new(modules::TOLD).exists()
}

/// What is looked at, when, and what was said of it.
#[derive(Debug)]
pub(super) struct Integrity {
    wanted: Vec<EventId>,
    due: Option<Instant>,
    seeker: Seeker,
    said: BTreeSet<Said>,
    failures: u64,
}

/// Something that was found, as the arguments of its event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Said {
    event: EventId,
    arguments: Vec<(&'static str, Value)>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    Text(String),
    List(Vec<String>),
}

impl Integrity {
    /// One that looks at nothing yet.
    pub(super) fn new() -> Self {
        Self {
            wanted: Vec::new(),
            due: None,
            seeker: Seeker::default(),
            said: BTreeSet::new(),
            failures: 0,
        }
    }

    /// From now on looks at what these events need; what was not wanted until now, at once.
    pub(super) fn want(&mut self, events: impl Iterator<Item = EventId>) {
        let wanted: Vec<_> = events.filter(|event| is_check(*event)).collect();
        if wanted.iter().any(|event| !self.wanted.contains(event)) {
            self.due = Some(Instant::now());
        }
        let of_wanted = |said: &Said| wanted.contains(&said.event);
        self.said.retain(of_wanted);
        self.wanted = wanted;
    }

    /// Takes notice of a record: a module may have begun.
    pub(super) fn notice(&mut self, record: &[u8]) {
        let Ok((header, _)) = RecordHeader::ref_from_prefix(record) else {
            return;
        };
        if self.wanted.is_empty() || header.event != MODULE_BEGAN.0 {
            return;
        }
        let has_ended = header.flags & abi::RECORD_RETVAL != 0;
        self.look_in(if has_ended { Duration::ZERO } else { SOON });
    }

    fn look_in(&mut self, wait: Duration) {
        let at = Instant::now() + wait;
        self.due = Some(self.due.map_or(at, |due| due.min(at)));
    }

    /// Looks, if it is time to, and hands over a record of each thing that was not said before. Returns how many.
    pub(super) fn look(
        &mut self,
        object: &mut Object,
        schema: &Schema,
        take: &mut dyn FnMut(&[u8]),
    ) -> usize {
        if self.wanted.is_empty() || self.due.is_none_or(|due| due > Instant::now()) {
            return 0;
        }
        self.due = None;
        self.look_in(PERIOD);
        let found = match self.findings(object, schema) {
            Ok(found) => found,
            Err(_) => {
                self.failures += 1;
                return 0;
            }
        };
        let mut count = 0;
        for said in &found {
            if !self.said.contains(said)
                && let Some(record) = said.record(schema)
            {
                take(record.as_bytes());
                count += 1;
            }
        }
        self.said = found;
        count
    }

    /// How often the kernel's memory could not be read.
    pub(super) fn failures(&self) -> u64 {
        self.failures
    }

    fn wants(&self, event: EventId) -> bool {
        self.wanted.contains(&event)
    }

    fn findings(&mut self, object: &mut Object, schema: &Schema) -> Result<BTreeSet<Said>, String> {
        let symbols = Symbols::of_kernel()?;
        let mut memory = Memory::new(object);
        let mut found = BTreeSet::new();
        let mut hooked = Vec::new();
        if self.wants(HOOKED_SYSCALL) {
            hooked.extend(pointers::syscalls(symbols, &mut memory, schema)?);
        }
        if self.wants(HOOKED_SEQ_OPS) {
            hooked.extend(pointers::sequences(symbols, &mut memory)?);
        }
        if self.wants(HOOKED_PROC_FOPS) {
            hooked.extend(pointers::files(symbols, &mut memory)?);
        }
        if !hooked.is_empty() {
            found.extend(said_of_pointers(&hooked)?);
        }
        if self.wants(HIDDEN_KERNEL_MODULE) {
            let (hidden, again) = self.seeker.seek(symbols, &mut memory)?;
            if again {
                self.look_in(SOON);
            }
            found.extend(hidden.into_iter().map(|module| Said {
                event: HIDDEN_KERNEL_MODULE,
                arguments: vec![
                    ("address", Value::Text(format!("{:x}", module.address))),
                    ("name", Value::Text(module.name)),
                    ("srcversion", Value::Text(module.source)),
                ],
            }));
        }
        Ok(found)
    }
}

/// Events of pointers: a syscall's has one each, a table of functions' all of them.
fn said_of_pointers(hooked: &[Hooked]) -> Result<Vec<Said>, String> {
    let addresses: Vec<_> = hooked.iter().map(|hooked| hooked.address).collect();
    let places = symbols::places(&addresses)?;
    let mut said = Vec::new();
    let (mut sequences, mut files) = (Vec::new(), Vec::new());
    for (hooked, place) in hooked.iter().zip(places) {
        let named = format!("{}: {} [{}]", hooked.name, place.function, place.owner);
        match hooked.event {
            HOOKED_SEQ_OPS => sequences.push(named),
            HOOKED_PROC_FOPS => files.push(named),
            event => said.push(Said {
                event,
                arguments: vec![
                    ("syscall", Value::Text(hooked.name.clone())),
                    ("address", Value::Text(format!("{:x}", hooked.address))),
                    ("function", Value::Text(place.function)),
                    ("owner", Value::Text(place.owner)),
                ],
            }),
        }
    }
    let lists = [
        (HOOKED_SEQ_OPS, "hooked_seq_ops", sequences),
        (HOOKED_PROC_FOPS, "hooked_fops_pointers", files),
    ];
    let lists = lists.into_iter().filter(|(.., list)| !list.is_empty());
    said.extend(lists.map(|(event, name, list)| Said {
        event,
        arguments: vec![(name, Value::List(list))],
    }));
    Ok(said)
}

impl Said {
    /// A record of no process; none if the schema does not have the event.
    fn record(&self, schema: &Schema) -> Option<RecordBuf> {
        let event = schema.event(self.event)?;
        let layout = Layout::of(schema, event)?;
        let mut builder = RecordBuilder::new(&layout);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
        builder.header.time = u64::try_from(now.as_nanos()).ok()?;
        builder.header.uid = u32::MAX;
        builder.header.gid = u32::MAX;
        for (name, value) in &self.arguments {
            let slot = event.arg(name)?.slot;
            match value {
                Value::Text(text) => builder.bytes(slot, text.as_bytes()),
                Value::List(list) => builder.list(slot, list.iter().map(String::as_bytes)),
            };
        }
        Some(builder.build())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record_of(event: EventId, flags: u16) -> RecordBuf {
        let schema = tracee_lang::stdlib::schema();
        let layout = Layout::of(schema, schema.event(event).unwrap()).unwrap();
        let mut builder = RecordBuilder::new(&layout);
        builder.header.flags = flags;
        builder.build()
    }

    #[test]
    fn only_what_is_wanted_is_looked_at_and_when_a_module_has_begun() {
        let begun = record_of(MODULE_BEGAN, abi::RECORD_RETVAL);
        let mut integrity = Integrity::new();
        integrity.want([MODULE_BEGAN].into_iter());
        integrity.notice(begun.as_bytes());
        assert_eq!(integrity.due, None);

        integrity.want([MODULE_BEGAN, HOOKED_SYSCALL].into_iter());
        assert!(integrity.due.is_some_and(|due| due <= Instant::now()));
        // As after a look.
        integrity.due = Some(Instant::now() + PERIOD);
        integrity.notice(record_of(EventId(785), 0).as_bytes());
        integrity.want([HOOKED_SYSCALL].into_iter());
        assert!(integrity.due.is_some_and(|due| due > Instant::now()));
        // Where a module's begin is all that is known, a moment later.
        integrity.notice(record_of(MODULE_BEGAN, 0).as_bytes());
        let soon = integrity.due.unwrap();
        assert!(soon > Instant::now() && soon <= Instant::now() + SOON);
        integrity.notice(begun.as_bytes());
        assert!(integrity.due.is_some_and(|due| due <= Instant::now()));
    }

    #[test]
    fn a_finding_is_a_record_of_its_event() {
        let said = Said {
            event: HOOKED_SEQ_OPS,
            arguments: vec![("hooked_seq_ops", Value::List(vec!["one".into()]))],
        };
        let schema = tracee_lang::stdlib::schema();
        let record = said.record(schema).unwrap();
        let layouts = crate::record::Layouts::new(schema);
        let record = crate::record::Record::parse(record.as_bytes(), &layouts).unwrap();
        assert_eq!(record.event(), HOOKED_SEQ_OPS);
        assert!(record.list(0).unwrap().eq([b"one"]));
        for event in CHECKS {
            assert!(schema.event(event).is_some());
        }
    }
}
