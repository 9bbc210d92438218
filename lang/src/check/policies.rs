//! Policies and rules. What events they name is in [`events`], what else they say in [`metadata`]
//! and [`output`].

mod events;
mod metadata;
mod output;

use std::collections::HashMap;

use ecow::EcoString;

use super::Context;
use super::attack;
use super::condition::{ArgumentTypes, Condition};
use super::exceptions;
use super::library::Library;
use super::message;
use super::resolve::Scope;
use crate::ast::{self, Item, PolicyClause, RuleClause, Text};
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::hir::{self, RuleSeverity};
use crate::source::Span;
pub(super) use events::unknown_event;
pub(super) use metadata::action;

/// Names that must differ, with their first places.
pub(super) type Taken = HashMap<EcoString, Span>;

/// Names that must differ in all files.
#[derive(Default)]
pub(super) struct AllTaken {
    policies: Taken,
    pub(super) rule_ids: Taken,
}

/// Checks the policies of one file.
pub(super) fn check(
    file: &ast::File,
    names: Scope<'_, '_>,
    library: &Library,
    taken: &mut AllTaken,
    cx: &mut Context<'_>,
) -> Vec<hir::Policy> {
    let mut made = Vec::new();
    for item in &file.items {
        if let Item::Policy(policy) = item {
            let name = &policy.name;
            take("policy", &name.text, name.span, &mut taken.policies, cx);
            made.push(self::policy(
                policy,
                names,
                library,
                &mut taken.rule_ids,
                cx,
            ));
        }
    }
    made
}

fn policy(
    policy: &ast::Policy,
    names: Scope<'_, '_>,
    library: &Library,
    rule_ids: &mut Taken,
    cx: &mut Context<'_>,
) -> hir::Policy {
    let mut made = hir::Policy {
        name: policy.name.text.to_string(),
        doc: policy.doc.to_string(),
        version: None,
        description: None,
        labels: Vec::new(),
        scope: None,
        selects: Vec::new(),
        rules: Vec::new(),
        span: policy.span,
    };
    let mut once = Once::default();
    let mut rule_names = Taken::new();
    let mut complete = true;
    for clause in &policy.clauses {
        match clause {
            PolicyClause::Version(text) => {
                once.take("version", text.span, cx);
                made.version = utf8(text, cx);
            }
            PolicyClause::Scope(condition, span) => {
                once.take("scope", *span, cx);
                let mut arguments = ArgumentTypes::new();
                made.scope = Condition::new(cx, names, None, &mut arguments).expr(condition);
            }
            PolicyClause::Select(on) => made.selects.extend(events::on(on, names, cx)),
            PolicyClause::Rule(rule) => {
                take("rule", &rule.name.text, rule.name.span, &mut rule_names, cx);
                let qualified = format!("{}.{}", policy.name.text, rule.name.text);
                made.rules
                    .push(self::rule(rule, qualified, names, rule_ids, cx));
            }
            PolicyClause::Description(text) => {
                once.take("description", text.span, cx);
                made.description = utf8(text, cx);
            }
            PolicyClause::Labels(labels, span) => {
                once.take("labels", *span, cx);
                made.labels = metadata::texts("label", labels, cx);
            }
            PolicyClause::Mode(name) => {
                once.take("mode", name.span, cx);
                metadata::mode(name, cx);
            }
            PolicyClause::Use(paths) => {
                for path in paths {
                    complete &= library.used(path, names, &mut made, rule_ids, cx);
                }
            }
            // After the rules, wherever it stands.
            PolicyClause::Except(_) | PolicyClause::Error => {}
        }
    }
    exceptions::of_policy(policy, complete, &mut made, names, cx);
    let does_something = policy.clauses.iter().any(|c| {
        matches!(
            c,
            PolicyClause::Select(_)
                | PolicyClause::Rule(_)
                | PolicyClause::Use(_)
                | PolicyClause::Error
        )
    });
    if !does_something {
        let message = format!("policy `{}` does nothing", made.name);
        cx.report(
            Diagnostic::warning(codes::EMPTY_POLICY, message, policy.name.span)
                .help("give it a `select`, a `rule` or a `use`"),
        );
    }
    made
}

/// Checks a rule, if it is not known from a check before.
pub(super) fn rule(
    rule: &ast::Rule,
    qualified_name: String,
    names: Scope<'_, '_>,
    rule_ids: &mut Taken,
    cx: &mut Context<'_>,
) -> hir::Rule {
    if let Some(known) = cx.known_rule(rule, &qualified_name, rule_ids) {
        return known;
    }
    let mark = cx.mark();
    let made = look_at(rule, qualified_name, names, rule_ids, cx);
    cx.keep_rule(&made, mark);
    made
}

