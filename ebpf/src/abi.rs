//! The Rust mirror of `bpf/abi.h`, whose comments say what each member means and how the kernel
//! uses it. Integers only and no implicit padding (zerocopy refuses it); `tests/abi.rs` compares
//! sizes, offsets and constants with the object's BTF.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Of the record, which recordings hold: changes whenever its form does.
pub const ABI_VERSION: u32 = 1;
/// Event ids are below this.
pub const MAX_EVENTS: usize = 4096;
/// Slots of one event.
pub const MAX_SLOTS: usize = 64;
/// Syscall numbers are below this.
pub const MAX_SYSCALLS: usize = 600;
/// Arguments of a syscall.
pub const MAX_SYSCALL_ARGS: usize = 6;
/// Field filters of one event.
pub const MAX_EVENT_FILTERS: usize = 32;
/// Flag tests of one filter.
pub const MAX_FLAG_TESTS: usize = 256;
/// Filters of a syscall that are applied before a record is begun.
pub const MAX_EARLY_FILTERS: usize = 4;
/// Flag tests of one of them.
pub const MAX_EARLY_TESTS: usize = 4;
/// Intervals of one filter.
pub const MAX_INTERVALS: usize = 1_048_576;
/// Bytes of one string that are kept.
pub const MAX_STRING: usize = 4096;
/// Bytes of one list that are kept.
pub const MAX_LIST: usize = 32768;
/// Bytes of a record's tail.
pub const MAX_TAIL: usize = 65536;
/// 64-bit words of a selector set.
pub const SELECTOR_WORDS: usize = 4;
/// Selectors of one event.
pub const MAX_SELECTORS: usize = SELECTOR_WORDS * 64;
/// Bytes of a task name with its padding.
pub const COMM_SIZE: usize = 16;
/// Records that can be made at once, beside one for each processor.
pub const SPARE_WORKS: usize = 8;
/// Places where processes' losses are counted, by their host pids.
pub const PROCESS_LOSSES: usize = 32_768;
/// Entries of the goto table that all automata of a generation share.
pub const MAX_TRANSITIONS: usize = 262_144;
/// Bytes have this many values.
pub const BYTE_CLASSES: usize = 256;

/// A set of selectors of one event.
pub type Selectors = [u64; SELECTOR_WORDS];

/// [`RecordHeader::flags`]: `retval` is meaningful.
pub const RECORD_RETVAL: u16 = 1;
/// [`RecordHeader::flags`]: a 32-bit caller.
pub const RECORD_COMPAT: u16 = 2;
/// [`RecordHeader::flags`]: `selectors` holds the kernel's decision.
pub const RECORD_SELECTED: u16 = 4;
/// [`RecordHeader::flags`]: kept for the process tree only.
pub const RECORD_INTERNAL: u16 = 8;
/// [`RecordHeader::flags`]: the filters of generation 1 decided, else those of generation 0.
pub const RECORD_GENERATION: u16 = 16;
/// [`RecordHeader::flags`]: of `existing_process`, times are the kernel's, not rounded by /proc.
pub const RECORD_EXACT: u16 = 32;

/// The fixed part at a record's begin; slots and tail follow it.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
#[expect(missing_docs, reason = "abi.h documents each member")]
pub struct RecordHeader {
    pub size: u32,
    pub event: u16,
    pub flags: u16,
    pub time: u64,
    pub present: u64,
    pub truncated: u64,
    pub selectors: Selectors,
    pub retval: i64,
    pub cgroup_id: u64,
    pub thread_start_time: u64,
    pub process_start_time: u64,
    pub parent_start_time: u64,
    pub pid: u32,
    pub tid: u32,
    pub ppid: u32,
    pub host_pid: u32,
    pub host_tid: u32,
    pub host_ppid: u32,
    pub uid: u32,
    pub gid: u32,
    pub mnt_ns: u32,
    pub pid_ns: u32,
    pub uts_ns: u32,
    pub net_ns: u32,
    pub user_ns: u32,
    pub cpu: u32,
    pub syscall: i32,
    pub reserved: u32,
    pub comm: [u8; COMM_SIZE],
}

/// Where slot 0 lies in a record.
pub const SLOTS_OFFSET: usize = size_of::<RecordHeader>();

/// A slot that points into the tail.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
#[expect(missing_docs, reason = "abi.h documents each member")]
pub struct TailRef {
    pub offset: u32,
    pub length: u32,
}

/// [`ArgConfig::kind`]: no argument.
pub const ARG_NONE: u8 = 0;
/// [`ArgConfig::kind`]: a register.
pub const ARG_INT: u8 = 1;
/// [`ArgConfig::kind`]: a NUL-terminated string.
pub const ARG_STRING: u8 = 2;
/// [`ArgConfig::kind`]: an array of strings.
pub const ARG_STRING_LIST: u8 = 3;
/// [`ArgConfig::kind`]: a socket address.
pub const ARG_SOCKADDR: u8 = 4;
/// [`ArgConfig::kind`]: a struct of 64-bit words.
pub const ARG_U64S: u8 = 5;

/// How a syscall's argument is read.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
#[expect(missing_docs, reason = "abi.h documents each member")]
pub struct ArgConfig {
    pub kind: u8,
    pub slot: u8,
    pub size: u8,
    pub is_signed: u8,
    pub aux: u8,
    pub reserved: [u8; 3],
}

