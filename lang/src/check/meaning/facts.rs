//! What is taken to hold of the values of one event, and whether it can.
//!
//! An atom that holds says that its value is there. One that does not hold says only what the value
//! is not *if* it is there. So a value that nothing is left for is absent, and there is a
//! contradiction only if it must be there.

use std::sync::Arc;

use super::bits::Bits;
use super::ranges::Ranges;
use super::texts::{self, Test};
use crate::context::{self, ContextField, ProcessField};
use crate::hir::{Call, CompareOp, Expr, ExprKind, Field, Operand, TextOp, display};
use crate::pattern::{LiteralTest, PatternSet};
use crate::schema::Schema;
use crate::source::Span;
use crate::types::Type;

/// What a fact is about.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Key {
    /// A field of the event.
    Field(Field),
    /// The string that a quantifier stands at.
    Element(u8),
    /// A property of the process that a quantifier stands at.
    Ancestor(u8, ProcessField),
    /// What a function gives.
    Call(Box<Call>),
    /// How two values compare: -1, 0 or 1.
    Pair(Box<(Key, Key)>),
    /// Something that is only known to hold (1) or not (0), by how it is written.
    Opaque(String),
}

impl Key {
    /// The place that an operand is; a literal is none.
    pub(super) fn of(operand: &Operand) -> Option<Self> {
        match operand {
            Operand::Field(field, _) => Some(Self::Field(*field)),
            Operand::Element(depth) => Some(Self::Element(*depth)),
            Operand::Ancestor(depth, field) => Some(Self::Ancestor(*depth, *field)),
            Operand::Call(call) => Some(Self::Call(call.clone())),
            Operand::Int(_) | Operand::Text(_) => None,
        }
    }
}

/// Any of some comparisons, or none of them.
#[derive(Debug, Clone, Copy)]
enum Texts<'e> {
    Alike {
        op: TextOp,
        literals: &'e [Arc<[u8]>],
        fold: bool,
    },
    Tests(&'e [LiteralTest]),
}

impl<'e> Texts<'e> {
    fn len(self) -> usize {
        match self {
            Self::Alike { literals, .. } => literals.len(),
            Self::Tests(tests) => tests.len(),
        }
    }

    fn tests(self) -> impl Iterator<Item = Test<'e>> {
        (0..self.len()).map(move |at| match self {
            Self::Alike { op, literals, fold } => Test {
                op,
                literal: &literals[at],
                fold,
            },
            Self::Tests(tests) => Test {
                op: tests[at].op,
                literal: &tests[at].literal,
                fold: tests[at].fold,
            },
        })
    }
}

#[derive(Debug, Clone)]
struct Fact<'e> {
    key: Key,
    present: bool,
    absent: bool,
    ints: Ranges,
    bits: Bits,
    any_of: Vec<Texts<'e>>,
    none_of: Vec<Texts<'e>>,
    /// Patterns that match, and such that don't; what their literals say is in the two above.
    matching: Vec<&'e PatternSet>,
    failing: Vec<&'e PatternSet>,
}

/// What is taken to hold.
#[derive(Debug, Clone)]
pub(super) struct Facts<'e> {
    schema: &'e Schema,
    facts: Vec<Fact<'e>>,
}

impl<'e> Facts<'e> {
    pub(super) fn new(schema: &'e Schema) -> Self {
        Self {
            schema,
            facts: Vec::new(),
        }
    }

    /// Adds that an atom holds or does not. `cost` is told how much work it was, and says when it is
    /// too much: then nothing is concluded. Returns whether it contradicts what was there.
    pub(super) fn add(
        &mut self,
        atom: &'e ExprKind,
        holds: bool,
        cost: &dyn Fn(usize) -> bool,
    ) -> bool {
        let key = match atom {
            ExprKind::Test(operand) => {
                let set = Ranges::of(&[(i128::MIN, -1), (1, i128::MAX)]);
                return self.ints(operand, set, holds, cost);
            }
            ExprKind::Compare {
                op,
                left,
                right: Operand::Int(int),
            } => return self.ints(left, ordered(*op, *int), holds, cost),
            ExprKind::InInts { value, ranges } => {
                return self.ints(value, Ranges::of(ranges), holds, cost);
            }
            ExprKind::InAddresses { value, addresses } => {
                return self.ints(value, Ranges::of_addresses(addresses), holds, cost);
            }
            ExprKind::Compare { op, left, right } => {
                return self.pair(*op, left, right, holds, cost);
            }
            ExprKind::Text {
                op,
                value,
                literals,
                fold,
            } => {
                let texts = Texts::Alike {
                    op: *op,
                    literals,
                    fold: *fold,
                };
                return self.at(value, holds, cost, |fact| {
                    let list = if holds {
                        &mut fact.any_of
                    } else {
                        &mut fact.none_of
                    };
                    list.push(texts);
                });
            }
            ExprKind::Pattern { value, set } => {
                let known = set.literals();
                return self.at(value, holds, cost, |fact| {
                    if holds {
                        let groups = known.necessary.iter();
                        fact.any_of.extend(groups.map(|group| Texts::Tests(group)));
                        fact.matching.push(set);
                    } else {
                        fact.none_of.push(Texts::Tests(&known.sufficient));
                        fact.failing.push(set);
                    }
                });
            }
            ExprKind::Has { value, flags, all } => {
                return self.at(value, holds, cost, |fact| fact.bits.add(flags, *all, holds));
            }
            ExprKind::Exists(operand) => {
                return self.at(operand, holds, cost, |fact| fact.absent |= !holds);
            }
            ExprKind::TextPair { value, with, .. } => {
                let there = [value, with].map(Key::of);
                if holds && there.iter().flatten().any(|key| self.present(key, cost)) {
                    return true;
                }
                let atom = Expr {
                    kind: atom.clone(),
                    span: Span::default(),
                };
                Key::Opaque(display::condition(&atom, None))
            }
            _ => return false,
        };
        self.opaque(key, holds, cost)
    }

