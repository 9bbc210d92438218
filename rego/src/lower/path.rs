//! The ways through a body: every choice that an iteration leaves is a path, with what must hold on it.

use tracee_lang::hir::{Expr, ExprKind, Field, Iterated};
use tracee_lang::source::Span;

use super::compare::Held;
use super::truth::Truth;
use super::value::{ElementId, Sym};

/// A way to a place in a body.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    /// All of them hold.
    pub(super) conditions: Vec<Held>,
    /// The variables, the last of a name first.
    variables: Vec<(String, Sym)>,
}

impl State {
    /// At the begin of something that sees the same variables.
    pub(super) fn inside(&self) -> Self {
        Self {
            conditions: Vec::new(),
            variables: self.variables.clone(),
        }
    }

    pub(super) fn variable(&self, name: &str) -> Option<&Sym> {
        let mut found = self.variables.iter().rev();
        found.find(|(own, _)| own == name).map(|(_, value)| value)
    }

    pub(super) fn bind(mut self, name: &str, value: Sym) -> Self {
        if name != "_" {
            self.variables.push((name.to_owned(), value));
        }
        self
    }

    /// The same way, if something else holds, too; [`None`] if it never does.
    pub(super) fn when(mut self, (truth, element): Held) -> Option<Self> {
        if truth.is_never() {
            return None;
        }
        if !truth.is_always() || element.is_some() {
            self.conditions.push((truth, element));
        }
        Some(self)
    }

    pub(super) fn when_all(mut self, all: Vec<Held>) -> Option<Self> {
        for held in all {
            self = self.when(held)?;
        }
        Some(self)
    }
}

/// Lists that quantifiers were opened over, by their numbers.
#[derive(Debug, Default)]
pub(super) struct Lists(Vec<Field>);

impl Lists {
    pub(super) fn open(&mut self, list: Field) -> ElementId {
        self.0.push(list);
        self.0.len() - 1
    }

    /// The number of the next one.
    pub(super) fn next(&self) -> ElementId {
        self.0.len()
    }

    /// What holds if some conditions do, with quantifiers from number `from` on around what depends on
    /// them. [`None`] if that depends on several of those before.
    pub(super) fn closed(&self, conditions: &[Held], from: ElementId, span: Span) -> Option<Held> {
        let mut outer = None;
        let mut all = Vec::new();
        let mut inner: Vec<(ElementId, Vec<Truth>)> = Vec::new();
        for (truth, element) in conditions {
            match element {
                Some(element) if *element >= from => {
                    match inner.iter_mut().find(|(own, _)| own == element) {
                        Some((_, of)) => of.push(truth.clone()),
                        None => inner.push((*element, vec![truth.clone()])),
                    }
                }
                Some(element) => {
                    if outer.is_some_and(|other| other != *element) {
                        return None;
                    }
                    outer = Some(*element);
                    all.push(truth.clone());
                }
                None => all.push(truth.clone()),
            }
        }
        for (element, of) in inner {
            let over = Iterated::List(*self.0.get(element)?);
            let body = Truth::all(of, span);
            all.push(body.map(|body| {
                if matches!(body.kind, ExprKind::Bool(false)) {
                    return body;
                }
                let kind = ExprKind::Quantifier {
                    all: false,
                    over: over.clone(),
                    body: Box::new(body),
                };
                Expr { kind, span }
            }));
        }
        Some((Truth::all(all, span), outer))
    }

    /// What holds if the conditions of any path do.
    pub(super) fn any<'p>(
        &self,
        paths: impl Iterator<Item = &'p [Held]>,
        from: ElementId,
        span: Span,
    ) -> Option<Held> {
        let mut outer = None;
        let mut any = Vec::new();
        for path in paths {
            let (truth, element) = self.closed(path, from, span)?;
            if let (Some(one), Some(other)) = (outer, element)
                && one != other
            {
                return None;
            }
            outer = outer.or(element);
            any.push(truth);
        }
        Some((Truth::any(any, span), outer))
    }
}
