//! Sources and what they mean → [`Manual`]. What is shown as it is written comes from the syntax tree,
//! types, techniques and events from the checked policies.

use std::collections::HashMap;

use tracee_lang::ast::{self, Item, PolicyClause, RuleClause, Text};
use tracee_lang::check::Checked;
use tracee_lang::hir;
use tracee_lang::parse;
use tracee_lang::schema::Schema;
use tracee_lang::source::{SourceMap, Span};

use super::code::Code;
use super::fields;
use super::model::{Declaration, Exception, Library, Manual, Policy, Rule, Test, Used};
use super::shared::Shared;
use crate::load::Loaded;

/// The manual of policies without errors.
pub(super) fn collect(loaded: &Loaded, schema: &Schema) -> Manual {
    let sources = &loaded.sources.map;
    let policies = &loaded.checked.policies.policies;
    let cx = Collector {
        sources,
        policies: policies
            .iter()
            .map(|policy| (policy.span, policy))
            .collect(),
        tests: tests(&loaded.checked),
        schema,
    };
    let mut manual = Manual::default();
    let mut shared = Shared::default();
    for (id, file) in sources.iter() {
        let mut library = Library {
            file: file.name.to_string(),
            declarations: Vec::new(),
            tests: Vec::new(),
        };
        for item in parse::parse(sources, id).file.items {
            match item {
                Item::Policy(policy) => {
                    // Those of files that are only imported do not run.
                    if let Some(checked) = cx.policies.get(&policy.span) {
                        let mut made = cx.policy(&policy, checked, &library.file);
                        made.used = shared.used(checked, &made, &cx);
                        made.exceptions = cx.exceptions(&policy, checked, &made.used);
                        manual.policies.push(made);
                    }
                }
                Item::List(list) => library.declarations.push(Declaration {
                    kind: "list",
                    name: list.name.text.into(),
                    doc: list.doc.into(),
                    code: cx.code(list.span),
                }),
                Item::Let(of) => library.declarations.push(Declaration {
                    kind: "let",
                    name: of.name.text.into(),
                    doc: of.doc.into(),
                    code: cx.code(of.span),
                }),
                Item::Test(test) => {
                    library.tests.push(Test {
                        title: text(&test.title),
                        doc: test.doc.into(),
                        of: test.of.as_ref().map(path),
                    });
                }
                _ => {}
            }
        }
        if !library.declarations.is_empty() || !library.tests.is_empty() {
            manual.libraries.push(library);
        }
    }
    // Of the standard library only what is used.
    let own = loaded.checked.library.iter();
    for rule in own.filter(|rule| !rule.span.file.is_standard()) {
        shared.add(rule, &cx);
    }
    manual.shared = shared.rules;
    manual
}

/// What the tests show that expect a rule, or expect it not to match, by the rule's place.
fn tests(checked: &Checked) -> HashMap<Span, Vec<String>> {
    let mut tests: HashMap<Span, Vec<String>> = HashMap::new();
    for test in &checked.tests {
        let Some(policy) = checked.policy_of(test) else {
            continue;
        };
        let mut rules: Vec<usize> = test.expect.iter().flat_map(|of| of.rules.clone()).collect();
        rules.sort_unstable();
        rules.dedup();
        for rule in rules.into_iter().filter_map(|rule| policy.rules.get(rule)) {
            tests.entry(rule.span).or_default().push(test.title.clone());
        }
    }
    tests
}

pub(super) struct Collector<'a> {
    pub(super) sources: &'a SourceMap,
    /// Those that run, by the places of their declarations.
    policies: HashMap<Span, &'a hir::Policy>,
    /// What the tests of each rule show.
    tests: HashMap<Span, Vec<String>>,
    schema: &'a Schema,
}

