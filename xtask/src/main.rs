//! Chores of the project, run as `cargo xtask CHORE`. One module per chore; what they share is in
//! [`shell`].

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "chores talk to a person"
)]

use std::process::ExitCode;

use clap::Parser;

mod attack;
mod bench;
mod bpf;
mod cargo;
mod codegen;
mod equivalence;
mod fuzz;
mod playground;
mod shell;
mod tidy;
mod vm;

/// What a chore returns: the message says what failed and what to do.
type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    about = "Chores of the project",
    disable_help_subcommand = true
)]
enum Chore {
    Agreement(equivalence::AgreementArgs),
    Attack(attack::Args),
    Bench(bench::Args),
    Bpf(bpf::Args),
    Codegen(codegen::Args),
    Equivalence(equivalence::Args),
    Fuzz(fuzz::Args),
    Playground(playground::Args),
    Tidy(tidy::Args),
    Vm(vm::Args),
}

fn main() -> ExitCode {
    let result = match Chore::parse() {
        Chore::Agreement(args) => equivalence::agreement(&args),
        Chore::Attack(args) => attack::run(&args),
        Chore::Bench(args) => bench::run(&args),
        Chore::Bpf(args) => bpf::run(&args),
        Chore::Codegen(args) => codegen::run(&args),
        Chore::Equivalence(args) => equivalence::run(&args),
        Chore::Fuzz(args) => fuzz::run(&args),
        Chore::Playground(args) => playground::run(&args),
        Chore::Tidy(args) => tidy::run(&args),
        Chore::Vm(args) => vm::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
