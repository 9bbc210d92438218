//! What rules don't match all the same: `except … reason "…" [expires DATE] where CONDITION;`.
//!
//! An exception that holds is a `not` at the end of the condition of each [`On`], so whoever evaluates
//! conditions need not know of it; who shows them finds here which part is which.

use std::sync::Arc;

use super::{Expr, ExprKind, On, Rule};
use crate::source::Span;

/// A clause that takes cases away from a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// Why; not blank.
    pub reason: String,
    /// `expires …`
    pub expires: Option<Expiry>,
    /// It had expired when it was checked: it is part of no condition.
    pub expired: bool,
    /// The clause: in the rule's declaration, or in the policy that has the rule.
    pub span: Span,
}

/// Until when an exception holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiry {
    /// As it is written: the last day that it holds, or a moment.
    pub written: String,
    /// The first nanosecond since 1970 at which it doesn't hold any more.
    pub end: i128,
    /// Where it is written.
    pub span: Span,
}

impl On {
    /// What the clause itself says: `where …` without exceptions; `None` is always.
    pub fn own(&self) -> Option<&Expr> {
        if self.exceptions.is_empty() {
            return self.condition.as_deref();
        }
        let parts = self.parts();
        parts
            .first()
            .filter(|_| parts.len() > self.exceptions.len())
    }

    /// The conditions of exceptions, each with its index in [`Rule::exceptions`].
    pub fn excepted(&self) -> impl Iterator<Item = (usize, &Expr)> {
        let parts = self.parts();
        let first = parts.len().saturating_sub(self.exceptions.len());
        let conditions = parts[first..].iter().filter_map(|part| match &part.kind {
            ExprKind::Not(condition) => Some(&**condition),
            _ => None,
        });
        self.exceptions.iter().copied().zip(conditions)
    }

    fn parts(&self) -> &[Expr] {
        match self.condition.as_deref() {
            Some(Expr {
                kind: ExprKind::And(parts),
                ..
            }) if !self.exceptions.is_empty() => parts,
            _ => &[],
        }
    }

    /// Takes a case away: what the exception at `index` says of this event.
    pub(crate) fn except(&mut self, index: usize, condition: Expr) {
        let denied = Expr {
            span: condition.span,
            kind: ExprKind::Not(Box::new(condition)),
        };
        let own = self.condition.take().map(Arc::unwrap_or_clone);
        let whole = match own {
            Some(Expr {
                kind: ExprKind::And(mut parts),
                span,
            }) if !self.exceptions.is_empty() => {
                parts.push(denied);
                (parts, span)
            }
            own => (own.into_iter().chain([denied]).collect(), self.span),
        };
        self.condition = Some(Arc::new(Expr {
            kind: ExprKind::And(whole.0),
            span: whole.1,
        }));
        self.exceptions.push(index);
    }
}

impl Rule {
    /// The exception that a part of a condition belongs to.
    pub fn exception_at(&self, part: Span) -> Option<&Exception> {
        self.exceptions
            .iter()
            .find(|exception| exception.span.covers(part))
    }
}
