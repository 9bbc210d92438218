//! Who runs when, and where.

use libc::*;

use crate::call::{NOBODY, NULL, call, nanoseconds};

/// What `sched_setattr` takes.
#[repr(C)]
#[derive(Default)]
struct Attributes {
    size: u32,
    policy: u32,
    flags: u64,
    nice: i32,
    priority: u32,
    runtime: u64,
    deadline: u64,
    period: u64,
}

pub(crate) fn all() {
    let parameter = sched_param { sched_priority: 0 };
    let mut found = sched_param { sched_priority: 0 };
    call!(SYS_sched_yield);
    call!(SYS_sched_getscheduler, 0);
    call!(SYS_sched_setscheduler, 0, SCHED_BATCH, &parameter);
    call!(
        SYS_sched_setscheduler,
        0,
        SCHED_OTHER | SCHED_RESET_ON_FORK,
        &parameter
    );
    call!(SYS_sched_setscheduler, 0, SCHED_FIFO, &parameter);
    call!(SYS_sched_getparam, 0, &mut found);
    call!(SYS_sched_getparam, -1, &mut found);
    call!(SYS_sched_setparam, 0, &parameter);
    call!(SYS_sched_setparam, 0, NULL);
    call!(SYS_sched_get_priority_max, SCHED_FIFO);
    call!(SYS_sched_get_priority_max, 99);
    call!(SYS_sched_get_priority_min, SCHED_RR);
    let mut interval = nanoseconds(0);
    call!(SYS_sched_rr_get_interval, 0, &mut interval);
    call!(SYS_sched_rr_get_interval, -1, &mut interval);
    let mut processors = [0_u64; 16];
    call!(
        SYS_sched_getaffinity,
        0,
        size_of_val(&processors),
        &mut processors
    );
    call!(
        SYS_sched_setaffinity,
        0,
        size_of_val(&processors),
        &processors
    );
    call!(SYS_sched_setaffinity, 0, 0, &processors);
    let mut attributes = Attributes::default();
    call!(
        SYS_sched_getattr,
        0,
        &mut attributes,
        size_of::<Attributes>(),
        0
    );
    call!(SYS_sched_setattr, 0, &attributes, 0);
    call!(SYS_sched_setattr, NOBODY, &attributes, 0);
    call!(SYS_getpriority, PRIO_PROCESS, 0);
    call!(SYS_getpriority, 7, 0);
    call!(SYS_setpriority, PRIO_PGRP, NOBODY, 5);
    call!(SYS_setpriority, PRIO_PROCESS, 0, 3);
    call!(SYS_setpriority, PRIO_USER, 4_000_000, -20);
    call!(SYS_ioprio_get, 1, 0);
    call!(SYS_ioprio_set, 1, 0, (2 << 13) | 5);
    call!(SYS_ioprio_set, 9, 0, 0);
}
