/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The context of a record: who did it. Two parts: what a helper or one read tells, always; and what
 * takes many reads, when a filter needs it or the record is sure to be submitted.
 */
#ifndef TRACEE_CONTEXT_H
#define TRACEE_CONTEXT_H

#include "compat.h"
#include "record.h"

static __always_inline struct task_struct *current_task(void)
{
	return (void *)bpf_get_current_task();
}

static __always_inline __u64 epoch(__u64 boot_time)
{
	struct control *control = the_control();

	return boot_time + (control ? control->boot_to_epoch : 0);
}

/* Entry `level` of pid.numbers, read into `to`. */
static __always_inline bool read_upid(struct pid *pid, __u32 level, struct upid *to)
{
	/* The address by hand: aya-obj refuses to relocate an access to a flexible array's element. */
	void *numbers = (void *)__builtin_preserve_access_index(&pid->numbers);

	return bpf_probe_read_kernel(to, sizeof(*to), numbers + level * sizeof(*to)) == 0;
}

/* The pid (here: of any thread) in the task's own pid namespace, which goes to `ns`. */
static __always_inline __u32 own_pid(struct task_struct *task, __u32 *level, void **ns)
{
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	struct upid upid;

	if (!pid) /* reaped */
		return 0;
	*level = BPF_CORE_READ(pid, level);
	if (!read_upid(pid, *level, &upid))
		return 0;
	*ns = upid.ns;
	return upid.nr;
}

static __always_inline __u32 ns_pid(struct task_struct *task)
{
	__u32 level;
	void *ns;

	return own_pid(task, &level, &ns);
}

/* The task's pid in a namespace on a level, or 0 if it can't be seen from there. */
static __always_inline __u32 pid_in(struct task_struct *task, __u32 level, void *ns)
{
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	struct upid upid;

	if (!pid || BPF_CORE_READ(pid, level) < level || !read_upid(pid, level, &upid))
		return 0;
	return upid.ns == ns ? upid.nr : 0;
}

/* Members of struct record_header that cost next to nothing. */
static __always_inline void fill_context(struct work *w)
{
	struct record_header *header = &w->stashed.record.header;
	__u64 id = bpf_get_current_pid_tgid();
	__u64 user = bpf_get_current_uid_gid();

	header->time = epoch(bpf_ktime_get_boot_ns());
	header->host_pid = id >> 32;
	header->host_tid = id;
	header->uid = user;
	header->gid = user >> 32;
	header->cgroup_id = bpf_get_current_cgroup_id();
	header->cpu = bpf_get_smp_processor_id();
	header->syscall = -1;
	bpf_get_current_comm(header->comm, COMM_SIZE);
}

/* The others: some 25 reads. */
__noinline int fill_more_context(__u32 work_key)
{
	struct task_struct *task = current_task(), *leader, *parent;
	struct work *w = work_at(work_key);
	struct record_header *header;
	struct nsproxy *proxy;
	__u32 level = 0;
	void *ns = NULL;

	if (!w)
		return 0;
	header = &w->stashed.record.header;
	w->more_read = 1;
	leader = BPF_CORE_READ(task, group_leader);
	parent = BPF_CORE_READ(leader, real_parent, group_leader);
	header->tid = own_pid(task, &level, &ns);
	header->pid = pid_in(leader, level, ns);
	header->ppid = pid_in(parent, level, ns);
	header->host_ppid = BPF_CORE_READ(parent, tgid);
	header->pid_ns = BPF_CORE_READ((struct pid_namespace *)ns, ns.inum);
	header->thread_start_time = epoch(BPF_CORE_READ(task, start_boottime));
	header->process_start_time = epoch(BPF_CORE_READ(leader, start_boottime));
	header->parent_start_time = epoch(BPF_CORE_READ(parent, start_boottime));
	header->user_ns = BPF_CORE_READ(task, cred, user_ns, ns.inum);
	proxy = BPF_CORE_READ(task, nsproxy); /* NULL late in a task's exit: zeros */
	header->mnt_ns = BPF_CORE_READ(proxy, mnt_ns, ns.inum);
	header->uts_ns = BPF_CORE_READ(proxy, uts_ns, ns.inum);
	header->net_ns = BPF_CORE_READ(proxy, net_ns, ns.inum);
	return 0;
}

static __always_inline bool is_compat(struct task_struct *task)
{
	return BPF_CORE_READ(task, thread_info.status) & TS_COMPAT;
}

/* The event of a syscall, or -1. */
static __always_inline __s32 syscall_event(bool compat, __u64 number)
{
	__u32 *event, key;

	if (!compat)
		number &= ~(__u64)X32_SYSCALL_BIT;
	if (number >= MAX_SYSCALLS)
		return -1;
	key = compat ? MAX_SYSCALLS + number : number;
	event = bpf_map_lookup_elem(&syscalls, &key);
	return event ? (__s32)*event - 1 : -1;
}

/* For programs that are not on a syscall: the one that the task is in. */
static __always_inline __s32 current_syscall(struct task_struct *task)
{
	struct pt_regs *regs;
	__u64 number;
	__s32 event;
	bool compat;

	if (BPF_CORE_READ(task, flags) & PF_KTHREAD)
		return -1;
	regs = task_registers(task);
	number = BPF_CORE_READ(regs, orig_ax);
	compat = is_compat(task);
	event = syscall_event(compat, number);
	/* An x86-64 syscall has the number of its event, but not each has an event. */
	if (event >= 0)
		return event < MAX_SYSCALLS ? event : -1;
	return !compat && number < MAX_SYSCALLS ? number : -1;
}

/* The process's mask in `tree`. */
static __always_inline __u64 tree_mask(__u32 host_pid)
{
	__u64 *mask = bpf_map_lookup_elem(&tree, &host_pid);

	return mask ? *mask : 0;
}

/* Whether control lets this process's events through. */
static __always_inline bool in_scope(struct control *control)
{
	__u32 pid = bpf_get_current_pid_tgid() >> 32;

	if (pid == control->self_pid)
		return false;
	return !control->required_tree || tree_mask(pid) & control->required_tree;
}

#endif
