//! Makes nearly every syscall that a program can make without harm, most of them twice: once as a program would, once
//! so that the kernel refuses it. `cargo xtask vm --strace` runs it under strace, watched by tracee, and compares
//! what both say of each call.
//!
//! For guests only: it works below /tmp/syscalls, and what would reach further (mounts, names of the host, ids)
//! is done in processes and namespaces of their own. A [`Group`] is what belongs together, run in a child. What
//! a call returns is nothing to it: the kernel, strace and tracee say that.

#![expect(unsafe_code, reason = "every line is a syscall")]

use std::process::ExitCode;

use call::{call, in_child};
use libc::{SYS_chdir, SYS_mkdir};

mod call;
mod descriptors;
mod files;
mod identity;
mod ipc;
mod machine;
mod memory;
mod mounts;
mod names;
mod processes;
mod scheduling;
mod signals;
mod sockets;
mod time;
mod waiting;

/// Where files are made.
const FOLDER: &std::ffi::CStr = c"/tmp/syscalls";

/// Calls that belong together; each is run in a process of its own, one after the other.
type Group = fn();

const GROUPS: &[Group] = &[
    files::all,
    names::all,
    descriptors::all,
    memory::all,
    sockets::all,
    processes::all,
    scheduling::all,
    identity::all,
    signals::all,
    time::all,
    waiting::all,
    ipc::all,
    mounts::all,
    machine::all,
];

fn main() -> ExitCode {
    // The program that the group of processes executes.
    if std::env::args().nth(1).as_deref() == Some("executed") {
        return ExitCode::SUCCESS;
    }
    call!(SYS_mkdir, FOLDER, 0o755);
    if call!(SYS_chdir, FOLDER) != 0 {
        return ExitCode::FAILURE;
    }
    let mut code = ExitCode::SUCCESS;
    for group in GROUPS {
        if in_child(*group) != 0 {
            code = ExitCode::FAILURE;
        }
    }
    code
}
