//! What is known of when something holds: exactly, or between two conditions. All that combines conditions
//! is here, and keeps them small.

use std::sync::Arc;

use tracee_lang::hir::{Expr, ExprKind, Operand, TextOp};
use tracee_lang::source::Span;

/// When something holds for an event.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Truth {
    /// If and only if the condition does.
    Exact(Expr),
    /// Whenever the first does, and only when the second does.
    Between(Expr, Expr),
}

impl Truth {
    pub(super) fn constant(value: bool, span: Span) -> Self {
        Self::Exact(constant(value, span))
    }

    /// Nothing is known.
    pub(super) fn unknown(span: Span) -> Self {
        Self::Between(constant(false, span), constant(true, span))
    }

    pub(super) fn between(low: Expr, high: Expr) -> Self {
        match low == high {
            true => Self::Exact(low),
            false => Self::Between(low, high),
        }
    }

    /// Enough for it to hold.
    pub(super) fn low(&self) -> &Expr {
        let (Self::Exact(low) | Self::Between(low, _)) = self;
        low
    }

    /// Needed for it to hold.
    pub(super) fn high(&self) -> &Expr {
        let (Self::Exact(high) | Self::Between(_, high)) = self;
        high
    }

    pub(super) fn is_exact(&self) -> bool {
        matches!(self, Self::Exact(_))
    }

    /// Whether it never holds.
    pub(super) fn is_never(&self) -> bool {
        matches!(self.high().kind, ExprKind::Bool(false))
    }

    /// Whether it always holds.
    pub(super) fn is_always(&self) -> bool {
        matches!(self.low().kind, ExprKind::Bool(true))
    }

    pub(super) fn negated(self) -> Self {
        match self {
            Self::Exact(one) => Self::Exact(not(one)),
            Self::Between(low, high) => Self::Between(not(high), not(low)),
        }
    }

    /// Both or all.
    pub(super) fn all(parts: Vec<Self>, span: Span) -> Self {
        Self::joined(parts, |parts| and(parts, span))
    }

    /// Either or any.
    pub(super) fn any(parts: Vec<Self>, span: Span) -> Self {
        Self::joined(parts, |parts| or(parts, span))
    }

    /// Something made of a condition so that it holds for more events if the condition does.
    pub(super) fn map(self, make: impl Fn(Expr) -> Expr) -> Self {
        match self {
            Self::Exact(one) => Self::Exact(make(one)),
            Self::Between(low, high) => Self::between(make(low), make(high)),
        }
    }

    fn joined(parts: Vec<Self>, join: impl Fn(Vec<Expr>) -> Expr) -> Self {
        if parts.iter().all(Self::is_exact) {
            return Self::Exact(join(parts.iter().map(|part| part.low().clone()).collect()));
        }
        let low = join(parts.iter().map(|part| part.low().clone()).collect());
        let high = join(parts.iter().map(|part| part.high().clone()).collect());
        Self::between(low, high)
    }
}

pub(super) fn constant(value: bool, span: Span) -> Expr {
    Expr {
        kind: ExprKind::Bool(value),
        span,
    }
}

pub(super) fn not(of: Expr) -> Expr {
    let span = of.span;
    match of.kind {
        ExprKind::Bool(value) => constant(!value, span),
        ExprKind::Not(inner) => *inner,
        kind => Expr {
            kind: ExprKind::Not(Box::new(Expr { kind, span })),
            span,
        },
    }
}

pub(super) fn and(parts: Vec<Expr>, span: Span) -> Expr {
    let mut all: Vec<Expr> = Vec::with_capacity(parts.len());
    let parts = parts.into_iter().flat_map(|part| match part.kind {
        ExprKind::And(inner) => inner,
        _ => vec![part],
    });
    for part in parts {
        match part.kind {
            ExprKind::Bool(true) => {}
            ExprKind::Bool(false) => return part,
            _ if all.iter().any(|other| other.kind == part.kind) => {}
            _ if all.iter().any(|other| disjoint_atoms(other, &part)) => {
                return constant(false, span);
            }
            _ => all.push(part),
        }
    }
    // An atom does not hold of what is not there.
    let needed = |one: &Expr| match &one.kind {
        ExprKind::Exists(value) => all.iter().any(|other| needs(other, value)),
        _ => false,
    };
    let needless: Vec<bool> = all.iter().map(needed).collect();
    let mut needless = needless.into_iter();
    all.retain(|_| !needless.next().unwrap_or_default());
    match all.len() {
        0 => constant(true, span),
        1 => all.remove(0),
        _ => Expr {
            kind: ExprKind::And(all),
            span,
        },
    }
}

