/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The filters: which selectors are left, given the fields. Formats and meaning are in abi.h. The
 * functions that aren't inlined are global and take integers only, so that also the verifier of 5.10
 * walks each of them once, whoever calls it. An entry that isn't there satisfies everything: the
 * kernel may pass too many events, never too few.
 */
#ifndef TRACEE_FILTER_H
#define TRACEE_FILTER_H

#include "args.h"
#include "context.h"

/*
 * The entry of `intervals` that a value, or an address's upper and lower half, lies in: the last of
 * `count` that doesn't start above it.
 */
__noinline int find_interval(__u32 base, __u32 count, __u64 value, __u64 low)
{
	for (int step = 0; step < 21; step++) { /* 2^20 is MAX_INTERVALS */
		__u32 half = count / 2, key = base + half;
		struct interval *middle;

		if (count <= 1)
			break;
		middle = bpf_map_lookup_elem(&intervals, &key);
		if (middle &&
		    (middle->start < value || (middle->start == value && middle->low <= low))) {
			base = key;
			count -= half;
		} else {
			count = half;
		}
	}
	return base;
}

static __always_inline void keep(__u64 *live, const struct field_filter *filter,
				 const __u64 *satisfied)
{
	for (int i = 0; i < SELECTOR_WORDS; i++)
		live[i] &= satisfied[i] | ~filter->constrained[i];
}

static __always_inline void keep_interval(__u64 *live, const struct field_filter *filter,
					  __u64 value, __u64 low)
{
	__u32 key = find_interval(filter->base, filter->count, value, low);
	struct interval *interval = bpf_map_lookup_elem(&intervals, &key);

	if (interval)
		keep(live, filter, interval->satisfied);
}

static __always_inline void filter_intervals(__u64 *live, const struct field_filter *filter,
					     __u64 value)
{
	if (filter->is_signed)
		value ^= 1ULL << 63;
	keep_interval(live, filter, value, 0);
}

/* Of 4 or 16 bytes in network order; whatever else is no address, and as absent. */
static __always_inline void filter_addresses(struct work *w, const struct field_filter *filter)
{
	__u32 slot = filter->field, at;
	struct tail_ref ref;
	__u64 high = 0, low;

	if (slot >= MAX_SLOTS || !(w->stashed.record.header.present >> slot & 1))
		return;
	ref = *(struct tail_ref *)&w->stashed.record.slots[slot];
	at = ref.offset;
	unknown(at);
	if (at >= RECORD_LIMIT)
		return;
	if (ref.length == 4) {
		low = 0xffff00000000ULL |
		      __builtin_bswap32(*(__u32 *)(w->stashed.record.bytes + at));
	} else if (ref.length == 16) {
		high = __builtin_bswap64(*(__u64 *)(w->stashed.record.bytes + at));
		low = __builtin_bswap64(*(__u64 *)(w->stashed.record.bytes + at + 8));
	} else {
		return;
	}
	keep_interval(w->live, filter, high, low);
}

enum {
	FLAG_TESTS_PER_CALL = 16,
};

/* Adds what the next FLAG_TESTS_PER_CALL of `count` tests yield to work.satisfied[0]. */
__noinline int test_flags(__u32 work_key, __u32 base, __u32 count, __u64 value)
{
	struct work *w = work_at(work_key);

	if (!w)
		return 0;
	for (__u32 i = 0; i < FLAG_TESTS_PER_CALL; i++) {
		__u32 key = base + i;
		struct flag_test *test;

		if (i >= count)
			break;
		test = bpf_map_lookup_elem(&flag_tests, &key);
		if (!test)
			break;
		for (int word = 0; word < SELECTOR_WORDS; word++)
			w->satisfied[0][word] |= (value & test->mask) == test->want ?
							 test->satisfies[word] :
							 test->otherwise[word];
	}
	return 0;
}

static __always_inline void filter_flags(struct work *w, const struct field_filter *filter,
					 __u64 value)
{
	for (int i = 0; i < SELECTOR_WORDS; i++)
		w->satisfied[0][i] = 0;
	for (__u32 done = 0; done < MAX_FLAG_TESTS; done += FLAG_TESTS_PER_CALL) {
		if (done >= filter->count)
			break;
		test_flags(w->key, filter->base + done, filter->count - done, value);
	}
	keep(w->live, filter, w->satisfied[0]);
}

