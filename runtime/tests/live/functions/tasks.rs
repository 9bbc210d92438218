//! Sockets, memory, identity, and what else one task does.

use super::Is::{Absent, Has, Int, List, Path as File, Text, There};
use super::acts::folder;
use super::{Is, bytes, check, int, slot, text, traces_functions, watch};
use crate::watch::need_live;

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
                "net_tcp_connect",
                None,
                &[("dst", Text("\x7f\0\0\x01")), ("dst_port", PORT)],
            ),
            (
                "net_tcp_connect",
                None,
                &[
                    ("dst", Text("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01")),
                    ("dst_port", Int(45124)),
                ],
            ),
            (
                "socket_dup",
                Some(77),
                &[
                    ("oldfd", There),
                    ("newfd", Int(77)),
                    ("remote_addr.family", Int(2)),
                    ("remote_addr.port", PORT),
                    ("remote_addr.ip", Text("\x7f\0\0\x01")),
                ],
            ),
            (
                "socket_dup",
                Some(78),
                &[("newfd", Int(78)), ("remote_addr.port", PORT)],
            ),
            (
                "socket_dup",
                Some(80),
                &[
                    ("newfd", Int(80)),
                    ("remote_addr.family", Int(1)),
                    ("remote_addr.path", File("socket")),
                ],
            ),
            // It listens.
            (
                "socket_dup",
                None,
                &[
                    ("remote_addr.family", Int(2)),
                    ("remote_addr.port", Absent),
                    ("remote_addr.ip", Absent),
                ],
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
                "do_mmap",
                None,
                &[
                    ("pathname", File("library")),
                    ("flags", There),
                    ("inode", There),
                    ("ctime", There),
                    ("pgoff", Int(1)),
                    ("len", Int(4096)),
                    ("prot", Int(1)),
                    ("mmap_flags", Has(2)),
                ],
            ),
            (
                "do_mmap",
                None,
                &[
                    ("pathname", Absent),
                    ("flags", Absent),
                    ("len", Int(8192)),
                    ("prot", Int(7)),
                    ("mmap_flags", Has(0x22)),
                ],
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
                "mem_prot_alert",
                None,
                &[
                    ("alert", Int(1)),
                    ("addr", There),
                    ("len", Int(8192)),
                    ("prot", Int(7)),
                    ("prev_prot", Int(0)),
                    ("pathname", Absent),
                ],
            ),
            (
                "mem_prot_alert",
                None,
                &[
                    ("alert", Int(2)),
                    ("addr", There),
                    ("len", Int(4096)),
                    ("prot", Int(5)),
                    ("prev_prot", Int(1)),
                    ("pathname", File("library")),
                    ("dev", There),
                    ("inode", There),
                    ("ctime", There),
                ],
            ),
            (
                "mem_prot_alert",
                None,
                &[("alert", Int(3)), ("prot", Int(7)), ("prev_prot", Int(5))],
            ),
            (
                "mem_prot_alert",
                None,
                &[("alert", Int(4)), ("prot", Int(5)), ("prev_prot", Int(7))],
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
            (
                "kallsyms_lookup_name",
                None,
                &[
                    ("symbol_name", Text("vfs_fsync")),
                    ("symbol_address", There),
                ],
            ),
            ("device_add", None, &[("name", Text("lo"))]),
        ],
    );
}

/// Each failure once, whether or not the kernel came as far as the file.
#[test]
fn failed_executions() {
    need_live!();
    let with_functions = traces_functions();
    let event = "process_execute_failed";
    let (records, home) = watch("functions-failures", &[event]);
    let all = records.of(event);
    let results: Vec<_> = all.iter().map(|record| record.retval().unwrap()).collect();
    let [none, no_program, may_not] = [libc::ENOENT, libc::ENOEXEC, libc::EACCES].map(i64::from);
    assert_eq!(
        results,
        [none, none, may_not, may_not, no_program, no_program].map(|code| -code)
    );
    for (at, record) in all.iter().enumerate() {
        let path = home.join(if at < 2 { "nothing" } else { "text" });
        let path = bytes(&path);
        assert_eq!(text(record, event, "pathname"), Some(path));
        let list = |name: &str| -> Vec<&[u8]> { record.list(slot(event, name)).unwrap().collect() };
        assert_eq!(list("argv"), [path, b"more"]);
        assert_eq!(list("envp"), [&b"MARK=one"[..]]);
        let flags = [0, libc::AT_SYMLINK_NOFOLLOW][at % 2];
        assert_eq!(int(record, event, "flags"), Some(flags.into()));
        assert_eq!(int(record, event, "dirfd"), Some(libc::AT_FDCWD.into()));
        assert_eq!(int(record, event, "kernel_invoked"), Some(0));
        // The actor waits at a pipe.
        assert_eq!(int(record, event, "stdin_type"), Some(libc::S_IFIFO.into()));
        // Only a file that is a program's by its mode is looked into.
        let opened = with_functions && at >= 4;
        let file = opened.then_some(path);
        assert_eq!(text(record, event, "binary.path"), file);
        assert_eq!(text(record, event, "interpreter_path"), file);
        let mode = int(record, event, "binary.inode_mode");
        assert_eq!(mode, opened.then_some((libc::S_IFREG | 0o750).into()));
        let inode = int(record, event, "binary.inode_number");
        assert_eq!(inode.is_some(), opened);
        assert_eq!(folder(record.header().host_pid), home);
    }
}
