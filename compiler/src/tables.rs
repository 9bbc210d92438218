//! The kernel's part of a compiled policy set, in the formats of `ebpf/bpf/abi.h`.
//!
//! [`encode`] makes it from a plan: an [`abi::EventConfig`] for every wanted event, and for every
//! field that its selectors test one or more [`abi::FieldFilter`]s, cheapest first. Whatever does not
//! fit is an [`EncodeError::Overflow`] that names the field to leave to userland; the caller splits
//! again without it (see [`crate::compile`]).

mod arguments;
mod automaton;
mod event;
mod fields;
mod flags;
mod intervals;

use tracee_ebpf::abi::{self, Selectors};
use tracee_lang::hir::Field;
use tracee_lang::schema::{EventId, Hook, Schema};
use tracee_lang::source::Span;

pub use self::arguments::syscall_numbers;
use crate::plan::Plan;

/// Everything the loader writes into the filter maps for one generation. Indices inside (filter
/// bases, interval bases, automata …) start at 0; the loader adds the generation's base when it
/// writes generation 1.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FilterTables {
    /// Configuration by event; events that are not here are not wanted.
    pub events: Vec<(EventId, abi::EventConfig)>,
    /// Map `field_filters`.
    pub field_filters: Vec<abi::FieldFilter>,
    /// Map `intervals`.
    pub intervals: Vec<abi::Interval>,
    /// Map `flag_tests`.
    pub flag_tests: Vec<abi::FlagTest>,
    /// Map `automata`.
    pub automata: Vec<abi::Automaton>,
    /// Map `outputs`.
    pub outputs: Vec<abi::Output>,
    /// Map `transitions`; at most [`abi::MAX_TRANSITIONS`].
    pub transitions: Vec<u16>,
    /// The host pids that are roots of process trees: the bit of the root in the masks of `tree`,
    /// and its pid. Bit 63 is kept for `tracee run -- CMD`.
    pub tree_roots: Vec<(u8, u32)>,
}

/// What the tables need besides the plan.
#[derive(Debug, Clone, Default)]
pub struct EncodeOptions {
    /// Events that the process tree needs, whatever policies want (fork, exec, exit).
    pub internal: Vec<EventId>,
}

/// Why a plan has no tables.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// The tests on one field need more room than the kernel has; leave it to userland.
    #[error("{reason}")]
    Overflow {
        /// On this event …
        event: EventId,
        /// … this field; `None` is the process tree.
        field: Option<Field>,
        /// Which limit, as a person would say it.
        reason: String,
    },
    /// The schema declares something that the kernel's programs can't read.
    #[error("{message}")]
    Unreadable {
        /// What.
        message: String,
        /// The declaration.
        span: Span,
    },
}

/// Encodes a plan.
///
/// # Errors
/// [`EncodeError`]; the first one found.
pub fn encode(
    schema: &Schema,
    plan: &Plan,
    options: &EncodeOptions,
) -> Result<FilterTables, EncodeError> {
    let mut builder = event::Builder::new(schema);
    for planned in &plan.events {
        let Some(event) = schema.event(planned.event) else {
            continue;
        };
        let mut config = config(schema, event, options)?;
        config.flags |= abi::EVENT_WANTED;
        builder.event(event, planned, &mut config)?;
        builder.tables.events.push((event.id, config));
    }
    for id in &options.internal {
        let Some(event) = schema.event(*id) else {
            continue;
        };
        if plan.events.iter().all(|planned| planned.event != *id) {
            builder
                .tables
                .events
                .push((*id, config(schema, event, options)?));
        }
    }
    builder.tables.events.sort_by_key(|(id, _)| *id);
    builder.tables.events.dedup_by_key(|(id, _)| *id);
    Ok(builder.finish())
}

/// The configuration of an event before its selectors.
fn config(
    schema: &Schema,
    event: &tracee_lang::schema::Event,
    options: &EncodeOptions,
) -> Result<abi::EventConfig, EncodeError> {
    let at_enter = event
        .hooks
        .iter()
        .any(|hook| matches!(hook, Hook::Syscall { at_enter: true, .. }));
    let internal = options.internal.contains(&event.id);
    let flag = |set: bool, flag: u32| if set { flag } else { 0 };
    Ok(abi::EventConfig {
        flags: flag(at_enter, abi::EVENT_AT_ENTER) | flag(internal, abi::EVENT_INTERNAL),
        // The schema allows at most 64.
        slot_count: u32::try_from(event.slots.len()).unwrap_or(u32::MAX),
        args: arguments::arguments(schema, event)?,
        ..abi::EventConfig::default()
    })
}

/// Adds one selector to a set.
fn set_bit(selectors: &mut Selectors, selector: usize) {
    selectors[selector / 64] |= 1 << (selector % 64);
}
