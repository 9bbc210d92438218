//! The prover against the interpreter.

use std::sync::Arc;

use super::*;
use crate::address::written::parse;
use crate::context::{ContextField, ProcessField};
use crate::hir::{Call, CompareOp, Field, Operand, TextOp};
use crate::interpreter::matches;
use crate::pattern::{PatternKind, PatternSet};
use crate::source::Span;
use crate::types::{IntType, Type};
use crate::value::{EventView, Value};

const TINY: Type = Type::Int(IntType {
    bits: 8,
    signed: false,
});
const STRINGS: &[&str] = &[
    "", "a", "A", "b", "ab", "aB", "ba", "aba", "bab", "/", "/a", "/A/", "/a/b", "a/b",
];

const STRING: Operand = Operand::Field(Field::Slot(2), Type::String);

fn call(name: &str, of: Operand) -> Operand {
    Operand::Call(Box::new(Call {
        function: crate::functions::find(name).unwrap(),
        arguments: vec![of],
    }))
}

/// The second is the first, mapped.
const ADDRESSES: &[&[u8]] = &[
    &[10, 0, 0, 1],
    &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 1],
    &[10, 0, 0, 9],
    &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
    &[255; 16],
];
const NETWORKS: &[&str] = &[
    "10.0.0.1",
    "10.0.0.0/29",
    "0.0.0.0/0",
    "::/0",
    "::1",
    "8000::/1",
];

/// Two integers, a string and an address, each of which may be absent.
struct Sample {
    ints: [Option<i128>; 2],
    text: Option<&'static str>,
    address: Option<&'static [u8]>,
}

impl EventView for Sample {
    fn slot(&self, slot: u16) -> Value<'_> {
        match slot {
            2 => self
                .text
                .map_or(Value::Absent, |text| Value::bytes(text.as_bytes())),
            3 => self.address.map_or(Value::Absent, Value::bytes),
            slot => self.ints[usize::from(slot)].map_or(Value::Absent, Value::Int),
        }
    }

    fn truncated(&self, slot: u16) -> bool {
        slot == 2 && self.text == Some("aba")
    }

    fn context(&self, _: ContextField) -> Value<'_> {
        Value::Absent
    }

    fn ancestor(&self, _: usize, _: ProcessField) -> Option<Value<'_>> {
        None
    }
}

fn samples() -> Vec<Sample> {
    let ints = || std::iter::once(None).chain([0, 1, 2, 3, 4, 255].map(Some));
    let texts = || std::iter::once(None).chain(STRINGS.iter().copied().map(Some));
    let pairs = ints().flat_map(|a| ints().map(move |b| [a, b]));
    let addresses = || std::iter::once(None).chain(ADDRESSES.iter().copied().map(Some));
    let texts = || texts().flat_map(|text| addresses().map(move |address| (text, address)));
    pairs
        .flat_map(|ints| {
            texts().map(move |(text, address)| Sample {
                ints,
                text,
                address,
            })
        })
        .collect()
}

/// Conditions from a sequence of numbers (a linear congruence, Knuth's MMIX).
struct Conditions(u64);

impl Conditions {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn expr(&mut self, depth: u64) -> Expr {
        let kind = match self.below(if depth == 0 { 6 } else { 10 }) {
            0 | 1 => self.comparison(),
            2 => self.text(),
            3 => ExprKind::Has {
                value: self.int(),
                flags: (0..=self.below(2)).map(|_| self.flag()).collect(),
                all: self.below(2) == 0,
            },
            4 => match self.below(4) {
                0 => ExprKind::Exists(self.int()),
                1 => ExprKind::Test(call("truncated", STRING)),
                _ => ExprKind::Exists(self.string()),
            },
            5 if self.below(3) == 0 => ExprKind::TextPair {
                op: TextOp::Prefix,
                value: self.string(),
                with: self.string(),
                fold: self.below(2) == 0,
            },
            5 if self.below(3) == 0 => self.pattern(),
            5 => self.address(),
            6 => ExprKind::Not(Box::new(self.expr(depth - 1))),
            7 => ExprKind::Or(self.parts(depth)),
            _ => ExprKind::And(self.parts(depth)),
        };
        Expr {
            kind,
            span: Span::default(),
        }
    }

    fn parts(&mut self, depth: u64) -> Vec<Expr> {
        (0..self.below(3) + 1)
            .map(|_| self.expr(depth - 1))
            .collect()
    }

    fn string(&mut self) -> Operand {
        match self.below(6) {
            0 => call("lower", STRING),
            1 => call("base64_decode", STRING),
            _ => STRING,
        }
    }

