//! Requests and their answers. `requests/hover/event.tp` is a text with a mark (`‸`) where the cursor is,
//! which is asked about with `textDocument/hover`; with several marks it is asked at each. Behind a line
//! `//- lists.tp` another file begins, which is on the disk.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Memory, Session};

const MARK: char = '‸';
const MAIN: &str = "file:///w/main.tp";

/// What a golden file holds.
struct Case {
    /// Of the first file, without its marks.
    text: String,
    /// Of the marks, as the protocol has places.
    marks: Vec<Value>,
    disk: Memory,
}

fn case(input: &str) -> Case {
    let mut disk = Memory::default();
    let mut parts = input.split("//- ");
    let main = parts.next().unwrap_or_default();
    for part in parts {
        let (name, text) = part.split_once('\n').unwrap();
        let path = Path::new("/w").join(name.trim());
        disk.0.insert(path, text.to_owned());
    }
    let mut marks = Vec::new();
    let (mut line, mut character) = (0, 0);
    for one in main.chars() {
        match one {
            MARK => marks.push(json!({ "line": line, "character": character })),
            '\n' => (line, character) = (line + 1, 0),
            one => character += one.len_utf16(),
        }
    }
    let text = main.replace(MARK, "");
    disk.0.insert("/w/main.tp".into(), text.clone());
    Case { text, marks, disk }
}

#[test]
fn requests() {
    insta::glob!("..", "requests/*/*.tp", |path| {
        let input = std::fs::read_to_string(path).unwrap();
        let kind = path.parent().unwrap().file_name().unwrap();
        let kind = kind.to_str().unwrap();
        let case = case(&input);
        let mut session = Session::new(case.disk.clone());
        let said = session.open(MAIN, &case.text);
        let mut shown = String::new();
        if kind == "diagnostics" {
            let _ = writeln!(shown, "{}", pretty(&json!(said)));
        }
        for answer in answers(kind, &case, &mut session) {
            let _ = writeln!(shown, "{}", render(kind, &case.text, &answer));
        }
        let name = path.file_stem().unwrap().to_str().unwrap();
        insta::with_settings!({
            snapshot_suffix => format!("{kind}-{name}"),
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, { insta::assert_snapshot!("requests", shown.trim_end()) });
    });
}

/// Asks what a folder's name says.
fn answers(kind: &str, case: &Case, session: &mut Session) -> Vec<Value> {
    let document = json!({ "uri": MAIN });
    let at_marks = |session: &mut Session, method: &str, more: Value| {
        let marks = case.marks.iter().map(|mark| {
            let mut params = json!({ "textDocument": document, "position": mark });
            for (name, value) in more.as_object().unwrap() {
                params[name] = value.clone();
            }
            session.ask(method, params)
        });
        marks.collect::<Vec<_>>()
    };
    let whole = |session: &mut Session, method: &str, more: Value| {
        let mut params = json!({ "textDocument": document });
        for (name, value) in more.as_object().unwrap() {
            params[name] = value.clone();
        }
        vec![session.ask(method, params)]
    };
    let all = json!({
        "range": {
            "start": { "line": 0, "character": 0 },
            "end": { "line": 9999, "character": 0 },
        }
    });
    match kind {
        "diagnostics" => Vec::new(),
        "hover" => at_marks(session, "textDocument/hover", json!({})),
        "formatting" => {
            let options = json!({ "tabSize": 2, "insertSpaces": true });
            whole(
                session,
                "textDocument/formatting",
                json!({ "options": options }),
            )
        }
        "completion" => at_marks(session, "textDocument/completion", json!({})),
        "signature" => at_marks(session, "textDocument/signatureHelp", json!({})),
        "definition" => at_marks(session, "textDocument/definition", json!({})),
        "highlights" => at_marks(session, "textDocument/documentHighlight", json!({})),
        "references" => {
            let more = json!({ "context": { "includeDeclaration": true } });
            at_marks(session, "textDocument/references", more)
        }
        "rename" => at_marks(
            session,
            "textDocument/rename",
            json!({ "newName": "renamed" }),
        ),
        "symbols" => whole(session, "textDocument/documentSymbol", json!({})),
        "folding" => whole(session, "textDocument/foldingRange", json!({})),
        "tokens" => whole(session, "textDocument/semanticTokens/full", json!({})),
        "hints" => whole(session, "textDocument/inlayHint", all),
        "lenses" => whole(session, "textDocument/codeLens", json!({})),
        "actions" => {
            let at = |mark: &Value| {
                session.ask(
                    "textDocument/codeAction",
                    json!({
                        "textDocument": document,
                        "range": { "start": mark, "end": mark },
                        "context": { "diagnostics": [] },
                    }),
                )
            };
            case.marks.iter().map(at).collect()
        }
        other => panic!("no request is called {other}"),
    }
}

/// What there is to see of an answer.
fn render(kind: &str, text: &str, answer: &Value) -> String {
    match kind {
        "hover" => hover(answer),
        "tokens" => tokens(text, answer),
        "hints" => hints(answer),
        "folding" => folds(answer),
        "completion" => completions(answer),
        "definition" | "references" | "highlights" | "rename" => places(answer),
        _ => pretty(answer),
    }
}

fn hover(answer: &Value) -> String {
    let range = compact(&answer["range"]);
    let said = answer["contents"]["value"].as_str().unwrap_or("nothing");
    format!("=== {}\n{said}", range.as_str().unwrap_or("no word"))
}

/// A line for each: its place, text and kind.
fn tokens(text: &str, answer: &Value) -> String {
    let lines: Vec<Vec<u16>> = text.lines().map(|l| l.encode_utf16().collect()).collect();
    let numbers = answer["data"].as_array().unwrap();
    let (mut line, mut column) = (0, 0);
    let mut shown = String::new();
    for token in numbers.chunks(5) {
        let number = |at: usize| usize::try_from(token[at].as_u64().unwrap()).unwrap();
        if number(0) > 0 {
            (line, column) = (line + number(0), 0);
        }
        column += number(1);
        let written = &lines[line][column..column + number(2)];
        let written = String::from_utf16(written).unwrap();
        let _ = writeln!(
            shown,
            "{line}:{column} {written} {} {}",
            number(3),
            number(4)
        );
    }
    shown
}

fn hints(answer: &Value) -> String {
    let hint = |hint: &Value| {
        let place = compact(&hint["position"]);
        let (label, why) = (&hint["label"], &hint["tooltip"]["value"]);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        format!("{} {} {}", text(&place), text(label), text(why))
    };
    let hints = answer.as_array().unwrap().iter().map(hint);
    hints.collect::<Vec<_>>().join("\n")
}

fn folds(answer: &Value) -> String {
    let fold = |fold: &Value| {
        let kind = fold["kind"].as_str().unwrap_or("block");
        format!("{}-{} {kind}", fold["startLine"], fold["endLine"])
    };
    let folds = answer.as_array().unwrap().iter().map(fold);
    folds.collect::<Vec<_>>().join("\n")
}

/// With a word for each place (`3:12`) and range (`3:12-3:17`).
fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(&compact(value)).unwrap()
}

