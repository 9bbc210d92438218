//! The table of context fields.

use std::sync::LazyLock;

use super::{ContainerField, ContextField, FieldInfo, Origin, ProcessField};
use crate::types::{IntType, Type};

const U32: Type = Type::Int(IntType {
    bits: 32,
    signed: false,
});
const U64: Type = Type::Int(IntType {
    bits: 64,
    signed: false,
});
const I32: Type = Type::Int(IntType {
    bits: 32,
    signed: true,
});
const I64: Type = Type::Int(IntType {
    bits: 64,
    signed: true,
});

const fn field(
    field: ContextField,
    path: &'static str,
    ty: Type,
    origin: Origin,
    doc: &'static str,
) -> FieldInfo {
    FieldInfo {
        field,
        path,
        ty,
        origin,
        doc,
    }
}

/// Every context field. Paths are unique.
pub static FIELDS: LazyLock<Vec<FieldInfo>> = LazyLock::new(|| {
    use ContainerField as C;
    use ContextField::*;
    use Origin::*;
    use ProcessField as P;
    vec![
        field(
            Proc(P::Pid),
            "proc.pid",
            I32,
            Kernel,
            "process id, in the process's own namespace",
        ),
        field(
            Tid,
            "proc.tid",
            I32,
            Kernel,
            "thread id, in the process's own namespace",
        ),
        field(
            Ppid,
            "proc.ppid",
            I32,
            Kernel,
            "parent's process id, in the process's namespace",
        ),
        field(
            Proc(P::HostPid),
            "proc.host_pid",
            I32,
            Kernel,
            "process id, as the host sees it",
        ),
        field(
            HostTid,
            "proc.host_tid",
            I32,
            Kernel,
            "thread id, as the host sees it",
        ),
        field(
            HostPpid,
            "proc.host_ppid",
            I32,
            Kernel,
            "parent's process id, as the host sees it",
        ),
        field(Proc(P::Uid), "proc.uid", U32, Kernel, "real user id"),
        field(Proc(P::Gid), "proc.gid", U32, Kernel, "real group id"),
        field(
            Proc(P::Comm),
            "proc.comm",
            Type::String,
            Kernel,
            "the kernel's task name, at most 15 bytes; any program can change its own",
        ),
        field(
            Proc(P::StartTime),
            "proc.start_time",
            Type::Time,
            Kernel,
            "when the process started",
        ),
        field(
            ThreadStartTime,
            "proc.thread_start_time",
            Type::Time,
            Kernel,
            "when the thread started",
        ),
        field(
            CgroupId,
            "proc.cgroup_id",
            U64,
            Kernel,
            "id of the cgroup, as `stat -c %i` of its directory prints: version 2's, or that of version 1's cpuset where \
             containers have theirs there",
        ),
        field(
            Proc(P::Exe),
            "proc.exe",
            Type::Path,
            Userland,
            "path of the executable",
        ),
        field(
            Proc(P::Cmdline),
            "proc.cmdline",
            Type::String,
            Userland,
            "arguments, joined by spaces",
        ),
        field(
            Proc(P::Cwd),
            "proc.cwd",
            Type::Path,
            Userland,
            "working directory, as the process's mount namespace has it; absent if it is not known",
        ),
        field(
            Proc(P::User),
            "proc.user",
            Type::String,
            Userland,
            "name of the real user, as the machine's /etc/passwd has it; absent in containers",
        ),
        field(
            Proc(P::ExeSha256),
            "proc.exe_sha256",
            Type::String,
            Userland,
            "SHA-256 of the executable, 64 small hexadecimal digits; absent if it is not known",
        ),
        field(
            Proc(P::Entity),
            "proc.entity",
            U32,
            Userland,
            "a number made of the host's process id and the start time: another process with the same id has \
             another; `processEntityId` in JSON",
        ),
        field(
            Parent(P::Pid),
            "proc.parent.pid",
            I32,
            Userland,
            "parent's process id, in its own namespace",
        ),
        field(
            Parent(P::HostPid),
            "proc.parent.host_pid",
            I32,
            Userland,
            "parent's process id, as the host sees it",
        ),
        field(
            Parent(P::Uid),
            "proc.parent.uid",
            U32,
            Userland,
            "parent's real user id",
        ),
        field(
            Parent(P::Gid),
            "proc.parent.gid",
            U32,
            Userland,
            "parent's real group id",
        ),
        field(
            Parent(P::Comm),
            "proc.parent.comm",
            Type::String,
            Userland,
            "parent's task name",
        ),
        field(
            Parent(P::Exe),
            "proc.parent.exe",
            Type::Path,
            Userland,
            "path of the parent's executable",
        ),
        field(
            Parent(P::Cmdline),
            "proc.parent.cmdline",
            Type::String,
            Userland,
            "parent's arguments, joined by spaces",
        ),
        field(
            Parent(P::Cwd),
            "proc.parent.cwd",
            Type::Path,
            Userland,
            "parent's working directory",
        ),
        field(
            Parent(P::User),
            "proc.parent.user",
            Type::String,
            Userland,
            "name of the parent's real user",
        ),
        field(
            Parent(P::ExeSha256),
            "proc.parent.exe_sha256",
            Type::String,
            Userland,
            "SHA-256 of the parent's executable",
        ),
        field(
            Parent(P::Entity),
            "proc.parent.entity",
            U32,
            Userland,
            "parent's number, as in `proc.entity`; absent while its exact start time is not known",
        ),
        field(
            Parent(P::StartTime),
            "proc.parent.start_time",
            Type::Time,
            Userland,
            "when the parent started",
        ),
        field(
            MntNs,
            "ns.mnt",
            U32,
            Kernel,
            "mount namespace, as `readlink /proc/PID/ns/mnt` prints",
        ),
        field(PidNs, "ns.pid", U32, Kernel, "pid namespace"),
        field(UtsNs, "ns.uts", U32, Kernel, "UTS namespace"),
        field(NetNs, "ns.net", U32, Kernel, "network namespace"),
        field(UserNs, "ns.user", U32, Kernel, "user namespace"),
        field(
            Container(C::Id),
            "container.id",
            Type::String,
            Userland,
            "id of the container that the process is in; absent outside of containers",
        ),
        field(
            Container(C::Runtime),
            "container.runtime",
            Type::String,
            Userland,
            "what runs the container: `docker`, `containerd`, `crio`, `podman` or `unknown`",
        ),
        field(
            Container(C::Name),
            "container.name",
            Type::String,
            Userland,
            "the container's name, where its runtime tells it",
        ),
        field(
            Container(C::Image),
            "container.image",
            Type::String,
            Userland,
            "name of the container's image, where its runtime tells it",
        ),
        field(
            Container(C::ImageDigest),
            "container.image_digest",
            Type::String,
            Userland,
            "digest of the container's image, where its runtime tells it",
        ),
        field(
            Container(C::Started),
            "container.started",
            Type::Bool,
            Userland,
            "whether the container's own program runs, no longer the runtime that sets it up",
        ),
        field(
            Container(C::PodName),
            "pod.name",
            Type::String,
            Userland,
            "name of the container's Kubernetes pod",
        ),
        field(
            Container(C::PodNamespace),
            "pod.namespace",
            Type::String,
            Userland,
            "Kubernetes namespace of the pod",
        ),
        field(
            Container(C::PodUid),
            "pod.uid",
            Type::String,
            Userland,
            "the pod's uid",
        ),
        field(
            Container(C::PodLabels),
            "pod.labels",
            Type::List(Box::new(Type::String)),
            Userland,
            "the pod's labels, each `key=value`, where its runtime tells them",
        ),
        field(
            HostName,
            "host.name",
            Type::String,
            Userland,
            "name of the machine",
        ),
        field(
            EventName,
            "event.name",
            Type::String,
            Kernel,
            "the event's name",
        ),
        field(
            EventSyscall,
            "event.syscall",
            Type::String,
            Userland,
            "name of the syscall that the thread was in; absent if it was in none",
        ),
        field(
            EventTime,
            "event.time",
            Type::Time,
            Kernel,
            "when it happened",
        ),
        field(
            EventCpu,
            "event.cpu",
            U32,
            Kernel,
            "the processor it happened on",
        ),
        field(EventId, "event.id", I32, Kernel, "the event's number"),
        field(
            Retval,
            "retval",
            I64,
            Kernel,
            "what the call returned; negative is an errno",
        ),
    ]
});
