//! `tracee check` of as much policy as a large site has.

use std::path::{Path, PathBuf};

use super::measure::measure;
use super::{CheckArgs, policies};
use crate::{Result, cargo, shell};

/// Rules in all files of a case together.
const RULES: usize = 5_000;
/// Files that they are spread over.
const FILES: usize = 50;
/// Strings in the long list.
const STRINGS: usize = 100_000;

/// What is checked: a name for the table, and the texts of the files.
type Case = (String, Vec<String>);

pub(super) fn run(args: &CheckArgs) -> Result<()> {
    let program = match &args.binary {
        Some(program) => program.clone(),
        None => release()?,
    };
    let folder = match &args.folder {
        Some(folder) => folder.clone(),
        None => shell::root().join("target/bench-check"),
    };
    println!(
        "| what | size | median | of {} runs | peak memory |",
        args.runs
    );
    println!("|---|---:|---:|---|---:|");
    for (at, (what, texts)) in cases().iter().enumerate() {
        let size: usize = texts.iter().map(String::len).sum();
        let files = write(&folder.join(at.to_string()), texts)?;
        let mut arguments = vec!["check"];
        arguments.extend(files.iter().map(String::as_str));
        let measured = measure(&program, &arguments, args.runs)?;
        let megabytes = size as f64 / 1e6;
        println!("| {what} | {megabytes:.2} MB {}", measured.cells());
    }
    Ok(())
}

fn cases() -> Vec<Case> {
    let a_file = RULES / FILES;
    let spread = (0..FILES)
        .map(|at| policies::file(&format!("p{at}"), at * a_file..(at + 1) * a_file))
        .collect();
    vec![
        (
            format!("{RULES} rules in one file"),
            vec![policies::file("p", 0..RULES)],
        ),
        (format!("{RULES} rules in {FILES} files"), spread),
        (
            format!("a list of {STRINGS} strings, used three times"),
            vec![policies::long_list(STRINGS)],
        ),
    ]
}

fn write(folder: &Path, texts: &[String]) -> Result<Vec<String>> {
    shell::remove_dir(folder)?;
    let mut files = Vec::new();
    for (at, text) in texts.iter().enumerate() {
        let path = folder.join(format!("{at:02}.tp"));
        shell::write(&path, text)?;
        files.push(path.to_string_lossy().into_owned());
    }
    Ok(files)
}

pub(super) fn release() -> Result<PathBuf> {
    let build = [
        "build",
        "--release",
        "--package",
        "tracee",
        "--bin",
        "tracee",
    ];
    let mut made = cargo::executables(&build)?.into_iter();
    Ok(made.next().ok_or("cargo made no tracee")?.path)
}
