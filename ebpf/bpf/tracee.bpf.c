/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The eBPF programs. They know no policy: what they do is in the maps (abi.h). Each does, in this
 * order: is the event wanted; is the process in scope; of a syscall the filters that need no record; integers;
 * filters, with the strings they need; the rest; submit. It returns as soon as no selector is left.
 */
#include "abi.h"
#include "args.h"
#include "compat.h"
#include "context.h"
#include "early.h"
#include "filter.h"
#include "kernel.h"
#include "list.h"
#include "maps.h"
#include "path.h"
#include "record.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* Names every type of abi.h that no map does, so that the object's BTF has it. */
struct abi_anchors {
	enum abi_limit limit;
	enum record_flag record_flag;
	enum arg_kind arg_kind;
	enum event_flag event_flag;
	enum context_field context_field;
	enum slot_field slot_field;
	enum filter_kind filter_kind;
	enum early early;
	struct tail_ref tail_ref;
} abi_anchors SEC("abi");

/* The configuration of an event that someone wants, and its key; NULL otherwise. */
static __always_inline struct event_config *wanted(struct control *control, __u32 event,
						   __u32 *key)
{
	struct event_config *config;

	*key = (control->generation & 1) * MAX_EVENTS + event;
	config = config_at(*key);
	return config && config->flags & (EVENT_WANTED | EVENT_INTERNAL) ? config : NULL;
}

static __always_inline struct control *enabled(void)
{
	struct control *control = the_control();

	return control && control->enabled ? control : NULL;
}

/* Completes what passed the filters. */
static __always_inline void finish(struct work *w)
{
	fill_context(w->key, ALL_PARTS);
	seal(w);
}

/* Completes and submits it. */
__noinline int hand_over(__u32 work_key)
{
	struct work *w = work_at(work_key);

	if (!w)
		return 0;
	finish(w);
	submit(&w->stashed.record, w->tail, w->stashed.record.header.event);
	return 0;
}

/*
 * Applies the filters that are left, and submits what passes. Inlined: from apply_filters on there are seven
 * calls in each other, and the kernel allows eight, the program itself included.
 */
static __always_inline void complete(struct work *w)
{
	if (apply_filters(w->key) == PASS)
		hand_over(w->key);
}

/* Begins the record of an event that is not a syscall; NULL if nobody wants it. To be released. */
static __always_inline struct work *begin_event(struct control *control, __u32 event)
{
	struct event_config *config;
	struct work *w;
	__u32 key;

	config = wanted(control, event, &key);
	if (!config || !in_scope(control))
		return NULL;
	w = take_work(control, event);
	if (!w)
		return NULL;
	begin_record(w, event, key, config);
	begin_context(w);
	w->stashed.record.header.syscall = current_syscall(current_task());
	return w;
}

#include "programs/process.h"
#include "programs/syscalls.h"
#include "programs/functions.h"
#include "programs/places.h"
#include "programs/files.h"
#include "programs/sockets.h"
#include "programs/memory.h"
#include "programs/identity.h"
#include "programs/executions.h"
#include "programs/machine.h"
#include "programs/attach.h"
#include "programs/modification.h"
#include "programs/modules.h"
#include "programs/inspect.h"
#include "programs/tasks.h"
#include "programs/test.h"
