//! The codes of a log as SARIF's rules: what their pages say (3.49).

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tracee_lang::codes;
use tracee_lang::diagnostics::{Code, Diagnostic};

use super::level;

/// The codes of a log, each once, in order.
pub(super) struct Rules(Vec<Code>);

impl Rules {
    pub(super) fn of(diagnostics: &[Diagnostic]) -> Self {
        let codes: BTreeSet<Code> = diagnostics.iter().map(|one| one.code).collect();
        Self(codes.into_iter().collect())
    }

    /// The place of a code in [`Self::driver`]'s rules.
    pub(super) fn index(&self, code: Code) -> Option<usize> {
        self.0.iter().position(|other| *other == code)
    }

    /// The tool, with these rules.
    pub(super) fn driver(&self) -> Value {
        let rules: Vec<Value> = self.0.iter().map(|code| rule(*code, HOME)).collect();
        let mut driver = json!({
            "name": env!("CARGO_PKG_NAME"),
            "version": env!("CARGO_PKG_VERSION"),
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "rules": rules,
        });
        if !HOME.is_empty() {
            driver["informationUri"] = HOME.into();
        }
        driver
    }
}

/// The repository that the package names; empty if it names none.
const HOME: &str = env!("CARGO_PKG_REPOSITORY");

fn rule(code: Code, home: &str) -> Value {
    let Some(info) = codes::info(code) else {
        return json!({ "id": code.to_string() });
    };
    let title = info.title();
    let mut rule = json!({
        "id": code.to_string(),
        "name": pascal_case(info.name),
        "shortDescription": { "text": title },
        "fullDescription": { "text": info.summary() },
        "help": { "text": info.page, "markdown": info.page },
        "defaultConfiguration": { "level": level(info.severity()) },
    });
    // A log without the address has the whole page in it all the same.
    if !home.is_empty() {
        let version = env!("CARGO_PKG_VERSION");
        let anchor = info.anchor();
        rule["helpUri"] = format!("{home}/blob/v{version}/docs/diagnostics.md#{anchor}").into();
    }
    rule
}

/// `NotACondition` (3.49.7).
fn pascal_case(name: &str) -> String {
    name.split('_')
        .map(|word| word[..1].to_owned() + &word[1..].to_lowercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_the_page_of_its_code() {
        let rule = rule(codes::NOT_A_CONDITION, "https://example.org/tracee");
        assert_eq!(rule["id"], "TP0301");
        assert_eq!(rule["name"], "NotACondition");
        assert_eq!(rule["shortDescription"]["text"], "not a condition");
        let full = rule["fullDescription"]["text"].as_str().unwrap();
        assert!(full.ends_with('.') && !full.contains("```"), "{full}");
        assert_eq!(rule["defaultConfiguration"]["level"], "error");
        let uri = rule["helpUri"].as_str().unwrap();
        assert!(
            uri.starts_with("https://example.org/tracee/blob/v"),
            "{uri}"
        );
        // Where the anchor leads to is there.
        let manual = include_str!("../../../docs/diagnostics.md");
        let heading = manual.lines().find(|line| line.starts_with("## TP0301"));
        let slug: String = heading
            .unwrap()
            .trim_start_matches("## ")
            .to_lowercase()
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
            .collect();
        assert!(
            uri.ends_with(&format!("#{}", slug.replace(' ', "-"))),
            "{uri}"
        );
    }
}
