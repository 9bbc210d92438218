//! Reads policy files into a source map and checks them together.

use std::path::PathBuf;
use std::sync::Arc;

use tracee_compiler::{CompiledPolicy, Options};
use tracee_lang::check::{self, Checked};
use tracee_lang::diagnostics::has_errors;
use tracee_lang::schema::Schema;
use tracee_lang::source::{FileId, SourceMap};
use tracee_lang::stdlib;
use tracee_runtime::process_tree::internal_events;

use crate::cli::{Color, DiagnosticFormat};
use crate::exit::{Exit, Failure};
use crate::render;

/// Bytes of one policy file; a larger one is refused before it is read whole.
pub(crate) const MAX_POLICY_BYTES: u64 = 16 << 20;

/// Policies with the sources that their diagnostics point into.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// The files.
    pub(crate) sources: SourceMap,
    /// What they mean, and what is wrong with them.
    pub(crate) checked: Checked,
}

/// Reads and checks the files.
///
/// # Errors
/// [`Exit::Usage`] if one can't be read, is too large or is not UTF-8. What is wrong *in* the
/// policies is in the result's diagnostics.
pub(crate) fn load(files: &[PathBuf]) -> Result<Loaded, Failure> {
    let mut sources = SourceMap::default();
    let ids = files
        .iter()
        .map(|path| Ok(sources.add(path.display().to_string(), read(path)?)))
        .collect::<Result<Vec<FileId>, Failure>>()?;
    let checked = check::check(&sources, &ids);
    Ok(Loaded { sources, checked })
}

/// Reads and checks the files and reports what is wrong on stderr.
///
/// # Errors
/// Like [`load`], and [`Exit::Diagnostics`] if a policy has errors.
pub(crate) fn load_valid(files: &[PathBuf], color: Color) -> Result<Loaded, Failure> {
    let loaded = load(files)?;
    let format = DiagnosticFormat::Auto;
    crate::terminal::say_all(&render::diagnostics(
        &loaded.sources,
        &loaded.checked.diagnostics,
        format,
        render::Target::stderr(color),
    ));
    if has_errors(&loaded.checked.diagnostics) {
        return Err(Failure::new(
            Exit::Diagnostics,
            "the policy does not compile",
        ));
    }
    Ok(loaded)
}

/// The text of one file.
///
/// # Errors
/// [`Exit::Usage`] if it can't be read, is too large or is not UTF-8.
pub(crate) fn read(path: &PathBuf) -> Result<String, Failure> {
    let fail = |reason: String| {
        Failure::new(
            Exit::Usage,
            format!("policy `{}` can't be read: {reason}", path.display()),
        )
    };
    let metadata = std::fs::metadata(path).map_err(|error| fail(error.to_string()))?;
    if metadata.is_dir() {
        return Err(fail("it is a directory".into()).help("name the .tp files in it"));
    }
    if metadata.len() > MAX_POLICY_BYTES {
        return Err(fail(format!(
            "it is larger than {} MiB",
            MAX_POLICY_BYTES >> 20
        )));
    }
    let bytes = std::fs::read(path).map_err(|error| fail(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = 1 + error.as_bytes()[..valid]
            .iter()
            .filter(|&&byte| byte == b'\n')
            .count();
        fail(format!(
            "line {line} is not UTF-8 (byte {valid} of the file)"
        ))
        .help("policies are UTF-8; write other bytes in a string as `\\xNN`")
    })
}

/// The declarations of all events.
pub(crate) fn schema() -> Arc<Schema> {
    Arc::new(stdlib::schema().clone())
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
        return Err(Failure::new(
            Exit::Diagnostics,
            "the policy does not compile",
        ));
    }
    Ok(compiled)
}

/// How policies are compiled unless told otherwise: what the kernel can decide is pushed down, and
/// it sends what the process tree is kept from whether policies want it or not.
pub(crate) fn options(schema: &Schema) -> Options {
    Options {
        internal: internal_events(schema),
        ..Options::default()
    }
}
