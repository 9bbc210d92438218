//! `tracee check`: places, formats, exit codes.

use crate::{outcome, policy, tracee};

const FIVE_MISTAKES: &str = r#"list shells: string = ["/bin/sh"];

policy five {
  select opnat;
  rule wrong_argument {
    on openat where pathnam prefix "/etc/";
  }
  rule wrong_type {
    on openat where pathname == 5;
  }
  rule wrong_constant {
    on openat where flags has any [O_WRONLYY];
  }
  rule too_large {
    on dup2 where newfd == 99999999999;
  }
}
"#;

#[test]
fn examples_are_clean() {
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/policies"))
        .expect("the examples")
    {
        let path = entry.expect("a readable directory").path();
        let checked = outcome(&mut tracee(&["check", &path.display().to_string()]));
        assert_eq!(
            (checked.code, &*checked.stdout, &*checked.stderr),
            (Some(0), "", ""),
            "{path:?}"
        );
    }
}

#[test]
fn five_mistakes_are_five_errors_at_their_places() {
    let (_directory, path) = policy(FIVE_MISTAKES);
    let short = outcome(&mut tracee(&["check", &path]));
    assert_eq!(short.code, Some(1));
    let places: Vec<(&str, bool)> = short
        .stdout
        .lines()
        .filter(|line| line.contains("error[TP"))
        .map(|line| {
            let rest = line.strip_prefix(&*path).expect("the file's name first");
            let (place, message) = rest[1..]
                .split_once(": ")
                .expect("a place, then the message");
            (place, message.starts_with("error[TP"))
        })
        .collect();
    let at = ["4:10", "6:21", "9:33", "12:36", "15:28"];
    assert_eq!(places, at.map(|place| (place, true)), "{}", short.stdout);
}

#[test]
fn every_format_shows_every_error() {
    let (_directory, path) = policy(FIVE_MISTAKES);
    for format in ["rich", "narrated", "plain", "short", "json"] {
        let shown = outcome(&mut tracee(&["check", "--format", format, &path]));
        assert_eq!(shown.code, Some(1), "{format}");
        for name in ["opnat", "pathnam", "O_WRONLYY"] {
            assert!(
                shown.stdout.contains(&format!("`{name}`")),
                "{format}: {}",
                shown.stdout
            );
        }
        assert_eq!(
            shown.stdout.matches("TP0").count(),
            5,
            "{format}: {}",
            shown.stdout
        );
    }
}

#[test]
fn json_is_one_object_a_line() {
    let (_directory, path) = policy(FIVE_MISTAKES);
    let shown = outcome(&mut tracee(&["check", "--format", "json", &path]));
    let objects: Vec<serde_json::Value> = shown
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON on every line"))
        .collect();
    assert_eq!(objects.len(), 5);
    assert_eq!(objects[0]["labels"][0]["start"]["line"], 4);
    assert_eq!(objects[0]["labels"][0]["start"]["column"], 10);
    assert_eq!(objects[0]["severity"], "error");
}

#[test]
fn rules_are_listed_with_names_and_tactics_of_their_techniques() {
    let (_directory, path) = policy(
        r#"policy p { rule r { attack T1059.004; on execve where pathname == "/bin/sh"; } }"#,
    );
    let list = outcome(&mut tracee(&["list", "rules", "--format", "json", &path]));
    let rules: serde_json::Value = serde_json::from_str(&list.stdout).expect("JSON");
    assert_eq!(rules[0]["attack"], serde_json::json!(["T1059.004"]));
    let technique = serde_json::json!({
        "id": "T1059.004",
        "name": "Command and Scripting Interpreter: Unix Shell",
        "tactics": [{ "id": "TA0002", "name": "Execution" }],
    });
    assert_eq!(rules[0]["techniques"], serde_json::json!([technique]));
}

#[test]
fn warnings_fail_where_they_are_denied() {
    let (_directory, path) = policy("policy p { select openat; }");
    let allowed = outcome(&mut tracee(&["check", &path]));
    assert_eq!(allowed.code, Some(0));
    assert!(allowed.stdout.contains("warning[TP2208]"));
    let denied = outcome(&mut tracee(&["check", "--deny", "warnings", &path]));
    assert_eq!(
        (denied.code, denied.stdout),
        (Some(1), allowed.stdout),
        "the same is said"
    );
}

#[test]
fn sets_of_events_are_listed() {
    let sets = outcome(&mut tracee(&["list", "sets"]));
    assert!(sets.stdout.contains("\nfs_sync  "), "{}", sets.stdout);
    let events = outcome(&mut tracee(&["list", "events", "--set", "fs_sync"]));
    assert!(events.stdout.starts_with("msync"), "{}", events.stdout);
    assert!(!events.stdout.contains("openat"), "{}", events.stdout);
    let unknown = outcome(&mut tracee(&["list", "events", "--set", "nothing"]));
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.stderr.contains("there is no set `nothing`"));
    let rules = outcome(&mut tracee(&["list", "rules", "--set", "fs"]));
    assert_eq!(rules.code, Some(2));
}

#[test]
fn an_event_is_described() {
    let page = outcome(&mut tracee(&["describe", "mmap", "connect"]));
    assert_eq!(page.code, Some(0), "{}", page.stderr);
    for line in [
        "event mmap",
        "  prot    flags protection",
        "PROT_EXEC",
        "  addr.port    port",
        "  retval",
    ] {
        assert!(page.stdout.contains(line), "{line}: {}", page.stdout);
    }
    let json = outcome(&mut tracee(&["describe", "openat", "--format", "json"]));
    let described: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(described[0]["args"][2]["constants"][2]["name"], "O_RDWR");
    assert!(described[0]["hook"]["available"].is_boolean());
    let unknown = outcome(&mut tracee(&["describe", "opennat"]));
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.stderr.contains("did you mean `openat`?"));
}
