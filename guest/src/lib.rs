//! Programs that tests and recordings trace: `attack-chain` does what an intruder does, `benign`
//! does things of the same shapes that nobody should be woken for; `techniques` has single things of both
//! kinds, and `syscalls` makes nearly every syscall for strace to judge; `rootkit` changes a guest's kernel. All others stay on the loopback and below /tmp, and
//! harm nothing.
//!
//! A program is a list of [`Step`]s, handed to [`main`]. What several steps need is in [`http`]
//! (one file, served once), [`process`] (fork, ptrace and memfd, wrapped) and [`memory`] (code in memory, and
//! the memory of others); [`rootkit`] makes kernel modules ([`module_file`]), also for the live tests.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "programs that tell what they do"
)]

use std::io;
use std::process::ExitCode;

pub mod http;
pub mod memory;
pub mod module_file;
pub mod process;
pub mod rootkit;

/// One thing that a program does.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// Names it on the command line.
    pub name: &'static str,
    /// Does it; returns what came of it, for a person.
    pub run: fn() -> io::Result<String>,
}

impl Step {
    /// A step under this name.
    pub const fn new(name: &'static str, run: fn() -> io::Result<String>) -> Step {
        Step { name, run }
    }
}

/// Does the steps that the command line names, or all of them, in the order of `steps`. The exit
/// status is 1 when a step failed (the others are still done) and 2 for a name that isn't one.
pub fn main(steps: &[Step]) -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) = wanted
        .iter()
        .find(|name| steps.iter().all(|step| step.name != **name))
    {
        let names: Vec<&str> = steps.iter().map(|step| step.name).collect();
        eprintln!("no step `{unknown}`; there are {}", names.join(", "));
        return ExitCode::from(2);
    }
    let mut code = ExitCode::SUCCESS;
    for step in steps {
        if !wanted.is_empty() && wanted.iter().all(|name| name != step.name) {
            continue;
        }
        match (step.run)() {
            Ok(outcome) => println!("{}: {outcome}", step.name),
            Err(err) => {
                eprintln!("{}: failed: {err}", step.name);
                code = ExitCode::FAILURE;
            }
        }
    }
    code
}
