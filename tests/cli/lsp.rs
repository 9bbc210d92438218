//! The language server over a real stdin and stdout: what an editor does from opening to closing.

#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on says why and fails"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use serde_json::{Value, json};

use crate::tracee;

/// An editor with a server as its child.
struct Editor {
    server: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Editor {
    fn start() -> Self {
        let mut server = tracee(&["lsp"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            input: server.stdin.take().unwrap(),
            output: BufReader::new(server.stdout.take().unwrap()),
            server,
        }
    }

    fn send(&mut self, mut message: Value) {
        message["jsonrpc"] = "2.0".into();
        let text = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        self.input.flush().unwrap();
    }

    fn receive(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.output.read_line(&mut line).unwrap();
            match line.trim_end().split_once(": ") {
                Some(("Content-Length", count)) => length = count.parse().unwrap(),
                Some(_) => {}
                None => break,
            }
        }
        let mut text = vec![0; length];
        self.output.read_exact(&mut text).unwrap();
        serde_json::from_slice(&text).unwrap()
    }

    fn ask(&mut self, id: i32, method: &str, params: Value) -> Value {
        self.send(json!({ "id": id, "method": method, "params": params }));
        let answer = self.receive();
        assert_eq!(answer["id"], id, "{answer}");
        answer["result"].clone()
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.send(json!({ "method": method, "params": params }));
    }

    /// Ends without another word; the exit code, and what was said on stderr.
    fn end(self) -> (Option<i32>, String) {
        drop(self.input);
        let output = self.server.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), said)
    }
}

#[test]
fn an_editor_opens_edits_and_closes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().canonicalize().unwrap();
    std::fs::write(
        path.join("lists.tp"),
        "list secrets: path = [\"/etc/shadow\"];\n",
    )
    .unwrap();
    let uri = |name: &str| format!("file://{}/{name}", path.display());

    let mut editor = Editor::start();
    let folders = json!([{ "uri": uri(""), "name": "policies" }]);
    let params = json!({ "processId": null, "capabilities": {}, "workspaceFolders": folders });
    let answer = editor.ask(1, "initialize", params);
    assert_eq!(answer["capabilities"]["positionEncoding"], "utf-16");
    editor.tell("initialized", json!({}));

    let text =
        "import \"lists.tp\";\npolicy p { rule r { on openat where pathname in secret; } }\n";
    let document = json!({ "uri": uri("a.tp"), "languageId": "tp", "version": 1, "text": text });
    editor.tell("textDocument/didOpen", json!({ "textDocument": document }));
    let said = editor.receive();
    assert_eq!(said["method"], "textDocument/publishDiagnostics");
    assert_eq!(said["params"]["uri"], uri("a.tp"));
    assert_eq!(said["params"]["diagnostics"][0]["code"], "TP0202");

    let end = json!({ "line": 1, "character": 54 });
    let change = json!({ "range": { "start": end, "end": end }, "text": "s" });
    editor.tell(
        "textDocument/didChange",
        json!({
            "textDocument": { "uri": uri("a.tp"), "version": 2 },
            "contentChanges": [change],
        }),
    );
    let said = editor.receive();
    assert_eq!(said["params"]["diagnostics"], json!([]), "{said}");
    assert_eq!(said["params"]["version"], 2);

    let closed = json!({ "textDocument": { "uri": uri("a.tp") } });
    editor.tell("textDocument/didClose", closed);
    assert_eq!(editor.ask(2, "shutdown", Value::Null), Value::Null);
    editor.tell("exit", Value::Null);
    assert_eq!(editor.end(), (Some(0), String::new()));
}

#[test]
fn an_editor_that_is_gone_leaves_no_server() {
    let (code, said) = Editor::start().end();
    assert_eq!(code, Some(2));
    assert!(said.contains("without `shutdown`"), "{said}");

    let mut editor = Editor::start();
    editor.tell("exit", Value::Null);
    assert_eq!(editor.end().0, Some(2));
}

#[test]
fn what_is_no_message_ends_the_session() {
    let mut editor = Editor::start();
    editor
        .input
        .write_all(b"Content-Length: 7\r\n\r\n{\"x\": 1")
        .unwrap();
    let (code, said) = editor.end();
    assert_eq!(code, Some(5));
    assert!(said.contains("the editor can't be read"), "{said}");
}
