//! What fuzzing begins with: the policies that are in the checkout anyway, and the language's words.

use std::path::Path;

use tracee_lang::stdlib::schema;

use super::files;
use crate::{Result, shell};

/// Where policies are.
const FOLDERS: &[&str] = &[
    "examples",
    "tests/golden",
    "lang/tests",
    "stdlib-signatures",
];
/// Where pages with policies are.
const PAGES: &[&str] = &["docs", "lang/src/codes", "lang/src/manual"];
/// Larger ones make fuzzing slow, and say little that smaller ones don't.
const MAX_SIZE: usize = 8 * 1024;
/// Policies of choices that `check` begins with.
const MADE: usize = 200;

/// The inputs that a target begins with.
pub(super) fn of(target: &str) -> Result<Vec<Vec<u8>>> {
    let root = shell::root();
    let mut seeds = Vec::new();
    for folder in FOLDERS {
        each_file(&root.join(folder), "tp", &mut |path| {
            seeds.push(shell::read(path)?);
            Ok(())
        })?;
    }
    for folder in PAGES {
        each_file(&root.join(folder), "md", &mut |path| {
            let page = shell::read_text(path)?;
            seeds.extend(examples(&page).into_iter().map(String::into_bytes));
            Ok(())
        })?;
    }
    let regressions = root.join("fuzz/regressions").join(target);
    if regressions.is_dir() {
        for path in files(&regressions)? {
            seeds.push(shell::read(&path)?);
        }
    }
    if target == "check" {
        seeds.extend(choices());
    }
    seeds.retain(|seed| seed.len() <= MAX_SIZE);
    seeds.sort();
    seeds.dedup();
    Ok(seeds)
}

fn each_file(
    folder: &Path,
    extension: &str,
    found: &mut impl FnMut(&Path) -> Result<()>,
) -> Result<()> {
    for path in files(folder)? {
        if path.is_dir() {
            each_file(&path, extension, found)?;
        } else if path.extension().is_some_and(|it| it == extension) {
            found(&path)?;
        }
    }
    Ok(())
}

/// The policies in a page: what stands between lines with three backquotes, the first with `tp`.
fn examples(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = page.lines();
    while lines.any(|line| line.trim_start().starts_with("```tp")) {
        let lines = lines.by_ref();
        let inside = lines.take_while(|line| !line.trim_start().starts_with("```"));
        found.push(inside.map(|line| format!("{line}\n")).collect());
    }
    found
}

/// Choices for policies, which `check` knows by the NUL in front; the same in every run.
fn choices() -> impl Iterator<Item = Vec<u8>> {
    let mut state = 1_u64;
    (0..MADE).map(move |number| {
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        };
        let choices = (0..4 * number).map(|_| next());
        std::iter::once(0).chain(choices).collect()
    })
}

/// The words of the lexer, the events and their arguments, in the form of libFuzzer's dictionaries.
pub(super) fn dictionary() -> Result<String> {
    let lexer = shell::read_text(&shell::root().join("lang/src/token.rs"))?;
    let mut words: Vec<&str> = tokens(&lexer).collect();
    for event in &schema().events {
        words.push(&event.name);
        words.extend(event.slots.iter().map(|slot| slot.path.as_str()));
    }
    words.sort_unstable();
    words.dedup();
    Ok(words.iter().map(|word| format!("\"{word}\"\n")).collect())
}

/// What stands in `#[token("…")]`.
fn tokens(lexer: &str) -> impl Iterator<Item = &str> {
    let each = lexer.split("#[token(\"").skip(1);
    each.filter_map(|rest| rest.split('"').next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_in_pages_are_seeds() {
        let page = "A page\n```tp\nlist a;\n```\n```sh\nls\n```\n- ```tp,wrong\n  x\n  ```\n";
        assert_eq!(examples(page), ["list a;\n"]);
        for target in ["parse", "check"] {
            assert!(of(target).unwrap().len() > 300, "{target}");
        }
    }

    #[test]
    fn words_are_those_of_the_lexer_and_the_schema() {
        let words = dictionary().unwrap();
        for word in ["\"policy\"\n", "\"==\"\n", "\"openat\"\n", "\"pathname\"\n"] {
            assert!(words.contains(word), "{word}");
        }
    }
}
