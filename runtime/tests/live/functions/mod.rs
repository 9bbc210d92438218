//! Events of kernel functions, by fentry or kprobe. A kernel without either has none of them: there
//! these tests say so and end.

pub(crate) mod acts;
mod attach_acts;
mod attaching;
mod files;
mod layers;
pub(crate) mod module_acts;
mod modules;
mod tasks;

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use tracee_lang::schema::{Hook, Probe};
use tracee_lang::stdlib;
use tracee_runtime::live::Outcome;
use tracee_runtime::record::Record;

use crate::tables::everything;
use crate::watch::{Actor, Records, event_id, need_live, only_kprobes, shared, watch_actor};
use acts::folder;

/// Whether the kernel has what these events are made from.
pub(crate) fn traces_functions() -> bool {
    let there = Path::new("/sys/bus/event_source/devices/kprobe/type").exists();
    if !there {
        eprintln!("skipped: this kernel has no kprobes");
    }
    there
}

/// Performs an act that all these events watch; with the act's folder.
fn watch(act: &str, events: &[&str]) -> (Records, PathBuf) {
    let mut actor = Actor::new(act);
    let home = folder(actor.pid());
    let records = watch_actor(&mut actor, &everything(events));
    (records, home)
}

/// The number of an argument's slot.
pub(crate) fn slot(event: &str, name: &str) -> u16 {
    let schema = stdlib::schema();
    let event = schema.event(event_id(event)).unwrap();
    let at = event.slots.iter().position(|slot| slot.path == name);
    at.unwrap_or_else(|| panic!("{} has no {name}", event.name)) as u16
}

/// An argument that is text.
pub(crate) fn text<'a>(record: &Record<'a>, event: &str, name: &str) -> Option<&'a [u8]> {
    record.bytes(slot(event, name))
}

/// An argument that is a number.
fn int(record: &Record<'_>, event: &str, name: &str) -> Option<i128> {
    record.int(slot(event, name))
}

fn bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_bytes()
}

/// What an argument must be.
enum Is {
    Int(i128),
    /// Bits that are there.
    Has(i128),
    Text(&'static str),
    /// A file in the act's folder.
    Path(&'static str),
    /// Of a list, its first elements.
    List(&'static [&'static str]),
    There,
    Absent,
}

use Is::{Absent, Has, Int, List, Path as File, Text, There};

impl Is {
    fn holds(&self, record: &Record<'_>, slot: u16, home: &Path) -> bool {
        let text = record.bytes(slot);
        match self {
            Int(value) => record.int(slot) == Some(*value),
            Has(bits) => record.int(slot).is_some_and(|value| value & bits == *bits),
            Text(value) => text == Some(value.as_bytes()),
            File("") => text == Some(bytes(home)),
            File(name) => text == Some(bytes(&home.join(name))),
            List(items) => record.list(slot).is_some_and(|list| {
                let items = items.iter().map(|item| item.as_bytes());
                list.take(items.len()).eq(items)
            }),
            There => record.present(slot),
            Absent => !record.present(slot),
        }
    }
}

/// An event, its result if that matters, and its arguments.
type Expected = (&'static str, Option<i64>, &'static [(&'static str, Is)]);

/// Arguments that only the end of a function tells.
const FROM_END: [(&str, &str); 3] = [
    ("do_mmap", "addr"),
    ("kallsyms_lookup_name", "symbol_address"),
    ("register_chrdev", "granted_major_number"),
];

/// Whether an event may be made by a kprobe.
fn has_kprobe(event: &str) -> bool {
    let event = stdlib::schema().event(event_id(event)).unwrap();
    let is_kprobe = |hook: &Hook| {
        matches!(
            hook,
            Hook::Function {
                probe: Probe::Kprobe,
                ..
            }
        )
    };
    event.hooks.iter().any(is_kprobe)
}

/// Performs an act that must make at least one record for each of these.
fn check(act: &str, expected: &[Expected]) {
    need_live!();
    if !traces_functions() {
        return;
    }
    let mut events: Vec<_> = expected.iter().map(|(event, ..)| *event).collect();
    events.dedup();
    let (records, home) = watch(act, &events);
    let mut missing = String::new();
    for (event, retval, arguments) in expected {
        let all = records.of(event);
        // A kprobe at the begin of a function knows nothing of its end.
        let at_begin = only_kprobes() && has_kprobe(event);
        let is_this = |record: &&Record<'_>| {
            let result = match at_begin {
                true => record.retval().is_none(),
                false => retval.is_none_or(|retval| record.retval() == Some(retval)),
            };
            let of_slot =
                |(name, is): &(&str, Is)| match at_begin && FROM_END.contains(&(event, name)) {
                    true => Absent.holds(record, slot(event, name), &home),
                    false => is.holds(record, slot(event, name), &home),
                };
            result && arguments.iter().all(of_slot)
        };
        if all.iter().any(|record| is_this(&record)) {
            continue;
        }
        missing += &format!("{event}: {} records\n", all.len());
        let count = stdlib::schema().event(event_id(event)).unwrap().slots.len() as u16;
        for record in all.iter().take(8) {
            let values: Vec<_> = (0..count).map(|slot| record.value(slot)).collect();
            missing += &format!("  {values:?} {:?}\n", record.retval());
        }
    }
    assert!(missing.is_empty(), "not as they should be:\n{missing}");
}

/// `TRACEE_LIVE_KPROBES` is for the sake of this.
#[test]
fn kprobes_are_taken_if_they_are_asked_for() {
    need_live!();
    if !only_kprobes() || !traces_functions() {
        return;
    }
    let source = shared(&Actor::new("nothing"), &everything(&["security_file_open"]));
    for report in source.hooks() {
        let name = &stdlib::schema().event(report.event).unwrap().name;
        if let (true, Outcome::Hooked(by)) = (has_kprobe(name), &report.outcome) {
            assert!(by.starts_with("kprobe of "), "{name}: {by}");
        }
    }
}
