//! Processes: made, executed, ended, waited for, and what they say of themselves.

use std::arch::asm;
use std::thread;

use libc::*;

use crate::call::{BAD, NOBODY, NULL, call, descriptor, in_child};

const THIS: &std::ffi::CStr = c"/bin/syscalls";

pub(crate) fn all() {
    who();
    making();
    executing();
    by_descriptor();
    settings();
    limits();
    namespaces();
}

fn who() {
    call!(SYS_getpid);
    call!(SYS_gettid);
    call!(SYS_getppid);
    call!(SYS_getpgrp);
    call!(SYS_getpgid, 0);
    call!(SYS_getpgid, NOBODY);
    call!(SYS_getsid, 0);
    call!(SYS_getsid, -7);
    in_child(|| {
        call!(SYS_setpgid, 0, 0);
        call!(SYS_setpgid, 1, -1);
        call!(SYS_setsid);
    });
    in_child(|| {
        call!(SYS_setsid);
        call!(SYS_setsid);
        call!(SYS_vhangup);
    });
}

fn making() {
    let mut status = 0_i32;
    let mut usage = [0_u8; 256];
    let child = call!(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
    if child == 0 {
        call!(SYS_exit, 7);
    }
    call!(SYS_wait4, child, &mut status, __WALL | WNOHANG, &mut usage);
    call!(SYS_wait4, child, &mut status, 0, NULL);
    call!(
        SYS_wait4,
        -1,
        &mut status,
        WUNTRACED | WCONTINUED | WNOHANG,
        NULL
    );
    // SAFETY: numbers, for which zero stands.
    let mut arguments: clone_args = unsafe { std::mem::zeroed() };
    arguments.exit_signal = SIGCHLD as u64;
    let mut descriptor = -1_i32;
    arguments.pidfd = &raw mut descriptor as u64;
    arguments.flags = (CLONE_FS | CLONE_FILES | CLONE_PIDFD) as u64;
    let child = call!(SYS_clone3, &arguments, size_of::<clone_args>());
    if child == 0 {
        call!(SYS_exit_group, 3);
    }
    let mut info = [0_u8; 128];
    call!(SYS_waitid, P_PID, child, &mut info, WEXITED | WNOWAIT, NULL);
    call!(SYS_waitid, P_PID, child, &mut info, WEXITED, &mut usage);
    call!(SYS_waitid, P_ALL, 0, &mut info, WEXITED | WNOHANG, NULL);
    arguments.flags = CLONE_THREAD as u64;
    call!(SYS_clone3, &arguments, size_of::<clone_args>());
    call!(SYS_clone3, &arguments, 5);
    let child: i64;
    // SAFETY: the child shares this stack and touches nothing of it: it ends by its first call.
    unsafe {
        asm!(
            "syscall",
            "test rax, rax",
            "jnz 2f",
            "mov edi, 5",
            "mov eax, 60",
            "syscall",
            "2:",
            inlateout("rax") SYS_vfork => child,
            in("rdi") 0,
            in("rsi") 0,
            in("rdx") 0,
            out("rcx") _,
            out("r11") _,
        );
    }
    call!(SYS_wait4, child, &mut status, 0, NULL);
    let thread = thread::spawn(|| {
        call!(SYS_gettid);
        call!(SYS_sched_yield);
    });
    // Joining waits in the kernel until the thread's id is cleared.
    let _ = thread.join();
}

fn executing() {
    let arguments = [c"syscalls".as_ptr(), c"executed".as_ptr(), std::ptr::null()];
    let environment = [c"ONE=1".as_ptr(), c"EMPTY=".as_ptr(), std::ptr::null()];
    in_child(|| {
        call!(SYS_execve, c"/none", &arguments, &environment);
        call!(SYS_execve, THIS, &arguments, &environment);
    });
    in_child(|| {
        let empty = [std::ptr::null::<c_char>()];
        let folder = descriptor(call!(SYS_open, c"/bin", O_PATH | O_DIRECTORY));
        call!(
            SYS_execveat,
            folder,
            c"none",
            &empty,
            &empty,
            AT_SYMLINK_NOFOLLOW
        );
        call!(
            SYS_execveat,
            folder,
            c"syscalls",
            &arguments,
            &environment,
            0
        );
    });
    in_child(|| {
        let no_program = descriptor(call!(SYS_open, c"/etc/passwd", O_RDONLY));
        call!(
            SYS_execveat,
            no_program,
            c"",
            &arguments,
            &environment,
            AT_EMPTY_PATH
        );
    });
}

fn by_descriptor() {
    let this = call!(SYS_getpid);
    let process = descriptor(call!(SYS_pidfd_open, this, 0));
    call!(SYS_pidfd_open, -5, 0);
    call!(SYS_pidfd_open, this, O_NONBLOCK);
    call!(SYS_pidfd_getfd, process, 1, 0);
    call!(SYS_pidfd_getfd, process, BAD, 0);
    call!(SYS_pidfd_send_signal, process, 0, NULL, 0);
    call!(SYS_pidfd_send_signal, BAD, SIGTERM, NULL, 0);
    call!(SYS_kcmp, this, this, 0, 1, 1);
    call!(SYS_kcmp, this, this, 1, 0, 0);
    call!(SYS_kcmp, this, NOBODY, 99, 0, 0);
    let own = in_child(|| {
        call!(SYS_ptrace, PTRACE_TRACEME, 0, NULL, NULL);
    });
    call!(SYS_ptrace, PTRACE_PEEKTEXT, own, 0x1000, NULL);
    call!(SYS_ptrace, PTRACE_ATTACH, NOBODY, NULL, NULL);
    call!(SYS_ptrace, PTRACE_SEIZE, NOBODY, NULL, PTRACE_O_EXITKILL);
}

fn settings() {
    let mut name = [0_u8; 16];
    let mut number = 0_i32;
    for (option, argument) in [
        (PR_SET_DUMPABLE, 1),
        (PR_GET_DUMPABLE, 0),
        (PR_SET_KEEPCAPS, 1),
        (PR_SET_NO_NEW_PRIVS, 1),
        (PR_CAPBSET_READ, 21),
        (PR_SET_TIMERSLACK, 50_000),
        (PR_SET_PDEATHSIG, SIGUSR1),
        (123_456, 7),
    ] {
        call!(SYS_prctl, option, argument, 0, 0, 0);
    }
    call!(SYS_prctl, PR_GET_NAME, &mut name);
    call!(SYS_prctl, PR_SET_NAME, &name);
    call!(SYS_prctl, PR_GET_PDEATHSIG, &mut number);
    call!(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    let mut base = 0_u64;
    call!(SYS_arch_prctl, 0x1003, &mut base);
    call!(SYS_arch_prctl, 0x1004, &mut base);
    call!(SYS_arch_prctl, 0x9999, 0);
    call!(SYS_personality, u32::MAX);
    call!(SYS_personality, ADDR_NO_RANDOMIZE);
    in_child(|| {
        let mut id = 0_i32;
        call!(SYS_set_tid_address, &mut id);
        call!(SYS_set_robust_list, NULL, 24);
        call!(SYS_set_robust_list, NULL, 3);
        let (mut head, mut size) = (0_u64, 0_u64);
        call!(SYS_get_robust_list, 0, &mut head, &mut size);
        call!(SYS_get_robust_list, NOBODY, &mut head, &mut size);
        call!(SYS_rseq, 0x1000, 31, 0, 7);
    });
    in_child(|| {
        call!(
            SYS_seccomp,
            SECCOMP_GET_ACTION_AVAIL,
            0,
            &SECCOMP_RET_KILL_PROCESS
        );
        call!(
            SYS_seccomp,
            SECCOMP_SET_MODE_FILTER,
            SECCOMP_FILTER_FLAG_LOG,
            NULL
        );
        call!(SYS_seccomp, 77, 0, NULL);
    });
    let (mut processor, mut node) = (0_u32, 0_u32);
    call!(SYS_getcpu, &mut processor, &mut node, NULL);
}

fn limits() {
    let mut found = rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    call!(SYS_getrlimit, RLIMIT_NOFILE, &mut found);
    call!(SYS_getrlimit, 77, &mut found);
    call!(SYS_setrlimit, RLIMIT_NOFILE, &found);
    call!(SYS_prlimit64, 0, RLIMIT_STACK, NULL, &mut found);
    let new = rlimit {
        rlim_cur: 12_345,
        rlim_max: RLIM_INFINITY,
    };
    call!(SYS_prlimit64, 0, RLIMIT_CORE, &new, &mut found);
    call!(SYS_prlimit64, NOBODY, RLIMIT_CORE, &new, NULL);
    let mut usage = [0_u8; 256];
    call!(SYS_getrusage, RUSAGE_SELF, &mut usage);
    call!(SYS_getrusage, RUSAGE_CHILDREN, &mut usage);
    call!(SYS_getrusage, 9, &mut usage);
}

fn namespaces() {
    in_child(|| {
        call!(SYS_unshare, CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNS);
        call!(SYS_unshare, CLONE_FILES);
        call!(SYS_unshare, CLONE_THREAD | 0x1);
        let names = descriptor(call!(SYS_open, c"/proc/1/ns/uts", O_RDONLY));
        call!(SYS_setns, names, CLONE_NEWUTS);
        call!(SYS_setns, names, CLONE_NEWNET);
        call!(SYS_setns, BAD, 0);
    });
}
