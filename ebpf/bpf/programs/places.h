/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Where a change of a directory happens. The LSM hooks on inodes (security_inode_unlink …) have dentries and
 * no mount, so not the path that a process sees. The hooks on paths, which each system call passes just
 * before (CONFIG_SECURITY_PATH), have the mount; it is kept for the task until the other hook asks.
 */

static __always_inline void keep_place(const struct path *directory)
{
	struct control *control = enabled();
	__u64 key = (__u64)current_task(), mount;

	if (!control || !in_scope(control))
		return;
	mount = (__u64)BPF_CORE_READ(directory, mnt);
	bpf_map_update_elem(&places, &key, &mount, BPF_ANY);
}

#define KEEP_PLACE(name)                                              \
	SEC("fentry/" #name)                                          \
	int fentry_##name(__u64 *ctx)                                 \
	{                                                             \
		struct path *directory;                               \
                                                                      \
		bpf_probe_read_kernel(&directory, sizeof(directory), ctx); \
		keep_place(directory);                                \
		return 0;                                             \
	}                                                             \
                                                                      \
	SEC("kprobe/" #name)                                          \
	int kprobe_##name(struct pt_regs *regs)                       \
	{                                                             \
		keep_place((void *)regs->di);                         \
		return 0;                                             \
	}

KEEP_PLACE(security_path_rename)
KEEP_PLACE(security_path_unlink)
KEEP_PLACE(security_path_mknod)
KEEP_PLACE(security_path_symlink)
KEEP_PLACE(security_path_truncate)

/*
 * Finds the mount for the paths of dentries that are put next: that which was kept, if it is of their file
 * system (below overlayfs there is another); else none, and the paths are within the file system.
 */
static __always_inline void find_place(struct work *w, struct dentry *dentry)
{
	__u64 key = (__u64)current_task(), *kept = bpf_map_lookup_elem(&places, &key);
	struct vfsmount *mount;

	w->place = NULL;
	if (!kept)
		return;
	mount = (void *)*kept;
	if (BPF_CORE_READ(mount, mnt_sb) != BPF_CORE_READ(dentry, d_sb))
		return;
	w->place = mount;
	bpf_map_delete_elem(&places, &key);
}

static __always_inline void put_dentry_path(struct work *w, __u32 slot, struct dentry *dentry)
{
	w->dentry = dentry;
	w->mount = w->place;
	put_walked_path(w->key, slot);
}
