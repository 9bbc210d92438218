//! OPA signatures: asked after everything else was decided of an event, and only of those that they select.
//!
//! One that takes too long is left alone for a while, so that it costs little however often its events
//! come: one event after the first time in a row, then 3, 7 … up to [`MAX_SKIPPED`]. All that got no answer
//! is counted.
//!
//! Where a signature was made a condition ([`Decision`]), that condition was decided with those of other
//! rules, and regorus is asked only what it leaves open.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;
use tracee_compiler::matcher::TargetSet;
use tracee_compiler::plan::TargetKind;
use tracee_lang::hir::{Expr, PolicySet, Rule};
use tracee_lang::schema::EventId;
use tracee_lang::signature::{Decision, Signature};
use tracee_rego::{Evaluator, Failed, Input, Match};

use super::matched::{MatchedEvent, SignatureMatch};
use super::targets::Target;
use crate::output::EventObject;

/// The most events that a signature is not asked of after it took too long.
const MAX_SKIPPED: u32 = 1023;

/// What became of the questions to a signature that got no answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Unanswered {
    /// So often it went wrong.
    pub errors: u64,
    /// What was wrong first.
    pub first_error: Option<String>,
    /// So often it took more steps than an evaluation may.
    pub over_budget: u64,
    /// So often it was not asked, because it had taken too long before.
    pub skipped: u64,
}

/// The signatures of all policies.
#[derive(Debug, Default)]
pub(super) struct Signatures {
    /// By policy and rule.
    all: HashMap<(usize, usize), Asked>,
    /// By policy, rule and event; none of those that were not lowered.
    decisions: HashMap<(usize, usize, EventId), Arc<Decision>>,
    /// Those that gave no answer for the first time, by policy and rule, and nobody was told.
    news: Vec<(usize, usize)>,
}

/// What signatures say of an event that they select. Those that say no are taken out of `matching`.
/// `holds` evaluates a condition for the event.
pub(super) fn ask(
    asked: &[Target],
    event: &MatchedEvent<'_>,
    signatures: &mut Signatures,
    matching: &mut TargetSet,
    holds: &dyn Fn(&Expr) -> bool,
) -> Vec<(Target, Match)> {
    let mut input = None;
    let mut matches = Vec::new();
    for target in asked {
        let TargetKind::Rule(at) = target.kind else {
            continue;
        };
        if signatures.is_decided(target.policy, at, event.event.id, holds) {
            matches.push((*target, Match::Plain));
            continue;
        }
        // Made once, and only if somebody wants it.
        let input = input.get_or_insert_with(|| Input::new(&EventObject::new(event)));
        let answer = match input {
            Ok(input) => signatures.ask(target.policy, at, input),
            Err(error) => {
                signatures.fail(target.policy, at, &error.to_string());
                None
            }
        };
        match answer {
            Some(answer) => matches.push((*target, answer)),
            None => matching.remove(target.bit),
        }
    }
    matches
}

/// What a detection says of its signature.
pub(super) fn said<'a>(
    rule: &'a Rule,
    properties: Option<&'a serde_json::Value>,
    answer: &'a Match,
) -> Option<SignatureMatch<'a>> {
    Some(SignatureMatch {
        signature: rule.signature.as_deref()?,
        properties: properties?,
        data: match answer {
            Match::With(data) => Some(data),
            Match::Plain => None,
        },
    })
}

#[derive(Debug)]
struct Asked {
    evaluator: Evaluator,
    properties: serde_json::Value,
    /// It is not asked of so many more events.
    skip: u32,
    /// How many it was not asked of the last time.
    skipped: u32,
    unanswered: Unanswered,
    /// Whether it was said that there is something in `unanswered`.
    is_told: bool,
}

impl Signatures {
    pub(super) fn new(policies: &PolicySet) -> Self {
        let (mut all, mut decisions) = (HashMap::new(), HashMap::new());
        for (policy, of) in policies.policies.iter().enumerate() {
            for (at, rule) in of.rules.iter().enumerate() {
                let Some(signature) = &rule.signature else {
                    continue;
                };
                all.insert((policy, at), Asked::new(signature));
                for on in &rule.on {
                    if let Some(decision) = &on.decision {
                        decisions.insert((policy, at, on.event), Arc::clone(decision));
                    }
                }
            }
        }
        Self {
            all,
            decisions,
            news: Vec::new(),
        }
    }

