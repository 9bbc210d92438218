/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The context of a record: who did it. All of it but pids as the kernel has them is read in parts, each when a
 * filter needs it or the record is sure to be submitted.
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
	enum { MAX_PID_NS_LEVEL = 32 }; /* include/linux/pid_namespace.h */
	/* The address by hand: aya-obj refuses to relocate an access to a flexible array's element. */
	void *numbers = (void *)__builtin_preserve_access_index(&pid->numbers);

	unknown(level);
	if (level > MAX_PID_NS_LEVEL)
		return false;
	return bpf_probe_read_kernel(to, sizeof(*to), numbers + level * sizeof(*to)) == 0;
}

/* The pid (here: of any thread) in the task's own pid namespace, which goes to `ns`. */
static __always_inline __u32 own_pid(bool typed, struct task_struct *task, __u32 *level, void **ns)
{
	struct pid *pid = MEMBER(typed, task, thread_pid);
	struct upid upid;

	if (!pid) /* reaped */
		return 0;
	*level = MEMBER(typed, pid, level);
	if (!read_upid(pid, *level, &upid))
		return 0;
	*ns = upid.ns;
	return upid.nr;
}

static __always_inline __u32 ns_pid(struct task_struct *task)
{
	__u32 level;
	void *ns;

	return own_pid(false, task, &level, &ns);
}

/* The task's pid in a namespace on a level, or 0 if it can't be seen from there. */
static __always_inline __u32 pid_in(bool typed, struct task_struct *task, __u32 level, void *ns)
{
	struct pid *pid = MEMBER(typed, task, thread_pid);
	struct upid upid;

	if (!pid || MEMBER(typed, pid, level) < level || !read_upid(pid, level, &upid))
		return 0;
	return upid.ns == ns ? upid.nr : 0;
}

/*
 * The number of a task's control group in the hierarchy that containers have theirs in: version 2's, or where that
 * has none, as control says, that of version 1's cpuset.
 */
static __always_inline __u64 cgroup_of(struct control *control, struct task_struct *task)
{
	if (control && control->cpuset_groups &&
	    bpf_core_enum_value_exists(enum cgroup_subsys_id, cpuset_cgrp_id))
		return BPF_CORE_READ(task, cgroups, subsys[0], cgroup, kn, id);
	return BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
}

static __always_inline __u64 current_cgroup(void)
{
	struct control *control = the_control();

	if (control && control->cpuset_groups)
		return cgroup_of(control, current_task());
	return bpf_get_current_cgroup_id();
}

/* Parts of struct record_header, in work.context. */
enum context_part {
	PART_TIME = 1,
	PART_USER = 2,
	PART_CGROUP = 4,
	PART_COMM = 8,
	PART_MORE = 16, /* what takes following pointers */
	ALL_PARTS = 31,
};

/* The part that tells a field; 0 if it is always there. */
static __always_inline __u32 part_of(__u32 field)
{
	if (field == FIELD_UID || field == FIELD_GID)
		return PART_USER;
	if (field == FIELD_COMM)
		return PART_COMM;
	if (field == FIELD_CGROUP_ID)
		return PART_CGROUP;
	if (field == FIELD_TIME)
		return PART_TIME;
	if (field == FIELD_PID || field == FIELD_TID || field == FIELD_PPID ||
	    field == FIELD_HOST_PPID || (field >= FIELD_MNT_NS && field <= FIELD_USER_NS) ||
	    field == FIELD_PROCESS_START_TIME || field == FIELD_THREAD_START_TIME)
		return PART_MORE;
	return 0;
}

/* What is always there. */
static __always_inline void begin_context(struct work *w)
{
	struct record_header *header = &w->stashed.record.header;
	__u64 id = bpf_get_current_pid_tgid();

	header->host_pid = id >> 32;
	header->host_tid = id;
	header->cpu = bpf_get_smp_processor_id();
	header->syscall = -1;
}

/* PART_MORE, of a task that the verifier knows or not. */
static __always_inline void put_more_context(struct record_header *header, bool typed,
					     struct task_struct *task)
{
	struct task_struct *leader = MEMBER(typed, task, group_leader);
	struct task_struct *parent = MEMBER(typed, leader, real_parent, group_leader);
	struct nsproxy *proxy = MEMBER(typed, task, nsproxy);
	__u32 level = 0;
	void *ns = NULL;

	header->tid = own_pid(typed, task, &level, &ns);
	header->pid = pid_in(typed, leader, level, ns);
	header->ppid = pid_in(typed, parent, level, ns);
	header->host_ppid = MEMBER(typed, parent, tgid);
	header->pid_ns = BPF_CORE_READ((struct pid_namespace *)ns, ns.inum);
	header->thread_start_time = epoch(MEMBER(typed, task, start_boottime));
	header->process_start_time = epoch(MEMBER(typed, leader, start_boottime));
	header->parent_start_time = epoch(MEMBER(typed, parent, start_boottime));
	header->user_ns = MEMBER(typed, task, cred, user_ns, ns.inum);
	if (!proxy) { /* late in a task's exit */
		header->mnt_ns = header->uts_ns = header->net_ns = 0;
		return;
	}
	header->mnt_ns = MEMBER(typed, proxy, mnt_ns, ns.inum);
	header->uts_ns = MEMBER(typed, proxy, uts_ns, ns.inum);
	header->net_ns = MEMBER(typed, proxy, net_ns, ns.inum);
}

__noinline int fill_more_context(__u32 work_key)
{
	struct work *w = work_at(work_key);

	if (!w)
		return 0;
	if (task_has_type())
		put_more_context(&w->stashed.record.header, true, bpf_get_current_task_btf());
	else
		put_more_context(&w->stashed.record.header, false, current_task());
	return 0;
}

/* Reads those of the parts that are not there yet. */
__noinline int fill_context(__u32 work_key, __u32 parts)
{
	struct work *w = work_at(work_key);
	struct record_header *header;
	__u64 user;

	if (!w)
		return 0;
	header = &w->stashed.record.header;
	parts &= ~w->context;
	w->context |= parts;
	if (parts & PART_TIME)
		header->time = epoch(bpf_ktime_get_boot_ns());
	if (parts & PART_USER) {
		user = bpf_get_current_uid_gid();
		header->uid = user;
		header->gid = user >> 32;
	}
	if (parts & PART_CGROUP)
		header->cgroup_id = current_cgroup();
	if (parts & PART_COMM)
		bpf_get_current_comm(header->comm, COMM_SIZE);
	if (parts & PART_MORE)
		fill_more_context(work_key);
	return 0;
}

/* Whether the current task is in a 32-bit syscall. */
static __always_inline bool is_compat(void)
{
	__u32 status = task_has_type() ?
			       bpf_get_current_task_btf()->thread_info.status :
			       BPF_CORE_READ(current_task(), thread_info.status);

	return status & TS_COMPAT;
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
	compat = is_compat();
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
