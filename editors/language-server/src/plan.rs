//! Where predicates run: the compiler's plan, by the places of the predicates.
//!
//! It is the plan before the kernel's tables are filled: that one may still lack room for the patterns
//! of a very large policy is what `tracee explain` says.

use std::collections::HashSet;
use std::rc::Rc;

use tracee_compiler::plan::Pushdown;
use tracee_compiler::split::places::{Clause, Place, Places};
use tracee_lang::check::Checked;
use tracee_lang::hir::{Expr, Policy, Rule};
use tracee_lang::source::Span;
use tracee_lang::stdlib;

/// One predicate on one event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Predicate {
    pub(crate) span: Span,
    pub(crate) event: &'static str,
    pub(crate) runs: Runs,
    /// Why: lower case, no full stop.
    pub(crate) reason: Rc<str>,
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

/// All of them, in the order of their places, each once for an event. What is known of other versions
/// makes that quicker.
pub(crate) fn predicates(checked: &Checked, known: &mut Places) -> Vec<Predicate> {
    let schema = stdlib::schema();
    let clauses = checked.policies.policies.iter().flat_map(of_policy);
    let library = library(checked);
    let library = library.flat_map(|rule| of_rule(rule, None));
    let places = known.of(schema, clauses.chain(library));
    let written = places
        .into_iter()
        .filter(|place| !place.span.file.is_standard());
    let predicate = |place: Place| {
        Some(Predicate {
            span: place.span,
            event: &schema.event(place.event)?.name,
            runs: match place.pushdown {
                Pushdown::Exact => Runs::Kernel,
                Pushdown::Inexact => Runs::Both,
                Pushdown::None => Runs::User,
            },
            reason: place.reason,
        })
    };
    let mut all: Vec<Predicate> = written.filter_map(predicate).collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn of_policy(policy: &Policy) -> impl Iterator<Item = Clause<'_>> {
    let scope = policy.scope.as_ref();
    let selects = policy.selects.iter().map(move |on| Clause {
        owner: &policy.name,
        scope,
        on,
    });
    let rules = policy.rules.iter();
    selects.chain(rules.flat_map(move |rule| of_rule(rule, scope)))
}

fn of_rule<'c>(rule: &'c Rule, scope: Option<&'c Expr>) -> impl Iterator<Item = Clause<'c>> {
    let owner = &rule.qualified_name;
    rule.on.iter().map(move |on| Clause { owner, scope, on })
}

/// The rules that no policy here uses, as if one did.
fn library(checked: &Checked) -> impl Iterator<Item = &Rule> {
    let used = checked.policies.policies.iter().flat_map(|one| &one.rules);
    let used: HashSet<Span> = used.map(|rule| rule.span).collect();
    let rules = checked.library.iter();
    rules.filter(move |rule| !rule.span.file.is_standard() && !used.contains(&rule.span))
}

/// What is said of one place: of the predicates on all its events.
pub(crate) fn at(predicates: &[Predicate], span: Span) -> &[Predicate] {
    let begin = predicates.partition_point(|one| one.span < span);
    let end = predicates.partition_point(|one| one.span <= span);
    &predicates[begin..end]
}
