//! One file per subcommand.

mod check;
mod completions;
mod doc;
mod explain;
mod fmt;
mod list;
mod man;
pub(crate) mod run;
mod test;

use crate::cli::{Cli, Command};
use crate::exit::{Exit, Failure};

/// Runs the subcommand that the arguments name.
///
/// # Errors
/// What it could not do, with the exit code for it.
pub(crate) fn run(arguments: Cli) -> Result<Exit, Failure> {
    let color = arguments.color;
    match arguments.command {
        Command::Check(arguments) => check::check(&arguments, color),
        Command::Fmt(arguments) => fmt::fmt(&arguments, color),
        Command::Run(arguments) => run::run(&arguments, color),
        Command::Test(arguments) => test::run(&arguments, color),
        Command::Explain(arguments) => explain::explain(&arguments, color),
        Command::List(arguments) => list::list(&arguments, color),
        Command::Doc(arguments) => doc::doc(&arguments, color),
        Command::Completions { shell } => completions::completions(shell),
        Command::Man => man::man(),
    }
}
