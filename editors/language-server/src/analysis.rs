//! What the compiler knows of a document with all that it imports. Enter at [`Analysis::of`].

use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use gen_lsp_types::{Location, Range, Uri};
use tracee_compiler::split::places::Places;
use tracee_lang::check::resolve::{DeclarationId, MAX_FILES, Use};
use tracee_lang::check::{self, Checked, Kept, Program};
use tracee_lang::parse::Parsed;
use tracee_lang::source::{FileId, SourceMap, Span};

use crate::disk::Disk;
use crate::documents::Documents;
use crate::loader::{File, Imports};
use crate::plan::{self, Predicate};
use crate::text::{Encoding, Text};
use crate::uri;

/// A document, or all policies of a workspace, as the compiler sees them.
#[derive(Debug)]
pub(crate) struct Analysis {
    pub(crate) map: SourceMap,
    pub(crate) program: Program,
    pub(crate) checked: Checked,
    /// By their ids; the first one is the document.
    pub(crate) files: Vec<File>,
    trees: HashMap<FileId, Arc<Parsed>>,
    encoding: Encoding,
    uses: OnceCell<Vec<Use>>,
    predicates: OnceCell<Vec<Predicate>>,
    known: Rc<RefCell<Known>>,
    /// Texts of the standard library that were asked for.
    standard: OnceCell<Vec<Text>>,
}

/// What holds of other versions, too, and need not be found out again.
#[derive(Debug, Default)]
pub(crate) struct Known {
    places: Places,
    kept: Kept,
    /// Of each file, by its URI: the last text of which there is a tree, with that.
    pub(crate) understood: HashMap<String, (Rc<Text>, Arc<Parsed>)>,
}

/// Where an analysis has its texts from.
#[derive(Clone, Copy)]
pub(crate) struct Texts<'a> {
    pub(crate) documents: &'a Documents,
    pub(crate) disk: &'a dyn Disk,
    pub(crate) encoding: Encoding,
}

impl<'a> Texts<'a> {
    /// What imports are found with.
    pub(crate) fn imports(self) -> Imports<'a> {
        Imports {
            documents: self.documents,
            disk: self.disk,
            encoding: self.encoding,
            files: Vec::new(),
            trees: HashMap::new(),
            before: None,
            known: Rc::default(),
        }
    }
}

impl Analysis {
    /// Of an open document. What was known of it before makes that quicker, not different.
    pub(crate) fn of(uri: &str, texts: Texts<'_>, before: Option<Rc<Self>>) -> Option<Self> {
        let document = texts.documents.get(uri)?;
        let file = File {
            uri: uri.to_owned(),
            path: document.path.clone(),
            text: document.text.clone(),
        };
        Some(Self::make(vec![file], texts, before))
    }

    /// All policies below some folders, and all that are open; those that `before` has read are not read again.
    pub(crate) fn all(
        folders: &[PathBuf],
        texts: Texts<'_>,
        before: Option<Rc<Self>>,
    ) -> Vec<File> {
        let imports = Imports {
            before,
            ..texts.imports()
        };
        let open = texts.documents.iter().map(|(uri, document)| File {
            uri: uri.to_owned(),
            path: document.path.clone(),
            text: document.text.clone(),
        });
        let mut files: Vec<File> = open.collect();
        let below = folders
            .iter()
            .flat_map(|folder| texts.disk.policies(folder));
        for path in below.take(MAX_FILES) {
            let path = texts.disk.real(&path).unwrap_or(path);
            if files.iter().all(|file| file.path.as_ref() != Some(&path))
                && let Ok(file) = imports.file(path)
            {
                files.push(file);
            }
        }
        files
    }

