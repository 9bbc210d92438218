//! Whether two conditions are the same but for where they are written.

use super::{Expr, ExprKind};

impl Expr {
    /// Whether it differs from another one at most in the places of its parts.
    pub fn is_like(&self, other: &Self) -> bool {
        let all = |left: &[Self], right: &[Self]| {
            left.len() == right.len() && left.iter().zip(right).all(|(l, r)| l.is_like(r))
        };
        match (&self.kind, &other.kind) {
            (ExprKind::Not(left), ExprKind::Not(right)) => left.is_like(right),
            (ExprKind::And(left), ExprKind::And(right))
            | (ExprKind::Or(left), ExprKind::Or(right)) => all(left, right),
            (
                ExprKind::Quantifier { all, over, body },
                ExprKind::Quantifier {
                    all: other_all,
                    over: other_over,
                    body: other_body,
                },
            ) => all == other_all && over == other_over && body.is_like(other_body),
            // No other kind has conditions in it.
            (left, right) => left == right,
        }
    }

    /// The same of what may be missing.
    pub fn are_alike(left: Option<&Self>, right: Option<&Self>) -> bool {
        match (left, right) {
            (None, None) => true,
            (Some(left), Some(right)) => left.is_like(right),
            _ => false,
        }
    }
}
