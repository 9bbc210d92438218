//! Rules that stand outside of policies: a library. They run where a policy uses them.

use std::collections::HashMap;

use super::Context;
use super::policies::{self, Taken};
use super::resolve::{Kind, Program, STD, Scope, written};
use super::signatures;
use crate::ast::{File, Item, Path};
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::hir::{self, Rule};
use crate::source::Span;

/// The rules of all files, checked.
#[derive(Debug, Default)]
pub(super) struct Library {
    pub(super) rules: Vec<Rule>,
    /// Where they are in it, by their declarations.
    places: HashMap<Span, usize>,
    /// The ids of the standard library: others may have them, too, as long as not both run.
    standard_ids: Taken,
}

impl Library {
    /// Checks the rules of one file.
    pub(super) fn add(
        &mut self,
        file: &File,
        names: Scope<'_, '_>,
        ids: &mut Taken,
        cx: &mut Context<'_>,
    ) {
        for item in &file.items {
            let Item::Rule(rule) = item else {
                continue;
            };
            let name = &rule.name.text;
            let qualified = match names.file.is_standard() {
                true => format!("{STD}.{name}"),
                false => name.to_string(),
            };
            let ids = match names.file.is_standard() {
                true => &mut self.standard_ids,
                false => &mut *ids,
            };
            let made = policies::rule(rule, qualified, names, ids, cx);
            self.places.insert(rule.span, self.rules.len());
            self.rules.push(made);
        }
    }

    /// Takes the OPA signatures that files import.
    pub(super) fn add_signatures(&mut self, program: &Program, cx: &mut Context<'_>) {
        for signature in program.signatures.iter().flat_map(|import| &import.found) {
            if !self.places.contains_key(&signature.span) {
                self.places.insert(signature.span, self.rules.len());
                self.rules.push(signatures::rule(signature, cx));
            }
        }
    }

    /// `use std.*;`: adds the rules that a path names to a policy. `false` if one may be missing for a
    /// mistake, which was reported.
    pub(super) fn used(
        &self,
        path: &Path,
        names: Scope<'_, '_>,
        policy: &mut hir::Policy,
        ids: &mut Taken,
        cx: &mut Context<'_>,
    ) -> bool {
        let named = match names.names.rules(names.file, None, path) {
            Ok(named) => named,
            Err(said) => {
                if let Some(diagnostic) = said {
                    cx.report(*diagnostic);
                }
                return false;
            }
        };
        cx.uses.extend(names.names.used(path, &named));
        let mut complete = true;
        let mut twice = None;
        for id in &named.rules {
            let Some(declared) = names.names.declaration(*id) else {
                complete = false;
                continue;
            };
            debug_assert_eq!(declared.kind, Kind::Rule);
            if declared.policy.is_some() {
                let message = format!("`{}` is a rule of a policy", declared.name.text);
                cx.report(
                    Diagnostic::error(codes::NOT_A_RULE, message, path.span)
                        .related(declared.name.span, "declared here")
                        .help("`use` takes rules that stand outside of policies"),
                );
                return false;
            }
            let same = |rule: &&Rule| rule.span == declared.span;
            if let Some(first) = policy.rules.iter().find(same).and_then(|rule| rule.used) {
                twice.get_or_insert((&declared.name.text, first));
                continue;
            }
            // Missing if its file could not be checked, which was reported.
            if let Some(at) = self.places.get(&declared.span) {
                let rule = self.rules[*at].clone();
                if let Some(id) = rule.id.as_ref().filter(|_| rule.span.file.is_standard()) {
                    self.take_standard(id, path.span, ids, cx);
                }
                policy.rules.push(Rule {
                    qualified_name: match path.all {
                        true => format!("{}.{}", written(path), declared.name.text),
                        false => written(path),
                    },
                    used: Some(path.span),
                    ..rule
                });
            } else {
                complete = false;
            }
        }
        if let Some((name, first)) = twice {
            let message = format!("rule `{name}` is used already");
            cx.report(
                Diagnostic::warning(codes::USED_TWICE, message, path.span)
                    .related(first, "first here")
                    .help("remove one of them"),
            );
        }
        complete
    }

    /// The id of a standard rule that is to run. Others that run may use the same rule.
    fn take_standard(&self, id: &str, used: Span, ids: &mut Taken, cx: &mut Context<'_>) {
        let own = self.standard_ids.get(id);
        match (ids.get(id), own) {
            (Some(other), Some(own)) if other == own => {}
            (None, Some(own)) => {
                ids.insert(id.into(), *own);
            }
            _ => policies::take("rule id", id, used, ids, cx),
        }
    }

    /// The rule that the subject of a test names, if it stands outside of policies, as a policy that has
    /// nothing else. Its place is the rule's.
    pub(super) fn alone(
        &self,
        subject: &Path,
        names: Scope<'_, '_>,
        cx: &mut Context<'_>,
    ) -> Option<hir::Policy> {
        if subject.all {
            return None;
        }
        let named = names.names.rules(names.file, None, subject).ok()?;
        let declared = names.names.declaration(*named.rules.first()?)?;
        let rule = &self.rules[*self.places.get(&declared.span)?];
        cx.uses.extend(names.names.used(subject, &named));
        let name = written(subject);
        Some(hir::Policy {
            name: name.clone(),
            doc: String::new(),
            version: None,
            description: None,
            labels: Vec::new(),
            scope: None,
            selects: Vec::new(),
            rules: vec![Rule {
                qualified_name: name,
                used: Some(subject.span),
                ..rule.clone()
            }],
            span: rule.span,
        })
    }
}
