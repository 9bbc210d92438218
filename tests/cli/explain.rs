//! `tracee explain`: what runs where, what it costs, and the pages of codes.

use crate::{outcome, policy, tracee};

#[test]
fn a_code_is_explained() {
    let page = outcome(&mut tracee(&["explain", "tp0301"]));
    assert_eq!(page.code, Some(0), "{}", page.stderr);
    assert!(page.stdout.starts_with("TP0301: not a condition\n\n"));
    assert!(page.stdout.contains("\nInstead:\n"), "{}", page.stdout);
    let unknown = outcome(&mut tracee(&["explain", "TP0999"]));
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.stderr.contains("no diagnostic `TP0999`"));
}

#[test]
fn a_page_is_not_of_signatures() {
    for word in ["TP0301", "prefix"] {
        for options in [
            ["--rego", "examples/signatures"],
            ["--rego-engine", "regorus"],
        ] {
            let refused = outcome(tracee(&["explain", word]).args(options));
            assert_eq!(refused.code, Some(2), "{}", refused.stderr);
            let says = format!("{} is for plans", options[0]);
            assert!(refused.stderr.contains(&says), "{}", refused.stderr);
        }
    }
}

#[test]
fn what_the_kernel_does_is_told_with_its_cost() {
    let (_directory, path) = policy(
        r#"policy p { select openat where pathname prefix "/etc/" and flags has O_CREAT and truncated(pathname) == false; }"#,
    );
    let explained = outcome(&mut tracee(&["explain", "--format", "json", &path]));
    let explained: serde_json::Value = serde_json::from_str(&explained.stdout).expect("JSON");
    let event = &explained["events"][0];
    let predicates = event["targets"][0]["predicates"]
        .as_array()
        .expect("predicates");
    assert_eq!(predicates.len(), 3);
    for predicate in predicates {
        assert_eq!(predicate["pushdown"], "exact", "{predicate:#}");
        assert_ne!(predicate["reason"], "", "{predicate:#}");
        assert_eq!(predicate["place"]["line"], 1, "{predicate:#}");
    }
    let kernel = &event["kernel"];
    let filters = kernel["filters"].as_array().expect("filters");
    let number = |value: &serde_json::Value| value.as_u64().expect("a number");
    let told: Vec<_> = filters
        .iter()
        .map(|filter| {
            assert_eq!(filter["selectors"], 1, "{filter:#}");
            let (field, kind) = (filter["field"].as_str(), filter["kind"].as_str());
            (field.unwrap_or("?"), kind.unwrap_or("?"))
        })
        .collect();
    let state = "pathname exists, truncated(pathname)";
    assert_eq!(
        told,
        [
            ("flags", "flags"),
            (state, "integers"),
            ("pathname", "string")
        ]
    );
    assert_eq!(
        filters[2]["walks"], 6,
        "five bytes that match, and one that does not"
    );
    // Each byte of every filter is one of the kernel's tables.
    let bytes: u64 = filters.iter().map(|filter| number(&filter["bytes"])).sum();
    assert!(
        bytes > 0 && bytes < number(&explained["tables"]["bytes"]),
        "{explained:#}"
    );
    let costs: Vec<u64> = filters.iter().map(|filter| number(&filter["ns"])).collect();
    let (least, most) = (number(&kernel["least_ns"]), number(&kernel["most_ns"]));
    assert_eq!(most - least, costs[1] + costs[2]);
    assert!(
        least > costs[0],
        "what is done before the first filter has its cost, too"
    );
    assert!(number(&kernel["pass_ns"]) > 0);
}

#[test]
fn what_userland_looks_up_is_told() {
    let rules = |condition: &str| -> String {
        let rule = |at: u32| {
            let condition = condition.replace('N', &at.to_string());
            format!("  rule r{at} {{ on openat where {condition}; }}\n")
        };
        (10..50).map(rule).collect()
    };
    let found = rules(r#"pathname contains "/directory/N/""#);
    let always = "  rule always { on openat where retval < 0; }\n";
    let denied = rules(r#"not pathname contains "/directory/N/" and not proc.comm == "task-N""#);
    for (rules, expected) in [
        (
            found.clone(),
            "looks up pathname in 40 literals; of 40 conditions it evaluates those found\n",
        ),
        (
            found + always,
            "looks up pathname in 40 literals; of 41 conditions it evaluates those found, and 1 for every event\n",
        ),
        (
            denied,
            "looks up pathname in 40, proc.comm in 40 literals; it evaluates what they leave open of 40 conditions\n",
        ),
    ] {
        let (_directory, path) = policy(&format!("policy p {{\n{rules}}}"));
        let explained = outcome(&mut tracee(&["explain", &path]));
        assert!(
            explained.stdout.contains(expected),
            "{}{}",
            explained.stdout,
            explained.stderr
        );
    }
}
