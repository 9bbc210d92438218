//! Writes a cpio archive in the "newc" form that the kernel unpacks as its first root
//! (Documentation/driver-api/early-userspace/buffer-format.rst). Needs no root, unlike packing a
//! folder with device nodes in it.

use std::collections::BTreeMap;

/// A root file system in memory. Parents of an entry are made as needed.
#[derive(Default)]
pub(crate) struct Archive {
    /// By path without a leading slash; the order puts folders before what they hold.
    entries: BTreeMap<String, Entry>,
}

struct Entry {
    /// File type and permissions, as in stat(2).
    mode: u32,
    /// Of a device node.
    device: (u32, u32),
    data: Vec<u8>,
}

const FOLDER: u32 = 0o040_000;
const FILE: u32 = 0o100_000;
const CHARACTER_DEVICE: u32 = 0o020_000;

impl Archive {
    pub(crate) fn folder(&mut self, path: &str) {
        self.add(path, FOLDER | 0o755, (0, 0), Vec::new());
    }

    /// A file that root alone may write; `mode` gives the permissions.
    pub(crate) fn file(&mut self, path: &str, mode: u32, data: impl Into<Vec<u8>>) {
        self.add(path, FILE | mode, (0, 0), data.into());
    }

    pub(crate) fn character_device(&mut self, path: &str, major: u32, minor: u32) {
        self.add(path, CHARACTER_DEVICE | 0o600, (major, minor), Vec::new());
    }

    pub(crate) fn has(&self, path: &str) -> bool {
        self.entries.contains_key(path.trim_start_matches('/'))
    }

    fn add(&mut self, path: &str, mode: u32, device: (u32, u32), data: Vec<u8>) {
        let path = path.trim_start_matches('/');
        if let Some((parent, _)) = path.rsplit_once('/')
            && !self.entries.contains_key(parent)
        {
            self.folder(parent);
        }
        self.entries
            .insert(path.to_owned(), Entry { mode, device, data });
    }

    /// The archive's bytes.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for (number, (path, entry)) in (1..).zip(&self.entries) {
            write_entry(&mut out, number, path, entry);
        }
        let end = Entry {
            mode: 0,
            device: (0, 0),
            data: Vec::new(),
        };
        write_entry(&mut out, 0, "TRAILER!!!", &end);
        out
    }
}

fn write_entry(out: &mut Vec<u8>, inode: u32, path: &str, entry: &Entry) {
    let links = if entry.mode & FOLDER != 0 { 2 } else { 1 };
    let size = u32::try_from(entry.data.len()).unwrap_or(u32::MAX);
    let name_size = u32::try_from(path.len() + 1).unwrap_or(u32::MAX);
    out.extend_from_slice(b"070701");
    // inode, mode, uid, gid, links, mtime, size, device of the file (2), of the node (2), name
    // size, checksum (unused in this form)
    for field in [
        inode,
        entry.mode,
        0,
        0,
        links,
        0,
        size,
        0,
        0,
        entry.device.0,
        entry.device.1,
        name_size,
        0,
    ] {
        out.extend_from_slice(format!("{field:08x}").as_bytes());
    }
    out.extend_from_slice(path.as_bytes());
    out.push(0);
    align(out);
    out.extend_from_slice(&entry.data);
    align(out);
}

fn align(out: &mut Vec<u8>) {
    out.resize(out.len().next_multiple_of(4), 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_aligned_and_parents_come_first() {
        let mut archive = Archive::default();
        archive.file("/etc/shadow", 0o600, *b"x");
        archive.character_device("/dev/console", 5, 1);
        let bytes = archive.to_bytes();
        let names: Vec<String> = walk(&bytes).into_iter().map(|(name, ..)| name).collect();
        assert_eq!(
            names,
            ["dev", "dev/console", "etc", "etc/shadow", "TRAILER!!!"]
        );
        let (_, mode, data) = walk(&bytes).swap_remove(3);
        assert_eq!((mode, data.as_slice()), (0o100_600, b"x".as_slice()));
    }

    /// Name, mode and data of each entry, read as the kernel reads them.
    fn walk(bytes: &[u8]) -> Vec<(String, u32, Vec<u8>)> {
        let mut at = 0;
        let mut found = Vec::new();
        while at < bytes.len() {
            assert_eq!(&bytes[at..at + 6], b"070701");
            let field = |n: usize| {
                let start = at + 6 + n * 8;
                let text = std::str::from_utf8(&bytes[start..start + 8]).unwrap();
                u32::from_str_radix(text, 16).unwrap()
            };
            let (mode, size, name_size) = (field(1), field(6) as usize, field(11) as usize);
            let name = at + 110;
            let data = (name + name_size).next_multiple_of(4);
            found.push((
                String::from_utf8(bytes[name..name + name_size - 1].to_vec()).unwrap(),
                mode,
                bytes[data..data + size].to_vec(),
            ));
            at = (data + size).next_multiple_of(4);
        }
        found
    }
}
