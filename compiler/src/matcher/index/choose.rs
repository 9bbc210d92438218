//! Which way each condition of an event is asked, and whether asking is worth it: a model of what matching
//! costs, in nanoseconds of a machine of 2025. Only ratios matter, and only to speed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tracee_lang::context;
use tracee_lang::hir::{Expr, Field};
use tracee_lang::types::Type;

use super::trigger::{Finder, Trigger, Way, by_chance};

/// Evaluating one condition among others, in straight code.
const STRAIGHT: f64 = 4.0;
/// Evaluating one condition that was found to be a candidate.
const CANDIDATE: f64 = 12.0;
/// Looking something up in a table.
const LOOK_UP: f64 = 2.0;
/// Looking for grams in a path, or in the strings of a list.
const SCAN: f64 = 12.0;
const SCAN_LIST: f64 = 60.0;
/// What there is to do around that.
const FRAME: f64 = 4.0;
/// An index has to cost less than so much of straight code.
const WORTH: f64 = 0.8;

/// Chooses for each of these conditions, of which `None` is always true, the way to ask; `None`: it
/// is evaluated for every event. Nothing if straight code is as fast and no index is `forced`.
pub(super) fn choose(
    finder: Finder<'_>,
    conditions: &[Option<Arc<Expr>>],
    forced: bool,
) -> Option<Vec<Option<Way>>> {
    let ways = |condition: &Option<Arc<Expr>>| match condition {
        Some(condition) => finder.ways(condition),
        None => Vec::new(),
    };
    let best = |ways: Vec<Way>| ways.into_iter().min_by(by_chance);
    if forced {
        return Some(conditions.iter().map(ways).map(best).collect());
    }
    // Too few for any choice to pay.
    if conditions.len() < 4 {
        return None;
    }
    let mut ways: Vec<Vec<Way>> = conditions.iter().map(ways).collect();
    for ways in &mut ways {
        ways.retain(pays);
    }
    let mut fields: BTreeSet<Field> = ways.iter().flatten().flat_map(fields_of).collect();
    let mut least = cost(finder, &ways, &fields);
    // Without a field that few conditions gain by, none has to look at it.
    while let Some((without, field)) = fields
        .iter()
        .map(|field| {
            let mut fewer = fields.clone();
            fewer.remove(field);
            (cost(finder, &ways, &fewer), *field)
        })
        .min_by(|left, right| left.0.total_cmp(&right.0))
        .filter(|(without, _)| *without <= least)
    {
        least = without;
        fields.remove(&field);
    }
    if least > STRAIGHT * conditions.len() as f64 * WORTH {
        return None;
    }
    for ways in &mut ways {
        ways.retain(|way| is_within(way, &fields));
    }
    Some(ways.into_iter().map(best).collect())
}

fn fields_of(way: &Way) -> impl Iterator<Item = Field> {
    way.any.iter().map(Trigger::field)
}

fn is_within(way: &Way, fields: &BTreeSet<Field>) -> bool {
    fields_of(way).all(|field| fields.contains(&field))
}

/// Whether a candidate is rare enough.
fn pays(way: &Way) -> bool {
    way.chance * CANDIDATE < STRAIGHT
}

/// What an event costs if these fields are looked at.
fn cost(finder: Finder<'_>, ways: &[Vec<Way>], fields: &BTreeSet<Field>) -> f64 {
    let mut total = FRAME;
    let mut scanned: BTreeMap<Field, bool> = BTreeMap::new();
    for ways in ways {
        let within = ways.iter().filter(|way| is_within(way, fields));
        let Some(way) = within.min_by(|left, right| by_chance(left, right)) else {
            total += STRAIGHT;
            continue;
        };
        total += way.chance * CANDIDATE;
        for trigger in &way.any {
            let scans =
                matches!(trigger, Trigger::Text(_, pattern) if super::texts::is_scanned(pattern));
            *scanned.entry(trigger.field()).or_default() |= scans;
        }
    }
    for (field, scans) in scanned {
        total += match (field, scans) {
            (field, _) if is_list(finder, field) => SCAN_LIST,
            (_, true) => SCAN,
            (_, false) => LOOK_UP,
        };
    }
    total
}

fn is_list(finder: Finder<'_>, field: Field) -> bool {
    let ty = match field {
        Field::Slot(slot) => {
            let slot = finder.event.slots.get(usize::from(slot));
            slot.map(|slot| &slot.ty)
        }
        Field::Context(field) => context::info(field).map(|info| &info.ty),
    };
    ty.is_some_and(|ty| matches!(ty, Type::List(_)))
}