fn compact(value: &Value) -> Value {
    let place = |place: &Value| {
        let (line, column) = (place.get("line")?, place.get("character")?);
        Some(format!("{line}:{column}"))
    };
    let range = |range: &Value| {
        let (start, end) = (place(range.get("start")?)?, place(range.get("end")?)?);
        Some(format!("{start}-{end}"))
    };
    if let Some(short) = place(value).or_else(|| range(value)) {
        return short.into();
    }
    match value {
        Value::Array(all) => all.iter().map(compact).collect(),
        Value::Object(all) => {
            let all = all.iter();
            all.map(|(name, value)| (name.clone(), compact(value)))
                .collect()
        }
        other => other.clone(),
    }
}

/// A line for each place of an answer, whatever its form.
fn places(answer: &Value) -> String {
    let mut lines = Vec::new();
    if let Some(changes) = answer["changes"].as_object() {
        for (uri, edits) in changes {
            lines.push(format!("{uri} {}", compact(edits)));
        }
    } else if let Some(all) = answer.as_array() {
        lines.extend(all.iter().map(place));
    } else {
        lines.push(place(answer));
    }
    lines.sort();
    format!("=== {}", lines.join("\n    "))
}

fn place(value: &Value) -> String {
    match value["range"].is_object() {
        true => {
            let uri = value["uri"].as_str().unwrap_or("here");
            format!("{uri} {}", compact(&value["range"]).as_str().unwrap())
        }
        false => value.to_string(),
    }
}

/// So many completions of one place are shown.
const SHOWN: usize = 40;

/// A line for each: its label and detail, and what it inserts if that is more.
fn completions(answer: &Value) -> String {
    let mut lines = vec!["===".to_owned()];
    let mut items: Vec<&Value> = answer.as_array().into_iter().flatten().collect();
    items.sort_by_key(|item| item["sortText"].as_str().unwrap().to_owned());
    for item in items.iter().take(SHOWN) {
        let label = item["label"].as_str().unwrap();
        let text = item["textEdit"]["newText"].as_str().unwrap();
        let more = match text == label {
            true => String::new(),
            false => format!(" → {}", text.escape_debug()),
        };
        let import = match &item["additionalTextEdits"] {
            Value::Null => String::new(),
            edits => format!(" + {}", compact(edits)),
        };
        let range = compact(&item["textEdit"]["range"]);
        let detail = item["detail"].as_str().unwrap_or_default();
        lines.push(format!(
            "{} {label} ({detail}){more}{import}",
            range.as_str().unwrap()
        ));
    }
    if items.len() > SHOWN {
        lines.push(format!("and {} more", items.len() - SHOWN));
    }
    lines.join("\n")
}