    /// Adds that something that is known by its key holds or does not.
    pub(super) fn opaque(&mut self, key: Key, holds: bool, cost: &dyn Fn(usize) -> bool) -> bool {
        let fact = self.fact(key, || Ranges::span(0, 1));
        let value = i128::from(holds);
        fact.present = true;
        fact.ints = fact.ints.and(&Ranges::span(value, value));
        fact.contradicts(cost)
    }

    /// Adds that a value is there; so are those that a function makes it of.
    pub(super) fn present(&mut self, key: &Key, cost: &dyn Fn(usize) -> bool) -> bool {
        if let Key::Call(call) = key {
            let arguments: Vec<_> = call.arguments.iter().filter_map(Key::of).collect();
            if arguments.iter().any(|key| self.present(key, cost)) {
                return true;
            }
        }
        let values = self.values(key);
        let fact = self.fact(key.clone(), || values);
        fact.present = true;
        fact.contradicts(cost)
    }

    /// Whether two values that are both there compare in no way that is left.
    pub(super) fn contradict(&self) -> bool {
        let there = |key: &Key| {
            self.facts
                .iter()
                .any(|fact| fact.key == *key && fact.present)
        };
        self.facts.iter().any(|fact| match &fact.key {
            Key::Pair(sides) => fact.ints.is_empty() && there(&sides.0) && there(&sides.1),
            _ => false,
        })
    }

    /// How many values something is known of.
    pub(super) fn len(&self) -> usize {
        self.facts.len()
    }

    fn ints(
        &mut self,
        operand: &Operand,
        set: Ranges,
        holds: bool,
        cost: &dyn Fn(usize) -> bool,
    ) -> bool {
        self.at(operand, holds, cost, |fact| {
            fact.ints = if holds {
                fact.ints.and(&set)
            } else {
                fact.ints.without(&set)
            };
        })
    }

    fn pair(
        &mut self,
        op: CompareOp,
        left: &Operand,
        right: &Operand,
        holds: bool,
        cost: &dyn Fn(usize) -> bool,
    ) -> bool {
        let (Some(left), Some(right)) = (Key::of(left), Key::of(right)) else {
            return false;
        };
        let mut set = ordered(op, 0).and(&Ranges::span(-1, 1));
        if holds && (self.present(&left, cost) || self.present(&right, cost)) {
            return true;
        }
        let turned = Key::Pair(Box::new((right.clone(), left.clone())));
        let key = if self.facts.iter().any(|fact| fact.key == turned) {
            set = ordered(flipped(op), 0).and(&Ranges::span(-1, 1));
            turned
        } else {
            Key::Pair(Box::new((left.clone(), right.clone())))
        };
        let fact = self.fact(key, || match left == right {
            true => Ranges::span(0, 0),
            false => Ranges::span(-1, 1),
        });
        fact.present |= holds;
        fact.ints = if holds {
            fact.ints.and(&set)
        } else {
            fact.ints.without(&set)
        };
        fact.contradicts(cost)
    }

