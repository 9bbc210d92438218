//! What watched processes do for [`super`]: each act makes calls of kernel functions happen, in
//! a folder of its own.

use std::ffi::{CStr, CString};
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::acts::{call, call6};

/// The folder of a process that acts.
pub(crate) fn folder(pid: u32) -> PathBuf {
    // /tmp may be a link.
    let parent = fs::canonicalize(std::env::temp_dir()).unwrap();
    parent.join(format!("tracee-functions-{pid}"))
}

/// Performs an act, if it is one of these.
pub(crate) fn perform(act: &str) -> bool {
    let act: fn(&Path) = match act {
        "functions-files" => files,
        "functions-mounts" => mounts,
        "functions-layers" => super::layers::act,
        "functions-changes" => changes,
        "functions-sockets" => sockets,
        "functions-memory" => memory,
        "functions-identity" => identity,
        "functions-machine" => machine,
        "functions-attaching" => super::attach_acts::attach,
        "functions-linking" => super::attach_acts::link,
        "functions-modifications" => super::attach_acts::modify,
        "functions-failures" => failures,
        "functions-modules" => super::module_acts::modules,
        _ => return false,
    };
    let home = folder(std::process::id());
    fs::create_dir(&home).unwrap();
    act(&home);
    fs::remove_dir_all(&home).unwrap();
    true
}

pub(crate) fn c(path: &Path) -> CString {
    CString::new(path.as_os_str().as_bytes()).unwrap()
}

fn files(home: &Path) {
    let file = home.join("file");
    fs::write(&file, "text").unwrap();
    let ino = fs::metadata(&file).unwrap().ino();
    fs::write(home.join("inode"), ino.to_string()).unwrap();
    symlink("file", home.join("link")).unwrap();
    // Through a link, from the working directory.
    std::env::set_current_dir(home).unwrap();
    fs::OpenOptions::new()
        .append(true)
        .custom_flags(libc::O_NOFOLLOW)
        .open("./../../tmp/../tmp/none")
        .unwrap_err();
    fs::OpenOptions::new().append(true).open("./link").unwrap();
    let deleted = fs::File::create("gone").unwrap();
    fs::remove_file("gone").unwrap();
    let again = format!("/proc/self/fd/{}", deleted.as_raw_fd());
    fs::File::open(again).unwrap();
    fs::rename("file", "renamed").unwrap();
    let pipe = c(&home.join("pipe"));
    let mode = i64::from(libc::S_IFIFO | 0o600);
    assert_eq!(
        call(libc::SYS_mknod, [pipe.as_ptr() as i64, mode, 0, 0, 0]),
        0
    );
    let null = c(&home.join("null"));
    let mode = i64::from(libc::S_IFCHR | 0o600);
    let device = libc::makedev(1, 3) as i64;
    assert_eq!(
        call(libc::SYS_mknod, [null.as_ptr() as i64, mode, device, 0, 0]),
        0
    );
    fs::remove_file("renamed").unwrap();
    std::env::set_current_dir("/").unwrap();
}

pub(super) fn mount(from: &CStr, to: &CStr, kind: &CStr, flags: u64) -> i64 {
    let [from, to, kind] = [from, to, kind].map(|text| text.as_ptr() as i64);
    call(libc::SYS_mount, [from, to, kind, flags as i64, 0])
}

