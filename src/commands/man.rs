//! `tracee man`: the man page, made from the arguments' own documentation.

use clap::CommandFactory;

use crate::cli::Cli;
use crate::exit::{Exit, Failure};
use crate::terminal;

/// Prints the man pages of `tracee` and its subcommands, one after the other.
pub(crate) fn man() -> Result<Exit, Failure> {
    let mut page = Vec::new();
    let mut command = Cli::command();
    command.build();
    let pages = std::iter::once(command.clone()).chain(command.get_subcommands().cloned());
    for command in pages {
        clap_mangen::Man::new(command)
            .render(&mut page)
            .map_err(terminal::closed)?;
    }
    terminal::print(&String::from_utf8_lossy(&page))?;
    Ok(Exit::Success)
}
