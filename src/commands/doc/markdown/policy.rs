//! A policy, its exceptions, and what files declare beside policies.

use super::super::model::{Exception, Library, Policy};
use super::super::prose;
use super::Page;
use super::text::{code, escape};

impl Page {
    pub(super) fn policy(&mut self, policy: &Policy) {
        self.line(&format!("## Policy {}", escape(&policy.name)));
        self.line(&prose::to_markdown(&policy.doc));
        self.line(
            &policy
                .description
                .as_deref()
                .map(escape)
                .unwrap_or_default(),
        );
        let mut facts = Vec::new();
        let mut fact = |name: &str, value: Option<String>| {
            facts.extend(value.map(|value| format!("- {name}: {value}")));
        };
        let many = |of: &[String]| {
            let each: Vec<_> = of.iter().map(|of| code(of)).collect();
            (!each.is_empty()).then(|| each.join(", "))
        };
        fact("file", Some(code(&policy.file)));
        fact("version", policy.version.as_deref().map(escape));
        fact("mode", policy.mode.as_deref().map(escape));
        fact("labels", many(&policy.labels));
        let used = policy.used.iter();
        let used: Vec<_> = used
            .map(|used| self.link(&code(&used.name), &used.anchor))
            .collect();
        fact("uses", (!used.is_empty()).then(|| used.join(", ")));
        self.line(&facts.join("\n"));
        match &policy.scope {
            Some(scope) => self.code(scope),
            None => self.line("It covers all workloads."),
        }
        if !policy.selects.is_empty() {
            self.line("It records:");
            policy.selects.iter().for_each(|select| self.code(select));
        }
        self.exceptions(&policy.exceptions);
        policy.rules.iter().for_each(|rule| self.rule(rule));
    }

    pub(super) fn exceptions(&mut self, exceptions: &[Exception]) {
        for exception in exceptions {
            let rule = exception.rule.as_deref().map(|rule| {
                let anchor = exception.anchor.as_deref().unwrap_or_default();
                format!(" from {}", self.link(&code(rule), anchor))
            });
            let past = if exception.expired { " (expired)" } else { "" };
            let expires = exception
                .expires
                .as_deref()
                .map(|day| format!(", until {}{past}", escape(day)));
            self.line(&format!(
                "**Excepted**{}{}: {}.",
                rule.unwrap_or_default(),
                expires.unwrap_or_default(),
                escape(&exception.reason)
            ));
            self.code(&exception.condition);
        }
    }

    pub(super) fn library(&mut self, library: &Library) {
        self.line(&format!("## Declared in {}", code(&library.file)));
        for declaration in &library.declarations {
            let (kind, name) = (declaration.kind, escape(&declaration.name));
            self.line(&format!("### {kind} {name}"));
            self.line(&prose::to_markdown(&declaration.doc));
            self.code(&declaration.code);
        }
        if !library.tests.is_empty() {
            self.line("### Tests");
        }
        for test in &library.tests {
            let of = test.of.as_deref().map(|of| format!(" (for {})", code(of)));
            self.line(&format!(
                "**{}**{}",
                escape(&test.title),
                of.unwrap_or_default()
            ));
            self.line(&prose::to_markdown(&test.doc));
        }
    }
}
