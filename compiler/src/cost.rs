//! What an event's filters cost in the kernel, estimated for `tracee explain`: the tables of each, how far
//! strings are walked, and nanoseconds by [`MODEL`].
//!
//! Neighbours: [`crate::tables`], whose filters these are; [`crate::explain`], which shows it.

use std::cmp::Ordering;
use std::collections::HashMap;

use serde::Serialize;
use tracee_ebpf::abi::{self, field};
use tracee_lang::context::FIELDS;
use tracee_lang::hir::Field;
use tracee_lang::schema::{Event, Hook};
use tracee_lang::types::Type;

use crate::layout::header_field;
use crate::pretty::Printer;
use crate::tables::FilterTables;

/// Nanoseconds that parts of the kernel's work take.
///
/// Rounded differences of what docs/benchmarks.md says under "The kernel's filters": one machine, Linux 6.18, two
/// virtual processors, and the kernel's counting itself. They are there to compare filters with each other.
#[derive(Debug, Clone, Copy)]
pub struct Model {
    /// What is done before the first filter: find the event and its process.
    pub event: u32,
    /// One filter before a record is begun, whatever it asks.
    pub early: u32,
    /// Beginning a record.
    pub record: u32,
    /// One filter on it, whatever it asks.
    pub filter: u32,
    /// Each step of the search in a filter's intervals.
    pub step: u32,
    /// Each test of bits.
    pub flag_test: u32,
    /// To begin and end a walk through an automaton.
    pub walk: u32,
    /// Each byte of it.
    pub byte: f64,
    /// Reading a string, or an address, of the process.
    pub read: u32,
    /// Reading a list of strings.
    pub read_list: u32,
    /// The rest of the context: ids as the process sees them, namespaces, times.
    pub context: u32,
    /// Making the rest of the record of an event that passes, and handing it over.
    pub pass: u32,
}

/// As measured.
pub const MODEL: Model = Model {
    event: 58,
    early: 12,
    record: 40,
    filter: 30,
    step: 2,
    flag_test: 2,
    walk: 8,
    byte: 3.6,
    read: 20,
    read_list: 265,
    context: 30,
    pass: 180,
};

/// Bytes that a string is taken to have, and elements a list.
pub const STRING_BYTES: usize = 32;
/// See [`STRING_BYTES`].
pub const LIST_ELEMENTS: usize = 4;

/// What the kernel does for one event, in its order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KernelCost {
    /// As they run: no other follows once no selector is left.
    pub filters: Vec<FilterCost>,
    /// Nanoseconds for an event that nothing is left of after the first filter.
    pub least_ns: u32,
    /// Nanoseconds for one that all filters look at.
    pub most_ns: u32,
    /// Nanoseconds more for one that passes.
    pub pass_ns: u32,
}

/// One filter: all tests of all selectors on one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FilterCost {
    /// `pathname`; `len(pathname)`; `pathname exists, truncated(pathname)`, which are one field.
    pub field: String,
    /// How it decides.
    pub kind: FilterKind,
    /// Selectors that ask for something here.
    pub selectors: usize,
    /// Intervals, tests of bits, or the automaton's states.
    pub entries: usize,
    /// What they take in the kernel's maps. Automata that are alike are there once.
    pub bytes: usize,
    /// Whether it is applied before a record of the event is begun.
    pub early: bool,
    /// Of a string: after how many bytes at most nothing can match any more; `None` if it is walked to its
    /// end, or is none.
    pub walks: Option<usize>,
    /// Nanoseconds, with what has to be read for it, and with beginning the record if it is the first that needs
    /// one; strings are taken to have 32 bytes, and lists 4 of them.
    pub ns: u32,
}

/// How a filter decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FilterKind {
    /// A search among intervals.
    Integers,
    /// The same, of addresses.
    Addresses,
    /// Tests of bits.
    Flags,
    /// A comparison of two integers.
    Order,
    /// A walk of a string through an automaton.
    String,
    /// A walk of each element of a list.
    Elements,
}