/* Adds what an automaton's state yields. */
__noinline int take_output(__u32 work_key, __u32 key)
{
	struct output *output = bpf_map_lookup_elem(&outputs, &key);
	struct work *w = work_at(work_key);

	if (!output || !w)
		return 0;
	for (int i = 0; i < SELECTOR_WORDS; i++) {
		w->satisfied[0][i] |= output->satisfies[0][i];
		w->satisfied[1][i] |= output->satisfies[1][i];
		w->denied[i] |= output->denies[i];
	}
	return 0;
}

enum {
	BYTES_PER_CALL = 64,
};

/* Of the generation whose configuration the record has. */
static __always_inline struct transitions *transitions_of(const struct work *w)
{
	__u32 generation = w->stashed.config >= MAX_EVENTS;

	return bpf_map_lookup_elem(&transitions, &generation);
}

/*
 * Feeds the bytes [at, end) of the record, at most BYTES_PER_CALL of them, to an automaton. Gives
 * the state. A part of a string, because a loop over a whole one has more branches than the verifier
 * remembers (8,192).
 */
__noinline int walk(__u32 work_key, __u32 automaton, __u32 state, __u32 at, __u32 end)
{
	struct automaton *a = bpf_map_lookup_elem(&automata, &automaton);
	struct work *w = work_at(work_key);
	struct transitions *table;

	if (!a || !w)
		return 0;
	table = transitions_of(w);
	if (!table)
		return 0;
	for (int i = 0; i < BYTES_PER_CALL; i++) {
		__u32 from = at + i, next;

		if (from >= end || !state)
			break;
		unknown(from);
		if (from >= RECORD_LIMIT)
			break;
		next = a->base + (state << (a->shift & 15)) + a->classes[w->stashed.record.bytes[from]];
		next &= MAX_TRANSITIONS - 1;
		unknown(next);
		state = table->next[next & (MAX_TRANSITIONS - 1)];
		if (state >= a->first_output)
			take_output(work_key, a->output_base + state - a->first_output);
	}
	return state;
}

/* Feeds `length` bytes of the record, between the marks, to an automaton. */
__noinline int feed_string(__u32 work_key, __u32 automaton, __u32 offset, __u32 length)
{
	struct automaton *a = bpf_map_lookup_elem(&automata, &automaton);
	struct work *w = work_at(work_key);
	__u32 state, next;
	struct transitions *table;

	if (!a || !w)
		return 0;
	state = a->start;
	if (state >= a->first_output)
		take_output(work_key, a->output_base + state - a->first_output);
	for (int i = 0; i < MAX_STRING / BYTES_PER_CALL; i++) {
		__u32 done = i * BYTES_PER_CALL;

		if (done >= length || !state)
			break;
		state = walk(work_key, automaton, state, offset + done, offset + length);
	}
	table = transitions_of(w);
	if (!state || !table)
		return 0;
	next = a->base + (state << (a->shift & 15)) + a->end_class;
	next &= MAX_TRANSITIONS - 1;
	unknown(next);
	state = table->next[next & (MAX_TRANSITIONS - 1)];
	if (state >= a->first_output)
		take_output(work_key, a->output_base + state - a->first_output);
	return 0;
}

enum {
	/* The passes of both loops reach the most elements a list can have. */
	ELEMENTS_PER_CALL = 32,
	ELEMENT_CALLS = MAX_LIST / sizeof(__u32) / ELEMENTS_PER_CALL + 1,
};

/*
 * Feeds the elements of the list in [at, end) of the record, at most ELEMENTS_PER_CALL of them, to an
 * automaton. Gives where the next one begins; 0 if one is too long.
 */
__noinline int feed_elements(__u32 work_key, __u32 automaton, __u32 at, __u32 end)
{
	struct work *w = work_at(work_key);

	if (!w)
		return 0;
	for (int i = 0; i < ELEMENTS_PER_CALL; i++) {
		__u32 from = at, length;

		if (at >= end)
			break;
		unknown(from);
		if (from >= RECORD_LIMIT)
			return 0;
		length = *(__u32 *)(w->stashed.record.bytes + from);
		if (length > MAX_STRING)
			return 0;
		feed_string(work_key, automaton, at + sizeof(__u32), length);
		at += sizeof(__u32) + ((length + 3) & ~3);
	}
	return at;
}

/* Feeds a list; gives whether it was fed whole. */
static __always_inline bool feed_list(__u32 work_key, __u32 automaton, __u32 at, __u32 end)
{
	for (int i = 0; i < ELEMENT_CALLS; i++) {
		if (at >= end)
			return true;
		at = feed_elements(work_key, automaton, at, end);
		if (!at)
			return false;
	}
	return at >= end;
}

