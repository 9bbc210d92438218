//! What rootkits do to a guest's kernel, by modules that are made here of one of its own ([`crate::module_file`]), as
//! no distribution has such modules.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::module_file::{Code, made_of};

/// A function of the module llc that nobody calls where these put it.
pub const TARGET: &str = "llc_sap_open";

/// The file of a module of the running kernel. Only guests have it there.
///
/// # Errors
/// The kernel's version can't be read.
pub fn file(module: &str) -> io::Result<PathBuf> {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let folder = Path::new("/modules").join(release.trim());
    Ok(folder.join(format!("{module}.ko")))
}

/// A module that makes three tables point to [`TARGET`], until it is removed: of system calls one that nobody
/// makes, how a file of /proc/net that nobody reads is written, and how nobody writes to /proc.
///
/// # Errors
/// The kernel has no such tables, or the module llc is not loaded.
pub fn hooking(name: &str) -> io::Result<Vec<u8>> {
    const LOOKUP_DCOOKIE: u64 = 212;
    const SHOW: u64 = 3;
    const SPLICE_WRITE: u64 = 23;
    let target = symbol(TARGET)?;
    let patches = [
        (symbol("sys_call_table")? + 8 * LOOKUP_DCOOKIE, target),
        (symbol("tcp6_seq_ops")? + 8 * SHOW, target),
        (symbol("proc_root_operations")? + 8 * SPLICE_WRITE, target),
    ];
    made(name, &Code::patching(&patches))
}

/// A module that takes itself out of the list of modules.
///
/// # Errors
/// There is nothing to make it of.
pub fn hiding(name: &str) -> io::Result<Vec<u8>> {
    made(name, &Code::hiding())
}

/// A module that puts one that hides back.
///
/// # Errors
/// No such module hides.
pub fn showing(name: &str, hidden: &str) -> io::Result<Vec<u8>> {
    let sections = Path::new("/sys/module").join(hidden).join("sections");
    let address = fs::read_to_string(sections.join(".gnu.linkonce.this_module"))?;
    let address = number(address.trim().trim_start_matches("0x"))?;
    made(name, &Code::showing(address, symbol("modules")?))
}

fn made(name: &str, code: &Code) -> io::Result<Vec<u8>> {
    made_of(&fs::read(file("dummy")?)?, name, code)
}

/// Where something of the kernel or a module is.
fn symbol(name: &str) -> io::Result<u64> {
    let symbols = fs::read_to_string("/proc/kallsyms")?;
    let is_it = |line: &&str| line.split_whitespace().nth(2) == Some(name);
    let line = symbols.lines().find(is_it);
    let missing = || io::Error::other(format!("the kernel has no symbol {name}"));
    number(
        line.ok_or_else(missing)?
            .split(' ')
            .next()
            .unwrap_or_default(),
    )
}

fn number(digits: &str) -> io::Result<u64> {
    u64::from_str_radix(digits, 16).map_err(io::Error::other)
}
