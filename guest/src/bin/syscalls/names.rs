//! Names of files, their owners and modes, and who is told of changes.

use libc::*;

use crate::call::{BAD, NULL, call, descriptor};

pub(crate) fn all() {
    folders();
    links();
    modes();
    special();
    watches();
}

fn folders() {
    let tmp = descriptor(call!(SYS_open, c"/tmp", O_RDONLY | O_DIRECTORY));
    call!(SYS_mkdir, c"folder", 0o1777);
    call!(SYS_mkdir, c"folder", 0o700);
    call!(SYS_mkdirat, tmp, c"syscalls/other", 0o750);
    call!(SYS_mkdirat, BAD, c"other", 0o750);
    call!(SYS_chdir, c"folder");
    call!(SYS_chdir, c"none");
    call!(SYS_fchdir, tmp);
    call!(SYS_fchdir, BAD);
    call!(SYS_chdir, crate::FOLDER);
    call!(SYS_rmdir, c"other");
    call!(SYS_rmdir, c"none");
    call!(SYS_unlinkat, AT_FDCWD, c"folder", AT_REMOVEDIR);
}

fn links() {
    call!(SYS_creat, c"a", 0o644);
    call!(SYS_link, c"a", c"b");
    call!(SYS_link, c"none", c"b");
    call!(
        SYS_linkat,
        AT_FDCWD,
        c"a",
        AT_FDCWD,
        c"c",
        AT_SYMLINK_FOLLOW
    );
    call!(SYS_linkat, BAD, c"a", AT_FDCWD, c"c", 0);
    call!(SYS_symlink, c"a", c"s");
    call!(SYS_symlink, c"a", c"s");
    call!(SYS_symlinkat, c"nowhere", AT_FDCWD, c"t");
    let mut target = [0_u8; 64];
    call!(SYS_readlink, c"s", &mut target, target.len());
    call!(SYS_readlink, c"a", &mut target, target.len());
    call!(SYS_readlink, c"s", &mut target, -1);
    call!(SYS_readlinkat, AT_FDCWD, c"t", &mut target, 3);
    call!(SYS_rename, c"b", c"d");
    call!(SYS_rename, c"none", c"d");
    call!(SYS_renameat, AT_FDCWD, c"d", AT_FDCWD, c"e");
    call!(
        SYS_renameat2,
        AT_FDCWD,
        c"e",
        AT_FDCWD,
        c"c",
        RENAME_NOREPLACE
    );
    call!(
        SYS_renameat2,
        AT_FDCWD,
        c"e",
        AT_FDCWD,
        c"s",
        RENAME_EXCHANGE
    );
    call!(SYS_unlink, c"c");
    call!(SYS_unlink, c"none");
    call!(SYS_unlinkat, AT_FDCWD, c"e", 0);
    call!(SYS_unlinkat, AT_FDCWD, c"/tmp", 0x40);
}

fn modes() {
    let file = descriptor(call!(SYS_open, c"text", O_RDWR | O_CREAT, 0o600));
    call!(SYS_umask, 0o27);
    call!(SYS_umask, 0o1022);
    call!(SYS_chmod, c"text", 0o6755);
    call!(SYS_chmod, c"none", 0o1000);
    call!(SYS_fchmod, file, 0o600);
    call!(SYS_fchmodat, AT_FDCWD, c"text", 0o644);
    call!(SYS_chown, c"text", 1000, 100);
    call!(SYS_chown, c"none", -1, -1);
    call!(SYS_fchown, file, -1, 5);
    call!(SYS_lchown, c"text", 0, -1);
    call!(SYS_fchownat, AT_FDCWD, c"text", 7, 8, AT_SYMLINK_NOFOLLOW);
    call!(SYS_fchownat, file, c"", 0, 0, AT_EMPTY_PATH);
}

fn special() {
    call!(SYS_mknod, c"pipe", S_IFIFO | 0o600, 0);
    call!(SYS_mknod, c"null", S_IFCHR | 0o666, 0x103);
    call!(SYS_mknod, c"pipe", S_IFREG | 0o600, 0);
    call!(SYS_mknodat, AT_FDCWD, c"socket", S_IFSOCK | 0o700, 0);
    call!(SYS_mknodat, AT_FDCWD, c"disk", S_IFBLK | 0o600, 0x0801);
    call!(SYS_uselib, c"/none");
}

fn watches() {
    let old = descriptor(call!(SYS_inotify_init));
    let new = descriptor(call!(SYS_inotify_init1, IN_NONBLOCK | IN_CLOEXEC));
    let watch = call!(
        SYS_inotify_add_watch,
        new,
        c".",
        IN_CREATE | IN_DELETE | IN_MOVED_FROM
    );
    call!(SYS_inotify_add_watch, old, c"none", IN_ALL_EVENTS);
    call!(SYS_inotify_rm_watch, new, watch);
    call!(SYS_inotify_rm_watch, new, 77);
    let all = descriptor(call!(
        SYS_fanotify_init,
        FAN_CLASS_NOTIF | FAN_CLOEXEC,
        O_RDONLY | O_LARGEFILE
    ));
    let mask = FAN_OPEN | FAN_CLOSE_WRITE;
    call!(
        SYS_fanotify_mark,
        all,
        FAN_MARK_ADD | FAN_MARK_MOUNT,
        mask,
        AT_FDCWD,
        c"/tmp"
    );
    call!(
        SYS_fanotify_mark,
        BAD,
        FAN_MARK_REMOVE,
        mask,
        AT_FDCWD,
        NULL
    );
}
