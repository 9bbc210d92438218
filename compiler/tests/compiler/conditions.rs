//! Random well-typed conditions on an event, and policies made of them.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use tracee_lang::address::set::AddressSet;
use tracee_lang::context::{ContextField, FIELDS, ProcessField};
use tracee_lang::functions;
use tracee_lang::hir::{
    Call, CompareOp, Expr, ExprKind, Field, Iterated, On, Operand, Policy, PolicySet, Rule,
    RuleSeverity, TextOp,
};
use tracee_lang::pattern::{PatternKind, PatternSet};
use tracee_lang::schema::{Event, EventId, Schema};
use tracee_lang::source::Span;
use tracee_lang::types::Type;

use crate::samples::{ADDRESSES, INTS, TEXTS};

/// An expression without a place.
pub(crate) fn expr(kind: ExprKind) -> Expr {
    Expr {
        kind,
        span: Span::default(),
    }
}

fn literal() -> impl Strategy<Value = Arc<[u8]>> {
    select(TEXTS).prop_map(|text| text.as_bytes().into())
}

fn op() -> impl Strategy<Value = CompareOp> {
    use CompareOp::{Eq, Ge, Gt, Le, Lt};
    select(vec![Eq, Lt, Le, Gt, Ge])
}

fn int_atom(value: Operand) -> BoxedStrategy<Expr> {
    let int = || select(INTS);
    let range = (int(), 0i128..3).prop_map(|(start, more)| (start, start + more));
    let (left, right, value) = (value.clone(), value.clone(), value);
    prop_oneof![
        (op(), int()).prop_map(move |(op, int)| expr(ExprKind::Compare {
            op,
            left: left.clone(),
            right: Operand::Int(int),
        })),
        (op(), int()).prop_map(move |(op, int)| expr(ExprKind::Compare {
            op,
            left: Operand::Int(int),
            right: right.clone(),
        })),
        vec(range, 1..12).prop_map(move |ranges| expr(ExprKind::InInts {
            value: value.clone(),
            ranges: ranges.into()
        })),
    ]
    .boxed()
}

fn address_atom(value: Operand) -> BoxedStrategy<Expr> {
    let bound = || select(ADDRESSES);
    let range = (bound(), bound()).prop_map(|(a, b)| (a.min(b), a.max(b)));
    let one = bound().prop_map(|number| (number, number));
    let same = expr(ExprKind::Compare {
        op: CompareOp::Eq,
        left: value.clone(),
        right: value.clone(),
    });
    let within = vec(prop_oneof![one, range], 1..6).prop_map(move |ranges| {
        expr(ExprKind::InAddresses {
            value: value.clone(),
            addresses: AddressSet::new(ranges),
        })
    });
    prop_oneof![8 => within, 1 => Just(same)].boxed()
}

/// What functions of one string give of one.
fn of_text(value: &Operand) -> BoxedStrategy<Operand> {
    const OF_TEXT: &[&str] = &[
        "base64_decode",
        "basename",
        "dirname",
        "extension",
        "lower",
        "normalize",
        "trim",
        "upper",
    ];
    let value = value.clone();
    let names = prop_oneof![3 => Just(Vec::new()), 2 => vec(select(OF_TEXT), 1..4)];
    names
        .prop_map(move |names| {
            let outwards = names.into_iter();
            outwards.fold(value.clone(), |value, name| call(name, vec![value]))
        })
        .boxed()
}

/// What a function gives.
pub(crate) fn call(name: &str, arguments: Vec<Operand>) -> Operand {
    let function = functions::find(name).unwrap();
    Operand::Call(Box::new(Call {
        function,
        arguments,
    }))
}

