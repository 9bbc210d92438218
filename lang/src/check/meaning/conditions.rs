//! One condition: parts of it that cannot hold, that always do, and that add nothing.

use super::facts::Key;
use super::prover::Prover;
use super::{calls, literals, words};
use crate::check::Context;
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::hir::{Expr, ExprKind, Iterated, Operand};
use crate::schema::Event;
use crate::source::Span;

/// Parts of longer conjunctions and disjunctions are not compared with one another.
const MAX_COMPARED: usize = 24;
/// Absence is looked at for conditions on so many values.
const MAX_VALUES: usize = 8;

/// Looks at the parts of one condition.
pub(super) struct Conditions<'c, 'm> {
    pub(super) prover: &'c Prover<'c>,
    pub(super) cx: &'c mut Context<'m>,
    pub(super) event: Option<&'static Event>,
    /// What follows if the whole condition cannot hold.
    pub(super) consequence: Option<String>,
}

/// What became of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing to say that would decide the parts around it.
    Open,
    /// It comes out one way only, or a part of it does, which was said.
    Decided,
}

impl Conditions<'_, '_> {
    /// Warns about a whole condition.
    pub(super) fn whole(&mut self, expr: &Expr) -> Verdict {
        self.part(expr, false, true)
    }

    fn part(&mut self, expr: &Expr, inlined: bool, whole: bool) -> Verdict {
        let mut below = false;
        for child in children(expr) {
            // A part of a `let` has the place of its use, which is that of the whole `let`; what `!=`
            // and `not in` deny has theirs.
            let denied = matches!(expr.kind, ExprKind::Not(_));
            let inlined = inlined || (child.span == expr.span && (denied || self.is_use(expr)));
            below |= self.part(child, inlined, false) == Verdict::Decided;
        }
        if let ExprKind::Text { .. } = &expr.kind {
            literals::check(expr, self.event, self.cx);
        }
        calls::check(expr, self.cx);
        if below {
            return Verdict::Decided;
        }
        let show = |this: &Self| words::part(expr, inlined, this.event, this.cx);
        if self.prover.contradict(&[(expr, true)]) {
            let diagnostic = self.pair(expr, inlined, true).unwrap_or_else(|| {
                let message = format!("{} can never hold", show(self));
                Diagnostic::warning(codes::NEVER_HOLDS, message, expr.span)
            });
            self.report(diagnostic, whole);
            return Verdict::Decided;
        }
        if self.prover.contradict(&[(expr, false)]) {
            let diagnostic = self.pair(expr, inlined, false).unwrap_or_else(|| {
                let message = format!("{} always holds", show(self));
                Diagnostic::warning(codes::ALWAYS_HOLDS, message, expr.span)
            });
            self.cx.report(diagnostic);
            return Verdict::Decided;
        }
        if let Some(diagnostic) = self.absence(expr, inlined) {
            self.cx.report(diagnostic);
            return Verdict::Decided;
        }
        if let ExprKind::And(parts) | ExprKind::Or(parts) = &expr.kind {
            let inlined = inlined || parts.iter().any(|part| part.span == expr.span);
            self.superfluous(parts, matches!(expr.kind, ExprKind::And(_)), inlined);
        }
        Verdict::Open
    }

    /// Whether a part stands for a `let`: its parts have its own place.
    fn is_use(&self, expr: &Expr) -> bool {
        let written = self.cx.map.slice(expr.span);
        written
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    }

    fn report(&mut self, diagnostic: Diagnostic, whole: bool) {
        let diagnostic = match &self.consequence {
            Some(consequence) if whole => diagnostic.note(consequence.clone()),
            _ => diagnostic,
        };
        self.cx.report(diagnostic);
    }

