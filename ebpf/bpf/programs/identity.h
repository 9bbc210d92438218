/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* What a process may do and what it runs. Slots as in identity_hooks.tp. */

enum {
	CRED_SLOTS = 15, /* struct credentials in types/security.tp */
	CAP_OPT_NOAUDIT = 2, /* include/linux/security.h, since 5.1 */
};

/* One word, which before 6.3 was an array of two halves. */
#define capabilities(set)                                                              \
	({                                                                             \
		__u64 word = 0;                                                        \
		bpf_probe_read_kernel(&word, sizeof(word), __builtin_preserve_access_index(set)); \
		word;                                                                  \
	})

__noinline int put_credentials(__u32 work_key, __u32 slot, __u64 address)
{
	struct cred *cred = (void *)address;
	struct work *w = work_at(work_key);

	if (!w)
		return 0;
	put_int(w, slot, BPF_CORE_READ(cred, uid.val));
	put_int(w, slot + 1, BPF_CORE_READ(cred, gid.val));
	put_int(w, slot + 2, BPF_CORE_READ(cred, suid.val));
	put_int(w, slot + 3, BPF_CORE_READ(cred, sgid.val));
	put_int(w, slot + 4, BPF_CORE_READ(cred, euid.val));
	put_int(w, slot + 5, BPF_CORE_READ(cred, egid.val));
	put_int(w, slot + 6, BPF_CORE_READ(cred, fsuid.val));
	put_int(w, slot + 7, BPF_CORE_READ(cred, fsgid.val));
	put_int(w, slot + 8, BPF_CORE_READ(cred, user_ns, ns.inum));
	put_int(w, slot + 9, BPF_CORE_READ(cred, securebits));
	put_int(w, slot + 10, capabilities(&cred->cap_inheritable));
	put_int(w, slot + 11, capabilities(&cred->cap_permitted));
	put_int(w, slot + 12, capabilities(&cred->cap_effective));
	put_int(w, slot + 13, capabilities(&cred->cap_bset));
	put_int(w, slot + 14, capabilities(&cred->cap_ambient));
	return 0;
}

CALL(commit_creds)
{
	bool changed = false;

	if (phase != CHEAP)
		return;
	put_credentials(w->key, 0, (__u64)BPF_CORE_READ(current_task(), real_cred));
	put_credentials(w->key, CRED_SLOTS, w->args[0]);
	for (int i = 0; i < CRED_SLOTS; i++)
		changed |= w->stashed.record.slots[i] != w->stashed.record.slots[i + CRED_SLOTS];
	w->unwanted = !changed;
}
ON_CALL(commit_creds, 725, 1)

/* The number of a namespace, if it is another one than before. */
static __always_inline bool put_changed(struct work *w, __u32 slot, __u32 before, __u32 after)
{
	if (before == after)
		return false;
	put_int(w, slot, after);
	return true;
}

CALL(switch_task_ns)
{
	enum { PID, NEW_MNT, NEW_PID, NEW_UTS, NEW_IPC, NEW_NET, NEW_CGROUP };
	struct task_struct *task = (void *)w->args[0];
	struct nsproxy *from = BPF_CORE_READ(task, nsproxy), *to = (void *)w->args[1];
	bool changed = false;

	if (phase != CHEAP)
		return;
	if (!to) { /* it ends */
		w->unwanted = 1;
		return;
	}
	put_int(w, PID, BPF_CORE_READ(task, pid));
#define NAMESPACE(slot, member) \
	changed |= put_changed(w, slot, BPF_CORE_READ(from, member, ns.inum), \
			       BPF_CORE_READ(to, member, ns.inum))
	NAMESPACE(NEW_MNT, mnt_ns);
	NAMESPACE(NEW_PID, pid_ns_for_children);
	NAMESPACE(NEW_UTS, uts_ns);
	NAMESPACE(NEW_IPC, ipc_ns);
	NAMESPACE(NEW_NET, net_ns);
	NAMESPACE(NEW_CGROUP, cgroup_ns);
#undef NAMESPACE
	w->unwanted = !changed;
}
ON_CALL(switch_task_ns, 726, 2)

CALL(cap_capable)
{
	enum { CAP };

	if (phase != CHEAP)
		return;
	put_int(w, CAP, (__s32)w->args[2]);
	w->unwanted = (w->args[3] & CAP_OPT_NOAUDIT) != 0;
}
ON_CALL(cap_capable, 719, 4)

CALL(security_bprm_check)
{
	enum { PATHNAME, DEV, INODE, ARGV, ENVP };
	struct linux_binprm *binprm = (void *)w->args[0];
	__s32 number = w->stashed.record.header.syscall;
	struct file *file = BPF_CORE_READ(binprm, file);
	bool at = number == SYS_EXECVEAT;
	__u32 kind = LIST_POINTERS;

	if (phase == CHEAP) {
		put_inode(w, BPF_CORE_READ(file, f_inode), DEV, INODE, NO_SLOT);
		LATER(SLOT(PATHNAME) | SLOT(ARGV) | SLOT(ENVP));
		return;
	}
	put_file_path(w, PATHNAME, file);
	if (number != SYS_EXECVE && !at)
		return;
	if (is_compat())
		kind = LIST_POINTERS_32;
	put_list(w->key, ARGV, syscall_argument(w, number, 1 + at, 0), kind);
	put_list(w->key, ENVP, syscall_argument(w, number, 2 + at, 0), kind);
}
ON_CALL(security_bprm_check, 731, 1)

