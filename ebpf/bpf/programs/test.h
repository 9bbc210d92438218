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

/* The early filters, on the record's fields. */
static __always_inline void test_early(struct work *w, const struct event_config *config)
{
	__u64 live[SELECTOR_WORDS];

	for (int i = 0; i < SELECTOR_WORDS; i++)
		live[i] = w->live[i];
	for (__u32 i = 0; i < MAX_EARLY_FILTERS; i++) {
		struct field_filter *filter = early_filter(config, i);

		if (!filter)
			break;
		need_field(w->key, filter->field);
		if (int_field(w->key, filter->field))
			decide_early(live, filter, w->value);
	}
	take_early(w, config, live);
}

SEC("raw_tp/test_filters")
int test_filters(__u64 *args) /* key in `events`, record_header.flags, address and size of the record */
{
	__u32 key = args[0], size = args[3];
	struct event_config *config = config_at(key);
	struct control *control = the_control();
	__u32 event = key & (MAX_EVENTS - 1);
	int result = TEST_DROPPED;
	struct work *w;

	unknown(size);
	if (!config || !control || size > RECORD_LIMIT)
		return TEST_REFUSED;
	w = take_work(control, event);
	if (!w)
		return TEST_REFUSED;
	begin_record(w, event, key, config);
	if (bpf_probe_read_user(&w->stashed.record, size, (void *)args[2])) {
		release_work(w);
		return TEST_UNREADABLE;
	}
	w->flags |= args[1];
	/* Whatever the record lacks is absent, and not to be read now. */
	w->args_read = ~0;
	w->context = ALL_PARTS;
	w->tail = size;
	test_early(w, config);
	if (apply_filters(w->key) == PASS) {
		seal(w);
		submit(&w->stashed.record, size, event);
		result = TEST_SUBMITTED;
	}
	release_work(w);
	return result;
}
