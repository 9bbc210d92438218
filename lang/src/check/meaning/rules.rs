//! The conditions of a policy together: its scope, selects and rules.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

use super::conditions::{Conditions, Verdict};
use super::prover::Prover;
use super::{exceptions, frequency, identity};
use crate::check::Context;
use crate::check::kept::Known;
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::hir::{Exception, Expr, On, Policy, Rule, display};
use crate::schema::EventId;
use crate::source::Span;

/// Steps for a condition, and for each byte of it.
const STEPS: usize = 4_000;
const STEPS_A_BYTE: usize = 24;
/// More clauses of a rule are not compared with one another.
const MAX_COMPARED: usize = 24;

/// Warns about a policy.
pub(super) fn policy(policy: &Policy, prover: &Prover<'_>, cx: &mut Context<'_>) {
    let mut scope = policy.scope.as_ref();
    if let Some(whole) = scope {
        let consequence = format!("policy `{}` covers nothing", policy.name);
        allow(prover, whole.span);
        let verdict = conditions(None, Some(consequence), prover, cx).whole(whole);
        if verdict == Verdict::Decided {
            scope = None; // whatever it does to the rules, it was said
        }
    }
    let frequent = policy.rules.iter().filter(|rule| is_here(rule));
    let frequent = frequent.flat_map(|rule| &rule.on);
    let all = policy.selects.iter().chain(frequent);
    frequency::check(all, policy.scope.as_ref(), cx);
    // Of a rule that was looked at in the same scope there is nothing to say.
    let kept = cx.kept.as_deref_mut().map(|kept| &mut kept.rules);
    let (scope_number, known): (usize, Vec<Option<Rc<Known>>>) = match kept {
        None => (0, vec![None; policy.rules.len()]),
        Some(kept) => {
            let own = |rule: &Rule| kept.here(rule.span).filter(|_| rule.used.is_none());
            let known = policy.rules.iter().map(own).collect();
            (kept.scope(scope), known)
        }
    };
    let mut said = vec![false; policy.rules.len()];
    let is_quiet = |at: usize| {
        let known = known[at].as_ref();
        known.is_some_and(|known| known.is_quiet(scope_number))
    };
    identities(&policy.selects, cx);
    for (at, rule) in policy.rules.iter().enumerate() {
        if rule.used.is_none() && !is_quiet(at) {
            let taken = cx.diagnostics.taken();
            identities(&rule.on, cx);
            said[at] = cx.diagnostics.taken() > taken;
        }
    }
    if let Some(scope) = &policy.scope {
        identity::check(scope, cx);
    }
    clauses(&policy.selects, scope, None, prover, cx);
    let mut shapes: HashMap<u64, Vec<&Rule>> = HashMap::new();
    for (at, rule) in policy.rules.iter().enumerate() {
        match rule.used {
            None if is_quiet(at) => {}
            None => {
                let taken = cx.diagnostics.taken();
                clauses(&rule.on, scope, Some(rule), prover, cx);
                said[at] |= cx.diagnostics.taken() > taken;
                if let Some(known) = known[at].as_ref().filter(|_| !said[at]) {
                    known.set_quiet(scope_number);
                }
            }
            Some(at) => used(rule, at, scope, prover, cx),
        }
        if rule.on.is_empty() || rule.signature.is_some() {
            continue;
        }
        let known = known[at].as_ref();
        let digest = match known.filter(|_| rule.exceptions.is_empty()) {
            Some(known) => known.digest(|| digest(rule)),
            None => digest(rule),
        };
        let before = shapes.entry(digest).or_default();
        if let Some(first) = before.iter().find(|first| shape(first) == shape(rule)) {
            let message = format!(
                "rule `{}` matches exactly what `{}` matches",
                rule.name, first.name
            );
            cx.report(
                Diagnostic::warning(
                    codes::DUPLICATE_RULE,
                    message,
                    rule.used.unwrap_or(place(rule)),
                )
                .related(place(first), "the same condition")
                .help("remove one of them"),
            );
        } else {
            before.push(rule);
        }
    }
    // Those that stand in a library's rule were looked at there.
    let own = |rule: &Rule, exception: &Exception| {
        rule.used.is_none() || !rule.span.covers(exception.span)
    };
    exceptions::check(policy.rules.iter(), own, scope, prover, cx);
}

fn identities(all: &[On], cx: &mut Context<'_>) {
    for condition in all.iter().filter_map(On::own) {
        identity::check(condition, cx);
    }
}

/// A number that rules have in common if they match the same. What they match is much to keep of every rule.
fn digest(rule: &Rule) -> u64 {
    let mut hasher = DefaultHasher::new();
    shape(rule).hash(&mut hasher);
    hasher.finish()
}

/// The events and conditions of a rule, in an order of their own.
fn shape(rule: &Rule) -> Vec<(EventId, String)> {
    let clauses = rule.on.iter();
    let mut shape: Vec<_> = clauses.map(|on| (on.event, written(on))).collect();
    shape.sort();
    shape
}

/// Warns about a rule outside of policies.
pub(super) fn loose(rule: &Rule, prover: &Prover<'_>, cx: &mut Context<'_>) {
    clauses(&rule.on, None, Some(rule), prover, cx);
    identities(&rule.on, cx);
    exceptions::check(std::iter::once(rule), |_, _| true, None, prover, cx);
}

