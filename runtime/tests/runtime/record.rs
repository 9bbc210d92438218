//! The record codec: what was built is read back, and no bytes make a reader leave the record.

use crate::support;
use proptest::prelude::*;
use tracee_ebpf::abi;
use tracee_lang::schema::EventId;
use tracee_lang::value::Value;
use tracee_runtime::record::{
    BadRecord, Layout, Layouts, Record, RecordBuf, RecordBuilder, SlotKind,
};

#[derive(Debug, Clone)]
enum Owned {
    Int(u64),
    Bytes(Vec<u8>),
    List(Vec<Vec<u8>>),
}

fn value(kind: SlotKind) -> BoxedStrategy<Owned> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..40);
    match kind {
        SlotKind::Signed | SlotKind::Unsigned => any::<u64>().prop_map(Owned::Int).boxed(),
        SlotKind::Bytes => bytes().prop_map(Owned::Bytes).boxed(),
        SlotKind::Ip => prop_oneof![
            prop::collection::vec(any::<u8>(), 4),
            prop::collection::vec(any::<u8>(), 16)
        ]
        .prop_map(Owned::Bytes)
        .boxed(),
        SlotKind::List => prop::collection::vec(bytes(), 0..5)
            .prop_map(Owned::List)
            .boxed(),
    }
}

/// An event of the test schema with a value or nothing for each slot.
fn event() -> impl Strategy<Value = (EventId, Vec<Option<Owned>>)> {
    let layouts = Layouts::new(&support::schema());
    prop::sample::select(support::schema().events).prop_flat_map(move |event| {
        let kinds = layouts.get(event.id).unwrap().slots().to_vec();
        let slots: Vec<_> = kinds
            .into_iter()
            .map(|kind| prop::option::of(value(kind)).boxed())
            .collect();
        (Just(event.id), slots)
    })
}

fn build(layout: &Layout, slots: &[Option<Owned>]) -> RecordBuf {
    let mut builder = RecordBuilder::new(layout);
    builder.header.host_pid = 77;
    builder.comm(b"a-name-longer-than-15-bytes");
    for (slot, value) in slots.iter().enumerate() {
        let slot = slot as u16;
        match value {
            None => {}
            Some(Owned::Int(int)) => _ = builder.int(slot, *int),
            Some(Owned::Bytes(bytes)) => _ = builder.bytes(slot, bytes),
            Some(Owned::List(items)) => {
                builder.list(slot, items.iter().map(Vec::as_slice));
            }
        }
    }
    builder.build()
}

fn read_everything(record: &Record<'_>) {
    for slot in 0..70 {
        let _ = (
            record.value(slot),
            record.truncated(slot),
            record.list(slot).map(Iterator::count),
        );
    }
    let _ = (record.comm(), record.retval(), record.any_truncated());
}

