//! What is said over time: texts that change, are closed, import each other.

use serde_json::{Value, json};

use crate::support::{Memory, Session, capabilities};

const MAIN: &str = "file:///w/main.tp";
const LISTS: &str = "file:///w/lists.tp";

const POLICY: &str = r#"import "lists.tp";

policy p {
  rule r {
    on openat where pathname in secrets;
  }
}
"#;

fn disk(files: &[(&str, &str)]) -> Memory {
    let files = files.iter();
    Memory(
        files
            .map(|(name, text)| (format!("/w/{name}").into(), (*text).to_owned()))
            .collect(),
    )
}

/// The codes that a list of publications has, by file.
fn codes(said: &[Value]) -> Vec<String> {
    let codes = |one: &Value| {
        let uri = one["params"]["uri"].as_str().unwrap();
        let diagnostics = one["params"]["diagnostics"].as_array().unwrap();
        let codes = diagnostics.iter().map(|d| d["code"].as_str().unwrap());
        let name = uri.rsplit('/').next().unwrap();
        format!("{name}: {}", codes.collect::<Vec<_>>().join(" "))
    };
    said.iter().map(codes).collect()
}

fn edit(line: u32, from: u32, to: u32, text: &str) -> Value {
    json!([{
        "range": {
            "start": { "line": line, "character": from },
            "end": { "line": line, "character": to },
        },
        "text": text,
    }])
}

#[test]
fn a_session_begins_and_ends_in_order() {
    let mut session = Session::silent(Memory::default());
    let code = |answer: Value| answer["error"]["code"].clone();
    assert_eq!(code(session.ask("shutdown", Value::Null)), -32002);
    let params = json!({ "processId": null, "capabilities": capabilities() });
    let answer = session.ask("initialize", params.clone());
    assert_eq!(answer["capabilities"]["positionEncoding"], "utf-16");
    assert_eq!(answer["serverInfo"]["name"], "tracee");
    assert_eq!(code(session.ask("initialize", params)), -32600);
    assert_eq!(code(session.ask("tracee/nothing", json!({}))), -32601);
    assert_eq!(session.ask("shutdown", Value::Null), Value::Null);
    assert_eq!(code(session.ask("shutdown", Value::Null)), -32600);
    assert_eq!(session.ended(), None);
    session.tell("exit", Value::Null);
    assert_eq!(session.ended(), Some(true));
}

#[test]
fn an_exit_without_shutdown_is_said_to_be_one() {
    let mut session = Session::new(Memory::default());
    session.tell("exit", Value::Null);
    assert_eq!(session.ended(), Some(false));
}

#[test]
fn columns_are_bytes_where_the_editor_can() {
    let mut session = Session::silent(Memory::default());
    let mut offered = capabilities();
    offered["general"] = json!({ "positionEncodings": ["utf-16", "utf-8"] });
    let answer = session.ask(
        "initialize",
        json!({ "processId": null, "capabilities": offered }),
    );
    assert_eq!(answer["capabilities"]["positionEncoding"], "utf-8");
    let said = session.open(MAIN, "list ää: string = [\"𝔸\"] x;\n");
    let range = &said[0]["params"]["diagnostics"][0]["range"];
    assert_eq!(range["start"], json!({ "line": 0, "character": 5 }));
    assert_eq!(range["end"], json!({ "line": 0, "character": 9 }));
}

#[test]
fn edits_are_counted_in_utf_16() {
    let mut session = Session::new(Memory::default());
    session.open(
        MAIN,
        "list l: string = [\"𝔸ä\", \"x\"];\npolicy p { select opnat where pathname in l; }\n",
    );
    // The 𝔸 has two units: this is the `x`.
    session.change(MAIN, edit(0, 26, 27, "y"));
    let said = session.change(MAIN, edit(1, 18, 23, "openat"));
    assert_eq!(codes(&said), ["main.tp: "]);
    let said = session.change(MAIN, edit(0, 18, 28, "\"a\", \"a\""));
    assert_eq!(codes(&said), ["main.tp: TP2003"]);
    assert_eq!(said[0]["params"]["version"], 3);
}

#[test]
fn an_open_text_comes_before_the_file() {
    let files = [
        ("main.tp", POLICY),
        ("lists.tp", "list secrets: string = [\"/etc/shadow\"];\n"),
    ];
    let mut session = Session::new(disk(&files));
    assert_eq!(codes(&session.open(MAIN, POLICY)), Vec::<String>::new());
    let said = session.open(LISTS, "list other: string = [\"/etc/shadow\"];\n");
    assert_eq!(codes(&said), ["main.tp: TP0202"]);
    // Mended where it is imported from, and the importer with it.
    let said = session.change(LISTS, edit(0, 5, 10, "secrets"));
    assert_eq!(codes(&said), ["main.tp: "]);
    let said = session.change(LISTS, edit(0, 14, 20, "port"));
    assert_eq!(codes(&said), ["lists.tp: TP0303"]);
    // What is on the disk counts again.
    assert_eq!(codes(&session.close(LISTS)), ["lists.tp: "]);
    assert_eq!(codes(&session.close(MAIN)), Vec::<String>::new());
}

