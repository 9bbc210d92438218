//! Processes that were there before: what the kernel lists of them is what it says in their events.

use tracee_ebpf::abi;
use tracee_lang::context::ProcessField;
use tracee_lang::stdlib::schema;
use tracee_lang::value::Value;
use tracee_runtime::process_tree::{Limits, ProcessTree};
use tracee_runtime::record::{Layouts, Record};

use crate::tables::everything;
use crate::watch::{Actor, Records, event_id, need_live, shared};

#[test]
fn what_is_listed_is_what_events_say() {
    need_live!();
    let mut actor = Actor::new("directories");
    let pid = actor.pid();
    let mut source = shared(&actor, &everything(&["openat"]));
    let (existing, why) = source.existing_processes();
    assert_eq!(why, None);
    let layouts = Layouts::new(schema());
    let mut tree = ProcessTree::new(schema(), Limits::default());
    for record in &existing {
        let record = Record::parse(record.as_bytes(), &layouts).unwrap();
        assert_eq!(record.event(), event_id("existing_process"));
        tree.before(&record, false);
    }
    // It has its number, whose start is exact, before any event of it.
    let process = tree.find(pid, 0).unwrap();
    let number = |tree: &ProcessTree, process| match tree.field(process, ProcessField::Entity) {
        Value::Int(number) => Some(number),
        _ => None,
    };
    let before = number(&tree, process);
    assert!(before.is_some());
    let parent = tree.parent(process).unwrap();
    assert!(number(&tree, parent).is_some());
    assert!(
        existing.iter().any(|record| record.header().host_pid == 2),
        "kernel threads, too"
    );

    assert!(actor.act().success());
    let records = Records::read(&mut source);
    let opened = records.of("openat");
    let mut opened = opened.iter().map(Record::header);
    let event = opened.find(|header| header.host_pid == pid).unwrap();
    let mut listed = existing.iter().map(|record| record.header());
    let listed = listed.find(|header| header.host_pid == pid).unwrap();
    assert_ne!(listed.flags & abi::RECORD_EXACT, 0);
    assert_eq!(listed.time, event.process_start_time);
    // Its only thread until then is listed, and another one acts.
    assert_eq!((listed.host_tid, listed.tid), (pid, listed.pid));
    assert_eq!(listed.thread_start_time, listed.process_start_time);
    let of = |header: &abi::RecordHeader| {
        let times = [
            header.process_start_time,
            header.parent_start_time,
            header.cgroup_id,
        ];
        let ids = [
            header.pid,
            header.ppid,
            header.host_pid,
            header.host_ppid,
            header.uid,
            header.gid,
            header.mnt_ns,
            header.pid_ns,
            header.uts_ns,
            header.net_ns,
            header.user_ns,
        ];
        (times, ids)
    };
    assert_eq!(of(&listed), of(event));

    let record = &records.of("openat")[0];
    let process = tree.before(record, false).unwrap();
    assert_eq!(number(&tree, process), before);
}
