//! `cargo xtask codegen`: writes what is made from the standard library's declarations and data, so
//! that nobody keeps it in step by hand. The files are committed; a test says when one is stale.

use std::path::Path;

use crate::{Result, shell};

mod aqua;
mod attack;
mod diagnostics;
mod events;
mod fields;
mod functions;
mod reference;
mod stdlib;
mod tree_sitter;
mod types;

/// Write the files that are made from the event declarations
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Write nothing; fail if a file is not what would be written
    #[arg(long)]
    check: bool,
}

/// One generated file.
struct Generated {
    /// In the checkout.
    path: String,
    /// Its text.
    make: Box<dyn Fn() -> Result<String>>,
}

/// All of them.
fn files() -> Vec<Generated> {
    let mut files = Vec::new();
    let mut file = |path: &str, make: fn() -> Result<String>| {
        files.push(Generated {
            path: path.into(),
            make: Box::new(make),
        });
    };
    file("docs/diagnostics.md", || Ok(diagnostics::page()));
    file("docs/events.md", || Ok(events::page()));
    file("docs/fields.md", || Ok(fields::page()));
    file("docs/functions.md", || Ok(functions::page()));
    file("docs/stdlib.md", stdlib::page);
    file("docs/types.md", || Ok(types::page()));
    file("lang/src/attack/table.in", attack::table);
    file("lang/src/schema/table.in", || {
        Ok(tracee_lang::stdlib::schema_table())
    });
    files.extend(reference::files());
    files.extend(tree_sitter::files());
    files
}

/// Runs the chore.
pub(crate) fn run(args: &Args) -> Result<()> {
    let root = shell::root();
    if args.check {
        return check(&root);
    }
    for file in files() {
        shell::write(&root.join(&file.path), (file.make)()?)?;
        println!("wrote {}", file.path);
    }
    Ok(())
}

/// Fails with the names of the files that are not what would be written.
fn check(root: &Path) -> Result<()> {
    let mut stale = Vec::new();
    for file in files() {
        if std::fs::read_to_string(root.join(&file.path)).ok() != Some((file.make)()?) {
            stale.push(file.path);
        }
    }
    if stale.is_empty() {
        return Ok(());
    }
    Err(format!(
        "stale: {}; run `cargo xtask codegen` and commit",
        stale.join(", ")
    )
    .into())
}

/// How a generated Markdown file opens.
fn notice(source: &str) -> String {
    format!("<!-- Made by `cargo xtask codegen` from {source}; edit that. -->\n\n")
}

/// A doc comment as one line of a table.
fn cell(doc: &str) -> String {
    doc.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_files_are_fresh() {
        check(&shell::root()).unwrap();
    }

    #[test]
    fn a_missing_or_changed_file_is_stale() {
        let root = tempfile::tempdir().unwrap();
        shell::write(&root.path().join("docs/fields.md"), fields::page()).unwrap();
        let message = check(root.path()).unwrap_err().to_string();
        assert!(message.starts_with("stale: docs/diagnostics.md, docs/events.md, "));
        assert!(message.ends_with("; run `cargo xtask codegen` and commit"));
        assert!(!message.contains("docs/fields.md"), "{message}");
    }

    #[test]
    fn a_cell_is_one_line() {
        assert_eq!(cell("One\ntwo | three"), "One two \\| three");
    }
}