/// In mounts of its own: a folder that is mounted a second time, and a root that was changed.
fn mounts(home: &Path) {
    let (first, second) = (home.join("first"), home.join("second"));
    for folder in [&first, &second] {
        fs::create_dir(folder).unwrap();
    }
    assert_eq!(
        call(libc::SYS_unshare, [libc::CLONE_NEWNS.into(), 0, 0, 0, 0]),
        0
    );
    assert_eq!(
        mount(c"none", c"/", c"none", libc::MS_REC | libc::MS_PRIVATE),
        0
    );
    assert_eq!(mount(c"none", &c(home), c"tmpfs", 0), 0);
    for folder in [&first, &second] {
        fs::create_dir(folder).unwrap();
    }
    assert_eq!(mount(&c(&first), &c(&second), c"none", libc::MS_BIND), 0);
    fs::write(second.join("bound"), "").unwrap();
    fs::rename(second.join("bound"), second.join("moved")).unwrap();
    assert_eq!(
        call(libc::SYS_chroot, [c(&second).as_ptr() as i64, 0, 0, 0, 0]),
        0
    );
    fs::rename("/moved", "/inside").unwrap();
    fs::remove_file("/inside").unwrap();
    let up = c"../../../../../../../..".as_ptr() as i64;
    // The working directory is outside: the way back.
    assert_eq!(call(libc::SYS_chdir, [up, 0, 0, 0, 0]), 0);
    assert_eq!(
        call(libc::SYS_chroot, [c".".as_ptr() as i64, 0, 0, 0, 0]),
        0
    );
    for folder in [&second, home] {
        assert_eq!(
            call(libc::SYS_umount2, [c(folder).as_ptr() as i64, 0, 0, 0, 0]),
            0
        );
    }
}

/// Contents, lengths, times, watches and the working directory.
fn changes(home: &Path) {
    std::env::set_current_dir(home).unwrap();
    fs::write("text", "some text").unwrap();
    let text = c(&home.join("text"));
    let path = text.as_ptr() as i64;
    assert_eq!(call(libc::SYS_truncate, [path, 4, 0, 0, 0]), 0);
    let file = fs::OpenOptions::new().write(true).open("text").unwrap();
    let fd = i64::from(file.as_raw_fd());
    assert_eq!(call(libc::SYS_ftruncate, [fd, 3, 0, 0, 0]), 0);
    let times: [i64; 4] = [1_000_000_000, 5, 1_000_000_001, 6];
    let at = libc::AT_FDCWD.into();
    assert_eq!(
        call(libc::SYS_utimensat, [at, path, times.as_ptr() as i64, 0, 0]),
        0
    );
    let watch = call(libc::SYS_inotify_init1, [0; 5]);
    let mask = u64::from(libc::IN_DELETE_SELF) as i64;
    assert!(call(libc::SYS_inotify_add_watch, [watch, path, mask, 0, 0]) >= 0);
    // No module, but it is read to the end.
    fs::write("module", "nothing").unwrap();
    let module = fs::File::open("module").unwrap();
    let fd = module.as_raw_fd().into();
    assert!(call(libc::SYS_finit_module, [fd, c"".as_ptr() as i64, 0, 0, 0]) < 0);
    std::env::set_current_dir("/").unwrap();
}

fn sockets(home: &Path) {
    let listener = TcpListener::bind("127.0.0.1:45123").unwrap();
    let client = TcpStream::connect("127.0.0.1:45123").unwrap();
    client.set_nodelay(true).unwrap();
    for (number, to, flags) in [
        (libc::SYS_dup2, 77, 0),
        (libc::SYS_dup3, 78, libc::O_CLOEXEC),
        // Nothing is duplicated.
        (libc::SYS_dup2, client.as_raw_fd(), 0),
    ] {
        let args = [client.as_raw_fd().into(), to.into(), flags.into(), 0, 0];
        assert_eq!(call(number, args), i64::from(to));
    }
    assert!(call(libc::SYS_dup, [listener.as_raw_fd().into(), 0, 0, 0, 0]) > 0);
    // No socket.
    assert_eq!(call(libc::SYS_dup2, [0, 79, 0, 0, 0]), 79);
    drop(listener.accept().unwrap());
    let listener = TcpListener::bind("[::1]:45124").unwrap();
    drop(TcpStream::connect("[::1]:45124").unwrap());
    drop(listener.accept().unwrap());
    let path = home.join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    let client = std::os::unix::net::UnixStream::connect(&path).unwrap();
    let args = [client.as_raw_fd().into(), 80, 0, 0, 0];
    assert_eq!(call(libc::SYS_dup2, args), 80);
    drop(listener.accept().unwrap());
}

