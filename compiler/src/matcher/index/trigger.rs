//! Conditions → triggers: what an event must have for a condition to hold. A condition may be asked in
//! several ways ([`ways`]), each of which is a set of triggers: if none of them is there, the condition does
//! not hold.

use std::sync::Arc;

use tracee_lang::context::ContextField;
use tracee_lang::hir::{CompareOp, Expr, ExprKind, Field, Iterated, Operand, TextOp};
use tracee_lang::pattern::LiteralTest;
use tracee_lang::schema::{Event, Schema};
use tracee_lang::types::Type;

use super::chance;
use crate::matcher::open::conjuncts;
use crate::plan::Pattern;
use crate::ranges::{Ranges, mirrored};
use crate::split::calls;

/// More triggers than this are no way to ask: looking one up costs memory, and a list of that length is
/// looked up by generated code as well.
const MAX_TRIGGERS: usize = 4096;

/// Something that an event has.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Trigger {
    /// A string, or an element of a list.
    Text(Field, Pattern),
    /// An integer from the first to the last, by its value, or an address, by its number.
    Number(Field, i128, i128),
}

impl Trigger {
    pub(super) fn field(&self) -> Field {
        match self {
            Self::Text(field, _) | Self::Number(field, ..) => *field,
        }
    }
}

/// A set of triggers of which an event must have one.
#[derive(Debug, Clone)]
pub(super) struct Way {
    pub(super) any: Vec<Trigger>,
    /// How probable it is that an event has one.
    pub(super) chance: f64,
    /// Whether an event that has one passes the expression, too.
    pub(super) is_exact: bool,
    /// Of the condition's conjuncts the one that is decided by that, if there is one.
    pub(super) decides: Option<usize>,
}

/// Finds triggers for the conditions of one event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Finder<'a> {
    pub(super) schema: &'a Schema,
    pub(super) event: &'a Event,
}

