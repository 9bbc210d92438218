//! One atom → the checks that the kernel would make for it, or why it can't make any.

use tracee_lang::address::set::AddressSet;
use tracee_lang::context::{ContextField, Origin, info};
use tracee_lang::hir::{CompareOp, Expr, ExprKind, Field, Operand};
use tracee_lang::pattern::{LiteralTest, Literals};
use tracee_lang::schema::{Event, Schema};
use tracee_lang::types::Type;

use super::{calls, name};
use crate::layout::{Storage, header_field};
use crate::plan::{Check, FlagLiteral, Pattern, Pushdown, Reason};
use crate::ranges::{Ranges, mirrored};

/// The most process-tree roots: bit 63 of the tree's mask is kept for `tracee run -- CMD`.
pub(crate) const MAX_ROOTS: usize = 63;

/// Why the negation of what is inexact is userland's.
const ONLY_NARROWED: &str = "the kernel could only narrow it down, and `not` turns that around";

/// What an atom becomes.
#[derive(Debug)]
pub(super) enum Lowered {
    /// The event alone decides it.
    Constant(bool),
    /// All of the checks, on one field (`None`: the process tree).
    Checks {
        field: Option<Field>,
        checks: Vec<Check>,
        pushdown: Pushdown,
        reason: Reason,
    },
    /// Nothing, and why.
    Userland(Reason),
}

/// What atoms are lowered against.
#[derive(Debug)]
pub(super) struct Lowering<'a> {
    pub(super) schema: &'a Schema,
    pub(super) event: &'a Event,
    /// Why nothing at all may be lowered.
    pub(super) refusal: Option<&'static str>,
    /// Fields that may not be lowered, and why.
    pub(super) excluded: Vec<(Option<Field>, Reason)>,
}

impl<'a> Lowering<'a> {
    pub(super) fn new(schema: &'a Schema, event: &'a Event) -> Self {
        Self {
            schema,
            event,
            refusal: None,
            excluded: Vec::new(),
        }
    }

    /// Lowers `atom`, or its negation.
    pub(super) fn atom(&self, atom: &Expr, negated: bool) -> Lowered {
        if let Some(reason) = self.refusal {
            return Lowered::Userland(reason.into());
        }
        if let Some(holds) = name::decides(atom, &self.event.name) {
            return Lowered::Constant(holds != negated);
        }
        let lowered = match &atom.kind {
            ExprKind::Test(operand) => self.ints(operand, Ranges::one(0, 0).complement(), negated),
            ExprKind::Compare { op, left, right } => self.compare(*op, left, right, negated),
            ExprKind::InInts { value, ranges } => {
                self.ints(value, Ranges::new(ranges.iter().copied()), negated)
            }
            ExprKind::InAddresses { value, addresses } => self.addresses(value, addresses, negated),
            ExprKind::Text {
                op,
                value,
                literals,
                fold,
            } => {
                let pattern = |literal: &_| Pattern {
                    op: *op,
                    literal: Clone::clone(literal),
                    fold: *fold,
                };
                self.text(value, literals.iter().map(pattern).collect(), negated)
            }
            ExprKind::Pattern { value, set } => self.pattern(value, set.literals(), negated),
            ExprKind::Has { value, flags, all } => self.has(value, flags, *all, negated),
            ExprKind::Exists(operand) => self.exists(operand, negated),
            ExprKind::TextPair { .. } => {
                Lowered::Userland("it compares one field with another".into())
            }
            ExprKind::Quantifier { all, over, body } => self.quantifier(*all, over, body, negated),
            ExprKind::Bool(_) | ExprKind::Not(_) | ExprKind::And(_) | ExprKind::Or(_) => {
                Lowered::Userland("it is not a single predicate".into())
            }
        };
        match lowered {
            Lowered::Checks { field, .. } => {
                let refused = self
                    .excluded
                    .iter()
                    .find(|(excluded, _)| *excluded == field);
                refused.map_or(lowered, |(_, reason)| Lowered::Userland(reason.clone()))
            }
            other => other,
        }
    }

    fn compare(&self, op: CompareOp, left: &Operand, right: &Operand, negated: bool) -> Lowered {
        match (left, right) {
            (Operand::Int(left), Operand::Int(right)) => {
                Lowered::Constant(Ranges::satisfying(op, *right).contains(*left) != negated)
            }
            (value, Operand::Int(bound)) => {
                self.ints(value, Ranges::satisfying(op, *bound), negated)
            }
            (Operand::Int(bound), value) => {
                self.ints(value, Ranges::satisfying(mirrored(op), *bound), negated)
            }
            (value, Operand::Text(literal)) | (Operand::Text(literal), value) => {
                let op = tracee_lang::hir::TextOp::Eq;
                let pattern = Pattern {
                    op,
                    literal: literal.clone(),
                    fold: false,
                };
                self.text(value, vec![pattern], negated)
            }
            (Operand::Field(_, ty), Operand::Field(..)) if self.schema.int_repr(ty).is_some() => {
                self.order(op, left, right, negated)
            }
            _ => Lowered::Userland("it compares one field with another".into()),
        }
    }

