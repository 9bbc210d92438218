/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* The processes that there are, by an iterator that userland reads: a record's header for each, exact as in events. */

SEC("iter/task")
int list_processes(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct record_header header = {};

	if (!task) /* the end */
		return 0;
	header.host_pid = BPF_CORE_READ(task, tgid);
	header.host_tid = BPF_CORE_READ(task, pid);
	if (header.host_tid != header.host_pid)
		return 0;
	put_more_context(&header, false, task);
	header.flags = RECORD_EXACT;
	header.time = header.process_start_time;
	header.uid = BPF_CORE_READ(task, cred, uid.val);
	header.gid = BPF_CORE_READ(task, cred, gid.val);
	header.cgroup_id = cgroup_of(the_control(), task);
	header.syscall = -1;
	BPF_CORE_READ_STR_INTO(&header.comm, task, comm);
	bpf_seq_write(ctx->meta->seq, &header, sizeof(header));
	return 0;
}
