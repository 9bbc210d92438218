//! Literals and constants, which have the type of what they are compared with. [`super::addresses`]
//! has those of addresses, [`super::times`] those of times.

use std::borrow::Borrow;
use std::cell::{Cell, OnceCell};
use std::collections::HashSet;
use std::sync::Arc;

use super::schema::meant;
use super::{Context, addresses, covered, times};
use crate::address::set::AddressSet;
use crate::ast::{Expr, ExprKind, Name};
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::schema::{FlagConstant, Schema};
use crate::source::Span;
use crate::types::{FlagsId, Type};

/// The most elements that a list may have: lists of known bad addresses and sums have 100,000.
pub(super) const MAX_LIST: usize = 131_072;
/// The kernel keeps this much of a string (`MAX_STRING` in abi.h).
const MAX_STRING: usize = 4096;

/// A value that is known when the policy is compiled.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Literal {
    /// Inclusive; one number is a range of one.
    Ints(i128, i128),
    Text(Arc<[u8]>),
    /// The first and the last number of a network or range, within one family.
    Addresses(u128, u128),
}

/// Strings that are compared with, each once.
pub(super) type Texts = Arc<[Arc<[u8]>]>;

/// The elements of a list, all of one kind. What they come to is worked out once: a list may be long
/// and used often.
#[derive(Debug, Clone, Default)]
pub(super) struct Literals {
    /// With the places of those that were written.
    pub(super) all: Vec<(Literal, Span)>,
    texts: OnceCell<Texts>,
    /// As `under` wants them; `None` if some are no directories, which was reported.
    pub(super) directories: OnceCell<Option<Texts>>,
    /// Whether something was reported of them as directories.
    pub(super) reported: Cell<bool>,
    ranges: OnceCell<Arc<[(i128, i128)]>>,
    addresses: OnceCell<AddressSet>,
}

impl Literals {
    pub(super) fn new(all: Vec<(Literal, Span)>) -> Self {
        Self {
            all,
            ..Self::default()
        }
    }

    /// The strings, each once.
    pub(super) fn texts(&self) -> Texts {
        let distinct = || {
            let texts = self.all.iter().filter_map(|(literal, _)| match literal {
                Literal::Text(text) => Some(text.clone()),
                _ => None,
            });
            let mut said = HashSet::new();
            texts.filter(|text| said.insert(text.clone())).collect()
        };
        self.texts.get_or_init(distinct).clone()
    }

    /// The strings as often as they were written, with their places.
    pub(super) fn texts_with_places(&self) -> impl Iterator<Item = (&Arc<[u8]>, Span)> {
        self.all.iter().filter_map(|(literal, span)| match literal {
            Literal::Text(text) => Some((text, *span)),
            _ => None,
        })
    }

    /// The numbers as ranges: sorted, neither overlapping nor touching.
    pub(super) fn ranges(&self) -> Arc<[(i128, i128)]> {
        self.ranges.get_or_init(|| self.merged().into()).clone()
    }

    fn merged(&self) -> Vec<(i128, i128)> {
        let mut ranges: Vec<_> = self
            .all
            .iter()
            .filter_map(|(literal, _)| match literal {
                Literal::Ints(low, high) => Some((*low, *high)),
                _ => None,
            })
            .collect();
        ranges.sort_unstable();
        let mut merged: Vec<(i128, i128)> = Vec::with_capacity(ranges.len());
        for (low, high) in ranges {
            match merged.last_mut() {
                Some((_, end)) if low <= end.saturating_add(1) => *end = high.max(*end),
                _ => merged.push((low, high)),
            }
        }
        merged
    }

    /// The addresses and networks.
    pub(super) fn addresses(&self) -> AddressSet {
        let ranges = || {
            self.all.iter().filter_map(|(literal, _)| match literal {
                Literal::Addresses(first, last) => Some((*first, *last)),
                _ => None,
            })
        };
        self.addresses
            .get_or_init(|| AddressSet::written(ranges()))
            .clone()
    }
}

/// The type, if a list may have elements of it.
pub(super) fn element_type(ty: Type, span: Span, cx: &mut Context<'_>) -> Type {
    let is_literal = ty.is_text()
        || matches!(
            ty,
            Type::Int(_)
                | Type::Pointer
                | Type::Port
                | Type::Time
                | Type::Duration
                | Type::Enum(_)
                | Type::Flags(_)
                | Type::Bytes
                | Type::Ip
                | Type::Cidr
        );
    if is_literal || ty == Type::Error {
        return ty;
    }
    let message = format!(
        "lists of `{}` are not supported yet",
        cx.schema.type_name(&ty)
    );
    cx.report(Diagnostic::error(codes::NOT_YET, message, span));
    Type::Error
}

