//! What watched processes do for [`crate::functions`]: each act makes calls of kernel functions happen, in
//! a folder of its own.

use std::ffi::{CStr, CString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};

use crate::acts::call;

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
    let again = format!(
        "/proc/self/fd/{}",
        std::os::fd::AsRawFd::as_raw_fd(&deleted)
    );
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

fn mount(from: &CStr, to: &CStr, kind: &CStr, flags: u64) -> i64 {
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
