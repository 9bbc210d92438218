/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Events that are calls of kernel functions, as LSM hooks are. What makes the record is one function,
 * NAME_event; two programs lead to it, of which the loader takes the first that the kernel allows:
 * fentry_NAME and kprobe_NAME. Arguments wait in work.args, 64 bits each; of an `int` only the lower
 * 32 mean something.
 *
 * NAME_event is called twice: first to put what is cheap and to set work.pending to the slots of the rest
 * (paths, strings); then to put those, if the filters on the others are passed. A call that is not what
 * the event says (nothing changed, not the first bytes) sets work.unwanted.
 */

/* Gives the key of a work, and 1; or 0 if nobody wants the event. Walked once by the verifier. */
__noinline int begin_call(__u32 event)
{
	struct control *control = enabled();
	struct work *w = control ? begin_event(control, event) : NULL;

	return w ? w->key + 1 : 0;
}

static __always_inline struct work *work_of_call(__u32 event)
{
	__u32 key = begin_call(event);

	return key ? work_at(key - 1) : NULL;
}

/*
 * The arguments of an fentry program. They are read as memory, because what is loaded from ctx itself is
 * a typed pointer to the verifier, which NAME_event could not store.
 */
static __always_inline void take_arguments(struct work *w, __u64 *ctx, __u32 count)
{
	bpf_probe_read_kernel(w->args, count * sizeof(__u64), ctx);
}

/*
 * The arguments of a kprobe program at the begin of a function: six are in registers, a seventh lies on the stack
 * behind the address of the return.
 */
static __always_inline void take_registers(struct work *w, struct pt_regs *regs)
{
	w->args[0] = regs->di;
	w->args[1] = regs->si;
	w->args[2] = regs->dx;
	w->args[3] = regs->cx;
	w->args[4] = regs->r8;
	w->args[5] = regs->r9;
	w->args[6] = 0;
	bpf_probe_read_kernel(&w->args[6], sizeof(w->args[6]), (void *)(regs->sp + 8));
}

enum phase {
	CHEAP,
	REST,
};

/* Applies the filters on what is cheap. Gives whether the rest is needed. */
static __always_inline bool passes(struct work *w)
{
	bool rest = !w->unwanted && apply_filters(w->key) != DROP;

	w->pending = 0;
	return rest;
}

/*
 * The programs of an event: its name and number, and how many arguments of the function it reads.
 * ON_EXIT has the function's result, ON_INT_EXIT that of a function that gives an int: of the register only
 * the lower half means something.
 */
