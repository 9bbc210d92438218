//! From files of Rego to signatures. Enter at [`load`].

use std::collections::HashMap;
use std::sync::Arc;

use tracee_lang::codes;
use tracee_lang::diagnostics::Diagnostic;
use tracee_lang::signature::{Module, Signature};
use tracee_lang::source::{FileId, SourceMap, Span};

use crate::calls;
use crate::documents::{self, HELPERS, HELPERS_NAME, HELPERS_PACKAGE, document};
use crate::metadata::{MATCH, METADATA, Reader, SELECTED};
use crate::mistake::Mistake;
use crate::nesting;
use crate::syntax::Syntax;

/// What files hold.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// In the order of the files; those with errors are missing.
    pub signatures: Vec<Arc<Signature>>,
    /// What is wrong: errors only.
    pub diagnostics: Vec<Diagnostic>,
}

/// What a file is for, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `…helpers.rego`: part of every signature.
    Helpers,
    /// `…_test.rego`: tests of signatures.
    Tests,
    /// A signature, or a library if it has none of a signature's documents.
    Module,
}

/// What a file is for.
pub fn kind(name: &str) -> Kind {
    match name {
        _ if name.ends_with("_test.rego") => Kind::Tests,
        _ if name.ends_with("helpers.rego") => Kind::Helpers,
        _ => Kind::Module,
    }
}

/// One file that was understood.
pub(crate) struct Parsed {
    pub(crate) id: FileId,
    pub(crate) module: Module,
    pub(crate) syntax: Syntax,
}

/// Makes signatures of files of the map; tests among them are left out.
pub fn load(map: &SourceMap, files: &[FileId]) -> Loaded {
    let mut loaded = Loaded::default();
    let (mut libraries, mut signatures) = (Vec::new(), Vec::new());
    for id in files {
        let Some(file) = map.get(*id) else { continue };
        let kind = kind(&file.name);
        if kind == Kind::Tests {
            continue;
        }
        match parse(map, *id) {
            Err(diagnostic) => loaded.diagnostics.push(*diagnostic),
            Ok(parsed) => {
                let documents = [MATCH, METADATA, SELECTED];
                let is_signature = documents.iter().any(|name| parsed.syntax.defines(name));
                match kind == Kind::Helpers || !is_signature {
                    true => libraries.push(parsed),
                    false => signatures.push(parsed),
                }
            }
        }
    }
    let libraries = with_helpers(libraries);
    let mut taken = Taken::default();
    for parsed in &signatures {
        let made = signature(map, parsed, &libraries);
        let made = made.and_then(|made| taken.take(made, parsed));
        match made {
            Ok(made) => loaded.signatures.push(made),
            // Of a library that all import, it is said once.
            Err(diagnostic) if loaded.diagnostics.contains(&diagnostic) => {}
            Err(diagnostic) => loaded.diagnostics.push(*diagnostic),
        }
    }
    loaded
}

/// Reads one file by itself.
pub(crate) fn parse(map: &SourceMap, id: FileId) -> Result<Parsed, Box<Diagnostic>> {
    let (name, text) = map
        .get(id)
        .map(|file| (Arc::clone(&file.name), Arc::clone(&file.text)))
        .unwrap_or_default();
    let too_deep = |at: usize, what: &str| {
        let letter = text.get(at..).and_then(|rest| rest.chars().next());
        let end = at + letter.map_or(0, char::len_utf8);
        let message = format!("this is more than can be read: {what}");
        Box::new(Diagnostic::error(
            codes::BAD_REGO,
            message,
            Span::new(id, at, end),
        ))
    };
    nesting::check(&text).map_err(|deep| too_deep(deep.at, &deep.message))?;
    let module = Module {
        name,
        text: Arc::clone(&text),
    };
    let engine = documents::engine_with(std::slice::from_ref(&module));
    let engine = engine.map_err(|error| refused(map, &[id], Span::new(id, 0, 0), &error))?;
    let syntax = Syntax::of(&engine).and_then(|mut syntax| syntax.pop());
    let syntax = syntax.ok_or_else(|| too_deep(0, "its expressions are nested too deeply"))?;
    Ok(Parsed { id, module, syntax })
}

fn refused(map: &SourceMap, files: &[FileId], or: Span, error: &anyhow::Error) -> Box<Diagnostic> {
    let mistake = Mistake::read(error);
    let span = mistake.span(map, files).unwrap_or(or);
    let message = format!("this is no valid Rego: {}", mistake.message);
    Diagnostic::error(codes::BAD_REGO, message, span).into()
}

