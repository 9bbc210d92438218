//! Signatures as conditions: what of `tracee_match` the language can say is said in it, so that the kernel
//! and the matchers decide it as they do other rules. Enter at [`lower`].
//!
//! ```text
//! modules ─program→ rules by path ─evaluate, for one event→ ways with conditions ─→ Decision, condition
//! ```
//!
//! Regorus defines what a signature says. A condition either says the same of every event
//! ([`Decision::Compiled`]), or it is needed for a match or an error, and regorus is asked of what it lets
//! through ([`Decision::Guarded`]).
//!
//! - [`program`] knows rules, functions and imports by their paths
//! - [`evaluate`] goes through bodies, [`expression`], [`collections`] and [`calls`] through what is in them, along
//!   the ways of [`path`]
//! - [`document`] is `input`, [`value`] what expressions come to
//! - [`compare`], [`mod@text`] and [`coded`] make conditions of comparisons, [`truth`] combines them

mod calls;
mod coded;
mod collections;
mod compare;
mod document;
mod evaluate;
mod expression;
mod path;
mod program;
mod text;
mod truth;
mod value;

use std::sync::Arc;

use regorus::Value;
use tracee_lang::hir::{Expr, ExprKind, PolicySet};
use tracee_lang::schema::{Event, Schema};
use tracee_lang::signature::{Decision, Reason, Signature};

use self::document::Document;
use self::evaluate::{Evaluation, Stop};
use self::path::State;
use self::program::Program;
use self::truth::{Truth, and, or, size};
use self::value::Sym;
use crate::metadata::MATCH;

/// The most parts that a condition may have.
const MAX_SIZE: usize = 1_000;

/// A signature on one event.
#[derive(Debug, Clone, PartialEq)]
pub struct Lowered {
    /// What must hold for a match, or for an error.
    pub condition: Expr,
    /// Who decides what it lets through.
    pub decision: Decision,
}

/// Puts conditions to the rules of policies that are signatures.
pub fn apply(policies: &mut PolicySet, schema: &Schema) {
    for policy in &mut policies.policies {
        for rule in &mut policy.rules {
            let Some(signature) = &rule.signature else {
                continue;
            };
            let program = Program::new(signature);
            for on in &mut rule.on {
                let Some(event) = schema.event(on.event) else {
                    continue;
                };
                let lowered = match &program {
                    Some(program) => of_event(program, signature, schema, event),
                    None => interpreted(signature, unreadable(signature)),
                };
                let own = on.condition.take().map(Arc::unwrap_or_clone);
                let all: Vec<Expr> = own.into_iter().chain([lowered.condition]).collect();
                let whole = and(all, on.span);
                on.condition =
                    (!matches!(whole.kind, ExprKind::Bool(true))).then(|| Arc::new(whole));
                on.decision = Some(Arc::new(lowered.decision));
            }
        }
    }
}

/// Lowers a signature for an event.
pub fn lower(signature: &Signature, schema: &Schema, event: &Event) -> Lowered {
    match Program::new(signature) {
        Some(program) => of_event(&program, signature, schema, event),
        None => interpreted(signature, unreadable(signature)),
    }
}

fn of_event(program: &Program, signature: &Signature, schema: &Schema, event: &Event) -> Lowered {
    let document = Document { schema, event };
    let mut evaluation = Evaluation::new(program, document, signature.span);
    match matching(&mut evaluation, signature) {
        Ok(lowered) => lowered,
        Err(Stop(why)) => interpreted(signature, why),
    }
}

fn matching(evaluation: &mut Evaluation<'_>, signature: &Signature) -> Result<Lowered, Stop> {
    let span = signature.span;
    let path = format!("{}.{MATCH}", signature.path);
    let at = regorus::unstable::Source::from_contents(String::new(), String::new());
    let at = at.ok().map(|source| regorus::unstable::Span {
        source,
        line: 1,
        col: 1,
        start: 0,
        end: 0,
    });
    let Some(at) = at else {
        return Err(Stop(unreadable(signature)));
    };
    let results = evaluation.rule(&path, &at)?;
    evaluation.span = span;
    let mut output = false;
    let mut paths = Vec::new();
    for (conditions, value) in results {
        let held = match &value {
            Sym::Truth(truth, element) => (truth.clone(), *element),
            Sym::Const(Value::Bool(true)) => (Truth::constant(true, span), None),
            // What is false matches nothing, but it is an error beside what is true.
            Sym::Const(Value::Bool(false)) => (Truth::constant(false, span), None),
            _ => {
                output = true;
                (Truth::constant(true, span), None)
            }
        };
        let state = State::default().when_all(conditions);
        paths.extend(state.and_then(|state| state.when(held)));
    }
    let (matches, _) = evaluation.any(&paths, 0, &at);
    let several = or(std::mem::take(&mut evaluation.several), span);
    output |= !matches!(several.kind, ExprKind::Bool(false));
    let errors = or(std::mem::take(&mut evaluation.errors), span);
    let no_errors = matches!(errors.kind, ExprKind::Bool(false));
    let condition = or(vec![matches.high().clone(), several, errors], span);
    let why = evaluation.first.take();
    let why = why.unwrap_or_else(|| unreadable(signature));
    if matches!(condition.kind, ExprKind::Bool(true)) && !(matches.is_exact() && no_errors) {
        return Err(Stop(why));
    }
    if size(&condition) > MAX_SIZE || size(matches.low()) > MAX_SIZE {
        return evaluation.stop(&at, "the condition would be too large");
    }
    let decision = if matches.is_exact() && no_errors {
        Decision::Compiled { output }
    } else {
        let sure = matches.low().clone();
        let is_sure = no_errors && !output && !matches!(sure.kind, ExprKind::Bool(false));
        Decision::Guarded {
            sure: is_sure.then_some(sure),
            why,
        }
    };
    Ok(Lowered {
        condition,
        decision,
    })
}

fn interpreted(signature: &Signature, why: Reason) -> Lowered {
    Lowered {
        condition: truth::constant(true, signature.span),
        decision: Decision::Interpreted { why },
    }
}

fn unreadable(signature: &Signature) -> Reason {
    let module = signature.modules.first();
    Reason {
        text: "it can't be read".to_owned(),
        file: module.map(|module| module.name.clone()).unwrap_or_default(),
        line: 1,
        column: 1,
    }
}
