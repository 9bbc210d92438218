//! One file per subcommand.

mod check;
mod completions;
mod describe;
mod doc;
mod explain;
mod fmt;
mod init;
mod list;
mod lsp;
mod man;
pub(crate) mod run;
mod test;

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tracee_lang::times::Moment;
use tracee_runtime::live::Outcome;

use crate::cli::{Cli, Command};
use crate::exit::{Exit, Failure};

/// Runs the subcommand that the arguments name.
///
/// # Errors
/// What it could not do, with the exit code for it.
pub(crate) fn run(arguments: Cli) -> Result<Exit, Failure> {
    let color = arguments.color;
    let today = arguments.today;
    let now = today.unwrap_or_else(now);
    match arguments.command {
        Command::Check(arguments) => check::check(&arguments, color, now),
        Command::Fmt(arguments) => fmt::fmt(&arguments, color),
        Command::Init(arguments) => init::init(&arguments),
        Command::Run(arguments) => run::run(&arguments, color, today),
        Command::Test(arguments) => test::run(&arguments, color, now),
        Command::Explain(arguments) => explain::explain(&arguments, color, now),
        Command::Describe(arguments) => describe::describe(&arguments),
        Command::List(arguments) => list::list(&arguments, color, now),
        Command::Doc(arguments) => doc::doc(&arguments, color, now),
        Command::Lsp => lsp::lsp(arguments.today),
        Command::Completions { shell } => completions::completions(shell),
        Command::Man => man::man(),
    }
}

/// What the clock says; 1970 if it stands before that.
pub(crate) fn now() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let nanoseconds = since.map_or(0, |since| since.as_nanos());
    Moment(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
}

/// What this kernel makes an event from, for programs.
fn hook(outcome: Option<&Outcome>) -> Value {
    match outcome {
        Some(Outcome::Hooked(from)) => json!({ "available": true, "from": from }),
        Some(Outcome::Unavailable(why)) => json!({ "available": false, "why": why }),
        None => Value::Null,
    }
}
