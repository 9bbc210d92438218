//! What rootkits do to a guest.

use std::fs;

use super::module_file::{Code, made_of};
use crate::functions::module_acts::{file, load, load_bytes};

/// The modules' names.
pub(super) const HOOKS: &str = "tracee_hooks";
pub(super) const HIDDEN: &str = "tracee_hidden";

/// The function of the module llc that everything is made to point to. Nobody calls it so.
pub(super) const TARGET: &str = "llc_sap_open";

/// Performs an act, if it is one of these.
pub(crate) fn perform(act: &str) -> bool {
    if act != "integrity-rootkits" {
        return false;
    }
    assert_eq!(load("llc", ""), 0);
    let dummy = fs::read(file("dummy")).unwrap();
    let target = symbol(TARGET);
    // A system call that nobody makes, what a file that nobody reads is written by, and how nobody writes to /proc.
    const LOOKUP_DCOOKIE: u64 = 212;
    const SHOW: u64 = 3;
    const SPLICE_WRITE: u64 = 23;
    let patches = [
        (symbol("sys_call_table") + 8 * LOOKUP_DCOOKIE, target),
        (symbol("tcp6_seq_ops") + 8 * SHOW, target),
        (symbol("proc_root_operations") + 8 * SPLICE_WRITE, target),
    ];
    let hooks = made_of(&dummy, HOOKS, &Code::patching(&patches));
    assert_eq!(load_bytes(&hooks), 0, "{}", std::io::Error::last_os_error());
    let hidden = made_of(&dummy, HIDDEN, &Code::hiding());
    assert_eq!(
        load_bytes(&hidden),
        0,
        "{}",
        std::io::Error::last_os_error()
    );
    let modules = fs::read_to_string("/proc/modules").unwrap();
    assert!(
        modules.contains(HOOKS) && !modules.contains(HIDDEN),
        "{modules}"
    );
    true
}

/// Where something of the kernel or a module is; 0 if it is not.
pub(super) fn symbol(name: &str) -> u64 {
    let symbols = fs::read_to_string("/proc/kallsyms").unwrap();
    let is_it = |line: &&str| line.split_whitespace().nth(2) == Some(name);
    let line = symbols.lines().find(is_it).unwrap_or("0");
    u64::from_str_radix(line.split_whitespace().next().unwrap(), 16).unwrap()
}
