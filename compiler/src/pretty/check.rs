//! A selector's tests. Joined tests have no text in the source, so this is made from what they check.

use std::collections::BTreeMap;

use tracee_lang::address::set::AddressSet;
use tracee_lang::hir::{Field, TextOp, display};
use tracee_lang::types::Type;

use super::Printer;
use crate::plan::{Check, FlagLiteral, Pattern, Ranges, States, Test};
use crate::ranges::EVERYTHING;

/// The test, and whether it is an `or`.
pub(super) fn print(printer: &Printer<'_>, test: &Test) -> (String, bool) {
    let name = printer.field(test.field);
    match &test.check {
        Check::Ints(ranges) => {
            let ty = test.field.and_then(|field| printer.field_type(field));
            let int = ty.and_then(|ty| printer.schema.int_repr(ty));
            let bounds = int.map_or((i128::MIN, i128::MAX), |int| (int.min(), int.max()));
            let number = |value| printer.int(ty, value);
            (ints(&name, ranges, bounds, number), false)
        }
        Check::Addresses(set) => (addresses(&name, set), false),
        Check::Flags(any) => flags(printer, test.field, &name, any),
        Check::Text { any, negated } => {
            let (text, several) = patterns(&name, any);
            match (negated, several) {
                (false, several) => (text, several),
                (true, true) => (format!("not ({text})"), false),
                (true, false) => (format!("not {text}"), false),
            }
        }
        Check::Elements { any, negated } => {
            let text = format!("any a in {name} {{ {} }}", patterns("a", any).0);
            match negated {
                true => (format!("not {text}"), false),
                false => (text, false),
            }
        }
        Check::Order { other, orders } => {
            let other = printer.field(Some(*other));
            let op = match (orders.less, orders.equal, orders.greater) {
                (true, false, false) => "<",
                (true, true, false) => "<=",
                (false, true, false) => "==",
                (false, true, true) => ">=",
                (false, false, true) => ">",
                (true, false, true) => "!=",
                (true, true, true) => return (format!("{name} with any {other}"), false),
                (false, false, false) => return (format!("{name} with no {other}"), false),
            };
            (format!("{name} {op} {other}"), false)
        }
        Check::Length(ranges) => {
            let is_list = test
                .field
                .and_then(|field| printer.field_type(field))
                .is_some_and(|ty| matches!(ty, Type::List(_)));
            let name = match is_list {
                true => format!("bytes of {name}"),
                false => format!("len({name})"),
            };
            let number = |value: i128| value.to_string();
            (ints(&name, ranges, (0, EVERYTHING.1), number), false)
        }
        Check::State(states) => state(&name, *states),
        Check::Tree(pids) => {
            let pids: Vec<_> = pids.iter().map(u32::to_string).collect();
            (
                format!("any p in {name} {{ p.host_pid in [{}] }}", pids.join(", ")),
                false,
            )
        }
    }
}

fn ints(
    name: &str,
    ranges: &Ranges,
    (min, max): (i128, i128),
    number: impl Fn(i128) -> String,
) -> String {
    let bounds = Ranges::one(min, max);
    let inside = ranges.intersection(&bounds);
    let outside = ranges.complement().intersection(&bounds);
    let set = |ranges: &Ranges| {
        let one = |&(start, end): &(i128, i128)| {
            if start == end {
                number(start)
            } else {
                format!("{}..{}", number(start), number(end))
            }
        };
        ranges
            .as_slice()
            .iter()
            .map(one)
            .collect::<Vec<_>>()
            .join(", ")
    };
    match (inside.as_slice(), outside.as_slice()) {
        ([], _) => format!("{name} in []"),
        (_, []) => format!("{name} is anything"),
        (&[(start, end)], _) if start == end => format!("{name} == {}", number(start)),
        (&[(start, end)], _) if end == max => format!("{name} >= {}", number(start)),
        (&[(start, end)], _) if start == min => format!("{name} <= {}", number(end)),
        (_, &[(start, end)]) if start == end => format!("{name} != {}", number(start)),
        (within, without)
            if without.len() < within.len()
                || without.len() == within.len()
                    && within.last().is_some_and(|last| last.1 == max) =>
        {
            format!("{name} not in [{}]", set(&outside))
        }
        _ => format!("{name} in [{}]", set(&inside)),
    }
}

fn state(name: &str, states: States) -> (String, bool) {
    let of = |absent, whole, cut| states == States { absent, whole, cut };
    let text = if of(false, true, true) {
        format!("{name} exists")
    } else if of(true, false, false) {
        format!("not {name} exists")
    } else if of(false, false, true) {
        format!("truncated({name})")
    } else if of(true, true, false) {
        format!("not truncated({name})")
    } else if of(false, true, false) {
        format!("truncated({name}) == false")
    } else if of(true, false, true) {
        format!("not truncated({name}) == false")
    } else {
        let never = states == States::default();
        format!(
            "{name} is {}",
            if never { "in no state" } else { "anything" }
        )
    };
    (text, false)
}

/// As itself or as what is left out, whichever is shorter.
fn addresses(name: &str, set: &AddressSet) -> String {
    let outside = set.complement();
    if outside.is_empty() {
        format!("{name} is anything")
    } else if outside.parts().len() < set.parts().len() {
        format!("not {name} {outside}")
    } else {
        format!("{name} {set}")
    }
}

fn flags(
    printer: &Printer<'_>,
    field: Option<Field>,
    name: &str,
    any: &[FlagLiteral],
) -> (String, bool) {
    let ty = field.and_then(|field| printer.field_type(field));
    let (without, with): (Vec<_>, Vec<_>) = any.iter().partition(|literal| literal.negated);
    let flag = |literal: &&FlagLiteral| printer.flag(ty, literal.mask, literal.want);
    let mut parts = Vec::new();
    match with.as_slice() {
        [] => {}
        [only] => parts.push(format!("{name} has {}", flag(only))),
        several => {
            let several: Vec<_> = several.iter().map(flag).collect();
            parts.push(format!("{name} has any [{}]", several.join(", ")));
        }
    }
    parts.extend(
        without
            .iter()
            .map(|literal| format!("not {name} has {}", flag(literal))),
    );
    if parts.is_empty() {
        parts.push(format!("{name} has any []"));
    }
    (parts.join(" or "), parts.len() > 1)
}

/// The patterns by operator; whether there are several operators.
fn patterns(name: &str, any: &[Pattern]) -> (String, bool) {
    if any.is_empty() {
        return (format!("{name} in []"), false);
    }
    let mut joined: BTreeMap<(TextOp, bool), Vec<&[u8]>> = BTreeMap::new();
    for pattern in any {
        joined
            .entry((pattern.op, pattern.fold))
            .or_default()
            .push(&pattern.literal);
    }
    let several = joined.len() > 1;
    let text = joined.into_iter().map(|((op, fold), literals)| {
        let word = op.word(literals.len());
        format!("{name} {}", display::text_operator(word, fold, &literals))
    });
    (text.collect::<Vec<_>>().join(" or "), several)
}
