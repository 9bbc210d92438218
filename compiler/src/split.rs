//! Policies → plan: for every event, what the kernel can decide of the conditions on it.
//!
//! ```text
//! condition ─conjuncts→ [Expr] ─formula→ and/or over checks ─normal→ alternatives ─share→ selectors
//! ```
//!
//! [`lower`] says what one atom becomes, or why it can't become anything, with [`calls`] for those
//! on the results of functions, [`quantifiers`] for those on lists and ancestors, [`order`] for two fields, and
//! [`known`] for those on what is there; [`normal`] brings a condition into alternatives of conjunctions, within bounds; [`share`] makes the selectors of an
//! event from those of all its targets. Every step may only widen: a selector holds for everything
//! that its targets could match. [`places`] says where predicates run without making a plan.

pub(crate) mod calls;
mod check;
mod formula;
mod known;
mod lower;
mod name;
mod normal;
mod order;
pub mod places;
mod quantifiers;
mod share;
mod target;

pub(crate) use self::lower::MAX_ROOTS;

use std::collections::BTreeMap;
use std::sync::Arc;

use tracee_lang::hir::{Expr, ExprKind, Field, PolicySet};
use tracee_lang::schema::{EventId, Hook, Schema};

use crate::plan::{EventPlan, Plan, Selector, Target, TargetKind};

/// What the split may use.
#[derive(Debug, Clone, Default)]
pub struct SplitOptions {
    /// Leave everything to userland.
    pub no_pushdown: bool,
    /// Fields that must not be pushed down, because their tables would not fit.
    pub excluded: Vec<Exclusion>,
}

/// A kind of test on a field that is left to userland.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclusion {
    /// On this event.
    pub event: EventId,
    /// On this field; `None` is the process tree.
    pub field: Option<Field>,
    /// Why, as a person would say it.
    pub reason: String,
}

/// A select or a rule: the index of its policy, which of it, and its condition.
type Wanted = (usize, TargetKind, Option<Arc<Expr>>);

/// Makes the plan of all the policies together. Events that the schema does not have are left out:
/// the checker has reported them.
pub fn split(schema: &Schema, policies: &PolicySet, options: &SplitOptions) -> Plan {
    let mut wanted: BTreeMap<EventId, Vec<Wanted>> = BTreeMap::new();
    for (index, policy) in policies.policies.iter().enumerate() {
        for on in &policy.selects {
            let condition = scoped(policy.scope.as_ref(), on.condition.as_ref());
            wanted
                .entry(on.event)
                .or_default()
                .push((index, TargetKind::Select, condition));
        }
        for (rule_index, rule) in policy.rules.iter().enumerate() {
            for on in &rule.on {
                let condition = scoped(policy.scope.as_ref(), on.condition.as_ref());
                let kind = TargetKind::Rule(rule_index);
                wanted
                    .entry(on.event)
                    .or_default()
                    .push((index, kind, condition));
            }
        }
    }
    let events = wanted
        .into_iter()
        .filter_map(|(id, targets)| {
            let event = schema.event(id)?;
            let mut lowering = lower::Lowering::new(schema, event);
            lowering.refusal = refusal(options, event.hooks.as_slice());
            for exclusion in options
                .excluded
                .iter()
                .filter(|exclusion| exclusion.event == id)
            {
                lowering
                    .excluded
                    .push((exclusion.field, exclusion.reason.clone().into()));
            }
            Some(plan_event(&lowering, id, targets))
        })
        .collect();
    Plan { events }
}

/// Why nothing of an event can be pushed down, if so.
fn refusal(options: &SplitOptions, hooks: &[Hook]) -> Option<&'static str> {
    if options.no_pushdown {
        Some("pushdown is off")
    } else if hooks.iter().all(|hook| matches!(hook, Hook::Userland)) {
        Some("tracee makes this event itself")
    } else {
        None
    }
}

fn plan_event(lowering: &lower::Lowering<'_>, event: EventId, wanted: Vec<Wanted>) -> EventPlan {
    let mut targets = Vec::with_capacity(wanted.len());
    let mut alternatives = Vec::with_capacity(wanted.len());
    for (policy, kind, condition) in wanted {
        let analysis = target::analyse(lowering, condition.as_ref());
        let (predicates, residual) = (analysis.predicates, analysis.residual);
        targets.push(Target {
            policy,
            kind,
            condition,
            predicates,
            residual,
        });
        alternatives.push(analysis.alternatives);
    }
    let (selectors, widened) = share::selectors(alternatives);
    let merged = !widened.is_empty();
    for index in widened {
        target::widen(&mut targets[index]);
    }
    debug_assert!(selectors.len() <= share::MAX_SELECTORS);
    EventPlan {
        event,
        targets,
        selectors,
        merged,
    }
}

/// A target's condition: the policy's scope and its own.
fn scoped(scope: Option<&Expr>, condition: Option<&Arc<Expr>>) -> Option<Arc<Expr>> {
    match (scope, condition) {
        (None, condition) => condition.cloned(),
        (Some(scope), None) => Some(Arc::new(scope.clone())),
        (Some(scope), Some(condition)) => {
            let parts = [scope, &**condition]
                .into_iter()
                .flat_map(|part| match &part.kind {
                    ExprKind::And(parts) => parts.clone(),
                    _ => vec![part.clone()],
                });
            Some(Arc::new(Expr {
                kind: ExprKind::And(parts.collect()),
                span: condition.span,
            }))
        }
    }
}

impl Selector {
    /// Whether it holds for everything.
    pub fn is_open(&self) -> bool {
        self.tests.is_empty()
    }
}
