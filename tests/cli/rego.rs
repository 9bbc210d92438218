//! OPA signatures: `--rego`, `import rego`, and what is said of those that are wrong.

use std::fs;
use std::path::Path;

use crate::{Outcome, can_trace, outcome, tracee};

const SIGNATURES: &str = "examples/signatures";

fn event(name: &str, process: &str, pid_namespace: u64, arguments: &str) -> String {
    format!(
        "{{\"timestamp\":1700000000000000001,\"processId\":5,\"hostProcessId\":7,\"threadId\":5,\
         \"hostThreadId\":7,\"pidNamespace\":{pid_namespace},\"processName\":\"{process}\",\
         \"eventName\":\"{name}\",\"returnValue\":0,\"args\":[{arguments}]}}\n"
    )
}

fn events() -> String {
    let open = "{\"name\":\"pathname\",\"type\":\"const char*\",\"value\":\"/etc/shadow\"}";
    let poke = "{\"name\":\"request\",\"type\":\"string\",\"value\":\"PTRACE_POKETEXT\"},\
                {\"name\":\"pid\",\"type\":\"int\",\"value\":12}";
    [
        event("openat", "cat", 4_026_531_836, open),
        event("openat", "sshd", 4_026_531_836, open),
        event("ptrace", "gdb", 4_026_531_836, poke),
        event("ptrace", "gdb", 4_026_532_500, poke),
    ]
    .concat()
}

/// A directory with these files, and with `events.jsonl`.
fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a temporary directory");
    fs::write(root.path().join("events.jsonl"), events()).expect("a file");
    for (name, text) in files {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(path, text).expect("a file");
    }
    root
}

fn run_in(root: &Path, arguments: &[&str]) -> Outcome {
    outcome(tracee(arguments).current_dir(root))
}

fn signature(name: &str, body: &str) -> String {
    format!(
        "package tracee.{name}\n\n__rego_metadoc__ := {{\"id\": \"{name}\", \"name\": \"{name}\"}}\n\n\
         tracee_selected_events[{{\"source\": \"tracee\", \"name\": \"openat\"}}]\n\n{body}\n"
    )
}

#[test]
fn every_signature_of_a_directory_runs() {
    let root = tree(&[]);
    let replayed = root.path().join("events.jsonl").display().to_string();
    let run = |more: &[&str]| {
        let run = ["run", "--rego", SIGNATURES, "--replay", &replayed];
        let run = outcome(&mut tracee(&[&run[..], more].concat()));
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        run.stdout
    };
    let json = run(&["--output", "json"]);
    let mut shown = String::new();
    for line in json.lines() {
        let mut line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        line["event"] = line["event"]["eventName"].clone();
        shown.push_str(&format!("{line:#}\n"));
    }
    insta::assert_snapshot!("detections_of_signatures", shown);
    insta::assert_snapshot!("detections_of_signatures_as_a_table", run(&[]));
    assert_eq!(json, run(&["--output", "json", "--interpreter"]));
}

#[test]
fn an_engine_is_for_signatures() {
    let root = tree(&[("p.tp", "policy p { select openat; }\n")]);
    let commands: [&[&str]; 2] = [
        &["run", "p.tp", "--replay", "events.jsonl", "--rego-engine"],
        &["explain", "p.tp", "--rego-engine"],
    ];
    for command in commands {
        for engine in ["auto", "regorus"] {
            let refused = run_in(root.path(), &[command, &[engine]].concat());
            assert_eq!(refused.code, Some(2), "{}", refused.stderr);
            let says = "--rego-engine is for OPA signatures, of which there is none here";
            assert!(refused.stderr.contains(says), "{}", refused.stderr);
        }
    }
}

#[test]
fn one_that_is_wrong_is_left_out_unless_it_is_strict() {
    let good = signature("GOOD", "tracee_match { input.processName == \"cat\" }");
    let bad = signature("BAD", "tracee_match { input. }");
    let root = tree(&[("s/good.rego", &good), ("s/deep/bad.rego", &bad)]);
    let arguments = ["run", "--rego", "s", "--replay", "events.jsonl"];
    let run = run_in(root.path(), &arguments);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.contains("opa.GOOD"), "{}", run.stdout);
    let said = run.stderr.lines().next().unwrap_or_default();
    assert!(said.starts_with("s/deep/bad.rego:7:"), "{said}");
    assert!(said.contains("warning[TP2402]: this is left out"), "{said}");
    let strict = run_in(root.path(), &[&arguments[..], &["--strict"]].concat());
    assert_eq!(strict.code, Some(1), "{}", strict.stderr);
    assert!(strict.stderr.contains("error[TP0701]"), "{}", strict.stderr);
}

