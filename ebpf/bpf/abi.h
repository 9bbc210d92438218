/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The ABI between the eBPF programs and userland: the record that the ring buffer carries, and the
 * values of the filter maps. This header is the one source; src/abi.rs mirrors it, and a test
 * compares size and every member's offset with this object's BTF.
 *
 * Integers are in host byte order. Every struct is padded by hand to a multiple of its alignment.
 */
#ifndef TRACEE_ABI_H
#define TRACEE_ABI_H

#include "kernel.h" /* for the integer types */

enum abi_limit {
	ABI_VERSION = 1,	 /* of the record: recordings say which they hold */
	MAX_EVENTS = 4096,	 /* event ids are below this */
	MAX_SLOTS = 64,		 /* slots of one event: bits of record_header.present */
	MAX_SYSCALLS = 600,	 /* x86-64 and i386 syscall numbers are below this */
	MAX_SYSCALL_ARGS = 6,
	MAX_EVENT_FILTERS = 32,	 /* field filters of one event */
	MAX_FLAG_TESTS = 256,	 /* flag tests of one filter */
	MAX_EARLY_FILTERS = 4,	 /* of a syscall, applied before a record is begun */
	MAX_EARLY_TESTS = 4,	 /* flag tests of one of them */
	MAX_INTERVALS = 1048576, /* intervals of one filter */
	MAX_STRING = 4096,	 /* bytes of one string that are kept */
	MAX_LIST = 32768,	 /* bytes of one list that are kept */
	MAX_TAIL = 65536,	 /* bytes of a record's tail */
	SELECTOR_WORDS = 4,	 /* 256 selectors an event */
	COMM_SIZE = 16,
	/* One goto table serves all automata of a generation. */
	MAX_TRANSITIONS = 262144,
	BYTE_CLASSES = 256,
	SPARE_WORKS = 8, /* records that can be made beside one for each processor; a power of two */
	PROCESS_LOSSES = 32768, /* places where processes' losses are counted; a power of two */
};

/* record_header.flags */
enum record_flag {
	RECORD_RETVAL = 1,   /* retval is meaningful */
	RECORD_COMPAT = 2,   /* a 32-bit caller */
	RECORD_SELECTED = 4, /* selectors holds the kernel's decision */
	RECORD_INTERNAL = 8, /* no selector is left: kept for the process tree only */
	RECORD_GENERATION = 16, /* the filters of generation 1 decided, else those of generation 0 */
	RECORD_EXACT = 32,   /* of existing_process: times are the kernel's, not rounded by /proc */
};

/*
 * A record: this header, then MAX(slot_count) slots of 8 bytes, then the tail. Slot i is at
 * sizeof(struct record_header) + 8 * i and holds, by the type that the schema gives it,
 *
 *   an integer (bool, enum, flags, port, time, pointer)  widened to 64 bits by its signedness
 *   a string, path, ip or byte string                    struct tail_ref
 *   a list of strings                                    struct tail_ref to items, each a __u32
 *                                                        length, that many bytes, and zeros up to
 *                                                        a multiple of 4
 *
 * Whatever the tail holds starts at a multiple of 8 from the record's begin and is followed by
 * zeros up to the next one, so that 8-byte loads never leave the record. Strings have no NUL.
 */
struct record_header {
	__u32 size;	   /* of the whole record; a multiple of 8 */
	__u16 event;	   /* event id */
	__u16 flags;	   /* RECORD_* */
	__u64 time;	   /* ns since the Unix epoch: boot time plus control.boot_to_epoch */
	__u64 present;	   /* bit i: slot i holds a value */
	__u64 truncated;   /* bit i: slot i's value was cut */
	__u64 selectors[SELECTOR_WORDS]; /* which selectors of the event were left */
	__s64 retval;
	__u64 cgroup_id;
	__u64 thread_start_time;  /* ns since the epoch, like time */
	__u64 process_start_time; /* of the thread group's leader */
	__u64 parent_start_time;  /* of the parent process's leader */
	__u32 pid;	   /* thread group id in the task's pid namespace */
	__u32 tid;
	__u32 ppid;
	__u32 host_pid;	   /* in the initial pid namespace */
	__u32 host_tid;
	__u32 host_ppid;
	__u32 uid;	   /* real, in the initial user namespace */
	__u32 gid;
	__u32 mnt_ns;	   /* namespace inode numbers */
	__u32 pid_ns;
	__u32 uts_ns;
	__u32 net_ns;
	__u32 user_ns;
	__u32 cpu;
	__s32 syscall;	   /* x86-64 number of the syscall the task is in, or -1 */
	__u32 reserved;	   /* 0 */
	char comm[COMM_SIZE]; /* NUL-padded */
};

struct tail_ref {
	__u32 offset; /* from the record's begin; a multiple of 8 */
	__u32 length; /* bytes */
};

/*
 * How a syscall argument is read: arg_config.kind. What can't be read (a bad pointer, a page that
 * is not in memory) leaves its slot absent. Registers and pointers of 32-bit callers have 32 bits.
 */