/// [`EventConfig::flags`]: a policy wants it.
pub const EVENT_WANTED: u32 = 1;
/// [`EventConfig::flags`]: the process tree needs it.
pub const EVENT_INTERNAL: u32 = 2;
/// [`EventConfig::flags`]: arguments are read on entry.
pub const EVENT_AT_ENTER: u32 = 4;

/// What the kernel does with one event.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
#[expect(missing_docs, reason = "abi.h documents each member")]
pub struct EventConfig {
    pub flags: u32,
    pub slot_count: u32,
    pub selectors: Selectors,
    pub filter_base: u32,
    pub filter_count: u32,
    pub early_count: u32,
    pub reserved: u32,
    pub args: [ArgConfig; MAX_SYSCALL_ARGS],
}

/// [`FieldFilter::field`]: slots are below this, context fields from here on.
pub const FIELD_CONTEXT: u32 = 64;
#[expect(missing_docs, reason = "named after the members of RecordHeader")]
pub mod field {
    pub const PID: u32 = 64;
    pub const TID: u32 = 65;
    pub const PPID: u32 = 66;
    pub const HOST_PID: u32 = 67;
    pub const HOST_TID: u32 = 68;
    pub const HOST_PPID: u32 = 69;
    pub const UID: u32 = 70;
    pub const GID: u32 = 71;
    pub const MNT_NS: u32 = 72;
    pub const PID_NS: u32 = 73;
    pub const UTS_NS: u32 = 74;
    pub const NET_NS: u32 = 75;
    pub const USER_NS: u32 = 76;
    pub const CGROUP_ID: u32 = 77;
    pub const PROCESS_START_TIME: u32 = 78;
    pub const THREAD_START_TIME: u32 = 79;
    pub const CPU: u32 = 80;
    pub const RETVAL: u32 = 81;
    pub const COMM: u32 = 82;
    pub const TREE: u32 = 83;
    pub const TIME: u32 = 84;
    pub const END: u32 = 85;
}

/// [`FieldFilter::field`]: whether a slot holds a value and whether it was cut; the slot is added.
pub const FIELD_STATE: u32 = 128;
/// [`FieldFilter::field`]: the bytes of a slot's value in the tail; the slot is added.
pub const FIELD_LENGTH: u32 = 192;

/// [`FieldFilter::kind`]: a binary search in `intervals`.
pub const FILTER_INTERVALS: u16 = 1;
/// [`FieldFilter::kind`]: each of some `flag_tests`.
pub const FILTER_FLAGS: u16 = 2;
/// [`FieldFilter::kind`]: a walk through an automaton.
pub const FILTER_STRING: u16 = 3;
/// [`FieldFilter::kind`]: a binary search of an address in `intervals`.
pub const FILTER_ADDRESSES: u16 = 4;
/// [`FieldFilter::kind`]: a walk of every element through an automaton.
pub const FILTER_ELEMENTS: u16 = 5;
/// [`FieldFilter::kind`]: one of three `intervals`, by how the field lies to the one that `count` names.
pub const FILTER_ORDER: u16 = 6;

/// [`FieldFilter::early`]: the filter needs a record.
pub const EARLY_NO: u8 = 0;
/// [`FieldFilter::early`]: it does not, on a field of the context.
pub const EARLY_CONTEXT: u8 = 255;

/// All predicates on one field of one event.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
#[expect(missing_docs, reason = "abi.h documents each member")]
pub struct FieldFilter {
    pub field: u32,
    pub kind: u16,
    pub is_signed: u8,
    pub early: u8,
    pub base: u32,
    pub count: u32,
    pub constrained: Selectors,
}

/// A piece of the number line, or of the line of addresses.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
#[expect(missing_docs, reason = "abi.h documents each member")]
pub struct Interval {
    pub start: u64,
    pub low: u64,
    pub satisfied: Selectors,
}

/// A test of bits.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
#[expect(missing_docs, reason = "abi.h documents each member")]
pub struct FlagTest {
    pub mask: u64,
    pub want: u64,
    pub satisfies: Selectors,
    pub otherwise: Selectors,
}

/// All string predicates on one field of one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
#[expect(missing_docs, reason = "abi.h documents each member")]
pub struct Automaton {
    pub base: u32,
    pub shift: u32,
    pub start: u32,
    pub first_output: u32,
    pub output_base: u32,
    pub end_class: u32,
    pub initial: [Selectors; 2],
    pub classes: [u8; BYTE_CLASSES],
}

/// What reaching a state of an automaton means.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
#[expect(missing_docs, reason = "abi.h documents each member")]
pub struct Output {
    pub satisfies: [Selectors; 2],
    pub denies: Selectors,
}

/// The switchboard.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
#[expect(missing_docs, reason = "abi.h documents each member")]
pub struct Control {
    pub generation: u32,
    pub self_pid: u32,
    pub boot_to_epoch: u64,
    pub required_tree: u64,
    pub enabled: u32,
    pub processors: u32,
    pub cpuset_groups: u32,
    pub reserved: u32,
}

/// Records that were lost, of one event on one CPU.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
#[expect(missing_docs, reason = "abi.h documents each member")]
pub struct Loss {
    pub ring_full: u64,
    pub stash_full: u64,
    pub tree_full: u64,
    pub no_work: u64,
}

/// What happened to one event on one CPU.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
#[expect(missing_docs, reason = "abi.h documents each member")]
pub struct Passed {
    pub seen: u64,
    pub submitted: u64,
}
