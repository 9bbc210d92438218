//! `tracee init [DIR]`: starts a pack of policies: a policy, its tests, a recording with what comes out of it,
//! and what checks them before a commit and on GitHub. The files are in `pack/`.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use tracee_lang::check::check;
use tracee_lang::diagnostics::has_errors;
use tracee_lang::source::SourceMap;

use crate::cli::InitArgs;
use crate::exit::{Exit, Failure};
use crate::load::reason;
use crate::terminal;

/// The name that the policy has in the files.
const NAME: &str = "my_pack";

/// A file of the pack.
struct File {
    path: &'static str,
    text: &'static str,
    is_program: bool,
}

macro_rules! file {
    ($path:literal, $source:literal, $is_program:literal) => {
        File {
            path: $path,
            text: include_str!(concat!("pack/", $source)),
            is_program: $is_program,
        }
    };
}

const FILES: [File; 8] = [
    file!("policy.tp", "policy.tp", false),
    file!("tests.tp", "tests.tp", false),
    file!("events.jsonl", "events.jsonl", false),
    file!("detections.jsonl", "detections.jsonl", false),
    file!("README.md", "README.md", false),
    file!("check.sh", "check.sh", true),
    file!(".githooks/pre-commit", "pre-commit", true),
    file!(".github/workflows/policies.yml", "policies.yml", false),
];

/// Writes the files, if none of them is there.
pub(crate) fn init(arguments: &InitArgs) -> Result<Exit, Failure> {
    let directory = &arguments.directory;
    fs::create_dir_all(directory).map_err(|error| unwritable(directory, &error))?;
    if let Some(path) = paths(directory).find(|path| path.symlink_metadata().is_ok()) {
        let message = format!("`{}` is there already, nothing was written", path.display());
        return Err(Failure::new(Exit::Usage, message).help("name a new directory"));
    }
    let name = name(directory);
    for (file, path) in FILES.iter().zip(paths(directory)) {
        write(file, &path, &name).map_err(|error| unwritable(&path, &error))?;
    }
    for path in paths(directory) {
        terminal::say(&format!("wrote {}", path.display()));
    }
    terminal::say(&format!("next: {}", directory.join("check.sh").display()));
    Ok(Exit::Success)
}

fn paths(directory: &Path) -> impl Iterator<Item = PathBuf> {
    // `./policy.tp` is written `policy.tp`.
    let directory = directory.strip_prefix(".").unwrap_or(directory);
    FILES.iter().map(move |file| directory.join(file.path))
}

fn write(file: &File, path: &Path, name: &str) -> io::Result<()> {
    if let Some(directory) = path.parent().filter(|of| !of.as_os_str().is_empty()) {
        fs::create_dir_all(directory)?;
    }
    let mode = if file.is_program { 0o777 } else { 0o666 };
    let mut options = OpenOptions::new();
    let mut made = options.write(true).create_new(true).mode(mode).open(path)?;
    made.write_all(file.text.replace(NAME, name).as_bytes())
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    let message = format!("`{}` can't be written: {}", path.display(), reason(error));
    Failure::new(Exit::Usage, message)
}

/// What the policy is called: as the directory, as far as that can be a name.
fn name(directory: &Path) -> String {
    let whole = directory.canonicalize().unwrap_or_default();
    let last = whole.file_name().and_then(|name| name.to_str());
    let allowed = |c: char| match c.is_ascii_alphanumeric() {
        true => c.to_ascii_lowercase(),
        false => '_',
    };
    let name: String = last.unwrap_or_default().chars().map(allowed).collect();
    let longer = format!("{name}_pack");
    let names = [name, longer].into_iter();
    names
        .filter(|name| name.len() <= 64 && name.starts_with(|c: char| c.is_ascii_alphabetic()))
        .find(|name| is_name(name))
        .unwrap_or_else(|| NAME.to_owned())
}

/// Whether a policy can be called so: it is no word of the language, and nothing else has the name.
fn is_name(name: &str) -> bool {
    let mut map = SourceMap::default();
    let policy = FILES[0].text.replace(NAME, name);
    let file = map.add("policy.tp", policy);
    !has_errors(&check(&map, &[file]).diagnostics)
}
