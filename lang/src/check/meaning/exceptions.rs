//! What exceptions take away: nothing, everything, or what another one takes away already. Enter at
//! [`check`].

use std::collections::{HashMap, HashSet};

use super::conditions::Verdict;
use super::prover::{Claim, Prover};
use super::{identity, rules};
use crate::check::Context;
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::hir::{Exception, Expr, On, Rule};
use crate::source::Span;

/// More exceptions of a rule are not compared with one another.
const MAX_COMPARED: usize = 24;
/// So many other exceptions are named.
const MAX_RELATED: usize = 8;

/// Warns about those exceptions of rules that are `own` here: a policy answers for its own, not for those
/// that stand in a library's rule.
pub(super) fn check<'r>(
    of: impl Iterator<Item = &'r Rule>,
    own: impl Fn(&Rule, &Exception) -> bool,
    scope: Option<&Expr>,
    prover: &Prover<'_>,
    cx: &mut Context<'_>,
) {
    // A clause may be for several rules.
    let mut clauses: Vec<Clause<'r>> = Vec::new();
    let mut places: HashMap<Span, usize> = HashMap::new();
    let mut with_own = Vec::new();
    for rule in of {
        let active = rule.exceptions.iter().enumerate();
        let mut active = active
            .filter(|(_, exception)| !exception.expired && own(rule, exception))
            .peekable();
        if active.peek().is_some() {
            with_own.push(rule);
        }
        for (index, exception) in active {
            let at = *places.entry(exception.span).or_insert_with(|| {
                clauses.push(Clause {
                    exception,
                    rules: Vec::new(),
                    cases: Vec::new(),
                });
                clauses.len() - 1
            });
            clauses[at].add(rule, index);
        }
    }
    let checker = Checker { scope, prover };
    let mut whole = HashSet::new();
    for clause in &clauses {
        if checker.clause(clause, cx) == Taken::All {
            whole.insert(clause.exception.span);
        }
    }
    for rule in with_own {
        let hidden = |exception: &Exception| whole.contains(&exception.span);
        if !rule.exceptions.iter().any(hidden) {
            checker.together(rule, &own, cx);
        }
    }
}

/// One `except`, with all that it is for.
struct Clause<'r> {
    exception: &'r Exception,
    rules: Vec<&'r Rule>,
    cases: Vec<Case<'r>>,
}

/// What an exception says of one event that a rule is on.
struct Case<'r> {
    rule: &'r Rule,
    /// The exception's, in the rule.
    index: usize,
    on: &'r On,
    condition: &'r Expr,
}

impl<'r> Clause<'r> {
    fn add(&mut self, rule: &'r Rule, index: usize) {
        self.rules.push(rule);
        for on in &rule.on {
            let excepted = on.excepted().find(|(of, _)| *of == index);
            self.cases.extend(excepted.map(|(_, condition)| Case {
                rule,
                index,
                on,
                condition,
            }));
        }
    }

    /// `rule x`, or those that it is for.
    fn named(&self) -> String {
        match &self.rules[..] {
            [rule] => format!("rule `{}`", rule.name),
            _ => "any of its rules".to_owned(),
        }
    }
}

/// What an exception takes away.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Taken {
    All,
    /// Some, as far as anyone can tell, or nothing.
    Less,
}

struct Checker<'c> {
    scope: Option<&'c Expr>,
    prover: &'c Prover<'c>,
}