#[test]
fn what_gives_no_answer_is_counted() {
    let fails = signature(
        "FAILS",
        "tracee_match = {\"a\": 1} { input.eventName == \"openat\" }\n\n\
         tracee_match = {\"b\": 1} { input.eventName == \"openat\" }",
    );
    let loops = signature(
        "LOOPS",
        "many := numbers.range(1, 2000)\n\ntracee_match { many[_] + many[_] == 0 }",
    );
    let root = tree(&[("s/fails.rego", &fails), ("s/loops.rego", &loops)]);
    let run = run_in(
        root.path(),
        &["run", "--rego", "s", "--replay", "events.jsonl"],
    );
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    insta::assert_snapshot!("signatures_that_give_no_answer", run.stderr);
}

/// A run may go on for months: whoever looks at it need not wait for the summary.
#[test]
fn a_live_run_says_at_once_what_gives_no_answer() {
    if !can_trace("a_live_run_says_at_once_what_gives_no_answer") {
        return;
    }
    let fails = signature(
        "FAILS",
        "tracee_match = {\"a\": 1} { input.eventName == \"openat\" }\n\n\
         tracee_match = {\"b\": 1} { input.eventName == \"openat\" }",
    );
    let root = tree(&[("s/fails.rego", &fails)]);
    let script = "for file in 1 2 3; do cat s/fails.rego; done; sleep 1; cat s/fails.rego";
    let arguments = ["run", "--rego", "s", "--", "sh", "-c", script];
    let run = run_in(root.path(), &arguments);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let said = "tracee: the signature opa.FAILS gave no answer: s/fails.rego:9:1: rule conflicts with rule at \
                s/fails.rego:7:1; this is said once, the summary counts\n";
    assert_eq!(run.stderr.matches(said).count(), 1, "{}", run.stderr);
    let at = run.stderr.find(said);
    assert!(at < run.stderr.find("events:"), "{}", run.stderr);
    let counted = run
        .stderr
        .find("signature opa.FAILS gave no answer: failed ");
    assert!(at < counted, "{}", run.stderr);
}

#[test]
fn tests_in_rego_run_beside_those_of_policies() {
    let run = outcome(&mut tracee(&["test", SIGNATURES]));
    assert_eq!(
        (run.code, &*run.stdout),
        (Some(0), "3 passed, 0 failed\n"),
        "{}",
        run.stderr
    );
    let good = signature("GOOD", "tracee_match { input.processName == \"cat\" }");
    let tests = "package tracee.GOOD\n\ntest_cat {\n\ttracee_match with input as {\"processName\": \"cat\"}\n}\n\n\
                 test_dog {\n\ttracee_match with input as {\"processName\": \"dog\"}\n}\n";
    let policy = "policy p { rule r { on unlink; } }\ntest \"removed\" for p { given unlink { pathname: \"/x\" }; expect r; }\n";
    let files = [
        ("s/good.rego", &*good),
        ("s/good_test.rego", tests),
        ("s/p.tp", policy),
    ];
    let root = tree(&files);
    let run = |more: &[&str]| run_in(root.path(), &[&["test", "s"], more].concat());
    let all = run(&[]);
    assert_eq!(all.code, Some(6), "{}", all.stderr);
    insta::assert_snapshot!("tests_in_rego", all.stdout);
    assert!(
        run(&["--filter", "GOOD: test_cat"])
            .stdout
            .ends_with("1 passed, 0 failed, 2 left out\n")
    );
    assert!(
        run(&["--format", "junit"])
            .stdout
            .contains("<failure type=\"TP0615\"")
    );
    assert!(run(&["--list"]).stdout.contains("tracee.GOOD: test_dog"));
}

#[test]
fn policies_import_signatures() {
    let good = signature("GOOD", "tracee_match { input.processName == \"cat\" }");
    let unknown = good.replace("GOOD", "UNKNOWN").replace("openat", "opennat");
    let policy = "import rego \"s/*.rego\" as opa;\n\
                  import rego \"nothing/*.rego\";\n\
                  import rego \"s/[.rego\";\n\
                  policy p { use opa.GOD; use opa.UNKNOWN; }\n";
    let used = "import rego \"s/{good,u*}.rego\" as opa;\npolicy p { use opa.*; }\n";
    let files = [
        ("s/good.rego", &*good),
        ("s/unknown.rego", &unknown),
        ("p.tp", policy),
        ("used.tp", used),
    ];
    let root = tree(&files);
    let checked = run_in(root.path(), &["check", "p.tp"]);
    assert_eq!(checked.code, Some(1), "{}", checked.stderr);
    insta::assert_snapshot!("imports_of_signatures", checked.stdout);
    let explained = run_in(root.path(), &["explain", "used.tp"]);
    let says = "signature compiled\n";
    assert!(explained.stdout.contains(says), "{}", explained.stdout);
    let explained = run_in(
        root.path(),
        &["explain", "used.tp", "--rego-engine", "regorus"],
    );
    let says = "evaluated by regorus: data.tracee.GOOD.tracee_match";
    assert!(explained.stdout.contains(says), "{}", explained.stdout);
    let listed = run_in(root.path(), &["list", "rules", "used.tp"]);
    assert!(
        listed.stdout.contains("(evaluated by regorus)"),
        "{}",
        listed.stdout
    );
    let manual = run_in(root.path(), &["doc", "used.tp"]);
    let says = "An OPA signature, evaluated by regorus";
    assert!(manual.stdout.contains(says), "{}", manual.stdout);
}

