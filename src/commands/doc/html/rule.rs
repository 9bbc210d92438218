//! A rule.

use super::super::model::{Field, Rule};
use super::super::{is_url, prose};
use super::text::{block, code, escape, inline, rule_name};
use super::{Page, badge, named, rule_id};

impl Page {
    pub(super) fn rule(&mut self, rule: &Rule) {
        let id = rule_id(&rule.anchor);
        let heading = rule
            .title
            .as_deref()
            .map_or_else(|| rule_name(&rule.name), escape);
        self.line(&format!(
            "<article aria-labelledby=\"{id}\">\n<h3 id=\"{id}\">{heading}</h3>"
        ));
        self.line(&format!(
            "<p class=\"name\">{} {}</p>",
            badge(rule),
            rule_name(&rule.name)
        ));
        self.text.push_str(&prose::to_html(&rule.doc));
        if let Some(description) = &rule.description {
            self.line(&format!("<p>{}</p>", escape(description)));
        }
        rule.on.iter().for_each(|on| self.line(&block(on)));
        let list = |items: Vec<String>| {
            (!items.is_empty()).then(|| format!("<ul>{}</ul>", items.concat()))
        };
        let techniques = rule.attack.iter().map(|technique| {
            let tactics: Vec<_> = technique.tactics().map(|tactic| tactic.name).collect();
            format!(
                "<li>{} ({})</li>",
                named(technique),
                escape(&tactics.join(", "))
            )
        });
        let events = rule.events.iter().map(|event| {
            let summary = prose::to_html_line(&event.summary);
            format!("<li>{}: {summary}</li>", code(&event.name))
        });
        let references = rule.references.iter().map(|reference| {
            let shown = escape(reference);
            match is_url(reference) {
                true => format!("<li><a href=\"{shown}\">{shown}</a></li>"),
                false => format!("<li>{shown}</li>"),
            }
        });
        let tests = rule
            .tests
            .iter()
            .map(|test| format!("<li>{}</li>", escape(test)));
        let used_by = rule.used_by.iter().map(|policy| {
            let policy = escape(policy);
            format!("<a href=\"#policy-{policy}\">{policy}</a>")
        });
        let used_by: Vec<_> = used_by.collect();
        self.facts(&[
            ("File", rule.file.as_deref().map(code)),
            ("Used by", (!used_by.is_empty()).then(|| used_by.join(", "))),
            ("Id", rule.id.as_deref().map(code)),
            ("ATT&amp;CK", list(techniques.collect())),
            ("Message", rule.message.as_deref().map(code)),
            ("Action", rule.action.as_deref().map(code)),
            ("Events", list(events.collect())),
            ("References", list(references.collect())),
            ("Tests", list(tests.collect())),
        ]);
        if !rule.fields.is_empty() {
            let row = |field: &Field| {
                let (path, ty) = (code(&field.path), code(&field.ty));
                vec![path, ty, prose::to_html_line(&field.doc)]
            };
            let rows: Vec<_> = rule.fields.iter().map(row).collect();
            self.table("Fields", &["Field", "Type", "What it is"], &rows);
        }
        if !rule.output.is_empty() {
            let row = |(name, value): &(String, super::super::code::Code)| {
                vec![code(name), format!("<code>{}</code>", inline(value))]
            };
            let rows: Vec<_> = rule.output.iter().map(row).collect();
            self.table("Output", &["Output", "Value"], &rows);
        }
        self.exceptions(&rule.exceptions);
        self.line("</article>");
    }
}
