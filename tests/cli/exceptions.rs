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

/// A rule with exceptions, and tests that don't know of them.
const TESTED: &str = r#"policy host {
  rule read {
    on openat where pathname under "/etc" and retval >= 0;
    except reason "SEC-1: the agent" expires 2099-01-31 where proc.exe == "/opt/agent" and proc.uid == 0;
    except reason "SEC-2" where pathname in ["/etc/passwd", "/etc/group"];
  }

  except host.* reason "SEC-3: no test" where proc.exe under "/opt/backup";
}

test "the agent is detected" for host {
  given openat { pathname: "/etc/shadow", proc: { exe: "/opt/agent" } };
  expect read;
}

test "anybody may read it" for host {
  given openat { pathname: "/etc/group", proc: { exe: absent } };
  given openat { pathname: "/etc/shadow", proc: { exe: absent } };
  expect not read;
}
"#;

#[test]
fn failing_tests_show_exceptions_by_name_and_coverage_asks_for_them() {
    let (directory, path) = policy(TESTED);
    let run = outcome(&mut tracee(&["test", &path, "--coverage"]));
    assert_eq!(run.code, Some(6), "{}", run.stderr);
    let within = format!("{}/", directory.path().display());
    insta::assert_snapshot!(run.stdout.replace(&within, ""));
}

#[test]
fn plans_show_exceptions_by_name() {
    let (directory, path) = policy(TESTED);
    let run = outcome(&mut tracee(&["explain", &path]));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let within = format!("{}/", directory.path().display());
    // What the machine has, and its code, differ.
    let rule = run.stdout.split("\n\n").next().expect("an event");
    let lines = rule
        .lines()
        .filter(|line| !line.contains("made from") && !line.contains("not available"));
    let lines: Vec<&str> = lines.collect();
    insta::assert_snapshot!(lines.join("\n").replace(&within, ""));
}
