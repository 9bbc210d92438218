//! Conditions that are compiled together, when that is worth it: until they were evaluated so often that machine
//! code would have saved a part of what making it takes, they are interpreted, and then until it is made. Most of
//! many rules are asked for rarely or never, and cost nothing then.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use tracee_lang::hir::{Expr, ExprKind};
use tracee_lang::interpreter;

use super::jit::{Code, Compiler, Part};
use super::view::{EventKind, View};

/// Evaluations for each condition, after which all of a part are compiled.
const PATIENCE: usize = 16;
/// What is heavier is compiled before the first event: what takes long to compile takes long to interpret, too.
const MAX_WEIGHT: usize = 2_048;

/// A part, and its code once there is any.
#[derive(Debug)]
pub(super) struct LazyPart {
    /// Or why the code generator could not make it: it is interpreted for ever.
    pub(super) code: OnceLock<Result<Code, String>>,
    evaluated: AtomicUsize,
    pub(super) part: Part,
}

impl LazyPart {
    pub(super) fn new(part: Part) -> Self {
        Self {
            code: OnceLock::new(),
            evaluated: AtomicUsize::new(0),
            part,
        }
    }

    /// Compiles what would be interpreted slowly.
    pub(super) fn prepare(
        &self,
        compiler: &Compiler,
        event: &EventKind,
        conditions: &[Option<Arc<Expr>>],
    ) {
        let own = self.part.targets.iter();
        let weights = own.flat_map(|target| target.conjuncts(conditions).map(weight));
        if weights.sum::<usize>() > MAX_WEIGHT {
            self.complete(compiler, event, conditions);
        }
    }

    /// Compiles it, unless that was tried, or waits for who does.
    pub(super) fn complete(
        &self,
        compiler: &Compiler,
        event: &EventKind,
        conditions: &[Option<Arc<Expr>>],
    ) {
        let make = || compiler.compile(event, conditions, &self.part);
        let _ = self.code.get_or_init(make);
    }

    /// The code, if there is. Never waits.
    #[inline(always)]
    pub(super) fn code(&self) -> Option<&Code> {
        self.code.get()?.as_ref().ok()
    }

    /// Writes which of its targets match, as [`Code::call`] does. Whether it is worth compiling from now on, which it
    /// says once.
    #[cold]
    pub(super) fn interpret(
        &self,
        conditions: &[Option<Arc<Expr>>],
        view: &View<'_>,
        out: &mut [u64],
        selected: usize,
    ) -> bool {
        let targets = match self.part.targets.get(selected) {
            Some(one) => std::slice::from_ref(one),
            None => &self.part.targets,
        };
        for open in targets {
            let mut conjuncts = open.conjuncts(conditions);
            if conjuncts.all(|conjunct| interpreter::matches(conjunct, view)) {
                out[open.target / 64] |= 1 << (open.target % 64);
            }
        }
        let before = self.evaluated.fetch_add(targets.len(), Ordering::Relaxed);
        let enough = PATIENCE * self.part.targets.len();
        before < enough && before + targets.len() >= enough
    }

    /// Takes out of `out` those of its targets, a bit each, that don't match, whatever is open of them.
    #[inline]
    pub(super) fn remove(&self, failed: u64, out: &mut [u64]) {
        if failed == 0 {
            return;
        }
        for (at, open) in self.part.targets.iter().enumerate() {
            if failed >> at & 1 == 1 {
                out[open.target / 64] &= !(1 << (open.target % 64));
            }
        }
    }

    /// How many conditions can't be compiled, and why.
    pub(super) fn failure(&self) -> Option<(usize, &str)> {
        let reason = self.code.get()?.as_ref().err()?;
        Some((self.part.targets.len(), reason))
    }

    /// Bytes of machine code.
    pub(super) fn size(&self) -> usize {
        self.code().map_or(0, Code::size)
    }
}

/// Roughly what compiling a condition takes: a test is 1, and so are 16 literals.
fn weight(expr: &Expr) -> usize {
    match &expr.kind {
        ExprKind::Not(inner) => weight(inner),
        ExprKind::And(parts) | ExprKind::Or(parts) => parts.iter().map(weight).sum(),
        ExprKind::Quantifier { body, .. } => 2 + weight(body),
        ExprKind::Text { literals, .. } => 1 + literals.len() / 16,
        ExprKind::InInts { ranges, .. } => 1 + ranges.len() / 16,
        _ => 1,
    }
}
