//! What happens at the ABI's limits: more is passed, and the plan says so.

use std::sync::Arc;

use tracee_compiler::plan::{Check, Pushdown};
use tracee_compiler::{Options, compile, simulate};
use tracee_ebpf::abi;
use tracee_lang::context::{ContextField, ProcessField};
use tracee_lang::hir::{CompareOp, Expr, ExprKind, Field, On, Operand, Policy, PolicySet, TextOp};
use tracee_lang::source::Span;
use tracee_lang::stdlib::schema;
use tracee_lang::types::Type;

use crate::conditions::{expr, policies, rule};

pub(crate) fn path(op: TextOp, literals: &[&str]) -> Expr {
    let literals = literals
        .iter()
        .map(|literal| Arc::from(literal.as_bytes()))
        .collect();
    let value = Operand::Field(Field::Slot(1), Type::Path);
    expr(ExprKind::Text {
        op,
        value,
        literals,
        fold: false,
    })
}

pub(crate) fn uid(op: CompareOp, uid: i128) -> Expr {
    let field = Field::Context(ContextField::Proc(ProcessField::Uid));
    let ty = tracee_lang::context::info(ContextField::Proc(ProcessField::Uid))
        .unwrap()
        .ty
        .clone();
    expr(ExprKind::Compare {
        op,
        left: Operand::Field(field, ty),
        right: Operand::Int(uid),
    })
}

pub(crate) fn and(parts: Vec<Expr>) -> Expr {
    expr(ExprKind::And(parts))
}

fn on_openat(conditions: Vec<Expr>) -> PolicySet {
    let openat = schema().event_named("openat").unwrap().id;
    policies(
        openat,
        vec![
            [None]
                .into_iter()
                .chain(conditions.into_iter().map(Some))
                .collect(),
        ],
    )
}

#[test]
fn a_thousand_prefixes_share_selectors_and_pass_the_same() {
    let conditions = (0..1000).map(|at| {
        and(vec![
            uid(CompareOp::Eq, at % 5),
            path(TextOp::Prefix, &[&format!("/p/{at}/")]),
        ])
    });
    let (compiled, diagnostics) = compile(
        schema(),
        &on_openat(conditions.collect()),
        &Options::default(),
    );
    assert_eq!(diagnostics, []);
    let planned = &compiled.plan.events[0];
    assert!(planned.merged);
    // One per uid is enough to say all of it.
    assert_eq!(planned.selectors.len(), 5);
    assert!(
        planned
            .targets
            .iter()
            .all(|target| target.residual == target.condition)
    );
    let pushdowns = planned.targets.iter().flat_map(|target| &target.predicates);
    assert!(
        pushdowns
            .into_iter()
            .all(|predicate| predicate.pushdown == Pushdown::Inexact)
    );
}

#[test]
fn selectors_with_nothing_to_join_are_merged_into_what_they_have_in_common() {
    let conditions = (0..400).map(|at| {
        let no = expr(ExprKind::Not(Box::new(path(
            TextOp::Suffix,
            &[&format!(".{at}")],
        ))));
        and(vec![uid(CompareOp::Ge, 1000), no])
    });
    let (compiled, _) = compile(
        schema(),
        &on_openat(conditions.collect()),
        &Options::default(),
    );
    let planned = &compiled.plan.events[0];
    assert!(planned.merged);
    assert!((250..=abi::MAX_SELECTORS).contains(&planned.selectors.len()));
    let uid_test = |selector: &tracee_compiler::plan::Selector| {
        selector
            .tests
            .iter()
            .any(|test| matches!(test.check, Check::Ints(_)))
    };
    assert!(planned.selectors.iter().all(uid_test));
    let targets: std::collections::BTreeSet<_> = planned
        .selectors
        .iter()
        .flat_map(|selector| &selector.targets)
        .collect();
    assert_eq!(targets.len(), 400);
}

