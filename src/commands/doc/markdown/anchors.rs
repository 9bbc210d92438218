//! Where headings are linked to.

use std::collections::HashMap;

use super::super::model::{Manual, Rule, TITLE};
use super::{MATRIX, SEVERITY, SHARED};

/// The anchor of each heading that is linked to, as GitHub and mdBook make them: of rules by
/// [`Rule::anchor`], of others by the heading.
pub(super) fn anchors(manual: &Manual) -> HashMap<String, String> {
    let mut taken: HashMap<String, usize> = HashMap::new();
    let mut anchors = HashMap::new();
    let mut add = |key: String, heading: &str| {
        let kept = heading
            .chars()
            .filter(|c| c.is_alphanumeric() || "_- ".contains(*c));
        let slug: String = kept
            .map(|c| {
                if c == ' ' {
                    '-'
                } else {
                    c.to_ascii_lowercase()
                }
            })
            .collect();
        let before = taken.entry(slug.clone()).or_default();
        let anchor = match *before {
            0 => slug,
            number => format!("{slug}-{number}"),
        };
        *before += 1;
        anchors.entry(key).or_insert(anchor);
    };
    for heading in [TITLE, "Contents", SEVERITY, MATRIX] {
        add(heading.to_owned(), heading);
    }
    let rules = |rules: &[Rule], add: &mut dyn FnMut(String, &str)| {
        for rule in rules {
            add(rule.anchor.clone(), &rule.name);
        }
    };
    for policy in &manual.policies {
        let heading = format!("Policy {}", policy.name);
        add(heading.clone(), &heading);
        rules(&policy.rules, &mut add);
    }
    add(SHARED.to_owned(), SHARED);
    rules(&manual.shared, &mut add);
    anchors
}
