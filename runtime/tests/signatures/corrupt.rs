//! Conditions made wrong, in the ways in which lowering could go wrong: for the test that a comparison with regorus
//! finds them.

use std::sync::Arc;

use tracee_lang::hir::{Expr, ExprKind, Operand};

/// A condition that differs in one place, and what was done there.
pub(crate) struct Corrupted {
    pub(crate) what: &'static str,
    /// The part that was left out or made wrong, as it was.
    pub(crate) part: Expr,
    /// The whole.
    pub(crate) expr: Expr,
}

/// All conditions that differ from one in one place.
pub(crate) fn all(of: &Expr) -> Vec<Corrupted> {
    let mut made = Vec::new();
    let mut whole = |what, part: &Expr, kind| {
        let (part, span) = (part.clone(), of.span);
        let expr = Expr { kind, span };
        made.push(Corrupted { what, part, expr });
    };
    match &of.kind {
        ExprKind::Bool(value) => whole("negated", of, ExprKind::Bool(!value)),
        ExprKind::Not(inner) => {
            whole("negated", inner, inner.kind.clone());
            for one in all(inner) {
                whole(one.what, &one.part, ExprKind::Not(Box::new(one.expr)));
            }
        }
        ExprKind::And(parts) => {
            for (what, part, parts) in parts_of(parts) {
                whole(what, &part, ExprKind::And(parts));
            }
        }
        ExprKind::Or(parts) => {
            for (what, part, parts) in parts_of(parts) {
                whole(what, &part, ExprKind::Or(parts));
            }
        }
        ExprKind::Quantifier {
            all: every,
            over,
            body,
        } => {
            for one in all(body) {
                let (over, body) = (over.clone(), Box::new(one.expr));
                let all = *every;
                whole(
                    one.what,
                    &one.part,
                    ExprKind::Quantifier { all, over, body },
                );
            }
        }
        // What is not there fails what is asked of it anyway, so this is said twice.
        ExprKind::Exists(_) => {}
        atom => {
            whole("negated", of, ExprKind::Not(Box::new(of.clone())));
            if let Some(changed) = with_another_literal(atom) {
                whole("another literal", of, changed);
            }
        }
    }
    made
}

/// The parts of `and` and `or` with one of them left out or made wrong.
fn parts_of(parts: &[Expr]) -> Vec<(&'static str, Expr, Vec<Expr>)> {
    let mut made = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        if parts.len() > 1 && !is_guard(part) {
            let mut fewer = parts.to_vec();
            fewer.remove(at);
            made.push(("a part left out", part.clone(), fewer));
        }
        for one in all(part) {
            let mut other = parts.to_vec();
            other[at] = one.expr;
            made.push((one.what, one.part, other));
        }
    }
    made
}

/// Whether a part only asks whether something is there.
fn is_guard(part: &Expr) -> bool {
    match &part.kind {
        ExprKind::Exists(_) => true,
        ExprKind::Or(parts) | ExprKind::And(parts) => parts.iter().all(is_guard),
        _ => false,
    }
}

/// An atom that asks for something else; [`None`] of those without a literal.
fn with_another_literal(atom: &ExprKind) -> Option<ExprKind> {
    let mut atom = atom.clone();
    match &mut atom {
        ExprKind::Compare {
            right: Operand::Int(value),
            ..
        } => *value += 1,
        ExprKind::InInts { ranges, .. } => {
            // The first number is not there any more.
            let mut fewer = ranges.to_vec();
            let first = fewer.first_mut()?;
            first.0 += 1;
            if first.0 > first.1 {
                fewer.remove(0);
            }
            if fewer.is_empty() {
                return Some(ExprKind::Bool(false));
            }
            *ranges = fewer.into();
        }
        ExprKind::Text { literals, .. } => {
            let mut others = literals.to_vec();
            let first = others.first_mut()?;
            let mut bytes = first.to_vec();
            bytes.push(b'x');
            *first = Arc::from(bytes);
            *literals = others.into();
        }
        ExprKind::Has { flags, .. } => {
            let (mask, want) = flags.first_mut()?;
            // One bit more must be set: the first above those that are looked at.
            let bit = 1_u64.checked_shl(64 - mask.leading_zeros()).unwrap_or(1);
            (*mask, *want) = (*mask | bit, *want | bit);
        }
        _ => return None,
    }
    Some(atom)
}
