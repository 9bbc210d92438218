//! Every policy that the documentation shows compiles.

use crate::{outcome, policy, tracee};

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
        for fence in text.split("```tp\n").skip(1) {
            let example = fence.split("```").next().unwrap_or_default();
            let (_directory, path) = policy(example);
            let checked = outcome(&mut tracee(&["check", &path]));
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
