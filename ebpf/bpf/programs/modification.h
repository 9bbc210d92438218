/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Files whose time of change moves because they are written to. File systems ask one of three functions for that:
 * file_update_time, file_modified, and since 6.0 kiocb_modified. What the time was is read at the begin of each, and
 * whether it moved at the end. Slots as in file_hooks.tp.
 */

enum {
	EVENT_FILE_MODIFICATION = 776,
	CHANGES = 1024, /* tasks within one of the functions */
};

struct change {
	__u64 file; /* its address */
	__u64 ctime; /* what it was */
};

/* Keyed by the task's address. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, CHANGES);
	__type(key, __u64);
	__type(value, struct change);
} changes SEC(".maps");

static __always_inline void begin_change(struct file *file)
{
	__u64 key = (__u64)current_task();
	struct change change = { .file = (__u64)file };
	struct control *control = enabled();
	__u32 config_key;

	if (!control || !wanted(control, EVENT_FILE_MODIFICATION, &config_key) || !in_scope(control))
		return;
	change.ctime = inode_ctime(BPF_CORE_READ(file, f_inode));
	bpf_map_update_elem(&changes, &key, &change, BPF_ANY);
}

/*
 * Whether the time moved; what it was goes to *before. One function may call another: the first that ends says it,
 * and takes what was kept.
 */
static __always_inline bool end_change(struct file *file, __u64 *before)
{
	__u64 key = (__u64)current_task();
	struct change *change = bpf_map_lookup_elem(&changes, &key);

	if (!change || change->file != (__u64)file)
		return false;
	*before = change->ctime;
	bpf_map_delete_elem(&changes, &key);
	return inode_ctime(BPF_CORE_READ(file, f_inode)) != *before;
}

CALL(file_modification)
{
	enum { FILE_PATH, DEV, INODE, OLD_CTIME, NEW_CTIME };
	struct file *file = (void *)w->args[0];

	if (phase == CHEAP) {
		put_inode(w, BPF_CORE_READ(file, f_inode), DEV, INODE, NEW_CTIME);
		put_int(w, OLD_CTIME, w->args[1]);
		LATER(SLOT(FILE_PATH));
		return;
	}
	put_file_path(w, FILE_PATH, file);
}

static __always_inline void say_change(struct file *file, __s32 result)
{
	struct work *w;
	__u64 before;

	if (!end_change(file, &before))
		return;
	w = work_of_call(EVENT_FILE_MODIFICATION);
	if (!w)
		return;
	w->args[0] = (__u64)file;
	w->args[1] = before;
	w->stashed.record.header.retval = result;
	w->flags |= RECORD_RETVAL;
	FILL(file_modification);
}

static __always_inline struct file *first_file(__u64 *ctx)
{
	struct file *file;

	bpf_probe_read_kernel(&file, sizeof(file), ctx);
	return file;
}

/* kiocb_modified has a request, which has the file. */
static __always_inline struct file *file_of_request(__u64 *ctx)
{
	struct kiocb *request;

	bpf_probe_read_kernel(&request, sizeof(request), ctx);
	return BPF_CORE_READ(request, ki_filp);
}

static __always_inline __s32 result_of_one(__u64 *ctx)
{
	__u64 result;

	bpf_probe_read_kernel(&result, sizeof(result), ctx + 1);
	return result;
}

/* The loader has both programs of a function or none. */
#define ON_CHANGE(function, event, file)                          \
	SEC("fentry/" #function)                                  \
	int fentry_##function(__u64 *ctx)                         \
	{                                                         \
		begin_change(file(ctx));                          \
		return 0;                                         \
	}                                                         \
                                                                  \
	SEC("fexit/" #function)                                   \
	int fexit_##event(__u64 *ctx)                             \
	{                                                         \
		say_change(file(ctx), result_of_one(ctx));        \
		return 0;                                         \
	}

ON_CHANGE(file_update_time, file_modification, first_file)
ON_CHANGE(file_modified, file_modified, first_file)
ON_CHANGE(kiocb_modified, kiocb_modified, file_of_request)
