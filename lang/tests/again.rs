//! What is known from another version of a text makes parsing and checking quicker, never different: random edits,
//! after each of which both are compared with those of a text that nothing is known of.
//!
//! `TRACEE_EDITS` is how many there are.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by it")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tracee_lang::check::{
    Checked, Kept, Program, check_program, check_program_again,
    resolve::{Loader, Unloadable},
};
use tracee_lang::parse::{Parsed, parse, parse_again};
use tracee_lang::source::{FileId, SourceMap};
use tracee_lang::token::{Token, lex};

/// A small generator, the same in every run (P. L'Ecuyer, 1988).
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0 * 48_271 % 2_147_483_647;
        usize::try_from(self.0).unwrap() % most.max(1)
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// What is written at random: brackets and comments that are opened and closed, ends of clauses, declarations,
/// names of what others use.
const PIECES: &[&str] = &[
    "",
    "",
    " ",
    "\n",
    "\r\n",
    ";",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "\"",
    "// ",
    "/// said\n",
    "// tracee: allow(TP2207) reason \"known\"\n",
    "x",
    "not ",
    " and ",
    "ä",
    "\u{200b}",
    "std.",
    "let own = proc.uid == 0;\n",
    "let pathname = proc.uid == 0;\n",
    "let writes = own;\n",
    "list names: string = [\"sh\"];\n",
    "rule r { on openat where own; }\n",
    "rule r { on openat where pathname under directories; }\n",
    "policy p { select open where own;",
    "policy q { rule z { on close; } }\n",
    "import std.shells;\n",
    "import \"other.tp\";\n",
    "import \"other.tp\" as other;\n",
    "id \"one\";",
    "on execve where pathname regex \"a+\";",
    "except reason \"r\" expires 2027-01-31 where own;",
    "except rules.a reason \"r\" where proc.uid == 3;",
    "use std.*;",
    "test \"t\" for p { given openat { pathname: \"/etc\" }; expect r; }\n",
];

/// A policy whose rules hang together by all that rules can share.
const RULES: &str = r#"import std.shells;
import "other.tp" as other;

list directories: path = ["/etc", "~/x", "/usr"];
list numbers: u32 = [1, 2, 3];
let own = proc.uid in numbers;
let writes = flags has any [O_WRONLY, O_RDWR] and own;
let within(p: path) = p under directories and writes;

rule alone { on close where own; }

policy p {
  scope proc.uid < 1000;
  select unlink where own;
  /// Documented.
  rule a { id "one"; on openat where pathname == "/x" and writes; }
  rule b { on openat where within(pathname); message "{pathname} {proc.comm}"; }
  rule c { severity high; attack T1059.004; on openat, open where pathname under directories; }
  rule d { on execve where proc.comm in shells; except reason "known" where own; }
  rule e { on execve where pathname regex ["a+", "b"]; output { who = proc.exe; } }
  rule f { on connect where addr.ip in 10.0.0.0/8 and other.far; }
  rule g {
    on execve where any word in argv { word prefix "x" };
    on openat where pathname glob "/tmp/**" and not writes;
  }
  rule h { attack T1086; on openat where proc.comm != "nginx"; }
  except a reason "later" where proc.gid == 1;
  use alone;
}

test "a" for p { given openat { pathname: "/x" }; expect not a; }
"#;

const OTHER: &str = "let far = proc.gid == 7 and near;\nlet near = proc.uid == 8;\n";

/// The policies of a folder of the repository.
fn policies(folder: &Path, found: &mut Vec<String>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            policies(&path, found);
        } else if path.extension().is_some_and(|it| it == "tp") {
            found.push(std::fs::read_to_string(path).unwrap());
        }
    }
}

fn texts() -> Vec<String> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let mut found = vec![RULES.to_owned(), RULES.replace('\n', "\r\n")];
    for folder in ["examples", "lang/tests", "stdlib-signatures/rules"] {
        policies(&Path::new(root).join(folder), &mut found);
    }
    found
}

