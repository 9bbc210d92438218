//! Golden programs of several files: every directory below `programs/`, whose files that begin with
//! `main` are named and import the others.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod support;

use std::collections::HashMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use support::render;
use tracee_lang::ast::{Item, TestClause};
use tracee_lang::check::resolve::{Loader, MAX_FILES, MAX_IMPORTS, Program, Unloadable};
use tracee_lang::check::{Checked, check_program};
use tracee_lang::codes;
use tracee_lang::diagnostics::{Diagnostic, Severity, has_errors};
use tracee_lang::hir::{On, display};
use tracee_lang::parse::parse;
use tracee_lang::source::{FileId, SourceMap};
use tracee_lang::stdlib;

/// Files that are known by their paths from one directory.
#[derive(Default)]
struct Files {
    texts: HashMap<PathBuf, String>,
    ids: HashMap<PathBuf, FileId>,
}

impl Files {
    fn add(&mut self, path: &str, text: impl Into<String>) {
        self.texts.insert(path.into(), text.into());
    }

    fn open(&mut self, map: &mut SourceMap, path: &Path) -> Option<FileId> {
        if let Some(id) = self.ids.get(path) {
            return Some(*id);
        }
        let id = map.add(path.display().to_string(), self.texts.get(path)?.as_str());
        self.ids.insert(path.to_owned(), id);
        Some(id)
    }

    /// Checks these files with all that they import.
    fn check(&mut self, named: &[&str]) -> (SourceMap, Checked) {
        let mut map = SourceMap::default();
        let named: Vec<_> = named
            .iter()
            .map(|path| self.open(&mut map, Path::new(path)).unwrap())
            .collect();
        let program = Program::load(&mut map, &named, self);
        let checked = check_program(&map, &program);
        (map, checked)
    }
}

impl Loader for Files {
    fn load(
        &mut self,
        map: &mut SourceMap,
        importing: FileId,
        path: &str,
    ) -> Result<FileId, Unloadable> {
        let mut at = PathBuf::from(&*map.get(importing).unwrap().name);
        at.pop();
        for part in Path::new(path).components() {
            match part {
                std::path::Component::ParentDir => {
                    at.pop();
                }
                std::path::Component::CurDir => {}
                part => at.push(part),
            }
        }
        self.open(map, &at).ok_or_else(|| Unloadable {
            reason: "there is no such file".into(),
            neighbours: self
                .texts
                .keys()
                .map(|path| path.display().to_string())
                .collect(),
        })
    }
}

/// The rules that run, with their conditions.
fn show(checked: &Checked) -> String {
    let mut out = String::new();
    for policy in &checked.policies.policies {
        writeln!(out, "policy {}", policy.name).unwrap();
        for on in &policy.selects {
            writeln!(out, "  select {}", show_on(on)).unwrap();
        }
        for rule in &policy.rules {
            writeln!(out, "  rule {}", rule.qualified_name).unwrap();
            for on in &rule.on {
                writeln!(out, "    on {}", show_on(on)).unwrap();
            }
        }
    }
    out
}

fn show_on(on: &On) -> String {
    let event = stdlib::schema().event(on.event).unwrap();
    let condition = on.condition.as_ref();
    let condition = condition.map(|c| display::condition(c, Some(event)));
    format!(
        "{} {}",
        event.name,
        condition.as_deref().unwrap_or("always")
    )
}

