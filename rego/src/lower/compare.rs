//! Comparisons of two values of which one may depend on the event.

use regorus::Value;
use regorus::unstable::BoolOp;
use tracee_lang::hir::{CompareOp, Expr, ExprKind, Operand, TextOp};
use tracee_lang::schema::Schema;
use tracee_lang::source::Span;

use super::truth::{Truth, constant, not};
use super::value::{Code, Coded, ElementId, Int, Sym, Text, kind};
use super::{coded, text};

/// When something holds, and of which element of a list that depends.
pub(super) type Held = (Truth, Option<ElementId>);

/// `one op other`; both are there.
pub(super) fn compare(op: &BoolOp, one: &Sym, other: &Sym, schema: &Schema, span: Span) -> Held {
    match op {
        BoolOp::Eq => equal(one, other, schema, span),
        BoolOp::Ne => {
            let (truth, element) = equal(one, other, schema, span);
            (truth.negated(), element)
        }
        _ => (order(op, one, other, span), None),
    }
}

/// `one == other`.
pub(super) fn equal(one: &Sym, other: &Sym, schema: &Schema, span: Span) -> Held {
    let unknown = || (Truth::unknown(span), None);
    if let (Some(one), Some(other)) = (kind(one), kind(other))
        && one != other
    {
        return (Truth::constant(false, span), None);
    }
    match (one, other) {
        (Sym::Const(one), Sym::Const(other)) => (Truth::constant(one == other, span), None),
        (Sym::Text(text), Sym::Const(Value::String(literal)))
        | (Sym::Const(Value::String(literal)), Sym::Text(text)) => (
            text::compare(TextOp::Eq, text, &[&**literal], span),
            text.element,
        ),
        (Sym::Coded(coded), Sym::Const(Value::String(literal)))
        | (Sym::Const(Value::String(literal)), Sym::Coded(coded)) => (
            coded::compare(TextOp::Eq, coded, literal, schema, span),
            None,
        ),
        (Sym::Int(_) | Sym::Count(_), Sym::Const(_))
        | (Sym::Const(_), Sym::Int(_) | Sym::Count(_)) => {
            (order(&BoolOp::Eq, one, other, span), None)
        }
        (Sym::Truth(truth, element), Sym::Const(Value::Bool(value)))
        | (Sym::Const(Value::Bool(value)), Sym::Truth(truth, element)) => match value {
            true => (truth.clone(), *element),
            false => (truth.clone().negated(), *element),
        },
        (Sym::Text(one), Sym::Text(other)) if !one.lower && !other.lower => {
            if one == other {
                return (Truth::constant(true, span), None);
            }
            match (one.element, other.element) {
                (Some(a), Some(b)) if a != b => unknown(),
                (a, b) => (
                    Truth::Exact(pair(
                        CompareOp::Eq,
                        one.operand.clone(),
                        other.operand.clone(),
                        span,
                    )),
                    a.or(b),
                ),
            }
        }
        (Sym::Int(one), Sym::Int(other)) => (ints(CompareOp::Eq, one, other, span), None),
        (Sym::Coded(one), Sym::Coded(other)) if one == other => (Truth::constant(true, span), None),
        (Sym::ArgPlace(one), Sym::ArgPlace(other)) => (Truth::constant(one == other, span), None),
        _ => unknown(),
    }
}

/// Whether a value is one of some: the same as one comparison after the other, with fewer conditions.
pub(super) fn among<'v>(
    value: &Sym,
    values: impl Iterator<Item = &'v Value>,
    schema: &Schema,
    span: Span,
) -> Held {
    let mut strings: Vec<&str> = Vec::new();
    let mut parts = Vec::new();
    let mut element = None;
    for one in values {
        match (value, one) {
            (Sym::Text(_), Value::String(one)) => strings.push(one),
            _ => {
                let (truth, of) = equal(value, &Sym::Const(one.clone()), schema, span);
                element = element.or(of);
                parts.push(truth);
            }
        }
    }
    if let Sym::Text(of) = value {
        element = of.element;
        parts.push(text::compare(TextOp::Eq, of, &strings, span));
    }
    (Truth::any(parts, span), element)
}

/// Whether a string has another one at its begin, its end, or in it; [`None`] if one of them is no string.
pub(super) fn test(
    op: TextOp,
    one: &Sym,
    other: &Sym,
    schema: &Schema,
    span: Span,
) -> Option<Held> {
    let string = 3;
    if [one, other]
        .iter()
        .any(|side| kind(side).is_some_and(|kind| kind != string))
    {
        return None;
    }
    let Sym::Const(Value::String(literal)) = other else {
        return Some((Truth::unknown(span), None));
    };
    Some(match one {
        Sym::Const(Value::String(text)) => {
            let passes = match op {
                TextOp::Prefix => text.starts_with(&**literal),
                TextOp::Suffix => text.ends_with(&**literal),
                _ => text.contains(&**literal),
            };
            (Truth::constant(passes, span), None)
        }
        Sym::Text(text) => (text::compare(op, text, &[&**literal], span), text.element),
        Sym::Coded(coded) => (
            text::compare_coded(op, coded, &[&**literal], schema, span),
            None,
        ),
        _ => (Truth::unknown(span), None),
    })
}