/// The elements of a list at `span`, as values of a type. [`None`]: something was reported.
pub(super) fn elements(
    elements: &[impl Borrow<Expr>],
    span: Span,
    ty: &Type,
    cx: &mut Context<'_>,
) -> Option<Literals> {
    if elements.is_empty() {
        cx.report(Diagnostic::error(
            codes::EMPTY_LIST,
            "the list is empty",
            span,
        ));
        return None;
    }
    if elements.len() > MAX_LIST {
        let message = format!(
            "the list has {} elements; at most {MAX_LIST}",
            elements.len()
        );
        cx.report(Diagnostic::error(codes::LIST_TOO_LARGE, message, span));
        return None;
    }
    if *ty == Type::Error {
        return None;
    }
    let mut all = Vec::with_capacity(elements.len());
    let mut said = HashSet::new();
    let mut complete = true;
    for element in elements.iter().map(Borrow::borrow) {
        let Some(value) = literal(element, ty, true, cx) else {
            complete = false;
            continue;
        };
        if !said.insert(value.clone()) {
            let message = format!("`{}` is in the list already", cx.map.slice(element.span));
            cx.report(Diagnostic::warning(
                codes::DUPLICATE_ELEMENT,
                message,
                element.span,
            ));
        }
        times::element(element, ty, cx);
        all.push((value, element.span));
    }
    covered::warn(&all, cx);
    complete.then(|| Literals::new(all))
}

/// A literal or constant as a value of a type, of `ranges` too if so. [`None`]: it was reported.
pub(super) fn literal(
    expr: &Expr,
    ty: &Type,
    ranges: bool,
    cx: &mut Context<'_>,
) -> Option<Literal> {
    let one = |value| Some(Literal::Ints(value, value));
    match (&expr.kind, ty) {
        (_, Type::Error) | (ExprKind::Error, _) => None,
        (ExprKind::Text(text), Type::String | Type::Path) => {
            if text.bytes.len() > MAX_STRING {
                let message = format!("no string has more than {MAX_STRING} bytes");
                cx.report(Diagnostic::error(codes::NEVER_MATCHES, message, expr.span));
                return None;
            }
            if text.bytes.contains(&0) {
                let message = "no string has a NUL byte";
                cx.report(Diagnostic::error(codes::NEVER_MATCHES, message, expr.span));
                return None;
            }
            Some(Literal::Text(text.bytes.clone()))
        }
        (ExprKind::Text(text), Type::Bytes) => Some(Literal::Text(text.bytes.clone())),
        (ExprKind::Bool(value), Type::Bool) => one(i128::from(*value)),
        (
            ExprKind::Duration(_) | ExprKind::Date(_) | ExprKind::Int(_),
            Type::Time | Type::Duration,
        ) => times::literal(expr, ty, cx),
        (ExprKind::Int(int), _) if *ty != Type::Bool => match cx.schema.int_repr(ty) {
            Some(repr) if (repr.min()..=repr.max()).contains(&int.value) => one(int.value),
            Some(repr) => {
                let written = cx.map.slice(expr.span);
                let message = format!("`{written}` is out of the range of `{repr}`");
                cx.report(
                    Diagnostic::error(codes::OUT_OF_RANGE, message, expr.span).help(format!(
                        "`{repr}` is from {} to {}",
                        repr.min(),
                        repr.max()
                    )),
                );
                None
            }
            None => mismatch(expr, ty, cx),
        },
        (ExprKind::Path(path), Type::Enum(_) | Type::Flags(_)) => match &path[..] {
            [name] => one(constant(name, ty, cx)?),
            _ => mismatch(expr, ty, cx),
        },
        (ExprKind::Address(_) | ExprKind::Range(..), Type::Ip | Type::Cidr) => {
            addresses::literal(expr, ty, ranges, cx)
        }
        (ExprKind::Range(low, high), _) if ranges && has_order(ty) => {
            let (low, high) = (literal(low, ty, false, cx), literal(high, ty, false, cx));
            match (low?, high?) {
                (Literal::Ints(low, _), Literal::Ints(high, _)) if low <= high => {
                    Some(Literal::Ints(low, high))
                }
                _ => {
                    let written = cx.map.slice(expr.span);
                    let message = format!("nothing is in `{written}`");
                    cx.report(Diagnostic::error(codes::EMPTY_RANGE, message, expr.span));
                    None
                }
            }
        }
        _ => mismatch(expr, ty, cx),
    }
}

