//! What watched processes do. [`perform`] is a test like the others, so that the test program can
//! start itself as the watched process; without an act it does nothing. It runs in a thread that is
//! not its process's first.

use std::ffi::{CStr, CString};
use std::os::unix::ffi::OsStrExt;
use std::process::Command;
use std::ptr;

use libc::{AT_FDCWD, c_long, syscall};

use crate::calls::{ADDRESS, Passed, calls, returned};

/// Every path that the act `paths` opens; none exists.
pub(crate) const PATHS: &[&[u8]] = &[
    b"/nowhere/a/secret",
    b"/nowhere/a/secret.txt",
    b"/nowhere/b/secret",
    b"/nowhere/b/se\xff\xfecret",
    b"nowhere/a/secret",
    b"/nowhere/",
    b"",
    b"secret",
    b"/nowhere/asecre",
    b"/nowhere/a/ssecret",
];

/// Integers that the act `dups` duplicates: no such descriptors.
pub(crate) const DUPS: &[i32] = &[-7, -1, 100_000, 200_000, 300_000, i32::MIN, i32::MAX];

/// Flags that the act `flags` opens with, a path that doesn't exist.
pub(crate) const FLAGS: &[i32] = &[
    libc::O_RDONLY,
    libc::O_WRONLY,
    libc::O_RDWR,
    libc::O_WRONLY | libc::O_APPEND,
    libc::O_RDONLY | libc::O_CLOEXEC,
];

#[test]
fn perform() {
    let Ok(act) = std::env::var("TRACEE_LIVE_ACT") else {
        return;
    };
    if act == "abort" {
        crate::functions::acts::abort();
    }
    // For acts that need a process which was there before.
    let mut early = (act == "early-child").then(|| {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "acts::perform"])
            .env("TRACEE_LIVE_ACT", "open-marker")
            .spawn()
            .unwrap()
    });
    wait();
    match act.as_str() {
        "nothing" => {}
        "burst" => crate::burst::act(),
        "paths" => {
            for path in PATHS {
                openat(path, 0);
            }
        }
        "dups" => {
            for fd in DUPS {
                dup(*fd);
            }
        }
        "flags" => {
            for flags in FLAGS {
                openat(b"/nowhere/flags", *flags);
            }
        }
        "open-marker" => {
            openat(b"/nowhere/marker", 0);
        }
        "directories" => directories(),
        "early-child" => assert!(early.take().unwrap().wait().unwrap().success()),
        "files" => files(),
        "integers" => integers(),
        "lengths" => lengths(),
        "sockets" => sockets(),
        "compat" => compat(),
        "exec-fails" => exec_fails(),
        "exec" => exec(),
        "exec-memfd" => exec_memfd(),
        "long-lists" => long_lists(),
        "children" => children(),
        "many" => {
            for _ in 0..2000 {
                dup(-1);
            }
        }
        "two-opens" => two_opens(),
        "syscalls" => syscalls(),
        "syscalls-32" => syscalls_32(),
        "twice-or-never" => twice_or_never(),
        "structs" => structs(),
        "paths-that-go" => crate::memory_acts::paths_that_go(),
        "execute-much" => crate::memory_acts::execute_much(),
        "restless-pages" => crate::memory_acts::restless_pages(),
        act if act.starts_with("execute:") => crate::memory_acts::execute(&act[8..]),
        act if act.starts_with("fork-as:") => fork_as(act[8..].parse().unwrap()),
        act if crate::integrity::acts::perform(act) => {}
        act => assert!(crate::functions::acts::perform(act), "no act {act}"),
    }
}

/// Goes about, and marks each place by an open.
fn directories() {
    openat(b"/nowhere/begin", 0);
    let go = |path: &CStr| call(libc::SYS_chdir, [path.as_ptr() as i64, 0, 0, 0, 0]);
    assert_eq!(go(c"/nowhere"), -1);
    openat(b"/nowhere/stayed", 0);
    assert_eq!(go(c"/usr/bin/.."), 0);
    openat(b"/nowhere/usr", 0);
    // SAFETY: the child goes elsewhere, marks, becomes a program that does nothing, and ends.
    let child = unsafe { libc::fork() };
    if child == 0 {
        openat(b"/nowhere/inherited", 0);
        let root = call(libc::SYS_open, [c"/".as_ptr() as i64, 0, 0, 0, 0]);
        call(libc::SYS_fchdir, [root, 0, 0, 0, 0]);
        openat(b"/nowhere/root", 0);
        let (name, end) = (c"true".as_ptr(), ptr::null::<libc::c_char>());
        // SAFETY: strings end with NUL, the list with a null pointer; what returns is ended at once.
        unsafe {
            libc::execl(c"/bin/true".as_ptr(), name, end);
            libc::_exit(1)
        }
    }
    // SAFETY: waits for a child of this process.
    unsafe { libc::waitpid(child, ptr::null_mut(), 0) };
    openat(b"/nowhere/parent", 0);
}

