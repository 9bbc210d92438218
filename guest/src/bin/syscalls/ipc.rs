//! System V's and POSIX's messages, semaphores and memory, and keys.

use libc::*;

use crate::call::{BAD, NULL, call, descriptor, nanoseconds};

pub(crate) fn all() {
    // What is made here is gone with the namespace.
    call!(SYS_unshare, CLONE_NEWIPC);
    shared_memory();
    semaphores();
    messages();
    queues();
    keys();
}

fn shared_memory() {
    let mut status = [0_u8; 256];
    let id = call!(SYS_shmget, 0x1234, 8192, IPC_CREAT | IPC_EXCL | 0o600);
    call!(SYS_shmget, 0x7777, 8192, 0);
    let at = call!(SYS_shmat, id, NULL, SHM_RDONLY);
    call!(SYS_shmat, -1, NULL, SHM_RND);
    call!(SYS_shmctl, id, IPC_STAT, &mut status);
    call!(SYS_shmctl, id, SHM_LOCK, NULL);
    call!(SYS_shmctl, id, 99, NULL);
    call!(SYS_shmdt, at);
    call!(SYS_shmdt, 1);
    call!(SYS_shmctl, id, IPC_RMID, NULL);
}

fn semaphores() {
    let id = call!(SYS_semget, IPC_PRIVATE, 2, IPC_CREAT | 0o660);
    call!(SYS_semget, 0x7777, 1, 0);
    let operations = [sembuf {
        sem_num: 0,
        sem_op: 1,
        sem_flg: IPC_NOWAIT as c_short,
    }];
    call!(SYS_semop, id, &operations, 1);
    call!(SYS_semop, -1, &operations, 1);
    call!(
        SYS_semtimedop,
        id,
        &operations,
        1,
        &nanoseconds(2_000_000_009)
    );
    call!(SYS_semtimedop, id, &operations, 0, NULL);
    call!(SYS_semctl, id, 1, SETVAL, 7);
    call!(SYS_semctl, id, 1, GETVAL, 0);
    call!(SYS_semctl, id, 0, IPC_RMID, 0);
}

fn messages() {
    let mut status = [0_u8; 256];
    let id = call!(SYS_msgget, 0x4321, IPC_CREAT | 0o600);
    call!(SYS_msgget, 0x7777, 0);
    let mut message = [5_u64, 0x0041_4243];
    call!(SYS_msgsnd, id, &message, 3, IPC_NOWAIT);
    call!(SYS_msgsnd, id, &message, -1, 0);
    call!(
        SYS_msgrcv,
        id,
        &mut message,
        8,
        -7,
        MSG_NOERROR | IPC_NOWAIT
    );
    call!(SYS_msgrcv, id, &mut message, 8, 0, IPC_NOWAIT);
    call!(SYS_msgctl, id, IPC_STAT, &mut status);
    call!(SYS_msgctl, id, IPC_RMID, NULL);
}

fn queues() {
    let queue = descriptor(call!(
        SYS_mq_open,
        c"queue",
        O_RDWR | O_CREAT | O_NONBLOCK,
        0o600,
        NULL
    ));
    call!(SYS_mq_open, c"none", O_RDONLY, 0, NULL);
    let mut attributes = [0_u64; 8];
    call!(SYS_mq_getsetattr, queue, NULL, &mut attributes);
    let mut text = [0_u8; 8192];
    text[..3].copy_from_slice(b"abc");
    call!(
        SYS_mq_timedsend,
        queue,
        &text,
        3,
        9,
        &nanoseconds(4_000_000_001)
    );
    call!(SYS_mq_timedsend, BAD, &text, 3, 9, NULL);
    let mut priority = 0_u32;
    call!(
        SYS_mq_timedreceive,
        queue,
        &mut text,
        text.len(),
        &mut priority,
        NULL
    );
    call!(
        SYS_mq_timedreceive,
        queue,
        &mut text,
        1,
        &mut priority,
        &nanoseconds(5)
    );
    call!(SYS_mq_notify, queue, NULL);
    call!(SYS_mq_unlink, c"queue");
    call!(SYS_mq_unlink, c"queue");
}

fn keys() {
    let secret = *b"secret";
    let key = call!(
        SYS_add_key,
        c"user",
        c"tracee:test",
        &secret,
        secret.len(),
        -1
    );
    call!(SYS_add_key, c"none", c"tracee:test", NULL, 0, -3);
    call!(SYS_request_key, c"user", c"tracee:test", NULL, -1);
    call!(SYS_request_key, c"user", c"none", c"callout", 0);
    call!(SYS_keyctl, 0, -1, 0);
    call!(SYS_keyctl, 6, key, NULL, 0);
    call!(SYS_keyctl, 3, key);
    call!(SYS_keyctl, 77);
}
