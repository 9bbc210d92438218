//! Where the record's header keeps each context field, and the number the kernel's filters know it
//! by. One table for the filter tables, the simulator, the interpreter's view and the matchers, so
//! that they cannot disagree.

use std::mem::offset_of;

use tracee_ebpf::abi::{RecordHeader, field};
use tracee_lang::context::{ContextField, FIELDS, ProcessField};

/// A context field in the record's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HeaderField {
    /// Bytes from the record's begin.
    pub offset: usize,
    /// How it lies there.
    pub storage: Storage,
    /// `FieldFilter::field`.
    pub number: u32,
}

/// How a field lies in the header. The kernel widens 32-bit fields with zeros, whatever type the
/// language gives them: process ids are never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Storage {
    U32,
    U64,
    /// `retval`: there only with `RECORD_RETVAL`.
    Retval,
    /// `comm`: 16 bytes, ended by the first NUL.
    Comm,
}

/// Where a context field lies; `None` if it is not in the header (the process tree knows it, or, as
/// with `event.id` and `event.name`, the event's type).
pub(crate) fn header_field(context: ContextField) -> Option<HeaderField> {
    use ContextField as C;
    use ProcessField as P;
    let found = |offset, storage, number| {
        Some(HeaderField {
            offset,
            storage,
            number,
        })
    };
    macro_rules! at {
        ($member:ident, $storage:ident, $number:ident) => {
            found(
                offset_of!(RecordHeader, $member),
                Storage::$storage,
                field::$number,
            )
        };
    }
    match context {
        C::Proc(P::Pid) => at!(pid, U32, PID),
        C::Proc(P::HostPid) => at!(host_pid, U32, HOST_PID),
        C::Proc(P::Uid) => at!(uid, U32, UID),
        C::Proc(P::Gid) => at!(gid, U32, GID),
        C::Proc(P::Comm) => at!(comm, Comm, COMM),
        C::Proc(P::StartTime) => at!(process_start_time, U64, PROCESS_START_TIME),
        C::Proc(P::Exe | P::Cmdline | P::Cwd | P::User | P::ExeSha256 | P::Entity)
        | C::Parent(_)
        | C::Container(_)
        | C::HostName
        | C::EventName
        | C::EventSyscall
        | C::EventId => None,
        C::Tid => at!(tid, U32, TID),
        C::Ppid => at!(ppid, U32, PPID),
        C::HostTid => at!(host_tid, U32, HOST_TID),
        C::HostPpid => at!(host_ppid, U32, HOST_PPID),
        C::ThreadStartTime => at!(thread_start_time, U64, THREAD_START_TIME),
        C::CgroupId => at!(cgroup_id, U64, CGROUP_ID),
        C::MntNs => at!(mnt_ns, U32, MNT_NS),
        C::PidNs => at!(pid_ns, U32, PID_NS),
        C::UtsNs => at!(uts_ns, U32, UTS_NS),
        C::NetNs => at!(net_ns, U32, NET_NS),
        C::UserNs => at!(user_ns, U32, USER_NS),
        C::EventTime => at!(time, U64, TIME),
        C::EventCpu => at!(cpu, U32, CPU),
        C::Retval => at!(retval, Retval, RETVAL),
    }
}

/// All of the header's fields.
pub(crate) fn header_fields() -> impl Iterator<Item = HeaderField> {
    FIELDS.iter().filter_map(|info| header_field(info.field))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use tracee_lang::context::Origin;

    use super::*;

    #[test]
    fn every_field_the_kernel_knows_lies_in_the_header() {
        let mut numbers = HashSet::new();
        for info in FIELDS.iter() {
            let known = header_field(info.field);
            let of_type = [ContextField::EventId, ContextField::EventName].contains(&info.field);
            let expected = info.origin == Origin::Kernel && !of_type;
            assert_eq!(known.is_some(), expected, "{}", info.path);
            assert!(
                known.is_none_or(|field| numbers.insert(field.number)),
                "{}",
                info.path
            );
        }
    }
}
