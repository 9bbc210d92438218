//! Policies from what was named on the command line: read into a source map, checked together.
//!
//! [`files`] finds the files, [`read`] makes text of each, [`imports`] adds those that they import.
//! Whatever can't be read is a diagnostic beside those of the others, so that one run shows all there
//! is to mend.

mod files;
mod imports;
mod read;
mod signatures;

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tracee_compiler::{CompiledPolicy, Options};
use tracee_lang::check::{self, Checked, Program};
use tracee_lang::codes;
use tracee_lang::diagnostics::{Diagnostic, has_errors};
use tracee_lang::hir::PolicySet;
use tracee_lang::schema::Schema;
use tracee_lang::source::{BYTE_ORDER_MARK, FileId, SourceMap};
use tracee_lang::stdlib;
use tracee_lang::times::Moment;
use tracee_runtime::containers;
use tracee_runtime::process_tree::{internal_events, learned_events};
use tracee_runtime::text::Shown;

use crate::cli::{Color, DiagnosticFormat, RegoEngine};
use crate::exit::{Exit, Failure};
use crate::render;
use imports::Importer;
pub(crate) use imports::policies_in;
pub(crate) use read::reason;

/// What runs if nobody names a policy.
const STANDARD: &str = "\
/// Every rule of the standard library, as it is.
policy standard {
  use std.*;
}
";

/// The files of one run.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    /// Their texts.
    pub(crate) map: SourceMap,
    /// Where each is from, by its id.
    pub(crate) origins: Vec<Origin>,
    /// Those that were named and have a text.
    pub(crate) files: Vec<FileId>,
    /// Why the others have none.
    pub(crate) refused: Vec<Diagnostic>,
    /// The file that stands for `--rego`, whose signatures are left out where they are wrong.
    lenient: Option<FileId>,
    /// So many files were named, whether they have a text or not; those behind them are imported.
    named: usize,
}

/// Where a file is from.
#[derive(Debug)]
pub(crate) struct Origin {
    /// As it was named, found below what was named, or imported.
    pub(crate) path: PathBuf,
    /// Whether it begins with a byte order mark, which its text in the map has not.
    pub(crate) has_mark: bool,
}

impl Origin {
    /// What the file is with a text of the map.
    pub(crate) fn whole(&self, text: &str) -> String {
        let mark = self.has_mark.then_some(BYTE_ORDER_MARK);
        mark.into_iter().chain(text.chars()).collect()
    }

    /// `-`: the text is stdin's.
    pub(crate) fn is_stdin(&self) -> bool {
        is_stdin(&self.path)
    }
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

impl Sources {
    /// Reads what was named: files, directories with all policies below them, `-` for stdin.
    pub(crate) fn read(names: &[PathBuf]) -> Self {
        let mut sources = Self::default();
        for found in files::find(names) {
            sources.take(found);
        }
        sources.named = sources.origins.len();
        sources
    }

    fn take(&mut self, found: files::Found) {
        let path = found.path;
        let (name, text) = if is_stdin(&path) {
            ("<stdin>".to_owned(), read::stdin())
        } else {
            let name = Shown(path.as_os_str().as_bytes()).to_string();
            let text = match found.problem {
                Some(problem) => Err(read::Refused::Unreadable(problem)),
                None => read::file(&path),
            };
            (name, text)
        };
        let id = FileId(u32::try_from(self.origins.len()).unwrap_or(u32::MAX));
        let text = text.unwrap_or_else(|refused| {
            let (shown, diagnostic) = refused.describe(id);
            self.refused.push(diagnostic);
            shown
        });
        if self
            .refused
            .last()
            .is_none_or(|last| last.span().file != id)
        {
            self.files.push(id);
        }
        self.origins.push(Origin {
            path,
            has_mark: text.starts_with(BYTE_ORDER_MARK),
        });
        self.map.add(name, text);
    }

    /// Adds a policy that uses every signature in a directory. Those that are wrong are left out,
    /// with a warning, unless `strict`.
    ///
    /// # Errors
    /// A path that a policy can't name.
    pub(crate) fn add_signatures(&mut self, directory: &Path, strict: bool) -> Result<(), Failure> {
        let text = signatures::policy(directory)?;
        let id = self.add_own("<--rego>", text);
        self.lenient = (!strict).then_some(id);
        Ok(())
    }

