/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The filters of a syscall's event that need no record (abi.h: field_filter.early). Most calls that are dropped
 * are dropped by them, and cost no more than that.
 */
#ifndef TRACEE_EARLY_H
#define TRACEE_EARLY_H

#include "filter.h"

/* A syscall, as its entry or its return finds it. */
struct call {
	__u64 args[MAX_SYSCALL_ARGS];
	__u64 retval;
	bool compat;
	bool returned;
};

/* The registers of a 32-bit caller are not those of x86-64. */
static __always_inline void read_call(struct call *call, struct pt_regs *regs, bool compat)
{
	call->compat = compat;
	if (compat) {
		call->args[0] = (__u32)regs->bx;
		call->args[1] = (__u32)regs->cx;
		call->args[2] = (__u32)regs->dx;
		call->args[3] = (__u32)regs->si;
		call->args[4] = (__u32)regs->di;
		call->args[5] = (__u32)regs->bp;
	} else {
		call->args[0] = regs->di;
		call->args[1] = regs->si;
		call->args[2] = regs->dx;
		call->args[3] = regs->r10;
		call->args[4] = regs->r8;
		call->args[5] = regs->r9;
	}
}

/* The value that an early filter looks at; false if it is absent. */
static __always_inline bool early_value(const struct event_config *config, const struct call *call,
					const struct field_filter *filter, __u64 *value)
{
	__u64 id;

	if (filter->early != EARLY_CONTEXT) {
		for (int i = 0; i < MAX_SYSCALL_ARGS; i++) {
			const struct arg_config *arg = &config->args[i];

			if (filter->early != i + 1)
				continue;
			*value = widen(call->args[i], arg->size, arg->is_signed, call->compat);
			return true;
		}
		return false;
	}
	switch (filter->field) {
	case FIELD_UID:
	case FIELD_GID:
		id = bpf_get_current_uid_gid();
		*value = filter->field == FIELD_UID ? (__u32)id : id >> 32;
		return true;
	case FIELD_HOST_PID:
	case FIELD_HOST_TID:
		id = bpf_get_current_pid_tgid();
		*value = filter->field == FIELD_HOST_TID ? (__u32)id : id >> 32;
		return true;
	case FIELD_CGROUP_ID:
		*value = current_cgroup();
		return true;
	case FIELD_CPU:
		*value = bpf_get_smp_processor_id();
		return true;
	case FIELD_TREE:
		*value = tree_mask(bpf_get_current_pid_tgid() >> 32);
		return true;
	case FIELD_RETVAL:
		*value = call->retval;
		return call->returned;
	default:
		return false;
	}
}

static __always_inline void early_flags(__u64 *live, const struct field_filter *filter, __u64 value)
{
	__u64 satisfied[SELECTOR_WORDS] = {};

	for (__u32 i = 0; i < MAX_EARLY_TESTS; i++) {
		__u32 key = filter->base + i;
		struct flag_test *test;

		if (i >= filter->count)
			break;
		test = bpf_map_lookup_elem(&flag_tests, &key);
		if (!test)
			return;
		for (int word = 0; word < SELECTOR_WORDS; word++)
			satisfied[word] |= (value & test->mask) == test->want ? test->satisfies[word] :
										test->otherwise[word];
	}
	keep(live, filter, satisfied);
}

/* What an early filter leaves, given its field's value. */
static __always_inline void decide_early(__u64 *live, const struct field_filter *filter, __u64 value)
{
	if (filter->kind == FILTER_INTERVALS)
		filter_intervals(live, filter, value);
	else if (filter->kind == FILTER_FLAGS)
		early_flags(live, filter, value);
}

/* Early filter `number` of an event; NULL if it has no such. */
static __always_inline struct field_filter *early_filter(const struct event_config *config, __u32 number)
{
	__u32 key = config->filter_base + number;

	return number < config->early_count ? bpf_map_lookup_elem(&field_filters, &key) : NULL;
}

/* Applies them all. Gives whether a record is to be made, and in `live` the selectors that are left. */
static __always_inline bool pass_early(const struct event_config *config, const struct call *call,
				       __u64 *live)
{
	for (int i = 0; i < SELECTOR_WORDS; i++)
		live[i] = config->selectors[i];
	for (__u32 i = 0; i < MAX_EARLY_FILTERS; i++) {
		struct field_filter *filter = early_filter(config, i);
		__u64 value;

		if (!filter)
			break;
		if (early_value(config, call, filter, &value))
			decide_early(live, filter, value);
		if (!any(live))
			break;
	}
	return any(live) || config->flags & EVENT_INTERNAL;
}

/* The filters that are left begin after them. */
static __always_inline void take_early(struct work *w, const struct event_config *config,
				       const __u64 *live)
{
	for (int i = 0; i < SELECTOR_WORDS; i++)
		w->live[i] = live[i];
	w->next_filter = config->early_count;
}

#endif
