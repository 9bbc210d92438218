/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Files that are opened, and directories that change. Slots are numbered in the order of the
 * declarations in stdlib-signatures/events/file_hooks.tp.
 */

/* The path that the task's system call names, as the caller wrote it. */
static __always_inline void put_syscall_path(struct work *w, __u32 slot)
{
	enum { OPEN = 2, CREAT = 85, OPENAT = 257, OPENAT2 = 437 };
	__s32 number = w->stashed.record.header.syscall;
	bool second = number == OPENAT || number == OPENAT2 || number == SYS_EXECVEAT;

	if (second || number == OPEN || number == CREAT || number == SYS_EXECVE)
		put_user_string(w->key, slot, syscall_argument(w, number, second, 0));
}

CALL(security_file_open)
{
	enum { PATHNAME, FLAGS, DEV, INODE, CTIME, SYSCALL_PATHNAME };
	struct file *file = (void *)w->args[0];

	if (phase == CHEAP) {
		put_int(w, FLAGS, (__s32)BPF_CORE_READ(file, f_flags));
		put_inode(w, BPF_CORE_READ(file, f_inode), DEV, INODE, CTIME);
		LATER(SLOT(PATHNAME) | SLOT(SYSCALL_PATHNAME));
		return;
	}
	put_file_path(w, PATHNAME, file);
	put_syscall_path(w, SYSCALL_PATHNAME);
}
ON_CALL(security_file_open, 732, 1)

CALL(security_inode_rename)
{
	enum { OLD_PATH, NEW_PATH };

	if (phase == CHEAP) {
		LATER(SLOT(OLD_PATH) | SLOT(NEW_PATH));
		return;
	}
	find_place(w, (void *)w->args[1]);
	put_dentry_path(w, OLD_PATH, (void *)w->args[1]);
	put_dentry_path(w, NEW_PATH, (void *)w->args[3]);
}
ON_CALL(security_inode_rename, 768, 4)

CALL(security_inode_unlink)
{
	enum { PATHNAME, INODE, DEV, CTIME };
	struct dentry *dentry = (void *)w->args[1];

	if (phase == CHEAP) {
		put_inode(w, BPF_CORE_READ(dentry, d_inode), DEV, INODE, CTIME);
		LATER(SLOT(PATHNAME));
		return;
	}
	find_place(w, dentry);
	put_dentry_path(w, PATHNAME, dentry);
}
ON_CALL(security_inode_unlink, 733, 2)

CALL(security_inode_mknod)
{
	enum { FILE_NAME, MODE, DEV };
	struct dentry *dentry = (void *)w->args[1];

	if (phase == CHEAP) {
		put_int(w, MODE, (__u16)w->args[2]);
		put_int(w, DEV, (__u32)w->args[3]);
		LATER(SLOT(FILE_NAME));
		return;
	}
	find_place(w, dentry);
	put_dentry_path(w, FILE_NAME, dentry);
}
ON_CALL(security_inode_mknod, 744, 4)

CALL(security_inode_symlink)
{
	enum { LINKPATH, TARGET };
	struct dentry *dentry = (void *)w->args[1];

	if (phase == CHEAP) {
		LATER(SLOT(LINKPATH) | SLOT(TARGET));
		return;
	}
	find_place(w, dentry);
	put_dentry_path(w, LINKPATH, dentry);
	put_kernel_string(w->key, TARGET, w->args[2]);
}
ON_CALL(security_inode_symlink, 746, 3)

CALL(do_truncate)
{
	enum { PATHNAME, INODE, DEV, LENGTH };
	__u32 at = vfs_takes_idmap();
	struct dentry *dentry = (void *)w->args[at];

	if (phase == CHEAP) {
		put_inode(w, BPF_CORE_READ(dentry, d_inode), DEV, INODE, NO_SLOT);
		put_int(w, LENGTH, w->args[at + 1]);
		LATER(SLOT(PATHNAME));
		return;
	}
	if (w->args[at + 3]) {
		put_file_path(w, PATHNAME, (void *)w->args[at + 3]);
		return;
	}
	find_place(w, dentry);
	put_dentry_path(w, PATHNAME, dentry);
}
ON_CALL(do_truncate, 775, 5)

