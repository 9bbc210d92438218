/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Memory that becomes executable, and what is read and written. Slots as in memory_hooks.tp. */

enum {
	PROT_EXEC = 4,
	PROT_ALL = 7, /* read, write, execute; the same bits in vm_flags */
};

CALL(security_mmap_file)
{
	enum { PATHNAME, FLAGS, DEV, INODE, CTIME, PROT, MMAP_FLAGS };
	struct file *file = (void *)w->args[0];

	if (phase == CHEAP) {
		if (!file) { /* anonymous memory */
			w->unwanted = 1;
			return;
		}
		put_int(w, FLAGS, (__s32)BPF_CORE_READ(file, f_flags));
		put_inode(w, BPF_CORE_READ(file, f_inode), DEV, INODE, CTIME);
		put_int(w, PROT, w->args[1]);
		put_int(w, MMAP_FLAGS, w->args[2]);
		LATER(SLOT(PATHNAME));
		return;
	}
	put_file_path(w, PATHNAME, file);
}
ON_CALL(security_mmap_file, 747, 3)

CALL(do_mmap)
{
	enum { ADDR, PATHNAME, FLAGS, DEV, INODE, CTIME, PGOFF, LEN, PROT, MMAP_FLAGS };
	enum { MAX_ERRNO = 4095 };
	struct file *file = (void *)w->args[0];
	__u64 result = w->stashed.record.header.retval;

	if (phase != CHEAP) {
		put_file_path(w, PATHNAME, file);
		return;
	}
	if (w->flags & RECORD_RETVAL && result < (__u64)-MAX_ERRNO)
		put_int(w, ADDR, result);
	put_int(w, PGOFF, w->args[mmap_takes_area_flags() ? 6 : 5]);
	put_int(w, LEN, w->args[2]);
	put_int(w, PROT, w->args[3]);
	put_int(w, MMAP_FLAGS, w->args[4]);
	if (!file)
		return;
	put_int(w, FLAGS, (__s32)BPF_CORE_READ(file, f_flags));
	put_inode(w, BPF_CORE_READ(file, f_inode), DEV, INODE, CTIME);
	LATER(SLOT(PATHNAME));
}
/* It has eight arguments, and nine since 6.6: only from then on do trampolines take so many. */
ON_EXIT_TAKING(do_mmap, 772, 7, 9, __s64)
ON_KPROBE(do_mmap, 772)

CALL(shared_object_loaded)
{
	enum { PATHNAME, FLAGS, DEV, INODE, CTIME };
	struct file *file = (void *)w->args[0];

	if (phase == CHEAP) {
		if (!file || !(w->args[1] & PROT_EXEC) ||
		    w->stashed.record.header.syscall != SYS_MMAP) {
			w->unwanted = 1;
			return;
		}
		put_int(w, FLAGS, (__s32)BPF_CORE_READ(file, f_flags));
		put_inode(w, BPF_CORE_READ(file, f_inode), DEV, INODE, CTIME);
		LATER(SLOT(PATHNAME));
		return;
	}
	put_file_path(w, PATHNAME, file);
}
ON_CALL(shared_object_loaded, 761, 2)

CALL(security_file_mprotect)
{
	enum { PATHNAME, PROT, CTIME, PREV_PROT, ADDR, LEN, PKEY };
	struct vm_area_struct *area = (void *)w->args[0];
	struct file *file = BPF_CORE_READ(area, vm_file);
	__s32 number = w->stashed.record.header.syscall;

	if (phase == CHEAP) {
		put_int(w, PROT, (__s32)w->args[1]);
		put_int(w, PREV_PROT, BPF_CORE_READ(area, vm_flags) & PROT_ALL);
		if (number == SYS_MPROTECT || number == SYS_PKEY_MPROTECT) {
			put_int(w, ADDR, syscall_argument(w, number, 0, 0));
			put_int(w, LEN, syscall_argument(w, number, 1, 0));
		}
		put_int(w, PKEY, (__s32)syscall_argument(w, SYS_PKEY_MPROTECT, 3, -1));
		if (file)
			put_int(w, CTIME, inode_ctime(BPF_CORE_READ(file, f_inode)));
		LATER(SLOT(PATHNAME));
		return;
	}
	if (file)
		put_file_path(w, PATHNAME, file);
}
ON_CALL(security_file_mprotect, 748, 2)

/* As Aqua's Tracee numbers them. */
enum memory_alert {
	MMAP_W_X = 1,
	MPROTECT_TO_X,
	MPROTECT_X_TO_W_X,
	MPROTECT_W_X_TO_X,
};

enum {
	ALERT_PATHNAME = 5,
	ALERT_DEV,
	ALERT_INODE,
	ALERT_CTIME,
	PROT_WRITE = 2,
	PROT_W_X = PROT_WRITE | PROT_EXEC,
};

/* A system call that gives memory new rights, and the file behind that, in w->args[0] for later. */
static __always_inline void put_alert(struct work *w, __u32 alert, __u64 prot, __u64 prev_prot,
				      __u64 address, struct file *file)
{
	enum { ALERT, ADDR, LEN, PROT, PREV_PROT };
	__s32 number = w->stashed.record.header.syscall;

	put_int(w, ALERT, alert);
	put_int(w, ADDR, address);
	put_int(w, LEN, syscall_argument(w, number, 1, 0));
	put_int(w, PROT, (__s32)prot);
	put_int(w, PREV_PROT, prev_prot);
	w->args[0] = (__u64)file;
	if (!file)
		return;
	put_inode(w, BPF_CORE_READ(file, f_inode), ALERT_DEV, ALERT_INODE, ALERT_CTIME);
	LATER(SLOT(ALERT_PATHNAME));
}

