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
/// What of that a conjunct takes that is looked up instead, and what is left at least.
const DENIED: f64 = 1.0;
const OPEN: f64 = 1.5;
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

/// How a condition is decided.
#[derive(Debug)]
pub(super) enum Choice {
    /// It is a candidate if one of the triggers is there.
    Found(Way),
    /// It is evaluated for every event, but for the conjuncts that fail if one of their triggers is there.
    Always(Vec<Way>),
}

/// The ways to ask for a condition, and those to deny it.
#[derive(Debug, Default)]
struct Ways {
    asking: Vec<Way>,
    denying: Vec<Way>,
}

/// Chooses for each of these conditions, of which `None` is always true. Nothing if straight code is as fast and no
/// index is `forced`.
pub(super) fn choose(
    finder: Finder<'_>,
    conditions: &[Option<Arc<Expr>>],
    forced: bool,
) -> Option<Vec<Choice>> {
    // Too few for any choice to pay.
    if conditions.len() < 4 && !forced {
        return None;
    }
    let ways = |condition: &Option<Arc<Expr>>| match condition {
        Some(condition) => Ways {
            asking: finder.ways(condition),
            denying: finder.denials(condition),
        },
        None => Ways::default(),
    };
    let mut ways: Vec<Ways> = conditions.iter().map(ways).collect();
    if !forced {
        for ways in &mut ways {
            ways.asking.retain(pays);
        }
        let fields = fields(finder, &ways);
        if cost(finder, &ways, &fields) > STRAIGHT * conditions.len() as f64 * WORTH {
            return None;
        }
        for ways in &mut ways {
            ways.asking.retain(|way| is_within(way, &fields));
            ways.denying.retain(|way| is_within(way, &fields));
        }
    }
    let chosen = ways.into_iter().map(|ways| {
        let best = ways.asking.into_iter().min_by(by_chance);
        best.map_or(Choice::Always(ways.denying), Choice::Found)
    });
    Some(chosen.collect())
}

/// The fields that are worth looking at.
fn fields(finder: Finder<'_>, ways: &[Ways]) -> BTreeSet<Field> {
    let all = ways
        .iter()
        .flat_map(|ways| ways.asking.iter().chain(&ways.denying));
    let mut fields: BTreeSet<Field> = all.flat_map(fields_of).collect();
    let mut least = cost(finder, ways, &fields);
    // Without a field that few conditions gain by, none has to look at it.
    while let Some((without, field)) = fields
        .iter()
        .map(|field| {
            let mut fewer = fields.clone();
            fewer.remove(field);
            (cost(finder, ways, &fewer), *field)
        })
        .min_by(|left, right| left.0.total_cmp(&right.0))
        .filter(|(without, _)| *without <= least)
    {
        least = without;
        fields.remove(&field);
    }
    fields
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
fn cost(finder: Finder<'_>, ways: &[Ways], fields: &BTreeSet<Field>) -> f64 {
    let mut total = FRAME;
    let mut scanned: BTreeMap<Field, bool> = BTreeMap::new();
    let mut look = |way: &Way| {
        for trigger in &way.any {
            let scans =
                matches!(trigger, Trigger::Text(_, pattern) if super::texts::is_scanned(pattern));
            *scanned.entry(trigger.field()).or_default() |= scans;
        }
    };
    for ways in ways {
        let asking = ways.asking.iter().filter(|way| is_within(way, fields));
        if let Some(way) = asking.min_by(|left, right| by_chance(left, right)) {
            total += way.chance * CANDIDATE;
            look(way);
            continue;
        }
        let denying = ways.denying.iter().filter(|way| is_within(way, fields));
        let saved: f64 = denying.inspect(|way| look(way)).map(|_| DENIED).sum();
        total += (STRAIGHT - saved).max(OPEN);
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
