//! What a manual says, before it has a form: [`super::collect`] makes it, [`super::markdown`] and
//! [`super::html`] show it. Texts are as the author wrote them: not escaped, doc comments Markdown.

use tracee_lang::attack::Technique;
use tracee_lang::hir::RuleSeverity;

use super::code::Code;

/// What the page is called.
pub(super) const TITLE: &str = "Policy manual";

/// The manual of policies that were checked together.
#[derive(Debug, Default)]
pub(super) struct Manual {
    /// In the order of files and declarations.
    pub(super) policies: Vec<Policy>,
    /// Rules outside of policies: those that policies use, and those of the files that were named.
    pub(super) shared: Vec<Rule>,
    /// Files that declare something beside policies.
    pub(super) libraries: Vec<Library>,
}

impl Manual {
    /// All rules, each once: policy by policy, then those outside.
    pub(super) fn rules(&self) -> impl Iterator<Item = &Rule> {
        let own = self.policies.iter().flat_map(|policy| &policy.rules);
        own.chain(&self.shared)
    }

    /// `3 policies, 12 rules`.
    pub(super) fn counts(&self) -> String {
        let rules = self.rules().count();
        let counted = |count, one: &str, many: &str| match count {
            1 => format!("1 {one}"),
            _ => format!("{count} {many}"),
        };
        let policies = counted(self.policies.len(), "policy", "policies");
        format!("{policies}, {}", counted(rules, "rule", "rules"))
    }
}

/// A policy.
#[derive(Debug, Default)]
pub(super) struct Policy {
    pub(super) name: String,
    /// The file's name as it was given.
    pub(super) file: String,
    pub(super) doc: String,
    pub(super) description: Option<String>,
    pub(super) version: Option<String>,
    pub(super) mode: Option<String>,
    pub(super) labels: Vec<String>,
    pub(super) scope: Option<Code>,
    pub(super) selects: Vec<Code>,
    /// The rules that its `use` clauses bring.
    pub(super) used: Vec<Used>,
    pub(super) exceptions: Vec<Exception>,
    pub(super) rules: Vec<Rule>,
}

/// A rule of another place that a policy uses.
#[derive(Debug)]
pub(super) struct Used {
    /// What the policy's detections call it.
    pub(super) name: String,
    /// [`Rule::anchor`].
    pub(super) anchor: String,
}

/// A rule.
#[derive(Debug)]
pub(super) struct Rule {
    /// With the policy's name.
    pub(super) name: String,
    /// The name; of rules outside of policies with [`super::shared::PREFIX`], and with a number if several
    /// have that name.
    pub(super) anchor: String,
    /// The file's name, of a rule outside of policies.
    pub(super) file: Option<String>,
    /// The policies that use it, of such a rule.
    pub(super) used_by: Vec<String>,
    pub(super) doc: String,
    pub(super) description: Option<String>,
    pub(super) id: Option<String>,
    pub(super) title: Option<String>,
    pub(super) severity: RuleSeverity,
    pub(super) attack: Vec<&'static Technique>,
    pub(super) references: Vec<String>,
    /// `on …;`, each as it is written.
    pub(super) on: Vec<Code>,
    pub(super) events: Vec<Event>,
    pub(super) fields: Vec<Field>,
    pub(super) message: Option<String>,
    /// Name and value.
    pub(super) output: Vec<(String, Code)>,
    pub(super) action: Option<String>,
    pub(super) exceptions: Vec<Exception>,
    /// What tests that expect it, or expect it not to match, show.
    pub(super) tests: Vec<String>,
}

/// An event that a rule is about.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) name: String,
    /// The first sentence of its documentation.
    pub(super) summary: String,
}

/// A field that a condition or a message looks at.
#[derive(Debug)]
pub(super) struct Field {
    /// `addr.port`, `proc.uid`.
    pub(super) path: String,
    pub(super) ty: String,
    /// What it is; may be empty.
    pub(super) doc: String,
}

/// `except …`.
#[derive(Debug, Clone)]
pub(super) struct Exception {
    /// The rule, or all below a name, as it is written; none within a rule.
    pub(super) rule: Option<String>,
    /// [`Rule::anchor`] of the rule, if it is named alone.
    pub(super) anchor: Option<String>,
    pub(super) reason: String,
    /// The last day, as it is written.
    pub(super) expires: Option<String>,
    /// That is past: it is part of the rule no more.
    pub(super) expired: bool,
    pub(super) condition: Code,
}

/// What a file declares beside policies.
#[derive(Debug)]
pub(super) struct Library {
    /// The file's name as it was given.
    pub(super) file: String,
    /// Lists and lets, in order.
    pub(super) declarations: Vec<Declaration>,
    pub(super) tests: Vec<Test>,
}

/// A list or a let.
#[derive(Debug)]
pub(super) struct Declaration {
    /// `list` or `let`.
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) doc: String,
    pub(super) code: Code,
}

/// `test "…" for POLICY { … }`.
#[derive(Debug)]
pub(super) struct Test {
    pub(super) title: String,
    pub(super) doc: String,
    /// The policy or rule that it is for.
    pub(super) of: Option<String>,
}