fn memory(home: &Path) {
    let path = home.join("library");
    fs::write(&path, vec![b'L'; 8192]).unwrap();
    let file = fs::File::open(&path).unwrap();
    // Of six arguments `call` passes five, and the offset is 0.
    let prot = i64::from(libc::PROT_READ | libc::PROT_EXEC);
    let flags = libc::MAP_PRIVATE.into();
    let place = call(
        libc::SYS_mmap,
        [0, 4096, prot, flags, file.as_raw_fd().into()],
    );
    assert!(place > 0);
    let (fd, read) = (file.as_raw_fd().into(), libc::PROT_READ.into());
    assert!(call6(libc::SYS_mmap, [0, 4096, read, flags, fd, 4096]) > 0);
    assert_eq!(call(libc::SYS_mprotect, [place, 4096, read, 0, 0]), 0);
    let all = i64::from(libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC);
    for prot in [prot, all, prot] {
        assert_eq!(call(libc::SYS_mprotect, [place, 4096, prot, 0, 0]), 0);
    }
    let anonymous = i64::from(libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
    assert!(call(libc::SYS_mmap, [0, 8192, all, anonymous, -1]) > 0);
    let mut written = fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(&path)
        .unwrap();
    written
        .write_all(b"MAGIC bytes, and more than twenty of them")
        .unwrap();
    written.write_all(b"behind").unwrap();
    let pieces = [
        std::io::IoSlice::new(b"one"),
        std::io::IoSlice::new(b"three"),
    ];
    assert_eq!(written.write_vectored(&pieces).unwrap(), 8);
    let mut bytes = [0; 10];
    written.read_exact(&mut bytes).unwrap();
    let mut more = [0; 3];
    let mut pieces = [
        std::io::IoSliceMut::new(&mut bytes),
        std::io::IoSliceMut::new(&mut more),
    ];
    assert_eq!(written.read_vectored(&mut pieces).unwrap(), 13);
    // The kernel writes a core file itself.
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "acts::perform", "--nocapture"]);
    child.env("TRACEE_LIVE_ACT", "abort").current_dir(home);
    assert!(!child.status().unwrap().success());
}

/// Dumps its core into the working directory.
pub(crate) fn abort() {
    let limit = libc::rlimit {
        rlim_cur: libc::RLIM_INFINITY,
        rlim_max: libc::RLIM_INFINITY,
    };
    // SAFETY: the call reads the limit, which lives until it returns.
    let done = unsafe { libc::setrlimit(libc::RLIMIT_CORE, &raw const limit) };
    assert_eq!(done, 0);
    std::process::abort();
}

fn identity(_: &Path) {
    let name = c"renamed-thread".as_ptr() as i64;
    assert_eq!(
        call(libc::SYS_prctl, [libc::PR_SET_NAME.into(), name, 0, 0, 0]),
        0
    );
    let limit: [u64; 2] = [77, 99];
    let resource = i64::from(libc::RLIMIT_MSGQUEUE);
    let new = limit.as_ptr() as i64;
    assert_eq!(call(libc::SYS_prlimit64, [0, resource, new, 0, 0]), 0);
    let zone = [0i32; 2];
    assert_eq!(
        call(libc::SYS_settimeofday, [0, zone.as_ptr() as i64, 0, 0, 0]),
        0
    );
    // struct sigaction of the kernel: handler, flags, restorer, mask.
    let ignore: [u64; 4] = [1, 0x1000_0000, 0, 0x10];
    let new = ignore.as_ptr() as i64;
    for _ in 0..2 {
        let args = [libc::SIGUSR2.into(), new, 0, 8, 0];
        assert_eq!(call(libc::SYS_rt_sigaction, args), 0);
    }
    assert_eq!(
        call(libc::SYS_unshare, [libc::CLONE_NEWUTS.into(), 0, 0, 0, 0]),
        0
    );
    let done = Command::new("/bin/sh")
        .args(["-c", ":"])
        .env("MARK", "one")
        .status();
    assert!(done.unwrap().success());
    // Of this thread alone, as the calls themselves do it.
    assert_eq!(call(libc::SYS_setresgid, [-1, 4321, -1, 0, 0]), 0);
}

