//! The files of a program: those that were named, and those that they import. Enter at
//! [`Program::load`].
//!
//! Nothing here opens a file: a [`Loader`] does, at the rim. Every file is parsed once, however many
//! import it, and no import needs the stack: chains may be long.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock};

use crate::ast::{self, ImportDecl, ImportSource, Item, PolicyClause, Text};
use crate::codes;
use crate::diagnostics::{Diagnostic, has_errors};
use crate::parse::{self, Parsed};
use crate::signature::Signature;
use crate::source::{FileId, SourceMap, Span};
use crate::suggest::nearest;

/// The most files that one program may have.
pub const MAX_FILES: usize = 4096;
/// The most bytes that its files may have together.
pub const MAX_BYTES: usize = 64 << 20;
/// The most imports that a file may have.
pub const MAX_IMPORTS: usize = 256;
/// The most bytes that a path may have (PATH_MAX of Linux).
const MAX_PATH: usize = 4096;
/// So many places of a cycle are named.
const MAX_RELATED: usize = 8;
/// So many characters of a path are shown.
const MAX_SHOWN: usize = 120;

/// Finds the files that others import.
pub trait Loader {
    /// The file that `path` names where the file `importing` writes it: of the map, or added to it.
    /// A file has one id, however many paths lead to it.
    ///
    /// # Errors
    /// Why there is no such text.
    fn load(
        &mut self,
        map: &mut SourceMap,
        importing: FileId,
        path: &str,
    ) -> Result<FileId, Unloadable>;

    /// The tree of a file of the map. A loader that keeps trees may give the one that it had for the same
    /// text under the same id.
    fn parse(&mut self, map: &SourceMap, id: FileId) -> Arc<Parsed> {
        Arc::new(parse::parse(map, id))
    }

    /// The OPA signatures in the files that `pattern` names where the file `importing` writes it. The
    /// files are added to the map, so that what is wrong with them has a place.
    ///
    /// # Errors
    /// Why there are none.
    fn signatures(
        &mut self,
        map: &mut SourceMap,
        importing: FileId,
        pattern: &str,
    ) -> Result<SignaturesFound, Unloadable> {
        let _ = (map, importing, pattern);
        Err(Unloadable::from("Rego can't be read here".to_owned()))
    }
}

/// What an import of Rego leads to.
#[derive(Debug, Clone, Default)]
pub struct SignaturesFound {
    /// The signatures, with names that differ.
    pub signatures: Vec<Arc<Signature>>,
    /// What is wrong with the files.
    pub diagnostics: Vec<Diagnostic>,
}

/// Why a file can't be imported.
#[derive(Debug, Clone, Default)]
pub struct Unloadable {
    /// After `can't be imported: `, lower case, no full stop.
    pub reason: String,
    /// Other paths that could have been meant, as they would be written.
    pub neighbours: Vec<String>,
}

/// Files that are checked together.
#[derive(Debug, Clone, Default)]
pub struct Program {
    /// Those that were named first, then those that they import.
    pub(crate) files: Vec<ProgramFile>,
    /// Those that imports of Rego bring.
    pub(crate) signatures: Vec<Signatures>,
    /// The standard library is wanted even if no file names it.
    pub(crate) names_standard: bool,
    /// What is wrong with their form, and with their imports of files.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// The signatures of one import.
#[derive(Debug, Clone)]
pub(crate) struct Signatures {
    /// By which their names are looked up.
    pub(crate) id: FileId,
    pub(crate) found: Vec<Arc<Signature>>,
    /// There may be more, in files with errors.
    pub(crate) lost: bool,
}

/// One file of a program.
#[derive(Debug, Clone)]
pub(crate) struct ProgramFile {
    pub(crate) id: FileId,
    pub(crate) parsed: Arc<Parsed>,
    /// It was named, not only imported: its policies are to run.
    pub(crate) named: bool,
    /// What its imports of files lead to, by the place of the path; what is missing was reported.
    pub(crate) imports: HashMap<Span, FileId>,
}

impl ProgramFile {
    /// What is declared; nothing if the file was not understood as a whole.
    pub(crate) fn tree(&self) -> &ast::File {
        static NOTHING: LazyLock<ast::File> = LazyLock::new(ast::File::default);
        if self.parsed.broken {
            &NOTHING
        } else {
            &self.parsed.file
        }
    }
}

impl Program {
    /// Of each file, where something else may have been read than what is written.
    pub(crate) fn unsure(&self) -> HashMap<FileId, Vec<Span>> {
        let files = self.files.iter();
        files
            .map(|file| (file.id, file.parsed.unsure(file.id)))
            .collect()
    }

