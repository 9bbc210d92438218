//! What of the policies any test reached: which rules matched and did not match, and of every
//! condition which parts came out true and which false.
//!
//! Conditions are counted as they are evaluated, from left to right and no further than needed: in
//! `a and b` the second is reached by events for which the first holds. So a part that came out
//! false was the one that decided.
//!
//! Of each part it is asked
//!
//! - of an alternative of `or`, that it held once,
//! - of a part of `and`, of what `not` negates, of the body of `any` and `all`, and of whole conditions
//!   and scopes, that it held once and failed once,
//! - of an exception, that it kept an event from its rule once, and let one pass.

mod exceptions;

use tracee_compiler::pretty::Printer;
use tracee_lang::hir::{Expr, ExprKind, PolicySet, Rule};
use tracee_lang::schema::{Event, Schema};
use tracee_lang::source::{FileId, Span};
use tracee_lang::trace::Trace;

use super::excepted::Parts;
pub use exceptions::ExceptionCoverage;

/// What was reached, of all policies.
#[derive(Debug, Clone)]
pub struct Coverage {
    /// By policy.
    pub policies: Vec<PolicyCoverage>,
    /// The last event whose scope was counted, so that several rules count it once.
    scoped: Option<(usize, u64)>,
}

/// What was reached of a policy.
#[derive(Debug, Clone)]
pub struct PolicyCoverage {
    /// Its name.
    pub name: String,
    /// Its scope, if it has one.
    pub scope: Option<Part>,
    /// By rule; [`None`] for those that are declared in files that nobody asked about.
    pub rules: Vec<Option<RuleCoverage>>,
    /// What its rules except, each clause once.
    pub exceptions: Vec<ExceptionCoverage>,
}

/// What was reached of a rule.
#[derive(Debug, Clone)]
pub struct RuleCoverage {
    /// Its qualified name.
    pub name: String,
    /// The declaration.
    pub span: Span,
    /// Tests in which it matched an event.
    pub matching_tests: u64,
    /// Tests in which it did not match an event that it is on.
    pub missing_tests: u64,
    /// One for each `on` clause.
    pub on: Vec<Part>,
    /// By entry of [`tracee_lang::hir::Rule::on`], the clause that it is of.
    clauses: Vec<usize>,
}

/// A part of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub role: Role,
    /// As it could be written.
    pub text: String,
    /// Where.
    pub span: Span,
    /// It is asked that it held once.
    pub to_hold: bool,
    /// It is asked that it failed once.
    pub to_fail: bool,
    /// How often it was reached and held.
    pub held: u64,
    /// How often it was reached and failed.
    pub failed: u64,
    /// What it is made of.
    pub parts: Vec<Part>,
}

/// What a part is of the one around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A policy's scope.
    Scope,
    /// All of an `on` clause; it holds if the rule matches.
    Condition,
    /// All of an exception.
    Exception,
    /// Of an `or`.
    Alternative,
    /// Of an `and`.
    Part,
    /// Of a `not`.
    Negated,
    /// Of a quantifier.
    Body,
}

/// Something that no test reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap<'c> {
    /// Where.
    pub span: Span,
    /// The rule; [`None`] for a scope.
    pub rule: Option<&'c str>,
    /// What is missing.
    pub missing: Missing<'c>,
}

