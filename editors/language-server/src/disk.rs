//! What the server knows beside what editors send it.

use std::path::{Path, PathBuf};

use tracee_lang::times::Moment;

/// The machine: the files that are not open in the editor, and the time.
pub trait Disk {
    /// The text of a file.
    ///
    /// # Errors
    /// Why there is none: lower case, no full stop.
    fn read(&self, path: &Path) -> Result<String, String>;

    /// The one path of a file, however it was reached.
    ///
    /// # Errors
    /// Why there is no such file.
    fn real(&self, path: &Path) -> Result<PathBuf, String>;

    /// The names of policies in a directory, for suggestions.
    fn names(&self, directory: &Path) -> Vec<String>;

    /// All policies below a directory.
    fn policies(&self, directory: &Path) -> Vec<PathBuf>;

    /// The files of Rego that an import in `directory` names: a file, a directory or a glob.
    ///
    /// # Errors
    /// Why there are none: lower case, no full stop.
    fn signatures(&self, directory: &Path, pattern: &str) -> Result<Vec<PathBuf>, String>;

    /// When it is: exceptions expire. [`None`]: none does.
    fn now(&self) -> Option<Moment>;
}
