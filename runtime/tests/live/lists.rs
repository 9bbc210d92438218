//! Filters on lists, and on what is known of a value besides what it is.

use tracee_compiler::tables::FilterTables;
use tracee_ebpf::abi::{self, FieldFilter};
use tracee_lang::stdlib;
use tracee_runtime::live::{COMMAND_TREE, LiveOptions, LiveSource};
use tracee_runtime::record::Record;

use crate::automaton::Pattern::{self, Contains, Equal, Prefix, Suffix};
use crate::tables::{add_event, everything, intervals, selector, strings};
use crate::watch::{Actor, Records, need_live, options, records_lost, watch};

/// A filter on a list: pattern `i` satisfies selector `i` if an element matches.
fn elements(tables: &mut FilterTables, slot: u32, patterns: &[Pattern]) -> FieldFilter {
    FieldFilter {
        kind: abi::FILTER_ELEMENTS,
        ..strings(tables, slot, patterns)
    }
}

/// The paths of the act's calls that came through, with their selectors.
fn calls(records: &Records) -> Vec<(&[u8], u64)> {
    let calls = records.of("execve").into_iter();
    let found = calls.map(|call| (call.bytes(0).unwrap(), call.header().selectors[0]));
    found.collect()
}

#[test]
fn elements_of_lists() {
    need_live!();
    let patterns = [
        Equal(b"zero"),
        Equal(b""),
        Prefix(b"two"),
        Suffix(b"words"),
        Contains(b"o w"),
        Equal(b"two"),
        Prefix(b"words"),
        Contains(b"zerotwo"),
    ];
    let mut tables = FilterTables::default();
    let filter = elements(&mut tables, 1, &patterns);
    add_event(&mut tables, "execve", [0xff, 0, 0, 0], vec![filter]);
    let records = watch("exec-fails", &tables);
    // A list that can't be read passes.
    let expected = [(&b"/nowhere/program"[..], 0x1f), (b"/nowhere/null", 0xff)];
    assert_eq!(calls(&records), expected);
}

#[test]
fn lists_of_a_program_that_has_begun() {
    need_live!();
    let through = |patterns: [&[Pattern]; 2]| {
        let mut tables = FilterTables::default();
        let env = elements(&mut tables, 8, patterns[1]);
        let argv = elements(&mut tables, 7, patterns[0]);
        add_event(
            &mut tables,
            "sched_process_exec",
            selector(0),
            vec![env, argv],
        );
        let records = watch("exec", &tables);
        let execs = records.of("sched_process_exec");
        for exec in &execs {
            let argv: Vec<_> = exec.list(7).unwrap().collect();
            assert_eq!(argv, [&b"true"[..], b"--x", b"y z"]);
            assert!(exec.list(8).unwrap().any(|item| item == b"TRACEE=1"));
        }
        execs.len()
    };
    assert_eq!(through([&[Equal(b"--x")], &[Prefix(b"TRACEE=")]]), 1);
    assert_eq!(through([&[Suffix(b"z")], &[Equal(b"EMPTY=")]]), 1);
    assert_eq!(through([&[Equal(b"-x")], &[Prefix(b"TRACEE=")]]), 0);
    assert_eq!(through([&[Equal(b"--x")], &[Equal(b"TRACEE=")]]), 0);
}

#[test]
fn long_lists() {
    need_live!();
    let mut tables = FilterTables::default();
    let argv = elements(&mut tables, 1, &[Equal(b"zz"), Equal(b"b"), Prefix(b"a")]);
    add_event(&mut tables, "execve", selector(0), vec![argv]);
    tables.events[0].1.selectors = [7, 0, 0, 0];
    let records = watch("long-lists", &tables);
    let expected = [
        // Cut, like the next one.
        (&b"/nowhere/many"[..], 0b111),
        (b"/nowhere/long", 0b111),
        (b"/nowhere/full", 0b101),
        // Whole, but the element is longer than a string may be.
        (b"/nowhere/just", 0b111),
    ];
    assert_eq!(calls(&records), expected);

    let mut tables = FilterTables::default();
    let env = elements(&mut tables, 2, &[Suffix(b"ss"), Prefix(b"F="), Equal(b"s")]);
    add_event(&mut tables, "execve", [7, 0, 0, 0], vec![env]);
    let records = watch("long-lists", &tables);
    let expected = [
        (&b"/nowhere/full"[..], 0b011),
        // It did not fit beside the arguments.
        (b"/nowhere/just", 0b111),
    ];
    // The others have no environment that matches.
    assert_eq!(calls(&records), expected);
}

#[test]
fn long_records_go_over_the_end_of_the_buffer() {
    need_live!();
    let mut actor = Actor::new("long-lists");
    let options = LiveOptions {
        ring_bytes: 256 << 10,
        ..options(&actor)
    };
    let mut source =
        LiveSource::start(stdlib::schema(), &everything(&["execve"]), options).unwrap();
    let mut first: Option<Vec<Vec<u8>>> = None;
    // Each act fills half of it or more.
    for _ in 0..6 {
        assert!(actor.act().success());
        let records = Records::read(&mut source);
        let said = |call: &Record<'_>| {
            let lists = [1, 2].map(|slot| call.list(slot).unwrap().collect::<Vec<_>>());
            let elements = lists.concat();
            [&[call.bytes(0).unwrap()], &elements[..]].concat().concat()
        };
        let said: Vec<_> = records.of("execve").iter().map(said).collect();
        assert_eq!(said.len(), 4);
        assert!(said.iter().map(Vec::len).max() > Some(20_000));
        assert!(*first.get_or_insert_with(|| said.clone()) == said);
        actor = Actor::new("long-lists");
        source.add_tree_root(COMMAND_TREE, actor.pid()).unwrap();
    }
    assert_eq!(records_lost(&mut source), []);
}

#[test]
fn whether_a_value_is_there_and_whole() {
    need_live!();
    let mut tables = FilterTables::default();
    let pieces = [
        (0, selector(0)),
        (1, selector(1)),
        (2, [0; 4]),
        (3, selector(2)),
    ];
    let path = abi::FIELD_STATE + 1;
    let filter = intervals(&mut tables, path, false, &pieces, [7, 0, 0, 0]);
    add_event(&mut tables, "openat", [7, 0, 0, 0], vec![filter]);
    let mut seen = [false; 3];
    for act in ["files", "lengths"] {
        let records = watch(act, &tables);
        for open in records.of("openat") {
            let state = match (open.bytes(1), open.truncated(1)) {
                (None, _) => 0,
                (Some(_), false) => 1,
                (Some(_), true) => 2,
            };
            assert_eq!(open.header().selectors, selector(state));
            seen[state] = true;
        }
    }
    assert_eq!(seen, [true; 3]);
}

#[test]
fn how_long_a_string_is() {
    need_live!();
    let mut tables = FilterTables::default();
    let pieces = [(0, [0; 4]), (4095, selector(0)), (4096, selector(1))];
    let path = abi::FIELD_LENGTH + 1;
    let filter = intervals(&mut tables, path, false, &pieces, [3, 0, 0, 0]);
    add_event(&mut tables, "openat", [3, 0, 0, 0], vec![filter]);
    let records = watch("lengths", &tables);
    let found: Vec<_> = records
        .of("openat")
        .iter()
        .map(|open| (open.bytes(1).unwrap().len(), open.header().selectors[0]))
        .collect();
    // How long the two last ones are is not known.
    assert_eq!(found, [(4095, 1), (4096, 2), (4096, 3), (4096, 3)]);
}
