//! What a watched process does with the modules of a guest's kernel (xtask/src/vm/kernel.rs says which there are).

use std::ffi::CString;
use std::fs;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use crate::acts::call;

/// The modules of the running kernel, in a guest.
pub(crate) fn folder_of_modules() -> PathBuf {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    Path::new("/modules").join(release.trim())
}

/// A module's file.
pub(crate) fn file(module: &str) -> PathBuf {
    folder_of_modules().join(format!("{module}.ko"))
}

/// Loads a module from its file; finit_module's result.
pub(crate) fn load(module: &str, parameters: &str) -> i64 {
    let file = fs::File::open(file(module)).unwrap();
    let parameters = CString::new(parameters).unwrap();
    let fd = file.as_raw_fd().into();
    call(
        libc::SYS_finit_module,
        [fd, parameters.as_ptr() as i64, 0, 0, 0],
    )
}

fn load_from_memory(module: &str) -> i64 {
    load_bytes(&fs::read(file(module)).unwrap())
}

/// Loads what is a module's file; init_module's result.
pub(crate) fn load_bytes(bytes: &[u8]) -> i64 {
    let (address, length) = (bytes.as_ptr() as i64, bytes.len() as i64);
    call(
        libc::SYS_init_module,
        [address, length, c"".as_ptr() as i64, 0, 0],
    )
}

pub(crate) fn remove(module: &str) -> i64 {
    let name = CString::new(module).unwrap();
    let flags = i64::from(libc::O_NONBLOCK);
    call(
        libc::SYS_delete_module,
        [name.as_ptr() as i64, flags, 0, 0, 0],
    )
}

/// Modules come, fail and go; each makes something of its own.
pub(super) fn modules(_: &Path) {
    assert_eq!(load("dummy", ""), 0);
    // No disk may have so many partitions.
    assert_eq!(load("loop", "max_part=300"), -1);
    assert_eq!(load("loop", "max_loop=1"), 0);
    assert_eq!(load("msr", ""), 0);
    assert_eq!(load("pktgen", ""), 0);
    assert_eq!(load_from_memory("llc"), 0);
    assert_eq!(load("stp", ""), 0);
    assert_eq!(load("bridge", ""), 0);
    // The kernel asks a program whether that would do the work of STP.
    let socket = call(
        libc::SYS_socket,
        [libc::AF_INET.into(), libc::SOCK_DGRAM.into(), 0, 0, 0],
    );
    let name = c"tracee-br".as_ptr() as i64;
    let bridge = |request: i64| call(libc::SYS_ioctl, [socket, request, name, 0, 0]);
    assert_eq!(bridge(SIOCBRADDBR), 0);
    fs::write("/sys/class/net/tracee-br/bridge/stp_state", "1").unwrap();
    assert_eq!(bridge(SIOCBRDELBR), 0);
    for module in ["bridge", "stp", "llc", "pktgen", "msr", "loop", "dummy"] {
        assert_eq!(remove(module), 0, "{module}");
    }
}

/// include/uapi/linux/sockios.h
const SIOCBRADDBR: i64 = 0x89a0;
const SIOCBRDELBR: i64 = 0x89a1;
