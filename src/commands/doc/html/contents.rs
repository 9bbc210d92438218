//! The list of contents.

use super::super::model::{Manual, Rule};
use super::text::{code, escape, rule_name};
use super::{Page, SHARED, rule_id};

impl Page {
    pub(super) fn contents(&mut self, manual: &Manual) {
        self.line("<nav aria-labelledby=\"contents\">\n<h2 id=\"contents\">Contents</h2>\n<ul>");
        if manual.rules().next().is_some() {
            self.line("<li><a href=\"#by-severity\">Rules by severity</a></li>");
        }
        if manual.rules().any(|rule| !rule.attack.is_empty()) {
            self.line("<li><a href=\"#attack\">Rules by technique of MITRE ATT&amp;CK®</a></li>");
        }
        for policy in &manual.policies {
            let name = escape(&policy.name);
            self.line(&format!("<li><a href=\"#policy-{name}\">Policy {name}</a>"));
            self.entries(&policy.rules);
            self.line("</li>");
        }
        if !manual.shared.is_empty() {
            self.line(&format!("<li><a href=\"#shared\">{SHARED}</a>"));
            self.entries(&manual.shared);
            self.line("</li>");
        }
        for (number, library) in manual.libraries.iter().enumerate() {
            let file = code(&library.file);
            self.line(&format!(
                "<li><a href=\"#file-{number}\">Declared in {file}</a></li>"
            ));
        }
        self.line("</ul>\n</nav>");
    }

    fn entries(&mut self, rules: &[Rule]) {
        if rules.is_empty() {
            return;
        }
        self.line("<ul>");
        for rule in rules {
            let title = rule.title.as_deref();
            let shown = title.map_or_else(|| rule_name(&rule.name), escape);
            let id = rule_id(&rule.anchor);
            self.line(&format!("<li><a href=\"#{id}\">{shown}</a></li>"));
        }
        self.line("</ul>");
    }
}