const COMPILED: &str = "tracee_match {\n\tinput.processName != \"sshd\"\n\tdata.tracee.helpers.get_tracee_argument(\"pathname\") == \"/etc/shadow\"\n}";
const GUARDED: &str = "tracee_match {\n\tpath := data.tracee.helpers.get_tracee_argument(\"pathname\")\n\tstartswith(path, \"/etc/\")\n\tsplit(path, \"/\")[2] == \"shadow\"\n}";
const INTERPRETED: &str = "tracee_match {\n\tinput.processId + 1 == 6\n}";
const OPEN: &str = "tracee_match {\n\tregex.match(`^/etc/\\w+$`, data.tracee.helpers.get_tracee_argument(\"pathname\"))\n}";
const OUTPUT: &str = "tracee_match = {\"path\": path} {\n\tpath := data.tracee.helpers.get_tracee_argument(\"pathname\")\n\tendswith(path, \"shadow\")\n}";

fn of_all_kinds() -> tempfile::TempDir {
    let kinds = [
        ("COMPILED", COMPILED),
        ("GUARDED", GUARDED),
        ("INTERPRETED", INTERPRETED),
        ("OPEN", OPEN),
        ("OUTPUT", OUTPUT),
    ];
    let files: Vec<_> = kinds
        .iter()
        .map(|(name, body)| (format!("s/{name}.rego"), signature(name, body)))
        .collect();
    let files: Vec<_> = files
        .iter()
        .map(|(name, text)| (&**name, &**text))
        .collect();
    tree(&files)
}

#[test]
fn explain_says_who_decides_a_signature_and_why() {
    let root = of_all_kinds();
    let explained = |more: &[&str]| {
        let run = run_in(root.path(), &[&["explain", "--rego", "s"], more].concat());
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        run.stdout
    };
    let page = explained(&[]);
    // What is before is the same for all rules.
    let rules = page.lines().skip_while(|line| !line.starts_with("  rule"));
    let page: Vec<&str> = rules.take_while(|line| !line.is_empty()).collect();
    insta::assert_snapshot!("signatures_explained", page.join("\n"));
    let mut json: serde_json::Value =
        serde_json::from_str(&explained(&["--format", "json"])).expect("JSON");
    let targets = json["events"][0]["targets"].take();
    let shown: Vec<serde_json::Value> = targets
        .as_array()
        .into_iter()
        .flatten()
        .map(|target| serde_json::json!({ "rule": target["rule"], "signature": target["signature"] }))
        .collect();
    insta::assert_snapshot!(
        "signatures_explained_as_json",
        format!("{:#}", serde_json::Value::from(shown))
    );
    let plain = explained(&["--rego-engine", "regorus"]);
    assert!(
        plain.contains("signature interpreted: regorus decides\n"),
        "{plain}"
    );
    assert!(!plain.contains("signature compiled"), "{plain}");
}

#[test]
fn detections_are_the_same_whoever_decides() {
    let root = of_all_kinds();
    let kinds = root.path().join("s").display().to_string();
    let events = root.path().join("events.jsonl").display().to_string();
    let recording = "examples/recordings/intrusion.trec";
    for (signatures, replayed) in [
        (kinds.as_str(), events.as_str()),
        ("rego/tests/lowering", events.as_str()),
        ("rego/tests/lowering", recording),
        (SIGNATURES, recording),
    ] {
        let run = |engine: &[&str]| {
            let run = ["run", "--rego", signatures, "--replay", replayed];
            let run = [&run[..], &["--output", "json"], engine].concat();
            let run = outcome(&mut tracee(&run));
            assert_eq!(run.code, Some(0), "{}", run.stderr);
            run.stdout
        };
        let asked = run(&["--rego-engine", "regorus"]);
        assert!(
            signatures == SIGNATURES || asked.contains("\"detection\""),
            "{signatures}"
        );
        let all: [&[&str]; 2] = [&[], &["--interpreter"]];
        // One way is enough for many signatures.
        let some = if signatures == kinds { 2 } else { 1 };
        for engine in all.into_iter().take(some) {
            assert_eq!(asked, run(engine), "{signatures} {replayed} {engine:?}");
        }
    }
}

