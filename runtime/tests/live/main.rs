//! The live source against the running kernel. Each test starts a process of its own and watches
//! that process's tree only.
//!
//! Without the privilege to trace, a test says so and ends; with TRACEE_REQUIRE_LIVE=1 it fails.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "helpers of tests, too, fail by panicking; a skipped test says so"
)]
#![expect(
    unsafe_code,
    reason = "the watched process makes system calls with exact arguments"
)]

mod acts;
mod arguments;
mod automaton;
mod burst;
mod calls;
mod context;
mod directories;
mod existing;
mod filters;
mod functions;
mod integrity;
mod kernel_report;
mod lists;
mod memory;
mod memory_acts;
mod processes;
mod reload;
mod syscalls;
mod tables;
mod tracepoints;
mod watch;