/// Makes a child with this pid, which opens the marker.
fn fork_as(pid: libc::pid_t) {
    // clone3(2): struct clone_args, 88 bytes since Linux 5.7; set_tid since 5.5.
    let mut args = [0u64; 11];
    args[4] = libc::SIGCHLD as u64;
    args[8] = &raw const pid as u64;
    args[9] = 1;
    let size = std::mem::size_of_val(&args) as i64;
    let child = call(libc::SYS_clone3, [args.as_mut_ptr() as i64, size, 0, 0, 0]);
    if child == 0 {
        openat(b"/nowhere/marker", 0);
        // SAFETY: ends the child at once, without what its parent's threads may hold.
        unsafe { libc::_exit(0) };
    }
    assert_eq!(child, i64::from(pid));
    // SAFETY: waits for a child of this process.
    unsafe { libc::waitpid(pid, ptr::null_mut(), 0) };
}

/// Reads one byte and no more: a child may share the standard input.
fn wait() {
    let mut byte = 0u8;
    let place = &raw mut byte;
    assert_eq!(call(libc::SYS_read, [0, place as i64, 1, 0, 0]), 1);
}

pub(crate) fn call(number: c_long, args: [i64; 5]) -> i64 {
    let [a, b, c, d, e] = args;
    call6(number, [a, b, c, d, e, 0])
}

pub(crate) fn call6(number: c_long, args: [i64; 6]) -> i64 {
    let [a, b, c, d, e, f] = args;
    // SAFETY: the acts pass pointers to live, NUL-terminated data, or ones that the kernel refuses.
    unsafe { syscall(number, a, b, c, d, e, f) }
}

fn openat(path: &[u8], flags: i32) -> i64 {
    let path = CString::new(path).unwrap();
    let args = [
        AT_FDCWD.into(),
        path.as_ptr() as i64,
        flags.into(),
        0o640,
        0,
    ];
    call(libc::SYS_openat, args)
}

fn dup(fd: i32) {
    call(libc::SYS_dup, [fd.into(), 0, 0, 0, 0]);
}

fn files() {
    let fd = openat(b"/dev/null", libc::O_RDWR | libc::O_CLOEXEC);
    assert!(fd >= 0);
    openat(
        b"/nowhere/\xff\xfe n\xc3\xa4me",
        libc::O_CREAT | libc::O_WRONLY,
    );
    call(libc::SYS_openat, [AT_FDCWD.into(), 0, 0x7001, 0, 0]);
    // A page that can't be read.
    call(libc::SYS_openat, [AT_FDCWD.into(), 4096, 0x7002, 0, 0]);
}

fn integers() {
    call(libc::SYS_dup2, [300_001, -1, 0, 0, 0]);
    call(libc::SYS_kill, [std::process::id().into(), 0, 0, 0, 0]);
    // Only the lower 32 bits are the argument.
    call(
        libc::SYS_dup3,
        [0x1_0000_0005, 0x7_ffff_fff9, 0o2000000, 0, 0],
    );
    let how: [u64; 3] = [0o2000000, 0, 0x08];
    let path = c"/nowhere/openat2";
    let args = [
        AT_FDCWD.into(),
        path.as_ptr() as i64,
        how.as_ptr() as i64,
        24,
        0,
    ];
    call(libc::SYS_openat2, args);
    call(libc::SYS_mprotect, [0x7fff_ffff_f000, i64::MAX, 1, 0, 0]);
}

fn lengths() {
    for length in [1, 4095, 4096, 4097, 9000] {
        openat(&vec![b'x'; length], 0);
    }
}

/// A `struct sockaddr` of a family and bytes, for connect; the descriptor is none.
fn connect(family: i32, bytes: &[u8]) {
    let mut address = (family as u16).to_ne_bytes().to_vec();
    address.extend(bytes);
    let args = [-1, address.as_ptr() as i64, address.len() as i64, 0, 0];
    call(libc::SYS_connect, args);
}

fn sockets() {
    connect(
        libc::AF_INET,
        &[0x1f, 0x90, 127, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0],
    );
    let mut inet6 = vec![0x01, 0xbb, 0, 0, 0, 0];
    inet6.extend(1..=16);
    inet6.extend([0; 4]);
    connect(libc::AF_INET6, &inet6);
    connect(libc::AF_UNIX, b"/run/some.sock\0rest");
    connect(libc::AF_UNIX, b"\0abstract\0name");
    connect(libc::AF_UNIX, b"");
    connect(libc::AF_UNIX, &[b'p'; 108]);
    connect(libc::AF_NETLINK, &[0; 10]);
    connect(libc::AF_INET, &[0x1f]);
    call(libc::SYS_connect, [-1, 0, 16, 0, 0]);
}

