//! The layout, and what holds for every file: formatting twice is formatting once, and neither
//! comments nor meaning change.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by it")]

mod support;

use std::path::{Path, PathBuf};

use support::render;
use tracee_lang::codes;
use tracee_lang::diagnostics::Diagnostic;
use tracee_lang::formatter::format;
use tracee_lang::source::SourceMap;
use tracee_lang::token::{Token, lex};

fn format_text(text: &str) -> Result<String, (SourceMap, Vec<Diagnostic>)> {
    let mut map = SourceMap::default();
    let file = map.add("test.tp", text);
    format(&map, file).map_err(|diagnostics| (map, diagnostics))
}

#[test]
fn layout() {
    insta::glob!("formatter/*.tp", |path| {
        let text = std::fs::read_to_string(path).unwrap();
        match format_text(&text) {
            Ok(formatted) => insta::assert_snapshot!(formatted),
            Err((map, diagnostics)) => panic!("{}", render(&map, &diagnostics)),
        }
    });
}

#[test]
fn line_ends_become_those_of_unix() {
    let formatted = format_text("// one\r\n\r\n\r\nlet a =\r\n b; // two\r\n").unwrap_or_default();
    assert_eq!(formatted, "// one\n\nlet a = b; // two\n");
}

#[test]
fn a_byte_order_mark_is_dropped() {
    let formatted = format_text("\u{feff}let a = b;\n").unwrap_or_default();
    assert_eq!(formatted, "let a = b;\n");
}

#[test]
fn a_file_that_does_not_parse_is_refused() {
    for text in [
        "policy p {",
        "list l: u8 = [1 2];",
        "let a = b = c;",
        "let a = b;\u{feff}",
        "let a = b; // \u{202e}",
        "let p\u{430} = b;",
    ] {
        assert!(format_text(text).is_err(), "{text}");
    }
}

/// The repository's `.tp` files below these directories.
fn files(directories: &[&str]) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut pending: Vec<_> = directories.iter().map(|name| root.join(name)).collect();
    let mut found = Vec::new();
    while let Some(directory) = pending.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|extension| extension == "tp") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn what_the_repository_ships_is_formatted() {
    let files = files(&["stdlib-signatures", "examples"]);
    assert!(files.len() > 7);
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        let formatted = format_text(&text).unwrap_or_default();
        assert_eq!(formatted, text, "run `tracee fmt {}`", path.display());
    }
}

#[test]
fn the_example_of_the_documentation_is_formatted() {
    let page = include_str!("../../docs/formatting.md");
    let (_, example) = page.split_once("```tp\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    assert_eq!(format_text(example).unwrap_or_default(), example);
}

fn comments(text: &str) -> Vec<&str> {
    lex(text)
        .filter(|(token, _)| matches!(token, Token::Comment | Token::DocComment))
        .map(|(_, range)| text[range].trim_end())
        .collect()
}

/// What holds of every text that parses. Whether the tree is the same, `format` itself looks at.
fn check_properties(text: &str) {
    let formatted = match format_text(text) {
        Ok(formatted) => formatted,
        Err((map, diagnostics)) => {
            let differs = diagnostics
                .iter()
                .any(|it| it.code == codes::FORMAT_DIFFERS);
            assert!(!differs, "{}\n{text}", render(&map, &diagnostics));
            return;
        }
    };
    assert_eq!(comments(text), comments(&formatted), "{text}");
    match format_text(&formatted) {
        Ok(again) => assert_eq!(again, formatted, "of\n{text}"),
        Err((map, diagnostics)) => panic!("{}\n{text}", render(&map, &diagnostics)),
    }
    for line in formatted.lines() {
        assert!(!line.ends_with(' '), "{line:?}");
    }
    assert!(
        !formatted.contains("\n\n\n") && !formatted.starts_with('\n'),
        "{formatted}"
    );
    assert!(formatted.is_empty() || formatted.ends_with('\n') && !formatted.ends_with("\n\n"));
}

const ALL: [&str; 5] = [
    "stdlib-signatures",
    "examples",
    "lang/tests",
    "runtime/tests",
    "tests",
];

#[test]
fn every_file_keeps_its_meaning() {
    for path in files(&ALL) {
        check_properties(&std::fs::read_to_string(&path).unwrap());
    }
}

/// Numbers that look random and are the same in every run (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) as usize % bound
    }
}

/// The same tokens with other spaces, line ends and comments between them; one in `rarity` places
/// gets something special.
fn relaid(text: &str, rarity: usize, numbers: &mut Numbers) -> String {
    let mut out = String::new();
    for (token, range) in lex(text) {
        match token {
            Token::Whitespace => {}
            Token::Comment | Token::DocComment => {
                out.push_str(&text[range]);
                out.push('\n');
            }
            _ => out.push_str(&text[range]),
        }
        let choice = numbers.below(8 * rarity);
        out.push_str(match choice {
            0 => "// c\n",
            1 => " // c\n\n\n",
            2 => "\n// c\n",
            3 => "\n\n// c\n// d\n\n",
            4 => " /// doc\n",
            5 => "\n\n\t",
            6 => "\r\n",
            7 => "\n/// doc\n\n//c\n",
            _ => [" ", "\n", "  "][choice % 3],
        });
    }
    out
}

#[test]
fn every_file_keeps_its_meaning_however_it_is_laid_out() {
    let mut numbers = Numbers(1);
    for path in files(&ALL) {
        let text = std::fs::read_to_string(&path).unwrap();
        for rarity in [1, 3, 20, 20, 100] {
            check_properties(&relaid(&text, rarity, &mut numbers));
        }
    }
}
