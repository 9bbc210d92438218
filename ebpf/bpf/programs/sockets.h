/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Sockets. Slots as in stdlib-signatures/events/socket_hooks.tp; an address has four. */

/* The address that a socket is bound to: four slots. */
__noinline int put_local_address(__u32 work_key, __u32 slot, __u64 address)
{
	struct socket *socket = (void *)address;
	struct sock *sock = BPF_CORE_READ(socket, sk);
	__u16 family = BPF_CORE_READ(sock, __sk_common.skc_family);
	struct work *w = work_at(work_key);
	struct unix_address *name;

	if (!w)
		return 0;
	put_int(w, slot, family);
	if (family == AF_UNIX) {
		name = BPF_CORE_READ((struct unix_sock *)sock, addr);
		if (name)
			/* The address by hand: it is a flexible array. */
			put_sockaddr(work_key, slot,
				     (__u64)__builtin_preserve_access_index(&name->name),
				     BPF_CORE_READ(name, len), OF_KERNEL);
		return 0;
	}
	if (family != AF_INET && family != AF_INET6)
		return 0;
	put_int(w, slot + 1, BPF_CORE_READ(sock, __sk_common.skc_num));
	if (family == AF_INET)
		put_address(w, slot + 2,
			    (__u64)__builtin_preserve_access_index(&sock->__sk_common.skc_rcv_saddr),
			    4, OF_KERNEL);
	else
		put_address(w, slot + 2,
			    (__u64)__builtin_preserve_access_index(
				    &sock->__sk_common.skc_v6_rcv_saddr),
			    16, OF_KERNEL);
	return 0;
}

/* The address that a socket is connected to: four slots, of which only the family is there if it is not. */
__noinline int put_remote_address(__u32 work_key, __u32 slot, __u64 address)
{
	struct socket *socket = (void *)address;
	struct sock *sock = BPF_CORE_READ(socket, sk), *peer;
	__u16 family = BPF_CORE_READ(sock, __sk_common.skc_family);
	__u16 port = BPF_CORE_READ(sock, __sk_common.skc_dport);
	struct work *w = work_at(work_key);
	struct unix_address *name;

	if (!w)
		return 0;
	put_int(w, slot, family);
	if (family == AF_UNIX) {
		peer = BPF_CORE_READ((struct unix_sock *)sock, peer);
		name = peer ? BPF_CORE_READ((struct unix_sock *)peer, addr) : NULL;
		if (name)
			put_sockaddr(work_key, slot,
				     (__u64)__builtin_preserve_access_index(&name->name),
				     BPF_CORE_READ(name, len), OF_KERNEL);
		return 0;
	}
	if ((family != AF_INET && family != AF_INET6) || !port)
		return 0;
	put_int(w, slot + 1, __builtin_bswap16(port));
	if (family == AF_INET)
		put_address(w, slot + 2,
			    (__u64)__builtin_preserve_access_index(&sock->__sk_common.skc_daddr), 4,
			    OF_KERNEL);
	else
		put_address(w, slot + 2,
			    (__u64)__builtin_preserve_access_index(&sock->__sk_common.skc_v6_daddr),
			    16, OF_KERNEL);
	return 0;
}

/* The descriptor that the syscall names; absent in another one (socketcall, io_uring). */
static __always_inline void put_socket_fd(struct work *w, __u32 slot, __s32 syscall)
{
	if (w->stashed.record.header.syscall == syscall)
		put_int(w, slot, (__s32)syscall_argument(w, syscall, 0, 0));
}

CALL(security_socket_create)
{
	enum { FAMILY, TYPE, PROTOCOL, KERN };

	if (phase != CHEAP)
		return;
	put_int(w, FAMILY, (__s32)w->args[0]);
	put_int(w, TYPE, (__s32)w->args[1]);
	put_int(w, PROTOCOL, (__s32)w->args[2]);
	put_int(w, KERN, (__s32)w->args[3]);
}
ON_CALL(security_socket_create, 734, 4)

CALL(security_socket_listen)
{
	enum { SOCKFD, LOCAL_ADDR, BACKLOG = 5 };

	if (phase != CHEAP)
		return;
	put_socket_fd(w, SOCKFD, SYS_LISTEN);
	put_local_address(w->key, LOCAL_ADDR, w->args[0]);
	put_int(w, BACKLOG, (__s32)w->args[1]);
}
ON_CALL(security_socket_listen, 735, 2)

