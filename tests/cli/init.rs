//! `tracee init`: what it writes is run.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::{Outcome, outcome, tracee};

/// A directory below another one that goes with it.
fn pack(name: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let root = tempfile::tempdir().expect("a directory");
    let path = root.path().join(name);
    let made = outcome(tracee(&["init", name]).current_dir(root.path()));
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    (root, path)
}

/// Runs a program of the pack, which finds this `tracee` in the PATH.
fn run(pack: &Path, program: &str, arguments: &[&str]) -> Outcome {
    let this = Path::new(env!("CARGO_BIN_EXE_tracee"));
    let own = this.parent().expect("a directory").display().to_string();
    let path = std::env::var("PATH").expect("a PATH");
    let mut command = Command::new(program);
    let command = command.args(arguments).current_dir(pack);
    outcome(command.env("PATH", format!("{own}:{path}")))
}

fn change(pack: &Path, file: &str, from: &str, to: &str) {
    let path = pack.join(file);
    let text = fs::read_to_string(&path).expect("a file of the pack");
    assert!(text.contains(from), "{file}: {text}");
    fs::write(&path, text.replace(from, to)).expect("a written file");
}

#[test]
fn a_new_pack_holds_what_it_says() {
    let (_root, pack) = pack("Web-Servers 2");
    let checked = run(&pack, "./check.sh", &[]);
    assert_eq!(
        checked.code,
        Some(0),
        "{}{}",
        checked.stdout,
        checked.stderr
    );
    let tests = "5 passed, 0 failed\ncovered: 100 % (4 of 4)\n";
    assert!(checked.stdout.ends_with(tests), "{}", checked.stdout);
    let policy = fs::read_to_string(pack.join("policy.tp")).expect("the policy");
    assert!(policy.contains("\npolicy web_servers_2 {"), "{policy}");
}

#[test]
fn its_check_refuses_what_is_wrong() {
    let (_root, pack) = pack("pack");
    let refused = |said: &str| {
        let checked = run(&pack, "./check.sh", &[]);
        assert_ne!(checked.code, Some(0), "{said}");
        let all = checked.stdout + &checked.stderr;
        assert!(all.contains(said), "{said}: {all}");
    };
    let severity = ("severity high;", "severity low;");
    change(&pack, "policy.tp", severity.0, severity.1);
    refused("+{\"type\":\"detection\"");
    let updated = run(&pack, "./check.sh", &["--update"]);
    assert_eq!(updated.code, Some(0), "{}", updated.stderr);
    assert_eq!(run(&pack, "./check.sh", &[]).code, Some(0));
    change(&pack, "tests.tp", "/usr/bin/tmp", "/tmp/x");
    refused("FAILED pack.program_from_scratch_directory");
    change(
        &pack,
        "policy.tp",
        "pathname prefix std",
        "pathnam prefix std",
    );
    refused("TP0202");
    change(&pack, "policy.tp", "  rule", "   rule");
    refused("policy.tp");
}

#[test]
fn its_hook_keeps_what_is_wrong_from_being_committed() {
    let (_root, pack) = pack("pack");
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
        run(&pack, "git", &[&identity, arguments].concat())
    };
    assert_eq!(git(&["init", "--quiet"]).code, Some(0));
    let hooks = ["config", "core.hooksPath", ".githooks"];
    assert_eq!(git(&hooks).code, Some(0));
    assert_eq!(git(&["add", "."]).code, Some(0));
    let first = git(&["commit", "--quiet", "-m", "Start"]);
    assert_eq!(first.code, Some(0), "{}{}", first.stdout, first.stderr);
    change(
        &pack,
        "policy.tp",
        "on sched_process_exec",
        "on sched_proces_exec",
    );
    let refused = git(&["commit", "--quiet", "-a", "-m", "Break it"]);
    assert_ne!(refused.code, Some(0));
    assert!(refused.stderr.contains("TP0201"), "{}", refused.stderr);
}