enum arg_kind {
	ARG_NONE = 0,
	ARG_INT = 1,	     /* size bytes of the register, widened; is_signed */
	ARG_STRING = 2,	     /* NUL-terminated, in the traced process */
	ARG_STRING_LIST = 3, /* array of pointers to strings, ended by NULL */
	/*
	 * struct sockaddr, whose length is argument aux. Four slots: family; port and ip of AF_INET
	 * and AF_INET6; path of AF_UNIX, where an abstract name begins with '@' in place of its NUL.
	 */
	ARG_SOCKADDR = 4,
	ARG_U64S = 5, /* a struct of aux 64-bit words, at most 8; aux slots */
};

struct arg_config {
	__u8 kind;
	__u8 slot; /* the first slot it fills */
	__u8 size; /* ARG_INT: 1, 2, 4 or 8 */
	__u8 is_signed;
	__u8 aux;
	__u8 reserved[3];
};

/* event_config.flags */
enum event_flag {
	EVENT_WANTED = 1,   /* a policy selects it or a rule is on it */
	EVENT_INTERNAL = 2, /* the process tree needs it, whatever the selectors say */
	EVENT_AT_ENTER = 4, /* a syscall whose arguments are read on entry and kept until it returns */
};

/* map `events`: array of 2 * MAX_EVENTS, key = generation * MAX_EVENTS + event id */
struct event_config {
	__u32 flags; /* EVENT_* */
	__u32 slot_count;
	__u64 selectors[SELECTOR_WORDS]; /* the selectors in use: what is live at the start */
	__u32 filter_base; /* in `field_filters`, cheapest first: context, integers, strings */
	__u32 filter_count;
	__u32 early_count; /* the first ones, at most MAX_EARLY_FILTERS, that need no record: see field_filter.early */
	__u32 reserved;
	struct arg_config args[MAX_SYSCALL_ARGS];
};

/* map `syscalls`: array of 2 * MAX_SYSCALLS, key = compat * MAX_SYSCALLS + number: event id + 1, or 0.
 * The same for both generations: it depends on the schema only. */

/* field_filter.field: a slot below FIELD_CONTEXT, or one of these */
enum context_field {
	FIELD_CONTEXT = 64,
	FIELD_PID = 64,
	FIELD_TID,
	FIELD_PPID,
	FIELD_HOST_PID,
	FIELD_HOST_TID,
	FIELD_HOST_PPID,
	FIELD_UID,
	FIELD_GID,
	FIELD_MNT_NS,
	FIELD_PID_NS,
	FIELD_UTS_NS,
	FIELD_NET_NS,
	FIELD_USER_NS,
	FIELD_CGROUP_ID,
	FIELD_PROCESS_START_TIME,
	FIELD_THREAD_START_TIME,
	FIELD_CPU,
	FIELD_RETVAL,
	FIELD_COMM, /* the one context string */
	FIELD_TREE, /* the process's mask in `tree`; 0, not absent, if it has none */
	FIELD_TIME,
	FIELD_END,
};

/* or what is known of a slot, whose number is added to one of these: multiples of MAX_SLOTS */
enum slot_field {
	FIELD_STATE = 128,  /* 0 absent, 1 whole, 3 cut; never absent itself */
	FIELD_LENGTH = 192, /* bytes in the tail; absent if they were cut */
};

/* field_filter.kind */
enum filter_kind {
	FILTER_INTERVALS = 1, /* base, count in `intervals`; any integer */
	FILTER_FLAGS = 2,     /* base, count in `flag_tests`; any integer */
	FILTER_STRING = 3,    /* base is an index in `automata`; a string, path or bytes, or comm */
	FILTER_ADDRESSES = 4, /* base, count in `intervals`; an ip of 4 or 16 bytes */
	FILTER_ELEMENTS = 5,  /* base is an index in `automata`; a list of strings */
	/*
	 * Of 3 entries in `intervals` from base on, the one for less, equal or greater: the field beside the
	 * one whose number is count, as numbers of 64 bits, with a sign if is_signed. Both are integers.
	 */
	FILTER_ORDER = 6,
};

/*
 * field_filter.early: whether a filter of a syscall's event can be applied before a record is begun, which most
 * calls that are dropped then do without. Of kind FILTER_INTERVALS, or FILTER_FLAGS with at most
 * MAX_EARLY_TESTS tests, on an integer argument or on what a helper gives.
 */
enum early {
	EARLY_NO = 0,
	EARLY_CONTEXT = 255, /* uid, gid, host_pid, host_tid, cgroup_id, cpu, retval (not on entry) or tree */
};

/*
 * map `field_filters`: array. All predicates that the kernel decides on one field of one event:
 *
 *   live &= satisfied(field) | ~constrained
 *
 * An absent field (unreadable string, retval on entry) and a string that was cut satisfy
 * everything: userland decides. Filters run in the order of the table, and what one needs is read
 * when it runs: put the cheap ones first. Bases are absolute indices: whoever writes the tables adds
 * the generation's.
 */
