//! The kernel's part of a compiled policy set, in the formats of `ebpf/bpf/abi.h`.

use tracee_ebpf::abi;
use tracee_lang::schema::EventId;

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
