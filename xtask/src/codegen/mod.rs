//! `cargo xtask codegen`: writes what is made from the standard library's declarations and data, so
//! that nobody keeps it in step by hand. The files are committed; a test says when one is stale.

use std::path::Path;

use crate::{Result, shell};

mod attack;
mod diagnostics;
mod events;
mod fields;
mod functions;
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
    path: &'static str,
    /// Its text.
    make: fn() -> Result<String>,
}

const FILES: &[Generated] = &[
    Generated {
        path: "docs/diagnostics.md",
        make: || Ok(diagnostics::page()),
    },
    Generated {
        path: "docs/events.md",
        make: || Ok(events::page()),
    },
    Generated {
        path: "docs/fields.md",
        make: || Ok(fields::page()),
    },
    Generated {
        path: "docs/functions.md",
        make: || Ok(functions::page()),
    },
    Generated {
        path: "lang/src/attack/table.in",
        make: attack::table,
    },
];

/// Runs the chore.
pub(crate) fn run(args: &Args) -> Result<()> {
    let root = shell::root();
    if args.check {
        return check(&root);
    }
    for file in FILES {
        shell::write(&root.join(file.path), (file.make)()?)?;
        println!("wrote {}", file.path);
    }
    Ok(())
}

/// Fails with the names of the files that are not what would be written.
fn check(root: &Path) -> Result<()> {
    let mut stale = Vec::new();
    for file in FILES {
        if std::fs::read_to_string(root.join(file.path)).ok() != Some((file.make)()?) {
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
        assert_eq!(
            message,
            "stale: docs/diagnostics.md, docs/events.md, docs/functions.md, lang/src/attack/table.in; run `cargo xtask codegen` and commit"
        );
    }

    #[test]
    fn a_cell_is_one_line() {
        assert_eq!(cell("One\ntwo | three"), "One two \\| three");
    }
}