fn machine(home: &Path) {
    // union bpf_attr of BPF_MAP_CREATE: type, sizes of key and value, entries, flags, inner map, node, name.
    let mut map = [0u32; 18];
    map[..4].copy_from_slice(&[2, 4, 4, 1]);
    map[7..9].copy_from_slice(&[u32::from_ne_bytes(*b"trac"), u32::from_ne_bytes(*b"eemp")]);
    let size = std::mem::size_of_val(&map) as i64;
    assert!(call(libc::SYS_bpf, [0, map.as_ptr() as i64, size, 0, 0]) >= 0);
    // BPF_PROG_LOAD: type, instructions, their address, that of the license, …, name (at byte 48).
    let program: [u64; 2] = [0xb7, 0x95]; // r0 = 0; exit
    let mut load = [0u64; 8];
    load[0] = 2 << 32 | 1;
    load[1] = program.as_ptr() as u64;
    load[2] = c"GPL".as_ptr() as u64;
    load[6] = u64::from_ne_bytes(*b"traceepr");
    assert!(call(libc::SYS_bpf, [5, load.as_ptr() as i64, 64, 0, 0]) >= 0);
    let name = home.file_name().unwrap();
    let group = Path::new("/sys/fs/cgroup").join(name);
    fs::create_dir(&group).unwrap();
    fs::write(group.join("cgroup.procs"), std::process::id().to_string()).unwrap();
    fs::write(
        "/sys/fs/cgroup/cgroup.procs",
        std::process::id().to_string(),
    )
    .unwrap();
    fs::remove_dir(&group).unwrap();
    let tracing = Path::new("/sys/kernel/tracing");
    let probes = tracing.join("kprobe_events");
    let add = |line: &str| {
        let mut file = fs::OpenOptions::new().append(true).open(&probes).unwrap();
        file.write_all(line.as_bytes()).unwrap();
    };
    add("p:tracee_live vfs_fsync\n");
    let enable = tracing.join("events/kprobes/tracee_live/enable");
    fs::write(&enable, "1").unwrap();
    fs::write(&enable, "0").unwrap();
    add("-:tracee_live\n");
    // Its loopback is a new device.
    assert_eq!(
        call(libc::SYS_unshare, [libc::CLONE_NEWNET.into(), 0, 0, 0, 0]),
        0
    );
}

/// Programs that can't be executed: there is none, it is none, and it may not be.
fn failures(home: &Path) {
    let run = |name: &str| {
        let (path, more) = (c(&home.join(name)), c"more".as_ptr());
        let argv = [path.as_ptr(), more, std::ptr::null()];
        let envp = [c"MARK=one".as_ptr(), std::ptr::null()];
        let (argv, envp) = (argv.as_ptr() as i64, envp.as_ptr() as i64);
        let path = path.as_ptr() as i64;
        assert_eq!(call(libc::SYS_execve, [path, argv, envp, 0, 0]), -1);
        let at = libc::AT_FDCWD.into();
        let flags = libc::AT_SYMLINK_NOFOLLOW.into();
        assert_eq!(call(libc::SYS_execveat, [at, path, argv, envp, flags]), -1);
    };
    run("nothing");
    fs::write(home.join("text"), "no program").unwrap();
    run("text");
    fs::set_permissions(home.join("text"), fs::Permissions::from_mode(0o750)).unwrap();
    run("text");
    // One that succeeds is no failure.
    assert!(
        Command::new("/bin/sh")
            .args(["-c", ":"])
            .status()
            .unwrap()
            .success()
    );
}
