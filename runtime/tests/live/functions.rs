//! Events of kernel functions, by fentry or kprobe. A kernel without either has none of them: there
//! these tests say so and end.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use tracee_lang::stdlib;
use tracee_runtime::record::Record;

use crate::function_acts::folder;
use crate::tables::everything;
use crate::watch::{Actor, Records, event_id, need_live, watch_actor};

/// Whether the kernel has what these events are made from.
pub(crate) fn traces_functions() -> bool {
    let there = Path::new("/sys/bus/event_source/devices/kprobe/type").exists();
    if !there {
        eprintln!("skipped: this kernel has no kprobes");
    }
    there
}

/// Performs an act that all these events watch; with the act's folder.
fn watch(act: &str, events: &[&str]) -> (Records, PathBuf) {
    let mut actor = Actor::new(act);
    let home = folder(actor.pid());
    let records = watch_actor(&mut actor, &everything(events));
    (records, home)
}

/// The number of an argument's slot.
fn slot(event: &str, name: &str) -> u16 {
    let schema = stdlib::schema();
    let event = schema.event(event_id(event)).unwrap();
    let at = event.slots.iter().position(|slot| slot.path == name);
    at.unwrap_or_else(|| panic!("{} has no {name}", event.name)) as u16
}

/// An argument that is text.
fn text<'a>(record: &Record<'a>, event: &str, name: &str) -> Option<&'a [u8]> {
    record.bytes(slot(event, name))
}

/// An argument that is a number.
fn int(record: &Record<'_>, event: &str, name: &str) -> Option<i128> {
    record.int(slot(event, name))
}

fn bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_bytes()
}

#[test]
fn files() {
    need_live!();
    if !traces_functions() {
        return;
    }
    let events = [
        "security_file_open",
        "security_inode_rename",
        "security_inode_unlink",
        "security_inode_mknod",
        "security_inode_symlink",
    ];
    let (records, home) = watch("functions-files", &events);
    let path = |name: &str| home.join(name);

    let event = "security_file_open";
    let opened = |name: &str, syscall_pathname: &[u8]| {
        let mut opens = records.of(event).into_iter().filter(|open| {
            text(open, event, "pathname") == Some(bytes(&path(name)))
                && text(open, event, "syscall_pathname") == Some(syscall_pathname)
        });
        opens
            .next()
            .unwrap_or_else(|| panic!("{name} was not opened"))
    };
    let written = opened("file", bytes(&path("file")));
    let flags = int(&written, event, "flags").unwrap() as i32;
    let expected = libc::O_WRONLY | libc::O_TRUNC | libc::O_CREAT;
    // Without O_CLOEXEC, which the descriptor has; the kernel adds O_LARGEFILE, which is 0 in libc.
    assert_eq!(flags & !0o100000, expected);
    assert_eq!(written.header().syscall, 257);
    let linked = opened("file", b"./link");
    assert_ne!(
        int(&linked, event, "flags").unwrap() as i32 & libc::O_APPEND,
        0
    );
    assert_eq!(int(&linked, event, "inode"), int(&written, event, "inode"));
    assert!(int(&linked, event, "ctime").unwrap() > 0);
    // A file without a name has the one that it had.
    let gone = records.of(event).into_iter().find(|open| {
        text(open, event, "pathname") == Some(bytes(&path("gone")))
            && text(open, event, "syscall_pathname")
                .unwrap()
                .starts_with(b"/proc/self/fd/")
    });
    assert!(gone.is_some());

    let renamed = records.one("security_inode_rename", 0, bytes(&path("file")));
    assert_eq!(renamed.bytes(1), Some(bytes(&path("renamed"))));
    let event = "security_inode_unlink";
    let unlinked = records.one(event, 0, bytes(&path("renamed")));
    assert_eq!(
        int(&unlinked, event, "inode"),
        int(&written, "security_file_open", "inode")
    );
    assert_eq!(
        int(&unlinked, event, "dev"),
        int(&written, "security_file_open", "dev")
    );
    let event = "security_inode_mknod";
    let pipe = records.one(event, 0, bytes(&path("pipe")));
    assert_eq!(
        int(&pipe, event, "mode").unwrap() as u32 & libc::S_IFMT,
        libc::S_IFIFO
    );
    let null = records.one(event, 0, bytes(&path("null")));
    assert_eq!(int(&null, event, "dev"), Some(1 << 20 | 3));
    let link = records.one("security_inode_symlink", 0, bytes(&path("link")));
    assert_eq!(link.bytes(1), Some(&b"file"[..]));
}

/// The path as the mount namespace has it, whatever the process's root is.
#[test]
fn paths_go_through_mounts() {
    need_live!();
    if !traces_functions() {
        return;
    }
    let events = [
        "security_file_open",
        "security_inode_rename",
        "security_inode_unlink",
    ];
    let (records, home) = watch("functions-mounts", &events);
    let path = |name: &str| home.join("second").join(name);
    let open = records.one("security_file_open", 0, bytes(&path("bound")));
    assert_eq!(open.bytes(5), Some(bytes(&path("bound"))));
    let renamed = records.one("security_inode_rename", 0, bytes(&path("bound")));
    assert_eq!(renamed.bytes(1), Some(bytes(&path("moved"))));
    let inside = records.one("security_inode_rename", 0, bytes(&path("moved")));
    assert_eq!(inside.bytes(1), Some(bytes(&path("inside"))));
    records.one("security_inode_unlink", 0, bytes(&path("inside")));
}
