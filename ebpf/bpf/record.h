/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Writing a record: integers into slots, bytes into the tail, the whole into the ring buffer. */
#ifndef TRACEE_RECORD_H
#define TRACEE_RECORD_H

#include "compat.h"
#include "maps.h"

static __always_inline bool any(const __u64 *selectors)
{
	return selectors[0] | selectors[1] | selectors[2] | selectors[3];
}

/* Empties the slots, and remembers what the record is of. */
static __always_inline void begin_record(struct work *w, __u32 event, __u32 config_key,
					 const struct event_config *config)
{
	__u32 slots = config->slot_count;

	if (slots > MAX_SLOTS)
		slots = MAX_SLOTS;
	for (__u32 i = 0; i < MAX_SLOTS; i++) {
		if (i >= slots)
			break;
		w->stashed.record.slots[i] = 0;
	}
	for (int i = 0; i < SELECTOR_WORDS; i++)
		w->live[i] = config->selectors[i];
	w->stashed.config = config_key;
	w->flags = config_key >= MAX_EVENTS ? RECORD_GENERATION : 0;
	w->args_read = 0;
	w->pending = 0;
	w->next_filter = 0;
	w->seen = 0;
	w->unwanted = 0;
	w->context = 0;
	w->tail = sizeof(struct record_header) + 8 * slots;
	w->limit = w->tail + MAX_TAIL;
	w->stashed.record.header.event = event;
	w->stashed.record.header.present = 0;
	w->stashed.record.header.truncated = 0;
	w->stashed.record.header.retval = 0;
	w->stashed.record.header.reserved = 0;
}

static __always_inline void put_int(struct work *w, __u32 slot, __u64 value)
{
	slot &= MAX_SLOTS - 1;
	w->stashed.record.slots[slot] = value;
	w->stashed.record.header.present |= 1ULL << slot;
}

/* Eight zeros: enough to pad whatever ends here. */
static __always_inline void pad(struct work *w, __u32 end)
{
	unknown(end);
	if (end < RECORD_LIMIT + MAX_LIST)
		*(__u64 *)(w->stashed.record.bytes + end) = 0;
}

/* Makes the bytes from the tail's end on the value of a slot; cuts them where the tail must end. */
static __always_inline void put_tail(struct work *w, __u32 slot, __u32 length, bool cut)
{
	struct tail_ref ref = { .offset = w->tail, .length = length };

	slot &= MAX_SLOTS - 1;
	if (ref.offset >= w->limit) {
		ref.length = 0;
		cut |= length != 0;
	} else if (length > w->limit - ref.offset) {
		ref.length = w->limit - ref.offset;
		cut = true;
	}
	pad(w, ref.offset + ref.length);
	w->tail = (ref.offset + ref.length + 7) & ~7;
	*(struct tail_ref *)&w->stashed.record.slots[slot] = ref;
	w->stashed.record.header.present |= 1ULL << slot;
	if (cut)
		w->stashed.record.header.truncated |= 1ULL << slot;
}

/* Where the next bytes go; NULL (which can't be) if that is outside. */
static __always_inline void *tail_end(struct work *w)
{
	__u64 at = w->tail;

	unknown(at);
	if (at > RECORD_LIMIT)
		return NULL;
	unknown(at); /* that the sum is made of what was tested */
	return w->stashed.record.bytes + at;
}

/* A NUL-terminated string of the traced process. */
__noinline int put_user_string(__u32 work_key, __u32 slot, __u64 address)
{
	struct work *w = work_at(work_key);
	void *to;
	long length;

	if (!w)
		return 0;
	to = tail_end(w);
	if (!to)
		return 0;
	/* One byte more than the longest string and its NUL, to tell a cut one from that. */
	length = read_user_string(to, MAX_STRING + 2, address);
	if (length <= 0)
		return 0;
	length--;
	put_tail(w, slot, length > MAX_STRING ? MAX_STRING : length, length > MAX_STRING);
	return 0;
}

/* A NUL-terminated string of the kernel. */
__noinline int put_kernel_string(__u32 work_key, __u32 slot, __u64 address)
{
	struct work *w = work_at(work_key);
	void *to;
	long length;

	if (!w)
		return 0;
	to = tail_end(w);
	if (!to)
		return 0;
	length = bpf_probe_read_kernel_str(to, MAX_STRING + 2, (void *)address);
	if (length <= 0)
		return 0;
	length--;
	put_tail(w, slot, length > MAX_STRING ? MAX_STRING : length, length > MAX_STRING);
	return 0;
}

static __always_inline void submit(struct record *record, __u32 size, __u32 event)
{
	struct passed *passed = passed_of(event);
	struct loss *lost;

	unknown(size);
	if (size > RECORD_LIMIT)
		return;
	if (bpf_ringbuf_output(&ring, record, size, 0) == 0) {
		if (passed)
			passed->submitted++;
		return;
	}
	lost = losses_of(event);
	if (lost)
		lost->ring_full++;
	miss(record->header.host_pid);
}

/* Fills in what the filters decided. */
static __always_inline void seal(struct work *w)
{
	bool left = any(w->live);

	for (int i = 0; i < SELECTOR_WORDS; i++)
		w->stashed.record.header.selectors[i] = w->live[i];
	w->stashed.record.header.flags = w->flags | RECORD_SELECTED | (left ? 0 : RECORD_INTERNAL);
	w->stashed.record.header.size = w->tail;
}

#endif
