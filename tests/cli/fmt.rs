//! `tracee fmt`: what it writes, what it leaves alone, exit codes.

use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Stdio;

use crate::{outcome, policy, tracee};

const LOOSE: &str = "policy p{select open;// all\n}";
const FORMATTED: &str = "policy p {\n  select open; // all\n}\n";

fn read(path: &str) -> String {
    std::fs::read_to_string(path).expect("the file")
}

#[test]
fn a_file_is_rewritten_in_its_place() {
    let (directory, path) = policy(LOOSE);
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).expect("permissions");
    let link = directory.path().join("link.tp");
    symlink(&path, &link).expect("a link");
    let link = link.display().to_string();

    let ran = outcome(&mut tracee(&["fmt", &link]));
    assert_eq!((ran.code, &*ran.stdout, &*ran.stderr), (Some(0), "", ""));
    assert_eq!(read(&path), FORMATTED);
    let mode = std::fs::metadata(&path)
        .expect("the file")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o640);
    assert!(
        std::fs::symlink_metadata(&link)
            .expect("the link")
            .is_symlink()
    );
    // Nothing else was left beside it.
    assert_eq!(
        std::fs::read_dir(directory.path())
            .expect("the directory")
            .count(),
        2
    );
}

#[test]
fn check_names_the_files_that_would_change() {
    let (_loose, loose) = policy(LOOSE);
    let (_formatted, formatted) = policy(FORMATTED);
    let ran = outcome(&mut tracee(&["fmt", "--check", &formatted, &loose]));
    assert_eq!(ran.code, Some(1));
    assert_eq!(ran.stdout, format!("{loose}:1: not formatted\n"));
    assert_eq!(read(&loose), LOOSE);
    assert_eq!(
        outcome(&mut tracee(&["fmt", "--check", &formatted])).code,
        Some(0)
    );
}

#[test]
fn a_file_that_does_not_parse_is_left_alone_and_the_others_are_not() {
    let (_broken, broken) = policy("policy p { select open }");
    let (_loose, loose) = policy(LOOSE);
    let ran = outcome(&mut tracee(&["fmt", &broken, &loose]));
    assert_eq!((ran.code, &*ran.stdout), (Some(1), ""));
    assert!(ran.stderr.contains("error[TP0102]"), "{}", ran.stderr);
    assert_eq!(read(&broken), "policy p { select open }");
    assert_eq!(read(&loose), FORMATTED);
}

#[test]
fn a_file_that_is_not_there_is_wrong_usage() {
    let ran = outcome(&mut tracee(&["fmt", "/nonexistent/policy.tp"]));
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("can't be read"), "{}", ran.stderr);
}

#[test]
fn stdin_goes_to_stdout() {
    let mut child = tracee(&["fmt", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("tracee starts");
    let mut stdin = child.stdin.take().expect("its stdin");
    stdin.write_all(LOOSE.as_bytes()).expect("tracee reads");
    drop(stdin);
    let output = child.wait_with_output().expect("tracee ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stdout), FORMATTED);
}
