//! Where strace and tracee differ and both may: each entry says why. What is in none of these tables must be the
//! same. All that a name stands for is in numbers, too, and those are always compared.

/// Calls that tracee does not have.
pub(super) const NOT_GIVEN: &[(&str, &str)] = &[(
    "rt_sigreturn",
    "it replaces the registers, the call's number among them: docs/syscalls.md",
)];

/// The call by which strace's child becomes the program: tracee is told to watch tasks of the program's name, which
/// that one has only when it has returned.
pub(super) const FIRST: &str = "execve";

/// Calls that return in the child, too: an event of tracee's, but no line of strace's.
pub(super) const RETURNS_TWICE: &[&str] = &["fork", "vfork", "clone", "clone3"];

/// Calls of which strace, when it reads arguments, writes only so many in the order that the kernel takes them.
/// Those behind are compared where it writes registers.
pub(super) const IN_ORDER: &[(&str, usize, &str)] = &[
    ("preadv", 3, "both halves of the offset are written as one"),
    ("pwritev", 3, "both halves of the offset are written as one"),
    ("preadv2", 3, "both halves of the offset are written as one"),
    (
        "pwritev2",
        3,
        "both halves of the offset are written as one",
    ),
    (
        "futex",
        4,
        "arguments that an operation has no use for are left out",
    ),
    ("clone", 0, "the stack is written before the flags"),
];

/// Arguments that strace has no register of.
pub(super) const NO_REGISTER: &[(&str, &str, &str)] = &[
    (
        "preadv",
        "pos_h",
        "the kernel takes it and has no use for it on machines of 64 bits",
    ),
    (
        "pwritev",
        "pos_h",
        "the kernel takes it and has no use for it on machines of 64 bits",
    ),
];

/// What strace shows as an address when the call failed, and tracee as it lies there.
pub(super) const ADDRESS_ON_ERROR: &[(&str, &str, &str)] = &[
    ("getcwd", "buf", "the call fills it in"),
    ("clock_gettime", "tp", "the call fills it in"),
    ("clock_getres", "res", "the call fills it in"),
    ("sched_rr_get_interval", "tp", "the call fills it in"),
    ("prlimit64", "old_limit", "the call fills it in"),
    (
        "epoll_pwait2",
        "timeout",
        "strace reads it when the call is done",
    ),
    ("openat2", "how", "`size` is less than the struct's"),
    ("clone3", "cl_args", "`size` is less than the struct's"),
    (
        "mount_setattr",
        "uattr",
        "`usize` is less than the struct's",
    ),
    ("sethostname", "name", "`len` is no length"),
    ("setdomainname", "name", "`len` is no length"),
];

/// Texts that end where a length says for strace, and at a zero for tracee: docs/syscalls.md.
pub(super) const LONGER: &[(&str, &str)] = &[("sethostname", "name"), ("setdomainname", "name")];

/// Times of which the kernel leaves what is left when the call returns: strace reads them before it, tracee
/// after it, so they may only have become less.
pub(super) const WHAT_IS_LEFT: &[(&str, &str)] = &[
    ("ppoll", "tmo_p"),
    ("pselect6", "timeout"),
    ("recvmmsg", "timeout"),
];

/// Names of strace's that are others for tracee.
pub(super) const OTHER_NAMES: &[(&str, &[&str], &str)] = &[
    (
        "FUTEX_WAIT_PRIVATE",
        &["FUTEX_WAIT", "FUTEX_PRIVATE_FLAG"],
        "both have one name together",
    ),
    (
        "FUTEX_WAKE_PRIVATE",
        &["FUTEX_WAKE", "FUTEX_PRIVATE_FLAG"],
        "both have one name together",
    ),
    (
        "STATX_ALL",
        &[
            "STATX_TYPE",
            "STATX_MODE",
            "STATX_NLINK",
            "STATX_UID",
            "STATX_GID",
            "STATX_ATIME",
            "STATX_MTIME",
            "STATX_CTIME",
            "STATX_INO",
            "STATX_SIZE",
            "STATX_BLOCKS",
            "STATX_BTIME",
        ],
        "all have one name together",
    ),
    (
        "SCHED_OTHER",
        &["SCHED_NORMAL"],
        "the kernel's header has the other of both",
    ),
    ("MAP_FILE", &[], "it is 0, and the kernel has no use for it"),
    ("KEXEC_ARCH_DEFAULT", &[], "it is 0"),
    ("QCMD", &[], "a macro around the names"),
    (
        "SIGRT_1",
        &[],
        "signals beyond 31 have no names, as each libc numbers them otherwise",
    ),
    (
        "SIGRT_2",
        &[],
        "signals beyond 31 have no names, as each libc numbers them otherwise",
    ),
];

/// Names of tracee's where strace writes digits.
pub(super) const DIGITS: &[(&str, &str)] = &[
    ("S_IS", "permissions are written in octal digits"),
    ("S_IR", "permissions are written in octal digits"),
    ("S_IW", "permissions are written in octal digits"),
    ("S_IX", "permissions are written in octal digits"),
];

/// Arguments whose numbers strace does not name.
pub(super) const UNNAMED: &[(&str, i128, &str)] = &[(
    "personality",
    0xffff_ffff,
    "it asks for what is, and sets nothing",
)];
