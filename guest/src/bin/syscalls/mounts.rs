//! Mounts and roots, in a namespace of their own; the host's names in another.

use libc::*;

use crate::call::{BAD, NULL, call, descriptor, in_child};

/// What `mount_setattr` takes.
#[repr(C)]
struct Attributes {
    set: u64,
    clear: u64,
    propagation: u64,
    user_namespace: u64,
}

pub(crate) fn all() {
    call!(SYS_unshare, CLONE_NEWNS | CLONE_NEWUTS);
    call!(SYS_mount, c"none", c"/", NULL, MS_REC | MS_PRIVATE, NULL);
    old();
    new();
    in_child(roots);
    names();
}

fn old() {
    call!(SYS_mkdir, c"mnt", 0o755);
    call!(
        SYS_mount,
        c"tmpfs",
        c"mnt",
        c"tmpfs",
        MS_NOSUID | MS_NODEV | MS_NOEXEC,
        c"size=1m"
    );
    call!(
        SYS_mount,
        NULL,
        c"mnt",
        NULL,
        MS_REMOUNT | MS_RDONLY | MS_BIND,
        NULL
    );
    call!(SYS_mount, c"mnt", c"none", NULL, MS_BIND, NULL);
    call!(SYS_mount, c"none", c"mnt", c"nofs", 0, NULL);
    call!(SYS_umount2, c"mnt", MNT_DETACH | UMOUNT_NOFOLLOW);
    call!(SYS_umount2, c"mnt", MNT_FORCE);
    let mut name = [0_u8; 64];
    call!(SYS_sysfs, 3);
    call!(SYS_sysfs, 2, 0, &mut name);
    call!(SYS_quotactl, 0x8000_0700_u32, c"none", 0, &mut name);
    call!(SYS_quotactl_fd, BAD, 0x8000_0700_u32, 0, &mut name);
    call!(SYS_swapon, c"none", 0x8000 | 3);
    call!(SYS_swapoff, c"none");
    call!(SYS_acct, c"none");
}

fn new() {
    let context = descriptor(call!(SYS_fsopen, c"tmpfs", 1));
    call!(SYS_fsopen, c"nofs", 0);
    call!(SYS_fsconfig, context, 1, c"size", c"1m", 0);
    call!(SYS_fsconfig, context, 0, c"unknown", NULL, 0);
    call!(SYS_fsconfig, context, 6, NULL, NULL, 0);
    let mount = descriptor(call!(SYS_fsmount, context, 1, 0x2 | 0x8));
    call!(SYS_fsmount, BAD, 0, 0);
    call!(SYS_move_mount, mount, c"", AT_FDCWD, c"mnt", 0x4);
    call!(SYS_move_mount, BAD, c"", AT_FDCWD, c"mnt", 0x4);
    let tree = descriptor(call!(SYS_open_tree, AT_FDCWD, c"mnt", 1 | O_CLOEXEC));
    call!(SYS_open_tree, BAD, c"mnt", AT_RECURSIVE | 1);
    let attributes = Attributes {
        set: 1 | 4,
        clear: 0,
        propagation: MS_PRIVATE,
        user_namespace: 0,
    };
    let size = size_of::<Attributes>();
    call!(
        SYS_mount_setattr,
        tree,
        c"",
        AT_EMPTY_PATH,
        &attributes,
        size
    );
    call!(
        SYS_mount_setattr,
        BAD,
        c"mnt",
        AT_RECURSIVE,
        &attributes,
        size
    );
    call!(SYS_fspick, AT_FDCWD, c"mnt", 1 | 2);
    call!(SYS_fspick, AT_FDCWD, c"none", 0);
    call!(SYS_umount2, c"mnt", 0);
}

fn roots() {
    call!(SYS_pivot_root, c"mnt", c"mnt");
    call!(SYS_pivot_root, c"none", c"mnt");
    call!(SYS_chroot, c"none");
    call!(SYS_chroot, c"mnt");
}

fn names() {
    let mut system = [0_u8; 390];
    call!(SYS_uname, &mut system);
    call!(SYS_uname, NULL);
    call!(SYS_sethostname, c"other-name", 10);
    call!(SYS_sethostname, c"much", -1);
    call!(SYS_setdomainname, c"example.org", 11);
    call!(SYS_setdomainname, c"part only", 4);
}