struct field_filter {
	__u32 field;
	__u16 kind;
	__u8 is_signed; /* integers: flip the sign bit before comparing */
	__u8 early;	/* EARLY_*, or 1 + the number of the syscall's argument that the field is */
	__u32 base;
	__u32 count;
	__u64 constrained[SELECTOR_WORDS];
};

/*
 * map `intervals`: array. The number line from start (inclusive) up to the next entry's start; the
 * first entry of a filter starts at 0. Signed fields are compared with their sign bit flipped (start is the
 * flipped value). Addresses lie on a line of 128 bits, as in IPv6: start has the upper 64 and low the
 * others, and an IPv4 address is where IPv6 maps it (::ffff:0:0/96). Of integers low is 0. Starts
 * ascend strictly.
 */
struct interval {
	__u64 start;
	__u64 low;
	__u64 satisfied[SELECTOR_WORDS];
};

/* map `flag_tests`: array. satisfied |= satisfies if (value & mask) == want, |= otherwise if not. */
struct flag_test {
	__u64 mask;
	__u64 want;
	__u64 satisfies[SELECTOR_WORDS];
	__u64 otherwise[SELECTOR_WORDS];
};

/*
 * map `automata`: array. An Aho-Corasick automaton over bytes folded into classes, with a begin and
 * an end mark: `==` is BEGIN s END, a prefix BEGIN s, a suffix s END.
 *
 *   state = start                                    (after the begin mark)
 *   for each byte b: state = transitions[base + (state << shift) + classes[b]]; take(state)
 *   state = transitions[base + (state << shift) + end_class]; take(state)
 *
 * State 0 is dead: nothing can match any more, the walk stops (and the end mark is not fed).
 * States from first_output on yield outputs[output_base + state - first_output]; `take(start)` is
 * done first, for the empty prefix. A string longer than MAX_STRING satisfies everything. Of a list,
 * every element is walked so, and what any of them yields counts; a longer element satisfies everything.
 * base is absolute within its generation's `transitions`; base + (states << shift) may not exceed
 * MAX_TRANSITIONS.
 */
struct automaton {
	__u32 base;  /* in `transitions` */
	__u32 shift; /* 1 << shift classes a state */
	__u32 start;
	__u32 first_output;
	__u32 output_base;
	__u32 end_class;
	__u64 initial[2][SELECTOR_WORDS]; /* satisfied before the first byte, by need */
	__u8 classes[BYTE_CLASSES];
};

/*
 * map `outputs`: array. A selector may need up to two independent things of a field (a prefix and a
 * suffix) and refuse others:
 *
 *   satisfied = satisfied[0] & satisfied[1] & ~denied
 *
 * initial has the bits of selectors that need fewer than two things.
 */
struct output {
	__u64 satisfies[2][SELECTOR_WORDS];
	__u64 denies[SELECTOR_WORDS];
};

/* map `transitions`: array of 2 (one a generation) of this */
struct transitions {
	__u16 next[MAX_TRANSITIONS];
};

/*
 * map `tree`: hash, key = __u32 host pid (thread group), value = __u64 mask of roots. A child gets
 * its parent's mask at fork; the last thread's exit removes it. Userland sets the roots. Masks hold
 * for both generations.
 *
 * map `tree_roots`: hash of 64, key = __u32 host pid, value = __u64 mask: a process that is forked
 * under this pid is such a root, whoever had the pid before.
 */

/* map `control`: array of 1 */
struct control {
	__u32 generation; /* counts the switches: that of the tables is its lowest bit */
	__u32 self_pid;	  /* host pid of tracee, whose own events are never wanted; 0: none */
	__u64 boot_to_epoch; /* ns to add to the boot clock */
	__u64 required_tree; /* if not 0: only processes with one of these roots */
	__u32 enabled;	  /* 0: programs return at once */
	__u32 processors; /* possible ones: `work` has SPARE_WORKS more */
	__u32 cpuset_groups; /* 1: control groups are those of version 1's cpuset, not of version 2 */
	__u32 reserved;	  /* 0 */
};

/* map `losses`: per-CPU array of MAX_EVENTS, key = event id */
struct loss {
	__u64 ring_full;   /* records that found no place in the ring buffer */
	__u64 stash_full;  /* syscalls with EVENT_AT_ENTER whose record lacks retval: no place to wait */
	__u64 tree_full;   /* forks whose child found no place in `tree` */
	__u64 no_work;	   /* events that found all memory to make a record in use */
};

/*
 * map `process_losses`: array of PROCESS_LOSSES, key = host pid (thread group) modulo that, value = __u64: records that
 * are counted in `losses`, but in stash_full. Never fewer than those of a process: others with such a pid count, too.
 */

/* map `passed`: per-CPU array of MAX_EVENTS: what happened to each event */
struct passed {
	__u64 seen;	 /* reached the filters */
	__u64 submitted; /* put into the ring buffer */
};

#endif