#[test]
fn bad_signatures_are_refused_with_their_place_and_the_others_run() {
    let good = signature("GOOD", "tracee_match { input.processName == \"cat\" }");
    let other = signature("OTHER", "tracee_match { true }")
        .replace("\"id\": \"OTHER\"", "\"id\": \"GOOD\"");
    let tags = signature("TAGS", "tracee_match { true }").replace(
        "\"name\": \"TAGS\"}",
        "\"name\": \"TAGS\", \"tags\": \"linux\"}",
    );
    let huge = signature("HUGE", &"# a comment\n".repeat(100_000));
    let wide = signature("WIDE", &format!("wide := \"{}\"", "x".repeat(10_000)));
    let loops = signature("LOOPS", "f(x) = f(x)\n\ntracee_match { f(1) }");
    let spins = signature("SPINS", "tracee_match { true }").replace(
        "\"name\": \"SPINS\"",
        "\"name\": concat(\"\", [x | x := sprintf(\"%d\", [numbers.range(1, 2000)[_] + numbers.range(1, 2000)[_]])])",
    );
    let syntax = signature("SYNTAX", "tracee_match { input. }");
    let root = tree(&[
        ("s/a_good.rego", &good),
        ("s/huge.rego", &huge),
        ("s/loops.rego", &loops),
        ("s/other.rego", &other),
        ("s/spins.rego", &spins),
        ("s/syntax.rego", &syntax),
        ("s/tags.rego", &tags),
        ("s/vast.rego", &"# a comment\n".repeat(800_000)),
        ("s/wide.rego", &wide),
    ]);
    // Not even a text, and no file at all.
    let binary = b"package tracee.BINARY\n\n# \xff\n";
    fs::write(root.path().join("s/binary.rego"), binary).expect("a file");
    std::os::unix::fs::symlink("/none", root.path().join("s/gone.rego")).expect("a link");
    let arguments = ["run", "--rego", "s", "--replay", "events.jsonl"];
    let run = run_in(root.path(), &arguments);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.contains("opa.GOOD"), "{}", run.stdout);
    insta::assert_snapshot!("bad_signatures", run.stderr);
    // 2 as for every file that can't be read.
    let strict = run_in(root.path(), &[&arguments[..], &["--strict"]].concat());
    assert_eq!(strict.code, Some(2), "{}", strict.stderr);
}

/// What the kernel reads a file for is a text of the contract, and a name of an enum in policies.
#[test]
fn signatures_see_what_the_kernel_reads_as_the_contract_says() {
    let modules = signature(
        "TRC_6",
        "tracee_match {\n\tinput.eventName == \"security_kernel_read_file\"\n\t\
         data.tracee.helpers.get_tracee_argument(\"type\") == \"kernel-module\"\n}",
    );
    let modules = modules.replace("\"openat\"", "\"security_kernel_read_file\"");
    let policy =
        "policy p { rule native { on security_kernel_read_file where type == READING_MODULE; } }\n";
    let root = tree(&[("s/modules.rego", &modules), ("p.tp", policy)]);
    let read = |value: &str| {
        let path = "{\"name\":\"pathname\",\"type\":\"string\",\"value\":\"/x.ko\"}";
        let arguments =
            format!("{path},{{\"name\":\"type\",\"type\":\"string\",\"value\":{value}}}");
        event("security_kernel_read_file", "modprobe", 1, &arguments)
    };
    // As signatures' events have it, as policies do, and as the kernel's number; then what is none.
    let events: String = ["\"kernel-module\"", "\"READING_MODULE\"", "2"]
        .iter()
        .chain(&["\"firmware\"", "7", "\"READING_POLICY\""])
        .map(|value| read(value))
        .collect();
    fs::write(root.path().join("events.jsonl"), events).expect("a file");
    for engine in ["auto", "regorus"] {
        let arguments = ["run", "p.tp", "--rego", "s", "--rego-engine", engine];
        let replay = ["--replay", "events.jsonl", "--output", "json"];
        let run = run_in(root.path(), &[&arguments[..], &replay].concat());
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let mut found: Vec<(String, String)> = Vec::new();
        for line in run.stdout.lines() {
            let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
            let value = &line["event"]["args"][1]["value"];
            found.push((line["rule"].to_string(), value.to_string()));
        }
        let both = ["\"p.native\"", "\"opa.TRC_6\""]
            .map(|rule| (rule.to_owned(), "\"kernel-module\"".to_owned()));
        assert_eq!(
            found,
            [both.clone(), both.clone(), both].concat(),
            "{engine}"
        );
    }
}
