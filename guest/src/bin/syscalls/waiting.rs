//! Waiting for descriptors, for memory, and for what the kernel does meanwhile.

use libc::*;

use crate::call::{BAD, NULL, call, descriptor, nanoseconds};

pub(crate) fn all() {
    polls();
    epoll();
    futexes();
    asynchronous();
}

/// libc has no name for it here.
const SYS_IO_PGETEVENTS: c_long = 333;

fn polls() {
    let counter = descriptor(call!(
        SYS_eventfd2,
        3,
        EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE
    ));
    call!(SYS_eventfd2, u32::MAX, 0x40);
    call!(SYS_eventfd, 4_000_000_000_u32);
    let mut wanted = [pollfd {
        fd: counter,
        events: POLLIN | POLLOUT,
        revents: 0,
    }];
    call!(SYS_poll, &mut wanted, 1, -1);
    call!(SYS_poll, NULL, 0, 1);
    call!(SYS_poll, &mut wanted, 1_000_000_000, 0);
    call!(
        SYS_ppoll,
        &mut wanted,
        1,
        &nanoseconds(2_000_000_003),
        NULL,
        8
    );
    call!(SYS_ppoll, NULL, 0, &nanoseconds(1_000), &0_u64, 8);
    let mut set = [0_u64; 16];
    set[0] = 1 << counter;
    let mut timeout = timeval {
        tv_sec: 0,
        tv_usec: 100,
    };
    call!(SYS_select, counter + 1, &mut set, NULL, NULL, &mut timeout);
    call!(SYS_select, -1, NULL, NULL, NULL, &mut timeout);
    call!(
        SYS_pselect6,
        counter + 1,
        &mut set,
        NULL,
        NULL,
        &nanoseconds(1_000),
        NULL
    );
    call!(SYS_pselect6, 0, NULL, NULL, NULL, &nanoseconds(4_000), NULL);
}

fn epoll() {
    let counter = descriptor(call!(SYS_eventfd2, 1, 0));
    let old = descriptor(call!(SYS_epoll_create, 5));
    call!(SYS_epoll_create, -1);
    let new = descriptor(call!(SYS_epoll_create1, EPOLL_CLOEXEC));
    let event = epoll_event {
        events: (EPOLLIN | EPOLLET) as u32,
        u64: 7,
    };
    call!(SYS_epoll_ctl, new, EPOLL_CTL_ADD, counter, &event);
    call!(SYS_epoll_ctl, new, EPOLL_CTL_MOD, counter, &event);
    let mut events = [event; 4];
    call!(SYS_epoll_wait, new, &mut events, events.len(), 0);
    call!(SYS_epoll_wait, old, &mut events, -1, 1);
    call!(SYS_epoll_pwait, new, &mut events, events.len(), 0, NULL, 8);
    call!(
        SYS_epoll_pwait2,
        new,
        &mut events,
        events.len(),
        &nanoseconds(3_000),
        NULL,
        8
    );
    call!(SYS_epoll_ctl, new, EPOLL_CTL_DEL, counter, NULL);
    call!(SYS_epoll_ctl, new, 9, counter, &event);
}

fn futexes() {
    let (one, two) = (5_u32, 6_u32);
    call!(
        SYS_futex,
        &one,
        FUTEX_WAIT | FUTEX_PRIVATE_FLAG,
        4,
        NULL,
        NULL,
        0
    );
    call!(SYS_futex, &one, FUTEX_WAIT, 5, &nanoseconds(1_000), NULL, 0);
    call!(SYS_futex, &one, FUTEX_WAKE, 1, NULL, NULL, 0);
    call!(SYS_futex, &one, FUTEX_CMP_REQUEUE, 1, 2, &two, 5);
    call!(
        SYS_futex,
        &one,
        FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME,
        4,
        NULL,
        NULL,
        u32::MAX
    );
    call!(SYS_futex, &one, 0x7e, 0, NULL, NULL, 0);
    call!(
        SYS_futex_waitv,
        NULL,
        1,
        0,
        &nanoseconds(9_000),
        CLOCK_MONOTONIC
    );
}

fn asynchronous() {
    let mut context = 0_u64;
    call!(SYS_io_setup, 8, &mut context);
    call!(SYS_io_setup, 0, &mut context);
    let mut events = [0_u64; 16];
    call!(SYS_io_submit, context, 0, NULL);
    call!(SYS_io_submit, 0x1000, 1, NULL);
    call!(
        SYS_io_getevents,
        context,
        0,
        1,
        &mut events,
        &nanoseconds(1_000)
    );
    call!(
        SYS_IO_PGETEVENTS,
        context,
        0,
        1,
        &mut events,
        &nanoseconds(2_000),
        NULL
    );
    call!(SYS_io_cancel, context, &events, &mut [0_u64; 4]);
    call!(SYS_io_destroy, context);
    call!(SYS_io_destroy, 0x1000);
    let mut parameters = [0_u32; 32];
    let ring = descriptor(call!(SYS_io_uring_setup, 4, &mut parameters));
    call!(SYS_io_uring_setup, 0, &mut parameters);
    call!(SYS_io_uring_enter, ring, 0, 0, 1, NULL, 8);
    call!(SYS_io_uring_enter, BAD, 1, 2, 0, NULL, 0);
    call!(SYS_io_uring_register, ring, 1, NULL, 0);
    call!(SYS_io_uring_register, BAD, 2, &ring, 1);
}
