//! Where predicates run: the compiler's plan, by the places of the predicates.
//!
//! It is the plan before the kernel's tables are filled: that one may still lack room for the patterns
//! of a very large policy is what `tracee explain` says.

use std::collections::HashSet;

use tracee_compiler::plan::{PredicatePlan, Pushdown};
use tracee_compiler::split::{SplitOptions, split};
use tracee_lang::check::Checked;
use tracee_lang::hir::{Policy, PolicySet};
use tracee_lang::source::Span;
use tracee_lang::stdlib;

/// One predicate on one event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Predicate {
    pub(crate) span: Span,
    pub(crate) event: String,
    pub(crate) runs: Runs,
    /// Why: lower case, no full stop.
    pub(crate) reason: String,
}

/// Who decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Runs {
    Kernel,
    /// The kernel drops some of what fails it.
    Both,
    User,
}

impl Runs {
    /// In short.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Kernel => "kernel",
            Self::Both => "kernel, then user",
            Self::User => "user",
        }
    }
}

/// All of them, in the order of their places, each once for an event.
pub(crate) fn predicates(checked: &Checked) -> Vec<Predicate> {
    let schema = stdlib::schema();
    let mut policies = checked.policies.clone();
    policies.policies.extend(library(checked));
    let policies: PolicySet = policies;
    let plan = split(schema, &policies, &SplitOptions::default());
    let mut all = Vec::new();
    for planned in &plan.events {
        let Some(event) = schema.event(planned.event) else {
            continue;
        };
        let predicates = planned.targets.iter().flat_map(|target| &target.predicates);
        let written = predicates.filter(|predicate| !predicate.span.file.is_standard());
        all.extend(written.map(|predicate: &PredicatePlan| Predicate {
            span: predicate.span,
            event: event.name.clone(),
            runs: match predicate.pushdown {
                Pushdown::Exact => Runs::Kernel,
                Pushdown::Inexact => Runs::Both,
                Pushdown::None => Runs::User,
            },
            reason: predicate.reason.clone(),
        }));
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// The rules that no policy here uses, as if one did.
fn library(checked: &Checked) -> Option<Policy> {
    let used = checked.policies.policies.iter().flat_map(|one| &one.rules);
    let used: HashSet<Span> = used.map(|rule| rule.span).collect();
    let rules = checked.library.iter();
    let rules = rules.filter(|rule| !rule.span.file.is_standard() && !used.contains(&rule.span));
    let rules: Vec<_> = rules.cloned().collect();
    let span = rules.first()?.span;
    Some(Policy {
        name: String::new(),
        doc: String::new(),
        version: None,
        description: None,
        labels: Vec::new(),
        scope: None,
        selects: Vec::new(),
        rules,
        span,
    })
}

/// What is said of one place: of the predicates on all its events.
pub(crate) fn at(predicates: &[Predicate], span: Span) -> &[Predicate] {
    let begin = predicates.partition_point(|one| one.span < span);
    let end = predicates.partition_point(|one| one.span <= span);
    &predicates[begin..end]
}
