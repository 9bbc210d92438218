/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The few kernel types that the programs read, with just the members they use. CO-RE finds each
 * member by name in the running kernel's BTF, so order and size here mean nothing. What was renamed
 * or moved between kernels is in compat.h.
 */
#ifndef TRACEE_KERNEL_H
#define TRACEE_KERNEL_H

typedef unsigned char __u8;
typedef signed char __s8;
typedef unsigned short __u16;
typedef signed short __s16;
typedef unsigned int __u32;
typedef signed int __s32;
typedef unsigned long long __u64;
typedef signed long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef _Bool bool;

#define true 1
#define false 0
#define NULL ((void *)0)

/* include/uapi/linux/bpf.h: numbers of the system call interface, which never change. */
enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_RINGBUF = 27,
};

enum {
	BPF_ANY = 0,
	BPF_NOEXIST = 1,
};

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

enum {
	TS_COMPAT = 2,			/* arch/x86/include/asm/thread_info.h */
	PF_KTHREAD = 0x00200000,	/* include/linux/sched.h */
	X32_SYSCALL_BIT = 0x40000000,	/* arch/x86/include/uapi/asm/unistd.h */
	AF_UNIX = 1,			/* include/linux/socket.h */
	AF_INET = 2,
	AF_INET6 = 10,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct pt_regs { /* arch/x86/include/asm/ptrace.h */
	unsigned long bx, bp, ax, cx, dx, si, di, r8, r9, r10, orig_ax, sp;
};

struct thread_info {
	__u32 status;
};

struct ns_common {
	unsigned int inum;
};

struct uts_namespace {
	struct ns_common ns;
};

struct mnt_namespace {
	struct ns_common ns;
};

struct pid_namespace {
	struct ns_common ns;
};

struct user_namespace {
	struct ns_common ns;
};

struct net {
	struct ns_common ns;
};

struct ipc_namespace {
	struct ns_common ns;
};

struct cgroup_namespace {
	struct ns_common ns;
};

struct nsproxy {
	struct uts_namespace *uts_ns;
	struct ipc_namespace *ipc_ns;
	struct pid_namespace *pid_ns_for_children;
	struct cgroup_namespace *cgroup_ns;
	struct mnt_namespace *mnt_ns;
	struct net *net_ns;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	unsigned int level;
	struct upid numbers[1]; /* level + 1 of them; a flexible array since 6.5 */
};

typedef struct {
	unsigned int val;
} kuid_t;

typedef struct {
	__u64 val; /* `cap`, two __u32, before 6.3: never named, only its place is used */
} kernel_cap_t;

struct cgroup;

struct cgroup_subsys_state {
	struct cgroup *cgroup;
};

enum cgroup_subsys_id {
	cpuset_cgrp_id, /* the first one, where there is one (include/linux/cgroup_subsys.h) */
};

struct css_set {
	struct cgroup_subsys_state *subsys[1];
	struct cgroup *dfl_cgrp; /* of the second version's hierarchy */
};

struct cred {
	kuid_t uid, gid, suid, sgid, euid, egid, fsuid, fsgid; /* kgid_t is like kuid_t */
	unsigned int securebits;
	kernel_cap_t cap_inheritable, cap_permitted, cap_effective, cap_bset, cap_ambient;
	struct user_namespace *user_ns;
};

typedef struct {
	unsigned long sig[1];
} sigset_t;

struct sigaction {
	void *sa_handler;
	unsigned long sa_flags;
	sigset_t sa_mask;
};

struct k_sigaction {
	struct sigaction sa;
};

struct sighand_struct {
	struct k_sigaction action[64];
};

struct rlimit {
	unsigned long rlim_cur, rlim_max;
};

struct timespec64 {
	__s64 tv_sec;
	long tv_nsec;
};

struct timezone {
	int tz_minuteswest, tz_dsttime;
};

typedef struct {
	int counter;
} atomic_t;

struct signal_struct {
	atomic_t live; /* threads that have not begun to exit */
};

struct mm_struct {
	unsigned long arg_start, arg_end, env_start, env_end;
};

struct files_struct {
	struct fdtable *fdt;
};

struct task_struct {
	struct thread_info thread_info;
	unsigned int flags;
	int pid;
	int tgid;
	int exit_code;
	void *stack;
	struct mm_struct *mm;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	__u64 start_boottime;
	const struct cred *cred;
	const struct cred *real_cred;
	char comm[16];
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	struct sighand_struct *sighand;
	struct css_set *cgroups;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task; /* NULL at the end */
};

struct file_system_type {
	const char *name;
};

struct super_block {
	__u32 s_dev;
	struct file_system_type *s_type;
};

struct inode {
	unsigned short i_mode;
	unsigned long i_ino;
	struct super_block *i_sb;
};

struct qstr {
	__u32 len;
	const unsigned char *name;
};

struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
	struct super_block *d_sb;
};