/// Estimates the filters of one event of these tables; `None` if it has none there.
pub fn estimate(tables: &FilterTables, event: &Event, printer: Printer<'_>) -> Option<KernelCost> {
    let found = tables.events.iter().find(|(id, _)| *id == event.id);
    let config = &found?.1;
    let from = config.filter_base as usize;
    let filters = tables
        .field_filters
        .get(from..from + config.filter_count as usize)?;
    let mut reads = Reads {
        event,
        config,
        done: Vec::new(),
    };
    let early = config.early_count as usize;
    let costs: Vec<FilterCost> = filters
        .iter()
        .enumerate()
        .map(|(at, filter)| {
            let mut cost = decide(tables, filter, named(filter, printer));
            cost.early = at < early;
            cost.ns += match at.cmp(&early) {
                Ordering::Less => MODEL.early,
                Ordering::Equal => MODEL.record + MODEL.filter + reads.before(filter),
                Ordering::Greater => MODEL.filter + reads.before(filter),
            };
            cost
        })
        .collect();
    let first = costs.first().map_or(0, |cost| cost.ns);
    let all: u32 = costs.iter().map(|cost| cost.ns).sum();
    let has_record = costs.last().is_some_and(|cost| !cost.early);
    Some(KernelCost {
        filters: costs,
        least_ns: MODEL.event + first,
        most_ns: MODEL.event + all,
        pass_ns: MODEL.pass + if has_record { 0 } else { MODEL.record },
    })
}

/// The filter without what has to be there before it decides.
fn decide(tables: &FilterTables, filter: &abi::FieldFilter, field: String) -> FilterCost {
    let count = filter.count as usize;
    let search = MODEL.step * (usize::BITS - count.leading_zeros());
    let (kind, entries, bytes, walks, ns) = match filter.kind {
        abi::FILTER_INTERVALS | abi::FILTER_ADDRESSES => {
            let kind = match filter.kind {
                abi::FILTER_INTERVALS => FilterKind::Integers,
                _ => FilterKind::Addresses,
            };
            (
                kind,
                count,
                count * size_of::<abi::Interval>(),
                None,
                search,
            )
        }
        abi::FILTER_ORDER => {
            let bytes = 3 * size_of::<abi::Interval>();
            (FilterKind::Order, 3, bytes, None, 0)
        }
        abi::FILTER_FLAGS => {
            let ns = MODEL.flag_test * filter.count;
            let bytes = count * size_of::<abi::FlagTest>();
            (FilterKind::Flags, count, bytes, None, ns)
        }
        kind => {
            let walk = tables.automata.get(filter.base as usize);
            let walk = walk.map(|automaton| Walk::of(automaton, &tables.transitions));
            let walk = walk.unwrap_or_default();
            let one = MODEL.walk + walk.ns(STRING_BYTES);
            let (kind, ns) = match kind {
                abi::FILTER_STRING if filter.field == field::COMM => {
                    (FilterKind::String, MODEL.walk + walk.ns(abi::COMM_SIZE / 2))
                }
                abi::FILTER_STRING => (FilterKind::String, one),
                _ => (FilterKind::Elements, one * LIST_ELEMENTS as u32),
            };
            (kind, walk.states, walk.bytes, walk.longest, ns)
        }
    };
    let selectors = filter.constrained.iter().map(|word| word.count_ones());
    FilterCost {
        field,
        kind,
        selectors: selectors.sum::<u32>() as usize,
        entries,
        bytes,
        early: false,
        walks,
        ns,
    }
}

/// What a filter is on, as a person would write it.
fn named(filter: &abi::FieldFilter, printer: Printer<'_>) -> String {
    match filter.kind {
        abi::FILTER_ORDER => {
            let (one, other) = (filter.field, filter.count);
            format!("{}, {}", name_of(one, printer), name_of(other, printer))
        }
        _ => name_of(filter.field, printer),
    }
}

fn name_of(number: u32, printer: Printer<'_>) -> String {
    let slot = |number: u32| {
        let slot = u16::try_from(number).unwrap_or(u16::MAX);
        printer.field(Some(Field::Slot(slot)))
    };
    match number {
        number if number >= abi::FIELD_LENGTH => {
            format!("len({})", slot(number - abi::FIELD_LENGTH))
        }
        number if number >= abi::FIELD_STATE => {
            let value = slot(number - abi::FIELD_STATE);
            format!("{value} exists, truncated({value})")
        }
        number if number < abi::FIELD_CONTEXT => slot(number),
        field::TREE => printer.field(None),
        number => {
            let is_it = |of: &&tracee_lang::context::FieldInfo| {
                header_field(of.field).is_some_and(|header| header.number == number)
            };
            let found = FIELDS.iter().find(is_it);
            found.map_or_else(|| number.to_string(), |of| of.path.into())
        }
    }
}

