//! The files that policies import: beside the file that imports them, each read once whatever path
//! leads to it.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use tracee_lang::check::resolve::{Loader, SignaturesFound, Unloadable};
use tracee_lang::diagnostics::Diagnostic;
use tracee_lang::source::{BYTE_ORDER_MARK, FileId, SourceMap};
use tracee_runtime::text::Shown;

use super::read::Refused;
use super::{Origin, read, signatures};

/// The most files beside a missing one that are looked at for a suggestion.
const MAX_NEIGHBOURS: usize = 1000;

/// Reads what is imported.
#[derive(Debug)]
pub(super) struct Importer<'s> {
    origins: &'s mut Vec<Origin>,
    /// By their real paths.
    known: HashMap<PathBuf, FileId>,
    /// The file whose signatures are left out where they are wrong.
    lenient: Option<FileId>,
}

impl<'s> Importer<'s> {
    /// Beside these files, which have these texts.
    pub(super) fn new(
        origins: &'s mut Vec<Origin>,
        files: &[FileId],
        lenient: Option<FileId>,
    ) -> Self {
        let real = |id: &FileId| {
            let origin = origins.get(id.0 as usize)?;
            Some((origin.path.canonicalize().ok()?, *id))
        };
        let known = files.iter().filter_map(real).collect();
        Self {
            origins,
            known,
            lenient,
        }
    }

    /// Where a path leads that a file imports; stdin is in the working directory.
    fn place(&self, importing: FileId, path: &str) -> PathBuf {
        let origin = self.origins.get(importing.0 as usize);
        let directory = origin.and_then(|origin| origin.path.parent());
        let place = directory.unwrap_or(Path::new("")).join(path);
        // `..` stays: behind a link it is another directory than it seems.
        let parts = place.components();
        parts.filter(|part| *part != Component::CurDir).collect()
    }
}

impl Loader for Importer<'_> {
    fn load(
        &mut self,
        map: &mut SourceMap,
        importing: FileId,
        path: &str,
    ) -> Result<FileId, Unloadable> {
        let place = self.place(importing, path);
        let real = place.canonicalize().map_err(|error| Unloadable {
            reason: read::reason(&error),
            neighbours: neighbours(&place, path),
        })?;
        self.add(map, place, real)
    }

    fn signatures(
        &mut self,
        map: &mut SourceMap,
        importing: FileId,
        pattern: &str,
    ) -> Result<SignaturesFound, Unloadable> {
        let directory = self.place(importing, "");
        let (mut files, mut unread) = (Vec::new(), Vec::new());
        for path in signatures::find(&directory, pattern)? {
            // Reading says why there is no such path.
            let real = path.canonicalize().unwrap_or_else(|_| path.clone());
            match self.read(map, path.clone(), real) {
                Ok(id) if files.contains(&id) => {}
                Ok(id) => files.push(id),
                // It is as wrong as one that is no Rego: the others run.
                Err(refused) => unread.push(self.add_refused(map, path, refused)),
            }
        }
        let loaded = tracee_rego::load(map, &files);
        let is_lenient = self.lenient == Some(importing);
        let diagnostics = unread.into_iter().chain(loaded.diagnostics);
        Ok(SignaturesFound {
            signatures: loaded.signatures,
            diagnostics: match is_lenient {
                true => diagnostics.map(signatures::left_out).collect(),
                false => diagnostics.collect(),
            },
        })
    }
}

impl Importer<'_> {
    /// The file, read if it is not known.
    fn add(
        &mut self,
        map: &mut SourceMap,
        place: PathBuf,
        real: PathBuf,
    ) -> Result<FileId, Unloadable> {
        let id = self.read(map, place, real);
        id.map_err(|refused| Unloadable::from(refused.reason()))
    }

    fn read(
        &mut self,
        map: &mut SourceMap,
        place: PathBuf,
        real: PathBuf,
    ) -> Result<FileId, Refused> {
        if let Some(id) = self.known.get(&real) {
            return Ok(*id);
        }
        let text = read::file(&place)?;
        let has_mark = text.starts_with(BYTE_ORDER_MARK);
        let name = Shown(place.as_os_str().as_bytes()).to_string();
        let id = map.add(name, text);
        self.origins.push(Origin {
            path: place,
            has_mark,
        });
        self.known.insert(real, id);
        Ok(id)
    }

    /// A file that could not be read, and what is wrong with it.
    fn add_refused(&mut self, map: &mut SourceMap, place: PathBuf, refused: Refused) -> Diagnostic {
        let id = FileId(u32::try_from(self.origins.len()).unwrap_or(u32::MAX));
        let (shown, diagnostic) = refused.describe(id);
        map.add(Shown(place.as_os_str().as_bytes()).to_string(), shown);
        self.origins.push(Origin {
            path: place,
            has_mark: false,
        });
        diagnostic
    }
}

/// The policies beside a file that is not there, as they would be written instead of `path`.
fn neighbours(place: &Path, path: &str) -> Vec<String> {
    let directory = match place.parent() {
        Some(directory) if directory.as_os_str().is_empty() => Path::new("."),
        Some(directory) => directory,
        None => return Vec::new(),
    };
    let written = Path::new(path);
    policies_in(directory)
        .into_iter()
        .filter_map(|name| Some(written.with_file_name(name).to_str()?.to_owned()))
        .collect()
}

/// The names of policies in a directory, for suggestions; what is no UTF-8 can't be written.
pub(crate) fn policies_in(directory: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(directory) else {
        return Vec::new();
    };
    let names = entries.take(MAX_NEIGHBOURS).filter_map(|entry| {
        let name = PathBuf::from(entry.ok()?.file_name());
        let is_policy = name.extension() == Some(OsStr::new("tp"));
        is_policy.then(|| name.to_str().map(str::to_owned))?
    });
    names.collect()
}
