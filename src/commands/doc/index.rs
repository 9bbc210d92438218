//! The two indexes of a manual: rules by severity, and by what an attacker does.

use tracee_lang::attack::{TACTICS, Tactic, Technique};
use tracee_lang::hir::RuleSeverity;

use super::model::{Manual, Rule};

/// The worst first.
const SEVERITIES: [RuleSeverity; 5] = [
    RuleSeverity::Critical,
    RuleSeverity::High,
    RuleSeverity::Medium,
    RuleSeverity::Low,
    RuleSeverity::Info,
];

/// Rules by severity, the worst first; within one as they are declared.
pub(super) fn by_severity(manual: &Manual) -> Vec<&Rule> {
    let of = |severity| manual.rules().filter(move |rule| rule.severity == severity);
    SEVERITIES.into_iter().flat_map(of).collect()
}

/// A column of the matrix of ATT&CK: a tactic with the techniques that rules name, by id, and the
/// rules that name each.
pub(super) type Column<'a> = (&'static Tactic, Vec<(&'static Technique, Vec<&'a Rule>)>);

/// The columns that rules are in, in the order of the matrix.
pub(super) fn matrix(manual: &Manual) -> Vec<Column<'_>> {
    let mut techniques: Vec<&'static Technique> = manual
        .rules()
        .flat_map(|rule| rule.attack.iter().copied())
        .collect();
    techniques.sort_by_key(|technique| technique.id);
    techniques.dedup();
    let column = |tactic: &'static Tactic| {
        let of_tactic = techniques
            .iter()
            .filter(|technique| technique.tactics().any(|of| of == tactic));
        let with_rules = of_tactic.map(|&technique| {
            let rules = manual
                .rules()
                .filter(|rule| rule.attack.contains(&technique));
            (technique, rules.collect())
        });
        (tactic, with_rules.collect::<Vec<_>>())
    };
    let columns = TACTICS.iter().map(column);
    columns
        .filter(|(_, techniques)| !techniques.is_empty())
        .collect()
}

/// The rules that name no technique.
pub(super) fn without_techniques(manual: &Manual) -> Vec<&Rule> {
    manual
        .rules()
        .filter(|rule| rule.attack.is_empty())
        .collect()
}
