//! Stands in for `jit` where nothing can generate code: WebAssembly, which can't call what it makes. Neither
//! code nor functions exist, so that conditions are interpreted.

use std::sync::Arc;

use tracee_lang::hir::Expr;

use super::open::OpenTarget;
use super::scratch::Scratch;
use super::view::EventKind;
use crate::process::ProcessView;

/// Targets of one function, at most.
pub(super) const MAX_TARGETS: usize = 64;

/// Targets that one function would be made for.
#[derive(Debug)]
#[expect(dead_code, reason = "said to a code generator")]
pub(super) struct Part {
    pub(super) targets: Vec<OpenTarget>,
    pub(super) selectable: bool,
}

/// Compiled conditions: there are none.
#[derive(Debug)]
pub(super) enum Code {}

impl Code {
    /// Never called.
    ///
    /// # Safety
    /// None is needed.
    pub(super) unsafe fn call(
        &self,
        _record: &[u8],
        _process: Option<&ProcessView>,
        _out: &mut [u64],
        _scratch: &mut Scratch,
        _selected: usize,
    ) {
        match *self {}
    }

    /// Bytes of machine code.
    pub(super) fn size(&self) -> usize {
        match *self {}
    }
}

/// Makes no code.
#[derive(Debug)]
pub(super) enum Compiler {}

impl Compiler {
    /// Says why there is no machine code here.
    pub(super) fn new() -> Result<Self, String> {
        Err("WebAssembly can't generate code".into())
    }

    pub(super) fn compile(
        &self,
        _event: &EventKind,
        _conditions: &[Option<Arc<Expr>>],
        _part: &Part,
    ) -> Result<Code, String> {
        match *self {}
    }
}
