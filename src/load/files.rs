//! What was named, as files: directories stand for the policies below them. Enter at [`find`].

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, DirEntry};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::read::reason;

/// How deep directories may be nested.
const MAX_DEPTH: usize = 64;
/// The most files and directories that are looked at below one that was named.
const MAX_ENTRIES: usize = 100_000;

/// One file, or why there is none.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) problem: Option<String>,
}

/// The files in the order in which they were named, those of a directory in the order of their
/// names, each once however often it was named. `-` stays what it is.
pub(super) fn find(names: &[PathBuf]) -> Vec<Found> {
    let mut search = Search::default();
    for name in names {
        match fs::metadata(name) {
            _ if super::is_stdin(name) => search.found.push(Found {
                path: name.clone(),
                problem: None,
            }),
            Ok(metadata) if metadata.is_dir() => search.root(name),
            // What can't be read is said when it is.
            _ => search.file(name.clone()),
        }
    }
    search.found
}

#[derive(Default)]
struct Search {
    found: Vec<Found>,
    /// Every file by its real path.
    files: HashSet<PathBuf>,
    /// The directories of this root, so that links that make a circle end.
    directories: HashSet<PathBuf>,
    /// Policies of this root, also those that were found before.
    policies: usize,
    entries: usize,
}

impl Search {
    fn root(&mut self, directory: &Path) {
        self.directories.clear();
        (self.policies, self.entries) = (0, 0);
        let before = self.found.len();
        self.directory(directory, 0);
        if self.entries > MAX_ENTRIES {
            let problem =
                format!("the directory has more than {MAX_ENTRIES} files: name a part of it");
            self.found.truncate(before);
            self.problem(directory.to_owned(), problem);
        } else if self.policies == 0 && self.found.len() == before {
            let problem = "the directory has no policies: no name in it ends in `.tp`";
            self.problem(directory.to_owned(), problem.to_owned());
        }
    }

    fn directory(&mut self, directory: &Path, depth: usize) {
        let entries = directory
            .canonicalize()
            .and_then(|real| Ok((real, fs::read_dir(directory)?)))
            .and_then(|(real, entries)| Ok((real, entries.collect::<Result<Vec<DirEntry>, _>>()?)));
        let (real, mut entries) = match entries {
            Ok(found) => found,
            Err(error) => {
                let problem = format!("the directory can't be read: {}", reason(&error));
                return self.problem(directory.to_owned(), problem);
            }
        };
        if !self.directories.insert(real) {
            return;
        }
        if depth > MAX_DEPTH {
            let problem = format!("the directory is more than {MAX_DEPTH} deep");
            return self.problem(directory.to_owned(), problem);
        }
        entries.sort_by_key(DirEntry::file_name);
        for entry in entries {
            self.entries += 1;
            if self.entries > MAX_ENTRIES {
                return;
            }
            if entry.file_name().as_bytes().starts_with(b".") {
                continue;
            }
            let path = directory.join(entry.file_name());
            match fs::metadata(&path) {
                Ok(metadata) if metadata.is_dir() => self.directory(&path, depth + 1),
                _ if path.extension() == Some(OsStr::new("tp")) => {
                    self.policies += 1;
                    self.file(path);
                }
                _ => {}
            }
        }
    }

    fn file(&mut self, path: PathBuf) {
        let is_new = match path.canonicalize() {
            Ok(real) => self.files.insert(real),
            Err(_) => true,
        };
        if is_new {
            self.found.push(Found {
                path,
                problem: None,
            });
        }
    }

    fn problem(&mut self, path: PathBuf, problem: String) {
        self.found.push(Found {
            path,
            problem: Some(problem),
        });
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// A directory with these files in it.
    fn tree(files: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for file in files {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        root
    }

    /// What is found, relative to the root.
    fn found(root: &Path, names: &[&str]) -> Vec<(String, bool)> {
        let names: Vec<PathBuf> = names.iter().map(|name| root.join(name)).collect();
        let relative = |found: Found| {
            let path = found.path.strip_prefix(root).unwrap();
            (path.display().to_string(), found.problem.is_none())
        };
        find(&names).into_iter().map(relative).collect()
    }

    fn good<const N: usize>(names: [&str; N]) -> Vec<(String, bool)> {
        names.map(|name| (name.to_owned(), true)).to_vec()
    }

    #[test]
    fn directories_are_sorted_and_hidden_names_passed_over() {
        let root = tree(&[
            "p/z.tp",
            "p/a.tp",
            "p/b/c.tp",
            "p/notes.md",
            "p/.hidden.tp",
            "p/.git/x.tp",
            "p/.tp",
        ]);
        let expected = good(["p/a.tp", "p/b/c.tp", "p/z.tp"]);
        assert_eq!(found(root.path(), &["p"]), expected);
    }

    #[test]
    fn what_is_named_is_taken_whatever_its_name() {
        let root = tree(&["notes.md", ".hidden/.x.tp", ".hidden/y.tp"]);
        let expected = good(["notes.md", ".hidden/.x.tp"]);
        assert_eq!(found(root.path(), &["notes.md", ".hidden/.x.tp"]), expected);
        assert_eq!(found(root.path(), &[".hidden"]), good([".hidden/y.tp"]));
    }

    #[test]
    fn a_file_that_is_named_twice_is_taken_once() {
        let root = tree(&["p/a.tp", "p/b.tp"]);
        symlink(root.path().join("p/a.tp"), root.path().join("p/c.tp")).unwrap();
        let names = ["p/b.tp", "p", "p/../p/a.tp", "p/c.tp"];
        assert_eq!(found(root.path(), &names), good(["p/b.tp", "p/a.tp"]));
    }

    #[test]
    fn links_that_make_a_circle_end() {
        let root = tree(&["p/a.tp", "p/q/b.tp"]);
        symlink(root.path().join("p"), root.path().join("p/q/again")).unwrap();
        symlink("nowhere", root.path().join("p/q/dangling")).unwrap();
        assert_eq!(found(root.path(), &["p"]), good(["p/a.tp", "p/q/b.tp"]));
    }

    #[test]
    fn a_directory_of_a_mounted_config_map_has_its_files_once() {
        let root = tree(&["p/..2026/a.tp"]);
        symlink("..2026", root.path().join("p/..data")).unwrap();
        symlink("..data/a.tp", root.path().join("p/a.tp")).unwrap();
        assert_eq!(found(root.path(), &["p"]), good(["p/a.tp"]));
    }

    #[test]
    fn a_directory_without_policies_is_a_problem() {
        let root = tree(&["p/notes.md", "q/a.tp"]);
        let expected = vec![("q/a.tp".to_owned(), true), ("p".to_owned(), false)];
        assert_eq!(found(root.path(), &["q/a.tp", "p"]), expected);
        // Its policies are there, if another name brought them in.
        assert_eq!(found(root.path(), &["q/a.tp", "q"]), good(["q/a.tp"]));
    }
}
