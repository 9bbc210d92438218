//! The context that every event carries, under fixed names (`proc.uid`, `ns.mnt`, `retval`).
//!
//! One table, [`FIELDS`], is the source for name resolution, `tracee list fields`, the pushdown
//! (which of them the kernel knows) and the matchers (where each lies).

mod fields;

use crate::types::Type;
pub use fields::FIELDS;

/// A property of a process: of the event's own (`proc.exe`), its parent (`proc.parent.exe`) or an
/// ancestor that a quantifier names (`any p in proc.ancestors { p.exe == … }`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ProcessField {
    /// Process id in its own pid namespace.
    Pid,
    /// Process id in the initial pid namespace.
    HostPid,
    /// Real user id.
    Uid,
    /// Real group id.
    Gid,
    /// The kernel's 15-byte task name.
    Comm,
    /// Path of the executable.
    Exe,
    /// Arguments, joined by spaces.
    Cmdline,
    /// When the process started.
    StartTime,
    /// The working directory.
    Cwd,
    /// Name of the real user.
    User,
    /// Digest of the executable.
    ExeSha256,
    /// A number made of host pid and start time.
    Entity,
}

impl ProcessField {
    /// All of them, in order of declaration.
    pub const ALL: &[Self] = &[
        Self::Pid,
        Self::HostPid,
        Self::Uid,
        Self::Gid,
        Self::Comm,
        Self::Exe,
        Self::Cmdline,
        Self::StartTime,
        Self::Cwd,
        Self::User,
        Self::ExeSha256,
        Self::Entity,
    ];
}

/// A property of the container that an event is from, or of the pod that the container is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ContainerField {
    /// `container.id`.
    Id,
    /// `container.runtime`.
    Runtime,
    /// `container.name`.
    Name,
    /// `container.image`.
    Image,
    /// `container.image_digest`.
    ImageDigest,
    /// `container.started`.
    Started,
    /// `pod.name`.
    PodName,
    /// `pod.namespace`.
    PodNamespace,
    /// `pod.uid`.
    PodUid,
    /// `pod.labels`, the one list.
    PodLabels,
}

impl ContainerField {
    /// All of them, in order of declaration.
    pub const ALL: &[Self] = &[
        Self::Id,
        Self::Runtime,
        Self::Name,
        Self::Image,
        Self::ImageDigest,
        Self::Started,
        Self::PodName,
        Self::PodNamespace,
        Self::PodUid,
        Self::PodLabels,
    ];
}

/// A field of the context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ContextField {
    /// `proc.FIELD`, of the event's own process. Pid, HostPid, Uid, Gid, Comm and StartTime are in
    /// the record; Exe, Cmdline, Cwd and Entity in the process tree.
    Proc(ProcessField),
    /// `proc.parent.FIELD`; all from the process tree, absent if the parent is not known.
    Parent(ProcessField),
    /// `proc.tid`.
    Tid,
    /// `proc.ppid`.
    Ppid,
    /// `proc.host_tid`.
    HostTid,
    /// `proc.host_ppid`.
    HostPpid,
    /// `proc.thread_start_time`.
    ThreadStartTime,
    /// `proc.cgroup_id`.
    CgroupId,
    /// `ns.mnt`.
    MntNs,
    /// `ns.pid`.
    PidNs,
    /// `ns.uts`.
    UtsNs,
    /// `ns.net`.
    NetNs,
    /// `ns.user`.
    UserNs,
    /// A property of the container; all absent outside of containers.
    Container(ContainerField),
    /// `host.name`.
    HostName,
    /// `event.name`.
    EventName,
    /// `event.syscall`; absent where the task is in none.
    EventSyscall,
    /// `event.time`.
    EventTime,
    /// `event.cpu`.
    EventCpu,
    /// `event.id`.
    EventId,
    /// `retval`; absent where the event has none.
    Retval,
}

/// Who knows a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// In the record: the kernel wrote it and can test it.
    Kernel,
    /// With the processes and containers, which userland keeps.
    Userland,
}

/// What is fixed about a field.
#[derive(Debug, Clone)]
pub struct FieldInfo {
    /// Which.
    pub field: ContextField,
    /// As the user writes it.
    pub path: &'static str,
    /// Its type.
    pub ty: Type,
    /// Who knows it.
    pub origin: Origin,
    /// One sentence, lower case, no full stop.
    pub doc: &'static str,
}

/// The fixed facts of a field. Total: a test checks that every field is in [`FIELDS`].
pub fn info(field: ContextField) -> Option<&'static FieldInfo> {
    FIELDS.iter().find(|info| info.field == field)
}
