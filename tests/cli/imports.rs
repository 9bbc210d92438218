//! Policies of several files: imports, libraries, the standard library.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use crate::{Outcome, outcome, tracee};

const INTRUSION: &str = "examples/recordings/intrusion.trec";

/// A directory with these files in it.
fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a temporary directory");
    for (name, text) in files {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(path, text).expect("a file");
    }
    root
}

fn check(root: &Path, names: &[&str]) -> Outcome {
    let mut command = tracee(&["check"]);
    command.args(names).current_dir(root);
    outcome(&mut command)
}

const LISTS: &str =
    "list mine: path = [\"/mine/\"];\nrule opened { on openat where pathname prefix mine; }\n";

#[test]
fn a_file_is_one_whatever_path_leads_to_it() {
    let root = tree(&[
        ("site/lists.tp", LISTS),
        (
            "policies/web.tp",
            "import \"../site/lists.tp\" as site;\npolicy web { use site.*; select unlink where pathname prefix site.mine; }\n",
        ),
        (
            "policies/db.tp",
            "import \"../link.tp\" as site;\nimport \"web.tp\" as web;\npolicy db { use site.opened; select rename where oldpath prefix site.mine; }\n",
        ),
    ]);
    symlink("site/lists.tp", root.path().join("link.tp")).expect("a link");
    let absolute = root.path().join("site/./lists.tp").display().to_string();
    let main = format!("import \"{absolute}\";\npolicy main {{ use opened; }}\n");
    fs::write(root.path().join("main.tp"), main).expect("a file");
    let names = ["policies", "main.tp", "./link.tp"];
    let checked = check(root.path(), &names);
    let unused = "policies/db.tp:2:1: warning[TP2009]: nothing of this import is used\n";
    assert_eq!(
        (checked.code, &*checked.stdout),
        (Some(0), unused),
        "{}",
        checked.stderr
    );
}

#[test]
fn what_cannot_be_imported_is_said_where_it_is_written() {
    let root = tree(&[
        ("lists.tp", LISTS),
        ("directory/x.tp", ""),
        ("latin.tp", ""),
        (
            "main.tp",
            "import \"list.tp\" as a;\n\
             import \"directory\" as b;\n\
             import \"pipe\" as c;\n\
             import \"/dev/zero\" as d;\n\
             import \"large.tp\" as e;\n\
             import \"latin.tp\" as f;\n\
             import \"lists.tp/x\" as g;\n\
             import \"loop.tp\" as h;\n\
             policy p { select unlink where a.x or b.x or c.x or d.x or e.x or f.x or g.x or h.x; }\n",
        ),
    ]);
    let path = |name: &str| root.path().join(name);
    fs::write(path("latin.tp"), b"// caf\xe9").expect("a file");
    let large = fs::File::create(path("large.tp")).expect("a file");
    large.set_len(100 << 20).expect("100 MiB of nothing");
    symlink("loop.tp", path("loop.tp")).expect("a link");
    let made = Command::new("mkfifo").arg(path("pipe")).status();
    assert!(made.expect("mkfifo starts").success());
    let checked = check(root.path(), &["main.tp"]);
    let expected = [
        "main.tp:1:8: error[TP0211]: `list.tp` can't be imported: No such file or directory",
        "main.tp:2:8: error[TP0211]: `directory` can't be imported: it is a directory",
        "main.tp:3:8: error[TP0211]: `pipe` can't be imported: it is a pipe",
        "main.tp:4:8: error[TP0211]: `/dev/zero` can't be imported: it is a device",
        "main.tp:5:8: error[TP0211]: `large.tp` can't be imported: it has more than 8 MiB",
        "main.tp:6:8: error[TP0211]: `latin.tp` can't be imported: it is not UTF-8",
        "main.tp:7:8: error[TP0211]: `lists.tp/x` can't be imported: Not a directory",
        "main.tp:8:8: error[TP0211]: `loop.tp` can't be imported: Too many levels of symbolic links",
    ];
    let said: Vec<&str> = checked.stdout.lines().collect();
    assert_eq!((checked.code, &said[..]), (Some(1), &expected[..]));
}

#[test]
fn a_mistake_in_an_imported_file_is_shown_there() {
    let root = tree(&[
        ("lists.tp", "list mine: path = [5];\n"),
        (
            "main.tp",
            "import \"lists.tp\" as l;\npolicy p { select unlink where pathname prefix l.mine; }\n",
        ),
    ]);
    for format in ["short", "plain", "rich", "narrated", "json"] {
        let mut command = tracee(&["check", "--format", format, "main.tp"]);
        let checked = outcome(command.current_dir(root.path()));
        assert_eq!(checked.code, Some(1));
        assert!(
            checked.stdout.contains("lists.tp"),
            "{format}: {}",
            checked.stdout
        );
        assert_eq!(
            checked.stdout.matches("TP0303").count(),
            1,
            "{}",
            checked.stdout
        );
    }
}