/// Atoms on a string, on what functions give of it, and on two of those.
fn text_atom(value: Operand) -> BoxedStrategy<Expr> {
    let length = of_text(&value).prop_flat_map(|value| int_atom(call("len", vec![value])));
    let pair = (of_text(&value), of_text(&value), any::<bool>(), text_op());
    let pair = pair.prop_map(|(value, with, fold, op)| {
        let kind = match (op, fold) {
            (TextOp::Eq, false) => ExprKind::Compare {
                op: CompareOp::Eq,
                left: value,
                right: with,
            },
            _ => ExprKind::TextPair {
                op,
                value,
                with,
                fold,
            },
        };
        expr(kind)
    });
    let exists = of_text(&value).prop_map(|value| expr(ExprKind::Exists(value)));
    let test = of_text(&value).prop_flat_map(literals_atom);
    let pattern = of_text(&value).prop_flat_map(pattern_atom);
    prop_oneof![12 => test, 4 => pattern, 1 => length, 2 => pair, 1 => exists].boxed()
}

fn text_op() -> impl Strategy<Value = TextOp> {
    use TextOp::{Contains, Eq, Prefix, Suffix, Under};
    select(vec![Eq, Prefix, Suffix, Contains, Under])
}

/// What functions of a list give.
fn of_list(list: &Operand) -> BoxedStrategy<Expr> {
    let (counted, list) = (call("len", vec![list.clone()]), list.clone());
    let element = (0i128..3).prop_flat_map({
        let list = list.clone();
        move |at| text_atom(call("at", vec![list.clone(), Operand::Int(at)]))
    });
    prop_oneof![
        int_atom(counted),
        element,
        text_atom(call("join", vec![list])),
    ]
    .boxed()
}

/// Patterns over what [`TEXTS`] are made of; some have literals that say all, some have none.
const GLOBS: &[&str] = &[
    "/etc/**",
    "/etc/*",
    "**/*sh",
    "**/passwd",
    "/e{,tc/**}",
    "*",
    "**",
    "[ab]*",
    "?",
    "/*/*a",
    "{sh,bash}",
    "/etc/**/*sh",
    "a*a",
    "",
];
const REGEXES: &[&str] = &[
    "^/etc/",
    "sh$",
    "a+b",
    "(^|/)sh$",
    "^/e.*sh$",
    "[aA]b",
    "(?i)AB",
    "ba?b",
    "\\bsh\\b",
    "",
    "^$",
    "x{60}",
    "[^\\s\\S]",
];

fn pattern_atom(value: Operand) -> BoxedStrategy<Expr> {
    let of = |kind, all| (Just(kind), vec(select(all), 1..4));
    let patterns = prop_oneof![
        of(PatternKind::Glob, GLOBS),
        of(PatternKind::Regex, REGEXES)
    ];
    (patterns, prop::bool::weighted(0.25))
        .prop_map(move |((kind, patterns), fold)| {
            let sources = patterns.iter().map(|source| source.as_bytes().into());
            let set = PatternSet::new(kind, sources.collect(), fold).unwrap();
            expr(ExprKind::Pattern {
                value: value.clone(),
                set: set.into(),
            })
        })
        .boxed()
}

fn literals_atom(value: Operand) -> BoxedStrategy<Expr> {
    (text_op(), vec(literal(), 1..7), prop::bool::weighted(0.25))
        .prop_map(move |(op, mut literals, fold)| {
            if op == TextOp::Under {
                literals.iter_mut().for_each(as_directory);
            }
            expr(ExprKind::Text {
                op,
                value: value.clone(),
                literals: literals.into(),
                fold,
            })
        })
        .boxed()
}

/// Without a slash at its end, but for the root's.
fn as_directory(literal: &mut Arc<[u8]>) {
    let end = literal.iter().rposition(|byte| *byte != b'/');
    *literal = match end {
        Some(end) => literal[..=end].into(),
        None => b"/"[..].into(),
    };
}

fn has_atom(value: Operand) -> BoxedStrategy<Expr> {
    let flag = select(vec![
        (1, 1),
        (2, 2),
        (3, 0),
        (3, 1),
        (3, 2),
        (64, 64),
        (1024, 1024),
        (1088, 1088),
    ]);
    (vec(flag, 1..4), any::<bool>())
        .prop_map(move |(flags, all)| {
            expr(ExprKind::Has {
                value: value.clone(),
                flags,
                all,
            })
        })
        .boxed()
}