impl Collector<'_> {
    fn code(&self, span: Span) -> Code {
        Code::at(self.sources, span)
    }

    fn policy(&self, policy: &ast::Policy, checked: &hir::Policy, file: &str) -> Policy {
        let mut made = Policy {
            name: policy.name.text.to_string(),
            file: file.to_owned(),
            doc: policy.doc.to_string(),
            ..Policy::default()
        };
        let rules = checked.rules.iter().map(|rule| (rule.span, rule));
        let rules: HashMap<Span, &hir::Rule> = rules.collect();
        for clause in &policy.clauses {
            match clause {
                PolicyClause::Version(of) => made.version = Some(text(of)),
                PolicyClause::Description(of) => made.description = Some(text(of)),
                PolicyClause::Labels(of, _) => made.labels = of.iter().map(text).collect(),
                PolicyClause::Mode(of) => made.mode = Some(of.text.to_string()),
                PolicyClause::Scope(_, span) => made.scope = Some(self.code(*span)),
                PolicyClause::Select(on) => made.selects.push(self.code(on.span)),
                PolicyClause::Rule(rule) => {
                    let checked = rules.get(&rule.span);
                    made.rules
                        .extend(checked.map(|checked| self.rule(rule, checked)));
                }
                // What it brings, and for what exceptions are, is known of the checked policy.
                PolicyClause::Use(_) | PolicyClause::Except(_) | PolicyClause::Error => {}
            }
        }
        made
    }

    pub(super) fn rule(&self, rule: &ast::Rule, checked: &hir::Rule) -> Rule {
        let mut made = self.metadata(checked);
        for clause in &rule.clauses {
            match clause {
                RuleClause::On(on) => made.on.push(self.code(on.span)),
                RuleClause::Message(of) => made.message = Some(text(of)),
                RuleClause::Description(of) => made.description = Some(text(of)),
                RuleClause::References(of, _) => made.references = of.iter().map(text).collect(),
                RuleClause::Except(of) => made.exceptions.extend(self.exception(of, checked)),
                RuleClause::Action(of) => made.action = Some(of.text.to_string()),
                RuleClause::Output(of, _) => {
                    for field in of {
                        if let ast::OutputField::Field { name, value } = field {
                            made.output
                                .push((name.text.to_string(), self.code(value.span)));
                        }
                    }
                }
                RuleClause::Id(_)
                | RuleClause::Title(_)
                | RuleClause::Severity(_)
                | RuleClause::Attack(..)
                | RuleClause::Error => {}
            }
        }
        made
    }

    /// An OPA signature.
    pub(super) fn signature(&self, checked: &hir::Rule) -> Rule {
        let mut made = self.metadata(checked);
        made.doc = "An OPA signature, evaluated by regorus.".to_owned();
        made.description.clone_from(&checked.description);
        made
    }

    /// What is known of a rule without what is written in its clauses.
    fn metadata(&self, checked: &hir::Rule) -> Rule {
        Rule {
            name: checked.qualified_name.clone(),
            anchor: checked.qualified_name.clone(),
            file: None,
            used_by: Vec::new(),
            doc: checked.doc.clone(),
            description: None,
            id: checked.id.clone(),
            title: checked
                .title
                .clone()
                .filter(|title| !title.trim().is_empty()),
            severity: checked.severity,
            attack: checked.attack.clone(),
            references: Vec::new(),
            on: Vec::new(),
            events: fields::events(checked, self.schema),
            fields: fields::fields(checked, self.schema),
            message: None,
            output: Vec::new(),
            action: None,
            exceptions: Vec::new(),
            tests: self.tests.get(&checked.span).cloned().unwrap_or_default(),
        }
    }

    /// What a policy's own clauses except.
    fn exceptions(
        &self,
        policy: &ast::Policy,
        checked: &hir::Policy,
        used: &[Used],
    ) -> Vec<Exception> {
        let clauses = policy.clauses.iter().filter_map(|clause| match clause {
            PolicyClause::Except(of) => Some(of),
            _ => None,
        });
        let mut made = Vec::new();
        for of in clauses {
            let has = |rule: &&hir::Rule| rule.exceptions.iter().any(|one| one.span == of.span);
            let Some(rule) = checked.rules.iter().find(has) else {
                continue;
            };
            let named_alone = of.rule.as_ref().is_some_and(|path| !path.all);
            let name = &rule.qualified_name;
            let anchor = match rule.used {
                None => Some(name.clone()),
                Some(_) => used
                    .iter()
                    .find(|used| used.name == *name)
                    .map(|used| used.anchor.clone()),
            };
            made.extend(self.exception(of, rule).map(|exception| Exception {
                anchor: anchor.filter(|_| named_alone),
                ..exception
            }));
        }
        made
    }

    /// An exception of a rule; one with errors is none.
    fn exception(&self, of: &ast::Except, rule: &hir::Rule) -> Option<Exception> {
        let mut checked = rule.exceptions.iter();
        let checked = checked.find(|one| one.span == of.span)?;
        Some(Exception {
            rule: of.rule.as_ref().map(path),
            anchor: None,
            reason: checked.reason.clone(),
            expires: checked
                .expires
                .as_ref()
                .map(|expiry| expiry.written.clone()),
            expired: checked.expired,
            condition: self.code(of.condition.as_ref()?.span),
        })
    }
}

/// A clause's text. Bytes that are not UTF-8 are shown as replaced.
fn text(of: &Text) -> String {
    String::from_utf8_lossy(&of.bytes).into_owned()
}

fn path(of: &ast::Path) -> String {
    let mut names: Vec<&str> = of.names.iter().map(|name| name.text.as_str()).collect();
    names.extend(of.all.then_some("*"));
    names.join(".")
}
