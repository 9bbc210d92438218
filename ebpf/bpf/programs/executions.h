/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Programs that could not be executed. The file is known only in between, where the kernel has opened it: there
 * the record is made, and waits in `stash` for the return of the call. What fails before has its record made
 * on return, without a file. Slots as in identity_hooks.tp.
 */

enum {
	EVENT_EXECUTE_FAILED = 779,
	NOBODY_WANTS = 1, /* in `places`, by the key of the stash: the filters dropped the record */
};

/* What the call says, and what the task has. */
__noinline int put_execution(__u32 work_key, __u32 phase)
{
	enum { DIRFD, FLAGS, PATHNAME, STDIN_TYPE = 9, STDIN_PATH, KERNEL_INVOKED, ARGV, ENVP };
	enum { CURRENT_DIRECTORY = -100, S_IFMT = 0170000 };
	struct work *w = work_at(work_key);
	struct file *input = file_of(0);
	__s32 number;
	bool at;

	if (!w)
		return 0;
	number = w->stashed.record.header.syscall;
	at = number == SYS_EXECVEAT;
	if (phase == CHEAP) {
		put_int(w, DIRFD, (__s32)syscall_argument(w, SYS_EXECVEAT, 0, CURRENT_DIRECTORY));
		put_int(w, FLAGS, (__s32)syscall_argument(w, SYS_EXECVEAT, 4, 0));
		put_int(w, KERNEL_INVOKED, (BPF_CORE_READ(current_task(), flags) & PF_KTHREAD) != 0);
		if (input)
			put_int(w, STDIN_TYPE, BPF_CORE_READ(input, f_inode, i_mode) & S_IFMT);
		w->pending |= SLOT(PATHNAME) | SLOT(STDIN_PATH) | SLOT(ARGV) | SLOT(ENVP);
		return 0;
	}
	put_user_string(work_key, PATHNAME, syscall_argument(w, number, at, 0));
	if (input)
		put_file_path(w, STDIN_PATH, input);
	put_list(work_key, ARGV, syscall_argument(w, number, 1 + at, 0),
		 is_compat() ? LIST_POINTERS_32 : LIST_POINTERS);
	put_list(work_key, ENVP, syscall_argument(w, number, 2 + at, 0),
		 is_compat() ? LIST_POINTERS_32 : LIST_POINTERS);
	return 0;
}

/* What is to be executed. */
__noinline int put_executed_file(__u32 work_key, __u32 phase)
{
	enum { PATH = 3, DEVICE_ID, INODE_NUMBER, CTIME, INODE_MODE, INTERPRETER_PATH };
	struct work *w = work_at(work_key);
	struct linux_binprm *binprm;
	struct file *file;

	if (!w)
		return 0;
	binprm = (void *)w->args[0];
	file = BPF_CORE_READ(binprm, file);
	if (phase == CHEAP) {
		put_inode(w, BPF_CORE_READ(file, f_inode), DEVICE_ID, INODE_NUMBER, CTIME);
		put_int(w, INODE_MODE, BPF_CORE_READ(file, f_inode, i_mode));
		w->pending |= SLOT(PATH) | SLOT(INTERPRETER_PATH);
		return 0;
	}
	put_file_path(w, PATH, file);
	put_kernel_string(work_key, INTERPRETER_PATH, (__u64)BPF_CORE_READ(binprm, interp));
	return 0;
}

static __always_inline bool executes(__s32 number)
{
	return number == SYS_EXECVE || number == SYS_EXECVEAT;
}

/* Keeps a record that is whole but for the result. */
static __always_inline void stash_execution(struct work *w, __u64 key)
{
	struct loss *lost;

	finish(w);
	if (bpf_map_update_elem(&stash, &key, &w->stashed, BPF_ANY) == 0)
		return;
	lost = losses_of(EVENT_EXECUTE_FAILED);
	if (lost)
		lost->stash_full++;
}

static __always_inline void keep_execution(struct work *w)
{
	__u64 key = execution_of(current_task()), nobody = NOBODY_WANTS;
	struct control *control = the_control();

	if (!control || !executes(w->stashed.record.header.syscall))
		return;
	/* As in sys_enter, before the tables are used. */
	w->stashed.generation = *(volatile __u32 *)&control->generation;
	put_executed_file(w->key, CHEAP);
	put_execution(w->key, CHEAP);
	if (passes(w)) {
		put_executed_file(w->key, REST);
		put_execution(w->key, REST);
		if (apply_filters(w->key) == PASS) {
			stash_execution(w, key);
			return;
		}
	}
	bpf_map_update_elem(&places, &key, &nobody, BPF_ANY);
}

SEC("fentry/security_bprm_creds_for_exec")
int fentry_security_bprm_creds_for_exec(__u64 *ctx) /* struct linux_binprm * */
{
	struct work *w = work_of_call(EVENT_EXECUTE_FAILED);

	if (!w)
		return 0;
	take_arguments(w, ctx, 1);
	keep_execution(w);
	release_work(w);
	return 0;
}

SEC("kprobe/security_bprm_creds_for_exec")
int kprobe_security_bprm_creds_for_exec(struct pt_regs *regs)
{
	struct work *w = work_of_call(EVENT_EXECUTE_FAILED);

	if (!w)
		return 0;
	take_registers(w, regs);
	keep_execution(w);
	release_work(w);
	return 0;
}

SEC("tp_btf/sys_exit")
int tracepoint_process_execute_failed(__u64 *args) /* struct pt_regs *regs, long retval */
{
	__u64 key = execution_of(current_task()), retval = args[1];
	struct pt_regs *regs = (void *)args[0];
	struct control *control = enabled();
	struct work *w;

	if (!control || !executes(syscall_event(is_compat(), regs->orig_ax)))
		return 0;
	if ((__s64)retval >= 0) {
		bpf_map_delete_elem(&stash, &key);
		bpf_map_delete_elem(&places, &key);
		return 0;
	}
	if (finish_stashed(control, key, retval) || bpf_map_delete_elem(&places, &key) == 0)
		return 0;
	w = work_of_call(EVENT_EXECUTE_FAILED);
	if (!w)
		return 0;
	w->stashed.record.header.retval = retval;
	w->flags |= RECORD_RETVAL;
	put_execution(w->key, CHEAP);
	if (passes(w)) {
		put_execution(w->key, REST);
		complete(w);
	}
	release_work(w);
	return 0;
}
