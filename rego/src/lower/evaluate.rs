//! Evaluates a signature for an event that is not known yet: every expression comes to values with the
//! conditions that they have.
//!
//! The order of statements does not matter: they all hold or not. What could be an error, which makes a
//! signature give no answer, ends it all ([`Stop`]), because regorus may come to it first.

use regorus::Value;
use regorus::unstable::{self as ast, AssignOp, Expr, Literal, LiteralStmt, Query};
use tracee_lang::hir;
use tracee_lang::signature::Reason;
use tracee_lang::source::{FileId, Span};

use super::compare::{self, Held};
use super::document::Document;
use super::path::{Lists, State};
use super::program::Program;
use super::truth::{Truth, disjoint};
use super::value::{Sym, kind};

/// The most statements and expressions that are looked at for one event. Each of them is a few steps of
/// regorus', so what is lowered stays far from the budget of an evaluation.
const MAX_STEPS: usize = 5_000;
/// The most ways through a body.
const MAX_PATHS: usize = 256;
/// How deep rules and functions may lead to each other.
const MAX_DEPTH: usize = 32;

/// Why a signature can't be lowered at all.
#[derive(Debug)]
pub(super) struct Stop(pub(super) Reason);

/// A value at the end of a way.
pub(super) type Ways = Vec<(State, Sym)>;
/// What a rule or a function comes to, with the conditions of it.
pub(super) type Results = Vec<(Vec<Held>, Sym)>;

/// The evaluation for one event.
#[derive(Debug)]
pub(super) struct Evaluation<'a> {
    pub(super) program: &'a Program,
    pub(super) document: Document<'a>,
    pub(super) lists: Lists,
    /// The module that is evaluated.
    pub(super) module: usize,
    /// What conditions are attributed to: the innermost statement of the signature's own file.
    pub(super) span: Span,
    file: FileId,
    /// What might be an error for an event.
    pub(super) errors: Vec<hir::Expr>,
    /// When the signature itself gives several values, which only regorus can tell from an error.
    pub(super) several: Vec<hir::Expr>,
    /// The first thing of which not all is known.
    pub(super) first: Option<Reason>,
    steps: usize,
    pub(super) depth: usize,
}

impl<'a> Evaluation<'a> {
    pub(super) fn new(program: &'a Program, document: Document<'a>, span: Span) -> Self {
        Self {
            program,
            document,
            lists: Lists::default(),
            module: 0,
            span,
            file: span.file,
            errors: Vec::new(),
            several: Vec::new(),
            first: None,
            steps: 0,
            depth: 0,
        }
    }

    pub(super) fn stop<T>(&self, at: &ast::Span, why: impl Into<String>) -> Result<T, Stop> {
        Err(Stop(self.reason(at, why)))
    }

    fn reason(&self, at: &ast::Span, why: impl Into<String>) -> Reason {
        let module = self.program.modules.get(self.module);
        Reason {
            text: why.into(),
            file: module.map(|module| module.name.clone()).unwrap_or_default(),
            line: at.line,
            column: at.col,
        }
    }

    /// Remembers what is not known of something, if anything.
    pub(super) fn noted(&mut self, truth: &Truth, at: &ast::Span, why: impl Into<String>) {
        if !truth.is_exact() {
            self.unknown(at, why);
        }
    }

    pub(super) fn unknown(&mut self, at: &ast::Span, why: impl Into<String>) {
        if self.first.is_none() {
            self.first = Some(self.reason(at, why));
        }
    }

    fn step(&mut self, at: &ast::Span) -> Result<(), Stop> {
        self.steps += 1;
        match self.steps > MAX_STEPS {
            true => self.stop(at, "there are too many cases"),
            false => Ok(()),
        }
    }

    /// The ways through a body.
    pub(super) fn query(&mut self, state: State, query: &Query) -> Result<Vec<State>, Stop> {
        let mut states = vec![state];
        for statement in &query.stmts {
            let mut after = Vec::new();
            for state in states {
                after.extend(self.statement(state, statement)?);
            }
            if after.len() > MAX_PATHS {
                return self.stop(&statement.span, "there are too many cases");
            }
            states = after;
        }
        Ok(states)
    }