struct vfsmount {
	struct dentry *mnt_root;
	struct super_block *mnt_sb;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct fs_struct {
	struct path pwd;
};

struct file {
	struct path f_path;
	struct inode *f_inode;
	unsigned int f_flags;
	void *private_data;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct vm_area_struct {
	unsigned long vm_flags; /* const, and of a type of its own, since 6.3 */
	struct file *vm_file;
};

struct in6_addr {
	__u8 bytes[16]; /* never named: only the place is used */
};

struct sockaddr_un {
	unsigned short sun_family;
};

struct sock_common {
	unsigned short skc_family;
	__u16 skc_num; /* the local port, in host order */
	__be16 skc_dport;
	__be32 skc_rcv_saddr, skc_daddr;
	struct in6_addr skc_v6_rcv_saddr, skc_v6_daddr;
};

struct sock {
	struct sock_common __sk_common;
};

struct unix_address {
	int len; /* of the name, as in bind(2) */
	struct sockaddr_un name[1]; /* a flexible array */
};

struct unix_sock {
	struct unix_address *addr;
	struct sock *peer;
};

struct socket {
	short type;
	struct sock *sk;
};

struct bpf_map {
	__u32 id;
	char name[16];
};

struct bpf_prog_aux {
	__u32 id;
	const char *attach_func_name; /* of a program that is made for one place */
	char name[16];
};

enum bpf_prog_type {
	BPF_PROG_TYPE_UNSPEC,
};

enum bpf_attach_type {
	BPF_ATTACH_TYPE_NONE,
};

struct bpf_prog {
	enum bpf_prog_type type;
	enum bpf_attach_type expected_attach_type;
	struct bpf_prog_aux *aux;
};

struct kernfs_node {
	__u64 id;
};

struct cgroup_root {
	int hierarchy_id;
};

struct cgroup {
	struct kernfs_node *kn;
	struct cgroup_root *root;
};

struct list_head {
	struct list_head *next;
};

struct kobject {
	const char *name;
	struct list_head entry; /* of the set that it is in */
};

struct kset {
	struct list_head list;
};

struct device {
	struct kobject kobj;
	const char *init_name;
	struct device *parent;
};

struct kprobe {
	void *addr;
	const char *symbol_name;
	void *pre_handler, *post_handler;
};

struct kretprobe {
	struct kprobe kp;
	void *handler;
};

struct uprobe_consumer {
	void *ret_handler;
};

struct tracepoint {
	const char *name;
};

struct trace_event_call {
	union {
		const char *name;
		struct tracepoint *tp; /* of a tracepoint's own */
	};
	int flags;
};

struct trace_probe {
	struct list_head list;
	struct trace_probe_event *event;
};

struct trace_probe_event {
	struct trace_event_call call;
	struct list_head probes;
};

struct trace_kprobe {
	struct kretprobe rp;
	const char *symbol;
	struct trace_probe tp;
};

struct trace_uprobe {
	struct uprobe_consumer consumer;
	const char *filename;
	unsigned long offset;
	struct trace_probe tp;
};

struct perf_event {
	struct trace_event_call *tp_event;
};

struct kiocb {
	struct file *ki_filp;
};

struct module_kobject {
	struct kobject kobj;
	struct module *mod; /* NULL if it is compiled in */
};

struct rb_node {
	struct rb_node *rb_left, *rb_right;
};

struct rb_root {
	struct rb_node *rb_node;
};

struct latch_tree_root {
	struct rb_root tree[2];
};

struct latch_tree_node {
	struct rb_node node[2];
};

struct mod_tree_root {
	struct latch_tree_root root;
};

struct mod_tree_node {
	struct module *mod;
	struct latch_tree_node node;
};

struct module {
	struct list_head list;
	char name[56];
	const char *version, *srcversion; /* as its file says; NULL if that doesn't */
};

struct linux_binprm {
	struct file *file;
	const char *filename;
	const char *interp;
};

#pragma clang attribute pop

#endif