/// `int $0x80` takes i386 numbers and 32 bits of each register, also from 64-bit code.
fn call32(number: u32, args: [u32; 5]) -> i32 {
    let result: u64;
    // SAFETY: the arguments are integers or addresses below 4 GiB of data that the acts keep; the
    // kernel changes no register but rax and r8 to r11 on this path.
    unsafe {
        core::arch::asm!(
            "push rbx",
            "mov ebx, {first:e}",
            "int 0x80",
            "pop rbx",
            first = in(reg) args[0],
            inlateout("rax") u64::from(number) => result,
            in("ecx") args[1],
            in("edx") args[2],
            in("esi") args[3],
            in("edi") args[4],
            out("r8") _, out("r9") _, out("r10") _, out("r11") _,
        );
    }
    result as i32
}

/// Copies data to an address that 32 bits can hold.
fn low(bytes: &[u8]) -> u32 {
    // SAFETY: maps fresh memory, checked, of at least the bytes' length, and writes into it.
    unsafe {
        let place = libc::mmap(
            ptr::null_mut(),
            bytes.len().max(1),
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_32BIT,
            -1,
            0,
        );
        assert_ne!(place, libc::MAP_FAILED);
        ptr::copy_nonoverlapping(bytes.as_ptr(), place.cast(), bytes.len());
        place as u32
    }
}

fn compat() {
    let path = low(b"/nowhere/compat\0");
    call32(295, [AT_FDCWD as u32, path, 0x8000_0001, 0, 0]);
    let mut argv: Vec<u8> = Vec::new();
    for item in [&b"first\0"[..], b"\0", b"third\0"] {
        argv.extend(low(item).to_ne_bytes());
    }
    argv.extend([0; 4]);
    let empty = low(&[0; 4]);
    call32(11, [low(b"/nowhere/execve\0"), low(&argv), empty, 0, 0]);
}

pub(crate) fn pointers(items: &[&CStr]) -> Vec<*const i8> {
    let mut pointers: Vec<_> = items.iter().map(|item| item.as_ptr()).collect();
    pointers.push(ptr::null());
    pointers
}

fn execve(path: &CStr, argv: &[&CStr], env: &[&CStr]) {
    let (argv, env) = (pointers(argv), pointers(env));
    let args = [
        path.as_ptr() as i64,
        argv.as_ptr() as i64,
        env.as_ptr() as i64,
        0,
        0,
    ];
    call(libc::SYS_execve, args);
}

fn exec_fails() {
    execve(
        c"/nowhere/program",
        &[c"zero", c"", c"two words"],
        &[c"A=b"],
    );
    call(
        libc::SYS_execve,
        [c"/nowhere/null".as_ptr() as i64, 0, 0, 0, 0],
    );
}

/// From a thread that isn't the process's first: its tid becomes the pid.
fn exec() {
    execve(
        c"/bin/../bin/true",
        &[c"true", c"--x", c"y z"],
        &[c"TRACEE=1", c"EMPTY="],
    );
    panic!("execve failed");
}

fn exec_memfd() {
    let program = std::fs::read("/bin/true").unwrap();
    let fd = call(
        libc::SYS_memfd_create,
        [c"some name".as_ptr() as i64, 0, 0, 0, 0],
    );
    let path = format!("/proc/self/fd/{fd}");
    std::fs::write(path, program).unwrap();
    let (argv, env) = (pointers(&[c"true"]), pointers(&[]));
    let args = [
        fd,
        c"".as_ptr() as i64,
        argv.as_ptr() as i64,
        env.as_ptr() as i64,
        libc::AT_EMPTY_PATH.into(),
    ];
    call(libc::SYS_execveat, args);
    panic!("execveat failed");
}

/// Arguments of the act `long-lists`: 20,000 of one byte; one of 100,000; as many as fit; one of as many
/// bytes as fit.
fn long_lists() {
    // Not one of the program's literals: nobody may have read the page that it is in.
    let short = CString::new("a").unwrap();
    let many: Vec<&CStr> = vec![&short; 20_000];
    execve(c"/nowhere/many", &many, &[]);
    let long = CString::new(vec![b'b'; 100_000]).unwrap();
    execve(c"/nowhere/long", &[c"short", &long, c"never"], &[c"E=1"]);
    // Two that fit exactly, the second with an element that is as long as a string may be.
    let mut full: Vec<&CStr> = vec![&short; tracee_ebpf::abi::MAX_LIST / 8 - 1];
    full.push(c"zz");
    let string = CString::new(vec![b's'; tracee_ebpf::abi::MAX_STRING]).unwrap();
    execve(c"/nowhere/full", &full, &[&string, c"F=1"]);
    let just = CString::new(vec![b'c'; tracee_ebpf::abi::MAX_LIST - 4]).unwrap();
    execve(c"/nowhere/just", &[&just], &[&just]);
}

