//! What `tracee explain` says of a few rules.

use std::sync::Arc;

use tracee_compiler::{Options, compile, explain};
use tracee_lang::context::{ContextField, ProcessField};
use tracee_lang::hir::{
    CompareOp, Expr, ExprKind, Field, Iterated, On, Operand, Policy, PolicySet, TextOp,
};
use tracee_lang::schema::EventId;
use tracee_lang::source::{FileId, SourceMap, Span};
use tracee_lang::stdlib::schema;
use tracee_lang::types::Type;

use crate::conditions::{expr, rule};
use crate::limits::{and, path, uid};

fn not(of: Expr) -> Expr {
    expr(ExprKind::Not(Box::new(of)))
}

fn or(parts: Vec<Expr>) -> Expr {
    expr(ExprKind::Or(parts))
}

fn parent_comm(literal: &str) -> Expr {
    let field = ContextField::Parent(ProcessField::Comm);
    expr(ExprKind::Text {
        op: TextOp::Eq,
        value: Operand::Field(Field::Context(field), Type::String),
        literals: vec![Arc::from(literal.as_bytes())],
        fold: false,
    })
}

/// The explanation of a policy with one rule for each condition.
fn explained(scope: Option<Expr>, conditions: Vec<(&str, Expr)>) -> String {
    let rules = conditions
        .into_iter()
        .enumerate()
        .map(|(index, (event, condition))| {
            let event: EventId = schema().event_named(event).unwrap().id;
            let span = Span::default();
            rule(
                &format!("p.rule_{index}"),
                vec![On {
                    event,
                    condition: Some(condition),
                    span,
                }],
            )
        });
    let policy = Policy {
        name: "p".into(),
        doc: String::new(),
        version: None,
        scope,
        selects: Vec::new(),
        rules: rules.collect(),
        span: Span::default(),
    };
    let policies = PolicySet {
        policies: vec![policy],
    };
    let (compiled, diagnostics) = compile(schema(), &policies, &Options::default());
    assert_eq!(diagnostics, []);
    let mut explanation = explain(schema(), &policies, &compiled, &SourceMap::default());
    // Depends on the processor.
    explanation.code_bytes = 0;
    serde_json::to_string_pretty(&explanation).unwrap()
}

#[test]
fn prefix_contains_or_and_not() {
    insta::assert_snapshot!(explained(
        Some(uid(CompareOp::Ge, 1000)),
        vec![(
            "openat",
            and(vec![
                or(vec![
                    path(TextOp::Prefix, &["/etc/", "/root/"]),
                    path(TextOp::Contains, &["ssh"])
                ]),
                not(path(TextOp::Suffix, &[".swp"])),
            ]),
        )]
    ));
}

#[test]
fn what_userland_alone_knows() {
    let argv = expr(ExprKind::Quantifier {
        all: false,
        over: Iterated::List(Field::Slot(1)),
        body: Box::new(expr(ExprKind::Compare {
            op: CompareOp::Eq,
            left: Operand::Element(0),
            right: Operand::Text(b"-i"[..].into()),
        })),
    });
    insta::assert_snapshot!(explained(
        None,
        vec![
            (
                "execve",
                and(vec![parent_comm("nginx"), argv, uid(CompareOp::Eq, 0)])
            ),
            (
                "execve",
                or(vec![parent_comm("sshd"), uid(CompareOp::Eq, 33)])
            ),
        ]
    ));
}

#[test]
fn a_third_string_test_and_a_process_tree() {
    let tree = expr(ExprKind::Quantifier {
        all: false,
        over: Iterated::Ancestors,
        body: Box::new(expr(ExprKind::Compare {
            op: CompareOp::Eq,
            left: Operand::Ancestor(0, ProcessField::HostPid),
            right: Operand::Int(4242),
        })),
    });
    insta::assert_snapshot!(explained(
        Some(tree),
        vec![(
            "openat",
            and(vec![
                path(TextOp::Prefix, &["/home/"]),
                path(TextOp::Contains, &["/.ssh/"]),
                path(TextOp::Suffix, &["_rsa"]),
            ]),
        )]
    ));
}

#[test]
fn places_count_lines_and_characters() {
    let mut sources = SourceMap::default();
    let text = "policy p {\n  // µ\n  µ on here;\n}";
    let file = sources.add("a.tp", text);
    assert_eq!(file, FileId(0));
    let at = text.find("here").unwrap();
    let mut condition = uid(CompareOp::Eq, 0);
    condition.span = Span::new(file, at, at + 4);
    let event = schema().event_named("openat").unwrap().id;
    let policies = crate::conditions::policies(event, vec![vec![None, Some(condition)]]);
    let (compiled, _) = compile(schema(), &policies, &Options::default());
    let explanation = explain(schema(), &policies, &compiled, &sources);
    let place = explanation.events[0].targets[0].predicates[0]
        .place
        .as_ref()
        .unwrap();
    assert_eq!(
        (place.file.as_str(), place.line, place.column),
        ("a.tp", 3, 8)
    );
}
