/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Every syscall, in one program on its return: the registers still hold the arguments then, and the
 * call itself has brought the strings into memory. Only execve and execveat (EVENT_AT_ENTER) lose
 * theirs, so their record is made on entry and waits in `stash`.
 */

/* Begins the record of a syscall; NULL if it is dropped at once, or there is no room. To be released. */
static __always_inline struct work *begin_syscall(struct control *control,
						  struct event_config *config, __u32 key,
						  const struct call *call)
{
	__u32 event = key & (MAX_EVENTS - 1);
	struct passed *passed = passed_of(event);
	__u64 live[SELECTOR_WORDS];
	struct work *w;

	if (passed)
		passed->seen++;
	if (!pass_early(config, call, live))
		return NULL;
	w = take_work(control, event);
	if (!w)
		return NULL;
	begin_record(w, event, key, config);
	w->seen = 1;
	take_early(w, config, live);
	begin_context(w);
	w->stashed.record.header.syscall = event < MAX_SYSCALLS ? event : -1;
	if (call->compat)
		w->flags |= RECORD_COMPAT;
	for (int i = 0; i < MAX_SYSCALL_ARGS; i++)
		w->args[i] = call->args[i];
	put_int_args(w, config);
	return w;
}

SEC("tp_btf/sys_enter")
int sys_enter(__u64 *args) /* struct pt_regs *regs, long number */
{
	struct control *control = enabled();
	struct event_config *config;
	struct call call = {};
	struct loss *lost;
	struct work *w;
	__u32 generation, key;
	__u64 stash_key;
	__s32 event;
	bool compat;

	if (!control)
		return 0;
	compat = is_compat();
	event = syscall_event(compat, args[1]);
	if (event < 0)
		return 0;
	/* Before the tables are chosen: those of a switch in between are taken for older ones. */
	generation = *(volatile __u32 *)&control->generation;
	config = wanted(control, event, &key);
	if (!config || !(config->flags & EVENT_AT_ENTER) || !in_scope(control))
		return 0;
	read_call(&call, (void *)args[0], compat);
	w = begin_syscall(control, config, key, &call);
	if (!w)
		return 0;
	if (apply_filters(w->key) == PASS) {
		stash_key = (__u64)current_task();
		read_other_arguments(w);
		finish(w);
		w->stashed.generation = generation;
		if (bpf_map_update_elem(&stash, &stash_key, &w->stashed, BPF_ANY)) {
			lost = losses_of(event);
			if (lost)
				lost->stash_full++;
			submit(&w->stashed.record, w->tail, event);
		}
	}
	release_work(w);
	return 0;
}

/*
 * Gives a record to the tables of now: those that decided on entry may be gone, and what they let through
 * means nothing in others. Every selector is left but for the return value.
 */
static __always_inline void give_to_others(struct stashed *entry, __u32 generation)
{
	__u32 key = (generation & 1) * MAX_EVENTS + entry->record.header.event;
	struct event_config *config = config_at(key);

	if (!config)
		return;
	entry->config = key;
	for (int i = 0; i < SELECTOR_WORDS; i++)
		entry->record.header.selectors[i] = config->selectors[i];
	entry->record.header.flags &= ~(RECORD_GENERATION | RECORD_INTERNAL);
	if (generation & 1)
		entry->record.header.flags |= RECORD_GENERATION;
}

/* Submits what waits by this key for the return of the task's syscall. Gives whether anything does. */
static __always_inline bool finish_stashed(const struct control *control, __u64 key, __u64 retval)
{
	__u32 generation = *(volatile __u32 *)&control->generation;
	struct stashed *entry = bpf_map_lookup_elem(&stash, &key);

	if (!entry)
		return false;
	if (entry->generation != generation)
		give_to_others(entry, generation);
	entry->record.header.retval = retval;
	entry->record.header.flags |= RECORD_RETVAL;
	if (filter_return(entry, retval)) {
		if (!any(entry->record.header.selectors))
			entry->record.header.flags |= RECORD_INTERNAL;
		submit(&entry->record, entry->record.header.size, entry->record.header.event);
	}
	bpf_map_delete_elem(&stash, &key);
	return true;
}

/* Whether a syscall that succeeds may leave its caller in another working directory. */
static __always_inline bool changes_directory(__s32 event)
{
	enum { CHDIR = 80, FCHDIR = 81, PIVOT_ROOT = 155, SETNS = 308 };

	return event == CHDIR || event == FCHDIR || event == PIVOT_ROOT || event == SETNS;
}

SEC("tp_btf/sys_exit")
int sys_exit(__u64 *args) /* struct pt_regs *regs, long retval */
{
	struct control *control = enabled();
	struct pt_regs *regs = (void *)args[0];
	struct event_config *config;
	__u64 retval = args[1];
	struct call call = {};
	struct work *w;
	__s32 event;
	bool compat;
	__u32 key;

	if (!control)
		return 0;
	compat = is_compat();
	event = syscall_event(compat, regs->orig_ax);
	if (event < 0)
		return 0;
	/* First, so that the event of the call itself is of a process that is there. */
	if (changes_directory(event) && !retval)
		say_new_directory(control);
	key = (control->generation & 1) * MAX_EVENTS + event;
	config = config_at(key);
	if (!config)
		return 0;
	/*
	 * Before anything else: what was stashed must come out. A successful execve has cleared the
	 * registers, but set orig_ax to the number of execve in the new program's mode
	 * (set_personality_64bit and _ia32 in arch/x86/kernel/process_64.c), also for execveat.
	 */
	if (config->flags & EVENT_AT_ENTER) {
		finish_stashed(control, (__u64)current_task(), retval);
		return 0;
	}
	if (!(config->flags & (EVENT_WANTED | EVENT_INTERNAL)) || !in_scope(control))
		return 0;
	read_call(&call, regs, compat);
	call.retval = retval;
	call.returned = true;
	w = begin_syscall(control, config, key, &call);
	if (!w)
		return 0;
	w->stashed.record.header.retval = retval;
	w->flags |= RECORD_RETVAL;
	if (apply_filters(w->key) == PASS) {
		read_other_arguments(w);
		hand_over(w->key);
	}
	release_work(w);
	return 0;
}
