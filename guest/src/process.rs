//! The calls that the standard library has no safe form of: ptrace in a child, files in memory,
//! executing a descriptor, a socket as a shell's standard streams.

#![expect(unsafe_code, reason = "the system calls that the steps are about")]

use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::net::SocketAddrV4;
use std::os::fd::{AsRawFd, FromRawFd, RawFd};
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitStatus};

/// Lets a child ask to be traced by its parent (PTRACE_TRACEME), as programs do to keep debuggers
/// away.
///
/// # Errors
/// When fork or the child's ptrace fails.
pub fn trace_me_in_child() -> io::Result<()> {
    in_child(|| {
        // SAFETY: TRACEME takes no pointers; the other arguments are ignored.
        check(unsafe { libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0) as libc::c_int })
    })
}

/// A child that does nothing.
///
/// # Errors
/// When fork fails.
pub fn idle_child() -> io::Result<()> {
    in_child(|| Ok(0))
}

fn in_child(job: impl FnOnce() -> io::Result<libc::c_int>) -> io::Result<()> {
    // SAFETY: the steps run one at a time on one thread, so no lock is held by another; the child
    // makes one system call and ends.
    let child = check(unsafe { libc::fork() })?;
    if child == 0 {
        let code = if job().is_ok() { 0 } else { 1 };
        // SAFETY: ends the process without running the parent's exit handlers.
        unsafe { libc::_exit(code) };
    }
    let mut status = 0;
    // SAFETY: `status` outlives the call; `child` is ours.
    check(unsafe { libc::waitpid(child, &raw mut status, 0) })?;
    if libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0 {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "the child ended with status {status:#x}"
    )))
}

/// A file that exists in memory only, under a name that /proc shows.
///
/// # Errors
/// Those of memfd_create(2).
pub fn memory_file(name: &CStr) -> io::Result<File> {
    // SAFETY: `name` ends in a zero and outlives the call.
    let fd = check(unsafe { libc::memfd_create(name.as_ptr(), 0) })?;
    // SAFETY: the descriptor was just made and has no other owner.
    Ok(unsafe { File::from_raw_fd(fd) })
}

/// Runs the program in `file` in a child, by its descriptor, and waits for it.
///
/// # Errors
/// When the child can't be made or the execution fails.
pub fn execute_file(file: &File, argv: &[&CStr]) -> io::Result<()> {
    let mut pointers: Vec<*const libc::c_char> = argv.iter().map(|arg| arg.as_ptr()).collect();
    pointers.push(std::ptr::null());
    let environment = [std::ptr::null()];
    in_child(|| {
        // SAFETY: both arrays end in null, their strings in zeros; they outlive the call, which
        // returns only if it fails.
        check(unsafe { libc::fexecve(file.as_raw_fd(), pointers.as_ptr(), environment.as_ptr()) })
    })
}

/// Runs `command` with a connection to `address` as its standard streams, and waits for it.
///
/// # Errors
/// When the connection or the execution fails.
pub fn run_over_socket(mut command: Command, address: SocketAddrV4) -> io::Result<ExitStatus> {
    // SAFETY: the closure makes system calls only, which are safe between fork and exec.
    unsafe {
        command.pre_exec(move || {
            let socket = connect(address)?;
            for stream in 0..=2 {
                check(libc::dup2(socket, stream))?;
            }
            Ok(())
        });
    }
    command.status()
}

/// Runs `command` with standard streams that are a connection to `address` from the start: its socket is
/// descriptor 0 when it connects. Waits for it.
///
/// # Errors
/// When the connection or the execution fails.
pub fn run_on_socket(mut command: Command, address: SocketAddrV4) -> io::Result<ExitStatus> {
    // SAFETY: the closure makes system calls only, which are safe between fork and exec.
    unsafe {
        command.pre_exec(move || {
            check(libc::close(0))?;
            let socket = connect(address)?;
            for stream in 1..=2 {
                check(libc::dup2(socket, stream))?;
            }
            Ok(())
        });
    }
    command.status()
}

fn connect(address: SocketAddrV4) -> io::Result<RawFd> {
    let to = libc::sockaddr_in {
        sin_family: libc::AF_INET as libc::sa_family_t,
        sin_port: address.port().to_be(),
        sin_addr: libc::in_addr {
            s_addr: u32::from_ne_bytes(address.ip().octets()),
        },
        sin_zero: [0; 8],
    };
    let length = size_of::<libc::sockaddr_in>() as libc::socklen_t;
    // SAFETY: plain numbers.
    let socket = check(unsafe { libc::socket(libc::AF_INET, libc::SOCK_STREAM, 0) })?;
    // SAFETY: `to` is a whole sockaddr_in of that length and outlives the call.
    check(unsafe { libc::connect(socket, (&raw const to).cast(), length) })?;
    Ok(socket)
}

fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}