#[test]
fn what_a_clause_means_is_said_anew_when_something_else_changes_it() {
    let policy = "let small = proc.uid < 10;\npolicy p {\n  scope proc.uid < 100;\n  \
                  rule r { on openat where small and pathname == \"/a\"; }\n}\n";
    let mut session = Session::new(Memory::default());
    assert_eq!(codes(&session.open(MAIN, policy)), Vec::<String>::new());
    // Another line before it, a word within it: nothing to say still.
    assert!(session.change(MAIN, edit(0, 0, 0, "// small\n")).is_empty());
    assert!(session.change(MAIN, edit(4, 52, 52, "b")).is_empty());
    // The scope, which has no room for it any more, and has it again.
    let said = session.change(MAIN, edit(3, 17, 18, ">"));
    assert_eq!(codes(&said), ["main.tp: TP2205"]);
    assert_eq!(
        codes(&session.change(MAIN, edit(3, 17, 18, "<"))),
        ["main.tp: "]
    );
    // The `let` that it uses.
    let said = session.change(MAIN, edit(1, 21, 22, "> 4 and proc.uid <"));
    assert_eq!(codes(&said), Vec::<String>::new());
    let said = session.change(MAIN, edit(1, 40, 42, "3"));
    assert_eq!(codes(&said), ["main.tp: TP2201"]);
}

#[test]
fn what_is_closed_has_nothing_wrong() {
    let mut session = Session::new(Memory::default());
    let said = session.open(MAIN, "policy p { select opnat; }\n");
    assert_eq!(codes(&said), ["main.tp: TP0201"]);
    assert_eq!(codes(&session.close(MAIN)), ["main.tp: "]);
}

#[test]
fn a_mistake_in_a_file_that_is_not_open_is_said_there() {
    let let_of = "let secrets = pathnam == \"/etc/shadow\";\n";
    let main = POLICY.replace("pathname in secrets", "secrets");
    let mut session = Session::new(disk(&[("lists.tp", let_of)]));
    let said = session.open(MAIN, &main);
    assert_eq!(codes(&said), ["lists.tp: TP0202"]);
    let related = &said[0]["params"]["diagnostics"][0]["relatedInformation"];
    assert_eq!(related[0]["location"]["uri"], MAIN);
}

#[test]
fn opa_signatures_are_checked_where_they_are() {
    let rego = include_str!("../../../../examples/signatures/TRC_EX2_traced.rego");
    let policy = "import rego \"opa\" as opa;\npolicy p { use opa.*; }\n";
    let mut session = Session::new(disk(&[("opa/traced.rego", rego)]));
    let said = session.open(MAIN, policy);
    assert_eq!(codes(&said), Vec::<String>::new());
    let wrong = rego.replace("package", "packag");
    let mut session = Session::new(disk(&[("opa/traced.rego", &wrong)]));
    let said = session.open(MAIN, policy);
    assert!(!codes(&said).is_empty());
}

#[test]
fn a_text_in_no_file_imports_none() {
    let mut session = Session::new(disk(&[("lists.tp", "")]));
    let said = session.open("untitled:Untitled-1", POLICY);
    assert_eq!(codes(&said), ["untitled:Untitled-1: TP0211"]);
}

#[test]
fn what_makes_no_sense_is_refused_or_passed_over() {
    let mut session = Session::new(Memory::default());
    session.open(MAIN, "policy p { }\n");
    assert!(
        session
            .tell("textDocument/didChange", json!({ "x": 1 }))
            .is_empty()
    );
    session.change("file:///w/never_opened.tp", edit(0, 0, 0, "x"));
    session.close("file:///w/never_opened.tp");
    // Places behind the end, and ends before the begin.
    let said = session.change(MAIN, edit(70, 9, 3, "\n"));
    assert_eq!(codes(&said), Vec::<String>::new());
    session.change(MAIN, edit(0, 9, 3, "q"));
    let answer = session.ask("workspace/textDocumentContent", json!({}));
    assert_eq!(answer["error"]["code"], -32602);
    let uri = json!({ "uri": "tracee:/std/lists/nothing.tp" });
    assert_eq!(
        session.ask("workspace/textDocumentContent", uri),
        Value::Null
    );
}

#[test]
fn what_is_compiled_in_can_be_read() {
    let mut session = Session::new(Memory::default());
    let mut text = |uri: &str| {
        let answer = session.ask("workspace/textDocumentContent", json!({ "uri": uri }));
        answer["text"].as_str().unwrap().to_owned()
    };
    assert!(text("tracee:/std/lists/shells.tp").contains("list shells"));
    assert!(text("tracee:/codes/TP0201.md").starts_with("# TP0201: unknown event\n"));
}
