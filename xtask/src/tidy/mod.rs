//! `cargo xtask tidy`: what compilers and clippy don't check about the checkout. One file per kind
//! of rule; each rule is a function from the files to the problems it finds. Also a test.

use std::path::Path;
use std::process::Command;

use crate::{Result, shell};

mod layers;
mod size;
mod text;
mod unsafety;

/// Check what compilers don't: file sizes, module docs, layers, places of unsafe code
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// A file of the checkout: tracked, or new and not ignored.
pub(crate) struct File {
    /// From the checkout's root, with slashes.
    path: String,
    /// In bytes.
    size: usize,
    /// `None` if it is not text.
    text: Option<String>,
}

impl File {
    fn extension(&self) -> &str {
        Path::new(&self.path)
            .extension()
            .and_then(|extension| extension.to_str())
            .unwrap_or("")
    }

    fn is_rust(&self) -> bool {
        self.extension() == "rs"
    }

    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.as_deref().unwrap_or_default().split('\n'))
    }
}

/// A problem, with its place at the front: `path:line: what, and what to do`.
type Problem = String;

/// Runs the chore.
pub(crate) fn run(_: &Args) -> Result<()> {
    let root = shell::root();
    let files = files(&root)?;
    for note in size::long_files(&files) {
        println!("note: {note}");
    }
    let problems = problems(&files)?;
    if problems.is_empty() {
        println!("tidy: {} files", files.len());
        return Ok(());
    }
    for problem in &problems {
        println!("{problem}");
    }
    Err(format!("tidy: {} problems", problems.len()).into())
}

fn problems(files: &[File]) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    problems.extend(size::too_long(files));
    problems.extend(size::too_large(files));
    problems.extend(text::white_space(files));
    problems.extend(text::opening_comment(files));
    problems.extend(text::leftovers(files));
    problems.extend(unsafety::out_of_place(files));
    problems.extend(layers::io_in_pure_crates(files));
    problems.extend(layers::dependencies(&layers::packages()?));
    Ok(problems)
}

fn files(root: &Path) -> Result<Vec<File>> {
    let list = shell::output(
        Command::new("git")
            .args([
                "ls-files",
                "-z",
                "--cached",
                "--others",
                "--exclude-standard",
            ])
            .current_dir(root),
    )?;
    let mut files = Vec::new();
    for path in String::from_utf8(list)?.split_terminator('\0') {
        let full = root.join(path);
        // Deleted but not yet from the index, or a link whose target is listed itself.
        if !full.is_file() || full.is_symlink() {
            continue;
        }
        let bytes = shell::read(&full)?;
        let size = bytes.len();
        files.push(File {
            path: path.to_owned(),
            size,
            text: String::from_utf8(bytes).ok(),
        });
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checkout_is_tidy() {
        let problems = problems(&files(&shell::root()).unwrap()).unwrap();
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    }

    pub(super) fn file(path: &str, text: &str) -> File {
        File {
            path: path.into(),
            size: text.len(),
            text: Some(text.into()),
        }
    }
}
