//! The kernel's filter in Rust: the same walk through the same tables as the eBPF programs make.
//! Tests and the fuzzer compare it with the interpreter and with the kernel itself.

use std::cmp::Ordering;

use tracee_ebpf::abi::{self, FieldFilter, SELECTOR_WORDS, Selectors, field};
use tracee_lang::address;
use tracee_lang::schema::EventId;

use crate::layout::{Storage, header_fields};
use crate::plan::EventPlan;
use crate::record::{Record, items};
use crate::tables::FilterTables;

/// Which selectors of the event are left for this record. All words are 0 if the event is not wanted,
/// nothing is left, or the bytes (at a multiple of 8) are no record. `tree_mask` is the process's
/// value in map `tree`, 0 if it has none.
pub fn selectors(
    tables: &FilterTables,
    event: EventId,
    record: &[u8],
    tree_mask: u64,
) -> Selectors {
    let Some(record) = Record::new(record) else {
        return Selectors::default();
    };
    let found = tables.events.binary_search_by_key(&event, |(id, _)| *id);
    let Ok(at) = found else {
        return Selectors::default();
    };
    let config = &tables.events[at].1;
    let mut live = config.selectors;
    let from = config.filter_base as usize;
    for filter in &tables.field_filters[from..from + config.filter_count as usize] {
        let satisfied = satisfied(tables, filter, record, tree_mask);
        for word in 0..SELECTOR_WORDS {
            live[word] &= satisfied[word] | !filter.constrained[word];
        }
        if live == Selectors::default() {
            break;
        }
    }
    live
}

/// Whether one of the selectors that are left is of a target: the kernel passes the event for it.
pub fn passes(planned: &EventPlan, live: &Selectors, target: usize) -> bool {
    planned.selectors.iter().enumerate().any(|(bit, selector)| {
        live[bit / 64] >> (bit % 64) & 1 == 1 && selector.targets.contains(&target)
    })
}

/// What a filter yields for a field that is not there, or too long.
const EVERYTHING: Selectors = [u64::MAX; SELECTOR_WORDS];

fn satisfied(
    tables: &FilterTables,
    filter: &FieldFilter,
    record: Record<'_>,
    tree_mask: u64,
) -> Selectors {
    match filter.kind {
        abi::FILTER_STRING => match text(filter.field, record) {
            Some(text) if text.len() <= abi::MAX_STRING => {
                walk(tables, &tables.automata[filter.base as usize], &[text])
            }
            _ => EVERYTHING,
        },
        abi::FILTER_ELEMENTS => {
            let automaton = &tables.automata[filter.base as usize];
            let elements = text(filter.field, record).map(items);
            let elements: Vec<&[u8]> = elements.into_iter().flatten().collect();
            let is_there = text(filter.field, record).is_some();
            if is_there && elements.iter().all(|text| text.len() <= abi::MAX_STRING) {
                walk(tables, automaton, &elements)
            } else {
                EVERYTHING
            }
        }
        abi::FILTER_ADDRESSES => {
            let bytes = u16::try_from(filter.field)
                .ok()
                .and_then(|slot| record.tail(slot));
            let number = bytes.and_then(address::number);
            number.map_or(EVERYTHING, |number| interval(tables, filter, number))
        }
        abi::FILTER_ORDER => {
            let value = |number| word(number, record, tree_mask);
            let (Some(value), Some(other)) = (value(filter.field), value(filter.count)) else {
                return EVERYTHING;
            };
            let sign = u64::from(filter.is_signed) << 63;
            let entry = match (value ^ sign).cmp(&(other ^ sign)) {
                Ordering::Less => 0,
                Ordering::Equal => 1,
                Ordering::Greater => 2,
            };
            tables.intervals[filter.base as usize + entry].satisfied
        }
        kind => match word(filter.field, record, tree_mask) {
            Some(value) if kind == abi::FILTER_INTERVALS => {
                let sign = u64::from(filter.is_signed) << 63;
                interval(tables, filter, u128::from(value ^ sign) << 64)
            }
            Some(value) => flag_tests(tables, filter, value),
            None => EVERYTHING,
        },
    }
}

/// The value of an integer field.
fn word(number: u32, record: Record<'_>, tree_mask: u64) -> Option<u64> {
    if number < abi::FIELD_CONTEXT {
        return record.word(number as u16);
    }
    if number >= abi::FIELD_STATE {
        let slot = (number % abi::MAX_SLOTS as u32) as u16;
        let is_there = record.word(slot).is_some();
        let is_cut = record.is_cut(slot);
        return match number < abi::FIELD_LENGTH {
            true => Some(u64::from(is_there) | u64::from(is_cut) << 1),
            false => text(slot.into(), record).map(|text| text.len() as u64),
        };
    }
    if number == field::TREE {
        return Some(tree_mask);
    }
    let header = header_fields().find(|header| header.number == number)?;
    record.header_word(header)
}

/// The value of a string field, if it is whole.
fn text<'a>(number: u32, record: Record<'a>) -> Option<&'a [u8]> {
    if number < abi::FIELD_CONTEXT {
        let slot = number as u16;
        return record.tail(slot).filter(|_| !record.is_cut(slot));
    }
    let header = header_fields().find(|header| header.number == number)?;
    (header.storage == Storage::Comm).then(|| record.comm())
}

/// `key` is the place on the line, of an integer in the upper 64 bits.
fn interval(tables: &FilterTables, filter: &FieldFilter, key: u128) -> Selectors {
    let from = filter.base as usize;
    let pieces = &tables.intervals[from..from + filter.count as usize];
    let begin = |piece: &abi::Interval| u128::from(piece.start) << 64 | u128::from(piece.low);
    let at = pieces.partition_point(|piece| begin(piece) <= key);
    at.checked_sub(1)
        .map_or(Selectors::default(), |at| pieces[at].satisfied)
}

fn flag_tests(tables: &FilterTables, filter: &FieldFilter, value: u64) -> Selectors {
    let mut satisfied = Selectors::default();
    let from = filter.base as usize;
    for test in &tables.flag_tests[from..from + filter.count as usize] {
        let holds = value & test.mask == test.want;
        let more = if holds {
            &test.satisfies
        } else {
            &test.otherwise
        };
        for word in 0..SELECTOR_WORDS {
            satisfied[word] |= more[word];
        }
    }
    satisfied
}

/// Walks some strings, each between the marks; what any of them yields counts.
pub(crate) fn walk(
    tables: &FilterTables,
    automaton: &abi::Automaton,
    texts: &[&[u8]],
) -> Selectors {
    let mut needs = automaton.initial;
    let mut denied = Selectors::default();
    let mut take = |state: u32| {
        let Some(output) = state.checked_sub(automaton.first_output) else {
            return;
        };
        let output = &tables.outputs[(automaton.output_base + output) as usize];
        for word in 0..SELECTOR_WORDS {
            needs[0][word] |= output.satisfies[0][word];
            needs[1][word] |= output.satisfies[1][word];
            denied[word] |= output.denies[word];
        }
    };
    let step = |state: u32, class: u32| {
        let at = automaton.base + (state << automaton.shift) + class;
        u32::from(tables.transitions[at as usize])
    };
    for text in texts {
        let mut state = automaton.start;
        take(state);
        for byte in *text {
            if state == 0 {
                break;
            }
            state = step(state, automaton.classes[usize::from(*byte)].into());
            take(state);
        }
        if state != 0 {
            take(step(state, automaton.end_class));
        }
    }
    std::array::from_fn(|word| needs[0][word] & needs[1][word] & !denied[word])
}
