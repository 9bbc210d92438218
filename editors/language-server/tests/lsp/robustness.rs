//! Texts that are being typed: the prefixes of every example, and random edits, after which a server
//! must say what a fresh one says of the same text.

use serde_json::{Value, json};

use crate::support::{Memory, Session};

const MAIN: &str = "file:///w/main.tp";

/// The example policies.
fn examples() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/policies");
    let entries = std::fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.retain(|path| path.extension().is_some_and(|it| it == "tp"));
    assert!(!paths.is_empty());
    let texts = paths
        .iter()
        .map(|path| std::fs::read_to_string(path).unwrap());
    texts.collect()
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

/// The smallest example letter by letter, the others word by word; with what is under the cursor at the
/// ends of their lines.
#[test]
fn every_prefix_of_an_example_has_an_answer() {
    let examples = examples();
    let smallest = examples.iter().map(String::len).min();
    for example in &examples {
        let by_letter = Some(example.len()) == smallest;
        let mut session = Session::new(Memory::default());
        session.open(MAIN, "");
        let mut typed = 0;
        for (at, letter) in example.char_indices() {
            let to = at + letter.len_utf8();
            let in_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
            let next = example[to..].chars().next();
            let goes_on = in_word(letter) && next.is_some_and(in_word);
            let blank = letter == ' ' && next == Some(' ');
            if !by_letter && (goes_on || blank) {
                continue;
            }
            let position = end(&example[..typed]);
            let range = json!({ "start": position, "end": position });
            session.type_in(
                MAIN,
                json!([{ "range": range, "text": example[typed..to] }]),
            );
            typed = to;
            let params = place(&end(&example[..to]));
            let answer = session.ask("textDocument/completion", params.clone());
            fine("textDocument/completion", &example[..to], &answer);
            // This one checks the whole text.
            if letter == '\n' {
                let answer = session.ask("textDocument/hover", params);
                fine("textDocument/hover", &example[..to], &answer);
            }
        }
        assert_eq!(typed, example.len());
    }
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

#[test]
fn after_random_edits_a_server_says_what_a_fresh_one_says() {
    let examples = examples();
    for seed in 1..=3_u64 {
        let mut random = Random(seed);
        let mut text = examples[random.below(examples.len())].clone();
        let mut session = Session::new(Memory::default());
        session.open(MAIN, &text);
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
            session.type_in(MAIN, Value::Array(changes));
            let mut fresh = Session::new(Memory::default());
            fresh.open(MAIN, &text);
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
