//! The policies and rules that a test names.

use std::collections::{HashMap, HashSet};

use crate::ast::{self, Item, Name, Path, PolicyClause, TestDecl};
use crate::check::Context;
use crate::check::library::Library;
use crate::check::resolve::Scope;
use crate::check::schema::meant;
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::hir::{Policy, PolicySet, Rule};
use crate::source::Span;

/// The most names that are looked through for a suggestion.
const MAX_SUGGESTED: usize = 1000;

/// What a test is for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject {
    pub(super) policy: usize,
    pub(super) rule: Option<usize>,
}

/// Adds the rules outside of policies that tests are for, each once. By what the tests write: the policy
/// that was made of it.
pub(super) fn alone<'a>(
    tests: impl Iterator<Item = (&'a TestDecl, Scope<'a, 'a>)>,
    library: &Library,
    set: &mut PolicySet,
    cx: &mut Context<'_>,
) -> HashMap<Span, usize> {
    let mut made: HashMap<(Span, String), usize> = HashMap::new();
    let mut by_subject = HashMap::new();
    for (test, scope) in tests {
        let Some(path) = &test.of else { continue };
        if let Some(policy) = library.alone(path, scope, cx) {
            let at = *made
                .entry((policy.span, policy.name.clone()))
                .or_insert_with(|| {
                    set.policies.push(policy);
                    set.policies.len() - 1
                });
            by_subject.insert(path.span, at);
        }
    }
    by_subject
}

/// The policies, and what is not known of them.
pub(super) struct Subjects<'a> {
    policies: &'a [Policy],
    /// Policies that are one rule, by the paths that name it.
    alone: HashMap<Span, usize>,
    /// Every policy that was written is there.
    complete: bool,
    /// Policies with a clause that could not be read: it may have been the rule.
    damaged: HashSet<&'a str>,
}

impl<'a> Subjects<'a> {
    pub(super) fn new(
        files: impl Iterator<Item = &'a ast::File> + Clone,
        complete: bool,
        policies: &'a PolicySet,
        alone: HashMap<Span, usize>,
    ) -> Self {
        let items = || files.clone().flat_map(|file| &file.items);
        let damaged = items().filter_map(|item| match item {
            Item::Policy(policy) => {
                let lost = |clause| matches!(clause, &PolicyClause::Error);
                let damaged = policy.clauses.iter().any(lost);
                damaged.then_some(policy.name.text.as_str())
            }
            _ => None,
        });
        Self {
            policies: &policies.policies,
            alone,
            complete: complete && !items().any(|item| matches!(item, Item::Error)),
            damaged: damaged.collect(),
        }
    }

    /// What stands after `for`: `web_tier`, `web_tier.shell`, or a rule outside of policies.
    pub(super) fn of(&self, path: &Path, cx: &mut Context<'_>) -> Option<Subject> {
        if path.all {
            let message = "a test is for one policy or one rule";
            cx.report(Diagnostic::error(
                codes::TEST_FOR_NOTHING,
                message,
                path.span,
            ));
            return None;
        }
        if let Some(&policy) = self.alone.get(&path.span) {
            let rule = Some(0);
            return Some(Subject { policy, rule });
        }
        let first = path.names.first()?;
        let mut running = self.policies.iter().enumerate();
        let found = running.find(|(at, one)| {
            one.name == first.text && !self.alone.values().any(|alone| alone == at)
        });
        let Some((policy, _)) = found else {
            if self.complete {
                let message = format!("no policy is called `{}`", first.text);
                let rules = self.policies.iter().flat_map(|policy| &policy.rules);
                let rules = rules.map(|rule| rule.qualified_name.as_str());
                let policies = self.policies.iter().map(|policy| policy.name.as_str());
                unknown(&message, path, policies.chain(rules), cx);
            }
            return None;
        };
        let rule = match path.names.get(1..) {
            None | Some([]) => None,
            Some(_) => {
                let written = written(path);
                match self.rule(policy, |rule| rule.qualified_name == written) {
                    Some(rule) => Some(rule),
                    None => {
                        self.no_rule(policy, path, cx);
                        return None;
                    }
                }
            }
        };
        Some(Subject { policy, rule })
    }

    /// The rules that an `expect` names: one, all of the policy (`web_tier`), all below a name
    /// (`std.*`). A rule of the policy itself may be written without the policy's name.
    pub(super) fn expected(
        &self,
        subject: Subject,
        path: &Path,
        cx: &mut Context<'_>,
    ) -> Option<Vec<usize>> {
        let policy = &self.policies[subject.policy];
        let written = written(path);
        let below = format!("{written}.");
        let whole = written == policy.name;
        let bare = path.names.len() == 1 && !path.all;
        if bare && let Some(rule) = self.rule(subject.policy, |rule| rule.name == written) {
            return Some(vec![rule]);
        }
        let named = |rule: &Rule| match path.all || whole {
            true => whole || rule.qualified_name.starts_with(&below),
            false => rule.qualified_name == written,
        };
        let rules: Vec<usize> = (0..)
            .zip(&policy.rules)
            .filter(|(_, rule)| named(rule))
            .map(|(at, _)| at)
            .collect();
        if !rules.is_empty() {
            return Some(rules);
        }
        self.no_rule(subject.policy, path, cx);
        None
    }

    fn rule(&self, policy: usize, is: impl Fn(&Rule) -> bool) -> Option<usize> {
        self.policies[policy].rules.iter().position(is)
    }

    /// Reports a rule that the policy does not have, unless it may have been given up.
    fn no_rule(&self, policy: usize, path: &Path, cx: &mut Context<'_>) {
        let policy = &self.policies[policy];
        if self.damaged.contains(policy.name.as_str()) {
            return;
        }
        let written = cx.map.slice(path.span);
        let known = |one: &Policy| one.name == written;
        let message = match self.policies.iter().any(known) {
            true if policy.name == written => format!("policy `{written}` has no rules"),
            true => format!(
                "`{written}` is another policy; the test is for `{}`",
                policy.name
            ),
            false => format!("policy `{}` has no rule `{written}`", policy.name),
        };
        let rules = policy.rules.iter().flat_map(|rule| {
            let bare = (path.names.len() == 1).then_some(rule.name.as_str());
            [Some(rule.qualified_name.as_str()), bare]
        });
        unknown(
            &message,
            path,
            rules.flatten().chain([policy.name.as_str()]),
            cx,
        );
    }
}

/// Reports names that are nothing, with what may have been meant.
fn unknown<'n>(
    message: &str,
    path: &Path,
    known: impl Iterator<Item = &'n str>,
    cx: &mut Context<'_>,
) {
    let whole = Name {
        text: written(path).into(),
        span: path.span,
    };
    let diagnostic = Diagnostic::error(codes::UNKNOWN_RULE, message, path.span);
    let known = known.filter(|known| *known != whole.text);
    cx.report(meant(diagnostic, &whole, known.take(MAX_SUGGESTED)));
}

/// The names without the `.*`.
fn written(path: &Path) -> String {
    let names: Vec<_> = path.names.iter().map(|name| name.text.as_str()).collect();
    names.join(".")
}
