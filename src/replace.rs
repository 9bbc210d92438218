//! Files that are rewritten in their place: by `tracee fmt` and `tracee check --fix`.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::exit::{Exit, Failure};

/// Puts the text in the file's place at once: a reader, or a full disk, never meets half of it. A
/// link stays a link; permissions are kept.
///
/// # Errors
/// [`Exit::Usage`] if the file can't be written; it is as it was then.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    write(path, text).map_err(|error| {
        let message = format!("`{}` can't be written: {error}", path.display());
        Failure::new(Exit::Usage, message)
    })
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let path: PathBuf = path.canonicalize()?;
    let permissions = fs::metadata(&path)?.permissions();
    // Renaming over a file needs no permission to write it.
    OpenOptions::new().write(true).open(&path)?;
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new()
        .prefix(".tracee-")
        .tempfile_in(directory)?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(permissions)?;
    file.as_file().sync_all()?;
    file.persist(&path)?;
    Ok(())
}
