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
use super::model::{Declaration, Exception, Library, Manual, Policy, Rule, Test};
use crate::load::Loaded;

/// The manual of policies without errors.
pub(super) fn collect(loaded: &Loaded, schema: &Schema) -> Manual {
    let checked = &loaded.checked;
    let rules = checked
        .policies
        .policies
        .iter()
        .flat_map(|policy| &policy.rules);
    let cx = Collector {
        sources: &loaded.sources.map,
        rules: rules.map(|rule| (rule.span, rule)).collect(),
        tests: tests(checked),
        schema,
    };
    let mut manual = Manual::default();
    for (id, file) in loaded.sources.map.iter() {
        let mut library = Library {
            file: file.name.to_string(),
            declarations: Vec::new(),
            tests: Vec::new(),
        };
        for item in parse::parse(&loaded.sources.map, id).file.items {
            match item {
                Item::Policy(policy) => {
                    manual.policies.push(cx.policy(&policy, &library.file));
                }
                Item::List(list) => library.declarations.push(Declaration {
                    kind: "list",
                    name: list.name.text,
                    doc: list.doc,
                    code: cx.code(list.span),
                }),
                Item::Let(of) => library.declarations.push(Declaration {
                    kind: "let",
                    name: of.name.text,
                    doc: of.doc,
                    code: cx.code(of.span),
                }),
                Item::Test(test) => {
                    library.tests.push(Test {
                        title: text(&test.title),
                        doc: test.doc,
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
    manual
}

/// What the tests show that expect a rule, or expect it not to match, by the rule's place.
fn tests(checked: &Checked) -> HashMap<Span, Vec<String>> {
    let mut tests: HashMap<Span, Vec<String>> = HashMap::new();
    for test in &checked.tests {
        let Some(policy) = checked.policies.policies.get(test.policy) else {
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

struct Collector<'a> {
    sources: &'a SourceMap,
    /// By the places of their declarations.
    rules: HashMap<Span, &'a hir::Rule>,
    /// What the tests of each rule show.
    tests: HashMap<Span, Vec<String>>,
    schema: &'a Schema,
}

impl Collector<'_> {
    fn code(&self, span: Span) -> Code {
        Code::at(self.sources, span)
    }

    fn policy(&self, policy: &ast::Policy, file: &str) -> Policy {
        let mut made = Policy {
            name: policy.name.text.clone(),
            file: file.to_owned(),
            doc: policy.doc.clone(),
            ..Policy::default()
        };
        for clause in &policy.clauses {
            match clause {
                PolicyClause::Version(of) => made.version = Some(text(of)),
                PolicyClause::Description(of) => made.description = Some(text(of)),
                PolicyClause::Labels(of, _) => made.labels = of.iter().map(text).collect(),
                PolicyClause::Mode(of) => made.mode = Some(of.text.clone()),
                PolicyClause::Scope(_, span) => made.scope = Some(self.code(*span)),
                PolicyClause::Select(on) => made.selects.push(self.code(on.span)),
                PolicyClause::Use(of) => made.uses.extend(of.iter().map(path)),
                PolicyClause::Except(of) => made.exceptions.push(self.exception(of)),
                PolicyClause::Rule(rule) => {
                    let checked = self.rules.get(&rule.span);
                    made.rules
                        .extend(checked.map(|checked| self.rule(rule, checked)));
                }
                PolicyClause::Error => {}
            }
        }
        made
    }

    fn rule(&self, rule: &ast::Rule, checked: &hir::Rule) -> Rule {
        let mut made = Rule {
            name: checked.qualified_name.clone(),
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
            tests: self.tests.get(&rule.span).cloned().unwrap_or_default(),
        };
        for clause in &rule.clauses {
            match clause {
                RuleClause::On(on) => made.on.push(self.code(on.span)),
                RuleClause::Message(of) => made.message = Some(text(of)),
                RuleClause::Description(of) => made.description = Some(text(of)),
                RuleClause::References(of, _) => made.references = of.iter().map(text).collect(),
                RuleClause::Except(of) => made.exceptions.push(self.exception(of)),
                RuleClause::Action(of) => made.action = Some(of.text.clone()),
                RuleClause::Output(of, _) => {
                    for field in of {
                        if let ast::OutputField::Field { name, value } = field {
                            made.output.push((name.text.clone(), self.code(value.span)));
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

    fn exception(&self, of: &ast::Except) -> Exception {
        Exception {
            rule: of.rule.as_ref().map(path),
            reason: of.reason.as_ref().map(text),
            expires: of
                .expires
                .map(|date| self.sources.slice(date.span).to_owned()),
            condition: of
                .condition
                .as_ref()
                .map(|condition| self.code(condition.span)),
        }
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
