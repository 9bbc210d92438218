//! Inputs that were found once, `regressions/TARGET/WHAT_IT_SHOWS`: what was mended stays mended.

#![expect(clippy::print_stdout, reason = "a failure says what it is of")]

use std::path::Path;

use tracee_fuzz::TARGETS;

#[test]
fn what_was_found_once_is_fine() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions");
    let mut tried = 0;
    for target in std::fs::read_dir(&folder).unwrap() {
        let target = target.unwrap();
        let name = target.file_name();
        let known = TARGETS.iter().find(|(known, _)| name == *known);
        let (_, claim) = known.unwrap_or_else(|| panic!("{name:?} is no target"));
        for input in std::fs::read_dir(target.path()).unwrap() {
            let path = input.unwrap().path();
            println!("{}", path.display());
            claim(&std::fs::read(&path).unwrap());
            tried += 1;
        }
    }
    assert!(tried > 0);
}
