/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Lists of strings of the traced process, or of the kernel. An unreadable item is an empty one and marks the list as
 * cut, as does an item that finds no room.
 */
#ifndef TRACEE_LIST_H
#define TRACEE_LIST_H

#include "record.h"

enum list_kind {
	LIST_POINTERS,	  /* an array of pointers, ended by NULL */
	LIST_POINTERS_32, /* of a 32-bit caller */
	LIST_ADJACENT,	  /* string after string, up to work.end */
	LIST_OF_KERNEL,	  /* an array of pointers, ended by NULL; both of the kernel */
};

enum {
	/*
	 * The passes of three loops reach the most items a list can have: empty ones. The verifier walks
	 * each pass of each loop, and for an item some 1,200 instructions.
	 */
	ITEMS_PER_CALL = 4,
	CALLS_PER_CALL = 32,
	LIST_CALLS = MAX_LIST / sizeof(__u32) / ITEMS_PER_CALL / CALLS_PER_CALL + 1,
};

/* Address of the next item, or 0 at the end. */
static __always_inline __u64 next_item(struct work *w, __u32 kind)
{
	__u64 pointer = 0;

	if (kind == LIST_ADJACENT)
		return w->cursor < w->end ? w->cursor : 0;
	if (kind == LIST_OF_KERNEL ?
		    bpf_probe_read_kernel(&pointer, 8, (void *)w->cursor) :
		    bpf_probe_read_user(&pointer, kind == LIST_POINTERS ? 8 : 4, (void *)w->cursor)) {
		w->list_cut = 1;
		return 0;
	}
	w->cursor += kind == LIST_POINTERS_32 ? 4 : 8;
	return pointer;
}

static __always_inline long read_item(void *to, __u32 size, __u64 from, __u32 kind)
{
	return kind == LIST_OF_KERNEL ? bpf_probe_read_kernel_str(to, size, (void *)from) :
					read_user_string(to, size, from);
}

/* Appends the next items; 1 if there may be more. A function of its own: the verifier walks it once. */
__noinline int put_items(__u32 work_key, __u32 kind)
{
	struct work *w = work_at(work_key);

	if (!w)
		return 0;
	for (int i = 0; i < ITEMS_PER_CALL; i++) {
		__u64 address = next_item(w, kind);
		__u32 at = w->tail, room, most;
		long length;

		if (!address)
			return 0;
		room = w->list + MAX_LIST - at;
		if (at >= w->limit || room > MAX_LIST || room <= sizeof(__u32)) {
			w->list_cut = 1;
			return 0;
		}
		if (room > w->limit - at)
			room = w->limit - at;
		most = room - sizeof(__u32); /* bytes of this item */
		unknown(at);
		unknown(most);
		if (at > RECORD_LIMIT || most > MAX_LIST)
			return 0;
		/* One more than that and the NUL, to tell a cut item from one that just fits. */
		length = read_item(w->stashed.record.bytes + at + sizeof(__u32), most + 2, address,
				   kind);
		if (length <= 0) {
			w->list_cut = 1;
			length = 1;
			w->cursor = kind == LIST_ADJACENT ? w->end : w->cursor;
		}
		if (kind == LIST_ADJACENT)
			w->cursor += length;
		length--;
		if (length > most) {
			w->list_cut = 1;
			length = most;
		}
		*(__u32 *)(w->stashed.record.bytes + at) = length;
		at += sizeof(__u32) + length;
		pad(w, at);
		w->tail = (at + 3) & ~3;
	}
	return 1;
}

/* Calls it many times; 1 if there may be more. */
__noinline int put_many_items(__u32 work_key, __u32 kind)
{
	for (int i = 0; i < CALLS_PER_CALL; i++)
		if (!put_items(work_key, kind))
			return 0;
	return 1;
}

/* Reads the list at an address into a slot. LIST_ADJACENT: work.end says where it ends. */
__noinline int put_list(__u32 work_key, __u32 slot, __u64 address, __u32 kind)
{
	struct work *w = work_at(work_key);
	__u32 length;

	if (!w)
		return 0;
	w->list = w->tail;
	w->list_cut = 0;
	w->cursor = address;
	for (int i = 0; i < LIST_CALLS; i++)
		if (!put_many_items(work_key, kind))
			break;
	length = w->tail - w->list;
	w->tail = w->list;
	if (length || !w->list_cut) /* else not even the first pointer could be read */
		put_tail(w, slot, length, w->list_cut);
	return 0;
}

#endif
