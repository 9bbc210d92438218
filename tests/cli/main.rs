//! The command line as a person meets it: arguments in, text and exit codes out.

#![expect(
    clippy::expect_used,
    reason = "a test that can't go on says why and fails"
)]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

mod bad_input;
mod check;
mod directories;
mod doc;
mod docs;
mod exceptions;
mod executables;
mod explain;
mod fix;
mod fmt;
mod formats;
mod imports;
mod init;
mod live;
mod lsp;
mod playground;
mod rego;
mod reload;
mod replay;
mod test;

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// `tracee` with these arguments, run where the examples' paths hold.
fn tracee(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tracee"));
    command
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null());
    command
}

/// What a run printed and how it ended.
#[derive(Debug)]
struct Outcome {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// Runs to the end.
fn outcome(command: &mut Command) -> Outcome {
    command.output().expect("tracee starts").into()
}

/// A policy in a directory of its own.
fn policy(text: &str) -> (tempfile::TempDir, String) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("policy.tp");
    std::fs::write(&path, text).expect("a policy file");
    let path = path.display().to_string();
    (directory, path)
}

/// Whether this user may load eBPF programs. `TRACEE_REQUIRE_LIVE=1` (CI) makes "no" a failure.
fn can_trace(test: &str) -> bool {
    let is_root = std::fs::metadata("/proc/self")
        .is_ok_and(|metadata| std::os::unix::fs::MetadataExt::uid(&metadata) == 0);
    let can = is_root && Path::new("/sys/kernel/btf/vmlinux").exists();
    assert!(
        can || std::env::var_os("TRACEE_REQUIRE_LIVE").is_none(),
        "{test} needs root and BTF, and TRACEE_REQUIRE_LIVE is set"
    );
    if !can {
        eprintln!("{test}: skipped, it needs root and a kernel with BTF");
    }
    can
}
