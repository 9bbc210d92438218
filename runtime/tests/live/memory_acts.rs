//! Acts whose memory changes while the kernel is in a call: see [`crate::memory`].
//!
//! A lease (fcntl(2)) holds an open up after the kernel has taken the path and before the call returns,
//! when tracee reads it; so nothing depends on time.

use std::ffi::CString;
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use std::{fs, ptr};

use libc::AT_FDCWD;

use crate::acts::call;

/// What becomes of the path, in the order of the calls; [`FIRST_MODE`] and its place are the `mode` of each.
pub(crate) const CHANGES: &[&str] = &["unmapped", "protected", "discarded", "crossing", "another"];
pub(crate) const FIRST_MODE: i64 = 0o100;

/// What the path is, but for a number; and what stands there later in the last of the changes.
pub(crate) const HELD: &str = "/tmp/tracee-held-";
pub(crate) const OTHER: &[u8] = b"/nowhere/other";

/// How often paths are opened while another thread takes their pages away.
pub(crate) const RESTLESS: usize = 3_000;
/// The `mode` of those, and the paths: some lie across the edge of a page.
pub(crate) const RESTLESS_MODE: i64 = 0o777;
const RESTLESS_PATHS: &[&[u8]] = &[b"/nowhere/wanted/path", b"/elsewhere/a-path-of-no-interest"];

/// Of fcntl(2); in linux/fcntl.h.
const F_SETSIG: i32 = 10;

/// Two pages of memory.
struct Pages {
    at: usize,
    page: usize,
}

impl Pages {
    fn new() -> Self {
        // SAFETY: asks for a number; maps fresh memory.
        let (page, at) = unsafe {
            let page = usize::try_from(libc::sysconf(libc::_SC_PAGESIZE)).unwrap();
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
            let access = libc::PROT_READ | libc::PROT_WRITE;
            (
                page,
                libc::mmap(ptr::null_mut(), 2 * page, access, flags, -1, 0),
            )
        };
        assert_ne!(at, libc::MAP_FAILED);
        let at = at as usize;
        Self { at, page }
    }

    /// Writes a string and its NUL.
    fn put(&self, offset: usize, text: &[u8]) -> usize {
        assert!(offset + text.len() < 2 * self.page);
        let to = (self.at + offset) as *mut u8;
        // SAFETY: within the pages, which are mapped and writable when this is called.
        unsafe {
            ptr::copy_nonoverlapping(text.as_ptr(), to, text.len());
            *to.add(text.len()) = 0;
        }
        to as usize
    }

    fn second(&self) -> *mut libc::c_void {
        (self.at + self.page) as *mut _
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        // SAFETY: nobody uses them any more; what is unmapped already may be again.
        unsafe { libc::munmap(self.at as *mut _, 2 * self.page) };
    }
}

fn open(path: usize, mode: i64) -> i64 {
    let args = [AT_FDCWD.into(), path as i64, libc::O_RDONLY.into(), mode, 0];
    call(libc::SYS_openat, args)
}

/// A file whose opening waits, for as long as this is held.
struct Lease {
    path: String,
    file: fs::File,
}

