//! How long answers take on a policy of 2,000 rules: `cargo run --release -p tracee-language-server
//! --example answer_times`. Each request follows an edit, so that it is the first one about its version.
//! Times are those of the thread on a processor, as the kernel counts them: other work on the machine
//! does not lengthen them as much as it does what a clock shows.

#![expect(clippy::print_stdout, reason = "it is there to print")]
#![expect(
    clippy::expect_used,
    reason = "a measurement that can't go on says why and fails"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use tracee_lang::times::Moment;
use tracee_language_server::protocol::{Message, Notification, Request};
use tracee_language_server::{Disk, Server};

const RULES: usize = 2_000;
const RUNS: usize = 15;
const URI: &str = "file:///w/pack.tp";

/// Rules of the kinds that examples/policies has; `#` is the rule's number.
const KINDS: &[&str] = &[
    r#"severity high; attack T1059.004, T1190;
    on sched_process_exec where pathname suffix ["/sh#", "/bash#"] and proc.parent.comm == "nginx";"#,
    r#"severity medium; message "{proc.comm} opened {pathname} with {flags}";
    on open, openat where pathname prefix "/etc/app#/" and opened_for_write and not leftover;"#,
    r#"severity medium; attack T1571;
    on connect where addr.port exists and not addr.port in [53, 443, #] and proc.uid != 33;"#,
    r#"severity high; attack T1496;
    on execve, execveat where any word in argv { word prefix "stratum+tcp://pool#" };"#,
    r#"severity critical; attack T1055.008;
    on ptrace where request in [PTRACE_POKETEXT, PTRACE_POKEDATA] and not proc.exe == "/usr/bin/gdb#";"#,
];

fn pack() -> String {
    let mut text = String::from(
        "let opened_for_write = flags has any [O_WRONLY, O_RDWR, O_TRUNC, O_APPEND];\n\
         let leftover = pathname suffix [\".swp\", \".swx\", \"~\"];\n\n\
         policy pack {\n  scope proc.uid < 60000;\n\n",
    );
    for number in 0..RULES {
        let kind = KINDS[number % KINDS.len()].replace('#', &number.to_string());
        let _ = writeln!(text, "  rule r{number} {{\n    {kind}\n  }}\n");
    }
    text.push_str("}\n");
    text
}

/// No files.
struct Nothing;

impl Disk for Nothing {
    fn read(&self, _: &Path) -> Result<String, String> {
        Err("there are no files".to_owned())
    }

    fn real(&self, path: &Path) -> Result<PathBuf, String> {
        Ok(path.to_owned())
    }

    fn names(&self, _: &Path) -> Vec<String> {
        Vec::new()
    }

    fn policies(&self, _: &Path) -> Vec<PathBuf> {
        Vec::new()
    }

    fn signatures(&self, _: &Path, _: &str) -> Result<Vec<PathBuf>, String> {
        Err("there are no files".to_owned())
    }

    fn now(&self) -> Option<Moment> {
        None
    }
}

fn main() {
    let text = pack();
    let mut server = Server::new(Box::new(Nothing));
    let mut id = 0;
    let mut ask = |server: &mut Server, method: &str, params: &Value| {
        id += 1;
        let request = Request::new(id.into(), method.to_owned(), params.clone());
        server.handle(Message::Request(request))
    };
    let tell = |server: &mut Server, method: &str, params: Value| {
        server.handle(Notification::new(method.to_owned(), params).into())
    };
    let _ = ask(&mut server, "initialize", &json!({ "capabilities": {} }));
    let document = json!({ "uri": URI, "languageId": "tp", "version": 0, "text": text });
    tell(
        &mut server,
        "textDocument/didOpen",
        json!({ "textDocument": document }),
    );
    server.settle();

    // In a rule in the middle: `prefix`, which is typed again and again.
    let middle = text.find("/etc/app1001/").expect("a rule of that number");
    let line = text[..middle].matches('\n').count();
    let column = middle - text[..middle].rfind('\n').expect("a line") - 1;
    let at = json!({ "line": line, "character": column - "prefix \"".len() });
    let screen = json!({
        "start": { "line": line - 25, "character": 0 },
        "end": { "line": line + 25, "character": 0 },
    });
    let mut params = json!({ "textDocument": { "uri": URI }, "position": at, "range": screen });
    params["context"] = json!({ "includeDeclaration": true, "diagnostics": [], "triggerKind": 1, "isRetrigger": false });
    params["options"] = json!({ "tabSize": 2, "insertSpaces": true });

    println!(
        "{} bytes, {RULES} rules; milliseconds after an edit",
        text.len()
    );
    println!("| request | median | most |\n|---|---:|---:|");
    let mut version = 0;
    let mut edit = |server: &mut Server| {
        version += 1;
        let change = match version % 2 {
            0 => {
                json!({ "range": { "start": at, "end": { "line": line, "character": column - 7 } }, "text": "" })
            }
            _ => json!({ "range": { "start": at, "end": at }, "text": " " }),
        };
        tell(
            server,
            "textDocument/didChange",
            json!({
                "textDocument": { "uri": URI, "version": version },
                "contentChanges": [change],
            }),
        );
    };
    row("diagnostics", || {
        edit(&mut server);
        timed(|| drop(server.settle()))
    });
    for method in METHODS {
        row(method, || {
            edit(&mut server);
            timed(|| drop(ask(&mut server, method, &params)))
        });
    }
    println!("\nand of a version that was looked at before:\n");
    println!("| request | median | most |\n|---|---:|---:|");
    for method in METHODS {
        row(method, || timed(|| drop(ask(&mut server, method, &params))));
    }
}

fn timed(work: impl FnOnce()) -> Duration {
    let begin = on_processor();
    work();
    on_processor().saturating_sub(begin)
}

/// For how long this thread had a processor so far.
fn on_processor() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).expect("a time that is not negative")
}

fn row(name: &str, mut once: impl FnMut() -> Duration) {
    let mut times: Vec<Duration> = (0..RUNS).map(|_| once()).collect();
    times.sort_unstable();
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    println!(
        "| {name} | {:.1} | {:.1} |",
        milliseconds(times[RUNS / 2]),
        milliseconds(times[RUNS - 1])
    );
}

const METHODS: &[&str] = &[
    "textDocument/completion",
    "textDocument/signatureHelp",
    "textDocument/hover",
    "textDocument/definition",
    "textDocument/references",
    "textDocument/documentHighlight",
    "textDocument/documentSymbol",
    "textDocument/foldingRange",
    "textDocument/semanticTokens/full",
    "textDocument/inlayHint",
    "textDocument/codeLens",
    "textDocument/codeAction",
    "textDocument/formatting",
];
