//! What can be wrong with the policies that tracee is given, before they mean anything.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use super::expect;
use crate::{outcome, policy, tracee};

const GOOD: &str = "policy p { select execve; }";

/// A directory with these files.
fn directory(files: &[(&str, &[u8])]) -> (tempfile::TempDir, String) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    for (name, bytes) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
        fs::write(path, bytes).expect("a file");
    }
    let path = directory.path().display().to_string();
    (directory, path)
}

/// What `check` prints of a policy, without the file's name.
fn check(text: &str) -> String {
    let (_directory, path) = policy(text);
    let said = outcome(&mut tracee(&["check", &path]));
    assert_eq!(said.stderr, "");
    said.stdout.replace(&path, "")
}

#[test]
fn a_file_that_is_not_there() {
    let words = ["nowhere.tp:1:1: error[TP0012]", "No such file"];
    for command in ["check", "fmt", "explain", "run"] {
        expect(&[command, "nowhere.tp"], 2, &words);
    }
    expect(&["list", "rules", "nowhere.tp"], 2, &words);
}

#[test]
fn one_unreadable_file_among_others() {
    let (_directory, path) = directory(&[
        ("a.tp", b"policy a { select opnat; }"),
        ("b.tp", b"// caf\xe9\npolicy b { select execve; }"),
        ("c.tp", b"policy c { select execvee; }"),
        ("d.tp", b"policy d { select execve }"),
    ]);
    let pipe = format!("{path}/c.tp/../no.tp");
    let said = outcome(&mut tracee(&["check", &path, &pipe]));
    assert_eq!(said.code, Some(2), "{}", said.stderr);
    let codes = ["TP0201", "TP0007", "TP0201", "TP0102", "TP0012"];
    let found: Vec<&str> = said
        .stdout
        .lines()
        .filter_map(|line| line.split_once("error[")?.1.get(..6))
        .collect();
    assert_eq!(found, codes, "{}", said.stdout);
    // The formatter goes on, too: it formats what it can.
    let formatted = outcome(&mut tracee(&["fmt", &path]));
    assert_eq!(formatted.code, Some(2));
    let first = fs::read_to_string(Path::new(&path).join("a.tp")).expect("the file");
    assert_eq!(first, "policy a {\n  select opnat;\n}\n");
}

#[test]
fn a_directory_without_policies() {
    let (_directory, path) = directory(&[("notes.md", b""), (".git/x.tp", GOOD.as_bytes())]);
    for command in ["check", "fmt", "explain", "run"] {
        expect(&[command, &path], 2, &["no policies", "`.tp`", &path]);
    }
}

#[test]
fn a_directory_that_contains_itself() {
    let (_directory, path) = directory(&[("a/b.tp", GOOD.as_bytes())]);
    symlink(&path, Path::new(&path).join("a/up")).expect("a link");
    expect(&["check", &path], 0, &[]);
}

#[test]
fn a_file_that_is_named_twice_and_one_of_another_name() {
    let (_directory, path) = directory(&[("a.tp", GOOD.as_bytes()), ("policy.txt", b"policy q")]);
    let file = format!("{path}/a.tp");
    expect(&["check", &file, &path, &file], 0, &[]);
    let other = format!("{path}/policy.txt");
    expect(&["check", &other], 1, &["policy.txt:1:", "error[TP0101]"]);
}

#[test]
fn a_file_of_100_megabytes() {
    let (_directory, path) = directory(&[]);
    let path = format!("{path}/large.tp");
    let file = File::create(&path).expect("a file");
    file.set_len(100_000_000).expect("a large file");
    for command in ["check", "fmt"] {
        let words = ["error[TP0001]", "100000000 bytes", "at most"];
        expect(&[command, &path], 2, &words);
    }
}

#[test]
fn a_pipe_a_device_and_a_socket() {
    let (_directory, path) = directory(&[]);
    let pipe = format!("{path}/pipe.tp");
    let made = Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo starts").success());
    expect(&["check", &pipe], 2, &["pipe.tp:1:1", "it is a pipe"]);
    expect(&["check", &path], 2, &["pipe.tp:1:1", "it is a pipe"]);
    expect(&["fmt", "/dev/zero"], 2, &["it is a device"]);
    let socket = format!("{path}/socket.tp");
    let _socket = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
    expect(&["check", &socket], 2, &["it is a socket"]);
}

#[test]
fn nul_bytes() {
    let said = check("policy p { select execve where pathname == \"a\0\"; }\0\0");
    let expected = ":1:46: error[TP0008]: control character U+0000 in a string\n\
                    :1:51: error[TP0008]: control character U+0000 between words\n";
    assert_eq!(said, expected);
}

