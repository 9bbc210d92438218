//! Exit codes, and the failure that carries one. `tracee help` and README list them.

use std::process::ExitCode;

use crate::terminal;

/// What the process ends with; of several things that went wrong, the last one here says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Done.
    Success,
    /// A policy has errors.
    Diagnostics,
    /// The command line is wrong, or a file can't be read or written.
    Usage,
    /// The kernel can't or won't: no privilege, no BTF, a program refused.
    Kernel,
    /// `--strict`: a recording has a bad line or is cut.
    BadInput,
    /// Nobody reads the output any more, or it can't be written.
    Output,
    /// A test failed, there was none, or too little is covered.
    Tests,
    /// A test showed that tracee does not do what it is meant to.
    Bug,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Success => 0,
            Exit::Diagnostics => 1,
            Exit::Usage => 2,
            Exit::Kernel => 3,
            Exit::BadInput => 4,
            Exit::Output => 5,
            Exit::Tests => 6,
            Exit::Bug => 7,
        })
    }
}

/// Why a command could not do its work.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What is wrong and where: one line, lower case, no full stop.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) help: Option<String>,
    /// What the process ends with.
    pub(crate) exit: Exit,
}

impl Failure {
    /// A failure with this exit code.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: None,
            exit,
        }
    }

    /// Tells the user.
    pub(crate) fn say(&self) {
        terminal::say(&format!("tracee: error: {}", self.message));
        if let Some(help) = &self.help {
            terminal::say(&format!("  help: {help}"));
        }
    }

    /// Says what to do.
    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
