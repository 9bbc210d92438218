//! Paths in overlayfs, the root of most containers: files are reached at the mount, and lie in layers.

use std::ffi::CString;
use std::fs;
use std::io::Write;
use std::path::Path;

use super::acts::{c, mount};
use super::module_acts::{file, load};
use super::{bytes, int, traces_functions, watch};
use crate::acts::call;
use crate::watch::need_live;

fn has_overlayfs() -> bool {
    let known = fs::read_to_string("/proc/filesystems").unwrap();
    known.lines().any(|line| line.ends_with("\toverlay"))
}

/// In mounts of its own: a file of the lower layer is read, changed, renamed and removed.
pub(super) fn act(home: &Path) {
    if !has_overlayfs() {
        assert_eq!(load("overlay", ""), 0);
    }
    assert_eq!(
        call(libc::SYS_unshare, [libc::CLONE_NEWNS.into(), 0, 0, 0, 0]),
        0
    );
    let private = libc::MS_REC | libc::MS_PRIVATE;
    assert_eq!(mount(c"none", c"/", c"none", private), 0);
    assert_eq!(mount(c"none", &c(home), c"tmpfs", 0), 0);
    for folder in ["lower", "upper", "work", "merged"] {
        fs::create_dir(home.join(folder)).unwrap();
    }
    fs::write(home.join("lower/file"), "text").unwrap();
    let layer = |name: &str| home.join(name).display().to_string();
    let (lower, upper, work) = (layer("lower"), layer("upper"), layer("work"));
    let options = format!("lowerdir={lower},upperdir={upper},workdir={work}");
    let options = CString::new(options).unwrap();
    let merged = home.join("merged");
    let overlay = c"overlay".as_ptr() as i64;
    let place = c(&merged);
    assert_eq!(
        call(
            libc::SYS_mount,
            [
                overlay,
                place.as_ptr() as i64,
                overlay,
                0,
                options.as_ptr() as i64
            ]
        ),
        0
    );
    fs::read(merged.join("file")).unwrap();
    let mut file = fs::OpenOptions::new()
        .append(true)
        .open(merged.join("file"))
        .unwrap();
    file.write_all(b" and more").unwrap();
    drop(file);
    fs::rename(merged.join("file"), merged.join("renamed")).unwrap();
    fs::remove_file(merged.join("renamed")).unwrap();
    for folder in [&merged, home] {
        assert_eq!(
            call(libc::SYS_umount2, [c(folder).as_ptr() as i64, 0, 0, 0, 0]),
            0
        );
    }
}

#[test]
fn paths_in_overlayfs_are_those_at_its_mount() {
    need_live!();
    if !traces_functions() {
        return;
    }
    if !has_overlayfs() && !file("overlay").exists() {
        eprintln!("skipped: this kernel has no overlayfs");
        return;
    }
    let open = "security_file_open";
    let events = [open, "security_inode_rename", "security_inode_unlink"];
    let (records, home) = watch("functions-layers", &events);
    let path = |name: &str| home.join("merged").join(name);
    let opens = |written: bool| {
        let all = records.of(open).into_iter();
        let of_file = all.filter(|record| record.bytes(0) == Some(bytes(&path("file"))));
        let mode = |flags: i128| flags as i32 & libc::O_ACCMODE != libc::O_RDONLY;
        of_file
            .filter(|record| mode(int(record, open, "flags").unwrap()) == written)
            .count()
    };
    assert!(opens(false) > 0, "it was read");
    assert!(opens(true) > 0, "it was written");
    let renamed = records.one("security_inode_rename", 0, bytes(&path("file")));
    assert_eq!(renamed.bytes(1), Some(bytes(&path("renamed"))));
    records.one("security_inode_unlink", 0, bytes(&path("renamed")));
    // What overlayfs does in its layers for that begins at the root of their file system.
    let mut of_upper = records.of("security_inode_rename").into_iter();
    let of_upper = of_upper.find(|record| record.bytes(0) == Some(b"/upper/file"));
    assert_eq!(of_upper.unwrap().bytes(1), Some(&b"/upper/renamed"[..]));
}