CALL(security_socket_connect)
{
	enum { SOCKFD, TYPE, REMOTE_ADDR };
	struct socket *socket = (void *)w->args[0];

	if (phase != CHEAP)
		return;
	put_socket_fd(w, SOCKFD, SYS_CONNECT);
	put_int(w, TYPE, BPF_CORE_READ(socket, type));
	put_sockaddr(w->key, REMOTE_ADDR, w->args[1], w->args[2], OF_KERNEL);
}
ON_CALL(security_socket_connect, 736, 3)

/* Of an address that connect has checked, the family. */
static __always_inline __u16 family_at(__u64 address, __u32 length)
{
	__u16 family = 0;

	if (length >= sizeof(family))
		bpf_probe_read_kernel(&family, sizeof(family), (void *)address);
	return family;
}

CALL(net_tcp_connect)
{
	enum { DST, DST_PORT };
	enum { SOCK_STREAM = 1 };
	__u64 address = w->args[1];
	__u32 length = w->args[2];
	struct socket *socket = (void *)w->args[0];
	__u16 family = family_at(address, length), port = 0;
	bool v4 = family == AF_INET && length >= 16, v6 = family == AF_INET6 && length >= 24;

	if (phase != CHEAP)
		return;
	if (BPF_CORE_READ(socket, type) != SOCK_STREAM || (!v4 && !v6)) {
		w->unwanted = 1;
		return;
	}
	if (bpf_probe_read_kernel(&port, sizeof(port), (void *)(address + 2)) == 0)
		put_int(w, DST_PORT, __builtin_bswap16(port));
	if (v4)
		put_address(w, DST, address + 4, 4, OF_KERNEL);
	else
		put_address(w, DST, address + 8, 16, OF_KERNEL);
}
ON_CALL(net_tcp_connect, 2015, 3)

CALL(security_socket_accept)
{
	enum { SOCKFD, LOCAL_ADDR };

	if (phase != CHEAP)
		return;
	put_socket_fd(w, SOCKFD, SYS_ACCEPT);
	put_socket_fd(w, SOCKFD, SYS_ACCEPT4);
	put_local_address(w->key, LOCAL_ADDR, w->args[0]);
}
ON_CALL(security_socket_accept, 737, 2)

CALL(security_socket_bind)
{
	enum { SOCKFD, LOCAL_ADDR };

	if (phase != CHEAP)
		return;
	put_socket_fd(w, SOCKFD, SYS_BIND);
	put_sockaddr(w->key, LOCAL_ADDR, w->args[1], w->args[2], OF_KERNEL);
}
ON_CALL(security_socket_bind, 738, 3)

CALL(security_socket_setsockopt)
{
	enum { SOCKFD, LEVEL, OPTNAME, LOCAL_ADDR };

	if (phase != CHEAP)
		return;
	put_socket_fd(w, SOCKFD, SYS_SETSOCKOPT);
	put_int(w, LEVEL, (__s32)w->args[1]);
	put_int(w, OPTNAME, (__s32)w->args[2]);
	put_local_address(w->key, LOCAL_ADDR, w->args[0]);
}
ON_CALL(security_socket_setsockopt, 739, 3)

/* What a file is of; NULL if it is no socket. */
static __always_inline struct socket *socket_of(struct file *file)
{
	enum { S_IFMT = 0170000, S_IFSOCK = 0140000 };

	if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return NULL;
	return BPF_CORE_READ(file, private_data);
}

SEC("tp_btf/sys_exit")
int tracepoint_socket_dup(__u64 *args) /* struct pt_regs *regs, long retval */
{
	enum { OLDFD, NEWFD, REMOTE_ADDR };
	struct pt_regs *regs = (void *)args[0];
	struct socket *socket;
	__s64 newfd = args[1];
	struct work *w;
	__s32 event, oldfd;
	bool compat;

	if (newfd < 0 || !enabled())
		return 0;
	compat = is_compat();
	event = syscall_event(compat, regs->orig_ax);
	if (event != SYS_DUP && event != SYS_DUP2 && event != SYS_DUP3)
		return 0;
	oldfd = compat ? regs->bx : regs->di;
	if (oldfd == newfd)
		return 0;
	socket = socket_of(file_of(newfd));
	if (!socket)
		return 0;
	w = work_of_call(749);
	if (!w)
		return 0;
	w->stashed.record.header.retval = newfd;
	w->flags |= RECORD_RETVAL;
	put_int(w, OLDFD, oldfd);
	put_int(w, NEWFD, newfd);
	put_remote_address(w->key, REMOTE_ADDR, (__u64)socket);
	complete(w);
	release_work(w);
	return 0;
}
