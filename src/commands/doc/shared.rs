//! Rules outside of policies: each is said once, wherever it is used.

use std::collections::{HashMap, HashSet};

use tracee_lang::ast::{self, Item};
use tracee_lang::hir;
use tracee_lang::parse;
use tracee_lang::source::{FileId, Span};

use super::collect::Collector;
use super::model::{Policy, Rule, Used};

/// How the anchors of rules outside of policies begin.
pub(super) const PREFIX: &str = "shared-";

/// Those that were met so far.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// In the order in which policies use them.
    pub(super) rules: Vec<Rule>,
    /// Where they are in it, by the places of their declarations.
    places: HashMap<Span, usize>,
    taken: HashSet<String>,
    files: HashMap<FileId, ast::File>,
}

impl Shared {
    /// The rules that a policy has beside its own.
    pub(super) fn used(
        &mut self,
        checked: &hir::Policy,
        own: &Policy,
        cx: &Collector<'_>,
    ) -> Vec<Used> {
        let policy = &own.name;
        let own: HashSet<&str> = own.rules.iter().map(|rule| rule.name.as_str()).collect();
        let mut used = Vec::new();
        for rule in &checked.rules {
            if own.contains(rule.qualified_name.as_str()) {
                continue;
            }
            if let Some(shared) = self.add(rule, cx) {
                shared.used_by.push(policy.clone());
                used.push(Used {
                    name: rule.qualified_name.clone(),
                    anchor: shared.anchor.clone(),
                });
            }
        }
        used
    }

    /// Adds a rule, unless it is there.
    pub(super) fn add(&mut self, checked: &hir::Rule, cx: &Collector<'_>) -> Option<&mut Rule> {
        if let Some(&at) = self.places.get(&checked.span) {
            return self.rules.get_mut(at);
        }
        let file = checked.span.file;
        if checked.signature.is_some() {
            let rule = cx.signature(checked);
            return Some(self.keep(rule, checked, cx));
        }
        let tree = self
            .files
            .entry(file)
            .or_insert_with(|| parse::parse(cx.sources, file).file);
        let written = tree.items.iter().find_map(|item| match item {
            Item::Rule(rule) if rule.span == checked.span => Some(rule),
            _ => None,
        })?;
        let rule = cx.rule(written, checked);
        Some(self.keep(rule, checked, cx))
    }

    fn keep(&mut self, mut rule: Rule, checked: &hir::Rule, cx: &Collector<'_>) -> &mut Rule {
        // No name has a hyphen, so this is no other rule's.
        rule.anchor = format!("{PREFIX}{}", rule.name);
        let mut number = 1;
        while !self.taken.insert(rule.anchor.clone()) {
            number += 1;
            rule.anchor = format!("{PREFIX}{}-{number}", rule.name);
        }
        rule.file = cx
            .sources
            .get(checked.span.file)
            .map(|file| file.name.to_string());
        let at = self.rules.len();
        self.places.insert(checked.span, at);
        self.rules.push(rule);
        &mut self.rules[at]
    }
}
