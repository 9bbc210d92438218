//! Texts that are being typed: the prefixes of every policy of the repository, and random edits, after which
//! a server must say what a fresh one says of the same text.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use tracee_lang::token::{Token, lex};

use crate::support::{Memory, Session};

const MAIN: &str = "file:///w/main.tp";

/// Every `.tp` file below a folder of the repository, by where it is in there.
fn policies(folder: &str) -> Vec<(PathBuf, String)> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let mut folders = vec![Path::new(root).join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "tp") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(root).unwrap().to_owned(), text));
            }
        }
    }
    found.sort();
    assert!(found.len() > 10);
    found
}

/// The example policies that stand alone.
fn examples() -> Vec<String> {
    let all = policies("examples").into_iter();
    let alone = all.filter(|(path, _)| path.parent() == Some(Path::new("examples/policies")));
    alone.map(|(_, text)| text).collect()
}

/// The place of the end of a text.
fn end(text: &str) -> Value {
    let lines = text.replace("\r\n", "\n").replace('\r', "\n");
    let line = lines.matches('\n').count();
    let last = lines.rsplit('\n').next().unwrap_or_default();
    json!({ "line": line, "character": last.encode_utf16().count() })
}

fn place(position: &Value) -> Value {
    json!({ "textDocument": { "uri": MAIN }, "position": position })
}

fn fine(method: &str, text: &str, answer: &Value) {
    assert!(answer.get("error").is_none(), "{method}: {answer}\n{text}");
}

/// The most that one answer may take in a build that is not optimized; `examples/answer_times.rs` measures those
/// that are.
const MOST: Duration = Duration::from_secs(1);

/// Does some work that must not take long, whatever else the machine does.
fn in_time<T>(what: &str, text: &str, work: impl FnOnce() -> T) -> T {
    let begin = on_processor();
    let done = work();
    let took = on_processor().saturating_sub(begin);
    let end = text.floor_char_boundary(text.len().saturating_sub(200));
    assert!(took < MOST, "{what} took {took:?} behind\n{}", &text[end..]);
    done
}

/// For how long this thread had a processor so far.
fn on_processor() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap()
}

#[test]
fn prefixes_of_examples_have_an_answer() {
    prefixes_have_an_answer("examples", 3);
}

#[test]
fn prefixes_of_standard_rules_have_an_answer() {
    prefixes_have_an_answer("stdlib-signatures/rules", 5);
}

/// Types every file of a folder, with the others beside it on the disk: the smallest letter by letter, the
/// others so many tokens at a time, at other ones in each. Then a question is asked: what can be written
/// next every other time, else one of the others. With `TRACEE_EVERY_PREFIX` in the environment it is
/// behind every token, which takes minutes.
fn prefixes_have_an_answer(folder: &str, of: usize) {
    let policies = policies(folder);
    let smallest = policies.iter().map(|(_, text)| text.len()).min();
    let every = std::env::var_os("TRACEE_EVERY_PREFIX").is_some();
    let disk = policies.iter();
    let disk = disk.map(|(path, text)| (Path::new("/w").join(path), text.clone()));
    let disk = Memory(disk.collect());
    let mut turn = 0;
    for (number, (path, text)) in policies.iter().enumerate() {
        let uri = format!("file:///w/{}", path.display());
        let mut session = Session::new(disk.clone());
        session.open(&uri, "");
        let mut typed = 0;
        let mut position = end("");
        let by_letter = smallest == Some(text.len());
        let of = if by_letter || every { 1 } else { of };
        let steps = steps(text, by_letter);
        let steps = steps.into_iter().skip(number % of).step_by(of);
        for to in steps.chain([text.len()]) {
            let range = json!({ "start": position, "end": position });
            let change = json!([{ "range": range, "text": text[typed..to] }]);
            (typed, position) = (to, end(&text[..to]));
            turn += 1;
            let method = match turn % 2 {
                0 => "textDocument/completion",
                _ => TURNS[turn / 2 % TURNS.len()],
            };
            if method == "diagnostics" {
                in_time(method, &text[..to], || session.change(&uri, change));
                continue;
            }
            session.type_in(&uri, change);
            let params = json!({
                "textDocument": { "uri": uri },
                "position": position,
                "range": { "start": end(""), "end": position },
                "context": {
                    "diagnostics": [],
                    "includeDeclaration": true,
                    "triggerKind": 1,
                    "isRetrigger": false,
                },
                "options": { "tabSize": 2, "insertSpaces": true },
            });
            let answer = in_time(method, &text[..to], || session.ask(method, params));
            fine(method, &text[..to], &answer);
        }
    }
}

#[test]
fn what_is_nested_deeply_has_an_answer() {
    let nested = |with: &str| with.repeat(20_000 / with.len());
    let open = [
        "(",
        "[",
        "{",
        "!",
        "not ",
        "any x in argv { ",
        "rule r { on openat where (",
    ];
    for open in open.map(nested) {
        has_an_answer(&open);
        has_an_answer(&format!(
            "policy p {{\n  rule r {{\n    on openat where {open}"
        ));
    }
    for (open, close) in [("(", "}"), ("{", ")"), ("{", "}"), ("(", ")")] {
        has_an_answer(&format!("{}{}", nested(open), nested(close)));
    }
}

