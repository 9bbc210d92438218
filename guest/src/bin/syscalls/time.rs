//! Clocks and timers.

use libc::*;

use crate::call::{BAD, NULL, call, descriptor, nanoseconds};

pub(crate) fn all() {
    clocks();
    sleeping();
    timers();
}

fn clocks() {
    let mut seconds = 0_i64;
    call!(SYS_time, &mut seconds);
    call!(SYS_time, NULL);
    let mut now = timeval {
        tv_sec: 0,
        tv_usec: 0,
    };
    call!(SYS_gettimeofday, &mut now, NULL);
    now.tv_usec = -1;
    call!(SYS_settimeofday, &now, NULL);
    let mut ticks = [0_u8; 64];
    call!(SYS_times, &mut ticks);
    let mut found = nanoseconds(0);
    call!(SYS_clock_gettime, CLOCK_REALTIME, &mut found);
    call!(SYS_clock_gettime, CLOCK_MONOTONIC_RAW, &mut found);
    call!(SYS_clock_gettime, CLOCK_TAI, &mut found);
    call!(SYS_clock_gettime, 99, &mut found);
    call!(SYS_clock_gettime, -6, &mut found);
    call!(SYS_clock_getres, CLOCK_MONOTONIC, &mut found);
    call!(SYS_clock_getres, CLOCK_BOOTTIME, NULL);
    let wrong = timespec {
        tv_sec: 3,
        tv_nsec: -4,
    };
    call!(SYS_clock_settime, CLOCK_REALTIME, &wrong);
    call!(SYS_clock_settime, CLOCK_MONOTONIC, &wrong);
    let mut adjustment = [0_u64; 32];
    call!(SYS_adjtimex, &mut adjustment);
    call!(SYS_clock_adjtime, CLOCK_REALTIME, &mut adjustment);
    call!(SYS_clock_adjtime, CLOCK_MONOTONIC, &mut adjustment);
}

fn sleeping() {
    let (short, mut rest) = (nanoseconds(1_000), nanoseconds(0));
    let wrong = timespec {
        tv_sec: -1,
        tv_nsec: 5,
    };
    call!(SYS_nanosleep, &short, &mut rest);
    call!(SYS_nanosleep, &wrong, NULL);
    call!(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &short, &mut rest);
    call!(
        SYS_clock_nanosleep,
        CLOCK_REALTIME,
        TIMER_ABSTIME,
        &short,
        NULL
    );
    call!(SYS_clock_nanosleep, CLOCK_REALTIME, 0, &wrong, NULL);
}

fn timers() {
    let mut value = itimerval {
        it_interval: timeval {
            tv_sec: 0,
            tv_usec: 0,
        },
        it_value: timeval {
            tv_sec: 100,
            tv_usec: 7,
        },
    };
    call!(SYS_setitimer, ITIMER_REAL, &value, NULL);
    call!(SYS_getitimer, ITIMER_REAL, &mut value);
    call!(SYS_getitimer, 7, &mut value);
    value.it_value.tv_sec = 0;
    value.it_value.tv_usec = 0;
    call!(SYS_setitimer, ITIMER_REAL, &value, &mut [0_u8; 32]);
    call!(SYS_setitimer, ITIMER_VIRTUAL, &value, NULL);
    let mut timer = 0_i32;
    let mut event = [0_u64; 8];
    event[1] = (SIGEV_NONE as u64) << 32;
    call!(SYS_timer_create, CLOCK_MONOTONIC, &event, &mut timer);
    call!(SYS_timer_create, 77, NULL, &mut timer);
    let later = itimerspec {
        it_interval: nanoseconds(0),
        it_value: nanoseconds(90_000_000_001),
    };
    let mut found = later;
    call!(SYS_timer_settime, timer, TIMER_ABSTIME, &later, &mut found);
    call!(SYS_timer_gettime, timer, &mut found);
    call!(SYS_timer_getoverrun, timer);
    call!(SYS_timer_delete, timer);
    call!(SYS_timer_delete, 12_345);
    let file = descriptor(call!(
        SYS_timerfd_create,
        CLOCK_BOOTTIME,
        TFD_CLOEXEC | TFD_NONBLOCK
    ));
    call!(SYS_timerfd_create, 77, 0);
    call!(
        SYS_timerfd_settime,
        file,
        TFD_TIMER_ABSTIME,
        &later,
        &mut found
    );
    call!(SYS_timerfd_settime, BAD, 0, &later, NULL);
    call!(SYS_timerfd_gettime, file, &mut found);
}