#[test]
fn a_byte_order_mark() {
    let (_directory, path) = policy("\u{feff}policy p { select opnat; }\n");
    expect(&["check", &path], 1, &[":1:19: error[TP0201]"]);
    let marked = "\u{feff}policy p {\n  select execve;\n}\n";
    fs::write(&path, marked).expect("the file");
    expect(&["check", &path], 0, &[]);
    expect(&["fmt", "--check", &path], 1, &[":1: not formatted"]);
    expect(&["fmt", &path], 0, &[]);
    assert_eq!(fs::read_to_string(&path).expect("the file"), &marked[3..]);
}

#[test]
fn lines_that_end_with_carriage_returns() {
    let text = "// one\r\npolicy p {\r\n  select opnat, execvee;\r\n}\r\n";
    let said = check(text);
    assert!(said.starts_with(":3:10: error[TP0201]"), "{said}");
    assert!(said.contains("\n:3:17: error[TP0201]"), "{said}");
    let (_directory, path) = policy("// one\r\npolicy p {\r\n  select execve;\r\n}\r\n");
    expect(&["check", &path], 0, &[]);
    expect(&["fmt", &path], 0, &[]);
    let formatted = fs::read_to_string(&path).expect("the file");
    assert_eq!(formatted, "// one\npolicy p {\n  select execve;\n}\n");
    let said = check("// one\rpolicy p { select execve; }\n");
    assert!(
        said.starts_with(":1:7: error[TP0008]: a carriage return"),
        "{said}"
    );
}

#[test]
fn other_encodings() {
    let (_directory, path) = directory(&[
        ("latin1.tp", b"// one\n// caf\xe9\n"),
        ("utf16.tp", b"\xff\xfep\0o\0l\0"),
    ]);
    let words = [
        "latin1.tp:2:7: error[TP0007]: the file is not UTF-8: byte 0xE9",
        "utf16.tp:1:1: error[TP0007]: the file is UTF-16",
    ];
    expect(&["check", &path], 2, &words);
    expect(&["fmt", &path], 2, &words);
}

#[test]
fn text_that_looks_different_from_what_it_is() {
    let text =
        "// \u{202e}\npolicy p { select execve where p\u{430}thname == \"r\u{43e}ot\u{2066}\"; }";
    let said = check(text);
    let expected = [
        ":1:4: error[TP0009]: bidirectional control U+202E",
        ":2:32: error[TP0010]: `\u{430}` (U+0430, Cyrillic)",
        ":2:45: error[TP0010]: `r\u{43e}ot` mixes scripts",
        ":2:49: error[TP0009]: bidirectional control U+2066",
    ];
    assert_eq!(said.lines().count(), expected.len(), "{said}");
    for (line, expected) in said.lines().zip(expected) {
        assert!(line.starts_with(expected), "{line}");
    }
    let (_directory, path) = policy(text);
    expect(&["fmt", &path], 1, &["TP0009", "TP0010"]);
}

#[test]
fn ten_thousand_nested_parentheses() {
    let condition = format!("{}true{}", "(".repeat(10_000), ")".repeat(10_000));
    let said = check(&format!("policy p {{ select dup where {condition}; }}"));
    assert!(said.contains("error[TP0002]"), "{said}");
}

#[test]
fn a_list_of_a_million_values() {
    let list = |count: usize| format!("list l: i32 = [{}];", vec!["1"; count].join(","));
    let (_directory, path) = policy(&list(1_000_000));
    expect(&["check", &path], 2, &["TP0001", "tokens; at most"]);
    // A file may have as many values, but not one list.
    let (_directory, path) = policy(&list(200_000));
    expect(&["check", &path], 1, &["TP0005", "200000 elements"]);
}

#[test]
fn two_policies_of_one_name() {
    let (_directory, path) = directory(&[("a.tp", GOOD.as_bytes()), ("b/c.tp", GOOD.as_bytes())]);
    let said = outcome(&mut tracee(&["check", &path]));
    assert_eq!(said.code, Some(1));
    let first = format!("{path}/b/c.tp:1:8: error[TP0206]");
    assert!(said.stdout.starts_with(&first), "{}", said.stdout);
    // The place of the other one is there in all forms that show places.
    let plain = outcome(&mut tracee(&["check", "--format", "plain", &path]));
    assert!(plain.stdout.contains("a.tp:1:8"), "{}", plain.stdout);
}