fn look_at(
    rule: &ast::Rule,
    qualified_name: String,
    names: Scope<'_, '_>,
    rule_ids: &mut Taken,
    cx: &mut Context<'_>,
) -> hir::Rule {
    let mut made = hir::Rule {
        name: rule.name.text.to_string(),
        qualified_name,
        doc: rule.doc.to_string(),
        id: None,
        title: None,
        description: None,
        references: Vec::new(),
        severity: RuleSeverity::Medium,
        attack: Vec::new(),
        message: None,
        output: Vec::new(),
        on: Vec::new(),
        exceptions: Vec::new(),
        used: None,
        signature: None,
        span: rule.span,
    };
    let mut once = Once::default();
    let mut template = None;
    let mut output = None;
    let mut excepted = Vec::new();
    let mut has_event = false;
    for clause in &rule.clauses {
        match clause {
            RuleClause::Id(text) => {
                once.take("id", text.span, cx);
                made.id = utf8(text, cx);
                if let Some(id) = &made.id {
                    take("rule id", id, text.span, rule_ids, cx);
                }
            }
            RuleClause::Title(text) => {
                once.take("title", text.span, cx);
                made.title = utf8(text, cx);
            }
            RuleClause::Severity(name) => {
                once.take("severity", name.span, cx);
                made.severity = metadata::severity(name, cx).unwrap_or(made.severity);
            }
            RuleClause::Attack(ids, span) => {
                once.take("attack", *span, cx);
                made.attack = attack::check(ids, cx);
            }
            RuleClause::On(on) => {
                has_event = true;
                made.on.extend(events::on(on, names, cx));
            }
            RuleClause::Message(text) => {
                once.take("message", text.span, cx);
                template = Some(text);
            }
            RuleClause::Description(text) => {
                once.take("description", text.span, cx);
                made.description = utf8(text, cx);
            }
            RuleClause::References(references, span) => {
                once.take("references", *span, cx);
                made.references = metadata::texts("reference", references, cx);
            }
            RuleClause::Except(except) => excepted.push(&**except),
            RuleClause::Output(fields, span) => {
                once.take("output", *span, cx);
                output = Some((fields, *span));
            }
            RuleClause::Action(name) => {
                once.take("action", name.span, cx);
                metadata::action(name, cx);
            }
            RuleClause::Error => has_event = true,
        }
    }
    if !has_event {
        let message = format!("rule `{}` has no `on`", made.name);
        cx.report(
            Diagnostic::error(codes::NO_EVENT, message, rule.name.span)
                .help("write `on EVENT where CONDITION;`"),
        );
    }
    // After the events, wherever it stands, and also of those whose condition is wrong.
    let on = rule.clauses.iter().filter_map(|clause| match clause {
        RuleClause::On(on) => Some(&on.events),
        _ => None,
    });
    let events = on.flatten().flat_map(|name| events::named(name, cx.schema));
    let events: Vec<_> = events.map(|event| event.id).collect();
    made.on.shrink_to_fit();
    made.message = template.and_then(|text| message::check(text, &events, cx));
    if let Some((fields, span)) = output {
        made.output = output::check(fields, span, &events, names, cx);
    }
    exceptions::of_rule(&excepted, &mut made, names, cx);
    made
}

/// The text of a clause that a person reads.
pub(super) fn utf8(text: &Text, cx: &mut Context<'_>) -> Option<String> {
    let made = std::str::from_utf8(&text.bytes).ok().map(str::to_owned);
    if made.is_none() {
        let message = "the text is not UTF-8";
        cx.report(Diagnostic::error(codes::BAD_STRING, message, text.span));
    }
    made
}

pub(super) fn take(kind: &str, name: &str, span: Span, taken: &mut Taken, cx: &mut Context<'_>) {
    if name.is_empty() {
        return; // a name that is missing, which was reported
    }
    if let Some(first) = taken.get(name) {
        let message = format!("{kind} `{name}` exists twice");
        cx.report(
            Diagnostic::error(codes::DUPLICATE_NAME, message, span).related(*first, "first here"),
        );
    } else {
        taken.insert(name.into(), span);
    }
}

/// Clauses that may stand once in a block.
#[derive(Default)]
struct Once(Vec<(&'static str, Span)>);

impl Once {
    fn take(&mut self, clause: &'static str, span: Span, cx: &mut Context<'_>) {
        if let Some((_, first)) = self.0.iter().find(|(known, _)| *known == clause) {
            let message = format!("`{clause}` is there twice");
            cx.report(
                Diagnostic::error(codes::DUPLICATE_CLAUSE, message, span)
                    .related(*first, "first here"),
            );
        } else {
            self.0.push((clause, span));
        }
    }
}
