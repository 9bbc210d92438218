/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Programs of BPF that were attached to tracepoints, kprobes and uprobes: through a perf event, by ioctl(2) or as a
 * link of bpf(2), or to a raw tracepoint, by bpf(2). Slots as in machine_hooks.tp.
 */

enum {
	EVENT_BPF_ATTACH = 770,
};

enum attach_point { /* as Aqua's Tracee numbers them */
	RAW_TRACEPOINT,
	PERF_TRACEPOINT,
	PERF_KPROBE,
	PERF_KRETPROBE,
	PERF_UPROBE,
	PERF_URETPROBE,
};

enum {
	ATTACH_PROG_TYPE,
	ATTACH_PROG_NAME,
	ATTACH_PROG_ID,
	ATTACH_SYMBOL_NAME,
	ATTACH_SYMBOL_ADDR,
	ATTACH_TYPE,
};

__noinline int put_attached(__u32 work_key, __u32 phase, __u64 address)
{
	struct bpf_prog *program = (void *)address;
	struct bpf_prog_aux *aux = BPF_CORE_READ(program, aux);
	struct work *w = work_at(work_key);

	if (!w)
		return 0;
	if (phase == CHEAP) {
		put_int(w, ATTACH_PROG_TYPE, (__s32)BPF_CORE_READ(program, type));
		put_int(w, ATTACH_PROG_ID, BPF_CORE_READ(aux, id));
		LATER(SLOT(ATTACH_PROG_NAME) | SLOT(ATTACH_SYMBOL_NAME));
		return 0;
	}
	put_kernel_string(work_key, ATTACH_PROG_NAME,
			  (__u64)__builtin_preserve_access_index(&aux->name));
	return 0;
}

/*
 * The probe that an event of tracing belongs to; NULL if it is of no probe. An event of a probe is a member of a
 * trace_probe_event, whose first probe points back to that.
 */
static __always_inline struct trace_probe *probe_of(struct trace_event_call *call)
{
	struct trace_probe_event *event =
		(void *)call - bpf_core_field_offset(struct trace_probe_event, call);
	struct trace_probe *probe = (void *)BPF_CORE_READ(event, probes.next) -
				    bpf_core_field_offset(struct trace_probe, list);

	return BPF_CORE_READ(probe, event) == event ? probe : NULL;
}

static __always_inline void put_kprobe(struct work *w, enum phase phase, struct trace_probe *probe)
{
	struct trace_kprobe *kprobe = (void *)probe - bpf_core_field_offset(struct trace_kprobe, tp);
	bool returns = BPF_CORE_READ(kprobe, rp.handler);

	if (phase == CHEAP) {
		put_int(w, ATTACH_TYPE, returns ? PERF_KRETPROBE : PERF_KPROBE);
		put_int(w, ATTACH_SYMBOL_ADDR, (__u64)BPF_CORE_READ(kprobe, rp.kp.addr));
		return;
	}
	put_kernel_string(w->key, ATTACH_SYMBOL_NAME, (__u64)BPF_CORE_READ(kprobe, symbol));
}

static __always_inline void put_uprobe(struct work *w, enum phase phase, struct trace_probe *probe)
{
	struct trace_uprobe *uprobe = (void *)probe - bpf_core_field_offset(struct trace_uprobe, tp);
	bool returns = BPF_CORE_READ(uprobe, consumer.ret_handler);

	if (phase == CHEAP) {
		put_int(w, ATTACH_TYPE, returns ? PERF_URETPROBE : PERF_UPROBE);
		put_int(w, ATTACH_SYMBOL_ADDR, BPF_CORE_READ(uprobe, offset));
		return;
	}
	put_kernel_string(w->key, ATTACH_SYMBOL_NAME, (__u64)BPF_CORE_READ(uprobe, filename));
}

static __always_inline void put_tracepoint(struct work *w, struct trace_event_call *call)
{
	enum { IS_TRACEPOINT = 0x18 };
	const char *name = BPF_CORE_READ(call, name);

	/*
	 * TRACE_EVENT_FL_TRACEPOINT is 0x10, and 8 since 6.13 ("tracing: Remove TRACE_EVENT_FL_FILTERED logic"). The
	 * other one of them is never set where a program can be attached.
	 */
	if (BPF_CORE_READ(call, flags) & IS_TRACEPOINT)
		name = BPF_CORE_READ(call, tp, name);
	put_kernel_string(w->key, ATTACH_SYMBOL_NAME, (__u64)name);
}

/* Of a file's name as a descriptor's link in /proc has it, the first eight bytes: files that have no path. */
static __always_inline bool is_named(struct file *file, const char *name)
{
	const unsigned char *from = BPF_CORE_READ(file, f_path.dentry, d_name.name);
	__u64 first = 0;

	return bpf_probe_read_kernel(&first, sizeof(first), from) == 0 &&
	       first == *(const __u64 *)name;
}

/* What a descriptor of bpf(2) or perf_event_open(2) stands for; NULL if it is no such descriptor. */
static __always_inline void *behind(__s32 fd, const char *name)
{
	struct file *file = file_of(fd);

	return file && is_named(file, name) ? BPF_CORE_READ(file, private_data) : NULL;
}

static __always_inline struct bpf_prog *program_of(__s32 fd)
{
	return behind(fd, "bpf-prog");
}

