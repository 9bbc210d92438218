//! Where things are in the kernel, as /proc/kallsyms says.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::ops::Range;
use std::sync::OnceLock;

const KALLSYMS: &str = "/proc/kallsyms";
const MODULES: &str = "/proc/modules";

/// Everything of the kernel is at or above this (Documentation/arch/x86/x86_64/mm.rst).
pub(super) const LOWEST: u64 = 0xffff_8000_0000_0000;

/// The longest table that is read.
const LONGEST: u64 = 4096;

/// What is looked for besides the begins of system calls.
const NAMES: [&str; 16] = [
    "_stext",
    "_etext",
    "modules",
    "module_kset",
    "mod_tree",
    "sys_call_table",
    "ia32_sys_call_table",
    "tcp4_seq_ops",
    "tcp6_seq_ops",
    "udp_seq_ops",
    "udp6_seq_ops",
    "raw_seq_ops",
    "raw6_seq_ops",
    "unix_seq_ops",
    "proc_root_operations",
    "proc_tgid_base_operations",
];

/// Something of the kernel that has a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Symbol {
    pub(super) name: &'static str,
    pub(super) address: u64,
    /// Bytes up to what comes next, at most 4096.
    pub(super) size: u64,
    /// Whether it is a module's.
    pub(super) of_module: bool,
}

/// What the checks need. It stays where it is while the kernel runs, but for modules, whose symbols are left out.
#[derive(Debug)]
pub(super) struct Symbols {
    /// The kernel's own functions.
    pub(super) text: Range<u64>,
    /// Where system calls begin.
    pub(super) calls: BTreeSet<u64>,
    found: Vec<Symbol>,
}

impl Symbols {
    /// Those of the running kernel, read once.
    pub(super) fn of_kernel() -> Result<&'static Self, String> {
        static READ: OnceLock<Symbols> = OnceLock::new();
        if let Some(symbols) = READ.get() {
            return Ok(symbols);
        }
        let symbols = Self::parse(open()?)?;
        Ok(READ.get_or_init(|| symbols))
    }

    fn parse(lines: impl BufRead) -> Result<Self, String> {
        let mut all = Vec::new();
        let mut calls = BTreeSet::new();
        let mut found: Vec<Symbol> = Vec::new();
        each(lines, &mut |line| {
            all.push(line.address);
            if is_call(line.name) {
                calls.insert(line.address);
            }
            if let Some(name) = NAMES.iter().find(|name| **name == line.name) {
                found.push(Symbol {
                    name,
                    address: line.address,
                    size: 0,
                    of_module: line.module.is_some(),
                });
            }
        })?;
        all.sort_unstable();
        for symbol in &mut found {
            let next = all.partition_point(|address| *address <= symbol.address);
            let next = all.get(next).copied().unwrap_or(u64::MAX);
            symbol.size = (next - symbol.address).min(LONGEST);
        }
        let address = |name| found.iter().find(|symbol| symbol.name == name);
        match (address("_stext"), address("_etext")) {
            (Some(begin), Some(end)) => Ok(Self {
                text: begin.address..end.address,
                calls,
                found,
            }),
            _ => Err(format!(
                "{KALLSYMS} does not say where the kernel's functions are"
            )),
        }
    }

    /// Why what is known by these names can't be looked at, if none is there.
    pub(super) fn need(&self, any: &[&str]) -> Result<(), String> {
        if any.iter().any(|name| self.named(name).is_some()) {
            return Ok(());
        }
        let name = any.first().copied().unwrap_or_default();
        Err(format!(
            "{KALLSYMS} has no {name}: a kernel without CONFIG_KALLSYMS_ALL shows functions only"
        ))
    }

    /// The one with a name, which is the kernel's own.
    pub(super) fn named(&self, name: &str) -> Option<&Symbol> {
        let mut found = self.found.iter();
        found.find(|symbol| symbol.name == name && !symbol.of_module)
    }
}

/// Whether a function is where a system call begins, or what stands for one that there is not.
fn is_call(name: &str) -> bool {
    name.starts_with("__x64_") || name.starts_with("__ia32_") || name == "sys_ni_syscall"
}

/// Why addresses are not to be had, if so.
pub(super) fn check() -> Result<(), String> {
    let mut shown = false;
    let begin = open()?.take_lines(1 << 15);
    each(begin, &mut |_| shown = true)?;
    match shown {
        true => Ok(()),
        false => Err(format!(
            "{KALLSYMS} shows no addresses: that needs CAP_SYSLOG, and the sysctl kernel.kptr_restrict below 2"
        )),
    }
}

/// Where an address is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// The function; empty if nothing is known to be there.
    pub(super) function: String,
    /// The module, `system` for the kernel itself, `hidden` if nobody owns it.
    pub(super) owner: String,
}

/// Of an address the nearest symbol before, or at it.
struct Nearest {
    address: u64,
    name: String,
    module: Option<String>,
}

/// Where addresses are, at this moment.
pub(super) fn places(addresses: &[u64]) -> Result<Vec<Place>, String> {
    let modules = std::fs::read_to_string(MODULES).unwrap_or_default();
    places_in(addresses, open()?, &modules)
}