fn order(op: &BoolOp, one: &Sym, other: &Sym, span: Span) -> Truth {
    match (one, other) {
        (Sym::Const(one), Sym::Const(other)) => {
            let holds = match op {
                BoolOp::Eq => one == other,
                BoolOp::Ne => one != other,
                BoolOp::Lt => one < other,
                BoolOp::Le => one <= other,
                BoolOp::Gt => one > other,
                BoolOp::Ge => one >= other,
            };
            Truth::constant(holds, span)
        }
        (Sym::Int(int), Sym::Const(value)) => number(op, int, value, span),
        (Sym::Const(value), Sym::Int(int)) => number(&flipped(op), int, value, span),
        (Sym::Count(some), Sym::Const(value)) => count(op, some, value, span),
        (Sym::Const(value), Sym::Count(some)) => count(&flipped(op), some, value, span),
        (Sym::Int(one), Sym::Int(other)) => ints(compare_op(op), one, other, span),
        _ => Truth::unknown(span),
    }
}

/// Two numbers of the event. Only of one type: others don't compare in the language.
fn ints(op: CompareOp, one: &Int, other: &Int, span: Span) -> Truth {
    let ty = |of: &Int| match &of.operand {
        Operand::Field(_, ty) => Some(ty.clone()),
        _ => None,
    };
    match ty(one).zip(ty(other)) {
        Some((a, b)) if a == b => {
            Truth::Exact(pair(op, one.operand.clone(), other.operand.clone(), span))
        }
        _ => Truth::unknown(span),
    }
}

fn pair(op: CompareOp, left: Operand, right: Operand, span: Span) -> Expr {
    let kind = ExprKind::Compare { op, left, right };
    Expr { kind, span }
}

fn number(op: &BoolOp, int: &Int, value: &Value, span: Span) -> Truth {
    let Some(value) = integer(value) else {
        let is_fraction = value.as_number().is_ok_and(|number| !number.is_integer());
        return match op {
            BoolOp::Eq if is_fraction => Truth::constant(false, span),
            BoolOp::Ne if is_fraction => Truth::constant(true, span),
            _ => Truth::unknown(span),
        };
    };
    let (low, high) = match int.signed {
        true => (i128::from(i64::MIN), i128::from(i64::MAX)),
        false => (0, i128::from(u64::MAX)),
    };
    // The literals of the language are within the range of what they are compared with.
    let outside = if value < low {
        Some(matches!(op, BoolOp::Gt | BoolOp::Ge | BoolOp::Ne))
    } else if value > high {
        Some(matches!(op, BoolOp::Lt | BoolOp::Le | BoolOp::Ne))
    } else {
        None
    };
    if let Some(holds) = outside {
        return Truth::constant(holds, span);
    }
    if *op == BoolOp::Ne {
        return Truth::Exact(not(coded::is(&int.operand, value, span)));
    }
    Truth::Exact(pair(
        compare_op(op),
        int.operand.clone(),
        Operand::Int(value),
        span,
    ))
}

/// `count(x) > 0`, and the like.
fn count(op: &BoolOp, some: &Truth, value: &Value, span: Span) -> Truth {
    match (op, integer(value)) {
        (BoolOp::Gt | BoolOp::Ne, Some(0)) | (BoolOp::Ge, Some(1)) => some.clone(),
        (BoolOp::Eq | BoolOp::Le, Some(0)) | (BoolOp::Lt, Some(1)) => some.clone().negated(),
        // Nothing is not so many.
        (BoolOp::Gt | BoolOp::Ge | BoolOp::Eq, Some(1..)) => {
            Truth::between(constant(false, span), some.high().clone())
        }
        _ => Truth::unknown(span),
    }
}

fn integer(value: &Value) -> Option<i128> {
    let number = value.as_number().ok()?;
    number.is_integer().then(|| number.as_i128()).flatten()
}

fn compare_op(op: &BoolOp) -> CompareOp {
    match op {
        BoolOp::Lt => CompareOp::Lt,
        BoolOp::Le => CompareOp::Le,
        BoolOp::Gt => CompareOp::Gt,
        BoolOp::Ge => CompareOp::Ge,
        BoolOp::Eq | BoolOp::Ne => CompareOp::Eq,
    }
}

fn flipped(op: &BoolOp) -> BoolOp {
    match op {
        BoolOp::Lt => BoolOp::Gt,
        BoolOp::Le => BoolOp::Ge,
        BoolOp::Gt => BoolOp::Lt,
        BoolOp::Ge => BoolOp::Le,
        BoolOp::Eq => BoolOp::Eq,
        BoolOp::Ne => BoolOp::Ne,
    }
}

/// `lower(x)`; [`None`] if it is no string.
pub(super) fn lower(of: &Sym) -> Option<Sym> {
    Some(match of {
        Sym::Const(Value::String(text)) => Sym::Const(Value::from(text.to_lowercase())),
        Sym::Text(text) => Sym::Text(Text {
            lower: true,
            ..text.clone()
        }),
        // Hexadecimal digits are small, as they are.
        Sym::Coded(coded) if matches!(coded.code, Code::Decimal | Code::Hexadecimal) => {
            Sym::Coded(coded.clone())
        }
        Sym::Coded(coded) => Sym::Coded(Coded {
            lower: true,
            ..coded.clone()
        }),
        of if kind(of).is_some() => return None,
        _ => Sym::Unknown,
    })
}
