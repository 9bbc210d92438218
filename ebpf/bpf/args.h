/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* The arguments of syscalls, read as arg_config says. */
#ifndef TRACEE_ARGS_H
#define TRACEE_ARGS_H

#include "compat.h"
#include "context.h"
#include "list.h"

/* Slots that an argument takes. */
static __always_inline __u32 arg_slots(const struct arg_config *arg)
{
	switch (arg->kind) {
	case ARG_NONE:
		return 0;
	case ARG_SOCKADDR:
		return 4;
	case ARG_U64S:
		return arg->aux;
	default:
		return 1;
	}
}

static __always_inline __u64 widen(__u64 value, __u32 size, bool is_signed, bool compat)
{
	if (size == 1)
		return is_signed ? (__s64)(__s8)value : (__u8)value;
	if (size == 2)
		return is_signed ? (__s64)(__s16)value : (__u16)value;
	if (size == 4 || compat) /* a 32-bit caller's long is this short */
		return is_signed ? (__s64)(__s32)value : (__u32)value;
	return value;
}

static __always_inline void put_int_args(struct work *w, const struct event_config *config)
{
	for (int i = 0; i < MAX_SYSCALL_ARGS; i++) {
		const struct arg_config *arg = &config->args[i];

		if (arg->kind == ARG_INT)
			put_int(w, arg->slot, widen(w->args[i], arg->size, arg->is_signed,
						    w->flags & RECORD_COMPAT));
	}
}

enum {
	UNIX_PATH = 108, /* sizeof(sockaddr_un.sun_path) */
};

enum memory {
	OF_PROCESS,
	OF_KERNEL,
};

static __always_inline long read_memory(void *to, __u32 size, __u64 from, __u32 memory)
{
	return memory == OF_KERNEL ? bpf_probe_read_kernel(to, size, (void *)from) :
				     bpf_probe_read_user(to, size, (void *)from);
}

static __always_inline void put_unix_path(struct work *w, __u32 slot, __u64 address, __u32 length,
					  __u32 memory)
{
	void *to = tail_end(w);
	__u8 first = 0;
	long copied;

	if (!to || read_memory(&first, sizeof(first), address, memory))
		return;
	if (length > UNIX_PATH)
		length = UNIX_PATH;
	if (first) {
		copied = memory == OF_KERNEL ?
				 bpf_probe_read_kernel_str(to, length + 1, (void *)address) :
				 read_user_string(to, length + 1, address);
		if (copied > 0)
			put_tail(w, slot, copied - 1, false);
		return;
	}
	/* An abstract name may hold NULs: its length is the address's. */
	if (read_memory(to, length, address, memory))
		return;
	*(__u8 *)to = '@';
	put_tail(w, slot, length, false);
}

/* This many bytes, at most 16. */
static __always_inline void put_address(struct work *w, __u32 slot, __u64 address, __u32 length,
					__u32 memory)
{
	void *to = tail_end(w);

	if (to && read_memory(to, length, address, memory) == 0)
		put_tail(w, slot, length, false);
}

/* Fills four slots: family, port, ip, path. */
__noinline int put_sockaddr(__u32 work_key, __u32 slot, __u64 address, __u32 length, __u32 memory)
{
	struct work *w = work_at(work_key);
	__u16 family, port;

	if (!w || length < sizeof(family) ||
	    read_memory(&family, sizeof(family), address, memory))
		return 0;
	put_int(w, slot, family);
	if (family == AF_UNIX) {
		if (length > sizeof(family))
			put_unix_path(w, slot + 3, address + 2, length - 2, memory);
		return 0;
	}
	if (!(family == AF_INET && length >= 8) && !(family == AF_INET6 && length >= 24))
		return 0;
	if (read_memory(&port, sizeof(port), address + 2, memory) == 0)
		put_int(w, slot + 1, __builtin_bswap16(port));
	if (family == AF_INET)
		put_address(w, slot + 2, address + 4, 4, memory);
	else
		put_address(w, slot + 2, address + 8, 16, memory);
	return 0;
}

static __always_inline void put_words(struct work *w, __u32 slot, __u64 address, __u32 count)
{
	for (__u32 i = 0; i < 8; i++) {
		__u64 word;

		if (i >= count)
			break;
		if (bpf_probe_read_user(&word, sizeof(word), (void *)(address + 8 * i)) == 0)
			put_int(w, slot + i, word);
	}
}

/* Reads an argument that lies in the traced process's memory, unless it has been read. */
__noinline int read_argument(__u32 work_key, __u32 index)
{
	struct work *w = work_at(work_key);
	struct event_config *config;
	struct arg_config arg;
	__u64 address;

	if (!w || index >= MAX_SYSCALL_ARGS || w->args_read >> index & 1)
		return 0;
	w->args_read |= 1 << index;
	config = config_at(w->stashed.config);
	if (!config)
		return 0;
	arg = config->args[index];
	address = w->args[index];
	if (arg.kind == ARG_STRING)
		return put_user_string(work_key, arg.slot, address);
	if (arg.kind == ARG_STRING_LIST)
		return put_list(work_key, arg.slot, address,
				w->flags & RECORD_COMPAT ? LIST_POINTERS_32 : LIST_POINTERS);
	if (arg.kind == ARG_SOCKADDR && arg.aux < MAX_SYSCALL_ARGS)
		return put_sockaddr(work_key, arg.slot, address, w->args[arg.aux], OF_PROCESS);
	if (arg.kind == ARG_U64S)
		put_words(w, arg.slot, address, arg.aux);
	return 0;
}

/* Reads whatever the filters didn't need. */
static __always_inline void read_other_arguments(struct work *w)
{
	for (int i = 0; i < MAX_SYSCALL_ARGS; i++)
		read_argument(w->key, i);
}

enum {
	EVENT_EXEC = 715, /* its slots are numbered in programs/process.h */
	EXEC_ARGV = 7,
	EXEC_ENV = 8,
};

/* The lists of sched_process_exec, which lie in the memory of the new program; read once. */
__noinline int read_exec_list(__u32 work_key, __u32 slot)
{
	struct work *w = work_at(work_key);
	struct mm_struct *mm;

	if (!w || (slot != EXEC_ARGV && slot != EXEC_ENV) || w->args_read >> slot & 1)
		return 0;
	w->args_read |= 1 << slot;
	mm = BPF_CORE_READ(current_task(), mm);
	if (slot == EXEC_ARGV) {
		w->end = BPF_CORE_READ(mm, arg_end);
		return put_list(work_key, slot, BPF_CORE_READ(mm, arg_start), LIST_ADJACENT);
	}
	w->end = BPF_CORE_READ(mm, env_end);
	return put_list(work_key, slot, BPF_CORE_READ(mm, env_start), LIST_ADJACENT);
}

/* Reads the argument that fills a slot. */
static __always_inline void need_slot(struct work *w, const struct event_config *config, __u32 slot)
{
	if (w->stashed.record.header.event == EVENT_EXEC) {
		read_exec_list(w->key, slot);
		return;
	}
	for (int i = 0; i < MAX_SYSCALL_ARGS; i++) {
		const struct arg_config *arg = &config->args[i];

		if (slot - arg->slot < arg_slots(arg))
			read_argument(w->key, i);
	}
}

#endif
