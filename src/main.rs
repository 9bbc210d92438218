//! The `tracee` command line: reads the arguments, runs one subcommand, turns its outcome into an
//! exit code. Everything that prints to a person lives in this crate; the crates below return data.

mod cli;
mod commands;
mod exit;
mod load;
mod memory;
mod render;
mod replace;
mod terminal;

use clap::Parser;

/// Trees and conditions are many small objects.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    let arguments = match cli::Cli::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // clap prints help and version to stdout and errors to stderr. A closed pipe there
            // has nobody left to tell.
            let _ = error.print();
            return if error.use_stderr() {
                exit::Exit::Usage
            } else {
                exit::Exit::Success
            }
            .into();
        }
    };
    match commands::run(arguments) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            failure.say();
            failure.exit.into()
        }
    }
}