/// An edit: a piece in place of what stands somewhere, or a part of the text that is moved there.
fn edit(text: &mut String, random: &mut Random) {
    let tokens: Vec<_> = lex(text)
        .filter(|(token, _)| *token != Token::Whitespace)
        .map(|(_, range)| range)
        .collect();
    if tokens.is_empty() {
        text.push_str(PIECES[random.below(PIECES.len())]);
        return;
    }
    let first = random.below(tokens.len());
    let length = match random.below(4) {
        0 => 0,
        1 => 1,
        2 => random.below(4),
        _ => random.below(40),
    };
    let last = (first + length).min(tokens.len() - 1);
    let range = match random.below(8) {
        0..4 => tokens[first].start..tokens[first].start,
        4 => tokens[first].end..tokens[first].end,
        5 => tokens[first].clone(),
        _ => tokens[first].start..tokens[last].end,
    };
    let piece = match random.below(10) {
        0 => {
            let from = random.below(tokens.len());
            let to = (from + random.below(40)).min(tokens.len() - 1);
            text[tokens[from].start..tokens[to].end].to_owned()
        }
        1 => text[range.clone()].to_owned(),
        _ => (*random.of(PIECES)).to_owned(),
    };
    text.replace_range(range, &piece);
}

/// The file beside, and what is known of both.
#[derive(Default)]
struct Editor {
    other: String,
    kept: Kept,
    understood: Option<(String, Arc<Parsed>)>,
}

struct Files<'e> {
    editor: &'e Editor,
    again: bool,
    other: Option<FileId>,
    parsed: Option<Arc<Parsed>>,
}

impl Loader for Files<'_> {
    fn load(&mut self, map: &mut SourceMap, _: FileId, path: &str) -> Result<FileId, Unloadable> {
        match path {
            "other.tp" => {
                let add = || map.add(path, &*self.editor.other);
                Ok(*self.other.get_or_insert_with(add))
            }
            _ => Err("No such file".to_owned().into()),
        }
    }

    fn parse(&mut self, map: &SourceMap, id: FileId) -> Arc<Parsed> {
        let before = self.editor.understood.as_ref();
        let before = before.filter(|_| self.again && id == FileId(0));
        let parsed = Arc::new(match before {
            Some((text, tree)) => parse_again(map, id, (text, tree)),
            None => parse(map, id),
        });
        if id == FileId(0) {
            self.parsed = Some(parsed.clone());
        }
        parsed
    }
}

/// Everything of a tree and of a check that can be seen.
fn shown(parsed: &Parsed, checked: &Checked, program: &Program) -> [String; 4] {
    [
        format!("{:#?} {}", parsed.file, parsed.broken),
        format!("{:#?}", checked.diagnostics),
        format!(
            "{:#?}",
            (
                &checked.policies,
                &checked.alone,
                &checked.tests,
                &checked.library
            )
        ),
        format!(
            "{:#?} {:#?}",
            checked.names.uses(),
            checked.names.mentions(program)
        ),
    ]
}

impl Editor {
    /// Compares what is said of a text with what is said of it where nothing is known.
    fn look(&mut self, text: &str, what: &str) {
        let mut found = Vec::new();
        let mut kept = std::mem::take(&mut self.kept);
        for again in [false, true] {
            let mut map = SourceMap::default();
            let file = map.add("main.tp", text);
            let mut files = Files {
                editor: self,
                again,
                other: None,
                parsed: None,
            };
            let program = Program::load(&mut map, &[file], &mut files);
            let checked = match again {
                true => check_program_again(&map, &program, None, &mut kept),
                false => check_program(&map, &program),
            };
            let parsed = files.parsed.unwrap();
            found.push((shown(&parsed, &checked, &program), parsed));
        }
        self.kept = kept;
        let (again, parsed) = found.pop().unwrap();
        let (fresh, _) = found.pop().unwrap();
        for (again, fresh) in again.iter().zip(&fresh) {
            if again != fresh {
                let lines = again.lines().zip(fresh.lines());
                let differs = lines.clone().position(|(again, fresh)| again != fresh);
                let at = differs.unwrap_or(0).saturating_sub(8);
                let near: Vec<_> = lines.skip(at).take(24).collect();
                panic!("{what}: {near:#?}\n{text}");
            }
        }
        if !parsed.broken {
            self.understood = Some((text.to_owned(), parsed));
        }
    }
}

