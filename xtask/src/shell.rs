//! What all chores need of the world: the checkout's root, files and other programs, with errors
//! that name the path or the program.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Result;

/// The checkout that cargo runs this xtask for. Several checkouts may share a target folder, so the
/// path that was compiled in may be another's.
pub(crate) fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let xtask = here.unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    xtask.parent().unwrap_or(&xtask).to_owned()
}

/// Reads a file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|err| format!("cannot read {}: {err}", path.display()).into())
}

/// Reads a text file.
pub(crate) fn read_text(path: &Path) -> Result<String> {
    std::fs::read_to_string(path)
        .map_err(|err| format!("cannot read {}: {err}", path.display()).into())
}

/// Writes a file, making its folder.
pub(crate) fn write(path: &Path, bytes: impl AsRef<[u8]>) -> Result<()> {
    if let Some(folder) = path.parent() {
        create_dir(folder)?;
    }
    std::fs::write(path, bytes)
        .map_err(|err| format!("cannot write {}: {err}", path.display()).into())
}

/// Makes a folder and those above it.
pub(crate) fn create_dir(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path)
        .map_err(|err| format!("cannot make the folder {}: {err}", path.display()).into())
}

/// Removes a folder with all that is in it; one that isn't there is fine.
pub(crate) fn remove_dir(path: &Path) -> Result<()> {
    match std::fs::remove_dir_all(path) {
        Err(err) if err.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("cannot remove {}: {err}", path.display()).into())
        }
        _ => Ok(()),
    }
}

/// Runs a program to its end and returns what it wrote to stdout; stderr goes into the error.
pub(crate) fn output(command: &mut Command) -> Result<Vec<u8>> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|err| cannot_start(command, &err))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    Err(format!(
        "{command:?} failed: {}\n{}",
        output.status,
        stderr.trim_end()
    )
    .into())
}

fn cannot_start(command: &Command, err: &std::io::Error) -> String {
    format!(
        "cannot start {}: {err}",
        command.get_program().to_string_lossy()
    )
}
