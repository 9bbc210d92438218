/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Full paths, from a file's dentry up through its mounts, like d_path without its " (deleted)", and
 * beyond the process's root: the path as the mount namespace sees it. A file without one (memfd)
 * gives its bare name: `memfd:NAME`. Where no mount is known (NULL), the path is that within the file system.
 */
#ifndef TRACEE_PATH_H
#define TRACEE_PATH_H

#include "context.h"

enum {
	NAMES_PER_CALL = 32,
	PATH_CALLS = 2048 / NAMES_PER_CALL, /* half of PATH_MAX: "/a/a/a…" */
	NAME_MAX = 255,
};

enum path_state {
	PATH_GOES_ON,
	PATH_DONE,
	PATH_CUT,
};

/* Puts a name, and a slash before it, in front of what is known. */
static __always_inline bool prepend(struct work *w, struct dentry *dentry, bool slash)
{
	const unsigned char *name = BPF_CORE_READ(dentry, d_name.name);
	__u32 length = BPF_CORE_READ(dentry, d_name.len), at = w->path_at;

	if (length > NAME_MAX || at < length + 1 + (PATH_BUFFER - MAX_STRING - NAME_MAX - 1))
		return false;
	at -= length;
	unknown(at);
	if (at < 1 || at > PATH_BUFFER - NAME_MAX - 1)
		return false;
	length &= NAME_MAX;
	if (bpf_probe_read_kernel(w->path + at, length, name))
		return false;
	if (slash) {
		at--;
		/* A mask that changes nothing: 5.10 doesn't learn from the test above that at > 0. */
		unknown(at);
		w->path[at & (PATH_BUFFER - 1)] = '/';
	}
	w->path_at = at;
	return true;
}

/* Goes some names up. */
__noinline int walk_up(__u32 work_key)
{
	struct work *w = work_at(work_key);

	if (!w)
		return PATH_CUT;
	for (int i = 0; i < NAMES_PER_CALL; i++) {
		struct dentry *dentry = w->dentry, *parent = BPF_CORE_READ(dentry, d_parent);
		struct vfsmount *vfsmount = w->mount;
		struct mount *mount;

		if (dentry == BPF_CORE_READ(vfsmount, mnt_root)) {
			/* The vfsmount is a member of its mount. */
			mount = (void *)vfsmount - bpf_core_field_offset(struct mount, mnt);
			if (mount == BPF_CORE_READ(mount, mnt_parent))
				return PATH_DONE;
			w->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
			mount = BPF_CORE_READ(mount, mnt_parent);
			w->mount = (void *)mount + bpf_core_field_offset(struct mount, mnt);
			continue;
		}
		if (dentry == parent) /* not below a mount's root: it has no path, or was detached */
			return PATH_DONE;
		if (!prepend(w, dentry, true))
			return PATH_CUT;
		w->dentry = parent;
	}
	return PATH_GOES_ON;
}

/* The path of work.dentry under work.mount, into a slot. */
__noinline int put_walked_path(__u32 work_key, __u32 slot)
{
	struct work *w = work_at(work_key);
	__u32 state = PATH_CUT, length;
	void *to;

	if (!w || !w->dentry)
		return 0;
	/* The longest name may be read behind the last byte. */
	w->path_at = PATH_BUFFER - NAME_MAX - 1;
	for (int i = 0; i < PATH_CALLS; i++) {
		state = walk_up(work_key);
		if (state != PATH_GOES_ON)
			break;
	}
	if (w->path_at == PATH_BUFFER - NAME_MAX - 1)
		prepend(w, w->dentry, false);
	to = tail_end(w);
	length = PATH_BUFFER - NAME_MAX - 1 - w->path_at;
	unknown(length);
	if (!to || length > MAX_STRING)
		return 0;
	if (bpf_probe_read_kernel(to, length, w->path + (w->path_at & (PATH_BUFFER - 1))))
		return 0;
	put_tail(w, slot, length, state != PATH_DONE);
	return 0;
}

/* The path of a `struct path`. */
__noinline int put_path_at(__u32 work_key, __u32 slot, __u64 address)
{
	const struct path *path = (void *)address;
	struct work *w = work_at(work_key);

	if (!w)
		return 0;
	w->dentry = BPF_CORE_READ(path, dentry);
	w->mount = BPF_CORE_READ(path, mnt);
	return put_walked_path(work_key, slot);
}

static __always_inline void put_path(struct work *w, __u32 slot, const struct path *path)
{
	put_path_at(w->key, slot, (__u64)path);
}

static __always_inline void put_file_path(struct work *w, __u32 slot, struct file *file)
{
	put_path_at(w->key, slot, (__u64)__builtin_preserve_access_index(&file->f_path));
}

/* Device, inode number and time of change; NO_SLOT for what the event doesn't have. */
enum {
	NO_SLOT = MAX_SLOTS,
};

__noinline int put_inode_at(__u32 work_key, __u64 address, __u32 dev, __u32 number, __u32 ctime)
{
	struct inode *inode = (void *)address;
	struct work *w = work_at(work_key);

	if (!w || !inode)
		return 0;
	put_int(w, dev, BPF_CORE_READ(inode, i_sb, s_dev));
	put_int(w, number, BPF_CORE_READ(inode, i_ino));
	if (ctime != NO_SLOT)
		put_int(w, ctime, inode_ctime(inode));
	return 0;
}

static __always_inline void put_inode(struct work *w, struct inode *inode, __u32 dev, __u32 number,
				      __u32 ctime)
{
	put_inode_at(w->key, (__u64)inode, dev, number, ctime);
}

#endif
