//! How long answers take: `cargo run --release -p tracee-language-server --example answer_times`. On a policy
//! of 2,000 rules each request follows an edit, so that it is the first one about its version. Then every
//! example and every standard rule is typed, character by character, and asked about behind each.
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

/// As in `tracee`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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

/// The repository's files, for imports.
struct Repository;

impl Disk for Repository {
    fn read(&self, path: &Path) -> Result<String, String> {
        std::fs::read_to_string(path).map_err(|error| error.to_string())
    }

    fn real(&self, path: &Path) -> Result<PathBuf, String> {
        path.canonicalize().map_err(|error| error.to_string())
    }

    fn names(&self, _: &Path) -> Vec<String> {
        Vec::new()
    }

    fn policies(&self, _: &Path) -> Vec<PathBuf> {
        Vec::new()
    }

    fn signatures(&self, _: &Path, _: &str) -> Result<Vec<PathBuf>, String> {
        Err("signatures are not looked for".to_owned())
    }

    fn now(&self) -> Option<Moment> {
        None
    }
}

/// A server with one open document.
struct Session {
    server: Server,
    uri: String,
    version: i32,
}

impl Session {
    fn open(uri: String, text: &str) -> Self {
        let mut session = Self {
            server: Server::new(Box::new(Repository)),
            uri,
            version: 0,
        };
        session.ask("initialize", &json!({ "capabilities": {} }));
        let document =
            json!({ "uri": session.uri, "languageId": "tp", "version": 0, "text": text });
        session.tell("textDocument/didOpen", json!({ "textDocument": document }));
        session.server.settle();
        session
    }

    fn tell(&mut self, method: &str, params: Value) {
        let notification = Notification::new(method.to_owned(), params);
        drop(self.server.handle(notification.into()));
    }

    fn ask(&mut self, method: &str, params: &Value) {
        let request = Request::new(1.into(), method.to_owned(), params.clone());
        drop(self.server.handle(Message::Request(request)));
    }

    fn change(&mut self, range: &Value, text: &str) {
        self.version += 1;
        let document = json!({ "uri": self.uri, "version": self.version });
        let changes = json!([{ "range": range, "text": text }]);
        self.tell(
            "textDocument/didChange",
            json!({ "textDocument": document, "contentChanges": changes }),
        );
    }

    /// What every request may ask for: a place, and the lines around it.
    fn params(&self, at: &Value, screen: &Value) -> Value {
        json!({
            "textDocument": { "uri": self.uri },
            "position": at,
            "range": screen,
            "context": {
                "includeDeclaration": true,
                "diagnostics": [],
                "triggerKind": 1,
                "isRetrigger": false,
            },
            "options": { "tabSize": 2, "insertSpaces": true },
        })
    }
}

fn main() {
    large();
    typing();
}

/// A policy of many rules, edited in its middle.
fn large() {
    let text = pack();
    let mut session = Session::open(URI.to_owned(), &text);

    // In a rule in the middle: `prefix`, which is typed again and again.
    let middle = text.find("/etc/app1001/").expect("a rule of that number");
    let line = text[..middle].matches('\n').count();
    let column = middle - text[..middle].rfind('\n').expect("a line") - 1;
    let at = json!({ "line": line, "character": column - "prefix \"".len() });
    let behind = json!({ "line": line, "character": column - 7 });
    let screen = json!({
        "start": { "line": line - 25, "character": 0 },
        "end": { "line": line + 25, "character": 0 },
    });
    let params = session.params(&at, &screen);
    let edit = |session: &mut Session| match session.version % 2 {
        0 => session.change(&json!({ "start": at, "end": at }), " "),
        _ => session.change(&json!({ "start": at, "end": behind }), ""),
    };

    println!(
        "{} bytes, {RULES} rules; milliseconds after an edit",
        text.len()
    );
    println!("| request | median | most |\n|---|---:|---:|");
    let of_an_edit = |session: &mut Session| {
        edit(session);
        timed(|| drop(session.server.settle()))
    };
    row("diagnostics", repeated(|| of_an_edit(&mut session)));
    for method in METHODS {
        row(
            method,
            repeated(|| {
                edit(&mut session);
                timed(|| session.ask(method, &params))
            }),
        );
    }
    println!("\nand of a version that was looked at before:\n");
    println!("| request | median | most |\n|---|---:|---:|");
    for method in METHODS {
        row(method, repeated(|| timed(|| session.ask(method, &params))));
    }
}

/// Every policy that the repository comes with, typed from its first character to its last.
fn typing() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut texts = Vec::new();
    for folder in ["examples", "stdlib-signatures/rules"] {
        policies(&root.join(folder), &mut texts);
    }
    let mut times = vec![Vec::new(); METHODS.len() + 1];
    for path in &texts {
        let text = std::fs::read_to_string(path).expect("a policy");
        let mut session = Session::open(format!("file://{}", path.display()), "");
        let (mut line, mut character) = (0, 0);
        for (turn, typed) in text.chars().enumerate() {
            let before = json!({ "line": line, "character": character });
            session.change(
                &json!({ "start": before, "end": before }),
                typed.encode_utf8(&mut [0; 4]),
            );
            match typed {
                '\n' => (line, character) = (line + 1, 0),
                _ => character += typed.len_utf16(),
            }
            let at = json!({ "line": line, "character": character });
            let params = session.params(&at, &json!({ "start": before, "end": at }));
            let method = turn % METHODS.len();
            let asked = timed(|| session.ask(METHODS[method], &params));
            times[method + 1].push(asked);
            times[0].push(timed(|| drop(session.server.settle())));
        }
    }
    println!(
        "\n{} policies typed, {} characters; milliseconds behind each:\n",
        texts.len(),
        times[0].len()
    );
    println!("| request | median | most |\n|---|---:|---:|");
    for (method, times) in ["diagnostics"].iter().chain(METHODS).zip(times) {
        row(method, times);
    }
}

/// The policies below a folder.
fn policies(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            policies(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "tp") {
            found.push(path.canonicalize().expect("its path"));
        }
    }
}

fn repeated(once: impl FnMut() -> Duration) -> Vec<Duration> {
    std::iter::repeat_with(once).take(RUNS).collect()
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

fn row(name: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    println!(
        "| {name} | {:.1} | {:.1} |",
        milliseconds(times[times.len() / 2]),
        times.last().copied().map_or(0.0, milliseconds)
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
