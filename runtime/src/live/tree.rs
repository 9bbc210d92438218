//! Process trees: the kernel lets children inherit; here the roots and what descends from them
//! already are marked.

use std::collections::HashMap;
use std::fs;

use aya::maps::{HashMap as BpfHashMap, MapData, MapError};

use super::LiveError;
use super::control::map_mut;
use super::loader::TREE_ENTRIES;
use super::object::Object;

type Tree<'a> = BpfHashMap<&'a mut MapData, u32, u64>;

/// Marks a process and its descendants. The program on fork must be attached: whoever is forked
/// from a process that is marked inherits, so that scans until nothing is new miss nobody.
pub(super) fn add_root(object: &mut Object, bit: u8, pid: u32) -> Result<(), LiveError> {
    let mut tree: Tree<'_> = BpfHashMap::try_from(map_mut(object, "tree")?)
        .map_err(|err| LiveError::map("tree", err))?;
    let mask = 1u64 << (bit & 63);
    mark(&mut tree, pid, mask)?;
    loop {
        let mut any_new = false;
        for descendant in descendants(pid, &parents()?) {
            any_new |= mark(&mut tree, descendant, mask)?;
        }
        if !any_new {
            return Ok(());
        }
    }
}

/// Makes whatever process is forked under this pid a root, too: the pid may be free now, or be given
/// again. There is room for all 64 bits, each of which has one pid at a time.
pub(super) fn keep_root(object: &mut Object, bit: u8, pid: u32) -> Result<(), LiveError> {
    let map = map_mut(object, "tree_roots")?;
    let mut roots: Tree<'_> =
        BpfHashMap::try_from(map).map_err(|err| LiveError::map("tree_roots", err))?;
    mark(&mut roots, pid, 1u64 << (bit & 63)).map(|_| ())
}

/// Adds bits to a process's mask; whether they were new.
fn mark(tree: &mut Tree<'_>, pid: u32, mask: u64) -> Result<bool, LiveError> {
    let old = match tree.get(&pid, 0) {
        Ok(old) => old,
        Err(MapError::KeyNotFound) => 0,
        Err(err) => return Err(LiveError::map("tree", err)),
    };
    if old & mask == mask {
        return Ok(false);
    }
    match tree.insert(pid, old | mask, 0) {
        Ok(()) => Ok(true),
        Err(MapError::SyscallError(err)) if err.io_error.raw_os_error() == Some(libc::E2BIG) => {
            Err(LiveError::TreeFull(TREE_ENTRIES))
        }
        Err(err) => Err(LiveError::map("tree", err)),
    }
}

/// Pid and parent's pid of every process.
fn parents() -> Result<Vec<(u32, u32)>, LiveError> {
    let entries = fs::read_dir("/proc").map_err(|why| LiveError::Proc {
        path: "/proc".into(),
        why,
    })?;
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    // One that ended meanwhile has no file, and no descendants.
    Ok(pids
        .filter_map(|pid| {
            let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
            Some((pid, parent_in(&stat)?))
        })
        .collect())
}

/// The parent in a line of /proc/PID/stat: the second field behind the name, which may itself hold
/// parentheses, spaces and any bytes.
fn parent_in(stat: &[u8]) -> Option<u32> {
    let end = stat.iter().rposition(|&byte| byte == b')')?;
    let rest = std::str::from_utf8(&stat[end + 1..]).ok()?;
    rest.split_ascii_whitespace().nth(1)?.parse().ok()
}

fn descendants(root: u32, parents: &[(u32, u32)]) -> Vec<u32> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for &(pid, parent) in parents {
        children.entry(parent).or_default().push(pid);
    }
    let mut found = Vec::new();
    let mut next = vec![root];
    while let Some(pid) = next.pop() {
        // Removed, so that a pid that was used again during the scan can't make a circle.
        for child in children.remove(&pid).unwrap_or_default() {
            found.push(child);
            next.push(child);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parent_is_found_behind_any_name() {
        assert_eq!(parent_in(b"7 (sh) S 3 7 7 0"), Some(3));
        assert_eq!(parent_in(b"7 (a) S 9 (\xff) R 3 7 7 0"), Some(3));
        assert_eq!(parent_in(b"7 sh S 3"), None);
        assert_eq!(parent_in(b""), None);
    }

    #[test]
    fn descendants_are_all_below_the_root() {
        let parents = [(2, 1), (3, 2), (4, 3), (5, 1), (6, 3), (2, 6)];
        let mut found = descendants(2, &parents);
        found.sort_unstable();
        assert_eq!(found, [2, 3, 4, 6]);
        assert_eq!(descendants(5, &parents), [] as [u32; 0]);
    }
}