/// All files below a directory.
fn read(directory: &Path, from: &Path, files: &mut Files) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, from, files);
        } else {
            let name = path.strip_prefix(from).unwrap().display().to_string();
            files.add(&name, std::fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn programs() {
    insta::glob!("programs/*/main.tp", |path| {
        let directory = path.parent().unwrap();
        let mut files = Files::default();
        read(directory, directory, &mut files);
        let mut named: Vec<_> = files
            .texts
            .keys()
            .map(|path| path.display().to_string())
            .filter(|path| path.starts_with("main"))
            .collect();
        named.sort();
        let named: Vec<_> = named.iter().map(String::as_str).collect();
        let (map, checked) = files.check(&named);
        let mut out = render(&map, &checked.diagnostics);
        if !has_errors(&checked.diagnostics) {
            out.push_str(&show(&checked));
        }
        let name = directory.file_name().unwrap().to_string_lossy();
        insta::with_settings!({ snapshot_suffix => name.into_owned() }, {
            insta::assert_snapshot!(out);
        });
    });
}

/// What the paths of tests name, seen from their file.
#[test]
fn paths() {
    let mut files = Files::default();
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs/imports");
    read(&directory, &directory, &mut files);
    files.add("tests.tp", PATHS);
    let (mut map, checked) = files.check(&["main.tp", "tests.tp"]);
    let file = files.open(&mut map, Path::new("tests.tp")).unwrap();
    let mut out = String::new();
    for item in parse(&map, file).file.items {
        let Item::Test(test) = item else { continue };
        let said = |said: Option<Box<Diagnostic>>| match said {
            Some(diagnostic) => render(&map, &[*diagnostic]),
            None => "said already\n".into(),
        };
        let policy = match checked.names.policy(file, &test.of.unwrap()) {
            Ok(policy) => {
                let name = &checked.names.declaration(policy).unwrap().name;
                writeln!(out, "policy {name:?}").unwrap();
                Some(policy)
            }
            Err(why) => {
                out.push_str(&said(why));
                None
            }
        };
        for clause in test.clauses {
            let TestClause::Expect { rule, .. } = clause else {
                continue;
            };
            writeln!(out, "  {}", map.slice(rule.span)).unwrap();
            match checked.names.rules(file, policy, &rule) {
                Ok(named) => {
                    for id in named.rules {
                        let declared = checked.names.declaration(id).unwrap();
                        let place = map.get(declared.span.file).unwrap();
                        writeln!(out, "    {} of {}", declared.name.text, place.name).unwrap();
                    }
                }
                Err(why) => out.push_str(&said(why)),
            }
        }
    }
    insta::assert_snapshot!(out);
}

const PATHS: &str = r#"
import "main.tp" as main;
import "site/lists.tp";
import "lost.tp" as lost;

policy own { rule one { on unlink; } rule two { on rename; } }
rule one { on rename; }

test "here" for own {
  expect one;
  expect own.two;
  expect own.*;
  expect two;
  expect three;
  expect scratch_run;
  expect std.ld_preload;
  expect std.*;
  expect lost.rule;
  expect lost.*;
}
test "there" for main.web {
  expect traced;
  expect main.web.traced;
  expect main.web.*;
  expect main.web.gone;
  expect one;
}
test "nowhere" for owned { expect one; expect two; }
test "not one" for one { expect one; }
test "lost" for lost.policy { expect lost.policy.rule; }
"#;

/// An editor finds what a word names, and where that is named.
#[test]
fn what_is_at_a_place() {
    let mut files = Files::default();
    files.add(
        "main.tp",
        "import \"lib.tp\" as lib;\npolicy p { use lib.r; select unlink where lib.l; }",
    );
    files.add("lib.tp", "rule r { on rename; }\nlet l = pathname exists;");
    let (map, checked) = files.check(&["main.tp"]);
    let text = &map.get(FileId(0)).unwrap().text;
    for (written, name) in [("lib.r", "r"), ("lib.l", "l")] {
        let at = text.find(written).unwrap() + 4;
        let id = checked.names.at(FileId(0), at as u32).unwrap();
        let declared = checked.names.declaration(id).unwrap();
        assert_eq!(
            (declared.name.text.as_str(), declared.span.file),
            (name, FileId(1))
        );
        assert_eq!(
            checked.names.at(FileId(1), declared.name.span.start),
            Some(id)
        );
        let uses = checked.names.uses().iter();
        let uses: Vec<_> = uses.filter(|used| used.declaration == id).collect();
        assert_eq!(uses.len(), 1);
        assert_eq!(map.slice(uses[0].span), name);
    }
}

#[test]
fn long_chains_and_large_diamonds_are_read_once() {
    let mut files = Files::default();
    files.add(
        "main.tp",
        "import \"f0.tp\";\npolicy p { select openat where pathname in l0; }",
    );
    for at in 0..1000 {
        let text = format!(
            "import \"f{}.tp\" as next;\nlist l{at}: path = [\"/a\"];",
            at + 1
        );
        files.add(&format!("f{at}.tp"), text);
    }
    files.add("f1000.tp", "");
    let (map, checked) = files.check(&["main.tp"]);
    assert_eq!(map.iter().count(), 1002);
    // Nobody uses what they import.
    assert!(
        checked
            .diagnostics
            .iter()
            .all(|d| d.code == codes::UNUSED_IMPORT)
    );

    // And in a circle.
    files = Files {
        texts: files.texts,
        ..Files::default()
    };
    files.add("f1000.tp", "import \"f0.tp\" as first;");
    let (map, checked) = files.check(&["main.tp"]);
    assert_eq!(map.iter().count(), 1002);
    let cycles = checked
        .diagnostics
        .iter()
        .filter(|d| d.code == codes::IMPORT_CYCLE);
    assert_eq!(cycles.count(), 1);

    let mut diamond = Files::default();
    let width = 60;
    for at in 0..width {
        let mut text = String::new();
        for below in at + 1..width {
            text.push_str(&format!("import \"d{below}.tp\" as d{below};\n"));
        }
        text.push_str("list l: path = [\"/a\"];\n");
        diamond.add(&format!("d{at}.tp"), text);
    }
    let (map, checked) = diamond.check(&["d0.tp"]);
    assert_eq!(map.iter().count(), width);
    assert!(!has_errors(&checked.diagnostics));
}

#[test]
fn files_and_imports_are_limited() {
    let codes_of = |checked: &Checked| -> Vec<_> {
        checked
            .diagnostics
            .iter()
            .filter(|d| d.severity == Severity::Error)
            .map(|d| d.code)
            .collect()
    };
    let mut many = Files::default();
    let mut main = String::new();
    for at in 0..=MAX_IMPORTS {
        main.push_str(&format!("import \"f{at}.tp\" as f{at};\n"));
        many.add(&format!("f{at}.tp"), "");
    }
    many.add("main.tp", main);
    assert_eq!(
        codes_of(&many.check(&["main.tp"]).1),
        [codes::UNREADABLE_IMPORT]
    );

    let mut chain = Files::default();
    for at in 0..MAX_FILES {
        chain.add(
            &format!("f{at}.tp"),
            format!("import \"f{}.tp\" as f;", at + 1),
        );
    }
    chain.add(&format!("f{MAX_FILES}.tp"), "");
    assert_eq!(
        codes_of(&chain.check(&["f0.tp"]).1),
        [codes::UNREADABLE_IMPORT]
    );
}
