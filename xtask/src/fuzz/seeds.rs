//! What fuzzing begins with: the policies and the events that are in the checkout anyway, and the words of both.

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

/// Where events are.
const EVENTS: &[&str] = &["examples", "tests/golden", "runtime/tests"];
/// The recording that `replay` begins with records of, so many bytes of them at once.
const RECORDING: &str = "examples/recordings/intrusion.trec";
const RECORDS: usize = 2 * 1024;

/// The inputs that a target begins with.
pub(super) fn of(target: &str) -> Result<Vec<Vec<u8>>> {
    let mut seeds = match target {
        "replay" => replayed()?,
        _ => policies()?,
    };
    let regressions = shell::root().join("fuzz/regressions").join(target);
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

fn policies() -> Result<Vec<Vec<u8>>> {
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
    Ok(seeds)
}

/// Files of events, their lines, and records behind the NUL that `replay` knows them by.
fn replayed() -> Result<Vec<Vec<u8>>> {
    let mut seeds = Vec::new();
    each_of_events(|lines| {
        seeds.extend(
            lines
                .split_inclusive(|&byte| byte == b'\n')
                .map(<[u8]>::to_vec),
        );
        seeds.push(lines.to_vec());
    })?;
    let recording = shell::read(&shell::root().join(RECORDING))?;
    let size = |at: usize| {
        let size = recording.get(at..)?.first_chunk()?;
        Some(u32::from_le_bytes(*size) as usize)
    };
    // Behind a magic number, a version and the header with its size.
    let mut begin = 16 + size(12).unwrap_or_default();
    let mut end = begin;
    while let Some(next) = size(end) {
        end += next;
        if next == 0 || end - begin > RECORDS {
            seeds.push([&[0], &recording[begin..end]].concat());
            begin = end;
        }
        if next == 0 {
            break;
        }
    }
    Ok(seeds)
}

/// Each file of lines of JSON.
fn each_of_events(mut found: impl FnMut(&[u8])) -> Result<()> {
    for folder in EVENTS {
        each_file(&shell::root().join(folder), "jsonl", &mut |path| {
            found(&shell::read(path)?);
            Ok(())
        })?;
    }
    Ok(())
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

/// The words of a target, the events and their arguments, in the form of libFuzzer's dictionaries.
pub(super) fn dictionary(target: &str) -> Result<String> {
    let mut words: Vec<String> = match target {
        "replay" => keys()?,
        _ => {
            let lexer = shell::read_text(&shell::root().join("lang/src/token.rs"))?;
            tokens(&lexer).map(str::to_owned).collect()
        }
    };
    for event in &schema().events {
        words.push(event.name.clone());
        words.extend(event.slots.iter().map(|slot| slot.path.clone()));
    }
    words.sort_unstable();
    words.dedup();
    let line = |word: &String| format!("\"{}\"\n", word.replace('"', "\\\""));
    Ok(words.iter().map(line).collect())
}

/// The keys of events, `"processId":`
fn keys() -> Result<Vec<String>> {
    let is_of_key = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let mut keys = Vec::new();
    each_of_events(|lines| {
        let lines = String::from_utf8_lossy(lines);
        let before = lines
            .split("\":")
            .filter_map(|before| before.rsplit('"').next());
        let plain = before.filter(|key| !key.is_empty() && key.chars().all(is_of_key));
        keys.extend(plain.map(|key| format!("\"{key}\":")));
    })?;
    Ok(keys)
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
    fn events_and_records_are_seeds() {
        let seeds = of("replay").unwrap();
        let records = seeds.iter().filter(|seed| seed[0] == 0).count();
        assert!(
            records > 3 && seeds.len() > 300,
            "{records} of {}",
            seeds.len()
        );
    }

    #[test]
    fn words_are_those_of_the_lexer_and_the_schema() {
        let words = dictionary("parse").unwrap();
        for word in ["\"policy\"\n", "\"==\"\n", "\"openat\"\n", "\"pathname\"\n"] {
            assert!(words.contains(word), "{word}");
        }
        let words = dictionary("replay").unwrap();
        for word in ["\"\\\"eventName\\\":\"\n", "\"openat\"\n"] {
            assert!(words.contains(word), "{word}");
        }
    }
}