/// Every kind of atom on the element of a quantifier.
fn bodies(over: &Iterated) -> BoxedStrategy<Expr> {
    match over {
        Iterated::List(_) => {
            let same = expr(ExprKind::Compare {
                op: CompareOp::Eq,
                left: Operand::Element(0),
                right: Operand::Text(b"sh"[..].into()),
            });
            prop_oneof![3 => text_atom(Operand::Element(0)), 1 => Just(same)].boxed()
        }
        Iterated::Ancestors => prop_oneof![
            3 => vec(0u32..4, 1..3).prop_map(|pids| {
                let ranges = pids.into_iter().map(|pid| (pid.into(), pid.into())).collect();
                let value = Operand::Ancestor(0, ProcessField::HostPid);
                expr(ExprKind::InInts { value, ranges })
            }),
            1 => int_atom(Operand::Ancestor(0, ProcessField::Uid)),
            1 => int_atom(Operand::Ancestor(0, ProcessField::Entity)),
            1 => text_atom(Operand::Ancestor(0, ProcessField::Cwd)),
            1 => text_atom(Operand::Ancestor(0, ProcessField::User)),
            1 => text_atom(Operand::Ancestor(0, ProcessField::ExeSha256)),
            1 => text_atom(Operand::Ancestor(0, ProcessField::Exe)),
        ]
        .boxed(),
    }
}

fn quantifier(over: Iterated) -> BoxedStrategy<Expr> {
    let bodies = bodies(&over);
    let either = (bodies.clone(), bodies.clone(), any::<bool>()).prop_map(|(left, right, all)| {
        let right = expr(ExprKind::Not(Box::new(right)));
        expr(if all {
            ExprKind::And(vec![left, right])
        } else {
            ExprKind::Or(vec![left, right])
        })
    });
    (any::<bool>(), prop_oneof![bodies, either])
        .prop_map(move |(all, body)| {
            expr(ExprKind::Quantifier {
                all,
                over: over.clone(),
                body: Box::new(body),
            })
        })
        .boxed()
}

/// A quantifier whose body looks at the element of the one around it.
fn nested(list: Field) -> Expr {
    let inner = expr(ExprKind::Compare {
        op: CompareOp::Eq,
        left: Operand::Element(1),
        right: Operand::Ancestor(0, ProcessField::Exe),
    });
    let inner = expr(ExprKind::Quantifier {
        all: false,
        over: Iterated::Ancestors,
        body: Box::new(inner),
    });
    expr(ExprKind::Quantifier {
        all: false,
        over: Iterated::List(list),
        body: Box::new(inner),
    })
}

/// Atoms on one field.
fn field_atoms(schema: &Schema, field: Field, ty: &Type) -> BoxedStrategy<Expr> {
    let value = Operand::Field(field, ty.clone());
    let exists = Just(expr(ExprKind::Exists(value.clone())));
    let about = match (schema.int_repr(ty), ty) {
        (Some(_), Type::Flags(_)) => {
            prop_oneof![int_atom(value.clone()), has_atom(value.clone())].boxed()
        }
        (Some(_), _) => prop_oneof![
            4 => int_atom(value.clone()),
            1 => Just(expr(ExprKind::Test(value.clone()))),
        ]
        .boxed(),
        (None, Type::List(_)) => prop_oneof![
            4 => quantifier(Iterated::List(field)),
            1 => Just(nested(field)),
            2 => of_list(&value),
        ]
        .boxed(),
        (None, Type::Ip) => address_atom(value.clone()),
        (None, _) => text_atom(value.clone()),
    };
    let can_be_cut = matches!(field, Field::Slot(_)) && schema.int_repr(ty).is_none();
    let truncated = can_be_cut.then(|| expr(ExprKind::Test(call("truncated", vec![value]))));
    prop_oneof![12 => about, 1 => exists.clone(), 1 => truncated.map_or(exists.boxed(), |t| Just(t).boxed())].boxed()
}