    /// The two parts that make a conjunction impossible, or a disjunction certain.
    fn pair(&self, expr: &Expr, inlined: bool, never: bool) -> Option<Diagnostic> {
        let parts = match (&expr.kind, never) {
            (ExprKind::And(parts), true) | (ExprKind::Or(parts), false) => parts,
            _ => return None,
        };
        let inlined = inlined || parts.iter().any(|part| part.span == expr.span);
        let compared = &parts[..parts.len().min(MAX_COMPARED)];
        let (first, second) =
            pairs(compared).find(|(a, b)| self.prover.contradict(&[(a, never), (b, never)]))?;
        let show = |part| words::part(part, inlined, self.event, self.cx);
        let (a, b) = (show(first), show(second));
        let diagnostic = if never {
            let message = format!("{a} and {b} can never hold together");
            Diagnostic::warning(codes::NEVER_HOLDS, message, second.span)
        } else {
            let message = format!("{a} or {b} always holds");
            Diagnostic::warning(codes::ALWAYS_HOLDS, message, second.span)
        };
        let diagnostic = if first.span == second.span {
            diagnostic
        } else {
            diagnostic.related(first.span, "the other one")
        };
        let positive = |part: &Expr| !matches!(part.kind, ExprKind::Not(_));
        Some(match (never, positive(first), positive(second)) {
            (true, true, true)
                if value_of(first).is_some() && value_of(first) == value_of(second) =>
            {
                diagnostic.help("did you mean `or`?")
            }
            (false, false, false) => diagnostic.help("did you mean `and`?"),
            _ => diagnostic,
        })
    }

    /// What is decided for every event that has the values, or that has one of them.
    fn absence(&self, expr: &Expr, inlined: bool) -> Option<Diagnostic> {
        let conjunction = match expr.kind {
            ExprKind::And(_) => true,
            ExprKind::Not(_) | ExprKind::Bool(_) => return None, // said of what is below
            _ => false,
        };
        let shown = || words::part(expr, inlined, self.event, self.cx);
        let mut values = Vec::new();
        if !collect(expr, &mut values) || values.is_empty() || values.len() > MAX_VALUES {
            return None;
        }
        if !conjunction {
            if !self.prover.contradict_with(&[(expr, false)], &values) {
                return None;
            }
            let names: Vec<_> = values
                .iter()
                .filter_map(|key| words::value(key, self.event))
                .map(|name| format!("`{name}`"))
                .collect();
            let names = names.join(" and ");
            let verb = if values.len() == 1 { "is" } else { "are" };
            let message = format!("{} holds whenever {names} {verb} there", shown());
            return Some(
                Diagnostic::warning(codes::ALWAYS_HOLDS, message, expr.span)
                    .help("if that is meant, write `exists`"),
            );
        }
        let mut absent = values.iter().filter(|key| {
            self.prover
                .contradict_with(&[(expr, true)], std::slice::from_ref(*key))
        });
        let name = words::value(absent.next()?, self.event)?;
        let message = format!("{} can only hold when `{name}` is absent", shown());
        Some(
            Diagnostic::warning(codes::ONLY_WHEN_ABSENT, message, expr.span)
                .help(format!("if that is meant, write `not {name} exists`"))
                .note("`not` of a comparison with an absent value holds"),
        )
    }

    /// Parts that another part makes superfluous.
    fn superfluous(&mut self, parts: &[Expr], conjunction: bool, inlined: bool) {
        let compared = &parts[..parts.len().min(MAX_COMPARED)];
        let mut dropped = vec![false; compared.len()];
        for (at, part) in compared.iter().enumerate() {
            // Of two that are the same, the later one is superfluous.
            let covers = |other: usize| {
                if other == at || dropped[other] {
                    return false;
                }
                let (weak, strong) = match conjunction {
                    true => (part, &compared[other]),
                    false => (&compared[other], part),
                };
                let implied = self.prover.contradict(&[(strong, true), (weak, false)]);
                implied && (other < at || !self.prover.contradict(&[(weak, true), (strong, false)]))
            };
            let Some(other) = (0..compared.len()).find(|other| covers(*other)) else {
                continue;
            };
            dropped[at] = true;
            let other = &compared[other];
            let show = |part| words::part(part, inlined, self.event, self.cx);
            let (this, that) = (show(part), show(other));
            let message = match (this == that, conjunction) {
                (true, _) => format!("{this} is there twice"),
                (false, true) => format!("{this} adds nothing: it holds whenever {that} does"),
                (false, false) => format!("{this} adds nothing: {that} holds whenever it does"),
            };
            let diagnostic = Diagnostic::warning(codes::ADDS_NOTHING, message, part.span);
            let diagnostic = if other.span == part.span {
                diagnostic
            } else {
                diagnostic.related(other.span, "the other one")
            };
            let diagnostic = diagnostic.help("remove it");
            let diagnostic = match self.removal(parts, at).filter(|_| !inlined) {
                Some(span) => diagnostic.suggest("remove it", span, ""),
                None => diagnostic,
            };
            self.cx.report(diagnostic);
        }
    }

