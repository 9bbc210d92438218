//! A rule.

use super::super::code::Code;
use super::super::is_url;
use super::super::model::{Field, Rule};
use super::super::prose::{self, visible};
use super::text::{code, code_cell, escape};
use super::{Page, linked};

impl Page {
    pub(super) fn rule(&mut self, rule: &Rule) {
        self.line(&format!("### {}", escape(&rule.name)));
        let title = rule
            .title
            .as_deref()
            .map(|title| format!("**{}**", escape(title)));
        self.line(&title.unwrap_or_default());
        self.line(&prose::to_markdown(&rule.doc));
        self.line(&rule.description.as_deref().map(escape).unwrap_or_default());
        let mut facts = vec![format!("- severity: {}", rule.severity.name())];
        let mut fact = |name: &str, value: Option<String>| {
            facts.extend(value.map(|value| format!("- {name}: {value}")));
        };
        fact("file", rule.file.as_deref().map(code));
        let used_by: Vec<_> = rule
            .used_by
            .iter()
            .map(|policy| self.link(&code(policy), &format!("Policy {policy}")))
            .collect();
        fact("used by", (!used_by.is_empty()).then(|| used_by.join(", ")));
        fact("id", rule.id.as_deref().map(code));
        for technique in &rule.attack {
            let tactics: Vec<_> = technique.tactics().map(|tactic| tactic.name).collect();
            let value = format!("{} ({})", linked(technique), tactics.join(", "));
            fact("ATT&CK", Some(value));
        }
        fact("message", rule.message.as_deref().map(code));
        fact("action", rule.action.as_deref().map(code));
        for event in &rule.events {
            let summary = prose::to_markdown_line(&event.summary);
            fact("event", Some(format!("{}: {summary}", code(&event.name))));
        }
        for reference in &rule.references {
            let shown = escape(reference);
            fact(
                "reference",
                Some(match is_url(reference) {
                    true => format!("<{}>", visible(reference)),
                    false => shown,
                }),
            );
        }
        for test in &rule.tests {
            fact("test", Some(escape(test)));
        }
        self.line(&facts.join("\n"));
        rule.on.iter().for_each(|on| self.code(on));
        if !rule.fields.is_empty() {
            let row = |field: &Field| {
                vec![
                    code_cell(&field.path),
                    code_cell(&field.ty),
                    prose::to_markdown_line(&field.doc),
                ]
            };
            let rows: Vec<_> = rule.fields.iter().map(row).collect();
            self.table(&["field", "type", "what it is"], &rows);
        }
        if !rule.output.is_empty() {
            let row =
                |(name, value): &(String, Code)| vec![code_cell(name), code_cell(value.text())];
            let rows: Vec<_> = rule.output.iter().map(row).collect();
            self.table(&["output", "value"], &rows);
        }
        self.exceptions(&rule.exceptions);
    }
}
