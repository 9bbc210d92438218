//! The manual as Markdown (CommonMark with tables). Headings are names, so that their anchors are known;
//! everything that policies say is escaped ([`text`]). This file has the page and its indexes,
//! [`policy`] and [`rule`] what is said of each.

mod anchors;
mod policy;
mod rule;
mod text;

use std::collections::HashMap;

use tracee_lang::attack::{self, Technique};

use super::code::Code;
use super::index;
use super::model::{Manual, Rule, TITLE};
use text::{code, fence};

pub(super) use text::escape;

/// The page.
pub(super) fn page(manual: &Manual) -> String {
    let mut page = Page {
        text: String::new(),
        anchors: anchors::anchors(manual),
    };
    page.line(&format!("# {TITLE}"));
    page.line(&format!("{}.", manual.counts()));
    page.contents(manual);
    page.severities(manual);
    page.matrix(manual);
    for policy in &manual.policies {
        page.policy(policy);
    }
    if !manual.shared.is_empty() {
        page.line(&format!("## {SHARED}"));
    }
    manual.shared.iter().for_each(|rule| page.rule(rule));
    for library in &manual.libraries {
        page.library(library);
    }
    page.text
}

const SEVERITY: &str = "Rules by severity";
const SHARED: &str = "Rules outside of policies";
const MATRIX: &str = "Rules by technique of MITRE ATT&CK®";

struct Page {
    text: String,
    anchors: HashMap<String, String>,
}

impl Page {
    /// A block, with an empty line before it.
    fn line(&mut self, block: &str) {
        if block.is_empty() {
            return;
        }
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(block);
        self.text.push('\n');
    }

    fn code(&mut self, code: &Code) {
        self.line(&fence(code.text()));
    }

    fn table(&mut self, head: &[&str], rows: &[Vec<String>]) {
        let row = |cells: Vec<&str>| format!("| {} |", cells.join(" | "));
        let mut lines = vec![row(head.to_vec()), row(vec!["---"; head.len()])];
        lines.extend(
            rows.iter()
                .map(|cells| row(cells.iter().map(String::as_str).collect())),
        );
        self.line(&lines.join("\n"));
    }

    /// A link to the heading of this key in the anchors.
    fn link(&self, shown: &str, key: &str) -> String {
        match self.anchors.get(key) {
            Some(anchor) => format!("[{shown}](#{anchor})"),
            None => shown.to_owned(),
        }
    }

    fn rule_link(&self, rule: &Rule) -> String {
        self.link(&code(&rule.name), &rule.anchor)
    }

    fn contents(&mut self, manual: &Manual) {
        self.line("## Contents");
        let mut lines = Vec::new();
        for policy in &manual.policies {
            let heading = format!("Policy {}", policy.name);
            lines.push(format!("- {}", self.link(&code(&policy.name), &heading)));
            lines.extend(policy.rules.iter().map(|rule| self.entry(rule)));
        }
        if !manual.shared.is_empty() {
            lines.push(format!("- {}", self.link(SHARED, SHARED)));
        }
        lines.extend(manual.shared.iter().map(|rule| self.entry(rule)));
        self.line(&lines.join("\n"));
    }

    /// The line of the contents for a rule.
    fn entry(&self, rule: &Rule) -> String {
        let link = self.rule_link(rule);
        match rule.title.as_deref().map(escape) {
            Some(title) => format!("  - {link}: {title}"),
            None => format!("  - {link}"),
        }
    }

    fn severities(&mut self, manual: &Manual) {
        let rows: Vec<_> = index::by_severity(manual)
            .into_iter()
            .map(|rule| {
                let title = rule.title.as_deref().map(escape).unwrap_or_default();
                let ids: Vec<_> = rule.attack.iter().map(|of| linked_id(of)).collect();
                let severity = rule.severity.name().to_owned();
                vec![severity, self.rule_link(rule), title, ids.join(", ")]
            })
            .collect();
        if !rows.is_empty() {
            self.line(&format!("## {SEVERITY}"));
            self.table(&["severity", "rule", "title", "ATT&CK"], &rows);
        }
    }

    fn matrix(&mut self, manual: &Manual) {
        let mut rows = Vec::new();
        for (tactic, techniques) in index::matrix(manual) {
            for (technique, rules) in techniques {
                let rules: Vec<_> = rules.into_iter().map(|rule| self.rule_link(rule)).collect();
                rows.push(vec![
                    format!("[{}]({})", tactic.name, tactic.url()),
                    linked(technique),
                    rules.join(", "),
                ]);
            }
        }
        if rows.is_empty() {
            return;
        }
        self.line(&format!("## {MATRIX}"));
        self.table(&["tactic", "technique", "rules"], &rows);
        let without = index::without_techniques(manual);
        if !without.is_empty() {
            let links: Vec<_> = without
                .into_iter()
                .map(|rule| self.rule_link(rule))
                .collect();
            self.line(&format!("Without a technique: {}.", links.join(", ")));
        }
        self.line(&format!("ATT&CK v{}: {}", attack::VERSION, attack::NOTICE));
    }
}

/// `T1059.004` with its page.
fn linked_id(technique: &Technique) -> String {
    format!("[{}]({})", technique.id, technique.url())
}

/// The technique with its name and page.
fn linked(technique: &Technique) -> String {
    let name = escape(&technique.full_name());
    format!("[{} {name}]({})", technique.id, technique.url())
}