    /// `value` is in `ranges`, or not.
    fn ints(&self, value: &Operand, ranges: Ranges, negated: bool) -> Lowered {
        if let Operand::Call(call) = value {
            return self.int_call(call, &ranges, negated);
        }
        let ranges = if negated { ranges.complement() } else { ranges };
        match value {
            Operand::Int(value) => return Lowered::Constant(ranges.contains(*value)),
            Operand::Field(Field::Context(ContextField::EventId), _) => {
                return Lowered::Constant(ranges.contains(i128::from(self.event.id.0)));
            }
            _ => {}
        }
        let is_int = |ty: &Type, storage: Option<Storage>| {
            self.schema.int_repr(ty).is_some() && storage != Some(Storage::Comm)
        };
        match self.kernel_field(value, is_int) {
            Ok(field) => exact(
                field,
                vec![Check::Ints(ranges)],
                "the kernel compares integers",
            ),
            Err(reason) => Lowered::Userland(reason),
        }
    }

    /// `value` is one of `addresses`, or not.
    fn addresses(&self, value: &Operand, addresses: &AddressSet, negated: bool) -> Lowered {
        let addresses = match negated {
            true => addresses.complement(),
            false => addresses.clone(),
        };
        match self.kernel_field(value, |ty, _| *ty == Type::Ip) {
            Ok(field) => exact(
                field,
                vec![Check::Addresses(addresses)],
                "the kernel compares addresses",
            ),
            Err(reason) => Lowered::Userland(reason),
        }
    }

    /// `value` matches any of `patterns`, or none.
    fn text(&self, value: &Operand, any: Vec<Pattern>, negated: bool) -> Lowered {
        let (value, mut needs) = match calls::through(value, any) {
            Ok(found) => found,
            Err(reason) => return Lowered::Userland(reason),
        };
        if needs.any.is_empty() {
            return Lowered::Constant(negated);
        }
        for patterns in [&mut needs.any, &mut needs.none] {
            patterns.sort();
            patterns.dedup();
        }
        if let Some((list, is_whole)) = list_of(value) {
            // What an element must not be says nothing of the others.
            needs.exact &= is_whole && needs.none.is_empty();
            needs.none.clear();
            return self.in_list(list, needs, negated);
        }
        let is_text = |ty: &Type, storage: Option<Storage>| {
            (ty.is_text() || *ty == Type::Bytes)
                && storage.is_none_or(|storage| storage == Storage::Comm)
        };
        let field = match self.kernel_field(value, is_text) {
            Ok(field) => field,
            Err(reason) => return Lowered::Userland(reason),
        };
        let calls::Needs { any, none, exact } = needs;
        if negated && !(exact && none.is_empty()) {
            return Lowered::Userland(ONLY_NARROWED.into());
        }
        let mut checks = vec![Check::Text { any, negated }];
        if !none.is_empty() {
            checks.push(Check::Text {
                any: none,
                negated: true,
            });
        }
        if exact {
            return self::exact(field, checks, "the kernel matches strings");
        }
        Lowered::Checks {
            field: Some(field),
            checks,
            pushdown: Pushdown::Inexact,
            reason: "the kernel looks for what the function keeps; userland evaluates it".into(),
        }
    }

    /// An element of a list, or what is made of all of them, has what is needed, or not.
    fn in_list(&self, list: &Operand, needs: calls::Needs, negated: bool) -> Lowered {
        let field = match self.kernel_field(list, |ty, _| matches!(ty, Type::List(_))) {
            Ok(field) => field,
            Err(reason) => return Lowered::Userland(reason),
        };
        let calls::Needs { any, exact, .. } = needs;
        if exact {
            let check = Check::Elements { any, negated };
            return self::exact(field, vec![check], "the kernel walks the list");
        }
        if negated {
            return Lowered::Userland(ONLY_NARROWED.into());
        }
        Lowered::Checks {
            field: Some(field),
            checks: vec![Check::Elements { any, negated }],
            pushdown: Pushdown::Inexact,
            reason: "the kernel looks for it in every element; userland evaluates it".into(),
        }
    }

    /// `value` matches patterns of which this is known, or does not.
    fn pattern(&self, value: &Operand, known: &Literals, negated: bool) -> Lowered {
        if negated {
            let lowered = self.text(value, patterns(&known.sufficient), true);
            return match lowered {
                Lowered::Constant(_) if !known.sufficient_is_necessary => {
                    Lowered::Userland("no literal makes a match certain".into())
                }
                lowered if known.sufficient_is_necessary => lowered,
                lowered => inexact(lowered, "the kernel knows only some of what matches"),
            };
        }
        let mut all: Option<Lowered> = None;
        for group in &known.necessary {
            let lowered = match (all, self.text(value, patterns(group), false)) {
                (None, lowered) => lowered,
                (Some(first), lowered) => both(first, lowered),
            };
            all = Some(lowered);
        }
        match all {
            None => Lowered::Userland("no literal is in every match".into()),
            Some(lowered) if known.necessary_suffices => lowered,
            Some(lowered) => inexact(
                lowered,
                "the kernel looks for literals that every match has",
            ),
        }
    }

