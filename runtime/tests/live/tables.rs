//! Filter tables made by hand: what the compiler would write, for one filter at a time.

use tracee_compiler::tables::FilterTables;
use tracee_ebpf::abi::{self, ArgConfig, EventConfig, FieldFilter, Interval, Selectors};
use tracee_lang::schema::{Event, Hook, Schema};
use tracee_lang::stdlib;
use tracee_lang::types::Type;

use crate::automaton::{Pattern, automaton};

/// Selector `bit`.
pub(crate) fn selector(bit: usize) -> Selectors {
    let mut selectors = [0; abi::SELECTOR_WORDS];
    selectors[bit / 64] = 1 << (bit % 64);
    selectors
}

/// Tables that want these events, all of each.
pub(crate) fn everything(events: &[&str]) -> FilterTables {
    let mut tables = FilterTables::default();
    for name in events {
        add_event(&mut tables, name, selector(0), vec![]);
    }
    tables
}

/// Adds an event with these selectors and filters; whatever the filters point to is there already.
pub(crate) fn add_event(
    tables: &mut FilterTables,
    name: &str,
    selectors: Selectors,
    filters: Vec<FieldFilter>,
) {
    let schema = stdlib::schema();
    let event = schema.event_named(name).unwrap();
    let config = EventConfig {
        flags: abi::EVENT_WANTED,
        slot_count: event.slots.len() as u32,
        selectors,
        filter_base: tables.field_filters.len() as u32,
        filter_count: filters.len() as u32,
        early_count: filters
            .iter()
            .take_while(|filter| filter.early != abi::EARLY_NO)
            .count() as u32,
        reserved: 0,
        args: args(schema, event),
    };
    tables.field_filters.extend(filters);
    tables.events.push((event.id, config));
    tables.events.sort_by_key(|(id, _)| *id);
}

fn args(schema: &Schema, event: &Event) -> [ArgConfig; abi::MAX_SYSCALL_ARGS] {
    let mut args = [ArgConfig::default(); abi::MAX_SYSCALL_ARGS];
    let is_syscall = |hook: &Hook| matches!(hook, Hook::Syscall { .. });
    if !event.hooks.iter().any(is_syscall) {
        return args;
    }
    for (at, arg) in event.args.iter().enumerate() {
        let config = &mut args[at];
        config.slot = arg.slot as u8;
        config.kind = match &arg.ty {
            Type::String | Type::Path => abi::ARG_STRING,
            Type::List(_) => abi::ARG_STRING_LIST,
            Type::Struct(id) if schema.struct_type(*id).name == "sockaddr" => {
                config.aux = at as u8 + 1;
                abi::ARG_SOCKADDR
            }
            Type::Struct(id) => {
                config.aux = schema.struct_type(*id).fields.len() as u8;
                abi::ARG_U64S
            }
            ty => {
                let int = schema.int_repr(ty).unwrap();
                config.size = int.bits / 8;
                config.is_signed = int.signed.into();
                abi::ARG_INT
            }
        };
    }
    args
}

/// A filter on a field that the tables' last intervals decide.
pub(crate) fn intervals(
    tables: &mut FilterTables,
    field: u32,
    is_signed: bool,
    pieces: &[(u64, Selectors)],
    constrained: Selectors,
) -> FieldFilter {
    let base = tables.intervals.len() as u32;
    for &(start, satisfied) in pieces {
        tables.intervals.push(Interval {
            start,
            low: 0,
            satisfied,
        });
    }
    FieldFilter {
        field,
        kind: abi::FILTER_INTERVALS,
        is_signed: is_signed.into(),
        early: abi::EARLY_NO,
        base,
        count: pieces.len() as u32,
        constrained,
    }
}

/// A filter that lets through just this value, for selector 0.
pub(crate) fn equals(tables: &mut FilterTables, field: u32, value: u64) -> FieldFilter {
    let pieces = [(0, [0; 4]), (value, selector(0)), (value + 1, [0; 4])];
    // The line begins at 0: no empty piece there.
    let pieces = if value == 0 {
        &pieces[1..]
    } else {
        &pieces[..]
    };
    intervals(tables, field, false, pieces, selector(0))
}

/// A filter on strings: pattern `i` satisfies selector `i`.
pub(crate) fn strings(tables: &mut FilterTables, field: u32, patterns: &[Pattern]) -> FieldFilter {
    let base = tables.automata.len() as u32;
    let mut constrained = [0; abi::SELECTOR_WORDS];
    for bit in 0..patterns.len() {
        constrained[bit / 64] |= 1 << (bit % 64);
    }
    automaton(tables, patterns);
    FieldFilter {
        field,
        kind: abi::FILTER_STRING,
        is_signed: 0,
        early: abi::EARLY_NO,
        base,
        count: 1,
        constrained,
    }
}
