//! Exceptions as a person meets them: they hold until their last day, and are shown for what they are.

use crate::{outcome, policy, tracee};

const POLICY: &str = r#"policy host {
  rule read {
    on openat where pathname under "/etc";
    except reason "SEC-1: the agent" expires 2027-01-31 where proc.exe == "/opt/agent";
  }
}

test "the agent may read it" for host {
  given openat { pathname: "/etc/shadow", proc: { exe: "/opt/agent" } };
  expect not read;
}
"#;

#[test]
fn what_has_expired_is_a_warning() {
    let (_directory, path) = policy(POLICY);
    let check = |arguments: &[&str]| outcome(&mut tracee(&[&["check", &path], arguments].concat()));
    let holds = check(&["--today", "2027-01-31", "--deny", "warnings"]);
    assert_eq!((holds.code, &*holds.stdout), (Some(0), ""));
    let expired = check(&["--today", "2027-02-01"]);
    assert_eq!(expired.code, Some(0), "{}", expired.stderr);
    let warning = "warning[TP2014]: the exception has expired: `2027-01-31` is past";
    assert!(expired.stdout.contains(warning), "{}", expired.stdout);
    let denied = check(&["--today", "2027-02-01", "--deny", "warnings"]);
    assert_eq!(denied.code, Some(1));
    for wrong in ["tomorrow", "2027-02-30", "1969-12-31"] {
        let refused = check(&["--today", wrong]);
        assert_eq!(refused.code, Some(2), "{wrong}");
        assert!(refused.stderr.contains(wrong), "{}", refused.stderr);
    }
    // Without it, the clock tells.
    let (_directory, past) = policy(&POLICY.replace("2027-01-31", "1999-12-31"));
    let expired = outcome(&mut tracee(&["check", &past]));
    assert!(expired.stdout.contains("TP2014"), "{}", expired.stdout);
}

#[test]
fn what_has_expired_is_detected_again() {
    let (_directory, path) = policy(POLICY);
    let detected = |day: &str| {
        let events = "tests/golden/meaning/exceptions/events.jsonl";
        let arguments = ["run", &path, "--replay", events, "--output", "json"];
        let run = outcome(&mut tracee(&[&arguments[..], &["--today", day]].concat()));
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        run.stdout.matches("\"type\":\"detection\"").count()
    };
    let (holding, expired) = (detected("2027-01-31"), detected("2027-02-01"));
    // One of the events is the agent's.
    assert!(holding > 0);
    assert_eq!(expired, holding + 1);
}

#[test]
fn a_test_that_fails_for_it_says_what_has_expired() {
    let (_directory, path) = policy(POLICY);
    let passed = outcome(&mut tracee(&["test", &path, "--today", "2027-01-31"]));
    assert_eq!((passed.code, &*passed.stderr), (Some(0), ""));
    let failed = outcome(&mut tracee(&["test", &path, "--today", "2027-02-01"]));
    assert_eq!(failed.code, Some(6));
    assert!(failed.stderr.contains("TP2014"), "{}", failed.stderr);
}