pub(super) fn or(parts: Vec<Expr>, span: Span) -> Expr {
    let mut any: Vec<Expr> = Vec::with_capacity(parts.len());
    let parts = parts.into_iter().flat_map(|part| match part.kind {
        ExprKind::Or(inner) => inner,
        _ => vec![part],
    });
    for part in parts {
        match part.kind {
            ExprKind::Bool(false) => {}
            ExprKind::Bool(true) => return part,
            _ if any.iter().any(|other| other.kind == part.kind) => {}
            _ => match any.iter_mut().find_map(|other| merged(other, &part)) {
                Some((place, kind)) => place.kind = kind,
                None => any.push(part),
            },
        }
    }
    match any.len() {
        0 => constant(false, span),
        1 => any.remove(0),
        _ => Expr {
            kind: ExprKind::Or(any),
            span,
        },
    }
}

/// Whether a condition holds only if a value is there, and is not just the question for that.
fn needs(condition: &Expr, value: &Operand) -> bool {
    match &condition.kind {
        ExprKind::Test(of)
        | ExprKind::InInts { value: of, .. }
        | ExprKind::InAddresses { value: of, .. }
        | ExprKind::Text { value: of, .. }
        | ExprKind::Pattern { value: of, .. }
        | ExprKind::Has { value: of, .. } => of == value,
        ExprKind::Compare { left, right, .. } => left == value || right == value,
        _ => false,
    }
}

/// Two comparisons of one string with literals are one.
fn merged<'e>(one: &'e mut Expr, other: &Expr) -> Option<(&'e mut Expr, ExprKind)> {
    let kind = match (&one.kind, &other.kind) {
        (
            ExprKind::Text {
                op,
                value,
                literals,
                fold,
            },
            ExprKind::Text {
                op: other_op,
                value: other_value,
                literals: more,
                fold: other_fold,
            },
        ) if (op, value, fold) == (other_op, other_value, other_fold) => {
            let mut all: Vec<Arc<[u8]>> = literals.to_vec();
            all.extend(more.iter().filter(|one| !literals.contains(one)).cloned());
            ExprKind::Text {
                op: *op,
                value: value.clone(),
                literals: all.into(),
                fold: *fold,
            }
        }
        _ => return None,
    };
    Some((one, kind))
}

/// Whether two conditions are known not to hold for the same event.
pub(super) fn disjoint(one: &Expr, other: &Expr) -> bool {
    let parts = |of: &Expr| match &of.kind {
        ExprKind::And(all) => all.clone(),
        _ => vec![of.clone()],
    };
    let (one, other) = (parts(one), parts(other));
    one.iter()
        .any(|a| other.iter().any(|b| disjoint_atoms(a, b)))
}

fn disjoint_atoms(one: &Expr, other: &Expr) -> bool {
    match (&one.kind, &other.kind) {
        (ExprKind::Bool(false), _) | (_, ExprKind::Bool(false)) => true,
        (ExprKind::Not(inner), kind) | (kind, ExprKind::Not(inner)) if inner.kind == *kind => true,
        (
            ExprKind::InInts { value, ranges },
            ExprKind::InInts {
                value: other,
                ranges: more,
            },
        ) => {
            value == other
                && ranges.iter().all(|(low, high)| {
                    more.iter()
                        .all(|(other_low, other_high)| high < other_low || other_high < low)
                })
        }
        (
            ExprKind::Text {
                op: TextOp::Eq,
                value,
                literals,
                fold: false,
            },
            ExprKind::Text {
                op: TextOp::Eq,
                value: other,
                literals: more,
                fold: false,
            },
        ) => value == other && !literals.iter().any(|literal| more.contains(literal)),
        _ => false,
    }
}

/// How many parts a condition has.
pub(super) fn size(of: &Expr) -> usize {
    1 + match &of.kind {
        ExprKind::Not(inner) => size(inner),
        ExprKind::And(all) | ExprKind::Or(all) => all.iter().map(size).sum(),
        ExprKind::Quantifier { body, .. } => size(body),
        _ => 0,
    }
}
