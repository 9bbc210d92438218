//! Syscalls and the constants of their arguments are those of the kernel's headers: Debian's
//! linux-libc-dev, and glibc's for what the kernel's own leave out. Without clang-19 and the headers
//! there is nothing to compare with, and the tests skip themselves; with `TRACEE_REQUIRE_HEADERS=1`
//! that is a failure. `TRACEE_HEADERS=FOLDER` takes the kernel's headers from another place: an
//! unpacked linux-libc-dev of a newer kernel, say.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests, too, fail by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tracee_lang::schema::Hook;
use tracee_lang::stdlib;

/// Not in the headers of Debian 12 (Linux 6.1), or in none.
const UNKNOWN: &str = include_str!("headers/unknown.txt");

/// The kernel's headers, as one file includes them.
const KERNEL: &str = include_str!("headers/kernel.h");

/// glibc's, which do not go together with the kernel's.
const LIBC: &str = include_str!("headers/libc.h");

/// The names that the headers have for events with another: 64 bits.
const NATIVE: &[(&str, &str)] = &[("sysctl", "_sysctl"), ("afs", "afs_syscall")];

/// The same of 32 bits. A call with ids of 32 bits, or times of 64, is the event of 64-bit callers.
const COMPAT: &[(&str, &str)] = &[
    ("sysctl", "_sysctl"),
    ("afs", "afs_syscall"),
    ("select", "_newselect"),
    ("getrlimit", "ugetrlimit"),
    ("sendfile", "sendfile64"),
    ("newfstatat", "fstatat64"),
    ("clock_getres", "clock_getres_time64"),
    ("clock_nanosleep", "clock_nanosleep_time64"),
    ("old_select", "select"),
    ("old_getrlimit", "getrlimit"),
    ("sendfile32", "sendfile"),
    ("llseek", "_llseek"),
];

/// Their registers are gone when they return, so that they can't be events.
const NOT_GIVEN: &[&str] = &["rt_sigreturn", "sigreturn"];

type Numbers = BTreeMap<String, u32>;

/// The folder with the kernel's headers, if the tests can run.
fn headers() -> Option<PathBuf> {
    let folder = std::env::var_os("TRACEE_HEADERS").unwrap_or_else(|| "/usr/include".into());
    let folder = PathBuf::from(folder);
    let compiler = Command::new("clang-19").arg("--version").output();
    if compiler.is_ok() && unistd(&folder, 64).is_some() {
        return Some(folder);
    }
    let required = std::env::var("TRACEE_REQUIRE_HEADERS").is_ok_and(|value| value == "1");
    assert!(!required, "clang-19 or linux-libc-dev is missing");
    None
}

fn unistd(headers: &Path, bits: u32) -> Option<Numbers> {
    let path = format!("x86_64-linux-gnu/asm/unistd_{bits}.h");
    let text = std::fs::read_to_string(headers.join(path)).ok()?;
    let numbers = text.lines().filter_map(|line| {
        let (name, number) = line.strip_prefix("#define __NR_")?.split_once(' ')?;
        Some((name.to_owned(), number.trim().parse().ok()?))
    });
    Some(numbers.collect())
}

/// The name that i386 has for the event.
fn compat_name(event: &str, only_there: bool, numbers: &Numbers) -> String {
    if let Some((_, name)) = COMPAT.iter().find(|(known, _)| *known == event) {
        return (*name).to_owned();
    }
    if only_there {
        let old = ["16", "_time32", "32"];
        let base = old.iter().find_map(|old| event.strip_suffix(old));
        return base.unwrap_or(event).to_owned();
    }
    let time = event.starts_with("timer") || event.starts_with("clock");
    let newer = [
        format!("{event}32"),
        format!("{event}_time64"),
        format!("{event}{}", if time { "64" } else { "" }),
    ];
    let newer = newer.into_iter().find(|name| numbers.contains_key(name));
    newer.unwrap_or_else(|| event.to_owned())
}

#[test]
fn numbers_of_syscalls() {
    let Some(headers) = headers() else { return };
    let (native, compat) = (unistd(&headers, 64).unwrap(), unistd(&headers, 32).unwrap());
    let newest = *native.values().max().unwrap();
    let mut declared = (BTreeSet::new(), BTreeSet::new());
    for event in &stdlib::schema().events {
        for hook in &event.hooks {
            let Hook::Syscall {
                number: here,
                compat: there,
                ..
            } = hook
            else {
                continue;
            };
            let id = here.or(there.map(|there| 3000 + there));
            assert_eq!(Some(u32::from(event.id.0)), id, "{}", event.name);
            declared.0.extend(*here);
            declared.1.extend(*there);
            // From here on, numbers are the same for all.
            if here.is_some_and(|here| here > newest) {
                assert_eq!(here, there, "{}", event.name);
                continue;
            }
            if here.is_some() {
                let name = NATIVE.iter().find(|(known, _)| *known == event.name);
                let name = name.map_or(event.name.as_str(), |(_, name)| name);
                // 6.11 and 6.18 filled a gap.
                if !["uretprobe", "uprobe"].contains(&name) {
                    assert_eq!(*here, native.get(name).copied(), "{}", event.name);
                }
            }
            let name = compat_name(&event.name, here.is_none(), &compat);
            assert_eq!(*there, compat.get(&name).copied(), "{} {name}", event.name);
        }
    }
    let last = declared.0.last().copied().unwrap();
    for (numbers, declared) in [(&native, &declared.0), (&compat, &declared.1)] {
        for (name, number) in numbers {
            assert!(
                declared.contains(number) || *number > last || NOT_GIVEN.contains(&name.as_str()),
                "{name} {number} is not declared"
            );
        }
    }
}