fn places_in(
    addresses: &[u64],
    symbols: impl BufRead,
    modules: &str,
) -> Result<Vec<Place>, String> {
    let mut nearest: Vec<Option<Nearest>> = addresses.iter().map(|_| None).collect();
    each(symbols, &mut |line| {
        for (address, nearest) in addresses.iter().zip(&mut nearest) {
            let is_nearer = nearest.as_ref().is_none_or(|of| line.address > of.address);
            if line.address <= *address && is_nearer {
                *nearest = Some(Nearest {
                    address: line.address,
                    name: line.name.to_owned(),
                    module: line.module.map(str::to_owned),
                });
            }
        }
    })?;
    let place = |(address, nearest): (&u64, Option<Nearest>)| {
        let (function, owner) = match nearest {
            Some(Nearest {
                name, module: None, ..
            }) => (name, "system".into()),
            Some(Nearest {
                name,
                module: Some(module),
                ..
            }) if covers(modules, &module, *address) => (name, module),
            _ => (String::new(), "hidden".into()),
        };
        Place { function, owner }
    };
    Ok(addresses.iter().zip(nearest).map(place).collect())
}

/// Whether a module's memory has an address, as /proc/modules tells: name, bytes, users, needed by, state, begin. Since
/// 6.4 it is in several pieces, of which the begin is the first one's.
fn covers(modules: &str, module: &str, address: u64) -> bool {
    let mut lines = modules.lines().map(|line| line.split_whitespace());
    let Some(mut words) = lines.find(|words| words.clone().next() == Some(module)) else {
        return false;
    };
    let size = words.nth(1).and_then(|word| word.parse::<u64>().ok());
    let begin = words
        .nth(3)
        .and_then(|word| hexadecimal(word.strip_prefix("0x")?));
    match (begin, size) {
        (Some(begin), Some(size)) => (begin..begin.saturating_add(size)).contains(&address),
        _ => false,
    }
}

fn hexadecimal(digits: &str) -> Option<u64> {
    u64::from_str_radix(digits, 16).ok()
}

/// A line of /proc/kallsyms: `ffffffff81000000 T _stext`, and of modules `[NAME]` at the end.
struct Line<'t> {
    address: u64,
    name: &'t str,
    module: Option<&'t str>,
}

fn open() -> Result<BufReader<File>, String> {
    let file = File::open(KALLSYMS).map_err(|err| format!("{KALLSYMS} can't be read: {err}"))?;
    Ok(BufReader::with_capacity(1 << 16, file))
}

/// Hands over what has an address in the kernel's memory.
fn each(mut lines: impl BufRead, take: &mut dyn FnMut(&Line<'_>)) -> Result<(), String> {
    let mut text = String::new();
    loop {
        text.clear();
        match lines.read_line(&mut text) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(err) => return Err(format!("{KALLSYMS} can't be read: {err}")),
        }
        let mut words = text.split_whitespace();
        let (Some(address), Some(_), Some(name)) = (words.next(), words.next(), words.next())
        else {
            continue;
        };
        let module = words.next().map(|word| word.trim_matches(['[', ']']));
        let Some(address) = hexadecimal(address).filter(|address| *address >= LOWEST) else {
            continue;
        };
        take(&Line {
            address,
            name,
            module,
        });
    }
}

/// The first lines of something.
trait TakeLines: BufRead + Sized {
    fn take_lines(self, count: usize) -> impl BufRead;
}

impl<R: BufRead> TakeLines for R {
    fn take_lines(self, count: usize) -> impl BufRead {
        // No line is longer than this on average.
        self.take(64 * count as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYMBOLS: &str = "\
0000000000000000 A fixed_percpu_data
ffffffff81000000 T _stext
ffffffff81000100 T __x64_sys_read
ffffffff81000200 T sys_ni_syscall
ffffffff81000300 t other
ffffffff82000000 T _etext
ffffffff82000400 R sys_call_table
ffffffff82000410 R behind
ffffffffc0001000 t llc_find\t[llc]
ffffffffc0001080 t modules\t[llc]
";
    const LLC: &str = "llc 16384 1 bridge, Live 0xffffffffc0001000\n";

    #[test]
    fn tables_end_where_the_next_symbol_begins() {
        let symbols = Symbols::parse(SYMBOLS.as_bytes()).unwrap();
        assert_eq!(symbols.text, 0xffff_ffff_8100_0000..0xffff_ffff_8200_0000);
        let table = symbols.named("sys_call_table").unwrap();
        assert_eq!((table.address, table.size), (0xffff_ffff_8200_0400, 16));
        let calls = [0xffff_ffff_8100_0100, 0xffff_ffff_8100_0200];
        assert!(symbols.calls.iter().eq(&calls));
        // A module's is no symbol of the kernel.
        assert_eq!(symbols.named("modules"), None);
        assert!(symbols.need(&["modules", "sys_call_table"]).is_ok());
        let why = symbols.need(&["modules", "mod_tree"]).unwrap_err();
        assert!(why.contains("no modules: a kernel without"), "{why}");
        assert!(Symbols::parse(&b"0000000000000000 T _stext\n"[..]).is_err());
    }

    #[test]
    fn a_place_is_of_the_kernel_of_a_module_or_of_nobody() {
        let of = |address: u64, modules: &str| {
            let places = places_in(&[address], SYMBOLS.as_bytes(), modules).unwrap();
            (places[0].function.clone(), places[0].owner.clone())
        };
        let pair = |function: &str, owner: &str| (function.to_owned(), owner.to_owned());
        assert_eq!(of(0xffff_ffff_8100_0310, LLC), pair("other", "system"));
        assert_eq!(of(0xffff_ffff_c000_1010, LLC), pair("llc_find", "llc"));
        // Behind its end, and of a module that nobody tells of.
        assert_eq!(of(0xffff_ffff_c000_6000, LLC), pair("", "hidden"));
        assert_eq!(of(0xffff_ffff_c000_1010, ""), pair("", "hidden"));
    }
}