/*
 * Runs an automaton over a string, or a list, of the record. The result is in work.satisfied[0].
 * Gives 0 if the value is too long, which satisfies everything.
 */
__noinline int match_text(__u32 work_key, __u32 automaton, __u32 offset, __u32 length, __u32 is_list)
{
	struct automaton *a = bpf_map_lookup_elem(&automata, &automaton);
	struct work *w = work_at(work_key);

	if (!a || !w)
		return 0;
	for (int i = 0; i < SELECTOR_WORDS; i++) {
		w->satisfied[0][i] = a->initial[0][i];
		w->satisfied[1][i] = a->initial[1][i];
		w->denied[i] = 0;
	}
	if (is_list) {
		if (!feed_list(work_key, automaton, offset, offset + length))
			return 0;
	} else {
		if (length > MAX_STRING)
			return 0;
		feed_string(work_key, automaton, offset, length);
	}
	for (int i = 0; i < SELECTOR_WORDS; i++)
		w->satisfied[0][i] &= w->satisfied[1][i] & ~w->denied[i];
	return 1;
}

/* Strings and lists of them. */
static __always_inline void filter_text(struct work *w, const struct field_filter *filter)
{
	struct tail_ref ref = { .offset = __builtin_offsetof(struct record_header, comm) };
	__u32 slot = filter->field;

	if (slot == FIELD_COMM) {
		while (ref.length < COMM_SIZE && w->stashed.record.header.comm[ref.length])
			ref.length++;
	} else {
		if (slot >= MAX_SLOTS || !(w->stashed.record.header.present >> slot & 1) ||
		    w->stashed.record.header.truncated >> slot & 1)
			return;
		ref = *(struct tail_ref *)&w->stashed.record.slots[slot];
	}
	if (match_text(w->key, filter->base, ref.offset, ref.length, filter->kind == FILTER_ELEMENTS))
		keep(w->live, filter, w->satisfied[0]);
}

/* The value of an integer field; false if it is absent. */
static __always_inline bool value_of(struct work *w, __u32 field, __u64 *value)
{
	struct record_header *header = &w->stashed.record.header;

	if (field < MAX_SLOTS) {
		*value = w->stashed.record.slots[field];
		return header->present >> field & 1;
	}
	if (field >= FIELD_STATE) {
		__u32 slot = field & (MAX_SLOTS - 1);
		__u64 present = header->present >> slot & 1;
		__u64 cut = present & header->truncated >> slot;

		if (field < FIELD_LENGTH) {
			*value = present | cut << 1;
			return true;
		}
		*value = ((struct tail_ref *)&w->stashed.record.slots[slot])->length;
		return present && !cut;
	}
	switch (field) {
#define CONTEXT(name, member)            \
	case FIELD_##name:               \
		*value = header->member; \
		return true;
		CONTEXT(PID, pid)
		CONTEXT(TID, tid)
		CONTEXT(PPID, ppid)
		CONTEXT(HOST_PID, host_pid)
		CONTEXT(HOST_TID, host_tid)
		CONTEXT(HOST_PPID, host_ppid)
		CONTEXT(UID, uid)
		CONTEXT(GID, gid)
		CONTEXT(MNT_NS, mnt_ns)
		CONTEXT(PID_NS, pid_ns)
		CONTEXT(UTS_NS, uts_ns)
		CONTEXT(NET_NS, net_ns)
		CONTEXT(USER_NS, user_ns)
		CONTEXT(CGROUP_ID, cgroup_id)
		CONTEXT(PROCESS_START_TIME, process_start_time)
		CONTEXT(THREAD_START_TIME, thread_start_time)
		CONTEXT(CPU, cpu)
		CONTEXT(TIME, time)
#undef CONTEXT
	case FIELD_RETVAL:
		*value = header->retval;
		return w->flags & RECORD_RETVAL;
	case FIELD_TREE:
		*value = w->tree;
		return true;
	default:
		return false;
	}
}

/* The same, in work.value. A function of its own: the verifier walks all fields once. */
__noinline int int_field(__u32 work_key, __u32 field)
{
	struct work *w = work_at(work_key);
	__u64 value = 0;
	bool there;

	if (!w)
		return 0;
	there = value_of(w, field, &value);
	w->value = value;
	return there;
}

