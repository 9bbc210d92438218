//! The texts that both grammars are tried on.

use std::path::{Path, PathBuf};

/// The checkout.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The files below a folder of the checkout with an ending, in order, by their paths in the checkout.
pub(crate) fn below(folder: &str, ending: &str) -> Vec<(String, String)> {
    let root = root();
    let mut folders = vec![root.join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            let skipped = name.starts_with('.') || matches!(name, "target" | "node_modules");
            if path.is_dir() && !skipped {
                folders.push(path);
            } else if name.ends_with(ending) {
                let text = std::fs::read_to_string(&path).unwrap();
                let shown = path.strip_prefix(&root).unwrap().to_str().unwrap();
                found.push((shown.to_owned(), text));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "nothing in {folder} ends with {ending}");
    found
}

/// The ```` ```tp ```` fences of Markdown files, with where they are and what follows `tp`.
pub(crate) fn fences(files: &[(String, String)]) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for (path, text) in files {
        let mut open: Option<(String, String)> = None;
        for (number, line) in (1..).zip(text.lines()) {
            let trimmed = line.trim_start();
            match &mut open {
                Some((place, info)) if trimmed.starts_with("```") => {
                    let (place, info) = (std::mem::take(place), std::mem::take(info));
                    let (_, _, text): &mut (String, String, String) = found.last_mut().unwrap();
                    assert!(text.ends_with('\n') || text.is_empty(), "{place} {info}");
                    open = None;
                }
                Some(_) => {
                    let (_, _, text): &mut (String, String, String) = found.last_mut().unwrap();
                    text.push_str(line);
                    text.push('\n');
                }
                None => {
                    if let Some(info) = trimmed.strip_prefix("```tp") {
                        let place = format!("{path}:{number}");
                        let info = info.trim().to_owned();
                        found.push((place.clone(), info.clone(), String::new()));
                        open = Some((place, info));
                    }
                }
            }
        }
    }
    found
}
