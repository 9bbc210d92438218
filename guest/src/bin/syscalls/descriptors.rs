//! Descriptors: copies, pipes, what can be set and asked of them, and files that are only in memory.

use libc::*;

use crate::call::{BAD, NULL, call, descriptor, vector};

pub(crate) fn all() {
    copies();
    pipes();
    settings();
}

fn copies() {
    let file = descriptor(call!(
        SYS_memfd_create,
        c"memory",
        MFD_CLOEXEC | MFD_ALLOW_SEALING
    ));
    call!(SYS_memfd_create, c"", 0x8000);
    call!(SYS_dup, file);
    call!(SYS_dup, BAD);
    call!(SYS_dup2, file, 40);
    call!(SYS_dup2, BAD, 40);
    call!(SYS_dup3, file, 41, O_CLOEXEC);
    call!(SYS_dup3, file, file, 0);
    call!(SYS_close_range, 40, 41, CLOSE_RANGE_CLOEXEC);
    call!(SYS_close_range, 40, u32::MAX, 0);
    call!(SYS_close_range, 9, 8, 0);
}

fn pipes() {
    let (mut one, mut two) = ([0_i32; 2], [0_i32; 2]);
    call!(SYS_pipe, &mut one);
    call!(SYS_pipe2, &mut two, O_CLOEXEC | O_NONBLOCK);
    call!(SYS_pipe2, NULL, O_DIRECT);
    let mut text = *b"through a pipe";
    call!(SYS_write, one[1], &text, text.len());
    call!(SYS_tee, one[0], two[1], 64, SPLICE_F_NONBLOCK);
    call!(
        SYS_splice,
        one[0],
        NULL,
        two[1],
        NULL,
        7,
        SPLICE_F_MOVE | SPLICE_F_NONBLOCK
    );
    call!(SYS_splice, one[0], NULL, BAD, NULL, 7, 0);
    let vectors = [vector(&mut text)];
    call!(SYS_vmsplice, two[1], &vectors, 1, SPLICE_F_GIFT);
    call!(SYS_vmsplice, BAD, &vectors, 1, 0);
}

fn settings() {
    let file = descriptor(call!(SYS_memfd_create, c"settings", MFD_ALLOW_SEALING));
    for (command, argument) in [
        (F_DUPFD, 10),
        (F_DUPFD_CLOEXEC, 10),
        (F_GETFD, 0),
        (F_SETFD, FD_CLOEXEC),
        (F_GETFL, 0),
        (F_SETFL, O_APPEND | O_NONBLOCK),
        (F_ADD_SEALS, F_SEAL_GROW),
        (F_GET_SEALS, 0),
        (F_SETPIPE_SZ, 4096),
        (F_GETOWN, 0),
        (7777, 1),
    ] {
        call!(SYS_fcntl, file, command, argument);
    }
    // SAFETY: a lock is numbers, for which zero stands.
    let mut lock: flock = unsafe { std::mem::zeroed() };
    lock.l_type = F_WRLCK as c_short;
    lock.l_len = 10;
    call!(SYS_fcntl, file, F_SETLK, &lock);
    call!(SYS_fcntl, file, F_OFD_SETLK, &lock);
    call!(SYS_fcntl, file, F_GETLK, &mut lock);
    let mut bytes = 0_i32;
    call!(SYS_ioctl, file, FIONREAD, &mut bytes);
    call!(SYS_ioctl, file, FIOCLEX);
    call!(SYS_ioctl, file, TIOCSTI, c"x");
    call!(SYS_ioctl, BAD, 0x1234_5678, 9);
}