    /// The rules of all files.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &ast::Rule> {
        let items = self.files.iter().flat_map(|file| &file.tree().items);
        items.flat_map(|item| {
            let (own, clauses) = match item {
                Item::Rule(rule) => (Some(rule), &[][..]),
                Item::Policy(policy) => (None, &policy.clauses[..]),
                _ => (None, &[][..]),
            };
            let within = clauses.iter().filter_map(|clause| match clause {
                PolicyClause::Rule(rule) => Some(rule),
                _ => None,
            });
            own.into_iter().chain(within)
        })
    }

    /// Parses files that import no others by path: where they do, it is an error.
    pub fn parse(map: &SourceMap, named: &[FileId]) -> Self {
        let mut program = Self::default();
        let mut known = HashMap::new();
        program.add_named(named, &mut known, |id| Arc::new(parse::parse(map, id)));
        for at in 0..program.files.len() {
            let tree = program.files[at].tree();
            let paths = imports(tree).map(|(_, text)| text);
            for text in paths.chain(imports_of_rego(tree)) {
                let reason = "this file stands alone, there are no others".to_owned();
                let why = Unloadable {
                    reason,
                    ..Unloadable::default()
                };
                program.diagnostics.push(unreadable(text, why));
            }
        }
        program
    }

    /// Parses files with all that they import.
    pub fn load(map: &mut SourceMap, named: &[FileId], loader: &mut dyn Loader) -> Self {
        let mut program = Self::default();
        let mut known = HashMap::new();
        program.add_named(named, &mut known, |id| loader.parse(map, id));
        let mut bytes = 0;
        let mut at = 0;
        while at < program.files.len() {
            let importing = program.files[at].id;
            let paths: Vec<Text> = imports(program.files[at].tree())
                .map(|(_, text)| text.clone())
                .collect();
            for (count, text) in paths.iter().enumerate() {
                let found = if count >= MAX_IMPORTS {
                    Err(format!("a file may import {MAX_IMPORTS} others").into())
                } else {
                    path(text).and_then(|path| loader.load(map, importing, path))
                };
                let found = found.and_then(|id| {
                    if !known.contains_key(&id) {
                        let text = map.get(id).map_or(0, |file| file.text.len());
                        if known.len() >= MAX_FILES {
                            return Err(format!("there are more than {MAX_FILES} files").into());
                        }
                        if bytes + text > MAX_BYTES {
                            let reason = "the files that are imported have more than";
                            return Err(format!("{reason} {} MiB", MAX_BYTES >> 20).into());
                        }
                        bytes += text;
                        program.add(id, loader.parse(map, id), false, &mut known);
                    }
                    Ok(id)
                });
                match found {
                    Ok(id) => {
                        program.files[at].imports.insert(text.span, id);
                    }
                    Err(why) => program.diagnostics.push(unreadable(text, why)),
                }
            }
            program.load_signatures(map, at, loader);
            at += 1;
        }
        program.refuse_cycles(&known);
        program
    }

    fn load_signatures(&mut self, map: &mut SourceMap, at: usize, loader: &mut dyn Loader) {
        let importing = self.files[at].id;
        let paths: Vec<Text> = imports_of_rego(self.files[at].tree()).cloned().collect();
        for (count, text) in paths.iter().enumerate() {
            let found = match count >= MAX_IMPORTS {
                true => Err(format!("a file may import {MAX_IMPORTS} others").into()),
                false => path(text).and_then(|path| loader.signatures(map, importing, path)),
            };
            match found {
                Ok(found) => {
                    let id = FileId::of_signatures(self.signatures.len());
                    self.files[at].imports.insert(text.span, id);
                    self.signatures.push(Signatures {
                        id,
                        found: found.signatures,
                        lost: has_errors(&found.diagnostics),
                    });
                    self.diagnostics.extend(found.diagnostics);
                }
                Err(why) => self.diagnostics.push(unreadable(text, why)),
            }
        }
    }

    fn add_named(
        &mut self,
        named: &[FileId],
        known: &mut HashMap<FileId, usize>,
        mut parse: impl FnMut(FileId) -> Arc<Parsed>,
    ) {
        for id in named {
            if !known.contains_key(id) {
                self.add(*id, parse(*id), true, known);
            }
        }
    }

    fn add(
        &mut self,
        id: FileId,
        parsed: Arc<Parsed>,
        named: bool,
        known: &mut HashMap<FileId, usize>,
    ) {
        self.diagnostics.extend(parsed.diagnostics.iter().cloned());
        known.insert(id, self.files.len());
        self.files.push(ProgramFile {
            id,
            parsed,
            named,
            imports: HashMap::new(),
        });
    }

