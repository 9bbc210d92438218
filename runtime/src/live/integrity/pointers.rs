//! Tables of functions in the kernel's memory, and where they point.

use tracee_lang::schema::{EventId, Hook, Schema};

use super::memory::Memory;
use super::symbols::{LOWEST, Symbol, Symbols};
use super::{HOOKED_PROC_FOPS, HOOKED_SEQ_OPS, HOOKED_SYSCALL};

/// An entry that points where it should not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hooked {
    pub(super) event: EventId,
    /// The system call, or the table's name and the entry's.
    pub(super) name: String,
    /// Where it points.
    pub(super) address: u64,
}

/// Where system calls go.
pub(super) const SYSCALLS: &str = "sys_call_table";

/// What /proc/net's files are made from: `struct seq_operations` (include/linux/seq_file.h).
pub(super) const SEQUENCES: [&str; 7] = [
    "tcp4_seq_ops",
    "tcp6_seq_ops",
    "udp_seq_ops",
    "udp6_seq_ops",
    "raw_seq_ops",
    "raw6_seq_ops",
    "unix_seq_ops",
];
const OF_SEQUENCE: [&str; 4] = ["start", "stop", "next", "show"];

/// What /proc and its directories of processes are read by: `struct file_operations` (include/linux/fs.h).
pub(super) const DIRECTORIES: [&str; 2] = ["proc_root_operations", "proc_tgid_base_operations"];

/// No struct file_operations of 5.10 to 7.2 has more words.
const LONGEST: usize = 34;

/// The first word of file_operations is no function but the module that has it, which these have not.
const OWNER: usize = 1;

/// Entries of the tables of system calls that are not where a system call begins.
pub(super) fn syscalls(
    symbols: &Symbols,
    memory: &mut Memory<'_>,
    schema: &Schema,
) -> Result<Vec<Hooked>, String> {
    let mut hooked = Vec::new();
    for (table, compat) in [(SYSCALLS, false), ("ia32_sys_call_table", true)] {
        let Some(table) = symbols.named(table) else {
            continue;
        };
        for (number, address) in entries(table, memory)?.into_iter().enumerate() {
            if address != 0 && !symbols.calls.contains(&address) {
                hooked.push(Hooked {
                    event: HOOKED_SYSCALL,
                    name: call_name(schema, number as u32, compat),
                    address,
                });
            }
        }
    }
    Ok(hooked)
}

/// A system call's name, or its number where there is none.
fn call_name(schema: &Schema, number: u32, compat: bool) -> String {
    let is_this = |hook: &Hook| match hook {
        Hook::Syscall { compat: of, .. } if compat => *of == Some(number),
        Hook::Syscall { number: of, .. } => *of == Some(number),
        _ => false,
    };
    let mut events = schema.events.iter();
    let event = events.find(|event| event.hooks.iter().any(is_this));
    event.map_or_else(|| number.to_string(), |event| event.name.clone())
}

/// Functions behind the files of /proc/net that are not the kernel's own.
pub(super) fn sequences(symbols: &Symbols, memory: &mut Memory<'_>) -> Result<Vec<Hooked>, String> {
    let mut hooked = Vec::new();
    for table in SEQUENCES.iter().filter_map(|name| symbols.named(name)) {
        for (entry, address) in OF_SEQUENCE.iter().zip(entries(table, memory)?) {
            if address != 0 && !symbols.text.contains(&address) {
                hooked.push(Hooked {
                    event: HOOKED_SEQ_OPS,
                    name: format!("{}_{entry}", table.name),
                    address,
                });
            }
        }
    }
    Ok(hooked)
}

/// Functions behind the directories of processes that are not the kernel's own.
pub(super) fn files(symbols: &Symbols, memory: &mut Memory<'_>) -> Result<Vec<Hooked>, String> {
    let mut hooked = Vec::new();
    for table in DIRECTORIES.iter().filter_map(|name| symbols.named(name)) {
        let entries = entries(table, memory)?.into_iter().enumerate();
        for (at, address) in entries.take(LONGEST).skip(OWNER) {
            // Since 6.12 there are flags among them, which are no address.
            if address >= LOWEST && !symbols.text.contains(&address) {
                hooked.push(Hooked {
                    event: HOOKED_PROC_FOPS,
                    name: format!("{}+{}", table.name, 8 * at),
                    address,
                });
            }
        }
    }
    Ok(hooked)
}

fn entries(table: &Symbol, memory: &mut Memory<'_>) -> Result<Vec<u64>, String> {
    memory.words(table.address, table.size as usize / 8)
}