CALL(security_task_setrlimit)
{
	enum { TARGET_HOST_PID, RESOURCE, NEW_RLIM_CUR, NEW_RLIM_MAX };
	struct task_struct *task = (void *)w->args[0];
	struct rlimit *limit = (void *)w->args[2];

	if (phase != CHEAP)
		return;
	put_int(w, TARGET_HOST_PID, BPF_CORE_READ(task, tgid));
	put_int(w, RESOURCE, (__u32)w->args[1]);
	put_int(w, NEW_RLIM_CUR, BPF_CORE_READ(limit, rlim_cur));
	put_int(w, NEW_RLIM_MAX, BPF_CORE_READ(limit, rlim_max));
}
ON_CALL(security_task_setrlimit, 789, 3)

CALL(security_settime64)
{
	enum { TV_SEC, TV_NSEC, TZ_MINUTESWEST, TZ_DSTTIME };
	struct timespec64 *time = (void *)w->args[0];
	struct timezone *zone = (void *)w->args[1];

	if (phase != CHEAP)
		return;
	if (time) {
		put_int(w, TV_SEC, BPF_CORE_READ(time, tv_sec));
		put_int(w, TV_NSEC, BPF_CORE_READ(time, tv_nsec));
	}
	if (zone) {
		put_int(w, TZ_MINUTESWEST, BPF_CORE_READ(zone, tz_minuteswest));
		put_int(w, TZ_DSTTIME, BPF_CORE_READ(zone, tz_dsttime));
	}
}
ON_CALL(security_settime64, 790, 2)

CALL(security_task_prctl)
{
	enum { OPTION, ARG2, ARG3, ARG4, ARG5, VMA_NAME };
	/* include/uapi/linux/prctl.h */
	enum { PR_SET_VMA = 0x53564d41, PR_SET_VMA_ANON_NAME = 0 };

	if (phase == CHEAP) {
		put_int(w, OPTION, (__s32)w->args[0]);
		put_int(w, ARG2, w->args[1]);
		put_int(w, ARG3, w->args[2]);
		put_int(w, ARG4, w->args[3]);
		put_int(w, ARG5, w->args[4]);
		LATER(SLOT(VMA_NAME));
		return;
	}
	if ((__u32)w->args[0] == PR_SET_VMA && w->args[1] == PR_SET_VMA_ANON_NAME)
		put_user_string(w->key, VMA_NAME, w->args[4]);
}
ON_CALL(security_task_prctl, 793, 5)

/* Whether there is a handler, its flags, mask, kind and address: five slots. */
static __always_inline void put_handler(struct work *w, __u32 slot, struct sigaction *action)
{
	__u64 handler;

	put_int(w, slot, action != NULL);
	if (!action)
		return;
	handler = (__u64)BPF_CORE_READ(action, sa_handler);
	put_int(w, slot + 1, BPF_CORE_READ(action, sa_flags));
	put_int(w, slot + 2, BPF_CORE_READ(action, sa_mask.sig[0]));
	put_int(w, slot + 3, handler < 2 ? handler : 2); /* SIG_DFL, SIG_IGN, a function */
	if (handler >= 2)
		put_int(w, slot + 4, handler);
}

CALL(do_sigaction)
{
	enum { SIG, NEW, OLD = 6 };
	struct k_sigaction *action = (void *)w->args[1];
	__u32 at = w->args[0] - 1;
	struct sighand_struct *handlers = BPF_CORE_READ(current_task(), sighand);
	struct k_sigaction *old;

	if (phase != CHEAP)
		return;
	put_int(w, SIG, (__s32)w->args[0]);
	put_handler(w, NEW, action ? __builtin_preserve_access_index(&action->sa) : NULL);
	if (at >= 64) /* no signal */
		return;
	old = __builtin_preserve_access_index(&handlers->action[0]);
	old = (void *)old + at * bpf_core_type_size(struct k_sigaction);
	put_handler(w, OLD, __builtin_preserve_access_index(&old->sa));
}
ON_CALL(do_sigaction, 769, 2)

SEC("raw_tp/task_rename")
int task_rename(__u64 *args) /* struct task_struct *task, const char *comm */
{
	enum { OLD_NAME, NEW_NAME };
	struct work *w = work_of_call(767);
	struct task_struct *task;

	if (!w)
		return 0;
	task = (void *)args[0];
	put_kernel_string(w->key, OLD_NAME, (__u64)__builtin_preserve_access_index(&task->comm));
	put_kernel_string(w->key, NEW_NAME, args[1]);
	complete(w);
	release_work(w);
	return 0;
}
