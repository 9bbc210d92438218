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

/// What an argument must be.
enum Is {
    Int(i128),
    /// Bits that are there.
    Has(i128),
    Text(&'static str),
    /// A file in the act's folder.
    Path(&'static str),
    /// Of a list, its first elements.
    List(&'static [&'static str]),
    There,
    Absent,
}

use Is::{Absent, Has, Int, List, Path as File, Text, There};

impl Is {
    fn holds(&self, record: &Record<'_>, slot: u16, home: &Path) -> bool {
        let text = record.bytes(slot);
        match self {
            Int(value) => record.int(slot) == Some(*value),
            Has(bits) => record.int(slot).is_some_and(|value| value & bits == *bits),
            Text(value) => text == Some(value.as_bytes()),
            File("") => text == Some(bytes(home)),
            File(name) => text == Some(bytes(&home.join(name))),
            List(items) => record.list(slot).is_some_and(|list| {
                let items = items.iter().map(|item| item.as_bytes());
                list.take(items.len()).eq(items)
            }),
            There => record.present(slot),
            Absent => !record.present(slot),
        }
    }
}

/// An event, its result if that matters, and its arguments.
type Expected = (&'static str, Option<i64>, &'static [(&'static str, Is)]);

/// Performs an act that must make at least one record for each of these.
fn check(act: &str, expected: &[Expected]) {
    need_live!();
    if !traces_functions() {
        return;
    }
    let mut events: Vec<_> = expected.iter().map(|(event, ..)| *event).collect();
    events.dedup();
    let (records, home) = watch(act, &events);
    let mut missing = String::new();
    for (event, retval, arguments) in expected {
        let all = records.of(event);
        let is_this = |record: &&Record<'_>| {
            let result = retval.is_none_or(|retval| record.retval() == Some(retval));
            let of_slot = |(name, is): &(&str, Is)| is.holds(record, slot(event, name), &home);
            result && arguments.iter().all(of_slot)
        };
        if all.iter().any(|record| is_this(&record)) {
            continue;
        }
        missing += &format!("{event}: {} records\n", all.len());
        let count = stdlib::schema().event(event_id(event)).unwrap().slots.len() as u16;
        for record in all.iter().take(8) {
            let values: Vec<_> = (0..count).map(|slot| record.value(slot)).collect();
            missing += &format!("  {values:?} {:?}\n", record.retval());
        }
    }
    assert!(missing.is_empty(), "not as they should be:\n{missing}");
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

#[test]
fn sockets() {
    const PORT: Is = Int(45123);
    check(
        "functions-sockets",
        &[
            (
                "security_socket_create",
                None,
                &[
                    ("family", Int(2)),
                    ("type", Has(1)),
                    ("protocol", Int(0)),
                    ("kern", Int(0)),
                ],
            ),
            (
                "security_socket_bind",
                None,
                &[
                    ("sockfd", There),
                    ("local_addr.family", Int(2)),
                    ("local_addr.port", PORT),
                    ("local_addr.ip", Text("\x7f\0\0\x01")),
                ],
            ),
            (
                "security_socket_bind",
                None,
                &[
                    ("local_addr.family", Int(1)),
                    ("local_addr.path", File("socket")),
                ],
            ),
            (
                "security_socket_listen",
                None,
                &[
                    ("local_addr.port", PORT),
                    ("local_addr.ip", Text("\x7f\0\0\x01")),
                    ("backlog", There),
                ],
            ),
            (
                "security_socket_listen",
                None,
                &[("local_addr.path", File("socket"))],
            ),
            (
                "security_socket_connect",
                None,
                &[
                    ("sockfd", There),
                    ("type", Int(1)),
                    ("remote_addr.port", PORT),
                    ("remote_addr.path", Absent),
                ],
            ),
            (
                "security_socket_connect",
                None,
                &[
                    ("remote_addr.family", Int(10)),
                    ("remote_addr.ip", Text("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01")),
                ],
            ),
            (
                "security_socket_connect",
                None,
                &[("remote_addr.path", File("socket"))],
            ),
            (
                "security_socket_accept",
                None,
                &[("sockfd", There), ("local_addr.port", PORT)],
            ),
            (
                "security_socket_accept",
                None,
                &[
                    ("local_addr.port", Int(45124)),
                    ("local_addr.ip", Text("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01")),
                ],
            ),
            (
                "security_socket_setsockopt",
                None,
                &[
                    ("level", Int(6)),
                    ("optname", Int(1)),
                    ("local_addr.family", Int(2)),
                    ("sockfd", There),
                ],
            ),
        ],
    );
}

#[test]
fn memory() {
    check(
        "functions-memory",
        &[
            (
                "security_mmap_file",
                None,
                &[
                    ("pathname", File("library")),
                    ("prot", Int(5)),
                    ("mmap_flags", Has(2)),
                    ("flags", There),
                    ("inode", There),
                ],
            ),
            (
                "shared_object_loaded",
                None,
                &[("pathname", File("library")), ("ctime", There)],
            ),
            (
                "security_file_mprotect",
                None,
                &[
                    ("pathname", File("library")),
                    ("prot", Int(1)),
                    ("prev_prot", Int(5)),
                    ("len", Int(4096)),
                    ("addr", There),
                    ("pkey", Int(-1)),
                ],
            ),
            (
                "security_file_mprotect",
                None,
                &[("pathname", Absent), ("prot", There)],
            ),
            (
                "vfs_write",
                Some(41),
                &[
                    ("pathname", File("library")),
                    ("count", Int(41)),
                    ("pos", Int(0)),
                ],
            ),
            (
                "vfs_write",
                Some(6),
                &[
                    ("pathname", File("library")),
                    ("count", Int(6)),
                    ("pos", Int(41)),
                ],
            ),
            (
                "vfs_writev",
                Some(8),
                &[
                    ("pathname", File("library")),
                    ("vlen", Int(2)),
                    ("pos", Int(47)),
                ],
            ),
            (
                "vfs_read",
                Some(10),
                &[
                    ("pathname", File("library")),
                    ("count", Int(10)),
                    ("pos", Int(55)),
                ],
            ),
            (
                "vfs_readv",
                Some(13),
                &[
                    ("pathname", File("library")),
                    ("vlen", Int(2)),
                    ("pos", Int(65)),
                ],
            ),
            (
                "magic_write",
                Some(41),
                &[
                    ("pathname", File("library")),
                    ("bytes", Text("MAGIC bytes, and mor")),
                ],
            ),
            (
                "magic_write",
                Some(8192),
                &[
                    ("pathname", File("library")),
                    ("bytes", Text("LLLLLLLLLLLLLLLLLLLL")),
                ],
            ),
            (
                "__kernel_write",
                None,
                &[("pathname", There), ("count", There), ("pos", Int(0))],
            ),
        ],
    );
}

#[test]
fn identity() {
    const PR_SET_NAME: i128 = libc::PR_SET_NAME as i128;
    check(
        "functions-identity",
        &[
            (
                "task_rename",
                None,
                &[("old_name", There), ("new_name", Text("renamed-thread"))],
            ),
            (
                "security_task_prctl",
                None,
                &[
                    ("option", Int(PR_SET_NAME)),
                    ("arg2", There),
                    ("vma_name", Absent),
                ],
            ),
            (
                "security_task_setrlimit",
                None,
                &[
                    ("target_host_pid", There),
                    ("resource", Int(12)),
                    ("new_rlim_cur", Int(77)),
                    ("new_rlim_max", Int(99)),
                ],
            ),
            (
                "security_settime64",
                None,
                &[("tv_sec", Absent), ("tz_minuteswest", Int(0))],
            ),
            (
                "do_sigaction",
                None,
                &[
                    ("sig", Int(12)),
                    ("is_sa_initialized", Int(1)),
                    ("sa_flags", Has(0x1000_0000)),
                    ("sa_mask", Int(0x10)),
                    ("sa_handle_method", Int(1)),
                    ("sa_handler", Absent),
                    ("is_old_sa_initialized", Int(1)),
                    ("old_sa_mask", Int(0x10)),
                    ("old_sa_handle_method", Int(1)),
                ],
            ),
            (
                "switch_task_ns",
                None,
                &[
                    ("pid", There),
                    ("new_uts", There),
                    ("new_mnt", Absent),
                    ("new_net", Absent),
                ],
            ),
            ("cap_capable", None, &[("cap", Int(21))]),
            (
                "security_bprm_check",
                None,
                &[
                    ("argv", List(&["/bin/sh", "-c", ":"])),
                    ("envp", There),
                    ("pathname", There),
                ],
            ),
            (
                "commit_creds",
                None,
                &[
                    ("old_cred.egid", Int(0)),
                    ("new_cred.egid", Int(4321)),
                    ("new_cred.gid", Int(0)),
                    ("new_cred.fsgid", Int(4321)),
                    ("new_cred.cap_effective", Has(1 << 21)),
                    ("old_cred.user_namespace", There),
                ],
            ),
        ],
    );
}

#[test]
fn machine() {
    check(
        "functions-machine",
        &[
            ("security_bpf", None, &[("cmd", Int(0))]),
            (
                "security_bpf_map",
                None,
                &[("map_id", There), ("map_name", Text("traceemp"))],
            ),
            (
                "security_bpf_prog",
                None,
                &[
                    ("type", Int(1)),
                    ("name", Text("traceepr")),
                    ("id", There),
                    ("load", Int(1)),
                ],
            ),
            (
                "cgroup_mkdir",
                None,
                &[
                    ("cgroup_id", There),
                    ("cgroup_path", There),
                    ("hierarchy_id", There),
                ],
            ),
            (
                "cgroup_rmdir",
                None,
                &[("cgroup_id", There), ("cgroup_path", There)],
            ),
            (
                "cgroup_attach_task",
                None,
                &[("cgroup_path", Text("/")), ("pid", There), ("comm", There)],
            ),
            (
                "kprobe_attach",
                None,
                &[
                    ("symbol_name", Text("vfs_fsync")),
                    ("pre_handler_addr", There),
                ],
            ),
            ("device_add", None, &[("name", Text("lo"))]),
        ],
    );
}
