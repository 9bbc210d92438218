//! Strings that stand for numbers: names of enums and flags, digits. A comparison of the string becomes one
//! of the number.

use tracee_lang::hir::{CompareOp, Expr, ExprKind, Operand, TextOp};
use tracee_lang::schema::{EnumType, FlagConstant, FlagsType, Schema};
use tracee_lang::source::Span;

use super::truth::{Truth, and, constant, not, or};
use super::value::{Code, Coded};

/// Whether the string passes a test against another one.
pub(super) fn compare(
    op: TextOp,
    coded: &Coded,
    literal: &str,
    schema: &Schema,
    span: Span,
) -> Truth {
    let passes = |text: &str| match op {
        TextOp::Prefix => text.starts_with(literal),
        TextOp::Suffix => text.ends_with(literal),
        TextOp::Contains => text.contains(literal),
        _ => text == literal,
    };
    let operand = &coded.operand;
    match coded.code {
        Code::Enum(id) => {
            let named = |text: &str| match coded.lower {
                true => passes(&text.to_lowercase()),
                false => passes(text),
            };
            let ty = schema.enum_type(id);
            names(operand, ty, named, digits(op, literal), span)
        }
        Code::Decimal => match digits(op, literal) {
            Digits::Only(value) => Truth::Exact(is(operand, value, span)),
            Digits::All => Truth::constant(true, span),
            Digits::None => Truth::constant(false, span),
            Digits::Some => Truth::unknown(span),
        },
        Code::Hexadecimal if op == TextOp::Eq => {
            let value = literal.strip_prefix("0x");
            let value = value.and_then(|digits| i128::from_str_radix(digits, 16).ok());
            match value.filter(|value| format!("{value:#x}") == literal) {
                Some(value) if (0..=i128::from(u64::MAX)).contains(&value) => {
                    Truth::Exact(is(operand, value, span))
                }
                _ => Truth::constant(false, span),
            }
        }
        Code::Hexadecimal => Truth::unknown(span),
        Code::Flags(id) => flags(op, coded, literal, schema.flags_type(id), span),
    }
}

/// Whether the string passes a test, of which it is known what it says of names only.
pub(super) fn names_pass(
    coded: &Coded,
    schema: &Schema,
    passes: impl Fn(&str) -> bool,
    span: Span,
) -> Truth {
    match coded.code {
        Code::Enum(id) => {
            let passes = |text: &str| match coded.lower {
                true => passes(&text.to_lowercase()),
                false => passes(text),
            };
            let ty = schema.enum_type(id);
            names(&coded.operand, ty, passes, Digits::Some, span)
        }
        _ => Truth::unknown(span),
    }
}

/// Which strings of decimal digits pass.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Digits {
    None,
    Only(i128),
    Some,
    All,
}

fn digits(op: TextOp, literal: &str) -> Digits {
    let could = literal
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'-'));
    match op {
        _ if !could => Digits::None,
        TextOp::Eq => match literal.parse::<i128>() {
            Ok(value) if value.to_string() == literal => Digits::Only(value),
            _ => Digits::None,
        },
        _ if literal.is_empty() => Digits::All,
        _ => Digits::Some,
    }
}

fn names(
    operand: &Operand,
    ty: &EnumType,
    passes: impl Fn(&str) -> bool,
    digits: Digits,
    span: Span,
) -> Truth {
    let mut known: Vec<i128> = Vec::new();
    let mut passing: Vec<i128> = Vec::new();
    for (name, value) in ty.in_json() {
        // The first name of a number is the one that is written.
        if known.contains(&value) {
            continue;
        }
        known.push(value);
        if passes(name) {
            passing.push(value);
        }
    }
    if let Digits::Only(value) = digits
        && !known.contains(&value)
    {
        passing.push(value);
    }
    let low = any_of(operand, passing.clone(), span);
    known.retain(|value| !passing.contains(value));
    let high = not(any_of(operand, known, span));
    match digits {
        Digits::None | Digits::Only(_) => Truth::Exact(low),
        Digits::All => Truth::Exact(high),
        Digits::Some => Truth::between(low, high),
    }
}

