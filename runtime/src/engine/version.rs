//! Policies as they run, and those that ran before: a reload replaces them between two records, and what
//! the kernel's old filters let through is still decided by the old ones.

use std::collections::BTreeMap;
use std::sync::Arc;

use tracee_compiler::matcher::Matchers;
use tracee_compiler::plan::Plan;
use tracee_lang::hir::{PolicySet, RuleSeverity};
use tracee_lang::schema::Schema;

use super::passed::{Passed, SelectorTotal};
use super::signatures::{Signatures, Unanswered};
use super::targets::Targets;

/// One set of policies.
pub(super) struct Version {
    pub(super) policies: Arc<PolicySet>,
    pub(super) targets: Targets,
    pub(super) matchers: Matchers,
    pub(super) signatures: Signatures,
    /// What selectors let through, if that is counted.
    pub(super) passed: Option<Passed>,
    /// Detections, by policy and rule.
    detections: Vec<Vec<u64>>,
}

/// How often a rule matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleTotal {
    /// Its qualified name.
    pub rule: String,
    /// As it says now.
    pub severity: RuleSeverity,
    /// As it says now.
    pub title: Option<String>,
    /// How often.
    pub count: u64,
}

impl Version {
    pub(super) fn new(policies: Arc<PolicySet>, plan: &Plan, matchers: Matchers) -> Self {
        let zeros = policies.policies.iter();
        let zeros = zeros.map(|policy| vec![0; policy.rules.len()]);
        Self {
            targets: Targets::new(plan, &policies),
            matchers,
            signatures: Signatures::new(&policies),
            passed: None,
            detections: zeros.collect(),
            policies,
        }
    }

    /// Forgets what was counted.
    pub(super) fn reset(&mut self) {
        self.signatures.reset();
        for rules in &mut self.detections {
            rules.fill(0);
        }
    }

    pub(super) fn count_selectors(&mut self, schema: &Schema, plan: &Plan) {
        self.passed = Some(Passed::new(schema, &self.policies, plan));
    }

    /// Signatures that gave no answer for the first time, by name, with why.
    pub(super) fn newly_unanswered(&mut self) -> Vec<(String, String)> {
        let news = self.signatures.news().into_iter();
        let policies = &self.policies.policies;
        news.map(|((policy, rule), why)| (policies[policy].rules[rule].qualified_name.clone(), why))
            .collect()
    }

    pub(super) fn count_detection(&mut self, policy: usize, rule: usize) {
        self.detections[policy][rule] += 1;
    }
}

/// What versions counted, by the names of rules.
#[derive(Debug, Clone, Default)]
pub(super) struct Totals {
    rules: BTreeMap<String, RuleTotal>,
    unanswered: BTreeMap<String, Unanswered>,
    /// By event and text.
    selectors: BTreeMap<(String, String), SelectorTotal>,
}

impl Totals {
    /// Adds what a version counted until now.
    pub(super) fn add(&mut self, version: &Version) {
        let policies = &version.policies.policies;
        for (policy, counts) in policies.iter().zip(&version.detections) {
            for (rule, &count) in policy.rules.iter().zip(counts) {
                if count == 0 {
                    continue;
                }
                let name = &rule.qualified_name;
                let total = self.rules.entry(name.clone()).or_insert(RuleTotal {
                    rule: name.clone(),
                    severity: rule.severity,
                    title: None,
                    count: 0,
                });
                total.count += count;
                total.severity = rule.severity;
                total.title.clone_from(&rule.title);
            }
        }
        if let Some(passed) = &version.passed {
            passed.add_to(&mut self.selectors);
        }
        for ((policy, rule), more) in version.signatures.unanswered() {
            let name = policies[policy].rules[rule].qualified_name.clone();
            self.unanswered.entry(name).or_default().add(more);
        }
    }

    /// Rules that matched.
    pub(super) fn rules(self) -> Vec<RuleTotal> {
        self.rules.into_values().collect()
    }

    /// What selectors let through: by event, the most first.
    pub(super) fn selectors(self) -> Vec<SelectorTotal> {
        let mut all: Vec<_> = self.selectors.into_values().collect();
        all.sort_by(|a, b| a.event.cmp(&b.event).then(b.records.cmp(&a.records)));
        all
    }

    /// Signatures that gave no answer.
    pub(super) fn unanswered(self) -> Vec<(String, Unanswered)> {
        self.unanswered.into_iter().collect()
    }
}
