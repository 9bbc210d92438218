/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* What changes the kernel or the whole machine. Slots as in machine_hooks.tp. */

CALL(security_bpf)
{
	enum { CMD };

	if (phase == CHEAP)
		put_int(w, CMD, (__s32)w->args[0]);
}
ON_CALL(security_bpf, 741, 1)

CALL(security_bpf_map)
{
	enum { MAP_ID, MAP_NAME };
	struct bpf_map *map = (void *)w->args[0];

	if (phase == CHEAP) {
		put_int(w, MAP_ID, BPF_CORE_READ(map, id));
		LATER(SLOT(MAP_NAME));
		return;
	}
	put_kernel_string(w->key, MAP_NAME, (__u64)__builtin_preserve_access_index(&map->name));
}
ON_CALL(security_bpf_map, 742, 1)

CALL(security_bpf_prog)
{
	enum { TYPE, NAME, ID, LOAD };
	enum { BPF_PROG_LOAD = 5 }; /* include/uapi/linux/bpf.h */
	struct bpf_prog *program = (void *)w->args[0];
	struct bpf_prog_aux *aux = BPF_CORE_READ(program, aux);

	if (phase == CHEAP) {
		put_int(w, TYPE, (__s32)BPF_CORE_READ(program, type));
		put_int(w, ID, BPF_CORE_READ(aux, id));
		put_int(w, LOAD, (__u32)syscall_argument(w, SYS_BPF, 0, 0) == BPF_PROG_LOAD);
		LATER(SLOT(NAME));
		return;
	}
	put_kernel_string(w->key, NAME, (__u64)__builtin_preserve_access_index(&aux->name));
}
ON_CALL(security_bpf_prog, 778, 1)

/* A device has its first name until it is registered. */
static __always_inline void put_device_name(struct work *w, __u32 slot, struct device *device)
{
	const char *name = BPF_CORE_READ(device, init_name);

	if (!name)
		name = BPF_CORE_READ(device, kobj.name);
	if (name)
		put_kernel_string(w->key, slot, (__u64)name);
}

CALL(device_add)
{
	enum { NAME, PARENT_NAME };
	struct device *device = (void *)w->args[0], *parent = BPF_CORE_READ(device, parent);

	if (phase == CHEAP) {
		LATER(SLOT(NAME) | SLOT(PARENT_NAME));
		return;
	}
	put_device_name(w, NAME, device);
	if (parent)
		put_device_name(w, PARENT_NAME, parent);
}
ON_CALL(device_add, 759, 1)

CALL(kprobe_attach)
{
	enum { SYMBOL_NAME, PRE_HANDLER, POST_HANDLER };
	struct kprobe *probe = (void *)w->args[0];

	if (phase == CHEAP) {
		put_int(w, PRE_HANDLER, (__u64)BPF_CORE_READ(probe, pre_handler));
		put_int(w, POST_HANDLER, (__u64)BPF_CORE_READ(probe, post_handler));
		LATER(SLOT(SYMBOL_NAME));
		return;
	}
	put_kernel_string(w->key, SYMBOL_NAME, (__u64)BPF_CORE_READ(probe, symbol_name));
}
ON_INT_RETURN(kprobe_attach, 753, 1)

CALL(kallsyms_lookup_name)
{
	enum { SYMBOL_NAME, SYMBOL_ADDRESS };

	if (phase == CHEAP) {
		if (w->flags & RECORD_RETVAL)
			put_int(w, SYMBOL_ADDRESS, w->stashed.record.header.retval);
		LATER(SLOT(SYMBOL_NAME));
		return;
	}
	put_kernel_string(w->key, SYMBOL_NAME, w->args[0]);
}
ON_RETURN(kallsyms_lookup_name, 771, 1)

static __always_inline void put_cgroup(struct work *w, struct cgroup *cgroup, __u64 path)
{
	enum { CGROUP_ID, CGROUP_PATH, HIERARCHY_ID };

	put_int(w, CGROUP_ID, BPF_CORE_READ(cgroup, kn, id));
	put_int(w, HIERARCHY_ID, (__u32)BPF_CORE_READ(cgroup, root, hierarchy_id));
	put_kernel_string(w->key, CGROUP_PATH, path);
	complete(w);
}

SEC("raw_tp/cgroup_mkdir")
int cgroup_mkdir(__u64 *args) /* struct cgroup *cgroup, const char *path */
{
	struct work *w = work_of_call(729);

	if (!w)
		return 0;
	put_cgroup(w, (void *)args[0], args[1]);
	release_work(w);
	return 0;
}

SEC("raw_tp/cgroup_rmdir")
int cgroup_rmdir(__u64 *args) /* struct cgroup *cgroup, const char *path */
{
	struct work *w = work_of_call(730);

	if (!w)
		return 0;
	put_cgroup(w, (void *)args[0], args[1]);
	release_work(w);
	return 0;
}

SEC("raw_tp/cgroup_attach_task")
int cgroup_attach_task(__u64 *args) /* struct cgroup *, const char *path, struct task_struct *, bool */
{
	enum { CGROUP_PATH, COMM, PID };
	struct work *w = work_of_call(728);
	struct task_struct *task;

	if (!w)
		return 0;
	task = (void *)args[2];
	put_int(w, PID, BPF_CORE_READ(task, pid));
	put_kernel_string(w->key, CGROUP_PATH, args[1]);
	put_kernel_string(w->key, COMM, (__u64)__builtin_preserve_access_index(&task->comm));
	complete(w);
	release_work(w);
	return 0;
}