    fn has(&self, value: &Operand, flags: &[(u64, u64)], all: bool, negated: bool) -> Lowered {
        let is_int = |ty: &Type, _| self.schema.int_repr(ty).is_some();
        let field = match self.kernel_field(value, is_int) {
            Ok(field) => field,
            Err(reason) => return Lowered::Userland(reason),
        };
        let mut literals: Vec<_> = flags
            .iter()
            .map(|&(mask, want)| FlagLiteral {
                mask,
                want,
                negated,
            })
            .collect();
        literals.sort();
        literals.dedup();
        // `all` is a conjunction, and the negation of one a disjunction; `any` the other way round.
        let checks = if all == negated {
            vec![Check::Flags(literals)]
        } else {
            literals
                .into_iter()
                .map(|literal| Check::Flags(vec![literal]))
                .collect()
        };
        exact(field, checks, "the kernel tests bits")
    }

    /// The field behind `value`, if the kernel knows it and its type suits.
    pub(super) fn kernel_field(
        &self,
        value: &Operand,
        suits: impl Fn(&Type, Option<Storage>) -> bool,
    ) -> Result<Field, Reason> {
        let (field, ty) = match value {
            Operand::Field(field, ty) => (*field, ty),
            Operand::Int(_) | Operand::Text(_) => return Err("it compares literals".into()),
            Operand::Element(_) | Operand::Ancestor(..) => {
                return Err("the kernel does not walk lists".into());
            }
            Operand::Call(call) => {
                return Err(calls::not_evaluated(call.function));
            }
        };
        let (path, storage, ty) = match field {
            Field::Slot(slot) => match self.event.slots.get(usize::from(slot)) {
                Some(declared) => (declared.path.as_str(), None, &declared.ty),
                None => return Err("the event has no such argument".into()),
            },
            Field::Context(context) => {
                let info = info(context);
                let path = info.map_or("this field", |info| info.path);
                let known = info.is_some_and(|info| info.origin == Origin::Kernel);
                match header_field(context).filter(|_| known) {
                    Some(header) => (path, Some(header.storage), ty),
                    None => return Err(format!("the kernel does not know `{path}`").into()),
                }
            }
        };
        if suits(ty, storage) {
            return Ok(field);
        }
        let kind = self.schema.type_name(ty);
        Err(format!("the kernel does not compare `{path}`, which is of type `{kind}`").into())
    }
}

pub(super) fn patterns(tests: &[LiteralTest]) -> Vec<Pattern> {
    let pattern = |test: &LiteralTest| Pattern {
        op: test.op,
        literal: test.literal.clone(),
        fold: test.fold,
    };
    tests.iter().map(pattern).collect()
}

/// What must both hold, on one field. What is userland's is left out, which lets more through.
fn both(first: Lowered, second: Lowered) -> Lowered {
    match (first, second) {
        (Lowered::Constant(false), _) | (_, Lowered::Constant(false)) => Lowered::Constant(false),
        (Lowered::Constant(true), other) | (other, Lowered::Constant(true)) => other,
        (Lowered::Userland(reason), Lowered::Userland(_)) => Lowered::Userland(reason),
        (Lowered::Userland(reason), lowered) | (lowered, Lowered::Userland(reason)) => {
            inexact(lowered, reason)
        }
        (
            Lowered::Checks {
                field,
                mut checks,
                pushdown,
                reason,
            },
            Lowered::Checks {
                checks: more,
                pushdown: other,
                ..
            },
        ) => {
            checks.extend(more);
            Lowered::Checks {
                field,
                checks,
                pushdown: pushdown.max(other),
                reason,
            }
        }
    }
}

/// The same checks, but userland checks again.
fn inexact(lowered: Lowered, why: impl Into<Reason>) -> Lowered {
    match lowered {
        Lowered::Checks { field, checks, .. } => Lowered::Checks {
            field,
            checks,
            pushdown: Pushdown::Inexact,
            reason: why.into(),
        },
        other => other,
    }
}

pub(super) fn exact(field: Field, checks: Vec<Check>, reason: &'static str) -> Lowered {
    let (field, reason) = (Some(field), reason.into());
    Lowered::Checks {
        field,
        checks,
        pushdown: Pushdown::Exact,
        reason,
    }
}

/// The list that a value is made of, and whether of all its elements.
fn list_of(value: &Operand) -> Option<(&Operand, bool)> {
    match value {
        Operand::Field(_, Type::List(_)) => Some((value, true)),
        Operand::Call(call) if call.function.name == "at" => Some((call.arguments.first()?, false)),
        _ => None,
    }
}
