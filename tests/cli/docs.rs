//! Every policy that the documentation shows compiles.

use crate::{outcome, tracee};

#[test]
fn every_example_in_the_documentation_compiles() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = std::fs::read_dir(root.join("docs"))
        .expect("docs/")
        .map(|entry| entry.expect("a readable directory").path());
    let mut examples = 0;
    for page in docs.chain([root.join("README.md")]) {
        if page.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let text = std::fs::read_to_string(&page).expect("a page");
        // A block with a file's name is a file that the others of the page import.
        let directory = tempfile::tempdir().expect("a temporary directory");
        let blocks: Vec<(&str, &str)> = text
            .split("```tp")
            .skip(1)
            .filter_map(|fence| {
                let (name, rest) = fence.split_once('\n')?;
                let example = rest.split("```").next()?;
                let name = name.trim();
                (name.is_empty() || name.ends_with(".tp")).then_some((name, example))
            })
            .collect();
        for (name, example) in blocks.iter().filter(|(name, _)| !name.is_empty()) {
            let path = directory.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
            std::fs::write(path, example).expect("a file");
        }
        for (at, (name, example)) in blocks.iter().enumerate() {
            let path = match name.is_empty() {
                true => directory.path().join(format!("{at}.tp")),
                false => directory.path().join(name),
            };
            std::fs::write(&path, example).expect("a file");
            let checked = outcome(&mut tracee(&["check", &path.display().to_string()]));
            assert_eq!(
                checked.code,
                Some(0),
                "{}: {}",
                page.display(),
                checked.stdout
            );
            examples += 1;
        }
    }
    assert!(examples > 0);
}

/// Of a line that is cut, what is before the cut.
#[test]
fn the_readmes_first_command_prints_what_it_says() {
    let readme = include_str!("../../README.md");
    let run = "cargo run --release -- ";
    let command = readme
        .split(run)
        .nth(1)
        .and_then(|rest| rest.lines().next())
        .unwrap();
    let printed = outcome(&mut tracee(&command.split(' ').collect::<Vec<_>>()));
    assert_eq!(printed.code, Some(0), "{}", printed.stderr);
    let shown = readme.split("```text\n").nth(1).unwrap();
    let shown = shown.split("```").next().unwrap();
    assert!(shown.lines().count() > 5);
    let mut lines = printed.stdout.lines();
    for line in shown.lines() {
        let begin = line.trim_end_matches('…');
        assert!(
            lines.any(|printed| printed.starts_with(begin)),
            "{line}\n\n{}",
            printed.stdout
        );
    }
}
