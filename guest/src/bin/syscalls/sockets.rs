//! Sockets of all families whose addresses are read.

use std::ffi::CStr;

use libc::*;

use crate::call::{BAD, NULL, call, descriptor, nanoseconds, vector};

pub(crate) fn all() {
    let server = ip4(8933);
    streams(&server);
    datagrams();
    version_6();
    by_path();
    netlink();
    pairs();
}

fn ip4(port: u16) -> sockaddr_in {
    sockaddr_in {
        sin_family: AF_INET as sa_family_t,
        sin_port: port.to_be(),
        sin_addr: in_addr {
            s_addr: u32::from_ne_bytes([127, 0, 0, 1]),
        },
        sin_zero: [0; 8],
    }
}

fn length<T>(_: &T) -> usize {
    size_of::<T>()
}

fn streams(server: &sockaddr_in) {
    let listener = descriptor(call!(
        SYS_socket,
        AF_INET,
        SOCK_STREAM | SOCK_CLOEXEC,
        IPPROTO_TCP
    ));
    call!(SYS_socket, AF_INET, SOCK_STREAM, 250);
    call!(SYS_socket, 77, SOCK_DGRAM, 0);
    let one = 1_i32;
    call!(SYS_setsockopt, listener, SOL_SOCKET, SO_REUSEADDR, &one, 4);
    call!(SYS_setsockopt, listener, IPPROTO_TCP, TCP_NODELAY, &one, 4);
    call!(SYS_setsockopt, listener, SOL_SOCKET, SO_REUSEADDR, &one, 1);
    call!(SYS_bind, listener, server, length(server));
    call!(SYS_bind, listener, server, 3);
    call!(SYS_bind, BAD, server, length(server));
    call!(SYS_listen, listener, 5);
    call!(SYS_listen, BAD, -1);
    let client = descriptor(call!(SYS_socket, AF_INET, SOCK_STREAM, 0));
    call!(SYS_connect, client, server, length(server));
    call!(SYS_connect, client, server, length(server));
    call!(SYS_connect, client, NULL, length(server));
    let mut from = ip4(0);
    let mut size = length(&from) as socklen_t;
    let accepted = descriptor(call!(SYS_accept, listener, &mut from, &mut size));
    call!(SYS_fcntl, listener, F_SETFL, O_NONBLOCK);
    call!(SYS_accept, listener, NULL, NULL);
    let second = descriptor(call!(SYS_socket, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    call!(SYS_connect, second, server, length(server));
    call!(
        SYS_accept4,
        listener,
        &mut from,
        &mut size,
        SOCK_CLOEXEC | SOCK_NONBLOCK
    );
    call!(SYS_accept4, listener, NULL, NULL, 0x10);
    call!(SYS_getsockname, client, &mut from, &mut size);
    call!(SYS_getpeername, client, &mut from, &mut size);
    call!(SYS_getpeername, BAD, &mut from, &mut size);
    let mut value = 0_i32;
    let mut value_size = 4_u32;
    call!(
        SYS_getsockopt,
        client,
        SOL_SOCKET,
        SO_TYPE,
        &mut value,
        &mut value_size
    );
    call!(
        SYS_getsockopt,
        client,
        IPPROTO_IPV6,
        999,
        &mut value,
        &mut value_size
    );
    let mut text = *b"hello";
    call!(
        SYS_sendto,
        client,
        &text,
        text.len(),
        MSG_NOSIGNAL | MSG_MORE,
        NULL,
        0
    );
    call!(
        SYS_sendto,
        client,
        &text,
        text.len(),
        MSG_OOB | MSG_DONTWAIT,
        NULL,
        0
    );
    call!(
        SYS_recvfrom,
        accepted,
        &mut text,
        text.len(),
        MSG_PEEK,
        NULL,
        NULL
    );
    call!(
        SYS_recvfrom,
        accepted,
        &mut text,
        text.len(),
        MSG_DONTWAIT,
        &mut from,
        &mut size
    );
    call!(
        SYS_recvfrom,
        accepted,
        &mut text,
        text.len(),
        MSG_DONTWAIT | MSG_TRUNC,
        NULL,
        NULL
    );
    call!(SYS_shutdown, client, SHUT_WR);
    call!(SYS_shutdown, client, SHUT_RDWR);
    call!(SYS_shutdown, client, 9);
}

fn datagrams() {
    let here = ip4(8936);
    let socket = descriptor(call!(SYS_socket, AF_INET, SOCK_DGRAM, IPPROTO_UDP));
    call!(SYS_bind, socket, &here, length(&here));
    let (mut text, mut from) = (*b"datagram", ip4(0));
    call!(
        SYS_sendto,
        socket,
        &text,
        text.len(),
        0,
        &here,
        length(&here)
    );
    let mut size = length(&from) as socklen_t;
    call!(
        SYS_recvfrom,
        socket,
        &mut text,
        text.len(),
        0,
        &mut from,
        &mut size
    );
    let mut vectors = [vector(&mut text)];
    // SAFETY: numbers and addresses, for which zero stands.
    let mut message: msghdr = unsafe { std::mem::zeroed() };
    message.msg_name = (&raw const here).cast_mut().cast();
    message.msg_namelen = length(&here) as socklen_t;
    message.msg_iov = vectors.as_mut_ptr();
    message.msg_iovlen = 1;
    call!(SYS_sendmsg, socket, &message, MSG_DONTROUTE);
    call!(SYS_recvmsg, socket, &mut message, MSG_DONTWAIT);
    call!(
        SYS_recvmsg,
        socket,
        &mut message,
        MSG_DONTWAIT | MSG_ERRQUEUE
    );
    call!(SYS_sendmsg, BAD, &message, MSG_NOSIGNAL);
    let mut messages = [mmsghdr {
        msg_hdr: message,
        msg_len: 0,
    }];
    call!(SYS_sendmmsg, socket, &mut messages, 1, 0);
    call!(
        SYS_recvmmsg,
        socket,
        &mut messages,
        1,
        MSG_WAITFORONE,
        &nanoseconds(1_000_000_002)
    );
    call!(SYS_recvmmsg, socket, &mut messages, 1, MSG_DONTWAIT, NULL);
}

fn version_6() {
    let mut here = sockaddr_in6 {
        sin6_family: AF_INET6 as sa_family_t,
        sin6_port: 8937_u16.to_be(),
        sin6_flowinfo: 0,
        sin6_addr: in6_addr { s6_addr: [0; 16] },
        sin6_scope_id: 0,
    };
    here.sin6_addr.s6_addr[15] = 1;
    let socket = descriptor(call!(SYS_socket, AF_INET6, SOCK_DGRAM, 0));
    call!(SYS_bind, socket, &here, length(&here));
    call!(SYS_connect, socket, &here, length(&here));
    here.sin6_addr.s6_addr = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7];
    call!(
        SYS_sendto,
        socket,
        c"six",
        3,
        MSG_CONFIRM,
        &here,
        length(&here)
    );
}

fn at_path(path: &CStr) -> sockaddr_un {
    let mut address = sockaddr_un {
        sun_family: AF_UNIX as sa_family_t,
        sun_path: [0; 108],
    };
    for (to, from) in address.sun_path.iter_mut().zip(path.to_bytes()) {
        *to = *from as c_char;
    }
    address
}

fn by_path() {
    let address = at_path(c"/tmp/syscalls/un");
    let listener = descriptor(call!(SYS_socket, AF_UNIX, SOCK_SEQPACKET, 0));
    call!(SYS_bind, listener, &address, length(&address));
    call!(SYS_bind, listener, &address, 2 + 17);
    call!(SYS_listen, listener, 1);
    let client = descriptor(call!(
        SYS_socket,
        AF_UNIX,
        SOCK_SEQPACKET | SOCK_NONBLOCK,
        0
    ));
    call!(SYS_connect, client, &address, 2 + 17);
    call!(
        SYS_connect,
        client,
        &at_path(c"/tmp/syscalls/none"),
        length(&address)
    );
    // Without a name in the file system: it begins with a zero.
    let mut hidden = at_path(c"?hidden");
    hidden.sun_path[0] = 0;
    let socket = descriptor(call!(SYS_socket, AF_UNIX, SOCK_DGRAM, 0));
    call!(SYS_bind, socket, &hidden, 2 + 7);
    call!(SYS_sendto, socket, c"to itself", 9, 0, &hidden, 2 + 7);
}

fn netlink() {
    // SAFETY: numbers, for which zero stands.
    let mut address: sockaddr_nl = unsafe { std::mem::zeroed() };
    address.nl_family = AF_NETLINK as sa_family_t;
    address.nl_groups = 5;
    let socket = descriptor(call!(SYS_socket, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
    call!(SYS_bind, socket, &address, length(&address));
    call!(SYS_socket, AF_PACKET, SOCK_RAW, 0x0300);
    // SAFETY: as above.
    let mut none: sockaddr = unsafe { std::mem::zeroed() };
    call!(SYS_connect, socket, &none, length(&none));
    none.sa_family = 200;
    call!(SYS_connect, socket, &none, length(&none));
}

fn pairs() {
    let mut pair = [0_i32; 2];
    call!(
        SYS_socketpair,
        AF_UNIX,
        SOCK_STREAM | SOCK_CLOEXEC,
        0,
        &mut pair
    );
    call!(SYS_socketpair, AF_INET, SOCK_STREAM, 0, &mut pair);
    let mut bytes = 0_i32;
    call!(SYS_ioctl, pair[0], FIONREAD, &mut bytes);
}
