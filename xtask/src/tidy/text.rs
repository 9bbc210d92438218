//! How text looks: white space, the comment that a file opens with, words that are left over.

use super::{File, Problem};

/// Text whose bytes are the point: snapshots and expected outputs, and inputs of tests.
fn is_golden(file: &File) -> bool {
    matches!(
        file.extension(),
        "snap" | "stdout" | "stderr" | "jsonl" | "json"
    ) || file.path.contains("/fixtures/")
        || file.path.starts_with("tests/golden/")
        || file.path == "LICENSE"
}

pub(super) fn white_space(files: &[File]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for file in files
        .iter()
        .filter(|file| file.text.is_some() && !is_golden(file))
    {
        for (number, line) in file.lines() {
            let mut problem = |what| problems.push(format!("{}:{number}: {what}", file.path));
            if line.ends_with([' ', '\t', '\r']) {
                problem("white space at the end of the line");
            }
            if file.is_rust() && line.contains('\t') {
                problem("a tab; Rust is indented with spaces");
            }
        }
        let text = file.text.as_deref().unwrap_or_default();
        if !text.is_empty() && (!text.ends_with('\n') || text.ends_with("\n\n")) {
            problems.push(format!("{}: end the file with one line feed", file.path));
        }
    }
    problems
}

/// Every source file says at its top what it is for.
pub(super) fn opening_comment(files: &[File]) -> Vec<Problem> {
    let opening: fn(&File) -> &[&str] = |file| match file.extension() {
        "rs" => &["//! ", "// @generated"],
        "c" | "h" => &["// ", "/* ", "/*\n"],
        "lalrpop" => &["// ", "//! "],
        "sh" => &["# ", "#!"],
        "tp" if file.path.starts_with("stdlib-signatures/") => &["// ", "/// "],
        "tp" if file.path.starts_with("examples/") => &["// ", "/// "],
        _ => &[],
    };
    let is_missing = |file: &&File| {
        let text = file.text.as_deref().unwrap_or_default();
        let wanted = opening(file);
        let body = text
            .strip_prefix("// SPDX-License-Identifier: GPL-2.0\n")
            .unwrap_or(text);
        !wanted.is_empty() && !wanted.iter().any(|start| body.starts_with(start))
    };
    files
        .iter()
        .filter(is_missing)
        .map(|file| {
            format!(
                "{}:1: open with a comment that says what the file is for",
                file.path
            )
        })
        .collect()
}

/// Words that mean "not done". Written in two pieces here, so that this file has none of them.
const LEFTOVERS: &[&str] = &[
    concat!("to", "do!("),
    concat!("unimple", "mented!("),
    concat!("FIX", "ME"),
    concat!("TO", "DO"),
    concat!("XX", "X:"),
    concat!("db", "g!("),
];

pub(super) fn leftovers(files: &[File]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for file in files.iter().filter(|file| !is_golden(file)) {
        for (number, line) in file.lines() {
            for word in LEFTOVERS.iter().filter(|word| line.contains(*word)) {
                problems.push(format!(
                    "{}:{number}: `{word}`; finish it or file an issue",
                    file.path
                ));
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::super::tests::file;
    use super::*;

    #[test]
    fn white_space_is_reported_with_its_line() {
        let files = [
            file("a.rs", "x \n\ty\n"),
            file("a.h", "\ty"),
            file("a.snap", "x \n\n"),
        ];
        assert_eq!(
            white_space(&files),
            [
                "a.rs:1: white space at the end of the line",
                "a.rs:2: a tab; Rust is indented with spaces",
                "a.h: end the file with one line feed"
            ]
        );
    }

    #[test]
    fn source_opens_with_a_comment() {
        let files = [
            file("a.rs", "//! For x.\n"),
            file("b.rs", "use x;\n"),
            file("c.h", "// SPDX-License-Identifier: GPL-2.0\n#ifndef C\n"),
            file("d.h", "// SPDX-License-Identifier: GPL-2.0\n// For d.\n"),
            file("e.md", "text\n"),
        ];
        let places: Vec<String> = opening_comment(&files);
        let places: Vec<&str> = places.iter().filter_map(|p| p.split(':').next()).collect();
        assert_eq!(places, ["b.rs", "c.h"]);
    }

    #[test]
    fn leftovers_are_reported_with_their_line() {
        let text = format!("//! x\n{})\n", LEFTOVERS[0]);
        assert_eq!(leftovers(&[file("a.rs", &text)]).len(), 1);
        assert!(leftovers(&[file("a.rs", &text)])[0].starts_with("a.rs:2: "));
    }
}
