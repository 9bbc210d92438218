//! The filters of one event, and the arrays that all events share.

use std::collections::{BTreeMap, HashMap};

use tracee_ebpf::abi::{self, Selectors, field};
use tracee_lang::hir::Field;
use tracee_lang::schema::{Event, EventId, Hook, Schema};

use super::automaton::{Built, TextTest, build};
use super::fields::{FieldTests, by_field, selectors};
use super::{EncodeError, FilterTables, flags, intervals, set_bit};
use crate::layout::{Storage, header_field};
use crate::plan::{EventPlan, FlagLiteral, Orders, Pattern};
use crate::split::MAX_ROOTS;

/// Collects the tables.
#[derive(Debug)]
pub(super) struct Builder<'a> {
    schema: &'a Schema,
    pub(super) tables: FilterTables,
    /// Bit by host pid of the root.
    roots: BTreeMap<u32, u8>,
    /// Base by row contents: events with the same patterns share them.
    shared: HashMap<Vec<u16>, u32>,
    /// How many transitions each string field added.
    sizes: Vec<(usize, EventId, Field)>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(schema: &'a Schema) -> Self {
        let (tables, roots) = (FilterTables::default(), BTreeMap::new());
        Self {
            schema,
            tables,
            roots,
            shared: HashMap::new(),
            sizes: Vec::new(),
        }
    }

    /// Adds the filters of `planned` and enters them in `config`.
    pub(super) fn event(
        &mut self,
        event: &Event,
        planned: &EventPlan,
        config: &mut abi::EventConfig,
    ) -> Result<(), EncodeError> {
        (0..planned.selectors.len().min(abi::MAX_SELECTORS))
            .for_each(|selector| set_bit(&mut config.selectors, selector));
        config.filter_base = index(self.tables.field_filters.len());
        for ((_, field), tests) in by_field(planned) {
            self.field(event, field, &tests)?;
            let count = self.tables.field_filters.len() - config.filter_base as usize;
            if count > abi::MAX_EVENT_FILTERS {
                let reason = format!(
                    "an event has at most {} filters in the kernel",
                    abi::MAX_EVENT_FILTERS
                );
                return Err(EncodeError::Overflow {
                    event: event.id,
                    field,
                    reason,
                });
            }
            config.filter_count = index(count);
        }
        self.early(event, config);
        Ok(())
    }

    /// Puts those filters first that need no record, and says of each what its field is.
    fn early(&mut self, event: &Event, config: &mut abi::EventConfig) {
        let is_call = |hook: &Hook| matches!(hook, Hook::Syscall { .. });
        if !event.hooks.iter().any(is_call) {
            return;
        }
        let filters = &mut self.tables.field_filters[config.filter_base as usize..];
        for filter in filters.iter_mut() {
            filter.early = early(filter, config);
        }
        filters.sort_by_key(|filter| filter.early == abi::EARLY_NO);
        let all = filters
            .iter()
            .take_while(|filter| filter.early != abi::EARLY_NO);
        config.early_count = index(all.count().min(abi::MAX_EARLY_FILTERS));
    }

    fn field(
        &mut self,
        event: &Event,
        field: Option<Field>,
        tests: &FieldTests<'_>,
    ) -> Result<(), EncodeError> {
        let (number, is_signed) = self.number(event, field);
        if !tests.ints.is_empty() {
            let pieces = intervals::of_ints(&tests.ints, is_signed);
            let filter = abi::FieldFilter {
                field: number,
                kind: abi::FILTER_INTERVALS,
                is_signed: is_signed.into(),
                constrained: selectors(&tests.ints),
                ..abi::FieldFilter::default()
            };
            self.intervals(event, field, filter, pieces)?;
        }
        if !tests.addresses.is_empty() {
            let pieces = intervals::of_addresses(&tests.addresses);
            let filter = abi::FieldFilter {
                field: number,
                kind: abi::FILTER_ADDRESSES,
                constrained: selectors(&tests.addresses),
                ..abi::FieldFilter::default()
            };
            self.intervals(event, field, filter, pieces)?;
        }
        for (other, tests) in &tests.orders {
            let (other, other_is_signed) = self.number(event, Some(*other));
            let filter = abi::FieldFilter {
                field: number,
                kind: abi::FILTER_ORDER,
                // Where one may be negative the other has room for a sign.
                is_signed: (is_signed || other_is_signed).into(),
                count: other,
                constrained: selectors(tests),
                ..abi::FieldFilter::default()
            };
            self.orders(filter, tests);
        }
        let states: Vec<_> = tests
            .states
            .iter()
            .map(|(selector, numbers)| (*selector, numbers))
            .collect();
        for (begin, tests) in [
            (abi::FIELD_STATE, &states),
            (abi::FIELD_LENGTH, &tests.lengths),
        ] {
            if tests.is_empty() {
                continue;
            }
            let filter = abi::FieldFilter {
                field: begin + number,
                kind: abi::FILTER_INTERVALS,
                constrained: selectors(tests),
                ..abi::FieldFilter::default()
            };
            self.intervals(event, field, filter, intervals::of_ints(tests, false))?;
        }
        let clauses: Vec<_> = tests
            .flags
            .iter()
            .map(|(selector, clauses)| (*selector, clauses.clone()))
            .collect();
        self.flag_layers(event, field, number, flags::layers(&clauses))?;
        if !tests.tree.is_empty() {
            self.tree(event, number, &tests.tree)?;
        }
        for (kind, tests) in [
            (abi::FILTER_STRING, &tests.text),
            (abi::FILTER_ELEMENTS, &tests.elements),
        ] {
            if let (false, Some(field)) = (tests.is_empty(), field) {
                let filter = abi::FieldFilter {
                    field: number,
                    kind,
                    count: 1,
                    ..abi::FieldFilter::default()
                };
                self.text(event, field, filter, tests)?;
            }
        }
        Ok(())
    }

    /// Adds a filter that looks for a value among these.
    fn intervals(
        &mut self,
        event: &Event,
        field: Option<Field>,
        filter: abi::FieldFilter,
        pieces: Vec<abi::Interval>,
    ) -> Result<(), EncodeError> {
        if pieces.len() > abi::MAX_INTERVALS {
            let most = abi::MAX_INTERVALS;
            let reason = format!("the kernel tells at most {most} intervals of a field apart");
            return Err(EncodeError::Overflow {
                event: event.id,
                field,
                reason,
            });
        }
        self.tables.field_filters.push(abi::FieldFilter {
            base: index(self.tables.intervals.len()),
            count: index(pieces.len()),
            ..filter
        });
        self.tables.intervals.extend(pieces);
        Ok(())
    }

    /// Adds a filter that compares two integers: three entries, for less, equal and greater.
    fn orders(&mut self, filter: abi::FieldFilter, tests: &[(usize, Orders)]) {
        let holds: [fn(&Orders) -> bool; 3] = [
            |orders| orders.less,
            |orders| orders.equal,
            |orders| orders.greater,
        ];
        self.tables.field_filters.push(abi::FieldFilter {
            base: index(self.tables.intervals.len()),
            ..filter
        });
        for (start, holds) in (0..).zip(holds) {
            let mut interval = abi::Interval {
                start,
                ..abi::Interval::default()
            };
            for (selector, _) in tests.iter().filter(|(_, orders)| holds(orders)) {
                set_bit(&mut interval.satisfied, *selector);
            }
            self.tables.intervals.push(interval);
        }
    }

    /// `FieldFilter::field` and whether integers there are signed.
    fn number(&self, event: &Event, field: Option<Field>) -> (u32, bool) {
        match field {
            None => (field::TREE, false),
            Some(Field::Slot(slot)) => {
                let ty = event.slots.get(usize::from(slot)).map(|slot| &slot.ty);
                let int = ty.and_then(|ty| self.schema.int_repr(ty));
                (u32::from(slot), int.is_some_and(|int| int.signed))
            }
            Some(Field::Context(context)) => match header_field(context) {
                Some(header) => (header.number, header.storage == Storage::Retval),
                None => (field::END, false),
            },
        }
    }

    fn flag_layers(
        &mut self,
        event: &Event,
        field: Option<Field>,
        number: u32,
        layers: Vec<flags::Layer>,
    ) -> Result<(), EncodeError> {
        for layer in layers {
            if layer.tests.len() > abi::MAX_FLAG_TESTS {
                let reason = format!(
                    "the kernel makes at most {} flag tests on one field",
                    abi::MAX_FLAG_TESTS
                );
                return Err(EncodeError::Overflow {
                    event: event.id,
                    field,
                    reason,
                });
            }
            self.tables.field_filters.push(abi::FieldFilter {
                field: number,
                kind: abi::FILTER_FLAGS,
                base: index(self.tables.flag_tests.len()),
                count: index(layer.tests.len()),
                constrained: layer.constrained,
                ..abi::FieldFilter::default()
            });
            self.tables.flag_tests.extend(layer.tests);
        }
        Ok(())
    }

    /// A tree test asks whether any of its roots' bits is set: that the masked value is not 0.
    fn tree(
        &mut self,
        event: &Event,
        number: u32,
        tests: &BTreeMap<usize, Vec<&[u32]>>,
    ) -> Result<(), EncodeError> {
        let mut clauses = Vec::new();
        for (selector, all) in tests {
            for pids in all {
                let mut mask = 0u64;
                for pid in *pids {
                    let next = self.roots.len();
                    if next >= MAX_ROOTS && !self.roots.contains_key(pid) {
                        let reason = "the kernel follows at most 63 process trees".into();
                        return Err(EncodeError::Overflow {
                            event: event.id,
                            field: None,
                            reason,
                        });
                    }
                    let bit = self.roots.entry(*pid).or_insert(next as u8);
                    mask |= 1 << *bit;
                }
                clauses.push((
                    *selector,
                    [FlagLiteral {
                        mask,
                        want: 0,
                        negated: true,
                    }],
                ));
            }
        }
        let mut by_selector: BTreeMap<usize, Vec<&[FlagLiteral]>> = BTreeMap::new();
        for (selector, clause) in &clauses {
            by_selector.entry(*selector).or_default().push(clause);
        }
        let by_selector: Vec<_> = by_selector.into_iter().collect();
        self.flag_layers(event, None, number, flags::layers(&by_selector))
    }

    fn text(
        &mut self,
        event: &Event,
        field: Field,
        filter: abi::FieldFilter,
        tests: &[(usize, bool, &[Pattern])],
    ) -> Result<(), EncodeError> {
        let overflow = |reason: String| EncodeError::Overflow {
            event: event.id,
            field: Some(field),
            reason,
        };
        let mut needs: BTreeMap<usize, usize> = BTreeMap::new();
        let mut all = Vec::with_capacity(tests.len());
        let mut constrained = Selectors::default();
        for &(selector, negated, any) in tests {
            set_bit(&mut constrained, selector);
            let need = (!negated).then(|| {
                let next = needs.entry(selector).or_default();
                *next += 1;
                *next - 1
            });
            if need.is_some_and(|need| need > 1) {
                return Err(overflow(
                    "the kernel keeps two string tests on one field apart".into(),
                ));
            }
            all.push(TextTest {
                selector,
                need,
                any,
            });
        }
        let built = build(&all).map_err(|_| overflow(too_large()))?;
        self.sizes.push((built.transitions.len(), event.id, field));
        let base = self.automaton(built);
        if self.tables.transitions.len() > abi::MAX_TRANSITIONS {
            let biggest = self.sizes.iter().max().copied();
            let (_, event, field) = biggest.unwrap_or((0, event.id, field));
            let reason = too_large();
            return Err(EncodeError::Overflow {
                event,
                field: Some(field),
                reason,
            });
        }
        self.tables.field_filters.push(abi::FieldFilter {
            base,
            constrained,
            ..filter
        });
        Ok(())
    }

    /// Places an automaton in the maps; equal rows, and equal automata, are there once.
    fn automaton(&mut self, built: Built) -> u32 {
        let Built {
            mut header,
            transitions,
            outputs,
        } = built;
        header.base = match self.shared.get(&transitions) {
            Some(&base) => base,
            None => {
                let base = index(self.tables.transitions.len());
                self.tables.transitions.extend_from_slice(&transitions);
                self.shared.insert(transitions, base);
                base
            }
        };
        let all = &mut self.tables;
        let same = (0..all.automata.len()).find(|&at| {
            let from = all.automata[at].output_base;
            header.output_base = from;
            let known = all
                .outputs
                .get(from as usize..from as usize + outputs.len());
            all.automata[at] == header && known == Some(&outputs[..])
        });
        if let Some(same) = same {
            return index(same);
        }
        header.output_base = index(all.outputs.len());
        all.outputs.extend(outputs);
        all.automata.push(header);
        index(all.automata.len() - 1)
    }

    pub(super) fn finish(mut self) -> FilterTables {
        self.tables.tree_roots = self
            .roots
            .into_iter()
            .map(|(pid, bit)| (bit, pid))
            .collect();
        self.tables.tree_roots.sort_unstable();
        self.tables
    }
}

/// `FieldFilter::early` of a syscall's filter.
fn early(filter: &abi::FieldFilter, config: &abi::EventConfig) -> u8 {
    let is_short = match filter.kind {
        abi::FILTER_INTERVALS => true,
        abi::FILTER_FLAGS => filter.count as usize <= abi::MAX_EARLY_TESTS,
        _ => false,
    };
    if !is_short {
        return abi::EARLY_NO;
    }
    match filter.field {
        field::UID
        | field::GID
        | field::HOST_PID
        | field::HOST_TID
        | field::CGROUP_ID
        | field::CPU
        | field::RETVAL
        | field::TREE => abi::EARLY_CONTEXT,
        slot => {
            let is_it = |argument: &abi::ArgConfig| {
                argument.kind == abi::ARG_INT && u32::from(argument.slot) == slot
            };
            let argument = config.args.iter().position(is_it);
            argument.map_or(abi::EARLY_NO, |argument| index(argument + 1) as u8)
        }
    }
}

fn too_large() -> String {
    format!(
        "the kernel's string tables have {} transitions, too few",
        abi::MAX_TRANSITIONS
    )
}

/// Lengths of tables are far below 2^32.
fn index(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
