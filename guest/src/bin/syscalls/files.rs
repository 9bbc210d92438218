//! Opening, reading and writing files, and what is known of them.

use libc::*;

use crate::call::{BAD, NULL, call, descriptor, nanoseconds, vector};

/// What `openat2` takes.
#[repr(C)]
struct OpenHow {
    flags: u64,
    mode: u64,
    resolve: u64,
}

pub(crate) fn all() {
    opening();
    reading_and_writing();
    looking();
    lengths();
    times();
    attributes();
}

fn opening() {
    let made = call!(SYS_open, c"made", O_RDWR | O_CREAT | O_EXCL, 0o640);
    call!(SYS_close, made);
    call!(
        SYS_open,
        c"made",
        O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
        0o640
    );
    call!(
        SYS_open,
        c"made",
        O_WRONLY | O_TRUNC | O_APPEND | O_NOFOLLOW | O_SYNC
    );
    call!(SYS_open, c"none", O_RDONLY);
    call!(SYS_open, NULL, O_RDONLY | O_DIRECTORY);
    call!(SYS_creat, c"created", 0o4755);
    call!(SYS_creat, c"", 0o600);
    call!(
        SYS_openat,
        AT_FDCWD,
        c"/etc/passwd",
        O_RDONLY | O_NONBLOCK | O_NOATIME
    );
    call!(SYS_openat, AT_FDCWD, c".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    call!(SYS_openat, AT_FDCWD, c"/tmp", O_TMPFILE | O_RDWR, 0o600);
    call!(SYS_openat, BAD, c"odd \n\"name\"\\ \xc3\xa4 \xff", O_RDONLY);
    // The kernel takes the lower half of the register.
    call!(
        SYS_openat,
        0x1234_5678_0000_0007_u64,
        c"upper half",
        O_RDONLY
    );
    let how = OpenHow {
        flags: (O_RDWR | O_CREAT | O_CLOEXEC) as u64,
        mode: 0o600,
        resolve: 0x08 | 0x04,
    };
    call!(SYS_openat2, AT_FDCWD, c"second", &how, size_of::<OpenHow>());
    call!(
        SYS_openat2,
        AT_FDCWD,
        c"/etc/passwd",
        &how,
        size_of::<OpenHow>()
    );
    call!(SYS_openat2, AT_FDCWD, c"second", &how, 3);
    call!(SYS_close, BAD);
    call!(SYS_close, -1);
}

fn reading_and_writing() {
    let file = descriptor(call!(SYS_open, c"text", O_RDWR | O_CREAT | O_TRUNC, 0o600));
    let (mut one, mut two) = (*b"first ", *b"second");
    call!(SYS_write, file, &one, one.len());
    call!(SYS_write, BAD, &one, one.len());
    call!(SYS_write, file, NULL, 7);
    call!(SYS_pwrite64, file, &two, two.len(), 6);
    call!(SYS_pwrite64, file, &two, two.len(), -1);
    let mut vectors = [vector(&mut one), vector(&mut two)];
    call!(SYS_writev, file, &vectors, 2);
    call!(SYS_pwritev, file, &vectors, 2, 24, 0);
    call!(SYS_pwritev2, file, &vectors, 2, 36, 0, RWF_DSYNC | RWF_SYNC);
    call!(SYS_pwritev2, file, &vectors, 2, -1_i64, -1_i64, 0x4000);
    call!(SYS_lseek, file, 0, SEEK_SET);
    call!(SYS_lseek, file, -2, SEEK_END);
    call!(SYS_lseek, file, 1, SEEK_CUR);
    call!(SYS_lseek, file, 0, SEEK_DATA);
    call!(SYS_lseek, file, 0, SEEK_HOLE);
    call!(SYS_lseek, file, 0, 77);
    call!(SYS_lseek, file, 0, SEEK_SET);
    call!(SYS_read, file, &mut one, one.len());
    call!(SYS_read, BAD, &mut one, one.len());
    call!(SYS_pread64, file, &mut two, two.len(), 3);
    call!(SYS_pread64, file, &mut two, two.len(), i64::MIN);
    call!(SYS_readv, file, &mut vectors, 2);
    call!(SYS_readv, file, &mut vectors, 5000);
    call!(SYS_preadv, file, &mut vectors, 2, 4, 0);
    call!(
        SYS_preadv2,
        file,
        &mut vectors,
        2,
        4,
        0,
        RWF_HIPRI | RWF_NOWAIT
    );
    call!(SYS_readahead, file, 0, 4096);
    call!(SYS_fadvise64, file, 0, 4096, POSIX_FADV_WILLNEED);
    call!(SYS_fadvise64, file, 0, 4096, 99);
    call!(SYS_fsync, file);
    call!(SYS_fdatasync, file);
    call!(SYS_fdatasync, BAD);
    call!(SYS_sync);
    call!(SYS_syncfs, file);
    let ranges = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE;
    call!(SYS_sync_file_range, file, 0, 4096, ranges);
    call!(SYS_flock, file, LOCK_EX | LOCK_NB);
    call!(SYS_flock, file, LOCK_UN);
    call!(SYS_flock, file, 0x1000);
    let copy = descriptor(call!(SYS_open, c"copy", O_RDWR | O_CREAT, 0o600));
    let mut offset = 2_i64;
    call!(SYS_sendfile, copy, file, &mut offset, 5);
    call!(SYS_sendfile, copy, file, NULL, 5);
    call!(SYS_copy_file_range, file, &mut offset, copy, NULL, 6, 0);
    call!(SYS_copy_file_range, file, &mut offset, copy, NULL, 6, 1);
}

fn looking() {
    let mut status = [0_u8; 512];
    let here = descriptor(call!(SYS_open, c".", O_RDONLY | O_DIRECTORY));
    call!(SYS_stat, c"text", &mut status);
    call!(SYS_stat, c"none", &mut status);
    call!(SYS_lstat, c"text", &mut status);
    call!(SYS_lstat, c"text/none", &mut status);
    call!(SYS_fstat, here, &mut status);
    call!(SYS_fstat, BAD, &mut status);
    call!(
        SYS_newfstatat,
        here,
        c"text",
        &mut status,
        AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT
    );
    call!(SYS_newfstatat, here, c"", &mut status, AT_EMPTY_PATH);
    call!(
        SYS_statx,
        here,
        c"text",
        AT_STATX_FORCE_SYNC,
        STATX_BASIC_STATS | STATX_BTIME,
        &mut status
    );
    call!(
        SYS_statx,
        here,
        c"text",
        AT_STATX_DONT_SYNC | AT_SYMLINK_NOFOLLOW,
        STATX_SIZE,
        &mut status
    );
    call!(SYS_statfs, c"/tmp", &mut status);
    call!(SYS_statfs, c"/none", &mut status);
    call!(SYS_fstatfs, here, &mut status);
    call!(SYS_access, c"text", F_OK);
    call!(SYS_access, c"text", R_OK | W_OK | X_OK);
    call!(SYS_faccessat, here, c"text", R_OK);
    call!(
        SYS_faccessat2,
        here,
        c"text",
        R_OK | W_OK,
        AT_EACCESS | AT_SYMLINK_NOFOLLOW
    );
    call!(SYS_faccessat2, here, c"text", 64, 0);
    let mut entries = [0_u8; 4096];
    call!(SYS_getdents, here, &mut entries, entries.len());
    call!(SYS_lseek, here, 0, SEEK_SET);
    call!(SYS_getdents64, here, &mut entries, entries.len());
    call!(SYS_getdents64, here, &mut entries, 1);
    call!(SYS_getcwd, &mut entries, entries.len());
    call!(SYS_getcwd, &mut entries, 2);
    call!(SYS_ustat, 0x12345, &mut entries);
    let mut handle = [0_u32; 64];
    handle[0] = 128;
    let mut mount = 0_i32;
    call!(
        SYS_name_to_handle_at,
        here,
        c"text",
        &mut handle,
        &mut mount,
        AT_SYMLINK_FOLLOW
    );
    call!(
        SYS_open_by_handle_at,
        here,
        &mut handle,
        O_RDONLY | O_CLOEXEC
    );
    call!(SYS_open_by_handle_at, BAD, &mut handle, O_RDWR);
}

fn lengths() {
    let file = descriptor(call!(SYS_open, c"long", O_RDWR | O_CREAT, 0o600));
    call!(SYS_truncate, c"long", 8192);
    call!(SYS_truncate, c"none", -5);
    call!(SYS_ftruncate, file, 100_000);
    call!(SYS_ftruncate, file, i64::MIN);
    call!(SYS_fallocate, file, FALLOC_FL_KEEP_SIZE, 0, 4096);
    call!(
        SYS_fallocate,
        file,
        FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
        4096,
        4096
    );
    call!(SYS_fallocate, file, 0x400, 0, -1);
}

fn times() {
    let old = utimbuf {
        actime: 1,
        modtime: 2,
    };
    call!(SYS_utime, c"text", &old);
    call!(SYS_utime, c"none", NULL);
    let two = [
        timeval {
            tv_sec: 3,
            tv_usec: 4,
        },
        timeval {
            tv_sec: 5,
            tv_usec: 6,
        },
    ];
    call!(SYS_utimes, c"text", &two);
    call!(SYS_futimesat, AT_FDCWD, c"text", &two);
    let mut times = [nanoseconds(7_000_000_008), nanoseconds(9_000_000_010)];
    call!(
        SYS_utimensat,
        AT_FDCWD,
        c"text",
        &times,
        AT_SYMLINK_NOFOLLOW
    );
    call!(SYS_utimensat, AT_FDCWD, c"none", &times, 0);
    times[0].tv_nsec = UTIME_NOW;
    times[1].tv_nsec = UTIME_OMIT;
    call!(SYS_utimensat, AT_FDCWD, c"text", &times, 0);
}

fn attributes() {
    let file = descriptor(call!(SYS_open, c"text", O_RDWR));
    let value = *b"value";
    let mut found = [0_u8; 64];
    call!(
        SYS_setxattr,
        c"text",
        c"trusted.one",
        &value,
        value.len(),
        XATTR_CREATE
    );
    call!(
        SYS_setxattr,
        c"text",
        c"user.none",
        &value,
        value.len(),
        XATTR_REPLACE
    );
    call!(
        SYS_lsetxattr,
        c"text",
        c"trusted.two",
        &value,
        value.len(),
        0
    );
    call!(
        SYS_fsetxattr,
        file,
        c"trusted.three",
        &value,
        value.len(),
        0
    );
    call!(
        SYS_getxattr,
        c"text",
        c"trusted.one",
        &mut found,
        found.len()
    );
    call!(
        SYS_getxattr,
        c"text",
        c"trusted.none",
        &mut found,
        found.len()
    );
    call!(SYS_lgetxattr, c"text", c"trusted.two", &mut found, 2);
    call!(
        SYS_fgetxattr,
        file,
        c"trusted.three",
        &mut found,
        found.len()
    );
    call!(SYS_listxattr, c"text", &mut found, found.len());
    call!(SYS_llistxattr, c"none", &mut found, found.len());
    call!(SYS_flistxattr, file, NULL, 0);
    call!(SYS_removexattr, c"text", c"trusted.one");
    call!(SYS_lremovexattr, c"text", c"trusted.one");
    call!(SYS_fremovexattr, file, c"trusted.three");
}
