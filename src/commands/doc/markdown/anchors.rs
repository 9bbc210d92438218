//! Where headings are linked to.

use std::collections::HashMap;

use super::super::model::{Manual, TITLE};
use super::{MATRIX, SEVERITY};

/// The anchor of each heading that is linked to, by the heading: as GitHub and mdBook make them.
pub(super) fn anchors(manual: &Manual) -> HashMap<String, String> {
    let mut taken: HashMap<String, usize> = HashMap::new();
    let mut anchors = HashMap::new();
    let mut add = |heading: String| {
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
        anchors.entry(heading).or_insert(anchor);
    };
    for heading in [TITLE, "Contents", SEVERITY, MATRIX] {
        add(heading.to_owned());
    }
    for policy in &manual.policies {
        add(format!("Policy {}", policy.name));
        policy.rules.iter().for_each(|rule| add(rule.name.clone()));
    }
    anchors
}