/// What can be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing<'c> {
    /// No test has an event that the rule is on.
    Test,
    /// The part was never evaluated.
    Reached(&'c Part),
    /// It never held.
    Held(&'c Part),
    /// It never failed.
    Failed(&'c Part),
}

/// How many of the points that are asked for were reached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Points {
    /// Reached.
    pub covered: u64,
    /// Asked for.
    pub all: u64,
}

impl Points {
    /// In percent, rounded down; 100 if nothing is asked for.
    pub fn percent(self) -> u64 {
        (self.covered * 100).checked_div(self.all).unwrap_or(100)
    }

    fn add(&mut self, asked: bool, count: u64) {
        self.all += u64::from(asked);
        self.covered += u64::from(asked && count > 0);
    }
}

impl std::iter::Sum for Points {
    fn sum<I: Iterator<Item = Self>>(points: I) -> Self {
        points.fold(Self::default(), |sum, one| Self {
            covered: sum.covered + one.covered,
            all: sum.all + one.all,
        })
    }
}

impl Coverage {
    /// Nothing reached yet, of what `files` has.
    pub fn new(schema: &Schema, policies: &PolicySet, files: &dyn Fn(FileId) -> bool) -> Self {
        // A rule that has tests of its own is counted there, not where it is used.
        let is_alone = |rule: &Rule| {
            let mut all = policies.policies.iter();
            rule.used.is_some() && all.any(|policy| policy.span == rule.span)
        };
        let policies = policies.policies.iter().map(|policy| {
            let scope = policy.scope.as_ref().filter(|_| files(policy.span.file));
            // A scope has context only: its text is the same for every event.
            let printer = schema
                .events
                .first()
                .map(|event| Printer::new(schema, event));
            let rules = policy.rules.iter().map(|rule| {
                let is_here = policy.span == rule.span;
                let counted = files(rule.span.file) && (is_here || !is_alone(rule));
                counted.then(|| RuleCoverage::new(schema, rule))
            });
            PolicyCoverage {
                name: policy.name.clone(),
                scope: scope.map(|scope| part(Role::Scope, scope, printer.as_ref(), &[])),
                rules: rules.collect(),
                exceptions: exceptions::of(schema, policy, files),
            }
        });
        Self {
            policies: policies.collect(),
            scoped: None,
        }
    }

    /// Counts what a policy's scope came to, once for each event.
    pub(super) fn scope(&mut self, policy: usize, event: u64, trace: Option<&Trace<'_>>) {
        if self.scoped.replace((policy, event)) == Some((policy, event)) {
            return;
        }
        if let (Some(scope), Some(trace)) = (&mut self.policies[policy].scope, trace) {
            scope.reach(trace);
        }
    }

    /// Counts what an entry of a rule's `on` came to for an event that is in scope.
    pub(super) fn condition(
        &mut self,
        policy: usize,
        rule: usize,
        on: usize,
        parts: &Parts<'_, '_, '_>,
    ) {
        let policy = &mut self.policies[policy];
        let holds = parts.own.is_none_or(|trace| trace.holds);
        let mut excepted = false;
        for (exception, trace) in parts.excepted.iter().filter(|_| holds) {
            let mut counted = policy.exceptions.iter_mut();
            if let Some(counted) = counted.find(|one| one.span == exception.span) {
                counted.part.reach(trace);
            }
            if trace.holds {
                excepted = true;
                break;
            }
        }
        let Some(rule) = &mut policy.rules[rule] else {
            return;
        };
        let part = &mut rule.on[rule.clauses[on]];
        match parts.own {
            Some(trace) => part.reach(trace),
            None => part.held += 1,
        }
        if excepted {
            part.held -= 1;
            part.failed += 1;
        }
    }

    /// Counts a test.
    pub(super) fn tested(&mut self, policy: usize, rule: usize, matched: bool, missed: bool) {
        self.scoped = None;
        if let Some(rule) = &mut self.policies[policy].rules[rule] {
            rule.matching_tests += u64::from(matched);
            rule.missing_tests += u64::from(missed);
        }
    }

    /// The points of all policies.
    pub fn points(&self) -> Points {
        self.policies.iter().map(PolicyCoverage::points).sum()
    }

    /// What no test reached, in order of declaration.
    pub fn gaps(&self) -> Vec<Gap<'_>> {
        let mut gaps = Vec::new();
        for policy in &self.policies {
            if let Some(scope) = &policy.scope {
                scope.gaps(None, Said::default(), &mut gaps);
            }
            for rule in policy.rules.iter().flatten() {
                if rule.matching_tests + rule.missing_tests == 0 {
                    gaps.push(Gap {
                        span: rule.span,
                        rule: Some(&rule.name),
                        missing: Missing::Test,
                    });
                    continue;
                }
                for on in &rule.on {
                    on.gaps(Some(&rule.name), Said::default(), &mut gaps);
                }
            }
            for exception in &policy.exceptions {
                let mut rules = exception.rules.iter();
                // Of rules that no test is for, that was said.
                if rules.any(|rule| policy.is_tested(*rule)) {
                    let rule = Some(exception.rule.as_str());
                    exception.part.gaps(rule, Said::default(), &mut gaps);
                }
            }
        }
        gaps
    }
}

impl PolicyCoverage {
    /// The points of its scope, its rules and their exceptions.
    pub fn points(&self) -> Points {
        let rules = self.rules.iter().flatten().map(RuleCoverage::points);
        let exceptions = self.exceptions.iter().map(|one| one.part.points());
        let scope = self.scope.as_ref().map(Part::points);
        rules.chain(exceptions).chain(scope).sum()
    }

    /// Whether a test has an event that a rule is on, or nobody asked.
    fn is_tested(&self, rule: usize) -> bool {
        let rule = self.rules[rule].as_ref();
        rule.is_none_or(|rule| rule.matching_tests + rule.missing_tests > 0)
    }
}

impl RuleCoverage {
    fn new(schema: &Schema, rule: &tracee_lang::hir::Rule) -> Self {
        let mut made = Self {
            name: rule.qualified_name.clone(),
            span: rule.span,
            matching_tests: 0,
            missing_tests: 0,
            on: Vec::new(),
            clauses: Vec::new(),
        };
        // An `on` of several events is an entry for each.
        let mut spans: Vec<Span> = Vec::new();
        for on in &rule.on {
            let known = spans.iter().position(|span| *span == on.span);
            let clause = known.unwrap_or_else(|| {
                let event = schema.event(on.event);
                spans.push(on.span);
                made.on.push(clause(schema, event, on));
                spans.len() - 1
            });
            made.clauses.push(clause);
        }
        made
    }