    /// Changes what is known of an operand's value.
    fn at(
        &mut self,
        operand: &Operand,
        holds: bool,
        cost: &dyn Fn(usize) -> bool,
        change: impl FnOnce(&mut Fact<'e>),
    ) -> bool {
        let Some(key) = Key::of(operand) else {
            return false;
        };
        if holds && matches!(key, Key::Call(_)) && self.present(&key, cost) {
            return true;
        }
        let values = self.values(&key);
        let values = match operand {
            Operand::Field(_, ty) => typed(self.schema, ty),
            _ => values,
        };
        let fact = self.fact(key, anything);
        fact.ints = fact.ints.and(&values);
        fact.present |= holds;
        change(fact);
        fact.contradicts(cost)
    }

    /// The integers that a value may be, as far as its key tells.
    fn values(&self, key: &Key) -> Ranges {
        let field = match key {
            Key::Field(Field::Context(field)) => *field,
            Key::Ancestor(_, field) => ContextField::Proc(*field),
            Key::Call(call) => return typed(self.schema, &call.function.result),
            _ => return anything(),
        };
        context::info(field).map_or_else(anything, |info| typed(self.schema, &info.ty))
    }

    fn fact(&mut self, key: Key, values: impl FnOnce() -> Ranges) -> &mut Fact<'e> {
        let at = match self.facts.iter().position(|fact| fact.key == key) {
            Some(at) => at,
            None => {
                self.facts.push(Fact {
                    // A quantifier stands at strings that are there.
                    present: matches!(key, Key::Element(_)),
                    key,
                    absent: false,
                    ints: values(),
                    bits: Bits::default(),
                    any_of: Vec::new(),
                    none_of: Vec::new(),
                    matching: Vec::new(),
                    failing: Vec::new(),
                });
                self.facts.len() - 1
            }
        };
        &mut self.facts[at]
    }
}

impl Fact<'_> {
    fn contradicts(&self, cost: &dyn Fn(usize) -> bool) -> bool {
        self.present && (self.absent || !self.possible(cost))
    }

    /// Whether a value is left. `true` is also "not known".
    fn possible(&self, cost: &dyn Fn(usize) -> bool) -> bool {
        if !cost(1 + self.ints.len() + self.bits.len()) {
            return true;
        }
        self.bits.possible(&self.ints) && self.has_text(cost)
    }

    fn has_text(&self, cost: &dyn Fn(usize) -> bool) -> bool {
        // Looking at a literal's length is a small part of a step.
        let trivial = |none: &Texts<'_>| {
            let equal = matches!(none, Texts::Alike { op: TextOp::Eq, .. });
            !equal && cost(none.len() / 16) && none.tests().any(texts::is_trivial)
        };
        if self.none_of.iter().any(trivial) {
            return false;
        }
        if self.matching.iter().any(|set| self.failing.contains(set)) {
            return false;
        }
        self.any_of.iter().enumerate().all(|(at, texts)| {
            texts.tests().any(|test| {
                let others = self
                    .any_of
                    .iter()
                    .enumerate()
                    .filter(|(other, _)| *other != at);
                let agrees = |texts: &Texts<'_>| {
                    !cost(texts.len()) || texts.tests().any(|t| !texts::disjoint(test, t))
                };
                let excluded = |texts: &Texts<'_>| {
                    cost(texts.len()) && texts.tests().any(|t| texts::implies(test, t))
                };
                let agreed = others.map(|(_, texts)| texts).all(agrees);
                agreed && !self.none_of.iter().any(excluded) && self.suits_patterns(test, cost)
            })
        })
    }
}

impl Fact<'_> {
    /// Whether a test leaves a string that the patterns allow. `true` is also "not known".
    fn suits_patterns(&self, test: Test<'_>, cost: &dyn Fn(usize) -> bool) -> bool {
        let sets = self.matching.len() + self.failing.len();
        if test.op != TextOp::Eq || test.fold || sets == 0 || !cost(sets * test.literal.len()) {
            return true;
        }
        let matches = |set: &&PatternSet| set.matches(test.literal);
        self.matching.iter().all(matches) && !self.failing.iter().any(matches)
    }
}

/// The integers that compare so with one.
fn ordered(op: CompareOp, int: i128) -> Ranges {
    match op {
        CompareOp::Eq => Ranges::span(int, int),
        CompareOp::Lt => Ranges::span(i128::MIN, int - 1),
        CompareOp::Le => Ranges::span(i128::MIN, int),
        CompareOp::Gt => Ranges::span(int + 1, i128::MAX),
        CompareOp::Ge => Ranges::span(int, i128::MAX),
    }
}

/// The order seen from the other side.
fn flipped(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Eq => CompareOp::Eq,
        CompareOp::Lt => CompareOp::Gt,
        CompareOp::Le => CompareOp::Ge,
        CompareOp::Gt => CompareOp::Lt,
        CompareOp::Ge => CompareOp::Le,
    }
}

/// The integers of a type. Enums are open: kernels add constants.
fn typed(schema: &Schema, ty: &Type) -> Ranges {
    match (ty, schema.int_repr(ty)) {
        (Type::Bool, _) => Ranges::span(0, 1),
        (_, Some(repr)) => Ranges::span(repr.min(), repr.max()),
        (_, None) => anything(),
    }
}

fn anything() -> Ranges {
    Ranges::span(i128::MIN, i128::MAX)
}