/// The fields of an event and of its context, by what they compare with.
fn fields(event: &Event) -> Vec<(Field, Type)> {
    let context = FIELDS
        .iter()
        .map(|info| (Field::Context(info.field), info.ty.clone()));
    let slots = (0u16..)
        .zip(&event.slots)
        .map(|(at, slot)| (Field::Slot(at), slot.ty.clone()));
    slots
        .chain(context)
        .filter(|(field, _)| event.has_retval || *field != RETVAL)
        .collect()
}

const RETVAL: Field = Field::Context(ContextField::Retval);

/// Well-typed conditions on an event.
pub(crate) fn condition(schema: &Schema, event: &Event) -> BoxedStrategy<Expr> {
    let all = fields(event);
    // Of an event without arguments, the context.
    let has_slots = !event.slots.is_empty();
    let slots: Vec<_> = all
        .iter()
        .filter(|(field, _)| matches!(field, Field::Slot(_)) || !has_slots)
        .collect();
    let on = |(field, ty): &(Field, Type)| field_atoms(schema, *field, ty);
    let on_slots = prop::strategy::Union::new(slots.into_iter().map(on)).boxed();
    let on_all = prop::strategy::Union::new(all.iter().map(on)).boxed();
    let ints: Vec<_> = all
        .iter()
        .filter(|(_, ty)| schema.int_repr(ty).is_some())
        .cloned()
        .collect();
    let pair = (select(ints.clone()), select(ints), op()).prop_map(|(left, right, op)| {
        let operand = |(field, ty)| Operand::Field(field, ty);
        expr(ExprKind::Compare {
            op,
            left: operand(left),
            right: operand(right),
        })
    });
    let atom = prop_oneof![
        12 => on_slots,
        8 => on_all,
        2 => quantifier(Iterated::Ancestors),
        1 => pair,
        1 => any::<bool>().prop_map(|value| expr(ExprKind::Bool(value))),
    ];
    atom.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            2 => inner.clone().prop_map(|inner| expr(ExprKind::Not(Box::new(inner)))),
            3 => vec(inner.clone(), 1..5).prop_map(|parts| expr(ExprKind::And(parts))),
            3 => vec(inner, 1..5).prop_map(|parts| expr(ExprKind::Or(parts))),
        ]
    })
    .boxed()
}

/// Policies with rules on one event; conditions of `None` are always.
pub(crate) fn policies(event: EventId, conditions: Vec<Vec<Option<Expr>>>) -> PolicySet {
    let policy = |(index, conditions): (usize, Vec<Option<Expr>>)| {
        let mut conditions = conditions.into_iter();
        let scope = conditions.next().flatten();
        let on = |condition: Option<Expr>| On {
            event,
            condition: condition.map(Arc::new),
            exceptions: Vec::new(),
            decision: None,
            span: Span::default(),
        };
        let rule = |(index, condition)| rule(&format!("rule_{index}"), vec![on(condition)]);
        Policy {
            name: format!("policy_{index}"),
            doc: String::new(),
            version: None,
            description: None,
            labels: Vec::new(),
            scope,
            selects: conditions.next().map(on).into_iter().collect(),
            rules: conditions.enumerate().map(rule).collect(),
            span: Span::default(),
        }
    };
    PolicySet {
        policies: conditions.into_iter().enumerate().map(policy).collect(),
    }
}

/// A rule without metadata.
pub(crate) fn rule(name: &str, on: Vec<On>) -> Rule {
    Rule {
        name: name.into(),
        qualified_name: name.into(),
        doc: String::new(),
        id: None,
        title: None,
        description: None,
        references: Vec::new(),
        severity: RuleSeverity::Medium,
        attack: Vec::new(),
        message: None,
        output: Vec::new(),
        on,
        exceptions: Vec::new(),
        used: None,
        signature: None,
        span: Span::default(),
    }
}

/// Random policies on an event.
pub(crate) fn policy_set(schema: &Schema, event: &Event) -> BoxedStrategy<PolicySet> {
    let id = event.id;
    let condition = prop::option::weighted(0.85, condition(schema, event));
    vec(vec(condition, 2..5), 1..3)
        .prop_map(move |all| policies(id, all))
        .boxed()
}