proptest! {
    #[test]
    fn what_was_built_is_read_back((id, slots) in event()) {
        let layouts = Layouts::new(&support::schema());
        let layout = layouts.get(id).unwrap();
        let buffer = build(layout, &slots);
        let record = Record::parse(buffer.as_bytes(), &layouts).unwrap();
        prop_assert_eq!(record.event(), id);
        prop_assert_eq!(record.header().host_pid, 77);
        prop_assert_eq!(record.comm(), b"a-name-longer-t");
        for (at, expected) in slots.iter().enumerate() {
            let found = record.value(at as u16);
            let same = match expected {
                None => found == Value::Absent,
                Some(Owned::Int(int)) => match layout.slots()[at] {
                    SlotKind::Signed => found == Value::Int(i128::from(*int as i64)),
                    _ => found == Value::Int(i128::from(*int)),
                },
                Some(Owned::Bytes(bytes)) => found == Value::bytes(bytes),
                Some(Owned::List(items)) => {
                    found == Value::List(items.iter().map(Vec::as_slice).collect())
                }
            };
            prop_assert!(same, "slot {}: {:?} became {:?}", at, expected, found);
            prop_assert!(!record.truncated(at as u16));
        }
    }

    #[test]
    fn changed_bytes_are_refused_or_read_safely(
        (id, slots) in event(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let layouts = Layouts::new(&support::schema());
        let mut buffer = build(layouts.get(id).unwrap(), &slots);
        let size = buffer.as_bytes().len();
        for (at, byte) in changes {
            buffer.as_mut_bytes()[at.index(size)] = byte;
        }
        let end = cut.map_or(size, |cut| cut.index(size));
        if let Ok(record) = Record::parse(&buffer.as_bytes()[..end], &layouts) {
            read_everything(&record);
        }
    }
}

#[test]
fn long_values_are_cut_and_marked() {
    let layouts = Layouts::new(&support::schema());
    let layout = layouts.get(EventId(59)).unwrap();
    let long = vec![b'a'; abi::MAX_STRING + 1];
    let many: Vec<&[u8]> = vec![b"abcdefgh"; 20_000];
    let mut builder = RecordBuilder::new(layout);
    builder
        .bytes(0, &long)
        .list(1, many.iter().copied())
        .list(2, [&long[..], b"next"]);
    let buffer = builder.build();
    let record = Record::parse(buffer.as_bytes(), &layouts).unwrap();

    assert_eq!(record.bytes(0).unwrap().len(), abi::MAX_STRING);
    let second: Vec<_> = record.list(1).unwrap().collect();
    assert_eq!(
        (second.len(), second[2730]),
        (abi::MAX_LIST / 12 + 1, &b"abcd"[..])
    );
    let third: Vec<_> = record.list(2).unwrap().collect();
    assert_eq!(
        (third[0].len(), third[1]),
        (abi::MAX_STRING + 1, &b"next"[..])
    );
    let cut = [0, 1, 2].map(|slot| record.truncated(slot));
    assert_eq!(
        cut,
        [true, true, false],
        "an item of a list may be longer than a string"
    );
}

#[test]
fn a_full_tail_cuts_what_comes_last() {
    let layouts = Layouts::new(&support::schema());
    let layout = layouts.get(EventId(59)).unwrap();
    let item = vec![b'a'; 1000];
    let items = || std::iter::repeat_n(&item[..], 100);
    let mut builder = RecordBuilder::new(layout);
    builder
        .list(1, items())
        .list(2, items())
        .bytes(0, &[b'p'; 100]);
    let buffer = builder.build();
    assert!(buffer.as_bytes().len() <= tracee_runtime::record::MAX_RECORD);
    let record = Record::parse(buffer.as_bytes(), &layouts).unwrap();
    assert!(record.truncated(0) && record.bytes(0).unwrap().len() < 100);
}

#[test]
fn each_defect_is_named() {
    let layouts = Layouts::new(&support::schema());
    let layout = layouts.get(EventId(42)).unwrap();
    let mut builder = RecordBuilder::new(layout);
    builder.bytes(3, &[127, 0, 0, 1]).bytes(4, b"/run/s");
    let good = builder.build();
    let slot = |at: usize| abi::SLOTS_OFFSET + 8 * at;
    let changed = |at: usize, byte: u8| {
        let mut buffer = good.clone();
        buffer.as_mut_bytes()[at] = byte;
        Record::parse(buffer.as_bytes(), &layouts)
            .map(|_| ())
            .unwrap_err()
    };

    assert_eq!(
        changed(0, 3),
        BadRecord::Size {
            size: 3,
            actual: good.as_bytes().len()
        }
    );
    assert_eq!(changed(4, 43), BadRecord::UnknownEvent(43));
    assert_eq!(changed(17, 1), BadRecord::Slots(42), "slot 8 of six");
    assert_eq!(
        changed(slot(3) + 4, 5),
        BadRecord::Value { event: 42, slot: 3 },
        "a 5-byte ip"
    );
    assert_eq!(
        changed(slot(4), 1),
        BadRecord::Tail { event: 42, slot: 4 },
        "not aligned"
    );
    assert_eq!(
        changed(slot(4) + 4, 5),
        BadRecord::Tail { event: 42, slot: 4 },
        "padding"
    );
    assert_eq!(
        changed(slot(4) + 7, 1),
        BadRecord::Tail { event: 42, slot: 4 },
        "too long"
    );
    let short = Record::parse(&good.as_bytes()[..40], &layouts)
        .map(|_| ())
        .unwrap_err();
    assert_eq!(short, BadRecord::NoHeader(40));
}
