//! Names of x86-64 syscalls: records have the number, `event.syscall` and outputs the name.
//!
//! All of them, not just the events of the schema: an event that is no syscall says which one its
//! task was in.

use std::collections::HashMap;
use std::sync::LazyLock;

const TABLE: &str = include_str!("syscalls.txt");

/// Number and name, in order of number.
fn entries() -> impl Iterator<Item = (i32, &'static str)> {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| {
        let (number, name) = line.split_once(' ')?;
        Some((number.parse().ok()?, name))
    })
}

static NAMES: LazyLock<HashMap<i32, &'static str>> = LazyLock::new(|| entries().collect());
static NUMBERS: LazyLock<HashMap<&'static str, i32>> =
    LazyLock::new(|| entries().map(|(number, name)| (name, number)).collect());

/// The name of a syscall.
pub fn name(number: i32) -> Option<&'static str> {
    NAMES.get(&number).copied()
}

/// All of them, in order of number.
pub fn all() -> impl Iterator<Item = (i32, &'static str)> {
    entries()
}

/// The number of a syscall.
pub fn number(name: &str) -> Option<i32> {
    NUMBERS.get(name).copied()
}

#[cfg(test)]
mod tests {
    use crate::schema::EventId;

    use super::*;

    #[test]
    fn the_table_is_whole() {
        let entries: Vec<_> = entries().collect();
        assert_eq!(entries.len(), TABLE.lines().count() - 1);
        assert!(entries.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert_eq!(NUMBERS.len(), entries.len());
        assert_eq!(
            (name(0), name(257), name(471)),
            (Some("read"), Some("openat"), Some("rseq_slice_yield"))
        );
        assert_eq!(
            (number("execve"), number("no"), name(-1)),
            (Some(59), None, None)
        );
    }

    /// Each is an event, but the one whose return the kernel can't name.
    #[test]
    fn every_syscall_is_an_event() {
        let schema = crate::stdlib::schema();
        for (number, name) in entries() {
            let event = schema.event(EventId(number.try_into().unwrap()));
            let expected = match name {
                "rt_sigreturn" => None,
                "_sysctl" => Some("sysctl"),
                "afs_syscall" => Some("afs"),
                name => Some(name),
            };
            assert_eq!(event.map(|event| event.name.as_str()), expected);
        }
    }
}