impl Finder<'_> {
    /// The ways to ask for a condition; none if only evaluating it tells.
    pub(super) fn ways(self, condition: &Expr) -> Vec<Way> {
        let of_conjunct = |(at, conjunct)| {
            let mut ways = self.expr(conjunct, false, None);
            for way in &mut ways {
                way.decides = way.is_exact.then_some(at);
            }
            ways
        };
        let conjuncts = conjuncts(condition).iter().enumerate();
        conjuncts.flat_map(of_conjunct).collect()
    }

    /// What denies a condition: if an event has any of it, a conjunct fails, and else that holds.
    pub(super) fn denials(self, condition: &Expr) -> Vec<Way> {
        let of_conjunct = |(at, conjunct): (usize, &Expr)| {
            let ExprKind::Not(inner) = &conjunct.kind else {
                return None;
            };
            let mut ways = self.expr(inner, false, None).into_iter();
            let mut way = ways.next().filter(|way| way.is_exact)?;
            way.decides = Some(at);
            Some(way)
        };
        let conjuncts = conjuncts(condition).iter().enumerate();
        conjuncts.filter_map(of_conjunct).collect()
    }

    /// The ways for `expr`, or for its negation; inside of a quantifier over the list `over`.
    fn expr(self, expr: &Expr, negated: bool, over: Option<Field>) -> Vec<Way> {
        match &expr.kind {
            ExprKind::Bool(value) if *value == negated => vec![self.any(Vec::new(), true)],
            ExprKind::Not(inner) => self.expr(inner, !negated, over),
            ExprKind::And(parts) | ExprKind::Or(parts) => {
                let each = parts.iter().map(|part| self.expr(part, negated, over));
                if matches!(expr.kind, ExprKind::And(_)) != negated {
                    let mut ways: Vec<Way> = each.flatten().collect();
                    ways.iter_mut().for_each(|way| way.is_exact = false);
                    return ways;
                }
                let best = each.map(|ways| ways.into_iter().min_by(by_chance));
                let Some(best) = best.collect::<Option<Vec<Way>>>() else {
                    return Vec::new();
                };
                let are_exact = best.iter().all(|way| way.is_exact);
                let any: Vec<Trigger> = best.into_iter().flat_map(|way| way.any).collect();
                self.limited(any, are_exact)
            }
            // What is absent makes an atom false, and its negation true.
            _ if negated => Vec::new(),
            ExprKind::Compare { op, left, right } => self.compare(*op, left, right, over),
            ExprKind::Test(value) => self.numbers(value, &Ranges::one(0, 0).complement()),
            ExprKind::InInts { value, ranges } => {
                self.numbers(value, &Ranges::new(ranges.iter().copied()))
            }
            ExprKind::InAddresses { value, addresses } => {
                self.addresses(value, addresses.as_slice())
            }
            ExprKind::Text {
                op,
                value,
                literals,
                fold,
            } => {
                let pattern = |literal: &Arc<[u8]>| Pattern {
                    op: *op,
                    literal: literal.clone(),
                    fold: *fold,
                };
                self.text(value, literals.iter().map(pattern).collect(), over)
            }
            ExprKind::Pattern { value, set } => {
                let pattern = |test: &LiteralTest| Pattern {
                    op: test.op,
                    literal: test.literal.clone(),
                    fold: test.fold,
                };
                let groups = set.literals().necessary.iter();
                let patterns = groups.map(|group| group.iter().map(pattern).collect());
                let mut ways: Vec<Way> = patterns
                    .flat_map(|group| self.text(value, group, over))
                    .collect();
                ways.iter_mut().for_each(|way| way.is_exact = false);
                ways
            }
            ExprKind::Quantifier {
                all: false,
                over: Iterated::List(list),
                body,
            } if over.is_none() => self.expr(body, false, Some(*list)),
            ExprKind::Bool(_)
            | ExprKind::TextPair { .. }
            | ExprKind::Has { .. }
            | ExprKind::Exists(_)
            | ExprKind::Quantifier { .. } => Vec::new(),
        }
    }

    fn compare(
        self,
        op: CompareOp,
        left: &Operand,
        right: &Operand,
        over: Option<Field>,
    ) -> Vec<Way> {
        match (left, right) {
            (Operand::Int(_), Operand::Int(_)) => Vec::new(),
            (value, Operand::Int(bound)) => self.numbers(value, &Ranges::satisfying(op, *bound)),
            (Operand::Int(bound), value) => {
                self.numbers(value, &Ranges::satisfying(mirrored(op), *bound))
            }
            (value, Operand::Text(literal)) | (Operand::Text(literal), value) => {
                let pattern = Pattern {
                    op: TextOp::Eq,
                    literal: literal.clone(),
                    fold: false,
                };
                self.text(value, vec![pattern], over)
            }
            _ => Vec::new(),
        }
    }

    fn text(self, value: &Operand, any: Vec<Pattern>, over: Option<Field>) -> Vec<Way> {
        let is_itself =
            matches!(value, Operand::Field(_, ty) if ty.is_text() || *ty == Type::Bytes);
        let Ok((value, needs)) = calls::through(value, any) else {
            return Vec::new();
        };
        let field = match (value, over) {
            (Operand::Field(field, ty), _) if is_text(ty) => *field,
            (Operand::Element(0), Some(list)) => list,
            (Operand::Call(call), _) if call.function.name == "at" => {
                match call.arguments.first() {
                    Some(Operand::Field(field, Type::List(_))) => *field,
                    _ => return Vec::new(),
                }
            }
            _ => return Vec::new(),
        };
        // The event alone says what these are.
        let constant = matches!(
            field,
            Field::Context(ContextField::EventName | ContextField::EventSyscall)
        );
        if constant || !needs.any.iter().all(super::texts::is_indexed) {
            return Vec::new();
        }
        let triggers = needs
            .any
            .into_iter()
            .map(|pattern| Trigger::Text(field, pattern));
        self.limited(triggers.collect(), is_itself)
    }

    fn numbers(self, value: &Operand, ranges: &Ranges) -> Vec<Way> {
        let Operand::Field(field, ty) = value else {
            return Vec::new();
        };
        let is_known = matches!(field, Field::Context(ContextField::EventId));
        if is_known || self.schema.int_repr(ty).is_none() {
            return Vec::new();
        }
        let ranges = ranges.as_slice().iter();
        let triggers = ranges.map(|&(first, last)| Trigger::Number(*field, first, last));
        self.limited(triggers.collect(), false)
    }

    fn addresses(self, value: &Operand, ranges: &[(u128, u128)]) -> Vec<Way> {
        let Operand::Field(field, Type::Ip) = value else {
            return Vec::new();
        };
        let number = |number: u128| super::numbers::of_address(number);
        let triggers = ranges.iter();
        let triggers =
            triggers.map(|&(first, last)| Trigger::Number(*field, number(first), number(last)));
        self.limited(triggers.collect(), false)
    }

    fn limited(self, any: Vec<Trigger>, is_exact: bool) -> Vec<Way> {
        if any.len() > MAX_TRIGGERS {
            return Vec::new();
        }
        vec![self.any(any, is_exact)]
    }

    fn any(self, any: Vec<Trigger>, is_exact: bool) -> Way {
        let chances = any.iter().map(|trigger| chance::of(self, trigger));
        let chance = chances.sum();
        Way {
            any,
            chance,
            is_exact,
            decides: None,
        }
    }
}

fn is_text(ty: &Type) -> bool {
    ty.is_text() || matches!(ty, Type::Bytes | Type::List(_))
}

pub(super) fn by_chance(left: &Way, right: &Way) -> std::cmp::Ordering {
    left.chance.total_cmp(&right.chance)
}