impl Lease {
    fn new(path: String, mode: u32) -> Self {
        use std::os::unix::fs::PermissionsExt;
        fs::write(&path, "no program").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let file = fs::File::open(&path).unwrap();
        let lease = Self { path, file };
        // Not SIGIO, which would end this process.
        lease.fcntl(F_SETSIG, libc::SIGURG);
        // A child that is just made by another test has the descriptor by which the file was written.
        while lease.try_fcntl(libc::F_SETLEASE, libc::F_WRLCK) < 0 {
            let error = std::io::Error::last_os_error();
            assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock, "{error}");
            std::thread::sleep(Duration::from_millis(1));
        }
        lease
    }

    fn try_fcntl(&self, command: i32, argument: i32) -> i32 {
        // SAFETY: these commands take an integer.
        unsafe { libc::fcntl(self.file.as_raw_fd(), command, argument) }
    }

    fn fcntl(&self, command: i32, argument: i32) -> i32 {
        let result = self.try_fcntl(command, argument);
        assert!(result >= 0, "{}", std::io::Error::last_os_error());
        result
    }

    /// Waits until somebody waits for it: the kernel says then what the lease is to become.
    fn wait_for_another(&self) {
        while self.fcntl(libc::F_GETLEASE, 0) == libc::F_WRLCK {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn release(&self) {
        self.fcntl(libc::F_SETLEASE, libc::F_UNLCK);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Paths that are gone, or others, when the call returns.
pub(crate) fn paths_that_go() {
    for (mode, &change) in (FIRST_MODE..).zip(CHANGES) {
        let lease = Lease::new(format!("{HELD}{}-{change}", std::process::id()), 0o600);
        let pages = Pages::new();
        let offset = match change {
            // Its begin stays.
            "crossing" => pages.page - 5,
            _ => pages.page,
        };
        let path = pages.put(offset, lease.path.as_bytes());
        let opener = std::thread::spawn(move || open(path, mode));
        lease.wait_for_another();
        let (second, page) = (pages.second(), pages.page);
        // SAFETY: the second page is this act's, and only the kernel's to read from here on.
        let result = unsafe {
            match change {
                "protected" => libc::mprotect(second, page, libc::PROT_NONE),
                "discarded" => libc::madvise(second, page, libc::MADV_DONTNEED),
                "another" => {
                    pages.put(offset, OTHER);
                    0
                }
                _ => libc::munmap(second, page),
            }
        };
        assert_eq!(result, 0);
        lease.release();
        let descriptor = opener.join().unwrap();
        assert!(descriptor >= 0, "{change}");
        call(libc::SYS_close, [descriptor, 0, 0, 0, 0]);
    }
}

/// Opens while another thread takes pages away and gives them back.
pub(crate) fn restless_pages() {
    let pages = Pages::new();
    let (second, page) = (pages.second() as usize, pages.page);
    let enough = AtomicBool::new(false);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            let second = second as *mut libc::c_void;
            let access = libc::PROT_READ | libc::PROT_WRITE;
            while !enough.load(Ordering::Relaxed) {
                // SAFETY: the page is this act's; whoever else writes to it does so by the kernel, which
                // says if it can't.
                unsafe {
                    libc::madvise(second, page, libc::MADV_DONTNEED);
                    libc::mprotect(second, page, libc::PROT_NONE);
                    libc::mprotect(second, page, access);
                }
            }
        });
        let own = CString::new(format!("/proc/{}/mem", std::process::id())).unwrap();
        // SAFETY: opens a file by a path that lives.
        let memory = unsafe { libc::open(own.as_ptr(), libc::O_RDWR) };
        assert!(memory >= 0);
        for number in 0..RESTLESS {
            let path = RESTLESS_PATHS[number % RESTLESS_PATHS.len()];
            // From whole in the page that stays to whole in the other.
            let offset = page - path.len() - 1 + number % (2 * path.len());
            let mut text = path.to_vec();
            text.push(0);
            // SAFETY: reads a buffer that lives. Memory that can't be written to now is left as it is.
            unsafe {
                let to = (pages.at + offset) as i64;
                libc::pwrite(memory, text.as_ptr().cast(), text.len(), to);
            }
            open(pages.at + offset, RESTLESS_MODE);
        }
        enough.store(true, Ordering::Relaxed);
    });
}

/// An execve that waits while its file is leased to whoever traces: it fails then, as no program is in it.
pub(crate) fn execute(path: &str) {
    let path = CString::new(path).unwrap();
    let argv = crate::acts::pointers(&[c"held"]);
    let args = [path.as_ptr() as i64, argv.as_ptr() as i64, 0, 0, 0];
    assert_eq!(call(libc::SYS_execve, args), -1);
}

/// Begins a program with as many bytes of arguments as the kernel takes, nearly 2 MiB.
pub(crate) fn execute_much() {
    let long = CString::new(vec![b'm'; 131_000]).unwrap();
    let last = CString::new(vec![b'z'; 125_000]).unwrap();
    let mut arguments = vec![c"true"];
    arguments.extend([long.as_c_str(); 15]);
    arguments.push(&last);
    let (argv, env) = (
        crate::acts::pointers(&arguments),
        crate::acts::pointers(&[]),
    );
    let (argv, env) = (argv.as_ptr() as i64, env.as_ptr() as i64);
    let path = c"/bin/true".as_ptr() as i64;
    call(libc::SYS_execve, [path, argv, env, 0, 0]);
    panic!("execve failed");
}

/// A file that [`execute`] waits for.
pub(crate) struct Held(Lease);

impl Held {
    pub(crate) fn new(path: String) -> Self {
        Self(Lease::new(path, 0o700))
    }

    pub(crate) fn path(&self) -> &str {
        &self.0.path
    }

    pub(crate) fn wait_for_another(&self) {
        self.0.wait_for_another();
    }

    pub(crate) fn release(&self) {
        self.0.release();
    }
}
