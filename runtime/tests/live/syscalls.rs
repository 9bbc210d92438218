//! Syscalls of all kinds, of 64-bit and of 32-bit callers: arguments and return values are those that
//! the caller passed and got.

use tracee_compiler::tables::FilterTables;
use tracee_ebpf::abi::{FieldFilter, MAX_EARLY_FILTERS};
use tracee_lang::schema::{Event, Schema};
use tracee_lang::stdlib;
use tracee_lang::types::{IntType, Type};
use tracee_lang::value::Value;
use tracee_runtime::record::Record;

use crate::calls::{ADDRESS, Call, Passed, calls, returned};
use crate::tables::{add_event, everything, intervals, selector};
use crate::watch::{Records, need_live, watch};

/// A register as the kernel takes it for an argument.
fn as_taken(register: u64, int: IntType, compat: bool) -> i128 {
    let bits = if compat { int.bits.min(32) } else { int.bits };
    let unused = 64 - u32::from(bits);
    let high = register << unused;
    if int.signed {
        i128::from(high.cast_signed() >> unused)
    } else {
        i128::from(high >> unused)
    }
}

/// What is wrong with a record of the call.
fn differences(schema: &Schema, call: &Call, record: &Record<'_>, compat: bool) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut expect = |slot: u16, is: String, should: String| {
        if is != should {
            let path = &call.event.slots[usize::from(slot)].path;
            wrong.push(format!("{} {path}: {is}, not {should}", call.event.name));
        }
    };
    for (arg, passed) in call.event.args.iter().zip(&call.args) {
        let slot = arg.slot;
        let bytes = |slot| record.bytes(slot).map(<[u8]>::to_vec);
        match passed {
            Passed::Int(register) => {
                let int = schema.int_repr(&arg.ty).unwrap();
                let should = as_taken(*register, int, compat);
                expect(
                    slot,
                    format!("{:?}", record.int(slot)),
                    format!("{:?}", Some(should)),
                );
            }
            Passed::Text(text) => {
                let should = Some(text.clone().into_bytes());
                expect(slot, format!("{:?}", bytes(slot)), format!("{should:?}"));
            }
            Passed::List(texts) => {
                let should: Vec<_> = texts.iter().map(String::as_bytes).collect();
                let is: Vec<_> = record.list(slot).into_iter().flatten().collect();
                expect(slot, format!("{is:?}"), format!("{should:?}"));
            }
            Passed::Words(words) => {
                for (at, word) in (slot..).zip(words) {
                    let int = schema
                        .int_repr(&call.event.slots[usize::from(at)].ty)
                        .unwrap();
                    let should = as_taken(*word, int, false);
                    expect(
                        at,
                        format!("{:?}", record.int(at)),
                        format!("{:?}", Some(should)),
                    );
                }
            }
            Passed::Address => {
                let is = (record.int(slot), record.int(slot + 1), bytes(slot + 2));
                let should = (Some(2), Some(8080), Some(ADDRESS[4..8].to_vec()));
                expect(slot, format!("{is:?}"), format!("{should:?}"));
            }
        }
    }
    wrong
}