/// Related places may be in the standard library, which is in no file.
#[test]
fn a_report_shows_the_standard_library() {
    let root = tree(&[(
        "main.tp",
        "policy p { use std.anti_debugging; rule same { on ptrace where request == PTRACE_TRACEME; } }\n",
    )]);
    for format in ["plain", "rich", "narrated", "json"] {
        let mut command = tracee(&["check", "--format", format, "main.tp"]);
        let checked = outcome(command.current_dir(root.path()));
        assert_eq!(checked.code, Some(0));
        let file = "std/rules/defense-evasion/anti_debugging.tp";
        assert!(
            checked.stdout.contains(file),
            "{format}: {}",
            checked.stdout
        );
    }
}

#[test]
fn rules_of_libraries_run_under_their_names() {
    let root = tree(&[
        (
            "site/exec.tp",
            "rule execs { on execve where argv exists; }\n",
        ),
        (
            "main.tp",
            "import \"site/exec.tp\" as site;\npolicy p { use std.*, site.execs; rule own { on ptrace where request == PTRACE_TRACEME and retval >= 0; } }\n",
        ),
    ]);
    let main = root.path().join("main.tp").display().to_string();
    let listed = outcome(&mut tracee(&["list", "rules", &main]));
    let names: Vec<&str> = listed
        .stdout
        .lines()
        .filter_map(|line| line.split("  ").next())
        .collect();
    let (standard, others): (Vec<&str>, Vec<&str>) =
        names.iter().partition(|name| name.starts_with("std."));
    assert!(standard.contains(&"std.ld_preload"), "{standard:?}");
    assert_eq!(others, ["site.execs", "p.own"]);
    let run = outcome(&mut tracee(&[
        "run", &main, "--replay", INTRUSION, "--output", "json",
    ]));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    for name in [
        "std.fileless_execution",
        "std.anti_debugging",
        "site.execs",
        "p.own",
    ] {
        let detection = format!("\"rule\":\"{name}\",\"policy\":\"p\"");
        assert!(run.stdout.contains(&detection), "{name}: {}", run.stdout);
    }
    let explained = outcome(&mut tracee(&["explain", &main]));
    assert_eq!(explained.code, Some(0), "{}", explained.stderr);
    assert!(
        explained.stdout.contains("rule std.ld_preload"),
        "{}",
        explained.stdout
    );
}

#[test]
fn a_library_is_checked_and_listed_by_itself() {
    let root = tree(&[("lib.tp", LISTS), ("wrong.tp", "rule r { on opnat; }\n")]);
    let checked = check(root.path(), &["lib.tp"]);
    assert_eq!((checked.code, &*checked.stdout), (Some(0), ""));
    let wrong = check(root.path(), &["wrong.tp"]);
    assert_eq!(wrong.code, Some(1));
    assert!(wrong.stdout.contains("TP0201"), "{}", wrong.stdout);
    let listed = outcome(tracee(&["list", "rules", "lib.tp"]).current_dir(root.path()));
    assert!(
        listed.stdout.starts_with("opened  medium  openat"),
        "{}",
        listed.stdout
    );
    let run = outcome(tracee(&["run", "lib.tp", "--replay", "x"]).current_dir(root.path()));
    assert!(run.stderr.contains("nothing to run"), "{}", run.stderr);
}

#[test]
fn the_standard_library_is_listed() {
    let rules = outcome(&mut tracee(&["list", "rules"]));
    assert!(
        rules.stdout.contains("\nstd.ld_preload "),
        "{}",
        rules.stdout
    );
    let lists = outcome(&mut tracee(&["list", "lists"]));
    assert!(lists.stdout.contains("\nstd.shells "), "{}", lists.stdout);
    let json = outcome(&mut tracee(&["list", "lists", "--format", "json"]));
    let lists: Vec<serde_json::Value> = serde_json::from_str(&json.stdout).expect("JSON");
    let shells = lists
        .iter()
        .find(|list| list["name"] == "std.shells")
        .expect("shells");
    assert_eq!(shells["type"], "string");
    assert_eq!(shells["elements"][0], "\"ash\"");
}

#[test]
fn most_of_the_language_in_one_policy() {
    let policy = "tests/golden/language/policy.tp";
    let check = outcome(&mut tracee(&["check", "--format", "short", policy]));
    assert_eq!(check.code, Some(0), "{}", check.stderr);
    let said = check.stderr + &check.stdout;
    let codes: Vec<_> = said
        .lines()
        .filter_map(|line| line.split('[').nth(1))
        .collect();
    let codes: Vec<_> = codes.iter().map(|code| &code[..6]).collect();
    // An import for nothing, a name that whoever wants it has.
    assert_eq!(codes, ["TP2009", "TP2220"], "{said}");
    let test = outcome(&mut tracee(&["test", policy]));
    assert_eq!(test.code, Some(0), "{}", test.stderr);
    let explain = outcome(&mut tracee(&["explain", policy]));
    for line in [
        "event security_inode_rename",
        "rule web_tier.shell_from_web_server",
        "rule opa.TRC_EX1",
        "rule std.ld_preload",
    ] {
        assert!(explain.stdout.contains(line), "{line}: {}", explain.stdout);
    }
}