/// What the kernel has read of an event so far.
struct Reads<'a> {
    event: &'a Event,
    config: &'a abi::EventConfig,
    done: Vec<What>,
}

/// Something that is read when the first filter asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Context,
    Argument(usize),
    Slot(usize),
}

impl Reads<'_> {
    /// What has to be read before this filter can decide.
    fn before(&mut self, filter: &abi::FieldFilter) -> u32 {
        let other = match filter.kind {
            abi::FILTER_ORDER => self.read(filter.count),
            _ => 0,
        };
        other + self.read(filter.field)
    }

    fn read(&mut self, number: u32) -> u32 {
        let Some((what, ns)) = self.needed(number) else {
            return 0;
        };
        if self.done.contains(&what) {
            return 0;
        }
        self.done.push(what);
        ns
    }

    fn needed(&self, number: u32) -> Option<(What, u32)> {
        if (abi::FIELD_CONTEXT..abi::FIELD_STATE).contains(&number) {
            let is_dear = matches!(
                number,
                field::PID | field::TID | field::PPID | field::HOST_PPID | field::MNT_NS
                    ..=field::USER_NS | field::PROCESS_START_TIME | field::THREAD_START_TIME
            );
            return is_dear.then_some((What::Context, MODEL.context));
        }
        let slot = (number & (abi::FIELD_CONTEXT - 1)) as usize;
        let ty = &self.event.slots.get(slot)?.ty;
        let is_call = |hook: &Hook| matches!(hook, Hook::Syscall { .. });
        if !self.event.hooks.iter().any(is_call) {
            // Finding the path of a file that the kernel has in its hands is taken for reading one.
            let ns = match ty {
                Type::List(_) => MODEL.read_list,
                Type::Path | Type::String | Type::Bytes | Type::Ip => MODEL.read,
                _ => return None,
            };
            return Some((What::Slot(slot), ns));
        }
        let mut arguments = self.config.args.iter().enumerate();
        let (index, argument) = arguments.rfind(|(_, argument)| {
            argument.kind != abi::ARG_NONE && usize::from(argument.slot) <= slot
        })?;
        let ns = match argument.kind {
            abi::ARG_INT => return None,
            abi::ARG_STRING_LIST => MODEL.read_list,
            _ => MODEL.read,
        };
        Some((What::Argument(index), ns))
    }
}

/// How strings are walked through an automaton.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Walk {
    states: usize,
    bytes: usize,
    /// After this many bytes nothing can match any more; `None` if that need not be.
    longest: Option<usize>,
}

impl Walk {
    fn of(automaton: &abi::Automaton, transitions: &[u16]) -> Self {
        let row = |state: u16| {
            let at = automaton.base as usize + (usize::from(state) << automaton.shift);
            let row = transitions.get(at..at + automaton.end_class as usize + 1);
            row.unwrap_or_default()
        };
        let by_bytes = |state: u16| {
            let row = row(state).iter().take(automaton.end_class as usize);
            row.copied().filter(|&next| next != 0)
        };
        let start = u16::try_from(automaton.start).unwrap_or(0);
        // Those that bytes lead to, and in how many ways.
        let mut ways: HashMap<u16, usize> = HashMap::new();
        let mut queue = Vec::new();
        if start != 0 {
            ways.insert(start, 0);
            queue.push(start);
        }
        let mut last = start;
        while let Some(state) = queue.pop() {
            last = row(state).iter().fold(last, |last, &next| last.max(next));
            for next in by_bytes(state) {
                *ways.entry(next).or_insert_with(|| {
                    queue.push(next);
                    0
                }) += 1;
            }
        }
        let alive = ways.len();
        // In an order in which a state comes after those that lead to it; in a circle none comes first.
        let mut deepest: HashMap<u16, usize> = HashMap::new();
        let mut ready: Vec<u16> = ways
            .keys()
            .copied()
            .filter(|state| ways[state] == 0)
            .collect();
        let (mut ordered, mut longest) = (0, 0);
        while let Some(state) = ready.pop() {
            ordered += 1;
            let depth = deepest.get(&state).copied().unwrap_or(0) + 1;
            // The byte behind is read, too: it shows that nothing can match.
            longest = longest.max(depth);
            for next in by_bytes(state) {
                let deepest = deepest.entry(next).or_insert(0);
                *deepest = (*deepest).max(depth);
                if let Some(count) = ways.get_mut(&next) {
                    *count -= 1;
                    if *count == 0 {
                        ready.push(next);
                    }
                }
            }
        }
        // States are numbered from 1, those with outputs last; 0 is the dead one.
        let states = usize::from(last);
        let outputs = (states + 1).saturating_sub(automaton.first_output as usize);
        Self {
            states,
            bytes: size_of::<abi::Automaton>()
                + ((states + 1) << automaton.shift) * size_of::<u16>()
                + outputs * size_of::<abi::Output>(),
            longest: (ordered == alive).then_some(longest),
        }
    }

