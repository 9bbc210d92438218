/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Files that are opened, and directories that change. Slots are numbered in the order of the
 * declarations in stdlib-signatures/events/file_hooks.tp.
 */

/* The path that the task's system call names, as the caller wrote it. */
static __always_inline void put_syscall_path(struct work *w, __u32 slot)
{
	enum { OPEN = 2, EXECVE = 59, CREAT = 85, OPENAT = 257, EXECVEAT = 322, OPENAT2 = 437 };
	struct task_struct *task = current_task();
	struct pt_regs *regs = task_registers(task);
	bool compat = is_compat(task);
	__u64 address;

	switch (w->stashed.record.header.syscall) {
	case OPEN:
	case EXECVE:
	case CREAT:
		address = compat ? (__u32)BPF_CORE_READ(regs, bx) : BPF_CORE_READ(regs, di);
		break;
	case OPENAT:
	case EXECVEAT:
	case OPENAT2:
		address = compat ? (__u32)BPF_CORE_READ(regs, cx) : BPF_CORE_READ(regs, si);
		break;
	default:
		return;
	}
	put_user_string(w->key, slot, address);
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