/// Adds the helpers that every signature may import, unless a file has them.
pub(crate) fn with_helpers(mut libraries: Vec<Parsed>) -> Vec<Parsed> {
    let own = |parsed: &Parsed| parsed.syntax.package == HELPERS_PACKAGE;
    if !libraries.iter().any(own) {
        let module = Module {
            name: HELPERS_NAME.into(),
            text: HELPERS.into(),
        };
        let engine = documents::engine_with(std::slice::from_ref(&module));
        let syntax = engine.ok().and_then(|engine| Syntax::of(&engine)?.pop());
        libraries.push(Parsed {
            // Of no map: nothing is wrong with it.
            id: FileId(u32::MAX),
            module,
            syntax: syntax.unwrap_or_default(),
        });
    }
    libraries
}

fn signature(
    map: &SourceMap,
    parsed: &Parsed,
    libraries: &[Parsed],
) -> Result<Signature, Box<Diagnostic>> {
    let reader = Reader {
        file: parsed.id,
        syntax: &parsed.syntax,
    };
    let all: Vec<&Parsed> = std::iter::once(parsed).chain(libraries).collect();
    let modules: Vec<Module> = all.iter().map(|parsed| parsed.module.clone()).collect();
    check_calls(&all)?;
    let files: Vec<FileId> = all.iter().map(|parsed| parsed.id).collect();
    let wrong = |error: anyhow::Error| refused(map, &files, reader.package(), &error);
    let mut engine = documents::engine_with(&modules).map_err(wrong)?;
    let mut read = |name: &str| match parsed.syntax.defines(name) {
        true => document(&mut engine, &format!("{}.{name}", parsed.syntax.package)).map_err(wrong),
        false => Ok(None),
    };
    let (metadata, selected) = (read(METADATA)?, read(SELECTED)?);
    let made = reader.metadata(metadata)?;
    if !parsed.syntax.defines(MATCH) {
        let message = format!("signature `{}` has no `{MATCH}`", made.name);
        return Err(Diagnostic::error(codes::BAD_SIGNATURE, message, made.span).into());
    }
    Ok(Signature {
        selected: reader.selected(selected)?,
        modules,
        ..made
    })
}

/// Refuses calls that can't be made.
pub(crate) fn check_calls(modules: &[&Parsed]) -> Result<(), Box<Diagnostic>> {
    let syntax: Vec<Syntax> = modules.iter().map(|parsed| parsed.syntax.clone()).collect();
    calls::check(&syntax, is_builtin).map_err(|(at, (start, end), why)| {
        let span = Span::new(modules[at].id, start, end);
        let is_unknown = why.starts_with("there is no function") && !why.contains("`tracee.");
        let diagnostic = Diagnostic::error(codes::BAD_REGO, why, span);
        Box::new(match is_unknown {
            true => diagnostic.note(
                "functions that ask for the time, chance, the network or the machine are left out: \
                 a signature says the same of an event whenever it is asked",
            ),
            false => diagnostic,
        })
    })
}

/// Whether Rego has a function.
fn is_builtin(name: &str) -> bool {
    let mut engine = documents::engine();
    let asked = engine.eval_query(format!("{name}(0)"), false);
    !asked.is_err_and(|error| error.to_string().contains("could not find function"))
}

/// Names and ids that must differ.
#[derive(Default)]
struct Taken {
    names: HashMap<String, Span>,
    ids: HashMap<String, Span>,
}

impl Taken {
    fn take(&mut self, made: Signature, from: &Parsed) -> Result<Arc<Signature>, Box<Diagnostic>> {
        let twice = |what: &str, text: &str, at: Span, first: Span| {
            let message = format!("two signatures have the {what} `{text}`");
            Diagnostic::error(codes::DUPLICATE_SIGNATURE, message, at)
                .related(first, "the first")
                .help("name just one of the files, or change one")
        };
        // Where it is written; metadata may also be made of parts.
        let id = from.syntax.member(METADATA, "id", &made.id);
        let id = id.map_or(made.span, |(start, end)| Span::new(from.id, start, end));
        if let Some(first) = self.names.get(&made.name) {
            return Err(twice("name", &made.name, made.span, *first).into());
        }
        if let Some(first) = self.ids.get(&made.id) {
            return Err(twice("id", &made.id, id, *first).into());
        }
        self.names.insert(made.name.clone(), made.span);
        self.ids.insert(made.id.clone(), id);
        Ok(Arc::new(made))
    }
}
