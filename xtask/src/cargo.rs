//! Building the workspace's programs with the cargo that runs this xtask.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::{Result, shell};

/// Builds what `arguments` name (`build --package …`, `test --no-run --test …`) and returns the
/// paths of the executables made, in cargo's order.
pub(crate) fn executables(arguments: &[&str]) -> Result<Vec<PathBuf>> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .args(arguments)
        .arg("--message-format=json-render-diagnostics")
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

fn executables_in(messages: &str) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for line in messages.lines().filter(|line| line.starts_with('{')) {
        let message: Value = serde_json::from_str(line)?;
        if let Some(path) = message["executable"].as_str() {
            paths.push(Path::new(path).to_owned());
        }
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_executables_count() {
        let messages = r#"{"reason":"compiler-artifact","executable":null}
{"reason":"compiler-artifact","executable":"/target/debug/tracee"}
a line of a build script
{"reason":"build-finished","success":true}"#;
        assert_eq!(
            executables_in(messages).unwrap(),
            [Path::new("/target/debug/tracee")]
        );
    }
}