    /// A policy that uses every rule of the standard library.
    pub(crate) fn standard() -> Self {
        let mut sources = Self::default();
        sources.add_own("<standard>", STANDARD.to_owned());
        sources
    }

    /// Adds a policy that nobody wrote. What it imports is found from the working directory, as if it
    /// were stdin's.
    fn add_own(&mut self, name: &str, text: String) -> FileId {
        let id = self.map.add(name, text);
        self.origins.push(Origin {
            path: PathBuf::from(name),
            has_mark: false,
        });
        self.files.push(id);
        self.named = self.origins.len();
        id
    }

    /// Adds files that are no policies.
    ///
    /// # Errors
    /// Those that can't be read.
    pub(crate) fn add(&mut self, paths: &[PathBuf]) -> Result<Vec<FileId>, Vec<Diagnostic>> {
        let (files, refused) = (self.files.len(), self.refused.len());
        for path in paths {
            self.take(files::Found {
                path: path.clone(),
                problem: None,
            });
        }
        match self.refused.len() == refused {
            true => Ok(self.files.split_off(files)),
            false => Err(self.refused.split_off(refused)),
        }
    }

    /// Gives files that were named other texts. What they import is read anew when they are checked.
    pub(crate) fn rewrite(&mut self, texts: &[(FileId, String)]) {
        let mut map = SourceMap::default();
        for (id, file) in self.map.iter().take(self.named) {
            let new = texts.iter().find(|(other, _)| *other == id);
            let text = new.map_or(file.text.clone(), |(_, text)| text.as_str().into());
            map.add(file.name.clone(), text);
        }
        self.map = map;
        self.origins.truncate(self.named);
    }

    /// Whether a file still is what was read.
    pub(crate) fn is_as_read(&self, origin: &Origin, text: &str) -> bool {
        read::file(&origin.path).is_ok_and(|now| *now == origin.whole(text))
    }

    /// Checks the files together with those that they import, which are read now. What could not be
    /// read is among what is wrong. Exceptions may have expired at the moment given.
    pub(crate) fn check(&mut self, now: Moment) -> Checked {
        let mut importer = Importer::new(&mut self.origins, &self.files, self.lenient);
        let program = Program::load(&mut self.map, &self.files, &mut importer);
        let mut checked = check::check_program_at(&self.map, program, Some(now));
        checked.diagnostics.extend(self.refused.iter().cloned());
        checked
            .diagnostics
            .sort_by_key(|diagnostic| diagnostic.span().file);
        checked
    }
}

/// What a command that is said these diagnostics ends with.
pub(crate) fn exit(diagnostics: &[Diagnostic]) -> Exit {
    let unread = [codes::FILE_TOO_LARGE, codes::NOT_UTF8, codes::UNREADABLE];
    if diagnostics.iter().any(|one| unread.contains(&one.code)) {
        Exit::Usage
    } else if has_errors(diagnostics) {
        Exit::Diagnostics
    } else {
        Exit::Success
    }
}

/// Policies with the sources that their diagnostics point into.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// The files.
    pub(crate) sources: Sources,
    /// What they mean, and what is wrong with them.
    pub(crate) checked: Checked,
}

/// Reads and checks what was named and reports what is wrong on stderr.
///
/// # Errors
/// [`Exit::Diagnostics`] if a policy has errors, [`Exit::Usage`] if one can't be read.
pub(crate) fn load_valid(names: &[PathBuf], color: Color, now: Moment) -> Result<Loaded, Failure> {
    load_saying(names, color, now, |_| true)
}

/// The same, but if nothing is an error, just warnings that are `wanted` are reported.
///
/// # Errors
/// Those of [`load_valid`].
pub(crate) fn load_saying(
    names: &[PathBuf],
    color: Color,
    now: Moment,
    wanted: impl Fn(&Diagnostic) -> bool,
) -> Result<Loaded, Failure> {
    checked(Sources::read(names), color, now, wanted)
}

/// The same of what was read.
///
/// # Errors
/// Those of [`load_valid`].
pub(crate) fn checked(
    mut sources: Sources,
    color: Color,
    now: Moment,
    wanted: impl Fn(&Diagnostic) -> bool,
) -> Result<Loaded, Failure> {
    let checked = sources.check(now);
    let mut said = checked.diagnostics.clone();
    if !has_errors(&said) {
        said.retain(wanted);
    }
    let format = DiagnosticFormat::Auto;
    crate::terminal::say_all(&render::diagnostics(
        &sources,
        &said,
        format,
        render::Target::stderr(color),
    ));
    match exit(&checked.diagnostics) {
        Exit::Success => Ok(Loaded { sources, checked }),
        Exit::Diagnostics => Err(does_not_compile()),
        exit => Err(Failure::new(exit, "not all policies can be read")),
    }
}

