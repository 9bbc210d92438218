//! Files, directories, mounts.

use super::Is::{Has, Int, Path as File, Text, There};
use super::{bytes, check, int, text, traces_functions, watch};
use crate::watch::need_live;

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

#[test]
fn changes() {
    check(
        "functions-changes",
        &[
            (
                "do_truncate",
                None,
                &[
                    ("pathname", File("text")),
                    ("length", Int(4)),
                    ("inode", There),
                ],
            ),
            (
                "do_truncate",
                None,
                &[
                    ("pathname", File("text")),
                    ("length", Int(3)),
                    ("dev", There),
                ],
            ),
            (
                "vfs_utimes",
                None,
                &[
                    ("pathname", File("text")),
                    ("atime", Int(1_000_000_000_000_000_005)),
                    ("mtime", Int(1_000_000_001_000_000_006)),
                ],
            ),
            (
                "set_fs_pwd",
                None,
                &[("unresolved_path", There), ("resolved_path", File(""))],
            ),
            (
                "set_fs_pwd",
                None,
                &[("unresolved_path", Text("/")), ("resolved_path", Text("/"))],
            ),
            (
                "inotify_watch",
                Some(0),
                &[("pathname", File("text")), ("inode", There)],
            ),
            (
                "security_path_notify",
                None,
                &[
                    ("pathname", File("text")),
                    ("mask", Has(0x400)),
                    ("obj_type", Int(0)),
                ],
            ),
            (
                "security_kernel_read_file",
                None,
                &[
                    ("pathname", File("module")),
                    ("type", Int(2)),
                    ("ctime", There),
                ],
            ),
            (
                "security_kernel_post_read_file",
                None,
                &[
                    ("pathname", File("module")),
                    ("type", Int(2)),
                    ("size", Int(7)),
                ],
            ),
        ],
    );
}

#[test]
fn mounts() {
    check(
        "functions-mounts",
        &[
            (
                "security_sb_mount",
                None,
                &[("path", Text("/")), ("flags", Has(1 << 18 | 1 << 14))],
            ),
            (
                "security_sb_mount",
                None,
                &[
                    ("dev_name", Text("none")),
                    ("path", There),
                    ("type", Text("tmpfs")),
                ],
            ),
            (
                "security_sb_mount",
                None,
                &[("path", File("second")), ("dev_name", File("first"))],
            ),
            (
                "security_sb_umount",
                None,
                &[("mountpoint", File("second")), ("type", Text("tmpfs"))],
            ),
        ],
    );
}