/// What is in the directory and not staged is not committed either. The pack may be a part of a repository.
#[test]
fn its_hook_checks_what_is_staged() {
    let (root, pack) = pack("pack");
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
        run(&pack, "git", &[&identity, arguments].concat())
    };
    assert_eq!(run(root.path(), "git", &["init", "--quiet"]).code, Some(0));
    let hooks = ["config", "core.hooksPath", "pack/.githooks"];
    assert_eq!(git(&hooks).code, Some(0));
    assert_eq!(git(&["add", "."]).code, Some(0));
    let commit = || git(&["commit", "--quiet", "-m", "Change"]);
    let first = commit();
    assert_eq!(first.code, Some(0), "{}{}", first.stdout, first.stderr);
    let (right, wrong) = ("on sched_process_exec", "on sched_proces_exec");
    // Mended, but not staged.
    change(&pack, "policy.tp", right, wrong);
    assert_eq!(git(&["add", "."]).code, Some(0));
    change(&pack, "policy.tp", wrong, right);
    let refused = commit();
    assert_ne!(refused.code, Some(0));
    assert!(refused.stderr.contains("TP0201"), "{}", refused.stderr);
    // Staged while something else is being tried.
    change(&pack, "README.md", "begin here", "begin");
    assert_eq!(git(&["add", "."]).code, Some(0));
    change(&pack, "policy.tp", right, wrong);
    let second = commit();
    assert_eq!(second.code, Some(0), "{}{}", second.stdout, second.stderr);
}

/// All that the workflow runs once tracee is there.
#[test]
fn its_workflow_passes_and_annotates() {
    let (_root, pack) = pack("pack");
    let workflow = fs::read_to_string(pack.join(".github/workflows/policies.yml"));
    let workflow = workflow.expect("the workflow");
    let steps = workflow
        .lines()
        .filter_map(|line| line.trim().strip_prefix("run: "));
    let steps: Vec<&str> = steps.collect();
    assert_eq!(steps.len(), 3, "{workflow}");
    for step in &steps {
        let done = run(&pack, "sh", &["-c", step]);
        assert_eq!(done.code, Some(0), "{step}: {}", done.stderr);
    }
    // Which tracee that is, somebody has to say.
    let nowhere = Command::new("/bin/sh")
        .args(["-c", steps[0]])
        .env_clear()
        .env("PATH", "/none")
        .output();
    let nowhere = nowhere.expect("a shell");
    let said = String::from_utf8_lossy(&nowhere.stderr);
    assert!(
        !nowhere.status.success() && said.contains("REPOSITORY"),
        "{said}"
    );
    change(
        &pack,
        "policy.tp",
        "on sched_process_exec",
        "on sched_proces_exec",
    );
    let annotated = run(&pack, "sh", &["-c", steps[1]]);
    assert_eq!(annotated.code, Some(1));
    let error = "::error file=policy.tp,line=";
    assert!(annotated.stdout.contains(error), "{}", annotated.stdout);
}

#[test]
fn nothing_is_overwritten() {
    let root = tempfile::tempdir().expect("a directory");
    fs::write(root.path().join("check.sh"), "mine").expect("a written file");
    let made = outcome(tracee(&["init"]).current_dir(root.path()));
    assert_eq!(made.code, Some(2));
    let said = "`check.sh` is there already, nothing was written";
    assert!(made.stderr.contains(said), "{}", made.stderr);
    assert!(!root.path().join("policy.tp").exists());
    let nowhere = outcome(&mut tracee(&["init", "/proc/nowhere"]));
    assert_eq!(nowhere.code, Some(2));
    assert!(
        nowhere.stderr.contains("can't be written"),
        "{}",
        nowhere.stderr
    );
}

/// A directory may be called as nothing in a policy can be.
#[test]
fn names_are_those_that_a_policy_can_have() {
    for (directory, name) in [
        ("true", "true_pack"),
        ("std", "std_pack"),
        ("2027", "my_pack"),
    ] {
        let (_root, pack) = pack(directory);
        let text = fs::read_to_string(pack.join("policy.tp")).expect("the policy");
        let declared = format!("\npolicy {name} {{");
        assert!(text.contains(&declared), "{directory}: {text}");
        assert_eq!(run(&pack, "./check.sh", &[]).code, Some(0));
    }
}