/// Watches all calls and compares each with its record; at least so many there must be.
fn compare(compat: bool, least: usize) {
    let schema = stdlib::schema();
    let calls = calls(compat);
    assert!(calls.len() >= least, "only {} calls", calls.len());
    let mut events: Vec<&str> = calls.iter().map(|call| call.event.name.as_str()).collect();
    events.extend(["chdir"]);
    events.sort_unstable();
    events.dedup();
    let act = if compat { "syscalls-32" } else { "syscalls" };
    let records = watch(act, &everything(&events));
    let mut wrong = Vec::new();
    for call in &calls {
        let name = &call.event.name;
        match of_call(&records, call, compat) {
            None => wrong.push(format!("{name}: no record")),
            Some(record) => {
                wrong.extend(differences(schema, call, &record, compat));
                let said = returned(name, record.retval().unwrap_or(0));
                let said = records
                    .of("chdir")
                    .into_iter()
                    .any(|chdir| chdir.bytes(0) == Some(said.as_bytes()));
                if !said || record.retval().is_none_or(|retval| retval >= 0) {
                    wrong.push(format!("{name} returned {:?}", record.retval()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The record of a call, by its first argument that tells.
fn of_call<'r>(records: &'r Records, call: &Call, compat: bool) -> Option<Record<'r>> {
    let is_it = |record: &Record<'_>| {
        let mut args = call.event.args.iter().zip(&call.args);
        let tells = args.all(|(arg, passed)| match (passed, &arg.ty) {
            (Passed::Text(text), _) => record.bytes(arg.slot) == Some(text.as_bytes()),
            (Passed::Int(u64::MAX), Type::Int(_)) => record.int(arg.slot) == Some(-1),
            _ => true,
        });
        tells && record.has(tracee_ebpf::abi::RECORD_COMPAT) == compat
    };
    // The act is the last that calls it so.
    records.of(&call.event.name).into_iter().rev().find(is_it)
}

/// Asks, before a record is begun, whether integer arguments are what is passed, from one of them on as many as
/// can be asked; selector 2 i that argument i of these is it, and selector 2 i + 1 that it is not.
fn compare_early(compat: bool, skipped: usize, least: usize) {
    let schema = stdlib::schema();
    let calls = calls(compat);
    let mut tables = FilterTables::default();
    let mut asked = Vec::new();
    for call in &calls {
        let mut filters = Vec::new();
        let args = call.event.args.iter().zip(&call.args).enumerate();
        let ints = args.filter_map(|(at, (arg, passed))| match passed {
            Passed::Int(register) => Some((at, arg, *register)),
            _ => None,
        });
        for (nth, (at, arg, register)) in ints.skip(skipped).take(MAX_EARLY_FILTERS).enumerate() {
            let int = schema.int_repr(&arg.ty).unwrap();
            let sign = u64::from(int.signed) << 63;
            let value = as_taken(register, int, compat) as u64 ^ sign;
            let (is, is_not) = (selector(2 * nth), selector(2 * nth + 1));
            let mut pieces = vec![(0, is_not), (value, is)];
            pieces.extend(value.checked_add(1).map(|above| (above, is_not)));
            let both = [is[0] | is_not[0], 0, 0, 0];
            let slot = arg.slot.into();
            let filter = intervals(&mut tables, slot, int.signed, &pieces, both);
            filters.push(FieldFilter {
                early: at as u8 + 1,
                ..filter
            });
        }
        if !filters.is_empty() && asked.iter().all(|(event, _)| *event != call.event.id) {
            asked.push((call.event.id, filters.len()));
            add_event(&mut tables, &call.event.name, [0xff, 0, 0, 0], filters);
        }
    }
    assert!(asked.len() >= least, "only {} calls", asked.len());
    let act = if compat { "syscalls-32" } else { "syscalls" };
    let records = watch(act, &tables);
    let mut wrong = Vec::new();
    for (event, count) in asked {
        let call = calls.iter().find(|call| call.event.id == event).unwrap();
        let record = of_call(&records, call, compat);
        let found = record.map(|record| record.header().selectors[0]);
        let is_not = (0..count).fold(0, |bits, nth| bits | 2 << (2 * nth));
        if found != Some(0xff & !is_not) {
            wrong.push(format!("{} of {count}: {found:x?}", call.event.name));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn early_filters_of_64_bit_callers() {
    need_live!();
    compare_early(false, 0, 100);
    compare_early(false, 2, 20);
}

#[test]
fn early_filters_of_32_bit_callers() {
    need_live!();
    compare_early(true, 0, 100);
    compare_early(true, 2, 20);
}

#[test]
fn arguments_and_results_of_64_bit_callers() {
    need_live!();
    compare(false, 150);
}

#[test]
fn arguments_and_results_of_32_bit_callers() {
    need_live!();
    compare(true, 150);
}

fn named(name: &str) -> &'static Event {
    stdlib::schema().event_named(name).unwrap()
}

#[test]
fn calls_that_return_twice_or_never() {
    need_live!();
    let records = watch(
        "twice-or-never",
        &everything(&["fork", "exit", "exit_group"]),
    );
    let forks: Vec<_> = records
        .of("fork")
        .iter()
        .map(|fork| fork.retval().unwrap())
        .collect();
    assert_eq!(
        forks.iter().filter(|retval| **retval > 0).count(),
        1,
        "{forks:?}"
    );
    // Not every kernel says that the child has returned.
    assert!(
        forks.iter().filter(|retval| **retval == 0).count() <= 1,
        "{forks:?}"
    );
    let ended = |name, status| {
        let records = records.of(name);
        records
            .iter()
            .any(|record| record.int(0) == Some(status) && record.retval().is_none())
    };
    assert!(ended("exit", 5), "exit");
    assert!(ended("exit_group", 77), "exit_group");
}

#[test]
fn structs_of_words() {
    need_live!();
    let records = watch(
        "structs",
        &everything(&["prlimit64", "clone3", "clock_gettime", "getcwd"]),
    );
    let slot = |event: &str, path: &str| {
        let slots = &named(event).slots;
        slots.iter().position(|slot| slot.path == path).unwrap() as u16
    };
    let limits = records.of("prlimit64");
    let new = (
        slot("prlimit64", "new_limit.cur"),
        slot("prlimit64", "new_limit.max"),
    );
    assert!(limits.iter().any(|limit| {
        (limit.int(new.0), limit.int(new.1)) == (Some(11), Some(22))
            && limit.value(slot("prlimit64", "old_limit.cur")) == Value::Absent
            && limit.retval() == Some(-3)
    }));
    let flags = slot("clone3", "cl_args.flags");
    let tls = slot("clone3", "cl_args.tls");
    let clones = records.of("clone3");
    let clone = clones
        .iter()
        .find(|clone| clone.int(tls) == Some(0x7777))
        .unwrap();
    assert_eq!(
        (clone.int(flags), clone.retval()),
        (Some(1 << 62), Some(-22))
    );
    // What the kernel fills in is there.
    let clocks = records.of("clock_gettime");
    let clock = clocks.iter().find(|clock| clock.int(0) == Some(7)).unwrap();
    assert!(
        clock
            .int(slot("clock_gettime", "tp.sec"))
            .is_some_and(|sec| sec > 0)
    );
    let nsec = clock.int(slot("clock_gettime", "tp.nsec")).unwrap();
    assert!((0..1_000_000_000).contains(&nsec));
    assert_eq!(records.one("getcwd", 0, b"/").retval(), Some(2));
}