    fn statement(&mut self, state: State, statement: &LiteralStmt) -> Result<Vec<State>, Stop> {
        let at = &statement.span;
        self.step(at)?;
        if self.module == 0 {
            self.span = Span::new(self.file, at.start as usize, at.end as usize);
        }
        if !statement.with_mods.is_empty() {
            return self.stop(at, "`with` replaces the event");
        }
        match &statement.literal {
            Literal::Expr { expr, .. } => match expr.as_ref() {
                Expr::AssignExpr { op, lhs, rhs, .. } => self.assign(state, op, lhs, rhs, at),
                _ => {
                    let ways = self.statement_expr(state, expr)?;
                    let mut states = Vec::new();
                    for (state, value) in ways {
                        let held = self.truthy(&value, at);
                        states.extend(state.when(held));
                    }
                    Ok(states)
                }
            },
            Literal::NotExpr { expr, .. } => {
                if self.iterates(&state, expr) {
                    return self.stop(at, "`not` has an iteration in it");
                }
                let from = self.lists.next();
                let mut paths = Vec::new();
                for (inner, value) in self.statement_expr(state.inside(), expr)? {
                    let held = self.truthy(&value, at);
                    paths.extend(inner.when(held));
                }
                let (truth, element) = self.any(&paths, from, at);
                Ok(state.when((truth.negated(), element)).into_iter().collect())
            }
            Literal::SomeVars { vars, .. } => {
                match vars.iter().any(|var| !self.is_free(&state, var.text())) {
                    true => self.stop(at, "a variable has a name that is taken"),
                    false => Ok(vec![state]),
                }
            }
            Literal::SomeIn {
                key,
                value,
                collection,
                ..
            } => {
                let name = |of: &ast::Ref<Expr>| match of.as_ref() {
                    Expr::Var { span, .. } if self.is_free(&state, span.text()) => {
                        Some(span.text().to_owned())
                    }
                    _ => None,
                };
                let key = match key.as_ref().map(name) {
                    None => "_".to_owned(),
                    Some(Some(name)) => name,
                    Some(None) => return self.stop(at, "`some` takes values apart"),
                };
                let Some(value) = name(value) else {
                    return self.stop(at, "`some` takes values apart");
                };
                let mut states = Vec::new();
                for (state, of) in self.expr(state, collection)? {
                    for (state, place, element) in self.iterate(state, &of, at)? {
                        states.push(state.bind(&key, place).bind(&value, element));
                    }
                }
                Ok(states)
            }
            Literal::Every { .. } => self.stop(at, "`every` is not compiled"),
        }
    }

    fn assign(
        &mut self,
        state: State,
        op: &AssignOp,
        left: &ast::Ref<Expr>,
        right: &ast::Ref<Expr>,
        at: &ast::Span,
    ) -> Result<Vec<State>, Stop> {
        let unbound = |this: &Self, of: &Expr| match of {
            Expr::Var { span, .. } if this.is_unbound(&state, span.text()) => {
                Some(span.text().to_owned())
            }
            _ => None,
        };
        let (name, value) = match op {
            AssignOp::ColEq => match left.as_ref() {
                Expr::Var { span, .. } if self.is_free(&state, span.text()) => {
                    (Some(span.text().to_owned()), right)
                }
                Expr::Var { .. } => return self.stop(at, "a variable has a name that is taken"),
                _ => return self.stop(at, "`:=` takes a value apart"),
            },
            AssignOp::Eq => match (unbound(self, left), unbound(self, right)) {
                (Some(name), _) => (Some(name), right),
                (None, Some(name)) => (Some(name), left),
                (None, None) => (None, right),
            },
        };
        let is_plain = |of: &Expr| {
            !matches!(
                of,
                Expr::Array { .. } | Expr::Object { .. } | Expr::Set { .. }
            )
        };
        let mut states = Vec::new();
        match name {
            Some(name) => {
                for (state, value) in self.expr(state, value)? {
                    states.push(state.bind(&name, value));
                }
            }
            None if !is_plain(left) || !is_plain(right) => {
                return self.stop(at, "`=` takes values apart");
            }
            None => {
                for (state, left) in self.expr(state, left)? {
                    for (state, right) in self.expr(state, right)? {
                        let held = compare::equal(&left, &right, self.document.schema, self.span);
                        self.noted(&held.0, at, "a comparison is not one of the event's values");
                        states.extend(state.when(held));
                    }
                }
            }
        }
        Ok(states)
    }

