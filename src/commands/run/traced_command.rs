//! `tracee run … -- CMD`: starts the command below tracee and tells when it has ended.
//!
//! Tracee is the root of the traced tree while its own process is left out, so the command is
//! covered from its first instruction, with no moment between fork and exec that is missed.

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};

use crate::exit::{Exit, Failure};

/// A running command.
#[derive(Debug)]
pub(super) struct TracedCommand {
    child: Child,
    name: String,
}

impl TracedCommand {
    /// Starts `words[0]`, found as a shell finds it, with the rest as its arguments.
    ///
    /// # Errors
    /// [`Exit::Usage`] if there is no such program or it can't be started.
    pub(super) fn start(words: &[OsString]) -> Result<Self, Failure> {
        let Some((program, arguments)) = words.split_first() else {
            return Err(Failure::new(Exit::Usage, "no command after `--`"));
        };
        let name = program.to_string_lossy().into_owned();
        let fail = |reason: String| {
            Failure::new(
                Exit::Usage,
                format!("command `{name}` can't be started: {reason}"),
            )
        };
        // Looked up here, so that the trace shows one execve and not one per directory of PATH.
        let path = find(Path::new(program))
            .ok_or_else(|| fail("there is no such program in PATH".into()))?;
        let mut command = Command::new(path);
        std::os::unix::process::CommandExt::arg0(&mut command, program);
        let child = command
            .args(arguments)
            .spawn()
            .map_err(|error| fail(error.to_string()))?;
        Ok(Self { child, name })
    }

    /// Whether it has ended.
    pub(super) fn has_ended(&mut self) -> bool {
        // An error means that it is not our child any more: ended, too.
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Ends it, if it still runs, and says how it went if that was not success.
    pub(super) fn finish(mut self) -> Option<String> {
        if matches!(self.child.try_wait(), Ok(None)) {
            // It may end by itself in between; killing a child that is not reaped is harmless.
            let _ = self.child.kill();
        }
        let status = self.child.wait().ok()?;
        describe(status).map(|how| format!("command `{}` {how}", self.name))
    }
}

fn describe(status: ExitStatus) -> Option<String> {
    match (status.code(), status.signal()) {
        (Some(0), _) => None,
        (Some(code), _) => Some(format!("ended with exit code {code}")),
        (None, Some(signal)) => Some(format!("was ended by signal {signal}")),
        (None, None) => None,
    }
}

fn find(program: &Path) -> Option<PathBuf> {
    if program.components().count() > 1 || program.is_absolute() {
        return Some(program.to_path_buf());
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|directory| directory.join(program))
        .find(|candidate| {
            use std::os::unix::fs::PermissionsExt;
            std::fs::metadata(candidate).is_ok_and(|metadata| {
                metadata.is_file() && metadata.permissions().mode() & 0o111 != 0
            })
        })
}