    /// Nanoseconds for the bytes of a string of this length.
    fn ns(self, length: usize) -> u32 {
        let bytes = self.longest.map_or(length, |longest| longest.min(length));
        (MODEL.byte * bytes as f64).round() as u32
    }
}

#[cfg(test)]
mod tests {
    use tracee_lang::check::check;
    use tracee_lang::source::SourceMap;
    use tracee_lang::stdlib::schema;

    use super::*;
    use crate::{Options, compile};

    /// The tables of a condition on openat.
    fn tables(condition: &str) -> FilterTables {
        let mut sources = SourceMap::default();
        let text = format!("policy p {{ select openat where {condition}; }}");
        let file = sources.add("p.tp", text.as_str());
        let checked = check(&sources, &[file]);
        assert_eq!(checked.diagnostics, [], "{text}");
        compile(schema(), &checked.policies, &Options::default())
            .0
            .tables
    }

    /// How many bytes of a string are read.
    fn read(tables: &FilterTables, text: &[u8]) -> usize {
        let automaton = &tables.automata[0];
        let mut state = automaton.start;
        for (at, byte) in text.iter().enumerate() {
            if state == 0 {
                return at;
            }
            let class = u32::from(automaton.classes[usize::from(*byte)]);
            let next = automaton.base + (state << automaton.shift) + class;
            state = u32::from(tables.transitions[next as usize]);
        }
        text.len()
    }

    /// As far as the longest, and one byte on.
    #[test]
    fn walks_end_where_nothing_can_match() {
        let longest = "/etc/ssh/sshd_config/and more than that";
        for (condition, walks, reads) in [
            ("pathname prefix \"/etc/ssh/\"", Some(10), 10),
            ("pathname == \"/etc/ssh\"", Some(9), 9),
            ("pathname prefix [\"/etc/ssh/\", \"/v\"]", Some(10), 10),
            ("pathname under \"/etc\"", Some(6), 6),
            ("pathname suffix \"h\"", None, longest.len()),
            ("pathname contains \"zz\"", None, longest.len()),
            ("pathname prefix~ \"/ETC\" and flags == 1", Some(5), 5),
        ] {
            let tables = tables(condition);
            let walk = Walk::of(&tables.automata[0], &tables.transitions);
            assert_eq!(walk.longest, walks, "{condition}");
            assert_eq!(read(&tables, longest.as_bytes()), reads, "{condition}");
        }
    }

    #[test]
    fn what_is_read_once_costs_once() {
        let cost = |condition: &str| {
            let tables = tables(condition);
            let event = schema().event_named("openat").unwrap();
            estimate(&tables, event, Printer::new(schema(), event)).unwrap()
        };
        let alone = cost("pathname prefix \"/etc/\"");
        let both = cost("pathname prefix \"/etc/\" and len(pathname) < 9");
        let read = both.filters.iter().map(|filter| filter.ns).sum::<u32>();
        assert_eq!(read, alone.filters[0].ns + MODEL.filter + 2 * MODEL.step);
        assert_eq!(alone.least_ns, alone.most_ns);
        assert_eq!(
            cost("proc.uid == 0").most_ns,
            MODEL.event + MODEL.early + 2 * MODEL.step
        );
    }
}