    /// Reports every import that leads back to a file on the way to it.
    fn refuse_cycles(&mut self, known: &HashMap<FileId, usize>) {
        let edges: Vec<Vec<(Span, usize)>> = self
            .files
            .iter()
            .map(|file| {
                let found = imports(file.tree()).filter_map(|(_, text)| {
                    let target = known.get(file.imports.get(&text.span)?)?;
                    Some((text.span, *target))
                });
                found.collect()
            })
            .collect();
        let mut done = HashSet::new();
        for start in 0..edges.len() {
            if done.contains(&start) {
                continue;
            }
            // The files on the way, each with its next import.
            let mut way: Vec<(usize, usize)> = vec![(start, 0)];
            let mut on_way = HashSet::from([start]);
            while let Some((file, next)) = way.last_mut() {
                let file = *file;
                let edge = edges[file].get(*next);
                *next += 1;
                match edge {
                    None => {
                        done.insert(file);
                        on_way.remove(&file);
                        way.pop();
                    }
                    Some((span, target)) if on_way.contains(target) => {
                        let first = way.iter().position(|(file, _)| file == target);
                        let places: Vec<Span> = way[first.unwrap_or(0)..way.len() - 1]
                            .iter()
                            .map(|(file, next)| edges[*file][next - 1].0)
                            .collect();
                        self.diagnostics.push(cycle(*span, &places));
                    }
                    Some((_, target)) if done.contains(target) => {}
                    Some((_, target)) => {
                        on_way.insert(*target);
                        way.push((*target, 0));
                    }
                }
            }
        }
    }
}

impl From<String> for Unloadable {
    fn from(reason: String) -> Self {
        Self {
            reason,
            neighbours: Vec::new(),
        }
    }
}

/// The imports of files, with their paths.
pub(super) fn imports(tree: &ast::File) -> impl Iterator<Item = (&ImportDecl, &Text)> {
    tree.items.iter().filter_map(|item| match item {
        Item::Import(import) => match &import.source {
            ImportSource::File(text) => Some((import, text)),
            _ => None,
        },
        _ => None,
    })
}

/// The patterns of imports of Rego.
fn imports_of_rego(tree: &ast::File) -> impl Iterator<Item = &Text> {
    tree.items.iter().filter_map(|item| match item {
        Item::Import(import) => match &import.source {
            ImportSource::Rego(text) => Some(text),
            _ => None,
        },
        _ => None,
    })
}

/// A path that can be one.
fn path(text: &Text) -> Result<&str, Unloadable> {
    let wrong = |reason: &str| Unloadable::from(reason.to_owned());
    let path = std::str::from_utf8(&text.bytes).map_err(|_| wrong("the path is not UTF-8"))?;
    if path.trim().is_empty() {
        return Err(wrong("the path is empty"));
    }
    if path.len() > MAX_PATH {
        return Err(wrong("the path is too long"));
    }
    if path.contains(char::is_control) {
        return Err(wrong("the path has a control character"));
    }
    Ok(path)
}

fn unreadable(text: &Text, why: Unloadable) -> Diagnostic {
    let path = String::from_utf8_lossy(&text.bytes);
    let shown: String = path.chars().take(MAX_SHOWN).collect();
    let shown = shown.escape_debug();
    let message = format!("`{shown}` can't be imported: {}", why.reason);
    let diagnostic = Diagnostic::error(codes::UNREADABLE_IMPORT, message, text.span);
    match nearest(&path, why.neighbours.iter().map(String::as_str)) {
        Some(meant) => diagnostic.help(format!("did you mean `{meant}`?")).suggest(
            format!("write `{meant}`"),
            text.span,
            crate::hir::display::literal(meant.as_bytes()),
        ),
        None => diagnostic,
    }
}

/// The import that closes a cycle, and those that lead to it.
fn cycle(span: Span, places: &[Span]) -> Diagnostic {
    if places.is_empty() {
        let message = "the file imports itself";
        return Diagnostic::error(codes::IMPORT_CYCLE, message, span).help("remove the import");
    }
    let message = "this import leads back to its own file";
    let mut diagnostic = Diagnostic::error(codes::IMPORT_CYCLE, message, span)
        .help("move what both need to a file that imports neither");
    for place in places.iter().take(MAX_RELATED) {
        diagnostic = diagnostic.related(*place, "through this import");
    }
    let more = places.len().saturating_sub(MAX_RELATED);
    if more > 0 {
        diagnostic = diagnostic.note(format!("and through {more} more"));
    }
    diagnostic
}