__noinline int put_perf_event(__u32 work_key, __u32 phase, __u64 address)
{
	/* TRACE_EVENT_FL_CAP_ANY is 2, and 1 since 6.13: anybody may have the event, which is so of uprobes. */
	enum { FOR_ANYBODY = 3 };
	struct trace_event_call *call = (void *)address;
	struct trace_probe *probe = probe_of(call);
	struct work *w = work_at(work_key);

	if (!w)
		return 0;
	if (probe && BPF_CORE_READ(call, flags) & FOR_ANYBODY)
		put_uprobe(w, phase, probe);
	else if (probe)
		put_kprobe(w, phase, probe);
	else if (phase == CHEAP)
		put_int(w, ATTACH_TYPE, PERF_TRACEPOINT);
	else
		put_tracepoint(w, call);
	return 0;
}

/* What was attached, and where: to an event of tracing, or to the raw tracepoint of this name. */
struct attachment {
	struct bpf_prog *program;
	struct trace_event_call *call;
	const char *name; /* in the caller's memory if the program is for raw tracepoints, else in the kernel's */
	bool of_caller;
};

static __always_inline void find_perf_event(struct attachment *found, __s32 program, __s32 event)
{
	struct perf_event *perf_event = behind(event, "[perf_ev");

	found->program = program_of(program);
	/* Counters have none: what is attached to them sees when they overflow. */
	found->call = perf_event ? BPF_CORE_READ(perf_event, tp_event) : NULL;
}

static __always_inline void find_raw_tracepoint(struct attachment *found, __s32 program, __u64 name)
{
	enum { TRACING = 26, TRACE_RAW_TP = 23 }; /* include/uapi/linux/bpf.h */
	struct bpf_prog *it = program_of(program);

	found->program = it;
	found->name = (void *)name;
	found->of_caller = true;
	/* A program that knows its tracepoint names it itself; others of its type go to functions. */
	if (it && BPF_CORE_READ(it, type) == TRACING) {
		found->of_caller = false;
		found->name = (__u32)BPF_CORE_READ(it, expected_attach_type) == TRACE_RAW_TP ?
				      BPF_CORE_READ(it, aux, attach_func_name) :
				      NULL;
	}
}

/* The head of union bpf_attr, in the two commands that attach. */
union attach_attr {
	struct {
		__u64 name;
		__u32 prog_fd;
	} raw_tracepoint;
	struct {
		__u32 prog_fd, target_fd, attach_type;
	} link_create;
};

static __always_inline void find_link(struct attachment *found, __u32 command, __u64 address)
{
	enum { RAW_TRACEPOINT_OPEN = 17, LINK_CREATE = 28 };
	enum { TRACE_RAW_TP = 23, PERF_EVENT = 41 };
	union attach_attr attr = {};

	if (command != RAW_TRACEPOINT_OPEN && command != LINK_CREATE)
		return;
	if (bpf_probe_read_user(&attr, sizeof(attr), (void *)address))
		return;
	if (command == RAW_TRACEPOINT_OPEN)
		find_raw_tracepoint(found, attr.raw_tracepoint.prog_fd, attr.raw_tracepoint.name);
	else if (attr.link_create.attach_type == PERF_EVENT)
		find_perf_event(found, attr.link_create.prog_fd, attr.link_create.target_fd);
	else if (attr.link_create.attach_type == TRACE_RAW_TP)
		find_raw_tracepoint(found, attr.link_create.prog_fd, 0);
}

static __always_inline void say_attachment(struct work *w, const struct attachment *found)
{
	put_attached(w->key, CHEAP, (__u64)found->program);
	if (found->call)
		put_perf_event(w->key, CHEAP, (__u64)found->call);
	else
		put_int(w, ATTACH_TYPE, RAW_TRACEPOINT);
	if (!passes(w))
		return;
	put_attached(w->key, REST, (__u64)found->program);
	if (found->call)
		put_perf_event(w->key, REST, (__u64)found->call);
	else if (found->of_caller)
		put_user_string(w->key, ATTACH_SYMBOL_NAME, (__u64)found->name);
	else
		put_kernel_string(w->key, ATTACH_SYMBOL_NAME, (__u64)found->name);
	complete(w);
}

/*
 * Where the two system calls return: the kernel's functions below them can't be traced, as they are tracing
 * themselves.
 */
SEC("tp_btf/sys_exit")
int tracepoint_bpf_attach(__u64 *args) /* struct pt_regs *regs, long retval */
{
	enum { SET_BPF = 0x40042408 }; /* PERF_EVENT_IOC_SET_BPF */
	struct pt_regs *regs = (void *)args[0];
	struct attachment found = {};
	__s64 result = args[1];
	__u64 first, second;
	struct work *w;
	__s32 event;
	bool compat;

	if (result < 0 || !enabled())
		return 0;
	compat = is_compat();
	event = syscall_event(compat, regs->orig_ax);
	first = compat ? (__u32)regs->bx : regs->di;
	second = compat ? (__u32)regs->cx : regs->si;
	if (event == SYS_IOCTL && (__u32)second == SET_BPF)
		find_perf_event(&found, regs->dx, first);
	else if (event == SYS_BPF)
		find_link(&found, first, second);
	if (!found.program || (!found.call && !found.name))
		return 0;
	w = work_of_call(EVENT_BPF_ATTACH);
	if (!w)
		return 0;
	w->stashed.record.header.retval = result;
	w->flags |= RECORD_RETVAL;
	say_attachment(w, &found);
	release_work(w);
	return 0;
}