/// A constant of the schema: its type, its name, its bits and how many of them the type has.
struct Constant<'a> {
    ty: &'a str,
    name: &'a str,
    value: u64,
    bits: u8,
}

impl Constant<'_> {
    fn assertion(&self) -> String {
        let Self { ty, name, .. } = self;
        // The macro QCMD of the header puts commands into the upper three bytes.
        let shift = if *ty == "quota_command" && name.starts_with("Q_") {
            8
        } else {
            0
        };
        let mask = u64::MAX >> (64 - self.bits);
        let value = self.value & mask;
        format!(
            "_Static_assert(((unsigned long long)({name}) << {shift} & {mask:#x}) == {value:#x}, \"\");"
        )
    }
}

fn constants() -> Vec<Constant<'static>> {
    let schema = stdlib::schema();
    let mut all = Vec::new();
    for ty in &schema.enums {
        all.extend(ty.constants.iter().map(|(name, value)| Constant {
            ty: &ty.name,
            name,
            value: i64::try_from(*value).map_or(u64::MAX, i64::cast_unsigned),
            bits: ty.repr.bits,
        }));
    }
    for ty in &schema.flag_sets {
        all.extend(ty.constants.iter().map(|flag| Constant {
            ty: &ty.name,
            name: &flag.name,
            value: flag.value,
            bits: ty.repr.bits,
        }));
    }
    all
}

/// What the compiler says of each constant: wrong, or unknown to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Unknown,
    Wrong,
}

/// Compiles one assertion a line; the faults by the constants' indices.
fn compile(
    name: &str,
    includes: &str,
    options: &[String],
    constants: &[Constant<'_>],
) -> BTreeMap<usize, Fault> {
    let mut source = includes.to_owned();
    let first = source.lines().count() + 1;
    for constant in constants {
        writeln!(source, "{}", constant.assertion()).unwrap();
    }
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.c"));
    std::fs::write(&path, source).unwrap();
    let output = Command::new("clang-19")
        .args([
            "-w",
            "-fsyntax-only",
            "-ferror-limit=0",
            "-fno-caret-diagnostics",
            "-fno-spell-checking",
        ])
        .args(options)
        .arg(&path)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let mut faults = BTreeMap::new();
    for line in said.lines().filter(|line| line.contains("error:")) {
        let at = line
            .strip_prefix(&format!("{}:", path.display()))
            .and_then(|rest| rest.split(':').next()?.parse::<usize>().ok())
            .and_then(|number| number.checked_sub(first));
        // A fault of the headers themselves.
        let Some(at) = at else { panic!("{line}") };
        let fault = match line.contains("static assertion failed") {
            true => Fault::Wrong,
            false => Fault::Unknown,
        };
        faults.insert(at, fault);
    }
    faults
}

#[test]
fn constants_of_arguments() {
    let Some(headers) = headers() else { return };
    let constants = constants();
    let folders = [headers.join("x86_64-linux-gnu"), headers];
    let include = folders.map(|folder| format!("-isystem{}", folder.display()));
    let mut kernel = vec!["-nostdlibinc".to_owned()];
    kernel.extend(include);
    let units = [
        compile("kernel", KERNEL, &kernel, &constants),
        compile("libc", LIBC, &[], &constants),
    ];
    let may_be_unknown: BTreeSet<&str> = UNKNOWN
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    let mut said = Vec::new();
    for (at, constant) in constants.iter().enumerate() {
        let faults = units.each_ref().map(|unit| unit.get(&at));
        let unknown = faults.iter().all(|fault| *fault == Some(&Fault::Unknown));
        // glibc has its own numbers for a few: the kernel's count.
        let wrong = match faults[0] {
            Some(Fault::Unknown) => faults[1] == Some(&Fault::Wrong),
            fault => fault.is_some(),
        };
        if wrong || unknown && !may_be_unknown.contains(constant.name) {
            let fault = if wrong { "wrong" } else { "unknown" };
            said.push(format!("{fault}: {} of {}", constant.name, constant.ty));
        }
    }
    assert_eq!(said, Vec::<String>::new());
    let names: BTreeSet<&str> = constants.iter().map(|constant| constant.name).collect();
    let gone: Vec<_> = may_be_unknown.difference(&names).collect();
    assert!(gone.is_empty(), "not declared: {gone:?}");
}
