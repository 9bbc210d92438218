//! New tables for a running source.

use std::io::Write;

use tracee_compiler::tables::FilterTables;
use tracee_ebpf::abi::{self, field};
use tracee_lang::stdlib;
use tracee_runtime::live::{LiveError, LiveOptions, LiveSource, Outcome};
use tracee_runtime::record::RecordBuf;
use tracee_runtime::source::{Arriving, Source};

use crate::automaton::Pattern::{self, Suffix};
use crate::memory_acts::Held;
use crate::tables::{add_event, everything, intervals, selector, strings};
use crate::watch::{Actor, Records, need_live, options, shared};

fn only(pattern: Pattern) -> FilterTables {
    let mut tables = FilterTables::default();
    let filter = strings(&mut tables, 1, &[pattern]);
    add_event(&mut tables, "openat", selector(0), vec![filter]);
    tables
}

#[test]
fn new_tables_decide_from_the_switch_on() {
    need_live!();
    let mut actor = Actor::new("two-opens");
    let first = only(Suffix(b"/first"));
    let mut source = LiveSource::start(stdlib::schema(), &first, options(&actor)).unwrap();
    let stdin = actor.child.stdin.as_mut().unwrap();
    stdin.write_all(b"\n").unwrap();
    let mut before = Vec::new();
    while before.is_empty() {
        let mut take = |arriving: Arriving<'_>| {
            before.push(RecordBuf::from_bytes(arriving.bytes()));
        };
        source
            .poll(std::time::Duration::from_millis(100), &mut take)
            .unwrap();
    }
    // The act opens the second path before it waits: give it the tables only when it waits.
    actor.wait_until_it_waits();
    source.replace_tables(&only(Suffix(b"/second"))).unwrap();
    actor
        .child
        .stdin
        .as_mut()
        .unwrap()
        .write_all(b"\n")
        .unwrap();
    assert!(actor.child.wait().unwrap().success());
    let after = Records::drain(&mut source);

    assert_eq!(before.len(), 1);
    let path_of = |record: &tracee_runtime::record::Record<'_>| record.bytes(1).map(<[u8]>::to_vec);
    let paths: Vec<_> = after.of("openat").iter().map(path_of).collect();
    assert_eq!(paths, [Some(b"/nowhere/second".to_vec())]);
    assert!(after.all().all(|record| record.has(abi::RECORD_GENERATION)));
    let layouts = tracee_runtime::record::Layouts::new(stdlib::schema());
    let first = tracee_runtime::record::Record::parse(before[0].as_bytes(), &layouts).unwrap();
    assert_eq!(first.bytes(1), Some(&b"/nowhere/first"[..]));
    assert!(!first.has(abi::RECORD_GENERATION));
}

#[test]
fn what_does_not_fit_is_refused() {
    need_live!();
    let actor = Actor::new("nothing");
    let tables = everything(&["openat"]);
    let mut source = LiveSource::start(stdlib::schema(), &tables, options(&actor)).unwrap();
    let other = source.replace_tables(&everything(&["execve"]));
    assert!(matches!(other, Err(LiveError::NoRoom)));
    let mut large = everything(&["openat"]);
    large.intervals = vec![abi::Interval::default(); 100_000];
    let grown = source.replace_tables(&large);
    assert!(matches!(
        grown,
        Err(LiveError::Grown {
            what: "intervals",
            count: 100_000,
            ..
        })
    ));
}

/// Of those that come later one is in the section of another that there is, one keeps in a map what another takes from
/// it, and the last is one more.
#[test]
fn programs_of_later_tables_use_the_maps_that_there_are() {
    need_live!();
    let mut actor = Actor::new("exec");
    let reloadable = LiveOptions {
        reloadable: true,
        ..options(&actor)
    };
    let first = everything(&["openat"]);
    let mut source = LiveSource::start(stdlib::schema(), &first, reloadable).unwrap();
    let later: [&[&str]; 3] = [
        &["openat", "socket_dup"],
        &["execve"],
        &["execve", "sched_process_exec"],
    ];
    for events in later {
        let reports = source.replace_tables(&everything(events)).unwrap();
        assert_eq!(reports.len(), 1);
        assert!(
            matches!(reports[0].outcome, Outcome::Hooked(_)),
            "{reports:?}"
        );
    }
    assert!(actor.act().success());
    let records = Records::read(&mut source);
    for event in ["execve", "sched_process_exec"] {
        let found = records.of(event);
        let [record] = &found[..] else {
            panic!("{} of {event}", found.len());
        };
        assert_eq!(record.bytes(0), Some(&b"/bin/../bin/true"[..]), "{event}");
    }
    assert_eq!(records.of("openat").len(), 0);
}

/// Tables in which execve has so many selectors, the last of which wants a call that succeeds.
fn execve(selectors: u64) -> FilterTables {
    let mut tables = FilterTables::default();
    let succeeds = selector(selectors as usize - 1);
    let all = [(1 << selectors) - 1, 0, 0, 0];
    let other = [all[0] & !succeeds[0], 0, 0, 0];
    let pieces = [(0, other), (1 << 63, all)];
    let filter = intervals(&mut tables, field::RETVAL, true, &pieces, succeeds);
    add_event(&mut tables, "execve", all, vec![filter]);
    tables
}

#[test]
fn a_call_that_began_before_two_switches_is_for_the_tables_of_its_end() {
    need_live!();
    for switches in 0..3 {
        let held = Held::new(format!("/tmp/tracee-held-{}", std::process::id()));
        let mut actor = Actor::new(&format!("execute:{}", held.path()));
        let mut source = shared(&actor, &execve(2));
        actor.begin();
        held.wait_for_another();
        // Its entry is decided by the tables of then, which want it.
        for switch in 0..switches {
            source.replace_tables(&execve(3 + switch)).unwrap();
        }
        held.release();
        assert!(actor.child.wait().unwrap().success());
        let records = Records::read(&mut source);
        let of = records.of("execve");
        let [record] = &of[..] else {
            panic!("{} records after {switches} switches", of.len());
        };
        // It failed, which leaves out the last selector of the tables that were in force at the end.
        assert!(record.retval().is_some_and(|retval| retval < 0));
        assert_eq!(
            record.header().selectors,
            [(1 << (switches + 1)) - 1, 0, 0, 0]
        );
    }
}
