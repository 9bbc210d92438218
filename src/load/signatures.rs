//! The files of Rego that an import names: one, a directory with all below it, or a glob. Enter at [`find`].

use std::ffi::OsStr;
use std::fs::{self, DirEntry};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tracee_lang::check::resolve::Unloadable;
use tracee_lang::codes;
use tracee_lang::diagnostics::{Diagnostic, Severity};
use tracee_lang::hir::display::literal;
use tracee_lang::pattern::{PatternKind, PatternSet};

use super::read;
use crate::exit::{Exit, Failure};

/// The most files of one import.
const MAX_FILES: usize = 1000;
/// The most files and directories that are looked at for one.
const MAX_ENTRIES: usize = 100_000;
/// How deep directories may be nested.
const MAX_DEPTH: usize = 64;

/// The files that `pattern` names, relative to `directory`, in the order of their names.
///
/// # Errors
/// Why there are none.
pub(super) fn find(directory: &Path, pattern: &str) -> Result<Vec<PathBuf>, Unloadable> {
    let whole = directory.join(pattern);
    let mut search = Search::default();
    // What is there is meant, also if its name could be a pattern.
    match fs::metadata(&whole) {
        Ok(metadata) if metadata.is_dir() => search.directory(&whole, "", &|_| true, 0)?,
        Ok(_) => return Ok(vec![whole]),
        Err(error) if !pattern.contains(is_special) => return Err(wrong(read::reason(&error))),
        Err(_) => {
            let special = pattern.find(is_special).unwrap_or(0);
            let start = pattern[..special].rfind('/').map_or(0, |slash| slash + 1);
            let glob: Arc<[u8]> = Arc::from(&pattern.as_bytes()[start..]);
            let glob = PatternSet::new(PatternKind::Glob, Arc::new([glob]), false);
            let glob = glob.map_err(|errors| {
                let why = errors.first().map_or("", |error| &error.message);
                wrong(format!("the pattern is wrong: {why}"))
            })?;
            let base = directory.join(&pattern[..start]);
            let wanted = |relative: &str| glob.matches(relative.as_bytes());
            search.directory(&base, "", &wanted, 0)?;
        }
    }
    match search.found.is_empty() {
        true => Err(wrong(
            "no file matches: none there ends in `.rego`".to_owned(),
        )),
        false => Ok(search.found),
    }
}

/// A policy that uses all that is in a directory.
///
/// # Errors
/// A path that is not UTF-8.
pub(super) fn policy(directory: &Path) -> Result<String, Failure> {
    let Some(path) = directory.to_str() else {
        let message = format!("--rego `{}` is not UTF-8", directory.display());
        return Err(Failure::new(Exit::Usage, message));
    };
    let path = literal(path.as_bytes());
    Ok(format!(
        "import rego {path} as opa;\npolicy rego {{ use opa.*; }}\n"
    ))
}

/// What is said of a signature that is wrong if the others run nevertheless.
pub(super) fn left_out(mut error: Diagnostic) -> Diagnostic {
    error.message = format!("this is left out: {}", error.message);
    (error.code, error.severity) = (codes::SKIPPED_SIGNATURE, Severity::Warning);
    error
}

fn is_special(c: char) -> bool {
    matches!(c, '*' | '?' | '[' | '{' | '\\')
}

fn wrong(reason: String) -> Unloadable {
    Unloadable {
        reason,
        ..Unloadable::default()
    }
}

#[derive(Default)]
struct Search {
    found: Vec<PathBuf>,
    entries: usize,
}

impl Search {
    /// Takes what is wanted by its path from the base. Directories that are links are not entered.
    fn directory(
        &mut self,
        directory: &Path,
        relative: &str,
        wanted: &dyn Fn(&str) -> bool,
        depth: usize,
    ) -> Result<(), Unloadable> {
        let here = match directory.as_os_str().is_empty() {
            true => Path::new("."),
            false => directory,
        };
        let entries = fs::read_dir(here);
        let entries = entries.and_then(Iterator::collect::<Result<Vec<DirEntry>, _>>);
        let mut entries = entries.map_err(|error| {
            wrong(format!(
                "`{}` can't be read: {}",
                here.display(),
                read::reason(&error)
            ))
        })?;
        entries.sort_by_key(DirEntry::file_name);
        for entry in entries {
            self.entries += 1;
            if self.entries > MAX_ENTRIES {
                return Err(wrong(format!("there are more than {MAX_ENTRIES} files")));
            }
            let name = entry.file_name();
            if name.as_bytes().starts_with(b".") {
                continue;
            }
            let path = directory.join(&name);
            let below = format!("{relative}{}", name.to_string_lossy());
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                if depth >= MAX_DEPTH {
                    return Err(wrong(format!("directories are more than {MAX_DEPTH} deep")));
                }
                self.directory(&path, &format!("{below}/"), wanted, depth + 1)?;
            } else if path.extension() == Some(OsStr::new("rego")) && wanted(&below) {
                if self.found.len() >= MAX_FILES {
                    return Err(wrong(format!("there are more than {MAX_FILES} signatures")));
                }
                self.found.push(path);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_directories_and_globs_are_found() {
        let root = tempfile::tempdir().unwrap();
        for file in [
            "s/b.rego",
            "s/a.rego",
            "s/deep/c.rego",
            "s/x.txt",
            "s/.h.rego",
            "t[1]/d.rego",
        ] {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let found = |pattern: &str| -> Result<String, String> {
            let found = find(root.path(), pattern).map_err(|error| error.reason)?;
            let relative = found
                .iter()
                .map(|path| path.strip_prefix(root.path()).unwrap());
            let names: Vec<_> = relative.map(|path| path.display().to_string()).collect();
            Ok(names.join(" "))
        };
        assert_eq!(found("s/*.rego").unwrap(), "s/a.rego s/b.rego");
        assert_eq!(found("s").unwrap(), "s/a.rego s/b.rego s/deep/c.rego");
        assert_eq!(
            found("s/**/*.rego").unwrap(),
            "s/a.rego s/b.rego s/deep/c.rego"
        );
        assert_eq!(found("s/{a,x}*").unwrap(), "s/a.rego");
        assert_eq!(found("s/a.rego").unwrap(), "s/a.rego");
        assert_eq!(found("t[1]").unwrap(), "t[1]/d.rego");
        assert!(
            found("u/*.rego")
                .unwrap_err()
                .ends_with("can't be read: No such file or directory")
        );
        assert!(
            found("s/z*.rego")
                .unwrap_err()
                .starts_with("no file matches")
        );
        assert!(
            found("s/[z.rego")
                .unwrap_err()
                .starts_with("the pattern is wrong")
        );
    }
}
