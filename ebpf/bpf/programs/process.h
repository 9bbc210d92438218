/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The life of processes: fork, exec, exit. These also keep `tree`, whether the events are wanted or
 * not. The slots of each event are numbered here in the order of its declaration in
 * stdlib-signatures/events.
 */

enum {
	EVENT_FORK = 714,
	EVENT_EXIT = 716, /* EVENT_EXEC is in args.h */
	EVENT_DIRECTORY = 2903,
};

/* The child is in the trees that its parent is in, and in its own if its pid is that of a root. */
static __always_inline void inherit_tree(struct task_struct *child)
{
	__u32 from = bpf_get_current_pid_tgid() >> 32, to = BPF_CORE_READ(child, tgid);
	__u64 mask = tree_mask(from), *root;
	struct loss *lost;

	if (from == to)
		return;
	root = bpf_map_lookup_elem(&tree_roots, &to);
	if (root)
		mask |= *root;
	if (!mask)
		return;
	if (bpf_map_update_elem(&tree, &to, &mask, BPF_ANY) == 0)
		return;
	lost = losses_of(EVENT_FORK);
	if (lost)
		lost->tree_full++;
	miss(to);
}

/* Five slots: tid, ns_tid, pid, ns_pid, start_time. */
static __always_inline void put_task(struct work *w, __u32 slot, struct task_struct *task)
{
	put_int(w, slot, BPF_CORE_READ(task, pid));
	put_int(w, slot + 1, ns_pid(task));
	put_int(w, slot + 2, BPF_CORE_READ(task, tgid));
	put_int(w, slot + 3, ns_pid(BPF_CORE_READ(task, group_leader)));
	put_int(w, slot + 4, epoch(BPF_CORE_READ(task, start_boottime)));
}

static __always_inline void put_directory(struct work *w)
{
	enum { PATH };
	struct fs_struct *fs = BPF_CORE_READ(current_task(), fs);

	put_path(w, PATH, __builtin_preserve_access_index(&fs->pwd));
}

/* The current process went to another directory. */
static __always_inline void say_new_directory(struct control *control)
{
	struct work *w = begin_event(control, EVENT_DIRECTORY);

	if (!w)
		return;
	put_directory(w);
	complete(w);
	release_work(w);
}

/*
 * Where the current process is, if the process tree wants to know: should the event of a change have been lost, it
 * knows again. No selector has it: nothing changed.
 */
static __always_inline void say_directory(struct control *control)
{
	__u32 key = (control->generation & 1) * MAX_EVENTS + EVENT_DIRECTORY;
	struct event_config *config = config_at(key);
	struct work *w;

	if (!config || !(config->flags & EVENT_INTERNAL))
		return;
	w = begin_event(control, EVENT_DIRECTORY);
	if (!w)
		return;
	put_directory(w);
	for (int i = 0; i < SELECTOR_WORDS; i++)
		w->live[i] = 0;
	hand_over(w->key);
	release_work(w);
}

SEC("raw_tp/sched_process_fork")
int sched_process_fork(__u64 *args) /* struct task_struct *parent, *child */
{
	enum { PARENT = 0, CHILD = 5, PARENT_PROCESS = 10, LEADER = 15 };
	struct task_struct *child = (void *)args[1], *leader;
	struct control *control;
	struct work *w;

	inherit_tree(child);
	control = enabled();
	if (!control)
		return 0;
	w = begin_event(control, EVENT_FORK);
	if (!w)
		return 0;
	leader = BPF_CORE_READ(child, group_leader);
	put_task(w, PARENT, (void *)args[0]);
	put_task(w, CHILD, child);
	put_task(w, PARENT_PROCESS, BPF_CORE_READ(leader, real_parent, group_leader));
	put_task(w, LEADER, leader);
	complete(w);
	release_work(w);
	return 0;
}

SEC("raw_tp/sched_process_exec")
int sched_process_exec(__u64 *args) /* struct task_struct *task, pid_t old_pid, struct linux_binprm * */
{
	enum { CMDPATH, PATHNAME, DEV, INODE, CTIME, INODE_MODE, INTERP }; /* EXEC_ARGV, EXEC_ENV */
	struct linux_binprm *binprm = (void *)args[2];
	struct control *control = enabled();
	struct inode *inode;
	struct file *file;
	struct work *w;

	if (!control)
		return 0;
	say_directory(control);
	w = begin_event(control, EVENT_EXEC);
	if (!w)
		return 0;
	file = BPF_CORE_READ(binprm, file);
	inode = BPF_CORE_READ(file, f_inode);
	put_inode(w, inode, DEV, INODE, CTIME);
	put_int(w, INODE_MODE, BPF_CORE_READ(inode, i_mode));
	put_kernel_string(w->key, CMDPATH, (__u64)BPF_CORE_READ(binprm, filename));
	put_file_path(w, PATHNAME, file);
	put_kernel_string(w->key, INTERP, (__u64)BPF_CORE_READ(binprm, interp));
	if (apply_filters(w->key) == PASS) {
		read_exec_list(w->key, EXEC_ARGV);
		read_exec_list(w->key, EXEC_ENV);
		complete(w);
	}
	release_work(w);
	return 0;
}

/* The key in `stash` of what waits there for executions.h, beside the system call itself. */
static __always_inline __u64 execution_of(struct task_struct *task)
{
	return (__u64)task + 1;
}

/* A task that never returns from its execve (an oops, a kill by seccomp): what is known goes out. */
static __always_inline void abandon_stashed(__u64 key)
{
	struct stashed *entry = bpf_map_lookup_elem(&stash, &key);

	if (!entry)
		return;
	submit(&entry->record, entry->record.header.size, entry->record.header.event);
	bpf_map_delete_elem(&stash, &key);
}

SEC("raw_tp/sched_process_exit")
int sched_process_exit(__u64 *args) /* struct task_struct *task */
{
	enum { EXIT_CODE, SIGNAL_CODE, PROCESS_GROUP_EXIT };
	struct task_struct *task = (void *)args[0];
	struct control *control = enabled();
	__u32 pid = bpf_get_current_pid_tgid() >> 32;
	struct work *w;
	bool last;
	int code;

	abandon_stashed((__u64)task);
	abandon_stashed(execution_of(task));
	/* Counted down before the tracepoint. Two threads that exit at once may both see 0. */
	last = BPF_CORE_READ(task, signal, live.counter) == 0;
	if (control) {
		w = begin_event(control, EVENT_EXIT);
		if (w) {
			code = BPF_CORE_READ(task, exit_code);
			put_int(w, EXIT_CODE, code >> 8 & 0xff);
			put_int(w, SIGNAL_CODE, code & 0x7f);
			put_int(w, PROCESS_GROUP_EXIT, last);
			complete(w);
			release_work(w);
		}
	}
	if (last)
		bpf_map_delete_elem(&tree, &pid);
	return 0;
}
