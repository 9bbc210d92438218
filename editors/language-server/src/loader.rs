//! The files that a document imports: as they are in the editor if they are open there, else from the
//! disk.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use tracee_lang::check::resolve::{Loader, SignaturesFound, Unloadable};
use tracee_lang::parse::{self, Parsed};
use tracee_lang::source::{FileId, SourceMap};

use crate::analysis::{Analysis, Known};
use crate::disk::Disk;
use crate::documents::Documents;
use crate::text::{Encoding, Text};
use crate::uri;

/// One file of an analysis.
#[derive(Debug, Clone)]
pub(crate) struct File {
    /// As the editor knows it.
    pub(crate) uri: String,
    /// Its one path; [`None`] if it is in no file.
    pub(crate) path: Option<PathBuf>,
    pub(crate) text: Rc<Text>,
}

/// Loads files into a map, in the order of their ids.
pub(crate) struct Imports<'a> {
    pub(crate) documents: &'a Documents,
    pub(crate) disk: &'a dyn Disk,
    pub(crate) encoding: Encoding,
    pub(crate) files: Vec<File>,
    /// What was parsed, or had been.
    pub(crate) trees: HashMap<FileId, Arc<Parsed>>,
    /// What was known of the same document, before something changed.
    pub(crate) before: Option<Rc<Analysis>>,
    pub(crate) known: Rc<RefCell<Known>>,
}

impl Imports<'_> {
    /// Adds a file to the map.
    pub(crate) fn add(&mut self, map: &mut SourceMap, file: File) -> FileId {
        let name = match &file.path {
            Some(path) => path.to_string_lossy().into_owned(),
            None => file.uri.clone(),
        };
        let id = map.add(name, file.text.text());
        self.files.push(file);
        id
    }

    /// A file by its one path.
    ///
    /// # Errors
    /// Why it has no text.
    pub(crate) fn file(&self, path: PathBuf) -> Result<File, String> {
        if let Some((uri, document)) = self.documents.of_path(&path) {
            return Ok(File {
                uri: uri.to_owned(),
                text: document.text.clone(),
                path: Some(path),
            });
        }
        let text = self.disk.read(&path)?;
        let before = self.before.iter().flat_map(|before| &before.files);
        let same = before
            .filter(|file| file.path.as_ref() == Some(&path))
            .find(|file| file.text.is_of_file(&text));
        Ok(File {
            uri: uri::of_path(&path),
            text: match same {
                Some(same) => same.text.clone(),
                None => Rc::new(Text::of_file(&text, self.encoding)),
            },
            path: Some(path),
        })
    }

    /// The file that `written` leads to from another one.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) fn find(&self, from: Option<&Path>, written: &str) -> Result<PathBuf, Unloadable> {
        let directory = from.and_then(Path::parent).ok_or_else(unsaved)?;
        let place = directory.join(written);
        // A file that is open and not saved yet is on no disk.
        let open = uri::plain(&place);
        self.disk.real(&place).or_else(|reason| {
            if self.documents.of_path(&open).is_some() {
                return Ok(open);
            }
            let beside = place.parent().map(|beside| self.disk.names(beside));
            let other = |name: String| {
                let path = Path::new(written).with_file_name(name);
                path.to_str().map(str::to_owned)
            };
            Err(Unloadable {
                reason,
                neighbours: beside.into_iter().flatten().filter_map(other).collect(),
            })
        })
    }
}

fn unsaved() -> Unloadable {
    Unloadable::from("this text is in no file yet, save it first".to_owned())
}

impl Loader for Imports<'_> {
    fn load(
        &mut self,
        map: &mut SourceMap,
        importing: FileId,
        path: &str,
    ) -> Result<FileId, Unloadable> {
        let importing = self.files.get(importing.0 as usize);
        let real = self.find(importing.and_then(|file| file.path.as_deref()), path)?;
        Ok(self.known_or_added(map, real)?)
    }

    fn parse(&mut self, map: &SourceMap, id: FileId) -> Arc<Parsed> {
        let same = self
            .before
            .as_ref()
            .and_then(|before| before.tree(id, self.files.get(id.0 as usize)?));
        let parsed = same.unwrap_or_else(|| Arc::new(self.parse_again(map, id)));
        self.trees.insert(id, parsed.clone());
        if let Some(file) = self.files.get(id.0 as usize).filter(|_| !parsed.broken) {
            let understood = &mut self.known.borrow_mut().understood;
            understood.insert(file.uri.clone(), (file.text.clone(), parsed.clone()));
        }
        parsed
    }

    fn signatures(
        &mut self,
        map: &mut SourceMap,
        importing: FileId,
        pattern: &str,
    ) -> Result<SignaturesFound, Unloadable> {
        let importing = self.files.get(importing.0 as usize);
        let importing = importing.and_then(|file| file.path.as_deref());
        let directory = importing.and_then(Path::parent).ok_or_else(unsaved)?;
        let mut files = Vec::new();
        for path in self.disk.signatures(directory, pattern)? {
            let real = self.disk.real(&path)?;
            let id = self.known_or_added(map, real)?;
            if !files.contains(&id) {
                files.push(id);
            }
        }
        let loaded = tracee_rego::load(map, &files);
        Ok(SignaturesFound {
            signatures: loaded.signatures,
            diagnostics: loaded.diagnostics,
        })
    }
}

impl Imports<'_> {
    /// The tree of a file, with what is as it was in its last text that was understood.
    fn parse_again(&self, map: &SourceMap, id: FileId) -> Parsed {
        let Some(file) = self.files.get(id.0 as usize) else {
            return parse::parse(map, id);
        };
        match self.known.borrow().understood.get(&file.uri) {
            Some((text, tree)) => parse::parse_again(map, id, (text.text(), tree)),
            None => parse::parse(map, id),
        }
    }

    /// The file with this one path, added if it is not there.
    fn known_or_added(&mut self, map: &mut SourceMap, real: PathBuf) -> Result<FileId, String> {
        let known = self
            .files
            .iter()
            .position(|file| file.path.as_ref() == Some(&real));
        if let Some(at) = known {
            return Ok(FileId(u32::try_from(at).unwrap_or(u32::MAX)));
        }
        let file = self.file(real)?;
        Ok(self.add(map, file))
    }
}
