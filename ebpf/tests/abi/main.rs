//! The Rust mirror is the ABI of the committed object: each struct has the size and the members, at
//! the offsets, that the object's BTF says, and each constant the value.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking, in its functions too"
)]

use std::collections::BTreeMap;
use std::mem::offset_of;

use tracee_ebpf::{OBJECT, abi};

mod btf;

/// Name in C, size, name and offset of each member.
type Mirror = (&'static str, usize, Vec<(&'static str, usize)>);

macro_rules! mirrors {
    ($($c:literal $rust:ident { $($member:ident),* })*) => {
        vec![$((
            $c,
            size_of::<abi::$rust>(),
            vec![$((stringify!($member), offset_of!(abi::$rust, $member))),*],
        )),*]
    };
}

fn mirrors() -> Vec<Mirror> {
    mirrors! {
        "record_header" RecordHeader {
            size, event, flags, time, present, truncated, selectors, retval, cgroup_id,
            thread_start_time, process_start_time, parent_start_time, pid, tid, ppid, host_pid,
            host_tid, host_ppid, uid, gid, mnt_ns, pid_ns, uts_ns, net_ns, user_ns, cpu, syscall,
            reserved, comm
        }
        "tail_ref" TailRef { offset, length }
        "arg_config" ArgConfig { kind, slot, size, is_signed, aux, reserved }
        "event_config" EventConfig {
            flags, slot_count, selectors, filter_base, filter_count, early_count, reserved, args
        }
        "field_filter" FieldFilter { field, kind, is_signed, early, base, count, constrained }
        "interval" Interval { start, low, satisfied }
        "flag_test" FlagTest { mask, want, satisfies, otherwise }
        "automaton" Automaton {
            base, shift, start, first_output, output_base, end_class, initial, classes
        }
        "output" Output { satisfies, denies }
        "control" Control {
            generation, self_pid, boot_to_epoch, required_tree, enabled, processors, cpuset_groups, reserved
        }
        "loss" Loss { ring_full, stash_full, tree_full, no_work }
        "passed" Passed { seen, submitted }
    }
}

macro_rules! constants {
    ($($name:ident),*) => { vec![$((stringify!($name), abi::$name as i64)),*] };
}

/// The constants of each enum of abi.h, as the Rust mirror has them.
fn constants() -> Vec<(&'static str, Vec<(&'static str, i64)>)> {
    macro_rules! fields {
        ($($name:literal $rust:ident),*) => { vec![$(($name, i64::from(abi::field::$rust))),*] };
    }
    let mut context_fields = fields![
        "FIELD_PID" PID, "FIELD_TID" TID, "FIELD_PPID" PPID, "FIELD_HOST_PID" HOST_PID,
        "FIELD_HOST_TID" HOST_TID, "FIELD_HOST_PPID" HOST_PPID, "FIELD_UID" UID, "FIELD_GID" GID,
        "FIELD_MNT_NS" MNT_NS, "FIELD_PID_NS" PID_NS, "FIELD_UTS_NS" UTS_NS, "FIELD_NET_NS" NET_NS,
        "FIELD_USER_NS" USER_NS, "FIELD_CGROUP_ID" CGROUP_ID,
        "FIELD_PROCESS_START_TIME" PROCESS_START_TIME,
        "FIELD_THREAD_START_TIME" THREAD_START_TIME, "FIELD_CPU" CPU, "FIELD_RETVAL" RETVAL,
        "FIELD_COMM" COMM, "FIELD_TREE" TREE, "FIELD_TIME" TIME, "FIELD_END" END
    ];
    context_fields.extend(constants![FIELD_CONTEXT]);
    vec![
        (
            "abi_limit",
            constants![
                ABI_VERSION,
                MAX_EVENTS,
                MAX_SLOTS,
                MAX_SYSCALLS,
                MAX_SYSCALL_ARGS,
                MAX_EVENT_FILTERS,
                MAX_FLAG_TESTS,
                MAX_EARLY_FILTERS,
                MAX_EARLY_TESTS,
                MAX_INTERVALS,
                MAX_STRING,
                MAX_LIST,
                MAX_TAIL,
                SELECTOR_WORDS,
                COMM_SIZE,
                MAX_TRANSITIONS,
                BYTE_CLASSES,
                SPARE_WORKS,
                PROCESS_LOSSES
            ],
        ),
        (
            "record_flag",
            constants![
                RECORD_RETVAL,
                RECORD_COMPAT,
                RECORD_SELECTED,
                RECORD_INTERNAL,
                RECORD_GENERATION,
                RECORD_EXACT
            ],
        ),
        (
            "arg_kind",
            constants![
                ARG_NONE,
                ARG_INT,
                ARG_STRING,
                ARG_STRING_LIST,
                ARG_SOCKADDR,
                ARG_U64S
            ],
        ),
        (
            "event_flag",
            constants![EVENT_WANTED, EVENT_INTERNAL, EVENT_AT_ENTER],
        ),
        ("context_field", context_fields),
        ("slot_field", constants![FIELD_STATE, FIELD_LENGTH]),
        (
            "filter_kind",
            constants![
                FILTER_INTERVALS,
                FILTER_FLAGS,
                FILTER_STRING,
                FILTER_ADDRESSES,
                FILTER_ELEMENTS,
                FILTER_ORDER
            ],
        ),
        ("early", constants![EARLY_NO, EARLY_CONTEXT]),
    ]
}

#[test]
fn structs_are_laid_out_as_in_the_object() {
    let btf = btf::read(OBJECT);
    for (name, size, members) in mirrors() {
        let Some(found) = btf.structs.get(name) else {
            panic!("the object has no struct {name}");
        };
        let found_members: Vec<_> = found
            .members
            .iter()
            .map(|(name, offset)| (name.as_str(), *offset as usize))
            .collect();
        assert_eq!(found_members, members, "members of struct {name}");
        assert_eq!(found.size as usize, size, "size of struct {name}");
    }
}

#[test]
fn constants_have_the_values_of_the_object() {
    let btf = btf::read(OBJECT);
    for (name, constants) in constants() {
        let Some(found) = btf.enums.get(name) else {
            panic!("the object has no enum {name}");
        };
        let found: BTreeMap<_, _> = found.iter().map(|(n, v)| (n.as_str(), *v)).collect();
        assert_eq!(found, constants.into_iter().collect(), "enum {name}");
    }
}

#[test]
fn the_goto_table_is_as_long_as_said() {
    let btf = btf::read(OBJECT);
    let size = btf.structs["transitions"].size as usize;
    assert_eq!(size, abi::MAX_TRANSITIONS * size_of::<u16>());
}

#[test]
fn the_object_is_aligned_for_elf_readers() {
    assert_eq!(OBJECT.as_ptr() as usize % 8, 0);
}
