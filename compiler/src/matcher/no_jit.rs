//! Stands in for `jit` where nothing can generate code: WebAssembly, which can't call what it makes. Neither
//! code nor functions exist, so that conditions are interpreted.

use tracee_lang::hir::Expr;
use tracee_lang::schema::{Event, EventId, Schema};

use super::scratch::Scratch;
use crate::process::ProcessView;

/// Targets of one function, at most.
pub(super) const MAX_TARGETS: usize = 64;

/// Targets that one function would be made for.
#[derive(Debug)]
#[expect(dead_code, reason = "said to a code generator")]
pub(super) struct Part {
    pub(super) targets: Vec<usize>,
    pub(super) selectable: bool,
}

/// An event with the conditions of its targets.
#[expect(dead_code, reason = "said to a code generator")]
pub(super) struct Source<'a> {
    pub(super) event: &'a Event,
    pub(super) conditions: &'a [Option<Expr>],
    pub(super) parts: &'a [Part],
}

/// A compiled function: there is none.
#[derive(Debug, Clone, Copy)]
pub(super) enum Function {}

impl Function {
    /// Never called.
    ///
    /// # Safety
    /// None is needed.
    pub(super) unsafe fn call(
        self,
        _record: &[u8],
        _process: Option<&ProcessView>,
        _out: &mut [u64],
        _scratch: &mut Scratch,
        _selected: usize,
    ) {
        match self {}
    }
}

/// The memory of code: there is none.
#[derive(Debug)]
pub(super) enum Code {}

impl Code {
    /// Bytes of machine code.
    pub(super) fn size(&self) -> usize {
        match *self {}
    }
}

/// Says why there is no machine code here.
pub(super) fn compile(
    _schema: &Schema,
    _events: &[Source<'_>],
) -> Result<(Code, Vec<(EventId, Function)>), String> {
    Err("WebAssembly can't generate code".into())
}