    /// What to cut for a part to be gone: the part with the word that joins it.
    fn removal(&self, parts: &[Expr], at: usize) -> Option<Span> {
        let part = parts.get(at)?.span;
        let (cut, joint) = match at.checked_sub(1) {
            Some(before) => {
                let end = parts.get(before)?.span.end;
                let joint = Span {
                    start: end,
                    end: part.start,
                    ..part
                };
                (Span { start: end, ..part }, joint)
            }
            None => {
                let start = parts.get(1)?.span.start;
                let joint = Span {
                    start: part.end,
                    end: start,
                    ..part
                };
                (Span { end: start, ..part }, joint)
            }
        };
        // Comments stay, and so does what is not as expected.
        matches!(self.cx.map.slice(joint).trim(), "and" | "or").then_some(cut)
    }
}

fn pairs(parts: &[Expr]) -> impl Iterator<Item = (&Expr, &Expr)> {
    (1..parts.len()).flat_map(move |at| (0..at).map(move |before| (&parts[before], &parts[at])))
}

fn children(expr: &Expr) -> &[Expr] {
    match &expr.kind {
        ExprKind::And(parts) | ExprKind::Or(parts) => parts,
        ExprKind::Not(of) => std::slice::from_ref(of),
        ExprKind::Quantifier { body, .. } => std::slice::from_ref(body),
        _ => &[],
    }
}

/// The value that an atom compares for equality.
fn value_of(expr: &Expr) -> Option<Key> {
    match &expr.kind {
        ExprKind::Compare {
            left,
            right: Operand::Int(_),
            ..
        } => Key::of(left),
        ExprKind::Text { value, .. }
        | ExprKind::Pattern { value, .. }
        | ExprKind::InInts { value, .. }
        | ExprKind::InAddresses { value, .. } => Key::of(value),
        _ => None,
    }
}

/// The values that a condition looks at; `false` if it asks itself whether one is there, or of a
/// quantifier's elements.
fn collect(expr: &Expr, values: &mut Vec<Key>) -> bool {
    let mut add = |key: Option<Key>| {
        if let Some(key) = key.filter(|key| !values.contains(key)) {
            values.push(key);
        }
        true
    };
    match &expr.kind {
        ExprKind::Bool(_) => true,
        ExprKind::And(_) | ExprKind::Or(_) | ExprKind::Not(_) => {
            children(expr).iter().all(|child| collect(child, values))
        }
        ExprKind::Test(value)
        | ExprKind::InInts { value, .. }
        | ExprKind::InAddresses { value, .. }
        | ExprKind::Text { value, .. }
        | ExprKind::Pattern { value, .. }
        | ExprKind::Has { value, .. } => add(Key::of(value)),
        ExprKind::Compare { left, right, .. } => add(Key::of(left)) && add(Key::of(right)),
        ExprKind::TextPair { value, with, .. } => add(Key::of(value)) && add(Key::of(with)),
        ExprKind::Exists(_) => false,
        ExprKind::Quantifier { over, .. } => match over {
            Iterated::List(field) => add(Some(Key::Field(*field))),
            _ => false,
        },
    }
}