impl Checker<'_> {
    fn clause(&self, clause: &Clause<'_>, cx: &mut Context<'_>) -> Taken {
        for case in &clause.cases {
            identity::excepted(case.condition, cx);
        }
        let cases = clause.cases.iter();
        // What never matches is said of the rule.
        let alive = |case: &&Case<'_>| !self.contradict(case.on, &[], &[]);
        let alive: Vec<_> = cases.filter(alive).collect();
        let possible = |case: &&Case<'_>| !self.never(case);
        if !alive.is_empty() && alive.iter().any(possible) {
            let all = |case: &&Case<'_>| self.contradict(case.on, &[], &[case.condition]);
            if alive.iter().all(all) {
                hides_all(clause, cx);
                return Taken::All;
            }
            let none = |case: &&Case<'_>| self.contradict(case.on, &[case.condition], &[]);
            if alive.iter().all(none) {
                self.hides_nothing(clause, &alive, cx);
                return Taken::Less;
            }
        }
        let mut decided = false;
        for case in &clause.cases {
            rules::pay(self.prover, &[clause.exception.span]);
            let consequence = "so the exception takes nothing away".to_owned();
            let event = cx.schema.event(case.on.event);
            let mut conditions = rules::conditions(event, Some(consequence), self.prover, cx);
            decided |= conditions.whole(case.condition) == Verdict::Decided;
        }
        if !decided {
            self.duplicate(clause, &alive, cx);
        }
        Taken::Less
    }

    /// Whether the exception's condition can't hold, whatever the rule matches.
    fn never(&self, case: &Case<'_>) -> bool {
        rules::pay(self.prover, &[case.condition.span]);
        self.prover.contradict(&[(case.condition, true)])
    }

    /// Whether no event in scope that an `on` matches by itself makes these conditions true and those
    /// false.
    fn contradict(&self, on: &On, holding: &[&Expr], failing: &[&Expr]) -> bool {
        let mut places: Vec<Span> = [holding, failing].concat().iter().map(|e| e.span).collect();
        places.push(on.span);
        places.extend(self.scope.map(|scope| scope.span));
        rules::pay(self.prover, &places);
        let mut claims: Vec<Claim<'_>> = Vec::new();
        claims.extend(self.scope.iter().map(|scope| (*scope, true)));
        claims.extend(on.own().map(|own| (own, true)));
        claims.extend(holding.iter().map(|one| (*one, true)));
        claims.extend(failing.iter().map(|one| (*one, false)));
        self.prover.contradict(&claims)
    }

    fn hides_nothing(&self, clause: &Clause<'_>, alive: &[&Case<'_>], cx: &mut Context<'_>) {
        let by_rule = |case: &&Case<'_>| {
            let claims = case.on.own().map(|own| (own, true));
            let claims: Vec<_> = claims.into_iter().chain([(case.condition, true)]).collect();
            rules::pay(self.prover, &[case.on.span, clause.exception.span]);
            self.prover.contradict(&claims)
        };
        let alone = alive.iter().all(by_rule);
        let verb = match clause.rules.len() {
            1 => format!("{} does not match", clause.named()),
            _ => "none of its rules matches".to_owned(),
        };
        let within = match alone {
            true => "",
            false => " within the policy's scope",
        };
        let message = format!("the exception takes nothing away: {verb} what it describes{within}");
        let place = alive
            .first()
            .map_or(clause.exception.span, |case| case.condition.span);
        let diagnostic = Diagnostic::warning(codes::EXCEPTION_HIDES_NOTHING, message, place);
        let rule = alive.first().filter(|_| clause.rules.len() == 1);
        let diagnostic = match rule.and_then(|case| case.on.own()) {
            Some(own) => diagnostic.related(own.span, "what the rule matches"),
            None => diagnostic,
        };
        cx.report(match self.scope.filter(|_| !alone) {
            Some(scope) => diagnostic.related(scope.span, "the scope"),
            None => diagnostic,
        });
    }

    /// Warns if another exception takes away the same, for at least as long.
    fn duplicate(&self, clause: &Clause<'_>, alive: &[&Case<'_>], cx: &mut Context<'_>) {
        let Some(first) = alive.first() else {
            return;
        };
        let others = first.on.excepted().take(MAX_COMPARED);
        for (index, _) in others.filter(|(index, _)| *index != first.index) {
            let other = &first.rule.exceptions[index];
            let end = |of: &Exception| of.expires.as_ref().map_or(i128::MAX, |expiry| expiry.end);
            if end(other) < end(clause.exception) {
                continue;
            }
            let same_end = end(other) == end(clause.exception);
            // Of two that are the same, the later one is superfluous.
            let mut mutual = same_end && index > first.index;
            let covers = |case: &&Case<'_>| {
                let rule = case.rule;
                let found = case
                    .on
                    .excepted()
                    .find(|(index, _)| rule.exceptions[*index].span == other.span);
                let Some((_, condition)) = found else {
                    return false;
                };
                mutual = mutual && self.contradict(case.on, &[condition], &[case.condition]);
                self.contradict(case.on, &[case.condition], &[condition])
            };
            if alive.iter().all(covers) && !mutual {
                let message = "another exception takes away all that this one does";
                cx.report(
                    Diagnostic::warning(codes::DUPLICATE_EXCEPTION, message, clause.exception.span)
                        .related(other.span, "the other one")
                        .help("remove one of them, or except less there"),
                );
                return;
            }
        }
    }

    /// Warns if no exception takes away everything, but all of them do.
    fn together(&self, rule: &Rule, own: impl Fn(&Rule, &Exception) -> bool, cx: &mut Context<'_>) {
        let alive = rule.on.iter().filter(|on| !self.contradict(on, &[], &[]));
        let alive: Vec<_> = alive.collect();
        let hide_all = |some: &[usize]| {
            alive.iter().all(|on| {
                let excepted = on.excepted().filter(|(index, _)| some.contains(index));
                let excepted: Vec<_> = excepted.map(|(_, condition)| condition).collect();
                self.contradict(on, &[], &excepted)
            })
        };
        let active = (0..rule.exceptions.len()).filter(|index| !rule.exceptions[*index].expired);
        let mut needed: Vec<usize> = active.collect();
        let few = (2..=MAX_COMPARED).contains(&needed.len());
        if !few || alive.is_empty() || !hide_all(&needed) {
            return;
        }
        for index in needed.clone() {
            let others: Vec<_> = needed.iter().copied().filter(|one| *one != index).collect();
            if hide_all(&others) {
                needed = others;
            }
        }
        let exceptions = needed.iter().map(|index| &rule.exceptions[*index]);
        let Some(last) = exceptions.clone().rfind(|one| own(rule, one)) else {
            return;
        };
        let message = format!(
            "the exceptions together take away all that rule `{}` matches",
            rule.name
        );
        let others = exceptions.filter(|one| one.span != last.span);
        let diagnostic = others.take(MAX_RELATED).fold(
            Diagnostic::warning(codes::EXCEPTION_HIDES_ALL, message, last.span),
            |diagnostic, other| diagnostic.related(other.span, "with this one"),
        );
        cx.report(diagnostic.help("except less, or do without the rule"));
    }
}

fn hides_all(clause: &Clause<'_>, cx: &mut Context<'_>) {
    let message = match clause.rules.len() {
        1 => format!(
            "the exception takes away all that {} matches",
            clause.named()
        ),
        _ => "the exception takes away all that its rules match".to_owned(),
    };
    let diagnostic =
        Diagnostic::warning(codes::EXCEPTION_HIDES_ALL, message, clause.exception.span);
    let own = clause.cases.first().filter(|_| clause.rules.len() == 1);
    let diagnostic = match own.and_then(|case| case.on.own()) {
        Some(own) => diagnostic.related(own.span, "what the rule matches"),
        None => diagnostic,
    };
    cx.report(diagnostic.help("except less, or do without the rule"));
}