CALL(vfs_utimes)
{
	enum { PATHNAME, DEV, INODE, ATIME, MTIME };
	struct timespec64 *times = (void *)w->args[1];
	struct path *path = (void *)w->args[0];

	if (phase == CHEAP) {
		put_inode(w, BPF_CORE_READ(path, dentry, d_inode), DEV, INODE, NO_SLOT);
		if (times) {
			put_int(w, ATIME, nanoseconds(times));
			put_int(w, MTIME, nanoseconds((void *)times + sizeof(*times)));
		}
		LATER(SLOT(PATHNAME));
		return;
	}
	put_path(w, PATHNAME, path);
}
ON_CALL(vfs_utimes, 774, 2)

CALL(set_fs_pwd)
{
	enum { UNRESOLVED_PATH, RESOLVED_PATH };

	if (phase == CHEAP) {
		LATER(SLOT(UNRESOLVED_PATH) | SLOT(RESOLVED_PATH));
		return;
	}
	put_path(w, RESOLVED_PATH, (void *)w->args[1]);
	if (w->stashed.record.header.syscall == SYS_CHDIR)
		put_user_string(w->key, UNRESOLVED_PATH, syscall_argument(w, SYS_CHDIR, 0, 0));
}
ON_CALL(set_fs_pwd, 781, 2)

CALL(inotify_watch)
{
	enum { PATHNAME, INODE, DEV };
	struct path *path = (void *)w->args[1];

	if (phase == CHEAP) {
		/* Before the call, and if it fails, the path holds nothing. */
		if (!(w->flags & RECORD_RETVAL) || (__s32)w->stashed.record.header.retval) {
			w->unwanted = 1;
			return;
		}
		put_inode(w, BPF_CORE_READ(path, dentry, d_inode), DEV, INODE, NO_SLOT);
		LATER(SLOT(PATHNAME));
		return;
	}
	put_path(w, PATHNAME, path);
}
ON_INT_EXIT(inotify_watch, 777, 4)

CALL(security_path_notify)
{
	enum { PATHNAME, INODE, DEV, MASK, OBJ_TYPE };
	struct path *path = (void *)w->args[0];

	if (phase == CHEAP) {
		put_inode(w, BPF_CORE_READ(path, dentry, d_inode), DEV, INODE, NO_SLOT);
		put_int(w, MASK, w->args[1]);
		put_int(w, OBJ_TYPE, (__u32)w->args[2]);
		LATER(SLOT(PATHNAME));
		return;
	}
	put_path(w, PATHNAME, path);
}
ON_CALL(security_path_notify, 780, 3)

CALL(security_kernel_read_file)
{
	enum { PATHNAME, DEV, INODE, TYPE, CTIME };
	struct file *file = (void *)w->args[0];

	if (phase == CHEAP) {
		put_int(w, TYPE, (__s32)w->args[1]);
		put_inode(w, BPF_CORE_READ(file, f_inode), DEV, INODE, CTIME);
		LATER(SLOT(PATHNAME));
		return;
	}
	put_file_path(w, PATHNAME, file);
}
ON_CALL(security_kernel_read_file, 743, 2)

CALL(security_kernel_post_read_file)
{
	enum { PATHNAME, SIZE, TYPE };

	if (phase == CHEAP) {
		put_int(w, SIZE, w->args[2]);
		put_int(w, TYPE, (__s32)w->args[3]);
		LATER(SLOT(PATHNAME));
		return;
	}
	put_file_path(w, PATHNAME, (void *)w->args[0]);
}
ON_CALL(security_kernel_post_read_file, 745, 4)

CALL(security_sb_mount)
{
	enum { DEV_NAME, PATH, TYPE, FLAGS };

	if (phase == CHEAP) {
		put_int(w, FLAGS, w->args[3]);
		LATER(SLOT(DEV_NAME) | SLOT(PATH) | SLOT(TYPE));
		return;
	}
	put_kernel_string(w->key, DEV_NAME, w->args[0]);
	put_path(w, PATH, (void *)w->args[1]);
	put_kernel_string(w->key, TYPE, w->args[2]);
}
ON_CALL(security_sb_mount, 740, 4)

CALL(security_sb_umount)
{
	enum { MOUNTPOINT, TYPE, FLAGS };
	struct vfsmount *mount = (void *)w->args[0];

	if (phase == CHEAP) {
		put_int(w, FLAGS, (__s32)w->args[1]);
		LATER(SLOT(MOUNTPOINT) | SLOT(TYPE));
		return;
	}
	w->place = mount;
	put_dentry_path(w, MOUNTPOINT, BPF_CORE_READ(mount, mnt_root));
	put_kernel_string(w->key, TYPE, (__u64)BPF_CORE_READ(mount, mnt_sb, s_type, name));
}
ON_CALL(security_sb_umount, 792, 2)