/// The text of a file.
///
/// # Errors
/// Why there is none: lower case, no full stop.
pub(crate) fn text(path: &Path) -> Result<String, String> {
    read::file(path).map_err(read::Refused::reason)
}

/// The policies that these names stand for, whether they can be read or not.
pub(crate) fn policies_below_all(names: &[PathBuf]) -> Vec<PathBuf> {
    let found = files::find(names).into_iter();
    found.map(|found| found.path).collect()
}

/// All policies below a directory.
pub(crate) fn policies_below(directory: &Path) -> Vec<PathBuf> {
    let found = files::find(&[directory.to_owned()]).into_iter();
    found
        .filter(|found| found.problem.is_none())
        .map(|found| found.path)
        .collect()
}

/// The files of Rego below a directory; none if it can't be read.
pub(crate) fn rego_files(directory: &Path) -> Vec<PathBuf> {
    let here = match directory.as_os_str().is_empty() {
        true => Path::new("."),
        false => directory,
    };
    signatures::find(here, "").unwrap_or_default()
}

/// The files of Rego that an import in a directory names; or why there are none.
pub(crate) fn signatures(directory: &Path, pattern: &str) -> Result<Vec<PathBuf>, String> {
    signatures::find(directory, pattern).map_err(|why| why.reason)
}

/// Whether there are policies in what was named.
pub(crate) fn has_policies(path: &Path) -> bool {
    let found = files::find(&[path.to_owned()]);
    found.iter().any(|file| file.problem.is_none())
}

fn does_not_compile() -> Failure {
    Failure::new(Exit::Diagnostics, "the policy does not compile")
}

/// The declarations of all events.
pub(crate) fn schema() -> Arc<Schema> {
    Arc::new(stdlib::schema().clone())
}

/// Makes conditions of OPA signatures, unless regorus alone is to decide them.
pub(crate) fn lower(loaded: &mut Loaded, engine: Option<RegoEngine>) {
    match engine.unwrap_or(RegoEngine::Auto) {
        RegoEngine::Auto => {
            tracee_rego::lower::apply(&mut loaded.checked.policies, stdlib::schema());
        }
        RegoEngine::Regorus => {}
    }
}

/// That an engine for OPA signatures is asked for only where there are some.
///
/// # Errors
/// [`Exit::Usage`].
pub(crate) fn check_engine(
    policies: &PolicySet,
    engine: Option<RegoEngine>,
) -> Result<(), Failure> {
    let mut rules = policies.policies.iter().flat_map(|policy| &policy.rules);
    if engine.is_none() || rules.any(|rule| rule.signature.is_some()) {
        return Ok(());
    }
    let message = "--rego-engine is for OPA signatures, of which there is none here";
    Err(Failure::new(Exit::Usage, message)
        .help("name their directory with --rego, or in an `import rego`"))
}

/// Compiles checked policies and reports what there is to say on stderr.
///
/// # Errors
/// [`Exit::Diagnostics`] if they can't be compiled.
pub(crate) fn compile_valid(
    schema: &Schema,
    loaded: &Loaded,
    options: &Options,
    color: Color,
) -> Result<CompiledPolicy, Failure> {
    let (compiled, diagnostics) =
        tracee_compiler::compile(schema, &loaded.checked.policies, options);
    let target = render::Target::stderr(color);
    let text = render::diagnostics(
        &loaded.sources,
        &diagnostics,
        DiagnosticFormat::Auto,
        target,
    );
    crate::terminal::say_all(&text);
    if has_errors(&diagnostics) {
        return Err(does_not_compile());
    }
    Ok(compiled)
}

/// How policies are compiled unless told otherwise: what the kernel can decide is pushed down, and
/// it sends what the process tree and the containers are kept from whether policies want it or not.
pub(crate) fn options(schema: &Schema) -> Options {
    let internal = internal_events(schema).into_iter();
    Options {
        internal: internal
            .chain(containers::internal_events(schema))
            .collect(),
        learned: learned_events(schema),
        ..Options::default()
    }
}