CALL(mem_prot_alert)
{
	struct vm_area_struct *area = (void *)w->args[0];
	__s32 number = w->stashed.record.header.syscall;
	__u64 prot = w->args[1], before;
	__u32 alert = 0;

	if (phase != CHEAP) {
		if (w->args[0])
			put_file_path(w, ALERT_PATHNAME, (void *)w->args[0]);
		return;
	}
	before = BPF_CORE_READ(area, vm_flags) & PROT_ALL;
	if (!(before & PROT_EXEC) && prot & PROT_EXEC)
		alert = MPROTECT_TO_X;
	else if ((before & PROT_W_X) == PROT_EXEC && (prot & PROT_W_X) == PROT_W_X)
		alert = MPROTECT_X_TO_W_X;
	else if ((before & PROT_W_X) == PROT_W_X && (prot & PROT_W_X) == PROT_EXEC)
		alert = MPROTECT_W_X_TO_X;
	if (!alert || (number != SYS_MPROTECT && number != SYS_PKEY_MPROTECT)) {
		w->unwanted = 1;
		return;
	}
	put_alert(w, alert, prot, before, syscall_argument(w, number, 0, 0),
		  BPF_CORE_READ(area, vm_file));
}
ON_CALL(mem_prot_alert, 724, 2)

/* Memory that may be written and executed from the begin: the other half of mem_prot_alert. */
CALL(security_mmap_addr)
{
	enum { MAP_ANONYMOUS = 0x20 };
	__u64 prot = syscall_argument(w, SYS_MMAP, 2, 0);
	bool anonymous = syscall_argument(w, SYS_MMAP, 3, 0) & MAP_ANONYMOUS;

	if (phase != CHEAP) {
		if (w->args[0])
			put_file_path(w, ALERT_PATHNAME, (void *)w->args[0]);
		return;
	}
	/* In 32 bits, mmap has its arguments elsewhere, and mmap2 is another call. */
	if (is_compat() || (prot & PROT_W_X) != PROT_W_X) {
		w->unwanted = 1;
		return;
	}
	put_alert(w, MMAP_W_X, prot, 0, w->args[0],
		  anonymous ? NULL : file_of(syscall_argument(w, SYS_MMAP, 4, -1)));
}
ON_CALL(security_mmap_addr, 724, 1)

/*
 * A call of vfs_read and its kin, with file, what, how much, and where the offset is. On the way out that has
 * moved by what was read or written.
 */
static __always_inline __u64 offset_before(struct work *w)
{
	__s64 moved = w->stashed.record.header.retval;
	__u64 offset = 0;

	if (!w->args[3] || bpf_probe_read_kernel(&offset, sizeof(offset), (void *)w->args[3]))
		return 0;
	return w->flags & RECORD_RETVAL && moved > 0 ? offset - moved : offset;
}

__noinline int put_transfer(__u32 work_key, __u32 phase)
{
	enum { PATHNAME, DEV, INODE, COUNT, POS };
	struct work *w = work_at(work_key);
	struct file *file;

	if (!w)
		return 0;
	file = (void *)w->args[0];
	if (phase == CHEAP) {
		put_inode(w, BPF_CORE_READ(file, f_inode), DEV, INODE, NO_SLOT);
		put_int(w, COUNT, w->args[2]);
		put_int(w, POS, offset_before(w));
		LATER(SLOT(PATHNAME));
		return 0;
	}
	put_file_path(w, PATHNAME, file);
	return 0;
}

CALL(vfs_write)
{
	put_transfer(w->key, phase);
}
ON_RETURN(vfs_write, 720, 4)

CALL(vfs_writev)
{
	put_transfer(w->key, phase);
}
ON_RETURN(vfs_writev, 721, 5)

CALL(vfs_read)
{
	put_transfer(w->key, phase);
}
ON_RETURN(vfs_read, 722, 4)

CALL(vfs_readv)
{
	put_transfer(w->key, phase);
}
ON_RETURN(vfs_readv, 723, 5)

CALL(__kernel_write)
{
	put_transfer(w->key, phase);
}
ON_RETURN(__kernel_write, 751, 4)

CALL(magic_write)
{
	enum { PATHNAME, BYTES, DEV, INODE, KEPT = 20 };
	struct file *file = (void *)w->args[0];
	__s64 written = w->stashed.record.header.retval;
	void *to;

	if (phase == CHEAP) {
		if (!(w->flags & RECORD_RETVAL) || written <= 0 || offset_before(w)) {
			w->unwanted = 1;
			return;
		}
		put_inode(w, BPF_CORE_READ(file, f_inode), DEV, INODE, NO_SLOT);
		LATER(SLOT(PATHNAME) | SLOT(BYTES));
		return;
	}
	put_file_path(w, PATHNAME, file);
	to = tail_end(w);
	if (written > KEPT)
		written = KEPT;
	written &= 31;
	if (to && bpf_probe_read_user(to, written, (void *)w->args[1]) == 0)
		put_tail(w, BYTES, written, false);
}
ON_EXIT(magic_write, 727, 4)
