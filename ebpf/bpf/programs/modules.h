/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Modules of the kernel, and what they as a rule do. Slots as in module_hooks.tp. */

/* Three slots: name, version, src_version. */
__noinline int put_module(__u32 work_key, __u64 address)
{
	enum { NAME, VERSION, SRC_VERSION };
	struct module *module = (void *)address;
	const char *version = BPF_CORE_READ(module, version);
	const char *source = BPF_CORE_READ(module, srcversion);

	put_kernel_string(work_key, NAME, (__u64)__builtin_preserve_access_index(&module->name));
	if (version)
		put_kernel_string(work_key, VERSION, (__u64)version);
	if (source)
		put_kernel_string(work_key, SRC_VERSION, (__u64)source);
	return 0;
}

SEC("raw_tp/module_load")
int module_load(__u64 *args) /* struct module *module */
{
	enum { PATHNAME = 3, DEV, INODE, CTIME };
	struct work *w = work_of_call(785);
	struct file *file;

	if (!w)
		return 0;
	put_module(w->key, args[0]);
	/* init_module(2) has the bytes and no file. */
	file = file_of(syscall_argument(w, SYS_FINIT_MODULE, 0, -1));
	if (file) {
		put_inode(w, BPF_CORE_READ(file, f_inode), DEV, INODE, CTIME);
		put_file_path(w, PATHNAME, file);
	}
	complete(w);
	release_work(w);
	return 0;
}

SEC("raw_tp/module_free")
int module_free(__u64 *args) /* struct module *module */
{
	struct work *w = work_of_call(786);

	if (!w)
		return 0;
	put_module(w->key, args[0]);
	complete(w);
	release_work(w);
	return 0;
}

CALL(do_init_module)
{
	enum { NAME, VERSION, SRC_VERSION };

	if (phase == CHEAP)
		LATER(SLOT(NAME) | SLOT(VERSION) | SLOT(SRC_VERSION));
	/* It freed the module if it failed. */
	else if (!(w->flags & RECORD_RETVAL) || w->stashed.record.header.retval >= 0)
		put_module(w->key, w->args[0]);
}
ON_INT_RETURN(do_init_module, 762, 1)

CALL(call_usermodehelper)
{
	enum { PATHNAME, ARGV, ENVP, WAIT };

	if (phase == CHEAP) {
		put_int(w, WAIT, (__s32)w->args[3]);
		LATER(SLOT(PATHNAME) | SLOT(ARGV) | SLOT(ENVP));
		return;
	}
	put_kernel_string(w->key, PATHNAME, w->args[0]);
	put_list(w->key, ARGV, w->args[1], LIST_OF_KERNEL);
	put_list(w->key, ENVP, w->args[2], LIST_OF_KERNEL);
}
ON_CALL(call_usermodehelper, 754, 4)

CALL(register_chrdev)
{
	enum { REQUESTED, GRANTED, NAME, FOPS };
	__s64 result = w->stashed.record.header.retval;
	__u32 requested = w->args[0];

	if (phase == CHEAP) {
		put_int(w, REQUESTED, requested);
		/* It gives the number that it chose, and 0 where it was told one. */
		if (w->flags & RECORD_RETVAL && result >= 0)
			put_int(w, GRANTED, result ? result : requested);
		put_int(w, FOPS, w->args[4]);
		LATER(SLOT(NAME));
		return;
	}
	put_kernel_string(w->key, NAME, w->args[3]);
}
ON_INT_RETURN(register_chrdev, 760, 5)

CALL(proc_create)
{
	enum { NAME, PROC_OPS_ADDR };

	if (phase == CHEAP) {
		put_int(w, PROC_OPS_ADDR, w->args[3]);
		LATER(SLOT(NAME));
		return;
	}
	put_kernel_string(w->key, NAME, w->args[0]);
}
ON_CALL(proc_create, 752, 4)

/* The directory that something is made in: NULL is the root, and an error is none. */
static __always_inline void put_debugfs_path(struct work *w, __u32 slot, __u64 directory)
{
	enum { MAX_ERRNO = 4095 };

	w->place = NULL;
	if (directory && directory < (__u64)-MAX_ERRNO)
		put_dentry_path(w, slot, (void *)directory);
}

CALL(debugfs_create_dir)
{
	enum { NAME, PATH };

	if (phase == CHEAP) {
		LATER(SLOT(NAME) | SLOT(PATH));
		return;
	}
	put_kernel_string(w->key, NAME, w->args[0]);
	put_debugfs_path(w, PATH, w->args[1]);
}
ON_CALL(debugfs_create_dir, 758, 2)

CALL(debugfs_create_file)
{
	enum { FILE_NAME, PATH, MODE, PROC_OPS_ADDR };
	__u64 operations = w->args[debugfs_takes_aux() ? 6 : 5];

	if (phase == CHEAP) {
		put_int(w, MODE, (__u16)w->args[1]);
		if (operations)
			put_int(w, PROC_OPS_ADDR, operations);
		LATER(SLOT(FILE_NAME) | SLOT(PATH));
		return;
	}
	put_kernel_string(w->key, FILE_NAME, w->args[0]);
	put_debugfs_path(w, PATH, w->args[2]);
}
ON_CALL(debugfs_create_file, 756, 7)
