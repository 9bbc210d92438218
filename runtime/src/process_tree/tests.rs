//! A tree that takes nothing twice from the same header knows the same as one that takes it from every record.

use proptest::prelude::*;
use tracee_lang::schema::Schema;
use tracee_lang::stdlib;

use super::{Limits, Process, ProcessTree, TextField};
use crate::record::{Layouts, Record, RecordBuf, RecordBuilder};

/// What can be said, of few processes, so that much is said again.
#[derive(Debug, Clone)]
struct Said {
    event: &'static str,
    pid: u32,
    start: u64,
    parent: u32,
    parent_start: u64,
    other: u32,
    uid: u32,
    thread: bool,
    text: &'static str,
    contained: bool,
}

const EVENTS: &[&str] = &[
    "openat",
    "openat",
    "openat",
    "openat",
    "sched_process_fork",
    "sched_process_exec",
    "sched_process_exit",
    "existing_process",
    "working_directory",
    "user_name",
];
const TEXTS: &[&str] = &["", "a", "b", "a text that is not so short"];
/// Nanoseconds: unknown, two times of one process, and another one's.
const STARTS: &[u64] = &[0, 1_000_000_000, 1_004_000_000, 9_000_000_000];

fn said() -> impl Strategy<Value = Said> {
    let process = || (0..8u32, prop::sample::select(STARTS));
    let of = (
        process(),
        process(),
        1..40u32,
        prop::sample::select(&[0, 7, u32::MAX][..]),
    );
    let what = (
        prop::sample::select(EVENTS),
        prop::sample::select(TEXTS),
        prop::bool::weighted(0.05),
        prop::bool::weighted(0.05),
    );
    (of, what).prop_map(|(of, (event, text, thread, contained))| {
        let ((pid, start), (parent, parent_start), other, uid) = of;
        Said {
            event,
            pid,
            start,
            parent,
            parent_start,
            other,
            uid,
            thread,
            text,
            contained,
        }
    })
}

/// Sayings, each some times: events come in bursts.
fn story() -> impl Strategy<Value = Vec<(Said, usize)>> {
    prop::collection::vec((said(), 1..4usize), 1..120)
}

fn record(schema: &Schema, layouts: &Layouts, said: &Said) -> RecordBuf {
    let event = schema.event_named(said.event).unwrap();
    let mut builder = RecordBuilder::new(layouts.get(event.id).unwrap());
    let header = &mut builder.header;
    (header.pid, header.host_pid) = (said.pid, said.pid);
    header.host_tid = said.pid + u32::from(said.thread);
    (header.host_ppid, header.uid, header.gid) = (said.parent, said.uid, said.uid);
    header.process_start_time = said.start;
    header.parent_start_time = said.parent_start;
    builder.comm(said.text.as_bytes());
    for arg in &event.args {
        match arg.name.as_str() {
            "child_tid" | "child_pid" | "child_ns_pid" => builder.int(arg.slot, said.other.into()),
            "start_time" => builder.int(arg.slot, said.parent_start),
            "uid" => builder.int(arg.slot, said.uid.into()),
            "process_group_exit" => builder.int(arg.slot, 1),
            _ => builder.bytes(arg.slot, said.text.as_bytes()),
        };
    }
    builder.build()
}

/// All that a tree knows.
fn known(tree: &ProcessTree) -> String {
    use std::fmt::Write as _;

    let mut out = format!("{:?} {:?}\n", tree.counters(), tree.by_pid.len());
    for at in 0..tree.entries.len() as u32 {
        let (entry, view) = (&tree.entries[at as usize], tree.view(Process(at)));
        let texts = TextField::ALL.map(|field| entry.text(field));
        let _ = writeln!(
            out,
            "{at}: {} {} {} {} {:?} {:?} {texts:?} {:?} {} {} {} {} {} {:x} {}",
            entry.host_pid,
            entry.start,
            entry.exact,
            entry.exited,
            entry.parent,
            entry.queue,
            entry.user_of,
            view.pid,
            view.host_pid,
            view.uid,
            view.gid,
            view.start_time,
            view.known,
            view.entity,
        );
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_was_said_before_need_not_be_taken_again(story in story(), text in 200..4_000usize) {
        let schema = stdlib::schema();
        let layouts = Layouts::new(schema);
        let limits = Limits { processes: 16, text };
        let mut tree = ProcessTree::new(schema, limits);
        let mut forgetful = ProcessTree::new(schema, limits);
        for (said, times) in &story {
            let buffer = record(schema, &layouts, said);
            let record = Record::parse(buffer.as_bytes(), &layouts).unwrap();
            for _ in 0..*times {
                forgetful.last = None;
                for entry in &mut forgetful.entries {
                    entry.said = None;
                }
                let process = tree.before(&record, said.contained);
                prop_assert_eq!(process, forgetful.before(&record, said.contained));
                prop_assert_eq!(known(&tree), known(&forgetful));
                tree.after(&record);
                forgetful.after(&record);
            }
        }
    }
}
