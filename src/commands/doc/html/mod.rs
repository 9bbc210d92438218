//! The manual as one HTML page that loads nothing: style inside, no scripts. It is written so that it
//! is well-formed XML, too, which a test holds it to. This file has the page and its indexes,
//! [`policy`] and [`rule`] what is said of each, [`text`] the escaping.

mod contents;
mod policy;
mod rule;
mod text;

use std::collections::HashSet;

use tracee_lang::attack::{self, Technique};

use super::index;
use super::model::{Manual, Rule, TITLE};
use text::{escape, rule_name};

/// The page.
pub(super) fn page(manual: &Manual) -> String {
    let mut page = Page {
        text: String::new(),
        rules: manual.rules().map(|rule| rule.anchor.clone()).collect(),
    };
    page.text.push_str(&format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <meta name=\"color-scheme\" content=\"light dark\"/>\n\
         <meta name=\"referrer\" content=\"no-referrer\"/>\n\
         <meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n\
         <title>{TITLE}</title>\n<style>\n{}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">Skip to the policies</a>\n\
         <header>\n<h1>{TITLE}</h1>\n<p>{}</p>\n</header>\n",
        include_str!("style.css"),
        manual.counts()
    ));
    page.contents(manual);
    page.text.push_str("<main id=\"main\">\n");
    page.severities(manual);
    page.matrix(manual);
    for policy in &manual.policies {
        page.policy(policy);
    }
    if !manual.shared.is_empty() {
        page.line("<section aria-labelledby=\"shared\">");
        page.line(&format!("<h2 id=\"shared\">{SHARED}</h2>"));
        manual.shared.iter().for_each(|rule| page.rule(rule));
        page.line("</section>");
    }
    for (number, library) in manual.libraries.iter().enumerate() {
        page.library(number, library);
    }
    page.text.push_str("</main>\n</body>\n</html>\n");
    page.text
}

const SHARED: &str = "Rules outside of policies";

struct Page {
    text: String,
    /// Anchors of the rules that are on the page.
    rules: HashSet<String>,
}

impl Page {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// A table that scrolls by itself where the screen is narrow.
    fn table(&mut self, caption: &str, head: &[&str], rows: &[Vec<String>]) {
        let head: String = head
            .iter()
            .map(|of| format!("<th scope=\"col\">{of}</th>"))
            .collect();
        self.line(&format!(
            "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"{caption}\">\n\
             <table>\n<thead><tr>{head}</tr></thead>\n<tbody>"
        ));
        for row in rows {
            let cells: String = row.iter().map(|cell| format!("<td>{cell}</td>")).collect();
            self.line(&format!("<tr>{cells}</tr>"));
        }
        self.line("</tbody>\n</table>\n</div>");
    }

    fn severities(&mut self, manual: &Manual) {
        let rows: Vec<_> = index::by_severity(manual)
            .into_iter()
            .map(|rule| {
                let id = rule_id(&rule.anchor);
                let name = rule_name(&rule.name);
                let shown = match rule.title.as_deref().map(escape) {
                    Some(title) => format!("<a href=\"#{id}\">{title}</a><br/>{name}"),
                    None => format!("<a href=\"#{id}\">{name}</a>"),
                };
                let ids: Vec<_> = rule.attack.iter().map(|of| linked(of, of.id)).collect();
                vec![badge(rule), shown, ids.join(", ")]
            })
            .collect();
        if !rows.is_empty() {
            self.line("<section aria-labelledby=\"by-severity\">");
            self.line("<h2 id=\"by-severity\">Rules by severity</h2>");
            let head = ["Severity", "Rule", "ATT&amp;CK"];
            self.table("Rules by severity", &head, &rows);
            self.line("</section>");
        }
    }

    fn matrix(&mut self, manual: &Manual) {
        let columns = index::matrix(manual);
        if columns.is_empty() {
            return;
        }
        self.line("<section aria-labelledby=\"attack\">");
        self.line("<h2 id=\"attack\">Rules by technique of MITRE ATT&amp;CK®</h2>");
        self.line(
            "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"Rules by technique\">\n\
             <table>\n<thead><tr><th scope=\"col\">Tactic</th><th scope=\"col\">Technique</th>\
             <th scope=\"col\">Rules</th></tr></thead>",
        );
        for (tactic, techniques) in columns {
            self.line("<tbody>");
            for (number, (technique, rules)) in techniques.iter().enumerate() {
                let tactic = match number {
                    0 => format!(
                        "<th scope=\"rowgroup\" rowspan=\"{}\"><a href=\"{}\">{}</a></th>",
                        techniques.len(),
                        tactic.url(),
                        escape(tactic.name)
                    ),
                    _ => String::new(),
                };
                let rules: Vec<_> = rules.iter().map(|rule| rule_link(rule)).collect();
                let technique = named(technique);
                let rules = rules.join(", ");
                self.line(&format!(
                    "<tr>{tactic}<td>{technique}</td><td>{rules}</td></tr>"
                ));
            }
            self.line("</tbody>");
        }
        self.line("</table>\n</div>");
        let without = index::without_techniques(manual);
        if !without.is_empty() {
            let links: Vec<_> = without.into_iter().map(rule_link).collect();
            self.line(&format!(
                "<p>Without a technique: {}.</p>",
                links.join(", ")
            ));
        }
        let (version, notice) = (attack::VERSION, escape(attack::NOTICE));
        self.line(&format!(
            "<p class=\"notice\">ATT&amp;CK v{version}: {notice}</p>\n</section>"
        ));
    }
}

/// The anchor of a rule.
fn rule_id(anchor: &str) -> String {
    format!("rule-{}", escape(anchor))
}

fn rule_link(rule: &Rule) -> String {
    link(&rule.name, &rule.anchor)
}

fn link(name: &str, anchor: &str) -> String {
    format!("<a href=\"#{}\">{}</a>", rule_id(anchor), rule_name(name))
}

fn badge(rule: &Rule) -> String {
    let name = rule.severity.name();
    format!("<span class=\"severity {name}\">{name}</span>")
}

/// A technique's page.
fn linked(technique: &Technique, shown: &str) -> String {
    format!("<a href=\"{}\">{}</a>", technique.url(), escape(shown))
}

/// The technique with its name and page.
fn named(technique: &Technique) -> String {
    linked(
        technique,
        &format!("{} {}", technique.id, technique.full_name()),
    )
}
