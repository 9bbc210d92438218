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