/// Warns about a rule that a policy names and whose scope has no room for it. Its clauses were looked
/// at where they are written.
fn used(rule: &Rule, at: Span, scope: Option<&Expr>, prover: &Prover<'_>, cx: &mut Context<'_>) {
    let Some(scope) = scope.filter(|_| !cx.map.slice(at).ends_with('*')) else {
        return;
    };
    let outside = |on: &On| {
        allow(prover, on.span);
        let condition = on.own();
        condition.is_some_and(|condition| prover.contradict(&[(scope, true), (condition, true)]))
    };
    if !rule.on.is_empty() && rule.on.iter().all(outside) {
        let message = format!(
            "rule `{}` can never fire within the policy's scope",
            rule.name
        );
        cx.report(
            Diagnostic::warning(codes::NEVER_IN_SCOPE, message, at)
                .related(scope.span, "the scope")
                .related(place(rule), "the rule"),
        );
    }
}

/// Warns about the clauses of a rule, or the selects of a policy.
fn clauses(
    all: &[On],
    scope: Option<&Expr>,
    rule: Option<&Rule>,
    prover: &Prover<'_>,
    cx: &mut Context<'_>,
) {
    // A clause on several events is one for each of them.
    let single = all.iter().all(|on| on.span == all[0].span);
    let what = match rule {
        None => "this `select` matches nothing".to_owned(),
        Some(rule) if single => format!("rule `{}` can never fire", rule.name),
        Some(rule) => format!("this `on` of rule `{}` matches nothing", rule.name),
    };
    let consequence = Some(format!("so {what}"));
    let mut open: Vec<&On> = Vec::new();
    for on in all {
        let text = cx.map.slice(on.span);
        let known = cx.kept.as_deref_mut();
        let is_sound = known.is_some_and(|kept| kept.clauses.is_sound(text, on, scope));
        allow(prover, on.span);
        if let Some(condition) = on.own().filter(|_| !is_sound) {
            let said = cx.diagnostics.taken();
            let event = cx.schema.event(on.event);
            let mut conditions = conditions(event, consequence.clone(), prover, cx);
            if conditions.whole(condition) == Verdict::Decided {
                continue;
            }
            if let Some(scope) = scope
                && prover.contradict(&[(scope, true), (condition, true)])
            {
                never_in_scope(condition, scope, &what, cx);
                continue;
            }
            if let Some(kept) = cx.kept.as_deref_mut()
                && cx.diagnostics.taken() == said
            {
                kept.clauses.add(text, on, scope);
            }
            // What its parts took is nothing to others, or they would depend on what is kept.
            allow(prover, on.span);
        }
        if open.len() < MAX_COMPARED {
            covered(on, &open, prover, cx);
        }
        open.push(on);
    }
}

/// Warns if a clause and another one on the same event are not both needed.
fn covered(on: &On, before: &[&On], prover: &Prover<'_>, cx: &mut Context<'_>) {
    for other in before.iter().filter(|other| other.event == on.event) {
        let within = |inner: &On, outer: &On| match (inner.own(), outer.own()) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(inner), Some(outer)) => prover.contradict(&[(inner, true), (outer, false)]),
        };
        let (small, large) = if within(on, other) {
            (on, *other)
        } else if within(other, on) {
            (*other, on)
        } else {
            continue;
        };
        let event = cx.schema.event(on.event).map_or("", |event| &event.name);
        let message = format!("another clause takes all that this one takes of `{event}`");
        cx.report(
            Diagnostic::warning(codes::ADDS_NOTHING, message, small.span)
                .related(large.span, "the other one")
                .help("remove one of them"),
        );
        return;
    }
}

fn never_in_scope(condition: &Expr, scope: &Expr, what: &str, cx: &mut Context<'_>) {
    let message = format!("{what} within the policy's scope");
    cx.report(
        Diagnostic::warning(codes::NEVER_IN_SCOPE, message, condition.span)
            .labelled("never holds within the scope")
            .related(scope.span, "the scope"),
    );
}

pub(super) fn conditions<'c, 'm>(
    event: Option<&'static crate::schema::Event>,
    consequence: Option<String>,
    prover: &'c Prover<'c>,
    cx: &'c mut Context<'m>,
) -> Conditions<'c, 'm> {
    Conditions {
        prover,
        cx,
        event,
        consequence,
    }
}

/// Pays the prover for a clause.
fn allow(prover: &Prover<'_>, span: Span) {
    pay(prover, &[span]);
}

/// Pays the prover for all that is written at these places.
pub(super) fn pay(prover: &Prover<'_>, places: &[Span]) {
    let bytes = |span: &Span| span.end.saturating_sub(span.start) as usize;
    let bytes: usize = places.iter().map(bytes).sum();
    prover.allow(STEPS + STEPS_A_BYTE * bytes);
}

fn written(on: &On) -> String {
    on.condition
        .as_deref()
        .map_or_else(String::new, display::fingerprint)
}

/// The first clause of a rule: the rule itself may be long.
fn place(rule: &Rule) -> Span {
    rule.on.first().map_or(rule.span, |on| on.span)
}

/// Whether it is of policies, not of the standard library, and not of an OPA signature, whose events
/// are what they are.
fn is_here(rule: &Rule) -> bool {
    !rule.span.file.is_standard() && rule.signature.is_none()
}
