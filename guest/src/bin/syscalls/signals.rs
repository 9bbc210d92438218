//! Signals: handled, blocked, sent and waited for.

use libc::*;

use crate::call::{NOBODY, NULL, call, descriptor, in_child, nanoseconds};

/// A set of signals as the kernel has it.
const SIZE: usize = 8;

/// What `rt_sigaction` takes: without a handler's code, for which SIG_IGN and SIG_DFL stand.
#[repr(C)]
#[derive(Default)]
struct Action {
    handler: u64,
    flags: u64,
    restorer: u64,
    mask: u64,
}

fn only(signal: i32) -> u64 {
    1 << (signal - 1)
}

pub(crate) fn all() {
    let mut old = Action::default();
    let ignore = Action {
        handler: SIG_IGN as u64,
        mask: only(SIGHUP),
        ..Action::default()
    };
    call!(SYS_rt_sigaction, SIGUSR2, &ignore, &mut old, SIZE);
    call!(SYS_rt_sigaction, SIGKILL, &ignore, NULL, SIZE);
    call!(SYS_rt_sigaction, 34, NULL, &mut old, SIZE);
    call!(SYS_rt_sigaction, SIGTERM, NULL, NULL, 3);
    let usr1 = only(SIGUSR1);
    let mut before = 0_u64;
    call!(SYS_rt_sigprocmask, SIG_BLOCK, &usr1, &mut before, SIZE);
    call!(SYS_rt_sigprocmask, SIG_SETMASK, &usr1, NULL, SIZE);
    call!(SYS_rt_sigprocmask, 77, &usr1, NULL, SIZE);
    sending();
    let mut pending = 0_u64;
    call!(SYS_rt_sigpending, &mut pending, SIZE);
    let mut info = [0_u8; 128];
    call!(
        SYS_rt_sigtimedwait,
        &usr1,
        &mut info,
        &nanoseconds(5_000_000_006),
        SIZE
    );
    call!(
        SYS_rt_sigtimedwait,
        &usr1,
        &mut info,
        &nanoseconds(1_000),
        SIZE
    );
    let stack = stack_t {
        ss_sp: std::ptr::null_mut(),
        ss_flags: SS_DISABLE,
        ss_size: 0,
    };
    in_child(|| {
        call!(SYS_sigaltstack, &stack, NULL);
        call!(SYS_sigaltstack, NULL, NULL);
    });
    let file = descriptor(call!(
        SYS_signalfd4,
        -1,
        &usr1,
        SIZE,
        SFD_CLOEXEC | SFD_NONBLOCK
    ));
    call!(SYS_signalfd, file, &usr1, SIZE);
    call!(SYS_signalfd, -1, &usr1, SIZE);
    call!(SYS_signalfd4, -1, &usr1, SIZE, 1);
    waiting();
}

fn sending() {
    let (process, thread) = (call!(SYS_getpid), call!(SYS_gettid));
    call!(SYS_kill, process, SIGUSR1);
    call!(SYS_kill, process, 0);
    call!(SYS_kill, NOBODY, SIGKILL);
    call!(SYS_kill, process, 65);
    call!(SYS_tkill, thread, SIGUSR1);
    call!(SYS_tkill, -1, SIGTERM);
    call!(SYS_tgkill, process, thread, SIGUSR2);
    call!(SYS_tgkill, process, NOBODY, SIGSTOP);
    let mut info = [0_u32; 32];
    info[2] = SI_QUEUE as u32;
    call!(SYS_rt_sigqueueinfo, process, SIGUSR1, &info);
    call!(SYS_rt_sigqueueinfo, NOBODY, SIGRTMIN(), &info);
    call!(SYS_rt_tgsigqueueinfo, process, thread, SIGUSR1, &info);
    call!(SYS_rt_tgsigqueueinfo, NOBODY, 1, SIGUSR1, &info);
}

extern "C" fn nothing(_: c_int) {}

/// What a signal interrupts: the call says so, and starts over or not.
fn waiting() {
    // SAFETY: the handler does nothing.
    unsafe {
        signal(SIGALRM, nothing as extern "C" fn(c_int) as sighandler_t);
    }
    in_child(|| {
        call!(SYS_alarm, 10);
        call!(SYS_alarm, 1);
        call!(SYS_pause);
        call!(SYS_alarm, 1);
        call!(SYS_rt_sigsuspend, &0_u64, SIZE);
        call!(SYS_rt_sigsuspend, &0_u64, 3);
    });
}
