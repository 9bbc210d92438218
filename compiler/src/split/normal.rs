//! Alternatives: a formula as an `or` of conjunctions, each of which can be a selector.
//!
//! Checks on one field are joined where one check says the same, so that `a == 1 or a == 2` is one
//! alternative. Past [`MAX_ALTERNATIVES`] a part is dropped, which lets more through, and its
//! predicates say so.

use std::collections::BTreeMap;

use tracee_lang::context::ContextField;
use tracee_lang::hir::Field;

use super::formula::{Formula, Literal, Occurrence};
use crate::plan::{Check, States, Test};

/// The most alternatives of one target, a quarter of an event's selectors.
pub(super) const MAX_ALTERNATIVES: usize = 64;

/// String needs (positive tests) that the kernel keeps apart on one field of one selector.
const MAX_NEEDS: usize = 2;

/// What a conjunction asks: tests without duplicates, in order, with the predicates behind each.
pub(super) type Conjunction = BTreeMap<Test, Literal>;

/// The alternatives of the conjunction of `parts`; none if it can't hold.
pub(super) fn alternatives(parts: &[Formula], occurrences: &mut [Occurrence]) -> Vec<Conjunction> {
    let mut all = product(parts, occurrences);
    for conjunction in &mut all {
        limit_needs(conjunction, occurrences);
    }
    absorb(all)
}

fn normal(formula: &Formula, occurrences: &mut [Occurrence]) -> Vec<Conjunction> {
    match formula {
        Formula::True => vec![Conjunction::new()],
        Formula::False => Vec::new(),
        Formula::Literal(literal) => {
            vec![Conjunction::from([(literal.test.clone(), literal.clone())])]
        }
        Formula::And(parts) => product(parts, occurrences),
        Formula::Or(parts) => sum(parts, occurrences),
    }
}

/// Every way to satisfy all of the parts, the parts with few ways first.
fn product(parts: &[Formula], occurrences: &mut [Occurrence]) -> Vec<Conjunction> {
    let mut ways: Vec<_> = parts
        .iter()
        .map(|part| (part, normal(part, occurrences)))
        .collect();
    ways.sort_by_key(|(_, ways)| ways.len());
    let mut all = vec![Conjunction::new()];
    for (part, ways) in ways {
        if all.len() * ways.len() > MAX_ALTERNATIVES {
            drop_all(part, occurrences);
            continue;
        }
        all = all
            .iter()
            .flat_map(|left| ways.iter().map(|right| conjunction(left, right)))
            .filter(|way| !way.keys().any(is_never))
            .collect();
        all = absorb(all);
    }
    all
}

/// Every way to satisfy any of the parts.
fn sum(parts: &[Formula], occurrences: &mut [Occurrence]) -> Vec<Conjunction> {
    let mut all: Vec<Conjunction> = Vec::new();
    for part in parts {
        for way in normal(part, occurrences) {
            let joined = all.iter_mut().find_map(|other| {
                let joined = disjunction(other, &way)?;
                Some((other, joined))
            });
            match joined {
                Some((other, joined)) => *other = joined,
                None => all.push(way),
            }
        }
    }
    let all = absorb(all);
    if all.len() > MAX_ALTERNATIVES {
        parts.iter().for_each(|part| drop_all(part, occurrences));
        return vec![Conjunction::new()];
    }
    all
}

/// Both conjunctions at once.
fn conjunction(left: &Conjunction, right: &Conjunction) -> Conjunction {
    let mut all = left.clone();
    for literal in right.values() {
        add(&mut all, literal.clone());
    }
    all
}

/// Adds a literal, joined with one on the same field if they make one check.
fn add(all: &mut Conjunction, mut literal: Literal) {
    let field = literal.test.field;
    let joinable = all
        .values()
        .filter(|other| other.test.field == field)
        .find_map(|other| {
            let check = other.test.check.and(&literal.test.check)?;
            Some((other.test.clone(), check))
        });
    if let Some((test, check)) = joinable
        && let Some(other) = all.remove(&test)
    {
        literal.from.extend(other.from);
        literal.test.check = check;
        return add(all, literal);
    }
    all.insert(literal.test.clone(), literal);
}

/// One conjunction for either of two single tests on one field.
fn disjunction(left: &Conjunction, right: &Conjunction) -> Option<Conjunction> {
    let (1, 1) = (left.len(), right.len()) else {
        return None;
    };
    let (left, right) = (left.values().next()?, right.values().next()?);
    if left.test.field != right.test.field {
        return None;
    }
    let check = left.test.check.or(&right.test.check)?;
    let test = Test {
        field: left.test.field,
        check,
    };
    let from = left.from.union(&right.from).copied().collect();
    Some(Conjunction::from([(test.clone(), Literal { test, from })]))
}

/// Whether nothing satisfies the test. On a field that can be absent, an absent value satisfies every
/// one but that of its state.
fn is_never(test: &Test) -> bool {
    let nothing = match &test.check {
        Check::State(states) => return *states == States::default(),
        Check::Ints(ranges) => ranges.as_slice().is_empty(),
        Check::Text {
            any,
            negated: false,
        } => any.is_empty(),
        _ => false,
    };
    let field = test
        .field
        .filter(|field| *field != Field::Context(ContextField::Retval));
    nothing && matches!(field, Some(Field::Context(_)))
}

/// Leaves out what another alternative already lets through.
fn absorb(all: Vec<Conjunction>) -> Vec<Conjunction> {
    let mut kept: Vec<Conjunction> = Vec::with_capacity(all.len());
    for way in all {
        let wider = |wide: &Conjunction, narrow: &Conjunction| {
            wide.keys().all(|test| narrow.contains_key(test))
        };
        if kept.iter().any(|other| wider(other, &way)) {
            continue;
        }
        kept.retain(|other| !wider(&way, other));
        kept.push(way);
    }
    kept
}

/// Drops the string needs that the kernel has no room for, those first that decide nothing for sure.
fn limit_needs(conjunction: &mut Conjunction, occurrences: &mut [Occurrence]) {
    let mut needs: BTreeMap<_, usize> = BTreeMap::new();
    let mut surplus = Vec::new();
    let sureness = |literal: &Literal| {
        let from = literal.from.iter();
        from.map(|&index| occurrences[index].plan.pushdown).min()
    };
    let mut literals: Vec<&Literal> = conjunction.values().collect();
    literals.sort_by_key(|literal| sureness(literal));
    for test in literals.into_iter().map(|literal| &literal.test) {
        let is_need = matches!(
            test.check,
            Check::Text { negated: false, .. } | Check::Elements { negated: false, .. }
        );
        if is_need {
            let count = needs.entry(test.field).or_default();
            *count += 1;
            if *count > MAX_NEEDS {
                surplus.push(test.clone());
            }
        }
    }
    for test in surplus {
        for index in conjunction
            .remove(&test)
            .into_iter()
            .flat_map(|literal| literal.from)
        {
            occurrences[index].dropped = Some("it is a third string test on one field");
        }
    }
}

/// Says of every predicate in `formula` that it was dropped.
fn drop_all(formula: &Formula, occurrences: &mut [Occurrence]) {
    match formula {
        Formula::True | Formula::False => {}
        Formula::Literal(literal) => {
            for &index in &literal.from {
                occurrences[index].dropped = Some("the condition has too many alternatives");
            }
        }
        Formula::And(parts) | Formula::Or(parts) => {
            parts.iter().for_each(|part| drop_all(part, occurrences));
        }
    }
}
