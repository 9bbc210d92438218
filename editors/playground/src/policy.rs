//! The text of the editor as a checked and compiled policy, as `tracee check` and `tracee run` make it.

use tracee_compiler::matcher::Engine;
use tracee_compiler::report::{Report, report};
use tracee_compiler::{CompiledPolicy, Options, compile};
use tracee_lang::check::resolve::{Loader, SignaturesFound, Unloadable};
use tracee_lang::check::{self, Checked, Program};
use tracee_lang::diagnostics::{Diagnostic, has_errors};
use tracee_lang::parse::MAX_FILE_BYTES;
use tracee_lang::source::{FileId, SourceMap};
use tracee_lang::stdlib;
use tracee_runtime::process_tree::internal_events;

use crate::request::Policy;

/// A policy that was checked.
#[derive(Debug)]
pub(crate) struct Looked {
    pub(crate) map: SourceMap,
    pub(crate) checked: Checked,
}

impl Looked {
    /// Checks it.
    ///
    /// # Errors
    /// It is larger than the compiler reads.
    pub(crate) fn at(policy: &Policy) -> Result<Self, String> {
        let size = policy.text.len();
        if size > MAX_FILE_BYTES {
            return Err(format!(
                "the policy has {size} bytes, at most {MAX_FILE_BYTES} are read"
            ));
        }
        let mut map = SourceMap::default();
        let file = map.add(policy.name.as_str(), policy.text.as_str());
        let program = Program::load(&mut map, &[file], &mut Alone);
        let checked = check::check_program_at(&map, program, Some(policy.now()));
        Ok(Self { map, checked })
    }

    /// Compiles it, with what there is to say about that; nothing if it has errors.
    pub(crate) fn compile(&self) -> (Option<CompiledPolicy>, Vec<Diagnostic>) {
        if has_errors(&self.checked.diagnostics) {
            return (None, Vec::new());
        }
        let schema = stdlib::schema();
        let options = Options {
            engine: Engine::Interpreter,
            internal: internal_events(schema),
            ..Options::default()
        };
        let (compiled, diagnostics) = compile(schema, &self.checked.policies, &options);
        let compiled = (!has_errors(&diagnostics)).then_some(compiled);
        (compiled, diagnostics)
    }

    /// Diagnostics as data.
    pub(crate) fn reports(&self, diagnostics: &[Diagnostic]) -> Vec<Report> {
        let reports = diagnostics.iter().map(|one| report(&self.map, one));
        reports.collect()
    }
}

/// There are no other files here.
struct Alone;

const ALONE: &str = "the playground has this one file: declare here what the other one declares";

impl Loader for Alone {
    fn load(&mut self, _: &mut SourceMap, _: FileId, _: &str) -> Result<FileId, Unloadable> {
        Err(ALONE.to_owned().into())
    }

    fn signatures(
        &mut self,
        _: &mut SourceMap,
        _: FileId,
        _: &str,
    ) -> Result<SignaturesFound, Unloadable> {
        Err("the playground reads no files of Rego".to_owned().into())
    }
}
