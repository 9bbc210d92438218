/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What differs between the kernels 5.10 to 7.x. Each shim names the version that changed it; a
 * flavour (`struct inode___5_10`) is the type as it was there.
 */
#ifndef TRACEE_COMPAT_H
#define TRACEE_COMPAT_H

#include "kernel.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct timespec64___shim {
	__s64 tv_sec;
	long tv_nsec;
};

struct inode___5_10 {
	struct timespec64___shim i_ctime;
};

struct inode___6_6 {
	struct timespec64___shim __i_ctime;
};

struct inode___6_11 {
	__s64 i_ctime_sec;
	__u32 i_ctime_nsec;
};

#pragma clang attribute pop

enum bpf_func_id___5_11 {
	BPF_FUNC_get_current_task_btf___5_11 = 158,
};

enum bpf_func_id___5_15 {
	BPF_FUNC_task_pt_regs___5_15 = 175,
};

/*
 * Whether bpf_get_current_task_btf is there, since 5.11 ("bpf: Add bpf_get_current_task_btf helper"): the
 * verifier knows the type of what it gives, so that members are plain loads. Otherwise each is a call.
 */
static __always_inline bool task_has_type(void)
{
	return bpf_core_enum_value_exists(enum bpf_func_id___5_11,
					  BPF_FUNC_get_current_task_btf___5_11);
}

/* The member at the end of a chain of pointers, of which none is NULL. `typed` is a constant. */
#define MEMBER(typed, from, ...) \
	((typed) ? ___arrow(from, __VA_ARGS__) : BPF_CORE_READ(from, __VA_ARGS__))

/*
 * inode.i_ctime became __i_ctime in 6.6 ("fs: rename i_ctime field to __i_ctime"), and
 * two members in 6.11 ("fs: switch timespec64 fields in inode to discrete integers"). Since 6.13 the
 * upper bit of the nanoseconds says that someone asked for them (I_CTIME_QUERIED in
 * include/linux/fs.h).
 */
static __always_inline __u64 inode_ctime(struct inode *inode)
{
	struct inode___6_11 *newest = (void *)inode;
	struct inode___6_6 *newer = (void *)inode;
	struct inode___5_10 *old = (void *)inode;

	if (bpf_core_field_exists(newest->i_ctime_sec))
		return BPF_CORE_READ(newest, i_ctime_sec) * 1000000000ULL +
		       (BPF_CORE_READ(newest, i_ctime_nsec) & 0x7fffffff);
	if (bpf_core_field_exists(newer->__i_ctime))
		return BPF_CORE_READ(newer, __i_ctime.tv_sec) * 1000000000ULL +
		       BPF_CORE_READ(newer, __i_ctime.tv_nsec);
	return BPF_CORE_READ(old, i_ctime.tv_sec) * 1000000000ULL +
	       BPF_CORE_READ(old, i_ctime.tv_nsec);
}

struct mnt_idmap___6_2 {
	int unused;
};

struct renamedata___5_12 {
	void *old_mnt_userns;
};

/*
 * Whether functions of the VFS on a dentry have one argument before it: a user namespace since 5.12
 * ("fs: make helpers idmap mount aware"), a struct mnt_idmap since 6.3.
 */
static __always_inline bool vfs_takes_idmap(void)
{
	struct renamedata___5_12 *data = NULL;

	return bpf_core_type_exists(struct mnt_idmap___6_2) ||
	       bpf_core_field_exists(data->old_mnt_userns);
}

struct debugfs_inode_info___6_15 {
	void *aux;
};

/*
 * Whether __debugfs_create_file has one argument more before the last two, since 6.15 ("debugfs: allow to store
 * an additional opaque pointer at file creation").
 */
static __always_inline bool debugfs_takes_aux(void)
{
	struct debugfs_inode_info___6_15 *info = NULL;

	return bpf_core_field_exists(info->aux);
}

/*
 * Whether do_mmap has the flags of the area before the offset, since 6.6 ("mm: Re-introduce vm_flags to do_mmap()"):
 * since inode.i_ctime has another name.
 */
static __always_inline bool mmap_takes_area_flags(void)
{
	struct inode___6_11 *newest = NULL;
	struct inode___6_6 *newer = NULL;

	return bpf_core_field_exists(newest->i_ctime_sec) ||
	       bpf_core_field_exists(newer->__i_ctime);
}

static __always_inline __u64 nanoseconds(struct timespec64 *time)
{
	return BPF_CORE_READ(time, tv_sec) * 1000000000ULL + BPF_CORE_READ(time, tv_nsec);
}

/*
 * Reads a NUL-terminated string of the traced process; its length with the NUL, or an error. For
 * an empty string the helper itself gives 0 before 6.14 ("mm: fix strncpy_from_user_nofault() empty
 * string handling").
 */
static __always_inline long read_user_string(void *to, __u32 size, __u64 from)
{
	long length = bpf_probe_read_user_str(to, size, (void *)from);

	return length == 0 ? 1 : length;
}

/*
 * The registers that a task entered the kernel with. The helper is there since 5.15 (commit
 * "bpf: Add bpf_task_pt_regs() helper"). Before it they lie at the top of the task's stack, which
 * has 16 KiB on every x86-64 kernel without KASAN (arch/x86/include/asm/page_64_types.h).
 */
static __always_inline struct pt_regs *task_registers(struct task_struct *task)
{
	enum { THREAD_SIZE = 16384, SIZEOF_PT_REGS = 168 };

	if (bpf_core_enum_value_exists(enum bpf_func_id___5_15, BPF_FUNC_task_pt_regs___5_15))
		return (void *)bpf_task_pt_regs(bpf_get_current_task_btf());
	return BPF_CORE_READ(task, stack) + THREAD_SIZE - SIZEOF_PT_REGS;
}

#endif