/* How it lies to the other field's value. */
static __always_inline void filter_order(struct work *w, const struct field_filter *filter,
					 __u64 value)
{
	__u64 sign = filter->is_signed ? 1ULL << 63 : 0, other;
	struct interval *interval;
	__u32 key;

	if (!int_field(w->key, filter->count))
		return;
	other = w->value;
	key = filter->base + ((value ^ sign) >= (other ^ sign)) + ((value ^ sign) > (other ^ sign));
	interval = bpf_map_lookup_elem(&intervals, &key);
	if (interval)
		keep(w->live, filter, interval->satisfied);
}

enum verdict {
	DROP,	 /* no selector is left */
	PASS,
	PENDING, /* a filter needs a slot that is still to be read */
};

/* Reads what a field needs, unless it has been read: PENDING if that is not for now. */
__noinline int need_field(__u32 work_key, __u32 field)
{
	struct work *w = work_at(work_key);
	struct event_config *config;

	if (!w)
		return PASS;
	if (field < MAX_SLOTS || field >= FIELD_STATE) {
		__u32 slot = field & (MAX_SLOTS - 1);

		if (w->pending >> slot & 1)
			return PENDING;
		config = config_at(w->stashed.config);
		if (config && !(w->stashed.record.header.present >> slot & 1))
			need_slot(w, config, slot);
	} else if (field == FIELD_TREE) {
		w->tree = tree_mask(w->stashed.record.header.host_pid);
	} else {
		fill_context(work_key, part_of(field));
	}
	return PASS;
}

/* Applies one entry of `field_filters`. */
__noinline int apply_filter(__u32 work_key, __u32 key)
{
	struct field_filter *filter = bpf_map_lookup_elem(&field_filters, &key);
	struct work *w = work_at(work_key);

	if (!filter || !w)
		return PASS;
	if (need_field(work_key, filter->field) == PENDING)
		return PENDING;
	if (filter->kind == FILTER_ORDER && need_field(work_key, filter->count) == PENDING)
		return PENDING;
	if (filter->kind == FILTER_STRING || filter->kind == FILTER_ELEMENTS)
		filter_text(w, filter);
	else if (filter->kind == FILTER_ADDRESSES)
		filter_addresses(w, filter);
	else if (!int_field(work_key, filter->field))
		return PASS;
	else if (filter->kind == FILTER_INTERVALS)
		filter_intervals(w->live, filter, w->value);
	else if (filter->kind == FILTER_FLAGS)
		filter_flags(w, filter, w->value);
	else if (filter->kind == FILTER_ORDER)
		filter_order(w, filter, w->value);
	return any(w->live) ? PASS : DROP;
}

/*
 * Applies the filters of the event, from the one on that waited last time. PASS says that the record must
 * be submitted.
 */
__noinline int apply_filters(__u32 work_key)
{
	struct work *w = work_at(work_key);
	struct event_config *config;
	struct passed *passed;

	if (!w)
		return 0;
	config = config_at(w->stashed.config);
	if (!config)
		return 0;
	passed = passed_of(w->stashed.record.header.event);
	if (passed && !w->seen)
		passed->seen++;
	w->seen = 1;
	for (__u32 i = 0; i < MAX_EVENT_FILTERS; i++) {
		int verdict;

		if (!any(w->live) || i >= config->filter_count)
			break;
		if (i < w->next_filter)
			continue;
		verdict = apply_filter(work_key, config->filter_base + i);
		if (verdict == PENDING)
			return PENDING;
		w->next_filter = i + 1;
		if (verdict == DROP)
			break;
	}
	return any(w->live) || config->flags & EVENT_INTERNAL ? PASS : DROP;
}

/*
 * Applies the filters on retval to the selectors of a record that was made on entry, when it was
 * not known. Gives whether a selector is left.
 */
static __always_inline bool filter_return(struct stashed *entry, __u64 retval)
{
	struct event_config *config = config_at(entry->config);

	if (!config)
		return true;
	for (__u32 i = 0; i < MAX_EVENT_FILTERS; i++) {
		__u32 key = config->filter_base + i;
		struct field_filter *filter;

		if (i >= config->filter_count)
			break;
		filter = bpf_map_lookup_elem(&field_filters, &key);
		if (filter && filter->field == FIELD_RETVAL && filter->kind == FILTER_INTERVALS)
			filter_intervals(entry->record.header.selectors, filter, retval);
	}
	return any(entry->record.header.selectors) || config->flags & EVENT_INTERNAL;
}

#endif
