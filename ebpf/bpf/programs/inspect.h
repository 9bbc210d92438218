/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The kernel's memory, looked at because userland asks. Nothing attaches these programs; BPF_PROG_TEST_RUN runs them,
 * for raw tracepoints since 5.10. What it found is in the map `inspections`, and userland (runtime/src/live/integrity)
 * judges it. Whatever lies at an address that is no longer what userland thinks is read as such; nothing is followed
 * but what a step says.
 */

enum inspection {
	INSPECT_MODULE_LIST = 1,   /* the list member of a module: the next one, and the module */
	INSPECT_MODULE_OBJECT = 2, /* the list member of an object of /sys/module: the next one, and its module */
	INSPECT_MODULE_TREE = 3,   /* `mod_tree`: the root of the tree of addresses, as `left` */
	INSPECT_MODULE_NODE = 4,   /* a node of that: what is left and right of it, and its module */
	INSPECT_MODULE_SET = 5,	   /* where `module_kset` points to: the begin of its list, as `next` */
};

enum {
	INSPECTED_BYTES = 4096,
	MODULE_NAME = 56,
	MODULE_SOURCE = 32,
};

struct inspected_module {
	__u64 next, left, right;
	__u64 address; /* of the module; 0 if there is none */
	char name[MODULE_NAME];
	char source[MODULE_SOURCE]; /* srcversion, cut */
};

struct inspected {
	union {
		struct inspected_module module;
		__u8 bytes[INSPECTED_BYTES];
	};
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct inspected);
} inspections SEC(".maps");

static __always_inline void inspect_module(struct inspected_module *found, struct module *module)
{
	const char *source;

	found->address = (__u64)module;
	if (!module)
		return;
	source = BPF_CORE_READ(module, srcversion);
	bpf_probe_read_kernel_str(found->name, MODULE_NAME,
				  __builtin_preserve_access_index(&module->name));
	if (source)
		bpf_probe_read_kernel_str(found->source, MODULE_SOURCE, source);
}

static __always_inline void inspect_node(struct inspected_module *found, __u64 address)
{
	struct mod_tree_node *node = (void *)address -
				     bpf_core_field_offset(struct mod_tree_node, node) -
				     bpf_core_field_offset(struct latch_tree_node, node);
	struct rb_node *place = (void *)address;

	found->left = (__u64)BPF_CORE_READ(place, rb_left);
	found->right = (__u64)BPF_CORE_READ(place, rb_right);
	inspect_module(found, BPF_CORE_READ(node, mod));
}

static __always_inline struct inspected *inspection(void)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&inspections, &key);
}

SEC("raw_tp/inspect_memory")
int inspect_memory(__u64 *args) /* address */
{
	struct inspected *inspected = inspection();

	if (!inspected)
		return -1;
	return bpf_probe_read_kernel(inspected->bytes, INSPECTED_BYTES, (void *)args[0]);
}

/* A program of its own: a kernel that takes no modules has none of these types. */
SEC("raw_tp/inspect_modules")
int inspect_modules(__u64 *args) /* enum inspection, address */
{
	struct inspected *inspected = inspection();
	__u64 what = args[0], address = args[1];
	struct list_head *list = (void *)address;
	struct inspected_module *found;
	struct module_kobject *object;
	struct mod_tree_root *tree;
	struct module *module;
	struct kset *set;

	if (!inspected)
		return -1;
	found = &inspected->module;
	__builtin_memset(found, 0, sizeof(*found));
	switch (what) {
	case INSPECT_MODULE_LIST:
		found->next = (__u64)BPF_CORE_READ(list, next);
		module = (void *)address - bpf_core_field_offset(struct module, list);
		inspect_module(found, module);
		return 0;
	case INSPECT_MODULE_OBJECT:
		found->next = (__u64)BPF_CORE_READ(list, next);
		object = (void *)address - bpf_core_field_offset(struct kobject, entry) -
			 bpf_core_field_offset(struct module_kobject, kobj);
		inspect_module(found, BPF_CORE_READ(object, mod));
		return 0;
	case INSPECT_MODULE_TREE:
		tree = (void *)address;
		found->left = (__u64)BPF_CORE_READ(tree, root.tree[0].rb_node);
		return 0;
	case INSPECT_MODULE_NODE:
		inspect_node(found, address);
		return 0;
	case INSPECT_MODULE_SET:
		set = (void *)address;
		found->next = (__u64)__builtin_preserve_access_index(&set->list);
		return 0;
	default:
		return -1;
	}
}
