//! New tables for a running source.

use std::io::Write;

use tracee_compiler::tables::FilterTables;
use tracee_ebpf::abi;
use tracee_lang::stdlib;
use tracee_runtime::live::{LiveError, LiveSource};
use tracee_runtime::record::RecordBuf;
use tracee_runtime::source::Source;

use crate::automaton::Pattern::{self, Suffix};
use crate::tables::{add_event, everything, selector, strings};
use crate::watch::{Actor, Records, need_live, options};

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
        let mut take = |bytes: &[u8]| before.push(RecordBuf::from_bytes(bytes));
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