    /// Of some files, together.
    pub(crate) fn make(named: Vec<File>, texts: Texts<'_>, before: Option<Rc<Self>>) -> Self {
        let mut map = SourceMap::default();
        let known = before.as_ref().map(|before| before.known.clone());
        let known = known.unwrap_or_default();
        let mut imports = Imports {
            before,
            known: known.clone(),
            ..texts.imports()
        };
        let named = named.into_iter();
        let named: Vec<FileId> = named.map(|file| imports.add(&mut map, file)).collect();
        let program = Program::load(&mut map, &named, &mut imports);
        let uris: HashSet<&String> = imports.files.iter().map(|file| &file.uri).collect();
        let forget = |known: &mut Known| known.understood.retain(|uri, _| uris.contains(uri));
        forget(&mut known.borrow_mut());
        let now = texts.disk.now();
        let checked = check::check_program_again(&map, &program, now, &mut known.borrow_mut().kept);
        Self {
            map,
            program,
            checked,
            files: imports.files,
            trees: imports.trees,
            encoding: texts.encoding,
            uses: OnceCell::new(),
            predicates: OnceCell::new(),
            known,
            standard: OnceCell::new(),
        }
    }

    /// The tree of a file, if it had this id and this text.
    pub(crate) fn tree(&self, id: FileId, file: &File) -> Option<Arc<Parsed>> {
        let own = self.files.get(id.0 as usize)?;
        let tree = self
            .trees
            .get(&id)
            .filter(|_| Rc::ptr_eq(&own.text, &file.text));
        tree.cloned()
    }

    /// Whether it read this file.
    pub(crate) fn reads(&self, path: &Path) -> bool {
        let mut files = self.files.iter();
        files.any(|file| file.path.as_deref() == Some(path))
    }

    /// Everywhere that something declared is named, in the order of the places.
    pub(crate) fn uses(&self) -> &[Use] {
        self.uses.get_or_init(|| {
            let names = &self.checked.names;
            let mut uses = names.uses().to_vec();
            uses.extend(names.mentions(&self.program));
            uses.sort_unstable();
            uses
        })
    }

    /// What is declared or named at a place.
    pub(crate) fn declared_at(&self, file: FileId, offset: u32) -> Option<DeclarationId> {
        let covers = |span: Span| span.file == file && (span.start..=span.end).contains(&offset);
        let mut uses = self.uses().iter();
        let used = uses.find(|used| used.by_name && covers(used.span));
        let names = &self.checked.names;
        used.map(|used| used.declaration)
            .or_else(|| names.at(file, offset))
    }

    /// Where the predicates of its conditions run, in the order of their places.
    pub(crate) fn predicates(&self) -> &[Predicate] {
        self.predicates
            .get_or_init(|| plan::predicates(&self.checked, &mut self.known.borrow_mut().places))
    }

    /// A file's text, also one of the standard library.
    pub(crate) fn text(&self, file: FileId) -> Option<&Text> {
        if !file.is_standard() {
            return self.files.get(file.0 as usize).map(|file| &*file.text);
        }
        let standard = self.standard.get_or_init(|| {
            let files = tracee_lang::stdlib::FILES.iter();
            files
                .map(|(_, text)| Text::of_file(text, self.encoding))
                .collect()
        });
        standard.get((file.0 - FileId::STANDARD.0) as usize)
    }

    /// How the editor knows a file.
    pub(crate) fn uri(&self, file: FileId) -> Option<Uri> {
        if file.is_standard() {
            let name = &self.map.get(file)?.name;
            return Some(Uri(uri::of_built_in(name)));
        }
        let file = self.files.get(file.0 as usize)?;
        Some(Uri(file.uri.clone()))
    }

    /// A span as the editor counts.
    pub(crate) fn range(&self, span: Span) -> Range {
        self.text(span.file)
            .map(|text| text.range(span))
            .unwrap_or_default()
    }

    /// A span with its file.
    pub(crate) fn location(&self, span: Span) -> Option<Location> {
        Some(Location {
            uri: self.uri(span.file)?,
            range: self.range(span),
        })
    }
}
