//! `tracee check --fix`: what it writes, what it says, what it leaves alone.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::{outcome, policy, tracee};

const WRONG: &str = "policy p {\n  select open where flags = 1 && mode == 2\n  select opnat;\n}\n";
const MENDED: &str =
    "policy p {\n  select open where flags == 1 and mode == 2;\n  select opnat;\n}\n";

fn read(path: &str) -> String {
    fs::read_to_string(path).expect("the file")
}

#[test]
fn what_is_sure_is_mended_and_the_rest_is_reported() {
    let (directory, path) = policy(WRONG);
    fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).expect("permissions");
    let link = directory.path().join("link.tp");
    symlink(&path, &link).expect("a link");
    let link = link.display().to_string();

    let ran = outcome(&mut tracee(&["check", "--fix", &link]));
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert_eq!(read(&path), MENDED);
    let said = ran.stderr.replace(&link, "");
    let expected = ":2:27: fixed[TP0106]: write `==`\n\
                    :2:31: fixed[TP0106]: write `and`\n\
                    :2:43: fixed[TP0102]: add `;`\n";
    assert_eq!(said, expected);
    let left = ":3:10: error[TP0201]: unknown event `opnat`\n";
    assert_eq!(ran.stdout.replace(&link, ""), left);

    let mode = fs::metadata(&path).expect("the file").permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    let is_link = fs::symlink_metadata(&link).expect("the link").is_symlink();
    assert!(is_link);
    let files = fs::read_dir(directory.path()).expect("the directory");
    assert_eq!(files.count(), 2, "nothing else was left beside it");
}

#[test]
fn nothing_is_written_where_nothing_is_to_be_mended() {
    let (_directory, path) = policy("policy p {\r\n  select execve;\r\n}\r\n");
    let before = fs::metadata(&path).expect("the file");
    let ran = outcome(&mut tracee(&["check", "--fix", &path]));
    assert_eq!((ran.code, &*ran.stdout, &*ran.stderr), (Some(0), "", ""));
    let after = fs::metadata(&path).expect("the file");
    use std::os::unix::fs::MetadataExt;
    assert_eq!(before.ino(), after.ino());
}

#[test]
fn a_byte_order_mark_and_line_ends_stay() {
    let (_directory, path) = policy("\u{feff}policy p {\r\n  select execve\r\n}\r\n");
    let ran = outcome(&mut tracee(&["check", "--fix", &path]));
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    assert_eq!(
        read(&path),
        "\u{feff}policy p {\r\n  select execve;\r\n}\r\n"
    );
}

#[test]
fn the_diff_is_printed_and_nothing_is_written() {
    let (_directory, path) = policy(WRONG);
    let ran = outcome(&mut tracee(&["check", "--fix", "--diff", &path]));
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert_eq!(read(&path), WRONG);
    let expected = "--- a.tp\n+++ a.tp\n@@ -1,4 +1,4 @@\n policy p {\n\
                    -  select open where flags = 1 && mode == 2\n\
                    +  select open where flags == 1 and mode == 2;\n   select opnat;\n }\n";
    assert_eq!(ran.stdout.replace(&path, "a.tp"), expected);

    let (_directory, path) = policy("policy p { select execve; }");
    let ran = outcome(&mut tracee(&["check", "--fix", "--diff", &path]));
    assert_eq!((ran.code, &*ran.stdout), (Some(0), ""));
    let alone = outcome(&mut tracee(&["check", "--diff", &path]));
    assert_eq!(alone.code, Some(2));
}

#[test]
fn machines_get_the_rest_on_stdout() {
    let (_directory, path) = policy(WRONG);
    let ran = outcome(&mut tracee(&["check", "--fix", "--format", "json", &path]));
    assert_eq!(ran.stdout.lines().count(), 1);
    let one: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(one["code"], "TP0201");
    assert_eq!(one["fixes"][0]["sure"], false);
}

#[test]
fn stdin_has_no_file() {
    let ran = outcome(&mut tracee(&["check", "--fix", "-"]));
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("stdin can't be fixed"),
        "{}",
        ran.stderr
    );
}