#define ON_ENTRY(name, event, count)                  \
	SEC("fentry/" #name)                          \
	int fentry_##name(__u64 *ctx)                 \
	{                                             \
		struct work *w = work_of_call(event); \
                                                      \
		if (!w)                               \
			return 0;                     \
		take_arguments(w, ctx, count);        \
		FILL(name);                           \
		return 0;                             \
	}

#define ON_KPROBE(name, event)                        \
	SEC("kprobe/" #name)                          \
	int kprobe_##name(struct pt_regs *regs)       \
	{                                             \
		struct work *w = work_of_call(event); \
                                                      \
		if (!w)                               \
			return 0;                     \
		take_registers(w, regs);              \
		FILL(name);                           \
		return 0;                             \
	}

#define ON_EXIT_OF(name, event, count, type) ON_EXIT_TAKING(name, event, count, count, type)

/* Where the function has more arguments than are read: `all`. */
#define ON_EXIT_TAKING(name, event, count, all, type)                                  \
	SEC("fexit/" #name)                                                            \
	int fexit_##name(__u64 *ctx)                                                   \
	{                                                                              \
		struct work *w = work_of_call(event);                                  \
		__u64 result;                                                          \
                                                                                       \
		if (!w)                                                                \
			return 0;                                                      \
		take_arguments(w, ctx, count);                                         \
		bpf_probe_read_kernel(&result, sizeof(result), ctx + (all));           \
		w->stashed.record.header.retval = (type)result;                        \
		w->flags |= RECORD_RETVAL;                                             \
		FILL(name);                                                            \
		return 0;                                                              \
	}

#define ON_EXIT(name, event, count) ON_EXIT_OF(name, event, count, __s64)
#define ON_INT_EXIT(name, event, count) ON_EXIT_OF(name, event, count, __s32)

#define ON_CALL(name, event, count)  \
	ON_ENTRY(name, event, count) \
	ON_KPROBE(name, event)

/* Where the event means the same without the result. */
#define ON_RETURN(name, event, count) \
	ON_EXIT(name, event, count)   \
	ON_KPROBE(name, event)

#define ON_INT_RETURN(name, event, count) \
	ON_INT_EXIT(name, event, count)   \
	ON_KPROBE(name, event)

#define FILL(name)                                    \
	do {                                          \
		name##_event(w->key, CHEAP);          \
		if (passes(w)) {                      \
			name##_event(w->key, REST);   \
			complete(w);                  \
		}                                     \
		release_work(w);                      \
	} while (0)

/* Opens the definition of NAME_event, which has `w` and `phase`. */
#define CALL(name)                                                              \
	static __always_inline void fill_##name(struct work *w, enum phase phase); \
	__noinline int name##_event(__u32 work_key, __u32 phase)                \
	{                                                                       \
		struct work *w = work_at(work_key);                             \
                                                                                \
		if (w)                                                          \
			fill_##name(w, phase);                                  \
		return 0;                                                       \
	}                                                                       \
	static __always_inline void fill_##name(struct work *w, enum phase phase)

/* Marks slots as still to be put. */
#define LATER(slots) (w->pending = (slots))
#define SLOT(slot) (1ULL << (slot))

/* Argument `index`, at most 4, of the x86-64 syscall `number`, if the task is in that one; `other` if not. */
static __always_inline __u64 syscall_argument(struct work *w, __s32 number, __u32 index, __u64 other)
{
	struct task_struct *task = current_task();
	struct pt_regs *regs = task_registers(task);
	bool compat = is_compat();

	if (w->stashed.record.header.syscall != number)
		return other;
	switch (index) {
	case 0:
		return compat ? (__u32)BPF_CORE_READ(regs, bx) : BPF_CORE_READ(regs, di);
	case 1:
		return compat ? (__u32)BPF_CORE_READ(regs, cx) : BPF_CORE_READ(regs, si);
	case 2:
		return compat ? (__u32)BPF_CORE_READ(regs, dx) : BPF_CORE_READ(regs, dx);
	case 3:
		return compat ? (__u32)BPF_CORE_READ(regs, si) : BPF_CORE_READ(regs, r10);
	default:
		return compat ? (__u32)BPF_CORE_READ(regs, di) : BPF_CORE_READ(regs, r8);
	}
}

/* The current task's file with this descriptor; NULL without one. */
static __always_inline struct file *file_of(__s32 fd)
{
	struct fdtable *table = BPF_CORE_READ(current_task(), files, fdt);
	struct file **files = BPF_CORE_READ(table, fd), *file = NULL;

	if (fd < 0 || (__u32)fd >= BPF_CORE_READ(table, max_fds))
		return NULL;
	bpf_probe_read_kernel(&file, sizeof(file), files + fd);
	return file;
}

/* x86-64 numbers. */
enum syscall_number {
	SYS_MMAP = 9,
	SYS_MPROTECT = 10,
	SYS_IOCTL = 16,
	SYS_DUP = 32,
	SYS_DUP2 = 33,
	SYS_CONNECT = 42,
	SYS_ACCEPT = 43,
	SYS_BIND = 49,
	SYS_LISTEN = 50,
	SYS_SETSOCKOPT = 54,
	SYS_EXECVE = 59,
	SYS_CHDIR = 80,
	SYS_ACCEPT4 = 288,
	SYS_DUP3 = 292,
	SYS_FINIT_MODULE = 313,
	SYS_BPF = 321,
	SYS_EXECVEAT = 322,
	SYS_PKEY_MPROTECT = 329,
};
