/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The filters by themselves, on a record that userland made: for tests that compare them with the
 * interpreter. Nothing attaches this program; BPF_PROG_TEST_RUN runs it, for raw tracepoints since 5.10.
 */

enum {
	TEST_DROPPED = 0,
	TEST_SUBMITTED = 1, /* what is left is in the ring buffer */
	TEST_REFUSED = 2,    /* the arguments are wrong */
	TEST_UNREADABLE = 3,
};

SEC("raw_tp/test_filters")
int test_filters(__u64 *args) /* key in `events`, record_header.flags, address and size of the record */
{
	__u32 key = args[0], size = args[3];
	struct event_config *config = config_at(key);
	struct work *w = the_work();
	__u16 event;

	if (!config || !w)
		return TEST_REFUSED;
	event = key & (MAX_EVENTS - 1);
	begin_record(w, event, key, config);
	unknown(size);
	if (size > RECORD_LIMIT)
		return TEST_REFUSED;
	if (bpf_probe_read_user(&w->stashed.record, size, (void *)args[2]))
		return TEST_UNREADABLE;
	w->flags |= args[1];
	/* Whatever the record lacks is absent, and not to be read now. */
	w->args_read = ~0;
	w->more_read = 1;
	w->tail = size;
	if (!apply_filters())
		return TEST_DROPPED;
	seal(w);
	submit(&w->stashed.record, size, event);
	return TEST_SUBMITTED;
}
