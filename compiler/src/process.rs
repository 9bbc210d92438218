//! What matchers see of a process: a flat view that generated code reads through fixed offsets.
//! The runtime's process tree keeps these; an event is matched beside the view of its process.

use std::ptr;

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

/// A process as matchers see it.
///
/// Generated code follows the pointers. Whoever lends a view promises that `parent` is null or leads
/// to a view of which the same is true, that texts lead to their bytes, that parents form no circle,
/// and that none of it goes away or changes while it is lent.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct ProcessView {
    /// The parent, or null if it is not known.
    pub parent: *const ProcessView,
    /// Path of the executable.
    pub exe: Text,
    /// Arguments joined by spaces.
    pub cmdline: Text,
    /// The kernel's task name.
    pub comm: Text,
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
    /// 0.
    pub reserved: u32,
}

impl ProcessView {
    /// Nothing known.
    pub const UNKNOWN: Self = Self {
        parent: ptr::null(),
        exe: Text::ABSENT,
        cmdline: Text::ABSENT,
        comm: Text::ABSENT,
        start_time: 0,
        pid: 0,
        host_pid: 0,
        uid: 0,
        gid: 0,
        known: 0,
        reserved: 0,
    };
}
