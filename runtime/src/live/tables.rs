//! Writing filter tables into one generation's part of the maps.
//!
//! Each map but `events`, `syscalls` and `transitions` is cut in halves: generation 1 begins at
//! the map's capacity for one generation. Indices in [`FilterTables`] begin at 0; what is written
//! is absolute.

use tracee_compiler::tables::FilterTables;
use tracee_ebpf::abi;
use tracee_lang::schema::{EventId, Hook, Schema};
use zerocopy::{FromBytes, Immutable, IntoBytes};

use super::LiveError;
use super::cell::Cell;
use super::control::array_mut;
use super::hooks::PROCESS_EVENTS;
use super::integrity;
use super::object::Object;

/// Entries that one generation has in each map.
#[derive(Debug, Clone, Copy)]
pub(super) struct Capacity {
    field_filters: u32,
    intervals: u32,
    flag_tests: u32,
    automata: u32,
    outputs: u32,
}

impl Capacity {
    /// Room for these tables and for some growth.
    pub(super) fn for_tables(tables: &FilterTables) -> Result<Self, LiveError> {
        let of = |what, count: usize, least: usize, limit: usize| {
            if count > limit {
                return Err(LiveError::TooLarge { what, count, limit });
            }
            Ok((2 * count).max(least) as u32)
        };
        let entries = 1 << 24;
        of(
            "transitions",
            tables.transitions.len(),
            0,
            abi::MAX_TRANSITIONS,
        )?;
        Ok(Self {
            field_filters: of("field filters", tables.field_filters.len(), 256, entries)?,
            intervals: of("intervals", tables.intervals.len(), 1024, entries)?,
            flag_tests: of("flag tests", tables.flag_tests.len(), 256, entries)?,
            automata: of("automata", tables.automata.len(), 64, entries)?,
            outputs: of("outputs of automata", tables.outputs.len(), 256, entries)?,
        })
    }

    /// At least so much that most other policies fit, too.
    pub(super) fn with_room_for_others(self) -> Self {
        Self {
            field_filters: self.field_filters.max(1 << 11),
            intervals: self.intervals.max(1 << 14),
            flag_tests: self.flag_tests.max(1 << 12),
            automata: self.automata.max(1 << 9),
            outputs: self.outputs.max(1 << 13),
        }
    }

    /// Room for tables that are not known yet.
    pub(super) fn ample() -> Self {
        Self {
            field_filters: 1 << 12,
            intervals: 1 << 16,
            flag_tests: 1 << 14,
            automata: 1 << 10,
            outputs: 1 << 16,
        }
    }

