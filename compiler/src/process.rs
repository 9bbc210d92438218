//! What matchers see of a process: a flat view that generated code reads through fixed offsets.
//! The runtime's process tree keeps these; an event is matched beside the view of its process.

use std::mem::offset_of;
use std::ptr;
use std::sync::LazyLock;

use tracee_lang::syscalls;

/// A borrowed string in a [`ProcessView`]; absent if the pointer is null.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Text {
    /// First byte, or null.
    pub pointer: *const u8,
    /// Bytes.
    pub length: usize,
}

impl Text {
    /// No value.
    pub const ABSENT: Self = Self {
        pointer: ptr::null(),
        length: 0,
    };

    /// The view of these bytes; the caller keeps them alive for as long as it is used.
    pub fn new(bytes: &[u8]) -> Self {
        Self {
            pointer: bytes.as_ptr(),
            length: bytes.len(),
        }
    }
}

/// The names of syscalls by number, each as a [`Text`] lies in memory: address and length, which are 0
/// where there is none. Addresses, because a table of pointers can't be shared between threads.
#[cfg_attr(
    target_family = "wasm",
    expect(dead_code, reason = "generated code needs it")
)]
pub(crate) fn syscalls() -> &'static [[usize; 2]] {
    const {
        assert!(offset_of!(Text, pointer) == 0);
        assert!(offset_of!(Text, length) == size_of::<usize>());
    }
    static NAMES: LazyLock<Vec<[usize; 2]>> = LazyLock::new(|| {
        let mut names = Vec::new();
        for (number, name) in syscalls::all() {
            let at = usize::try_from(number).unwrap_or_default();
            names.resize(at.max(names.len()), [0; 2]);
            names.push([name.as_ptr().expose_provenance(), name.len()]);
        }
        names
    });
    &NAMES
}

/// A container as matchers see it: what the event's process is in.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct ContainerView {
    /// As its runtime names it; never absent.
    pub id: Text,
    /// What runs it.
    pub runtime: Text,
    /// Its name.
    pub name: Text,
    /// Its image's name.
    pub image: Text,
    /// Its image's digest.
    pub image_digest: Text,
    /// Name of its pod.
    pub pod_name: Text,
    /// The pod's namespace.
    pub pod_namespace: Text,
    /// The pod's uid.
    pub pod_uid: Text,
    /// The pod's labels, `key=value` each: a list as a record's tail has it.
    pub pod_labels: Text,
    /// 1 once its own program runs, else 0.
    pub started: u64,
}

impl ContainerView {
    /// Nothing known.
    pub const UNKNOWN: Self = Self {
        id: Text::ABSENT,
        runtime: Text::ABSENT,
        name: Text::ABSENT,
        image: Text::ABSENT,
        image_digest: Text::ABSENT,
        pod_name: Text::ABSENT,
        pod_namespace: Text::ABSENT,
        pod_uid: Text::ABSENT,
        pod_labels: Text::ABSENT,
        started: 0,
    };
}

/// [`ProcessView::known`]: pid is known.
pub const KNOWN_PID: u32 = 1;
/// [`ProcessView::known`]: host_pid is known.
pub const KNOWN_HOST_PID: u32 = 2;
/// [`ProcessView::known`]: uid is known.
pub const KNOWN_UID: u32 = 4;
/// [`ProcessView::known`]: gid is known.
pub const KNOWN_GID: u32 = 8;
/// [`ProcessView::known`]: start_time is known.
pub const KNOWN_START_TIME: u32 = 16;
/// [`ProcessView::known`]: entity is known.
pub const KNOWN_ENTITY: u32 = 32;

/// A number that tells processes of one host apart even when their pid is given again: FNV-1a over host pid
/// and start time, in nanoseconds since the epoch.
pub fn entity(host_pid: u32, start_time: u64) -> u32 {
    let bytes = host_pid
        .to_le_bytes()
        .into_iter()
        .chain(start_time.to_le_bytes());
    bytes.fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

/// A process as matchers see it.
///
/// Generated code follows the pointers. Whoever lends a view promises that `parent` is null or leads
/// to a view of which the same is true, and so for `container`, that texts lead to their bytes, that parents form no circle,
/// and that none of it goes away or changes while it is lent.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct ProcessView {
    /// The parent, or null if it is not known.
    pub parent: *const ProcessView,
    /// The container of the event's own process; null outside of containers, and for ancestors.
    pub container: *const ContainerView,
    /// Name of the machine; absent for ancestors.
    pub host: Text,
    /// Path of the executable.
    pub exe: Text,
    /// Arguments joined by spaces.
    pub cmdline: Text,
    /// The kernel's task name.
    pub comm: Text,
    /// The working directory.
    pub cwd: Text,
    /// Name of the real user.
    pub user: Text,
    /// Digest of the executable.
    pub exe_sha256: Text,
    /// Nanoseconds since the epoch.
    pub start_time: u64,
    /// In its own pid namespace.
    pub pid: u32,
    /// In the initial pid namespace.
    pub host_pid: u32,
    /// Real user id.
    pub uid: u32,
    /// Real group id.
    pub gid: u32,
    /// Which of the integers are known: KNOWN_*.
    pub known: u32,
    /// See [`entity`].
    pub entity: u32,
}

impl ProcessView {
    /// Nothing known.
    pub const UNKNOWN: Self = Self {
        parent: ptr::null(),
        container: ptr::null(),
        host: Text::ABSENT,
        exe: Text::ABSENT,
        cmdline: Text::ABSENT,
        comm: Text::ABSENT,
        cwd: Text::ABSENT,
        user: Text::ABSENT,
        exe_sha256: Text::ABSENT,
        start_time: 0,
        pid: 0,
        host_pid: 0,
        uid: 0,
        gid: 0,
        known: 0,
        entity: 0,
    };
}
