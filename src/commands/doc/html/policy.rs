//! A policy, its exceptions, and what files declare beside policies.

use super::super::model::{Exception, Library, Policy};
use super::super::prose;
use super::text::{block, code, escape};
use super::{Page, link};

impl Page {
    pub(super) fn policy(&mut self, policy: &Policy) {
        let name = escape(&policy.name);
        self.line(&format!("<section aria-labelledby=\"policy-{name}\">"));
        self.line(&format!("<h2 id=\"policy-{name}\">Policy {name}</h2>"));
        self.text.push_str(&prose::to_html(&policy.doc));
        if let Some(description) = &policy.description {
            self.line(&format!("<p>{}</p>", escape(description)));
        }
        let many = |of: &[String]| {
            let each: Vec<_> = of.iter().map(|of| code(of)).collect();
            (!each.is_empty()).then(|| each.join(", "))
        };
        let used = policy.used.iter();
        let used: Vec<_> = used.map(|used| link(&used.name, &used.anchor)).collect();
        self.facts(&[
            ("File", Some(code(&policy.file))),
            ("Version", policy.version.as_deref().map(escape)),
            ("Mode", policy.mode.as_deref().map(escape)),
            ("Labels", many(&policy.labels)),
            ("Uses", (!used.is_empty()).then(|| used.join(", "))),
        ]);
        match &policy.scope {
            Some(scope) => self.line(&block(scope)),
            None => self.line("<p>It covers all workloads.</p>"),
        }
        if !policy.selects.is_empty() {
            self.line("<p>It records:</p>");
            policy
                .selects
                .iter()
                .for_each(|select| self.line(&block(select)));
        }
        self.exceptions(&policy.exceptions);
        policy.rules.iter().for_each(|rule| self.rule(rule));
        self.line("</section>");
    }

    /// Names and values, those that there are.
    pub(super) fn facts(&mut self, facts: &[(&str, Option<String>)]) {
        self.line("<dl>");
        for (name, value) in facts {
            if let Some(value) = value {
                self.line(&format!("<div><dt>{name}</dt><dd>{value}</dd></div>"));
            }
        }
        self.line("</dl>");
    }

    pub(super) fn exceptions(&mut self, exceptions: &[Exception]) {
        for exception in exceptions {
            let rule = exception.rule.as_deref().map(|rule| {
                let anchor = exception.anchor.as_ref();
                match anchor.filter(|anchor| self.rules.contains(*anchor)) {
                    Some(anchor) => format!(" from {}", link(rule, anchor)),
                    None => format!(" from {}", code(rule)),
                }
            });
            let expires = exception.expires.as_deref();
            let past = if exception.expired { " (expired)" } else { "" };
            let expires = expires.map(|day| format!(", until {}{past}", escape(day)));
            self.line(&format!(
                "<div class=\"exception\">\n<p><strong>Excepted</strong>{}{}: {}.</p>",
                rule.unwrap_or_default(),
                expires.unwrap_or_default(),
                escape(&exception.reason)
            ));
            self.line(&block(&exception.condition));
            self.line("</div>");
        }
    }

    pub(super) fn library(&mut self, number: usize, library: &Library) {
        let file = code(&library.file);
        self.line(&format!("<section aria-labelledby=\"file-{number}\">"));
        self.line(&format!("<h2 id=\"file-{number}\">Declared in {file}</h2>"));
        for declaration in &library.declarations {
            let (kind, name) = (declaration.kind, escape(&declaration.name));
            let id = format!("file-{number}-{kind}-{name}");
            self.line(&format!("<h3 id=\"{id}\">{kind} <code>{name}</code></h3>"));
            self.text.push_str(&prose::to_html(&declaration.doc));
            self.line(&block(&declaration.code));
        }
        if !library.tests.is_empty() {
            self.line(&format!("<h3 id=\"file-{number}-tests\">Tests</h3>\n<ul>"));
            for test in &library.tests {
                let of = test.of.as_deref().map(|of| format!(" (for {})", code(of)));
                self.line(&format!(
                    "<li>{}{}",
                    escape(&test.title),
                    of.unwrap_or_default()
                ));
                self.text.push_str(&prose::to_html(&test.doc));
                self.line("</li>");
            }
            self.line("</ul>");
        }
        self.line("</section>");
    }
}