    /// Names and sizes of the maps, with both generations.
    pub(super) fn maps(&self) -> [(&'static str, u32); 5] {
        [
            ("field_filters", 2 * self.field_filters),
            ("intervals", 2 * self.intervals),
            ("flag_tests", 2 * self.flag_tests),
            ("automata", 2 * self.automata),
            ("outputs", 2 * self.outputs),
        ]
    }

    /// Whether other tables fit, too.
    pub(super) fn check(&self, tables: &FilterTables) -> Result<(), LiveError> {
        let limits = [
            (
                "field filters",
                tables.field_filters.len(),
                self.field_filters,
            ),
            ("intervals", tables.intervals.len(), self.intervals),
            ("flag tests", tables.flag_tests.len(), self.flag_tests),
            ("automata", tables.automata.len(), self.automata),
            ("outputs of automata", tables.outputs.len(), self.outputs),
            (
                "transitions",
                tables.transitions.len(),
                abi::MAX_TRANSITIONS as u32,
            ),
        ];
        for (what, count, limit) in limits {
            let limit = limit as usize;
            if count > limit {
                return Err(LiveError::Grown { what, count, limit });
            }
        }
        Ok(())
    }
}

/// Writes the tables as a generation that isn't running. Returns the events that are configured.
pub(super) fn write(
    object: &mut Object,
    schema: &Schema,
    tables: &FilterTables,
    internal: bool,
    capacity: Capacity,
    generation: u32,
) -> Result<Vec<EventId>, LiveError> {
    let base = |entries: u32| generation * entries;
    let filters = tables.field_filters.iter().map(|filter| abi::FieldFilter {
        base: filter.base
            + match filter.kind {
                abi::FILTER_INTERVALS | abi::FILTER_ADDRESSES | abi::FILTER_ORDER => {
                    base(capacity.intervals)
                }
                abi::FILTER_FLAGS => base(capacity.flag_tests),
                _ => base(capacity.automata),
            },
        ..*filter
    });
    let automata = tables.automata.iter().map(|automaton| abi::Automaton {
        output_base: automaton.output_base + base(capacity.outputs),
        ..*automaton
    });
    fill(
        object,
        "field_filters",
        base(capacity.field_filters),
        filters,
    )?;
    fill(
        object,
        "intervals",
        base(capacity.intervals),
        tables.intervals.iter().copied(),
    )?;
    fill(
        object,
        "flag_tests",
        base(capacity.flag_tests),
        tables.flag_tests.iter().copied(),
    )?;
    fill(object, "automata", base(capacity.automata), automata)?;
    fill(
        object,
        "outputs",
        base(capacity.outputs),
        tables.outputs.iter().copied(),
    )?;
    write_transitions(object, &tables.transitions, generation)?;

    let mut configs = configs(schema, tables, internal)?;
    for (_, config) in &mut configs {
        config.filter_base += base(capacity.field_filters);
    }
    let mut map = array_mut(object, "events")?;
    for (event, config) in &configs {
        map.set(config_key(*event, generation), Cell(*config), 0)
            .map_err(|err| LiveError::map("events", err))?;
    }
    Ok(configs.into_iter().map(|(event, _)| event).collect())
}

/// Makes a generation that isn't running want none of these events.
pub(super) fn clear(
    object: &mut Object,
    events: &[EventId],
    generation: u32,
) -> Result<(), LiveError> {
    let mut map = array_mut(object, "events")?;
    for event in events {
        let nothing = Cell(abi::EventConfig::default());
        map.set(config_key(*event, generation), nothing, 0)
            .map_err(|err| LiveError::map("events", err))?;
    }
    Ok(())
}

pub(super) fn config_key(event: EventId, generation: u32) -> u32 {
    generation * abi::MAX_EVENTS as u32 + u32::from(event.0)
}

/// The tables' events, the ones that the process tree needs, the one that checks of memory follow, and those that share their syscall's
/// return with another (execveat returns as execve).
fn configs(
    schema: &Schema,
    tables: &FilterTables,
    internal: bool,
) -> Result<Vec<(EventId, abi::EventConfig)>, LiveError> {
    let mut configs = tables.events.clone();
    for (id, config) in &mut configs {
        let event = schema.event(*id).ok_or(LiveError::UnknownEvent(id.0))?;
        config.slot_count = event.slots.len() as u32;
        if is_at_enter(&event.hooks) {
            config.flags |= abi::EVENT_AT_ENTER;
        }
    }
    let follows_modules = integrity::follows_modules(tables);
    let mut add = |id: EventId, flags: u32, slots: usize| {
        if let Some((_, config)) = configs.iter_mut().find(|(of, _)| *of == id) {
            config.flags |= flags;
            return;
        }
        let config = abi::EventConfig {
            flags,
            slot_count: slots as u32,
            ..abi::EventConfig::default()
        };
        configs.push((id, config));
    };
    for event in &schema.events {
        if internal && PROCESS_EVENTS.contains(&event.id) {
            add(event.id, abi::EVENT_INTERNAL, event.slots.len());
        }
        if follows_modules && event.id == integrity::MODULE_BEGAN {
            add(event.id, abi::EVENT_INTERNAL, event.slots.len());
        }
        if is_at_enter(&event.hooks) {
            add(event.id, abi::EVENT_AT_ENTER, event.slots.len());
        }
    }
    configs.sort_by_key(|(id, _)| *id);
    Ok(configs)
}

/// Whether one of the hooks is a syscall that is read on entry.
pub(super) fn is_at_enter(hooks: &[Hook]) -> bool {
    hooks
        .iter()
        .any(|hook| matches!(hook, Hook::Syscall { at_enter: true, .. }))
}

fn fill<T: FromBytes + IntoBytes + Immutable + Copy + 'static>(
    object: &mut Object,
    name: &'static str,
    base: u32,
    values: impl Iterator<Item = T>,
) -> Result<(), LiveError> {
    let mut map = array_mut(object, name)?;
    for (key, value) in (base..).zip(values) {
        map.set(key, Cell(value), 0)
            .map_err(|err| LiveError::map(name, err))?;
    }
    Ok(())
}

fn write_transitions(
    object: &mut Object,
    entries: &[u16],
    generation: u32,
) -> Result<(), LiveError> {
    let mut all = entries.to_vec();
    all.resize(abi::MAX_TRANSITIONS, 0);
    let Ok(all) = Box::<[u16; abi::MAX_TRANSITIONS]>::try_from(all.into_boxed_slice()) else {
        return Err(LiveError::TooLarge {
            what: "transitions",
            count: entries.len(),
            limit: abi::MAX_TRANSITIONS,
        });
    };
    array_mut::<[u16; abi::MAX_TRANSITIONS]>(object, "transitions")?
        .set(generation, all, 0)
        .map_err(|err| LiveError::map("transitions", err))
}