/// `value in [1, 2]`.
fn any_of(operand: &Operand, mut values: Vec<i128>, span: Span) -> Expr {
    values.sort_unstable();
    values.dedup();
    let mut ranges: Vec<(i128, i128)> = Vec::with_capacity(values.len());
    for value in values {
        match ranges.last_mut() {
            Some((_, high)) if *high + 1 == value => *high = value,
            _ => ranges.push((value, value)),
        }
    }
    if ranges.is_empty() {
        return constant(false, span);
    }
    let kind = ExprKind::InInts {
        value: operand.clone(),
        ranges: ranges.into(),
    };
    Expr { kind, span }
}

/// `value == 1`; numbers of 64 bits.
pub(super) fn is(operand: &Operand, value: i128, span: Span) -> Expr {
    if i64::try_from(value).is_err() && u64::try_from(value).is_err() {
        return constant(false, span);
    }
    let kind = ExprKind::Compare {
        op: CompareOp::Eq,
        left: operand.clone(),
        right: Operand::Int(value),
    };
    Expr { kind, span }
}

fn flags(op: TextOp, coded: &Coded, literal: &str, ty: &FlagsType, span: Span) -> Truth {
    let operand = &coded.operand;
    match op {
        TextOp::Eq if !coded.lower => Truth::Exact(match ty.value_of(literal) {
            Some(value) => has(operand, ty.width(), value, span),
            None => constant(false, span),
        }),
        // What is left without a name is `0x` and digits, nothing at all `0`.
        TextOp::Contains if !literal.contains('|') && literal.contains('_') => {
            let is_found = |flag: &&FlagConstant| match coded.lower {
                true => flag.name.to_lowercase().contains(literal),
                false => flag.name.contains(literal),
            };
            let found = ty.constants.iter().filter(is_found);
            let found = found.map(|flag| written(operand, flag, ty, span)).collect();
            Truth::any(found, span)
        }
        _ => Truth::unknown(span),
    }
}

fn has(operand: &Operand, mask: u64, want: u64, span: Span) -> Expr {
    let kind = ExprKind::Has {
        value: operand.clone(),
        flags: vec![(mask, want)],
        all: true,
    };
    Expr { kind, span }
}

/// Whether the text of a value has the name of a flag ([`FlagsType::write`]).
fn written(operand: &Operand, flag: &FlagConstant, ty: &FlagsType, span: Span) -> Truth {
    if flag.mask == 0 {
        return Truth::constant(false, span);
    }
    let width = ty.width();
    // A value is cut to the width; what asks for more bits is never there.
    if flag.value & !width != 0 {
        return Truth::constant(false, span);
    }
    let there = has(operand, flag.mask & width, flag.value, span);
    if flag.value == 0 {
        return Truth::Exact(there);
    }
    let mut larger = Vec::new();
    let mut exact = true;
    let mut before = true;
    for other in &ty.constants {
        if std::ptr::eq(other, flag) {
            before = false;
            continue;
        }
        if other.mask == 0 || other.value & flag.value == 0 || other.value & !width != 0 {
            continue;
        }
        let within = flag.value & !other.value == 0;
        match (within, flag.value == other.value) {
            // The name of more bits is written instead, or that of the same bits first.
            (true, false) => larger.push(has(operand, other.mask & width, other.value, span)),
            (true, true) if before && other.mask == flag.mask => {
                return Truth::constant(false, span);
            }
            (true, true) if before => exact = false,
            (true, true) => {}
            // What has fewer of the same bits is not written beside it.
            (false, _) if other.value & !flag.value == 0 => {}
            (false, _) => exact = false,
        }
    }
    let high = and(vec![there, not(or(larger, span))], span);
    match exact {
        true => Truth::Exact(high),
        false => Truth::between(constant(false, span), high),
    }
}