fn children() {
    let exe = std::env::current_exe().unwrap();
    let exe = CString::new(exe.as_os_str().as_bytes()).unwrap();
    // SAFETY: the child makes system calls only, until it has ended.
    unsafe {
        let child = libc::fork();
        if child == 0 {
            libc::syscall(libc::SYS_openat, AT_FDCWD, c"/nowhere/child".as_ptr(), 0, 0);
            libc::_exit(7);
        }
        let mut status = 0;
        assert_eq!(libc::waitpid(child, &raw mut status, 0), child);
        let child = libc::fork();
        if child == 0 {
            libc::syscall(libc::SYS_openat, AT_FDCWD, exe.as_ptr(), 0, 0);
            libc::kill(libc::getpid(), libc::SIGKILL);
        }
        assert_eq!(libc::waitpid(child, &raw mut status, 0), child);
    }
    std::thread::spawn(|| openat(b"/nowhere/thread", 0))
        .join()
        .unwrap();
}

/// Opens, waits for the next line, and opens again.
fn two_opens() {
    openat(b"/nowhere/first", 0);
    openat(b"/nowhere/second", 0);
    wait();
    openat(b"/nowhere/first", 0);
    openat(b"/nowhere/second", 0);
}

/// Says what a call returned, by the path of another.
fn say(name: &str, retval: i64) {
    let path = CString::new(returned(name, retval)).unwrap();
    call(libc::SYS_chdir, [path.as_ptr() as i64, 0, 0, 0, 0]);
}

/// Puts what is passed where 32 bits can address it.
fn place(passed: &Passed, compat: bool) -> u64 {
    let text = |text: &str| low(CString::new(text).unwrap().as_bytes_with_nul());
    match passed {
        Passed::Int(register) => *register,
        Passed::Text(of) => text(of).into(),
        Passed::List(of) => {
            let mut pointers: Vec<u8> = Vec::new();
            for address in of.iter().map(|item| text(item)).chain([0]) {
                pointers.extend(address.to_ne_bytes());
                pointers.extend(vec![0; if compat { 0 } else { 4 }]);
            }
            low(&pointers).into()
        }
        Passed::Words(words) => {
            let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
            low(&bytes).into()
        }
        Passed::Address => low(&ADDRESS).into(),
    }
}

fn syscalls() {
    for one in calls(false) {
        let mut args = [0; 6];
        for (arg, passed) in args.iter_mut().zip(&one.args) {
            *arg = place(passed, false).cast_signed();
        }
        let result = call6(one.number.into(), args);
        let error = std::io::Error::last_os_error().raw_os_error();
        let retval = match result {
            -1 => -i64::from(error.unwrap()),
            result => result,
        };
        say(&one.event.name, retval);
    }
}

fn syscalls_32() {
    for one in calls(true) {
        let mut args = [0; 5];
        for (arg, passed) in args.iter_mut().zip(&one.args) {
            *arg = place(passed, true) as u32;
        }
        say(&one.event.name, call32(one.number, args).into());
    }
}

/// A child that ends itself, and a thread that does.
fn twice_or_never() {
    // SAFETY: the child makes one system call, which ends it; so does the thread, which owns nothing.
    unsafe {
        let child = syscall(libc::SYS_fork);
        if child == 0 {
            syscall(libc::SYS_exit_group, 77);
        }
        let mut status = 0;
        libc::waitpid(child as libc::pid_t, &raw mut status, 0);
        let child = libc::fork();
        if child == 0 {
            syscall(libc::SYS_exit, 5);
        }
        libc::waitpid(child, &raw mut status, 0);
    }
}

fn structs() {
    let limit = [11u64, 22];
    // Larger than any pid.
    let nobody = i64::from(i32::MAX);
    call(
        libc::SYS_prlimit64,
        [nobody, 7, limit.as_ptr() as i64, 0, 0],
    );
    let clone = [1u64 << 62, 0, 0, 0, 0, 0, 0, 0x7777];
    call(libc::SYS_clone3, [clone.as_ptr() as i64, 64, 0, 0, 0]);
    let mut time = [0u64; 2];
    call(
        libc::SYS_clock_gettime,
        [7, time.as_mut_ptr() as i64, 0, 0, 0],
    );
    call(libc::SYS_chdir, [c"/".as_ptr() as i64, 0, 0, 0, 0]);
    let mut path = [0u8; 100];
    call(libc::SYS_getcwd, [path.as_mut_ptr() as i64, 100, 0, 0, 0]);
}
