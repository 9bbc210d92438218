//! Memory: maps, locks, protection, policies, and the memory of others.

use libc::*;

use crate::call::{BAD, NOBODY, NULL, call, descriptor, vector};

const PAGE: usize = 4096;

// Of linux/mempolicy.h; libc has only the modes.
const MPOL_F_NODE: i32 = 1;
const MPOL_F_ADDR: i32 = 2;
const MPOL_MF_STRICT: i32 = 1;
const MPOL_MF_MOVE: i32 = 2;

pub(crate) fn all() {
    maps();
    locks();
    policies();
    others();
}

fn anonymous(pages: usize) -> i64 {
    let flags = MAP_PRIVATE | MAP_ANONYMOUS;
    call!(
        SYS_mmap,
        NULL,
        pages * PAGE,
        PROT_READ | PROT_WRITE,
        flags,
        -1,
        0
    )
}

fn maps() {
    let file = descriptor(call!(SYS_memfd_create, c"map", 0));
    call!(SYS_ftruncate, file, 4 * PAGE);
    let shared = call!(
        SYS_mmap,
        NULL,
        2 * PAGE,
        PROT_READ | PROT_WRITE,
        MAP_SHARED,
        file,
        PAGE
    );
    call!(
        SYS_mmap,
        NULL,
        PAGE,
        PROT_READ,
        MAP_PRIVATE | MAP_POPULATE | MAP_NORESERVE,
        file,
        0
    );
    call!(SYS_mmap, NULL, PAGE, PROT_NONE, MAP_SHARED_VALIDATE, BAD, 0);
    call!(
        SYS_mmap,
        NULL,
        0,
        PROT_EXEC,
        MAP_PRIVATE | MAP_ANONYMOUS,
        -1,
        0
    );
    call!(SYS_msync, shared, PAGE, MS_SYNC);
    call!(SYS_msync, shared, PAGE, MS_ASYNC | MS_INVALIDATE);
    call!(SYS_msync, 1, PAGE, 0);
    let mut resident = [0_u8; 2];
    call!(SYS_mincore, shared, 2 * PAGE, &mut resident);
    call!(SYS_mincore, 1, PAGE, &mut resident);
    call!(SYS_remap_file_pages, shared, PAGE, 0, 1, MAP_NONBLOCK);
    let own = anonymous(4);
    call!(SYS_mprotect, own, PAGE, PROT_READ);
    call!(SYS_mprotect, own, PAGE, PROT_READ | PROT_EXEC);
    call!(SYS_mprotect, own, PAGE, 0x0100_0000);
    call!(SYS_madvise, own, PAGE, MADV_DONTNEED);
    call!(SYS_madvise, own, PAGE, MADV_WIPEONFORK);
    call!(SYS_madvise, own, PAGE, 1234);
    let own = anonymous(4);
    let moved = call!(SYS_mremap, own, 4 * PAGE, 8 * PAGE, MREMAP_MAYMOVE);
    call!(SYS_mremap, own, PAGE, PAGE, 0x40);
    call!(
        SYS_mremap,
        moved,
        8 * PAGE,
        8 * PAGE,
        MREMAP_MAYMOVE | MREMAP_FIXED,
        0x1000_0000_0000_u64
    );
    call!(SYS_munmap, 0x1000_0000_0000_u64, 8 * PAGE);
    call!(SYS_munmap, 1, PAGE);
    call!(SYS_brk, NULL);
    call!(SYS_memfd_secret, 0);
    call!(SYS_memfd_secret, O_CLOEXEC);
    call!(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
    call!(SYS_membarrier, 0, 0, 0);
    call!(SYS_membarrier, 1 << 4, 0, 0);
    call!(SYS_membarrier, 1 << 3, 0, 0);
    call!(SYS_membarrier, 1 << 7, 1, 1);
    let mut table = [0_u8; 64];
    call!(SYS_modify_ldt, 0, &mut table, table.len());
    call!(SYS_modify_ldt, 77, NULL, 0);
}

fn locks() {
    let own = anonymous(2);
    call!(SYS_mlock, own, PAGE);
    call!(SYS_mlock, 1, PAGE);
    call!(SYS_mlock2, own, PAGE, MLOCK_ONFAULT);
    call!(SYS_mlock2, own, PAGE, 0x80);
    call!(SYS_munlock, own, PAGE);
    call!(SYS_mlockall, MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
    call!(SYS_mlockall, 0);
    call!(SYS_munlockall);
    let key = call!(SYS_pkey_alloc, 0, 1);
    call!(SYS_pkey_alloc, 3, 0);
    call!(SYS_pkey_mprotect, own, PAGE, PROT_READ, key);
    call!(SYS_pkey_mprotect, own, PAGE, PROT_READ, -1);
    call!(SYS_pkey_free, key);
    call!(SYS_pkey_free, 55);
}

fn policies() {
    let own = anonymous(2);
    let nodes = 1_u64;
    let (mut mode, mut found) = (0_i32, 0_u64);
    call!(SYS_get_mempolicy, &mut mode, &mut found, 64, NULL, 0);
    call!(
        SYS_get_mempolicy,
        &mut mode,
        NULL,
        0,
        own,
        MPOL_F_NODE | MPOL_F_ADDR
    );
    call!(
        SYS_set_mempolicy,
        MPOL_BIND | MPOL_F_STATIC_NODES,
        &nodes,
        64
    );
    call!(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0);
    call!(SYS_set_mempolicy, 99, NULL, 0);
    call!(
        SYS_mbind,
        own,
        PAGE,
        MPOL_PREFERRED,
        &nodes,
        64,
        MPOL_MF_MOVE | MPOL_MF_STRICT
    );
    call!(SYS_mbind, own, PAGE, MPOL_INTERLEAVE, &nodes, 64, 0x100);
    let pages = [own];
    let mut status = [0_i32; 1];
    call!(
        SYS_move_pages,
        0,
        1,
        &pages,
        NULL,
        &mut status,
        MPOL_MF_MOVE
    );
    call!(SYS_migrate_pages, 0, 64, &nodes, &nodes);
    call!(SYS_set_mempolicy_home_node, own, PAGE, 0, 0);
}

fn others() {
    let (mut from, mut to) = (*b"bytes", [0_u8; 5]);
    let (remote, local) = (vector(&mut from), vector(&mut to));
    let this = call!(SYS_getpid);
    call!(SYS_process_vm_readv, this, &local, 1, &remote, 1, 0);
    call!(SYS_process_vm_readv, this, &local, 1, &remote, 1, 3);
    call!(SYS_process_vm_writev, this, &local, 1, &remote, 1, 0);
    call!(SYS_process_vm_writev, NOBODY, &local, 1, &remote, 1, 0);
    let process = descriptor(call!(SYS_pidfd_open, this, 0));
    let own = anonymous(1);
    let range = libc::iovec {
        iov_base: own as *mut c_void,
        iov_len: PAGE,
    };
    call!(SYS_process_madvise, process, &range, 1, MADV_COLD, 0);
    call!(SYS_process_madvise, BAD, &range, 1, MADV_PAGEOUT, 0);
    call!(SYS_process_mrelease, process, 0);
    call!(SYS_process_mrelease, BAD, 4);
}