fn edits() -> usize {
    let given = std::env::var("TRACEE_EDITS").ok();
    given.map_or(60, |given| given.parse().unwrap())
}

#[test]
fn what_is_known_makes_no_difference() {
    let texts = texts();
    let (mut known, mut all) = (0, 0);
    let seed = std::env::var("TRACEE_SEED").ok();
    let seed = seed.map_or(1, |seed| seed.parse().unwrap());
    let mut random = Random(seed);
    let mut edits = edits();
    let mut session = 0;
    while edits > 0 {
        session += 1;
        let mut text = match session % 2 {
            1 => texts[0].clone(),
            _ => random.of(&texts).clone(),
        };
        let mut editor = Editor {
            other: OTHER.to_owned(),
            ..Editor::default()
        };
        editor.look(&text, "at first");
        for turn in 0..20 {
            // Most edits are taken back, so that there is something to be known of most of the time.
            let before = (text.clone(), editor.other.clone());
            match random.below(12) {
                0 => edit(&mut editor.other, &mut random),
                _ => edit(&mut text, &mut random),
            }
            editor.look(&text, &format!("session {session}, edit {turn}"));
            let (looked_at, found) = editor.kept.rules();
            all += looked_at;
            known += found;
            if random.below(4) > 0 {
                (text, editor.other) = before;
                editor.look(&text, &format!("session {session}, taken back {turn}"));
            }
            edits = edits.saturating_sub(1);
        }
    }
    // Else nothing was tested.
    assert!(known * 6 > all, "{known} of {all}");
}

/// Many rules, each of which is made of what the others are made of.
fn many_rules() -> String {
    let rule = |number| {
        format!(
            "  rule many{number} {{
    on openat where within(pathname) and proc.uid == {number};
    on execve where other.far and not (pathname == \"/{number}\" and own);
    message \"{{pathname}} {number}\";
  }}\n"
        )
    };
    let rules: String = (0..MANY).map(rule).collect();
    let before = "  /// Documented.\n";
    // A rule of whose list something is said is looked at again.
    RULES
        .replace("\"~/x\", ", "")
        .replace(before, &format!("{rules}{before}"))
}

const MANY: usize = 50;

#[test]
fn what_an_edit_leaves_as_it_was_is_known() {
    let text = many_rules();
    let mut editor = Editor {
        other: OTHER.to_owned(),
        ..Editor::default()
    };
    editor.look(&text, "at first");
    let (all, known) = editor.kept.rules();
    assert!(all > MANY && known == 0, "{known} of {all}");
    editor.look(&text, "the same");
    let (all, known) = editor.kept.rules();
    // Those of which something is said.
    let told = all - known;
    assert!(told < 5, "{known} of {all}");
    for number in [0, MANY - 1] {
        let condition = format!("proc.uid == {number};");
        for (written, others) in [
            ("proc.uid == 5000;", 1),
            ("proc.uid == \"x\";", 1),
            ("proc.nothing == 1;", 1),
            ("proc.uid == ;", 1),
            ("proc.", 1),
            ("(proc.uid == 1;", 1),
            ("true; on nothing where x;", 1),
            ("true; } rule more { on close; ", 2),
        ] {
            let edited = text.replacen(&condition, written, 1);
            assert_ne!(edited, text);
            for text in [&edited, &text] {
                editor.look(text, written);
                let (all, known) = editor.kept.rules();
                assert!(all >= MANY, "{written}: {all}");
                assert!(known + told + others >= all, "{written}: {known} of {all}");
            }
        }
    }
}
