//! Why the live source can't run, in words that say what to do.

use aya::maps::MapError;
use aya::{BtfError, EbpfError};
use thiserror::Error;

/// See each one's message.
#[derive(Debug, Error)]
pub enum LiveError {
    /// Not root, and no capabilities.
    #[error(
        "tracing needs the capabilities CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN, and this \
         process has neither: run tracee as root (sudo), or replay a recording with --replay"
    )]
    NoPrivilege,
    /// In a container, without the host's pids.
    #[error(
        "tracee runs in a pid namespace of its own and would mistake its pids for the host's: run \
         it on the host, or start the container with --pid=host"
    )]
    PidNamespace,
    /// The kernel has no type information.
    #[error(
        "this kernel has no BTF ({path} {why}), which the eBPF programs need to find its structs: \
         use a kernel built with CONFIG_DEBUG_INFO_BTF=y (those of the distributions since about \
         2021 are)"
    )]
    NoBtf {
        /// Where it should be.
        path: &'static str,
        /// What is wrong there.
        why: String,
    },
    /// The kernel's BTF can't be read.
    #[error("the kernel's BTF can't be used: {0}")]
    Btf(BtfError),
    /// The object doesn't fit the kernel.
    #[error("the eBPF object can't be loaded: {}", chain(.0))]
    Load(EbpfError),
    /// A map's memory.
    #[error(
        "the kernel gave no memory for {what}: {why}. Choose a smaller ring buffer, or raise the \
         limit of locked memory (ulimit -l) on kernels before 5.11"
    )]
    NoMemory {
        /// Which.
        what: String,
        /// The kernel's error.
        why: std::io::Error,
    },
    /// A map of the object can't be used.
    #[error("the eBPF map `{name}`: {}", chain(.error))]
    Map {
        /// Its name.
        name: &'static str,
        /// What aya says.
        error: MapError,
    },
    /// The committed object is not the one that this was written for.
    #[error("the eBPF object has no map `{0}`: build it anew with `cargo xtask bpf`")]
    NoMap(&'static str),
    /// A limit of the ABI.
    #[error("the policies need {count} {what}, and the kernel's part has room for {limit}")]
    TooLarge {
        /// What of.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many there may be.
        limit: usize,
    },
    /// New tables that the running maps can't hold.
    #[error(
        "the new policies need {count} {what}, and the maps were made for {limit}: restart tracee"
    )]
    Grown {
        /// What of.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many there may be.
        limit: usize,
    },
    /// New tables that want what the maps were not made for.
    #[error(
        "the new policies want execve, or the tree of a process, and there is no room for that: restart tracee"
    )]
    NoRoom,
    /// The tables name an event that the schema doesn't have.
    #[error("the tables name the event {0}, which the schema doesn't have")]
    UnknownEvent(u16),
    /// The process trees can't be kept, but the policies need them.
    #[error("process trees can't be followed: {0}")]
    NoTree(String),
    /// More processes in trees than there is room for.
    #[error("the process trees have more than {0} processes")]
    TreeFull(u32),
    /// A program of the object.
    #[error("{0}")]
    Refused(String),
    /// The filters can't be run by themselves.
    #[error("the filters can't be run: {0}")]
    FilterRun(String),
    /// /proc.
    #[error("cannot read {path}: {why}; is /proc mounted?")]
    Proc {
        /// Which file.
        path: String,
        /// Why.
        why: std::io::Error,
    },
    /// A call to the system.
    #[error("{0} failed: {1}")]
    System(&'static str, std::io::Error),
}

impl LiveError {
    pub(super) fn map(name: &'static str, error: MapError) -> Self {
        Self::Map { name, error }
    }
}

/// An error and what caused it, in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}
