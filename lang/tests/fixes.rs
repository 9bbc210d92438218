//! What fixes make of policies: every `.tp` file in `fixes/`, before and after.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::collections::BTreeSet;
use std::fmt::Write;

use tracee_lang::check::check;
use tracee_lang::diagnostics::Diagnostic;
use tracee_lang::fix::apply;
use tracee_lang::source::SourceMap;

/// The text after all rounds, and what was said in each: of what was mended, then of the rest.
struct Outcome {
    text: String,
    rounds: Vec<Vec<Diagnostic>>,
    said: String,
}

fn mend(text: &str) -> Outcome {
    let mut text = text.to_owned();
    let (mut rounds, mut said) = (Vec::new(), String::new());
    loop {
        let mut map = SourceMap::default();
        let file = map.add("test.tp", text.as_str());
        let diagnostics = check(&map, &[file]).diagnostics;
        let fixed = apply(&map, &diagnostics, &[file]);
        rounds.push(diagnostics);
        for made in &fixed.made {
            let line = map.get(file).unwrap().line(made.span.start as usize) + 1;
            writeln!(said, "{line}: {} {}", made.code, made.title).unwrap();
        }
        match fixed.texts.into_iter().next() {
            Some((_, fixed)) => text = fixed,
            None => return Outcome { text, rounds, said },
        }
        assert!(rounds.len() < 10, "it does not end:\n{text}");
    }
}

#[test]
fn fixes() {
    insta::glob!("fixes/*.tp", |path| {
        let outcome = mend(&std::fs::read_to_string(path).unwrap());
        let rest: Vec<_> = outcome.rounds.last().unwrap().iter().collect();
        let rest: Vec<_> = rest
            .iter()
            .map(|one| format!("{} {}", one.code, one.message))
            .collect();
        let shown = format!("{}\n{}\n{}", outcome.said, outcome.text, rest.join("\n"));
        insta::assert_snapshot!(shown.trim_end());
    });
}

/// The codes that have sure fixes, in the files of a directory.
fn mended(directory: &str) -> BTreeSet<u16> {
    let path = format!("{}/tests/{directory}", env!("CARGO_MANIFEST_DIR"));
    let mut codes = BTreeSet::new();
    for entry in std::fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "tp") {
            let outcome = mend(&String::from_utf8(std::fs::read(&path).unwrap()).unwrap());
            for diagnostic in outcome.rounds.iter().flatten() {
                if diagnostic.fixes.iter().any(|fix| fix.sure) {
                    codes.insert(diagnostic.code.0);
                }
            }
            let left = outcome.rounds.last().unwrap();
            let left = left.iter().find(|one| one.fixes.iter().any(|fix| fix.sure));
            assert_eq!(left, None, "{}", path.display());
        }
    }
    codes
}

/// Whatever is sure is mended in every golden policy, and each kind of it is shown in `fixes/`.
#[test]
fn every_kind_of_fix_is_shown() {
    let all = mended("diagnostics");
    let shown = mended("fixes");
    let missing: Vec<_> = all.difference(&shown).collect();
    assert_eq!(missing, Vec::<&u16>::new());
}

/// A name that is near is a guess.
#[test]
fn no_guess_is_sure() {
    insta::glob!("diagnostics/*.tp", |path| {
        for diagnostic in mend(&std::fs::read_to_string(path).unwrap())
            .rounds
            .concat()
        {
            let guess = diagnostic
                .help
                .iter()
                .any(|help| help.starts_with("did you mean"));
            let sure = diagnostic.fixes.iter().any(|fix| fix.sure);
            assert!(
                !(guess && sure),
                "{}: {}",
                diagnostic.code,
                diagnostic.message
            );
        }
    });
}
