//! How long and how large files may be.

use super::{File, Problem};

/// Lines after which one looks for a seam.
const LONG: usize = 400;
/// Lines that are refused.
const TOO_LONG: usize = 800;
/// Bytes that are refused: a repository never forgets a blob.
const TOO_LARGE: usize = 256 * 1024;
/// Files that may be larger, each with its reason.
const MAY_BE_LARGE: &[&str] = &[
    // Tables that tree-sitter makes, which editors compile.
    "editors/tree-sitter-tp/src/parser.c",
    // `cargo xtask bpf` has a limit for it.
    "ebpf/tracee.bpf.o",
];

/// Source that a person writes and reads.
fn is_source(file: &File) -> bool {
    !MAY_BE_LARGE.contains(&file.path.as_str())
        && matches!(
            file.extension(),
            "rs" | "c" | "h" | "lalrpop" | "tp" | "sh" | "ts" | "js"
        )
}

fn line_count(file: &File) -> usize {
    file.text.as_deref().unwrap_or_default().lines().count()
}

/// Notes on files that may still be what they should be.
pub(super) fn long_files(files: &[File]) -> Vec<String> {
    let long = |file: &&File| is_source(file) && line_count(file) > LONG;
    let note = |file: &File| format!("{} has {} lines", file.path, line_count(file));
    files.iter().filter(long).map(note).collect()
}

pub(super) fn too_long(files: &[File]) -> Vec<Problem> {
    let too_long = |file: &&File| is_source(file) && line_count(file) > TOO_LONG;
    let problem = |file: &File| {
        let lines = line_count(file);
        format!(
            "{}: has {lines} lines; split it by concern, {TOO_LONG} is the limit",
            file.path
        )
    };
    files.iter().filter(too_long).map(problem).collect()
}

pub(super) fn too_large(files: &[File]) -> Vec<Problem> {
    let too_large =
        |file: &&File| file.size > TOO_LARGE && !MAY_BE_LARGE.contains(&file.path.as_str());
    let problem = |file: &File| {
        format!(
            "{}: has {} bytes; {TOO_LARGE} is the limit",
            file.path, file.size
        )
    };
    files.iter().filter(too_large).map(problem).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::file;
    use super::*;

    #[test]
    fn limits_on_lines_hold_for_source_only() {
        let text = "x\n".repeat(TOO_LONG + 1);
        let files = [
            file("a.rs", &text),
            file("a.snap", &text),
            file("b.rs", &text[2..]),
        ];
        assert_eq!(
            too_long(&files),
            ["a.rs: has 801 lines; split it by concern, 800 is the limit"]
        );
        assert_eq!(
            long_files(&files),
            ["a.rs has 801 lines", "b.rs has 800 lines"]
        );
    }

    #[test]
    fn a_large_blob_is_refused() {
        let blob = File {
            path: "b.bin".into(),
            size: TOO_LARGE + 1,
            text: None,
        };
        assert_eq!(too_large(&[blob]).len(), 1);
    }
}
