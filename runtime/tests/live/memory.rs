//! Memory that changes between the two reads: the kernel takes a path when the call begins, tracee when
//! it returns. What tracee can't read any more it passes on; what it reads, it filters by.

use tracee_compiler::tables::FilterTables;
use tracee_ebpf::abi::{self, FieldFilter, RecordHeader};
use tracee_runtime::record::Record;

use crate::automaton::Pattern::{Contains, Prefix};
use crate::memory_acts::{CHANGES, FIRST_MODE, HELD, OTHER, RESTLESS, RESTLESS_MODE};
use crate::tables::{add_event, selector, strings};
use crate::watch::{Records, need_live, watch};

const PATH: u16 = 1;
const MODE: u16 = 3;

/// Opens under tables in which the first two selectors ask for a path, and the third for nothing.
fn opens(act: &str, wanted: &'static [u8], part: &'static [u8]) -> Records {
    let mut tables = FilterTables::default();
    let filter = strings(&mut tables, PATH.into(), &[Prefix(wanted), Contains(part)]);
    let mut selectors = selector(0);
    selectors[0] = 0b111;
    add_event(&mut tables, "openat", selectors, vec![filter]);
    watch(act, &tables)
}

/// Which of the three selectors let it through.
fn left(record: &Record<'_>) -> u64 {
    let header: &RecordHeader = record.header();
    header.selectors[0]
}

/// What they should be by what the record says of the path.
fn due(record: &Record<'_>, wanted: &[u8], part: &[u8]) -> u64 {
    let Some(path) = record.bytes(PATH) else {
        return 0b111;
    };
    let contains = path.windows(part.len()).any(|window| window == part);
    0b100 | u64::from(path.starts_with(wanted)) | u64::from(contains) << 1
}

#[test]
fn paths_that_go_during_the_call_are_passed_on() {
    need_live!();
    let wanted = HELD.as_bytes();
    let records = opens("paths-that-go", wanted, OTHER);
    for (mode, &change) in (FIRST_MODE..).zip(CHANGES) {
        let found = records.of("openat");
        let mut found = found
            .iter()
            .filter(|record| record.int(MODE) == Some(mode.into()));
        let (record, more) = (found.next().expect(change), found.next());
        assert!(more.is_none(), "{change}");
        // Whoever changes it is believed: the file that was opened is another event's to tell.
        let path = (change == "another").then_some(OTHER);
        assert_eq!(record.bytes(PATH), path, "{change}");
        assert_eq!(left(record), due(record, wanted, OTHER), "{change}");
        assert!(
            record.retval().is_some_and(|retval| retval >= 0),
            "{change}"
        );
    }
}

#[test]
fn arguments_of_two_mebibytes_are_cut_and_passed_on() {
    need_live!();
    let mut tables = FilterTables::default();
    // Nothing of what is kept matches; what is cut might.
    let of = |tables: &mut FilterTables, slot| FieldFilter {
        kind: abi::FILTER_ELEMENTS,
        ..strings(tables, slot, &[Prefix(b"z")])
    };
    for (event, slot) in [("execve", 1), ("sched_process_exec", 7)] {
        let filter = of(&mut tables, slot);
        add_event(&mut tables, event, selector(0), vec![filter]);
    }
    let records = watch("execute-much", &tables);
    for (event, slot) in [("execve", 1), ("sched_process_exec", 7)] {
        let found = records.of(event);
        let [record] = &found[..] else {
            panic!("{} of {event}", found.len());
        };
        assert!(record.truncated(slot), "{event}");
        let kept: Vec<&[u8]> = record.list(slot).unwrap().collect();
        assert_eq!(kept[0], b"true");
        let bytes: usize = kept.iter().map(|item| item.len()).sum();
        assert!(
            bytes > abi::MAX_LIST - 64 && bytes <= abi::MAX_LIST,
            "{event}: {bytes}"
        );
    }
}

#[test]
fn pages_that_come_and_go_hide_nothing() {
    need_live!();
    let (wanted, part): (&[u8], &[u8]) = (b"/nowhere/wanted/", b"no-interest");
    let records = opens("restless-pages", wanted, part);
    let all = records.of("openat");
    let of_act = all
        .iter()
        .filter(|record| record.int(MODE) == Some(RESTLESS_MODE.into()));
    let mut count = 0;
    for record in of_act {
        count += 1;
        let path = record.bytes(PATH).map(String::from_utf8_lossy);
        assert_eq!(left(record), due(record, wanted, part), "{path:?}");
    }
    assert_eq!(count, RESTLESS);
}
