//! The selectors of an event: those of all targets, equal ones shared, and at most 256.

use std::collections::{BTreeMap, BTreeSet};

use tracee_ebpf::abi;
use tracee_lang::hir::Field;

use crate::plan::{Check, Selector, Test};

/// Bits that the kernel has for an event.
pub(super) const MAX_SELECTORS: usize = abi::MAX_SELECTORS;

type Tests = BTreeSet<Test>;
type Targets = BTreeSet<usize>;

/// Shares and, if there are too many, merges. `alternatives` is by target. Returns the selectors and
/// the targets of those that were merged (and so hold for more than each target asked).
pub(super) fn selectors(alternatives: Vec<Vec<BTreeSet<Test>>>) -> (Vec<Selector>, Targets) {
    let mut shared: BTreeMap<Tests, Targets> = BTreeMap::new();
    for (target, ways) in alternatives.into_iter().enumerate() {
        for way in ways {
            shared.entry(way).or_default().insert(target);
        }
    }
    let mut widened = Targets::new();
    while shared.len() > MAX_SELECTORS {
        let fields: BTreeSet<Option<Field>> =
            shared.keys().flatten().map(|test| test.field).collect();
        let joined = fields.into_iter().map(|field| join_on(&shared, field));
        shared = match joined.min_by_key(|(joined, _)| joined.len()) {
            Some((joined, shared_more)) if joined.len() < shared.len() => {
                widened.extend(shared_more);
                joined
            }
            _ => intersect(shared, &mut widened),
        };
    }
    let selectors = shared
        .into_iter()
        .map(|(tests, targets)| Selector {
            tests: tests.into_iter().collect(),
            targets: targets.into_iter().collect(),
        })
        .collect();
    (selectors, widened)
}

/// Joins selectors that differ in their test on `field` only, if one test can say both: together
/// they pass what they passed apart. This is the shape of a thousand rules `pathname prefix …` on
/// one event. Also returns the targets of what was joined.
fn join_on(
    shared: &BTreeMap<Tests, Targets>,
    field: Option<Field>,
) -> (BTreeMap<Tests, Targets>, Targets) {
    let mut result: BTreeMap<Tests, Targets> = BTreeMap::new();
    let mut groups: BTreeMap<Tests, Vec<(Check, Vec<&Targets>)>> = BTreeMap::new();
    for (tests, targets) in shared {
        let mut on_field = tests.iter().filter(|test| test.field == field);
        let (Some(test), None) = (on_field.next(), on_field.next()) else {
            result.entry(tests.clone()).or_default().extend(targets);
            continue;
        };
        let mut rest = tests.clone();
        rest.remove(test);
        let members = groups.entry(rest).or_default();
        let found = members.iter_mut().find_map(|(other, all)| {
            let check = other.or(&test.check)?;
            Some((other, all, check))
        });
        match found {
            Some((other, all, check)) => {
                *other = check;
                all.push(targets);
            }
            None => members.push((test.check.clone(), vec![targets])),
        }
    }
    let mut widened = Targets::new();
    for (rest, members) in groups {
        for (check, all) in members {
            if all.len() > 1 {
                widened.extend(all.iter().copied().flatten());
            }
            let mut tests = rest.clone();
            tests.insert(Test { field, check });
            result
                .entry(tests)
                .or_default()
                .extend(all.into_iter().flatten());
        }
    }
    (result, widened)
}

/// Merges neighbours (in the order of their tests) into what they have in common, those with the
/// most in common first, until they are few enough or each has met a neighbour.
fn intersect(shared: BTreeMap<Tests, Targets>, widened: &mut Targets) -> BTreeMap<Tests, Targets> {
    let mut all: Vec<Option<(Tests, Targets)>> = shared.into_iter().map(Some).collect();
    let common =
        |left: &Option<(Tests, Targets)>, right: &Option<(Tests, Targets)>| match (left, right) {
            (Some((left, _)), Some((right, _))) => left.intersection(right).count(),
            _ => 0,
        };
    let mut pairs: Vec<(usize, usize)> = (1..all.len())
        .map(|at| (common(&all[at - 1], &all[at]), at))
        .collect();
    pairs.sort_unstable_by(|left, right| right.cmp(left));
    let mut merged: BTreeMap<Tests, Targets> = BTreeMap::new();
    let mut left = all.len();
    for (_, at) in pairs {
        if left + merged.len() <= MAX_SELECTORS {
            break;
        }
        if all[at - 1].is_none() || all[at].is_none() {
            continue;
        }
        let (Some(one), Some(other)) = (all[at - 1].take(), all[at].take()) else {
            continue;
        };
        left -= 2;
        let targets: Targets = one.1.union(&other.1).copied().collect();
        widened.extend(&targets);
        let tests = one.0.intersection(&other.0).cloned().collect();
        merged.entry(tests).or_default().extend(targets);
    }
    for (tests, targets) in all.into_iter().flatten() {
        merged.entry(tests).or_default().extend(targets);
    }
    merged
}
