//! Where unsafe code may live: the lint is denied everywhere, and lifted by an `expect` in these
//! places only.

use super::{File, Problem};

/// The JIT, the live source, giving memory back, the names that a page calls, the programs that guests run, and a
/// parser that is C.
const PLACES: &[&str] = &[
    "compiler/src/matcher",
    "runtime/src/live",
    "src/memory.rs",
    "editors/playground/src/abi.rs",
    "guest/",
    "editors/tree-sitter-tp/rust/",
];
/// How a module lifts the lint. Two pieces, so that this file does not.
const LIFTED: &[&str] = &[
    concat!("expect(unsafe", "_code"),
    concat!("allow(unsafe", "_code"),
];

pub(super) fn out_of_place(files: &[File]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for file in files.iter().filter(|file| file.is_rust()) {
        if PLACES.iter().any(|place| file.path.starts_with(place)) || is_test(file) {
            continue;
        }
        for (number, line) in file.lines() {
            if LIFTED.iter().any(|lifted| line.contains(lifted)) {
                problems.push(format!(
                    "{}:{number}: unsafe code may live in {} only",
                    file.path,
                    PLACES.join(", ")
                ));
            }
        }
    }
    problems
}

fn is_test(file: &File) -> bool {
    file.path.contains("/tests/") || file.path.ends_with("/tests.rs")
}

#[cfg(test)]
mod tests {
    use super::super::tests::file;
    use super::*;

    #[test]
    fn the_lint_is_lifted_in_its_places_only() {
        let text = format!("#![{}, reason = \"x\")]\n", LIFTED[0]);
        let at = |path| out_of_place(&[file(path, &text)]).len();
        assert_eq!(at("lang/src/x.rs"), 1);
        assert_eq!(at("runtime/src/engine.rs"), 1);
        assert_eq!(at("runtime/src/live/ring.rs"), 0);
        assert_eq!(at("compiler/src/matcher.rs"), 0);
    }
}