    /// Whether a value lets a statement hold.
    pub(super) fn truthy(&mut self, value: &Sym, at: &ast::Span) -> Held {
        match value {
            Sym::Const(Value::Bool(value)) => (Truth::constant(*value, self.span), None),
            Sym::Truth(truth, element) => (truth.clone(), *element),
            value if kind(value).is_some() => (Truth::constant(true, self.span), value.element()),
            Sym::Elements(_) => (Truth::constant(true, self.span), None),
            _ => {
                self.unknown(at, "a value is not known before the event");
                (Truth::unknown(self.span), None)
            }
        }
    }

    /// What holds if any of the ways can be taken; quantifiers from number `from` on are inside.
    pub(super) fn any(&mut self, paths: &[State], from: usize, at: &ast::Span) -> Held {
        let paths = paths.iter().map(|path| path.conditions.as_slice());
        match self.lists.any(paths, from, self.span) {
            Some(held) => held,
            None => {
                self.unknown(at, "two iterations depend on each other");
                (Truth::unknown(self.span), None)
            }
        }
    }

    /// Whether a name stands for nothing yet.
    pub(super) fn is_unbound(&self, state: &State, name: &str) -> bool {
        !matches!(name, "input" | "data")
            && state.variable(name).is_none()
            && self.program.resolve(self.module, name).is_none()
    }

    /// Whether a variable can be declared with a name: what stands before in the body may mean a rule by it.
    fn is_free(&self, state: &State, name: &str) -> bool {
        name == "_" || self.is_unbound(state, name)
    }

    /// Whether an expression stands for several values, but for comprehensions in it.
    pub(super) fn iterates(&self, state: &State, expr: &Expr) -> bool {
        let inner = |of: &ast::Ref<Expr>| self.iterates(state, of);
        match expr {
            Expr::RefBrack { refr, index, .. } => {
                let unbound = matches!(index.as_ref(),
                    Expr::Var { span, .. } if self.is_unbound(state, span.text()));
                unbound || inner(refr) || inner(index)
            }
            Expr::RefDot { refr, .. } => inner(refr),
            Expr::Array { items, .. } | Expr::Set { items, .. } => items.iter().any(inner),
            Expr::Object { fields, .. } => fields
                .iter()
                .any(|(_, key, value)| inner(key) || inner(value)),
            Expr::Call { params, .. } => params.iter().any(inner),
            Expr::UnaryExpr { expr, .. } => inner(expr),
            Expr::BinExpr { lhs, rhs, .. }
            | Expr::BoolExpr { lhs, rhs, .. }
            | Expr::ArithExpr { lhs, rhs, .. }
            | Expr::AssignExpr { lhs, rhs, .. } => inner(lhs) || inner(rhs),
            Expr::Membership {
                key,
                value,
                collection,
                ..
            } => key.as_ref().is_some_and(inner) || inner(value) || inner(collection),
            _ => false,
        }
    }

    /// Notes that two results of one name, which differ, may come at once: that is an error.
    pub(super) fn conflicts(
        &mut self,
        results: &[(Held, Sym)],
        at: &ast::Span,
    ) -> Result<(), Stop> {
        for (index, ((one, element), value)) in results.iter().enumerate() {
            for ((other, other_element), another) in &results[index + 1..] {
                let same = value == another && kind(value).is_some();
                if same || disjoint(one.high(), other.high()) {
                    continue;
                }
                if element.is_some() || other_element.is_some() {
                    return self.stop(at, "an iteration may give several values");
                }
                let both =
                    super::truth::and(vec![one.high().clone(), other.high().clone()], self.span);
                if matches!(both.kind, hir::ExprKind::Bool(false)) {
                    continue;
                }
                if self.depth == 1 {
                    self.several.push(both);
                } else {
                    self.unknown(at, "several values may be given at once, which is an error");
                    self.errors.push(both);
                }
            }
        }
        Ok(())
    }

    pub(super) fn counted(&mut self, at: &ast::Span, paths: usize) -> Result<(), Stop> {
        self.step(at)?;
        match paths > MAX_PATHS {
            true => self.stop(at, "there are too many cases"),
            false => Ok(()),
        }
    }

    pub(super) fn deeper(&mut self, at: &ast::Span) -> Result<(), Stop> {
        self.depth += 1;
        match self.depth > MAX_DEPTH {
            true => self.stop(at, "rules lead to each other too often"),
            false => Ok(()),
        }
    }
}