    /// Whether an event that the rule's condition let through is known to match, as it is.
    fn is_decided(
        &self,
        policy: usize,
        rule: usize,
        event: EventId,
        holds: &dyn Fn(&Expr) -> bool,
    ) -> bool {
        match self.decisions.get(&(policy, rule, event)).map(|one| &**one) {
            Some(Decision::Compiled { output }) => !output,
            Some(Decision::Guarded {
                sure: Some(sure), ..
            }) => holds(sure),
            Some(Decision::Guarded { sure: None, .. } | Decision::Interpreted { .. }) | None => {
                false
            }
        }
    }

    /// Forgets what was counted.
    pub(super) fn reset(&mut self) {
        for asked in self.all.values_mut() {
            (asked.skip, asked.skipped) = (0, 0);
            asked.unanswered = Unanswered::default();
            asked.is_told = false;
        }
        self.news.clear();
    }

    /// What the rule's signature says of the event: [`None`] if it does not match, or gave no answer.
    pub(super) fn ask(&mut self, policy: usize, rule: usize, event: &Input) -> Option<Match> {
        let asked = self.all.get_mut(&(policy, rule))?;
        let answer = asked.ask(event);
        self.notice(policy, rule);
        answer
    }

    /// The event has no form that can be asked of.
    pub(super) fn fail(&mut self, policy: usize, rule: usize, why: &str) {
        if let Some(asked) = self.all.get_mut(&(policy, rule)) {
            asked.unanswered.error(why.to_owned());
        }
        self.notice(policy, rule);
    }

    /// Keeps for [`Self::news`] that a signature gave no answer, once.
    fn notice(&mut self, policy: usize, rule: usize) {
        if let Some(asked) = self.all.get_mut(&(policy, rule))
            && !asked.is_told
            && asked.unanswered != Unanswered::default()
        {
            asked.is_told = true;
            self.news.push((policy, rule));
        }
    }

    /// Signatures that gave no answer, by policy and rule, with why: each once.
    pub(super) fn news(&mut self) -> Vec<((usize, usize), String)> {
        let news = std::mem::take(&mut self.news).into_iter();
        let why = |at: &(usize, usize)| match &self.all.get(at)?.unanswered.first_error {
            Some(error) => Some(error.clone()),
            None => Some("it takes too many steps".to_owned()),
        };
        news.filter_map(|at| Some((at, why(&at)?))).collect()
    }

    /// `properties` of its metadata.
    pub(super) fn properties(&self, policy: usize, rule: usize) -> Option<&serde_json::Value> {
        self.all.get(&(policy, rule)).map(|asked| &asked.properties)
    }

    /// What got no answer, by policy and rule.
    pub(super) fn unanswered(&self) -> Vec<((usize, usize), &Unanswered)> {
        let all = self.all.iter();
        let mut some: Vec<_> = all
            .map(|(at, asked)| (*at, &asked.unanswered))
            .filter(|(_, unanswered)| **unanswered != Unanswered::default())
            .collect();
        some.sort_by_key(|(at, _)| *at);
        some
    }
}

impl Asked {
    fn new(signature: &Signature) -> Self {
        Self {
            evaluator: Evaluator::new(signature),
            // It was made from JSON.
            properties: serde_json::from_str(&signature.properties).unwrap_or_default(),
            skip: 0,
            skipped: 0,
            unanswered: Unanswered::default(),
            is_told: false,
        }
    }

    fn ask(&mut self, event: &Input) -> Option<Match> {
        if self.skip > 0 {
            self.skip -= 1;
            self.unanswered.skipped += 1;
            return None;
        }
        let answer = self.evaluator.evaluate(event);
        match &answer {
            Err(Failed::OverBudget) => {
                self.unanswered.over_budget += 1;
                self.skipped = (2 * self.skipped + 1).min(MAX_SKIPPED);
                self.skip = self.skipped;
            }
            Err(Failed::Error(why)) => self.unanswered.error(why.clone()),
            Ok(_) => self.skipped = 0,
        }
        answer.ok().flatten()
    }
}

impl Unanswered {
    /// Adds what the same signature did in other policies.
    pub(super) fn add(&mut self, more: &Self) {
        self.errors += more.errors;
        self.over_budget += more.over_budget;
        self.skipped += more.skipped;
        if self.first_error.is_none() {
            self.first_error.clone_from(&more.first_error);
        }
    }

    fn error(&mut self, why: String) {
        self.errors += 1;
        self.first_error.get_or_insert(why);
    }
}
