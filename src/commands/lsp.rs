//! `tracee lsp`: the language server, for editors to start.

use std::path::{Path, PathBuf};

use tracee_lang::times::Moment;
use tracee_language_server::{Disk, Error, serve};

use crate::exit::{Exit, Failure};
use crate::load;

/// Answers an editor on stdin and stdout.
pub(crate) fn lsp(today: Option<Moment>) -> Result<Exit, Failure> {
    match serve(Box::new(Files { today })) {
        Ok(()) => Ok(Exit::Success),
        Err(error @ Error::NotShutDown) => Err(Failure::new(Exit::Usage, error.to_string())
            .help("editors start `tracee lsp`; it is not for terminals")),
        Err(error) => Err(Failure::new(Exit::Output, error.to_string())),
    }
}

/// The machine's files, as far as other commands read them, too.
struct Files {
    /// The day that was said to be today.
    today: Option<Moment>,
}

impl Disk for Files {
    fn read(&self, path: &Path) -> Result<String, String> {
        load::text(path)
    }

    fn real(&self, path: &Path) -> Result<PathBuf, String> {
        path.canonicalize().map_err(|error| load::reason(&error))
    }

    fn names(&self, directory: &Path) -> Vec<String> {
        load::policies_in(directory)
    }

    fn policies(&self, directory: &Path) -> Vec<PathBuf> {
        load::policies_below(directory)
    }

    fn signatures(&self, directory: &Path, pattern: &str) -> Result<Vec<PathBuf>, String> {
        load::signatures(directory, pattern)
    }

    fn now(&self) -> Option<Moment> {
        Some(self.today.unwrap_or_else(super::now))
    }
}
