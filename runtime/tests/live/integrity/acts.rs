//! What rootkits do to a guest.

use std::fs;

use tracee_guest::rootkit;

use crate::functions::module_acts::{load, load_bytes};

/// The modules' names.
pub(super) const HOOKS: &str = "tracee_hooks";
pub(super) const HIDDEN: &str = "tracee_hidden";
pub(super) const SHOWS: &str = "tracee_shows";

/// Performs an act, if it is one of these.
pub(crate) fn perform(act: &str) -> bool {
    if act != "integrity-rootkits" {
        return false;
    }
    assert_eq!(load("llc", ""), 0);
    for module in [rootkit::hooking(HOOKS), rootkit::hiding(HIDDEN)] {
        let result = load_bytes(&module.unwrap());
        assert_eq!(result, 0, "{}", std::io::Error::last_os_error());
    }
    let modules = fs::read_to_string("/proc/modules").unwrap();
    assert!(
        modules.contains(HOOKS) && !modules.contains(HIDDEN),
        "{modules}"
    );
    true
}
