//! Building the workspace's programs with the cargo that runs this xtask.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::{Result, shell};

/// A program that cargo made.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Executable {
    pub(crate) path: PathBuf,
    /// Whose it is.
    pub(crate) package: String,
    /// Whether it is a test, and not a program that one needs.
    pub(crate) is_test: bool,
}

/// Builds what `arguments` name (`build --package …`, `test --no-run --test …`) and returns the
/// executables made, in cargo's order.
pub(crate) fn executables(arguments: &[&str]) -> Result<Vec<Executable>> {
    executables_with(arguments, &[])
}

/// The same with more variables in cargo's environment.
pub(crate) fn executables_with(
    arguments: &[&str],
    environment: &[(&str, &OsStr)],
) -> Result<Vec<Executable>> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .args(arguments)
        .arg("--message-format=json-render-diagnostics")
        .envs(environment.iter().copied())
        .current_dir(shell::root())
        .stderr(Stdio::inherit());
    let output = command
        .output()
        .map_err(|err| format!("cannot start cargo: {err}"))?;
    if !output.status.success() {
        return Err(format!("`cargo {}` failed", arguments.join(" ")).into());
    }
    executables_in(&String::from_utf8_lossy(&output.stdout))
}

/// The name in an id: `path+file:///tracee/lang#tracee-lang@0.1.0`, or `path+file:///tracee#0.1.0` where it is
/// that of the folder.
fn package(id: &str) -> &str {
    let (folder, name) = id.split_once('#').unwrap_or((id, ""));
    match name.split_once('@') {
        Some((name, _)) => name,
        None => folder.rsplit('/').next().unwrap_or_default(),
    }
}

fn executables_in(messages: &str) -> Result<Vec<Executable>> {
    let mut made = Vec::new();
    for line in messages.lines().filter(|line| line.starts_with('{')) {
        let message: Value = serde_json::from_str(line)?;
        if let Some(path) = message["executable"].as_str() {
            let is_test = message["profile"]["test"] == true;
            made.push(Executable {
                path: path.into(),
                package: package(message["package_id"].as_str().unwrap_or_default()).to_owned(),
                is_test,
            });
        }
    }
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_executables_count() {
        let messages = r#"{"reason":"compiler-artifact","executable":null}
{"reason":"compiler-artifact","package_id":"path+file:///x/tracee#0.1.0","profile":{"test":false},"executable":"/target/debug/tracee"}
{"reason":"compiler-artifact","package_id":"path+file:///x/runtime#tracee-runtime@0.1.0","profile":{"test":true},"executable":"/target/debug/deps/live"}
a line of a build script
{"reason":"build-finished","success":true}"#;
        let made = |path: &str, package: &str, is_test| Executable {
            path: path.into(),
            package: package.to_owned(),
            is_test,
        };
        assert_eq!(
            executables_in(messages).unwrap(),
            [
                made("/target/debug/tracee", "tracee", false),
                made("/target/debug/deps/live", "tracee-runtime", true)
            ]
        );
    }
}