    fn int(&mut self) -> Operand {
        if self.below(6) == 0 {
            return call("len", self.string());
        }
        let slot = u16::try_from(self.below(2)).unwrap();
        Operand::Field(Field::Slot(slot), TINY)
    }

    fn flag(&mut self) -> (u64, u64) {
        [(1, 1), (2, 2), (3, 0), (3, 1), (3, 3)][self.below(5) as usize]
    }

    fn comparison(&mut self) -> ExprKind {
        use CompareOp::{Eq, Ge, Gt, Le, Lt};
        let op = [Eq, Ge, Gt, Le, Lt][self.below(5) as usize];
        let low = i128::from(self.below(4));
        match self.below(4) {
            0 => ExprKind::Compare {
                op,
                left: self.int(),
                right: self.int(),
            },
            1 => ExprKind::InInts {
                value: self.int(),
                ranges: vec![(low, low + 1), (low + 4, 255)].into(),
            },
            _ => ExprKind::Compare {
                op,
                left: self.int(),
                right: Operand::Int(low),
            },
        }
    }

    fn address(&mut self) -> ExprKind {
        let value = Operand::Field(Field::Slot(3), Type::Ip);
        let count = self.below(2) + 1;
        let networks: Vec<_> = (0..count)
            .map(|_| NETWORKS[self.below(NETWORKS.len() as u64) as usize])
            .collect();
        let networks = networks.into_iter().map(|network| parse(network).unwrap());
        match self.below(6) {
            0 => ExprKind::Exists(value),
            1 => ExprKind::Compare {
                op: CompareOp::Eq,
                left: value.clone(),
                right: value,
            },
            _ => ExprKind::InAddresses {
                value,
                addresses: networks.collect(),
            },
        }
    }

    fn pattern(&mut self) -> ExprKind {
        const GLOBS: &[&str] = &["a*", "*", "**", "/a/**", "**/*b", "[ab]", "/a{,/*}", "/?"];
        const REGEXES: &[&str] = &[
            "a.*b",
            "^a",
            "b$",
            "^ab$",
            "[ab]b",
            "x*",
            "^/(a|b)",
            "$^",
            "[^\\s\\S]",
        ];
        let (kind, all) = match self.below(2) {
            0 => (PatternKind::Glob, GLOBS),
            _ => (PatternKind::Regex, REGEXES),
        };
        let count = self.below(2) + 1;
        let sources = (0..count).map(|_| all[self.below(all.len() as u64) as usize]);
        let sources = sources.map(|source| source.as_bytes().into()).collect();
        let fold = self.below(4) == 0;
        ExprKind::Pattern {
            value: self.string(),
            set: Arc::new(PatternSet::new(kind, sources, fold).unwrap()),
        }
    }

    fn text(&mut self) -> ExprKind {
        use TextOp::{Contains, Eq, Prefix, Suffix, Under};
        let count = self.below(2) + 1;
        ExprKind::Text {
            op: [Eq, Prefix, Suffix, Contains, Under][self.below(5) as usize],
            value: self.string(),
            literals: (0..count)
                .map(|_| Arc::from(STRINGS[self.below(STRINGS.len() as u64) as usize].as_bytes()))
                .collect(),
            fold: self.below(3) == 0,
        }
    }
}

#[test]
fn what_is_proven_holds_of_every_event() {
    let prover = Prover::new(crate::stdlib::schema());
    let (samples, mut conditions) = (samples(), Conditions(7));
    let mut proven = 0;
    for _ in 0..10_000 {
        let condition = conditions.expr(3);
        for holds in [true, false] {
            prover.allow(10_000);
            if prover.contradict(&[(&condition, holds)]) {
                proven += 1;
                for sample in &samples {
                    assert_ne!(
                        matches(&condition, sample),
                        holds,
                        "{} {:?} {:?} {:?}",
                        display::condition(&condition, None),
                        sample.ints,
                        sample.text,
                        sample.address
                    );
                }
            }
        }
    }
    assert!(proven > 500, "{proven} conditions decided");
}

#[test]
fn without_budget_nothing_is_proven() {
    let prover = Prover::new(crate::stdlib::schema());
    let never = Expr {
        kind: ExprKind::Not(Box::new(Expr {
            kind: ExprKind::Bool(true),
            span: Span::default(),
        })),
        span: Span::default(),
    };
    assert!(!prover.contradict(&[(&never, true)]));
    prover.allow(100);
    assert!(prover.contradict(&[(&never, true)]));
}