/// Whether values of the type lie on a line: `<` and ranges are for them.
pub(super) fn has_order(ty: &Type) -> bool {
    matches!(
        ty,
        Type::Int(_) | Type::Pointer | Type::Port | Type::Time | Type::Duration | Type::Enum(_)
    )
}

pub(super) fn mismatch(expr: &Expr, ty: &Type, cx: &mut Context<'_>) -> Option<Literal> {
    let wanted = cx.schema.type_name(ty);
    let found = match &expr.kind {
        ExprKind::Text(_) => "a string".to_owned(),
        ExprKind::Int(_) => "a number".to_owned(),
        ExprKind::Bool(_) => "`true` or `false`".to_owned(),
        ExprKind::Address(address) if address.is_network => "a network".to_owned(),
        ExprKind::Address(_) => "an address".to_owned(),
        ExprKind::Duration(_) => "a duration".to_owned(),
        ExprKind::Date(_) => "a date".to_owned(),
        ExprKind::Range(..) => "a range".to_owned(),
        ExprKind::List(_) => "a list".to_owned(),
        _ => format!("`{}`", cx.map.slice(expr.span)),
    };
    let message = format!("{found} is not a value of type `{wanted}`");
    let mut diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, message, expr.span);
    diagnostic = match (&expr.kind, ty) {
        (ExprKind::Path(path), _) if ty.is_text() && path.len() == 1 => {
            let quoted = format!("\"{}\"", path[0].text);
            diagnostic
                .help("a string is written in double quotes")
                .suggest("write double quotes", expr.span, quoted)
        }
        (ExprKind::Text(text), Type::Enum(_) | Type::Flags(_)) => {
            match std::str::from_utf8(&text.bytes) {
                Ok(name) if constants(cx.schema, ty).any(|known| known == name) => diagnostic
                    .help("a constant is written without quotes")
                    .fix("remove the quotes", expr.span, name),
                _ => diagnostic,
            }
        }
        (_, Type::Time | Type::Duration) => times::instead(expr, ty, diagnostic),
        (_, Type::Ip | Type::Cidr) => addresses::unquoted(expr, diagnostic),
        _ => diagnostic,
    };
    cx.report(diagnostic);
    None
}

/// The number of a constant of an enum or flag set, as a value of its integer type.
fn constant(name: &Name, ty: &Type, cx: &mut Context<'_>) -> Option<i128> {
    let schema = cx.schema;
    let value = match ty {
        Type::Enum(id) => {
            let mut all = schema.enum_type(*id).constants.iter();
            all.find(|(known, _)| *known == name.text)
                .map(|(_, value)| *value)
        }
        Type::Flags(id) => flag(schema, *id, &name.text).map(|flag| {
            // Bit 31 of an `i32` is its sign.
            let repr = schema.flags_type(*id).repr;
            let value = i128::from(flag.value);
            if value > repr.max() {
                value - (1 << repr.bits)
            } else {
                value
            }
        }),
        _ => None,
    };
    if value.is_none() {
        unknown_constant(name, ty, cx);
    }
    value
}

/// The flag with a name.
pub(super) fn flag(
    schema: &'static Schema,
    id: FlagsId,
    name: &str,
) -> Option<&'static FlagConstant> {
    schema
        .flags_type(id)
        .constants
        .iter()
        .find(|flag| flag.name == name)
}

/// Reports a name that is no constant of an enum or flag set.
pub(super) fn unknown_constant(name: &Name, ty: &Type, cx: &mut Context<'_>) {
    let message = format!("`{}` is not in `{}`", name.text, cx.schema.type_name(ty));
    let diagnostic = Diagnostic::error(codes::UNKNOWN_CONSTANT, message, name.span);
    cx.report(meant(diagnostic, name, constants(cx.schema, ty)));
}

/// The names of an enum's or flag set's constants.
pub(super) fn constants(
    schema: &'static Schema,
    ty: &Type,
) -> Box<dyn Iterator<Item = &'static str>> {
    match ty {
        Type::Enum(id) => Box::new(
            schema
                .enum_type(*id)
                .constants
                .iter()
                .map(|(name, _)| name.as_str()),
        ),
        Type::Flags(id) => Box::new(
            schema
                .flags_type(*id)
                .constants
                .iter()
                .map(|flag| flag.name.as_str()),
        ),
        _ => Box::new(std::iter::empty()),
    }
}
