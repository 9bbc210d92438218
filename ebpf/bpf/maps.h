/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The maps, and the memory that a program works in. Sizes marked "set by the loader" are the
 * smallest ones here: the loader knows the processors, the tables and the wishes.
 */
#ifndef TRACEE_MAPS_H
#define TRACEE_MAPS_H

#include "abi.h"
#include "kernel.h"

enum {
	/* The longest record. */
	RECORD_LIMIT = sizeof(struct record_header) + 8 * MAX_SLOTS + MAX_TAIL,
	/*
	 * Reads go to an offset below RECORD_LIMIT and are cut afterwards, because the verifier can't
	 * relate an offset to a length: room for the longest one, its NUL and its padding.
	 */
	RECORD_SLACK = MAX_LIST + 64,
	PATH_BUFFER = 8192,
	MAX_FUNCTION_ARGS = 7,
	LRU_PLACES = 1024, /* tasks between the two hooks of a file system's change */
};

struct record {
	union {
		struct {
			struct record_header header;
			__u64 slots[MAX_SLOTS];
		};
		__u8 bytes[RECORD_LIMIT];
	};
};

/* A record of an EVENT_AT_ENTER syscall that waits for its return. */
struct stashed {
	__u32 config; /* key in `events` */
	__u32 generation; /* control.generation when it was made */
	struct record record;
};

/*
 * What a program knows while it makes a record. It is far larger than a per-CPU map value may be (32
 * KiB), so it is an element of a plain array: one for each processor, and some to spare, for a
 * program may be interrupted or preempted by another (fentry since 5.11, raw tracepoints since 7.0).
 * take_work and release_work see to it that one program alone uses it.
 *
 * Functions that aren't inlined get its key, work.key: before 5.12 they can't take a pointer.
 */
struct work {
	__u64 users; /* 1: the one that took it; more while others try */
	__u32 key;   /* in `work` */
	__u32 seen;  /* whether it was counted */
	__u64 pending;	   /* bit i: slot i will be read when the cheaper filters have passed */
	__u32 next_filter; /* of the event: those before it were applied */
	__u32 unwanted;	   /* the call is not what the event says: no record */
	__u64 args[MAX_FUNCTION_ARGS]; /* the syscall's registers, or the function's arguments */
	__u64 live[SELECTOR_WORDS];   /* selectors that are left */
	__u64 satisfied[2][SELECTOR_WORDS]; /* of the string filter that runs, as in struct output */
	__u64 denied[SELECTOR_WORDS];
	__u64 cursor; /* of the list that is read: address of the next item or of its pointer */
	__u64 end;    /* where a list of adjacent strings ends */
	__u32 flags; /* RECORD_* */
	__u32 args_read; /* bit i: argument i is in its slot, or can't be */
	__u32 context;	 /* the parts of the context (context.h) that are in the header */
	__u32 tail;	 /* offset of the next free byte of the record; a multiple of 8 */
	__u32 limit;	 /* the offset where the tail may not reach */
	__u32 list;	 /* offset of the list that is read */
	__u32 list_cut;
	__u64 tree; /* the process's mask */
	__u64 value; /* of the integer field that was asked for last */
	struct dentry *dentry; /* of the path that is walked */
	struct vfsmount *mount;
	struct vfsmount *place; /* see programs/places.h */
	__u32 path_at; /* begin of what is known of it, in path */
	__u32 path_state;
	__u8 path[PATH_BUFFER];
	struct stashed stashed; /* its record is the one that is made */
	__u8 slack[RECORD_SLACK];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct control);
} control SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* possible processors and SPARE_WORKS, set by the loader */
	__type(key, __u32);
	__type(value, struct work);
} work SEC(".maps");

/* Keyed by the task's address: execve in a thread changes its tid. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* set by the loader when an event needs it */
	__type(key, __u64);
	__type(value, struct stashed);
} stash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096); /* set by the loader */
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2 * MAX_SYSCALLS);
	__type(key, __u32);
	__type(value, __u32);
} syscalls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2 * MAX_EVENTS);
	__type(key, __u32);
	__type(value, struct event_config);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* set by the loader, like the next four */
	__type(key, __u32);
	__type(value, struct field_filter);
} field_filters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct interval);
} intervals SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct flag_test);
} flag_tests SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct automaton);
} automata SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct output);
} outputs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct transitions);
} transitions SEC(".maps");

/* Preallocated: 5.10 warns of tracing programs that allocate. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* set by the loader */
	__type(key, __u32);
	__type(value, __u64);
} tree SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u64);
} tree_roots SEC(".maps");

/* See programs/places.h. Keyed by the task's address; the mount's address. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, LRU_PLACES);
	__type(key, __u64);
	__type(value, __u64);
} places SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, MAX_EVENTS);
	__type(key, __u32);
	__type(value, struct loss);
} losses SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PROCESS_LOSSES);
	__type(key, __u32);
	__type(value, __u64);
} process_losses SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, MAX_EVENTS);
	__type(key, __u32);
	__type(value, struct passed);
} passed SEC(".maps");

static __always_inline struct control *the_control(void)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&control, &key);
}

static __always_inline struct work *work_at(__u32 key)
{
	return bpf_map_lookup_elem(&work, &key);
}

static __always_inline struct event_config *config_at(__u32 key)
{
	return bpf_map_lookup_elem(&events, &key);
}

static __always_inline struct loss *losses_of(__u32 event)
{
	return bpf_map_lookup_elem(&losses, &event);
}

static __always_inline struct passed *passed_of(__u32 event)
{
	return bpf_map_lookup_elem(&passed, &event);
}

/* Adds atomically, without asking for the sum: 5.10 has no instruction for that. */
static __always_inline void add(__u64 *to, __s64 what)
{
	asm volatile("lock *(u64 *)(%0 + 0) += %1" : : "r"(to), "r"(what) : "memory");
}

/* Something of this process (a thread group) will be missing. */
static __always_inline void miss(__u32 pid)
{
	__u32 key = pid & (PROCESS_LOSSES - 1);
	__u64 *count = bpf_map_lookup_elem(&process_losses, &key);

	if (count)
		add(count, 1);
}

/*
 * A work that nobody uses: this processor's, or one to spare. NULL if there is none, which is counted.
 * Whoever finds itself the only user has it: others that try come later and see two. Of several that
 * try at once none may get it; they go on to the next.
 */
static __always_inline struct work *take_work(const struct control *control, __u32 event)
{
	__u32 processor = bpf_get_smp_processor_id(), key = processor;
	struct loss *lost;

	for (int i = 0; i <= SPARE_WORKS; i++) {
		struct work *w = work_at(key);

		if (!w)
			break;
		add(&w->users, 1);
		if (*(volatile __u64 *)&w->users == 1) {
			w->key = key;
			return w;
		}
		add(&w->users, -1);
		key = control->processors + (processor + i) % SPARE_WORKS;
	}
	lost = losses_of(event);
	if (lost)
		lost->no_work++;
	miss(bpf_get_current_pid_tgid() >> 32);
	return NULL;
}

static __always_inline void release_work(struct work *w)
{
	add(&w->users, -1);
}

/* Keeps the compiler from assuming what it knows of a value, so that checks stay for the verifier. */
#define unknown(value) asm volatile("" : "+r"(value))

#endif