#[test]
fn strings_that_do_not_fit_are_left_to_userland_with_a_warning() {
    let long = |at: usize| format!("{at:04}{}", "x".repeat(4000));
    let literals: Vec<String> = (0..40).map(long).collect();
    let literals: Vec<&str> = literals.iter().map(String::as_str).collect();
    let condition = and(vec![
        uid(CompareOp::Eq, 0),
        path(TextOp::Contains, &literals),
    ]);
    let (compiled, diagnostics) =
        compile(schema(), &on_openat(vec![condition]), &Options::default());
    assert_eq!(diagnostics.len(), 1);
    assert_eq!(diagnostics[0].code, tracee_lang::codes::NO_ROOM_IN_KERNEL);
    let target = &compiled.plan.events[0].targets[0];
    let pushdowns: Vec<_> = target
        .predicates
        .iter()
        .map(|predicate| predicate.pushdown)
        .collect();
    assert_eq!(pushdowns, [Pushdown::Exact, Pushdown::None]);
    assert!(compiled.tables.transitions.is_empty());
    assert_eq!(compiled.tables.field_filters.len(), 1);
}

#[test]
fn a_condition_with_too_many_alternatives_keeps_what_is_left() {
    // (flags has F or not pathname suffix …) and … eight times: 256 alternatives.
    let ty = schema().event_named("openat").unwrap().slots[2].ty.clone();
    let parts = (0..8).map(|at| {
        let value = Operand::Field(Field::Slot(2), ty.clone());
        let flags = vec![(64 << at, 64 << at)];
        let suffix = path(TextOp::Suffix, &[&format!(".{at}")]);
        expr(ExprKind::Or(vec![
            expr(ExprKind::Has {
                value,
                flags,
                all: true,
            }),
            expr(ExprKind::Not(Box::new(suffix))),
        ]))
    });
    let (compiled, _) = compile(
        schema(),
        &on_openat(vec![and(parts.collect())]),
        &Options::default(),
    );
    let planned = &compiled.plan.events[0];
    assert!(!planned.selectors.is_empty() && planned.selectors.len() <= 64);
    let target = &planned.targets[0];
    assert!(target.residual.is_some());
    let said = |predicate: &tracee_compiler::plan::PredicatePlan| {
        predicate.reason.contains("too many alternatives")
    };
    assert!(target.predicates.iter().any(said));
}

#[test]
fn an_event_that_nobody_wants_but_the_process_tree_is_configured() {
    let fork = schema().event_named("sched_process_fork").unwrap().id;
    let options = Options {
        internal: vec![fork],
        ..Options::default()
    };
    let (compiled, _) = compile(schema(), &PolicySet::default(), &options);
    let [(id, config)] = &compiled.tables.events[..] else {
        panic!("one event")
    };
    assert_eq!((*id, config.flags), (fork, abi::EVENT_INTERNAL));
    assert_eq!(config.selectors, abi::Selectors::default());
    assert_eq!(
        simulate::selectors(&compiled.tables, fork, &[], 0),
        abi::Selectors::default()
    );
}

#[test]
fn without_pushdown_everything_passes() {
    let openat = schema().event_named("openat").unwrap().id;
    let policy = Policy {
        name: "p".into(),
        doc: String::new(),
        version: None,
        description: None,
        labels: Vec::new(),
        scope: Some(uid(CompareOp::Eq, 0)),
        selects: Vec::new(),
        rules: vec![rule(
            "r",
            vec![On {
                event: openat,
                condition: None,
                exceptions: Vec::new(),
                decision: None,
                span: Span::default(),
            }],
        )],
        span: Span::default(),
    };
    let options = Options {
        pushdown: false,
        ..Options::default()
    };
    let (compiled, _) = compile(
        schema(),
        &PolicySet {
            policies: vec![policy],
        },
        &options,
    );
    let planned = &compiled.plan.events[0];
    assert_eq!(planned.selectors.len(), 1);
    assert!(planned.selectors[0].is_open());
    assert_eq!(planned.targets[0].residual, planned.targets[0].condition);
    assert!(compiled.tables.field_filters.is_empty());
}