/// Opens a text and asks everything at its end.
fn has_an_answer(text: &str) {
    let what = text.get(..60).unwrap_or(text);
    let mut session = Session::new(Memory::default());
    in_time(what, text, || session.open(MAIN, text));
    let mut params = place(&end(text));
    params["range"] = json!({ "start": end(""), "end": end(text) });
    params["context"] = json!({
        "includeDeclaration": true,
        "diagnostics": [],
        "triggerKind": 1,
        "isRetrigger": false,
    });
    params["options"] = json!({ "tabSize": 2, "insertSpaces": true });
    for method in METHODS {
        let what = format!("{method} of {what}");
        let answer = in_time(&what, text, || session.ask(method, params.clone()));
        fine(method, text, &answer);
    }
}

/// What is asked in turns.
const TURNS: &[&str] = &[
    "textDocument/hover",
    "textDocument/semanticTokens/full",
    "textDocument/signatureHelp",
    "diagnostics",
    "textDocument/documentSymbol",
    "textDocument/foldingRange",
    "textDocument/inlayHint",
    "textDocument/codeLens",
    "textDocument/semanticTokens/full",
    "textDocument/definition",
    "textDocument/formatting",
    "textDocument/signatureHelp",
    "textDocument/references",
    "textDocument/documentSymbol",
    "textDocument/codeAction",
];

/// Where a text is looked at while it is typed: the ends of its tokens, and a place within every fifth.
fn steps(text: &str, by_letter: bool) -> Vec<usize> {
    if by_letter {
        let letters = text.char_indices();
        return letters.map(|(at, letter)| at + letter.len_utf8()).collect();
    }
    let mut steps = Vec::new();
    let tokens = lex(text).filter(|(token, _)| *token != Token::Whitespace);
    for (at, (_, range)) in tokens.enumerate() {
        let middle = text.floor_char_boundary(range.start.midpoint(range.end));
        if at % 5 == 0 && middle > range.start {
            steps.push(middle);
        }
        steps.push(range.end);
    }
    steps
}

/// A small generator, the same in every run (P. L'Ecuyer, 1988).
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0 * 48_271 % 2_147_483_647;
        usize::try_from(self.0).unwrap() % most.max(1)
    }
}

/// What is typed at random.
const PIECES: &[&str] = &[
    "",
    "",
    "x",
    "\n",
    ";",
    "}",
    "{",
    "\"",
    "\r\n",
    " and ",
    "rule r {",
    "proc.",
    "ä𝔸",
    "// ",
    "[",
    "(",
    "on openat where ",
    "\u{feff}",
];

/// The diagnostics of a publication.
fn wrong(said: &[Value]) -> Option<Value> {
    let last = said.last()?;
    Some(last["params"]["diagnostics"].clone())
}

/// What is wrong where nothing was said.
fn none() -> Value {
    json!([])
}

#[test]
fn after_random_edits_a_server_says_what_a_fresh_one_says() {
    let examples = examples();
    for seed in 1..=3_u64 {
        let mut random = Random(seed);
        let mut text = examples[random.below(examples.len())].clone();
        let mut session = Session::new(Memory::default());
        let mut wrong = wrong(&session.open(MAIN, &text)).unwrap_or_else(none);
        for round in 0..5 {
            let mut changes = Vec::new();
            for _ in 0..3 {
                let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
                let from = random.below(places.len());
                let to = (from + random.below(12)).min(places.len() - 1);
                let (from, to) = (places[from], places[to]);
                let piece = PIECES[random.below(PIECES.len())];
                // Within CR LF there is no place.
                if text[..from].ends_with('\r') || text[..to].ends_with('\r') {
                    continue;
                }
                let range = json!({ "start": end(&text[..from]), "end": end(&text[..to]) });
                changes.push(json!({ "range": range, "text": piece }));
                text.replace_range(from..to, piece);
            }
            let said = session.change(MAIN, Value::Array(changes));
            wrong = self::wrong(&said).unwrap_or(wrong);
            let mut fresh = Session::new(Memory::default());
            let other = self::wrong(&fresh.open(MAIN, &text)).unwrap_or_else(none);
            assert_eq!(wrong, other, "seed {seed}, round {round}\n{text}");
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            let position = end(&text[..places[random.below(places.len())]]);
            let whole = json!({
                "start": { "line": 0, "character": 0 },
                "end": end(&text),
            });
            let mut params = place(&position);
            params["range"] = whole;
            params["context"] = json!({
                "includeDeclaration": true,
                "diagnostics": [],
                "triggerKind": 1,
                "isRetrigger": false,
            });
            params["options"] = json!({ "tabSize": 2, "insertSpaces": true });
            for method in METHODS {
                let answer = session.ask(method, params.clone());
                fine(method, &text, &answer);
                let other = fresh.ask(method, params.clone());
                assert_eq!(
                    answer, other,
                    "seed {seed}, round {round}: {method}\n{text}"
                );
            }
        }
    }
}

const METHODS: &[&str] = &[
    "textDocument/hover",
    "textDocument/completion",
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
    "textDocument/signatureHelp",
];