    /// The points of its clauses.
    pub fn points(&self) -> Points {
        self.on.iter().map(Part::points).sum()
    }
}

fn clause(schema: &Schema, event: Option<&Event>, on: &tracee_lang::hir::On) -> Part {
    let printer = event.map(|event| Printer::new(schema, event));
    match on.own() {
        Some(condition) => part(Role::Condition, condition, printer.as_ref(), &[]),
        None => Part {
            role: Role::Condition,
            text: "true".into(),
            span: on.span,
            to_hold: true,
            to_fail: false,
            held: 0,
            failed: 0,
            parts: Vec::new(),
        },
    }
}

/// A part, within quantifiers whose elements go by `names`.
fn part(role: Role, expr: &Expr, printer: Option<&Printer<'_>>, names: &[String]) -> Part {
    let of = |role, one: &Expr| part(role, one, printer, names);
    let below = |role, parts: &[Expr]| parts.iter().map(|one| of(role, one)).collect();
    let parts = match &expr.kind {
        ExprKind::And(parts) => below(Role::Part, parts),
        // `addr exists` asks for any of the struct's fields; nobody wrote those.
        ExprKind::Or(parts) if parts.iter().all(|part| is_part_of_struct(part, expr)) => Vec::new(),
        ExprKind::Or(parts) => below(Role::Alternative, parts),
        ExprKind::Not(of) => below(Role::Negated, std::slice::from_ref(of)),
        ExprKind::Quantifier { over, body, .. } => {
            let name = Printer::element(over, names.len());
            let names = [names, &[name]].concat();
            vec![part(Role::Body, body, printer, &names)]
        }
        _ => Vec::new(),
    };
    let constant = matches!(expr.kind, ExprKind::Bool(_));
    let negates = matches!(expr.kind, ExprKind::Not(_));
    // What is negated is asked for through its `not`.
    let asked = !constant && role != Role::Negated;
    Part {
        role,
        text: printer.map_or(String::new(), |printer| printer.part(expr, names)),
        span: expr.span,
        to_hold: asked,
        to_fail: asked && (role != Role::Alternative || negates),
        held: 0,
        failed: 0,
        parts,
    }
}

fn is_part_of_struct(part: &Expr, whole: &Expr) -> bool {
    matches!(part.kind, ExprKind::Exists(_)) && part.span == whole.span
}

impl Part {
    /// Counts what it came to, and what of it was looked at for that.
    fn reach(&mut self, trace: &Trace<'_>) {
        self.held += u64::from(trace.holds);
        self.failed += u64::from(!trace.holds);
        let decides = match trace.expr.kind {
            ExprKind::And(_) => Some(false),
            ExprKind::Or(_) => Some(true),
            _ => None,
        };
        for (part, trace) in self.parts.iter_mut().zip(&trace.parts) {
            part.reach(trace);
            if decides == Some(trace.holds) {
                break;
            }
        }
        if let (Some(body), Some(elements)) = (self.parts.first_mut(), &trace.elements) {
            for (_, _, trace) in &elements.shown {
                body.reach(trace);
            }
        }
    }

    /// The points of it and its parts.
    pub fn points(&self) -> Points {
        let mut points: Points = self.parts.iter().map(Self::points).sum();
        points.add(self.to_hold, self.held);
        points.add(self.to_fail, self.failed);
        points
    }

    /// Adds what is missing, but not what follows from what was `said` of a part around it.
    fn gaps<'c>(&'c self, rule: Option<&'c str>, said: Said, gaps: &mut Vec<Gap<'c>>) {
        let mut said = said;
        let mut gap = |missing| {
            let span = self.span;
            gaps.push(Gap {
                span,
                rule,
                missing,
            });
        };
        if self.held + self.failed == 0 {
            // What is below can't have been reached either.
            if self.points().all > 0 && !said.never_held {
                gap(Missing::Reached(self));
            }
            return;
        }
        if self.to_hold && self.held == 0 && !said.never_held {
            gap(Missing::Held(self));
            said.never_held = true;
        }
        if self.to_fail && self.failed == 0 && !said.never_failed {
            gap(Missing::Failed(self));
            said.never_failed = true;
        }
        for part in &self.parts {
            part.gaps(rule, said, gaps);
        }
    }
}

/// What was said of a part around: its parts are why, and there is no more to do about them.
#[derive(Debug, Clone, Copy, Default)]
struct Said {
    never_held: bool,
    never_failed: bool,
}
