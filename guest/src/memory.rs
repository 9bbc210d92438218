//! Code and numbers that get into memory: where pages are writable and executable at once, and where one
//! process writes into another.

#![expect(unsafe_code, reason = "the system calls that the steps are about")]

use std::io;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

/// Instructions of x86-64: `mov eax, 42`, `ret`.
const CODE: [u8; 6] = [0xb8, 42, 0, 0, 0, 0xc3];
const PAGE: usize = 4096;

/// What the code in [`run_code`] returns.
pub const ANSWER: i32 = 42;

/// What may be done with the memory of [`run_code`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rights {
    /// Writing and executing from the start.
    Both,
    /// The same, until the code is written; then only executing, as packed programs leave it.
    BothThenClosed,
    /// Executing when writing no longer may be, as compilers of languages that care do it.
    OneThenTheOther,
}

/// Writes a function to memory of its own, and calls it.
///
/// # Errors
/// Those of mmap(2) and mprotect(2).
pub fn run_code(rights: Rights) -> io::Result<i32> {
    let written = libc::PROT_READ | libc::PROT_WRITE;
    let wanted = match rights {
        Rights::OneThenTheOther => written,
        Rights::Both | Rights::BothThenClosed => written | libc::PROT_EXEC,
    };
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: new memory, wherever the kernel finds room.
    let memory = unsafe { libc::mmap(ptr::null_mut(), PAGE, wanted, flags, -1, 0) };
    if memory == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the page is ours, writable, and longer than the code.
    unsafe { ptr::copy_nonoverlapping(CODE.as_ptr(), memory.cast(), CODE.len()) };
    if rights != Rights::Both {
        let executable = libc::PROT_READ | libc::PROT_EXEC;
        // SAFETY: nobody holds a reference into the page.
        check(unsafe { libc::mprotect(memory, PAGE, executable) } as isize)?;
    }
    // SAFETY: the page holds a whole function that keeps the C calling convention and takes nothing.
    let function =
        unsafe { std::mem::transmute::<*mut libc::c_void, extern "C" fn() -> i32>(memory) };
    let answer = function();
    // SAFETY: the function has returned, and nobody else knows of the page.
    check(unsafe { libc::munmap(memory, PAGE) } as isize)?;
    Ok(answer)
}

/// What a [`Waiting`] child looks at; in the child at the same address.
static NUMBER: AtomicU64 = AtomicU64::new(0);

/// A child that waits until somebody writes a number into its memory, and ends with that as its status.
/// One that is dropped is killed.
#[derive(Debug)]
pub struct Waiting {
    pid: libc::pid_t,
}

impl Waiting {
    /// Starts it.
    ///
    /// # Errors
    /// Those of fork(2).
    pub fn start() -> io::Result<Self> {
        // SAFETY: the steps run one at a time on one thread, so no lock is held by another; the child
        // only makes system calls and reads an atomic.
        let pid = check(unsafe { libc::fork() } as isize)? as libc::pid_t;
        if pid == 0 {
            // SAFETY: numbers only. Who is left alone by its parent must not wait forever.
            unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
            loop {
                match NUMBER.load(Ordering::Relaxed) {
                    // SAFETY: it takes no pointers.
                    0 => _ = unsafe { libc::usleep(1000) },
                    // SAFETY: ends the process without running the parent's exit handlers.
                    number => unsafe { libc::_exit(number as libc::c_int) },
                }
            }
        }
        Ok(Self { pid })
    }

    /// Waits for its end; returns its status.
    ///
    /// # Errors
    /// When it was killed instead.
    pub fn status(self) -> io::Result<i32> {
        let status = wait(self.pid)?;
        std::mem::forget(self);
        match libc::WIFEXITED(status) {
            true => Ok(libc::WEXITSTATUS(status)),
            false => Err(io::Error::other(format!(
                "the child ended with status {status:#x}"
            ))),
        }
    }

    /// Attaches to it as a debugger, and does something while it stands still.
    fn stopped<T>(&self, job: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let nothing = ptr::null_mut::<libc::c_void>();
        // SAFETY: a request without pointers.
        check(unsafe { libc::ptrace(libc::PTRACE_ATTACH, self.pid, nothing, nothing) } as isize)?;
        wait(self.pid)?;
        let done = job();
        // SAFETY: the same.
        check(unsafe { libc::ptrace(libc::PTRACE_DETACH, self.pid, nothing, nothing) } as isize)?;
        done
    }

    /// Writes a number into it with ptrace(2), as a debugger.
    ///
    /// # Errors
    /// When it can't be traced.
    pub fn poke(&self, number: u64) -> io::Result<()> {
        self.stopped(|| {
            let (at, number) = (NUMBER.as_ptr(), number as usize as *mut libc::c_void);
            // SAFETY: it writes to the child alone, one word that is there.
            let result = unsafe { libc::ptrace(libc::PTRACE_POKEDATA, self.pid, at, number) };
            check(result as isize).map(|_| ())
        })
    }

    /// Reads the number with ptrace(2).
    ///
    /// # Errors
    /// When it can't be traced.
    pub fn peek(&self) -> io::Result<u64> {
        let nothing = ptr::null_mut::<libc::c_void>();
        self.stopped(|| {
            let at = NUMBER.as_ptr();
            // SAFETY: it reads a word of the child that is there.
            let word = unsafe { libc::ptrace(libc::PTRACE_PEEKDATA, self.pid, at, nothing) };
            Ok(word.cast_unsigned())
        })
    }

    /// Writes a number into it with process_vm_writev(2).
    ///
    /// # Errors
    /// Those of the call.
    pub fn write(&self, number: u64) -> io::Result<()> {
        write_memory(self.pid, number)
    }

    /// Reads the number with process_vm_readv(2).
    ///
    /// # Errors
    /// Those of the call.
    pub fn read(&self) -> io::Result<u64> {
        let mut number = 0u64;
        let local = part((&raw mut number).cast());
        let remote = part(NUMBER.as_ptr().cast());
        // SAFETY: both parts are whole words, the local one of which outlives the call.
        check(unsafe {
            libc::process_vm_readv(self.pid, &raw const local, 1, &raw const remote, 1, 0)
        })?;
        Ok(number)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        // SAFETY: a number of a child that was not waited for, so it is nobody else's.
        unsafe { libc::kill(self.pid, libc::SIGKILL) };
        // It is gone either way.
        let _ = wait(self.pid);
    }
}

/// Writes a number to this process's own memory by process_vm_writev(2).
///
/// # Errors
/// Those of the call.
pub fn write_own(number: u64) -> io::Result<()> {
    // SAFETY: it takes nothing.
    write_memory(unsafe { libc::getpid() }, number)?;
    let written = NUMBER.swap(0, Ordering::Relaxed);
    match written == number {
        true => Ok(()),
        false => Err(io::Error::other(format!("{written} was written"))),
    }
}

fn write_memory(pid: libc::pid_t, number: u64) -> io::Result<()> {
    let mut number = number;
    let local = part((&raw mut number).cast());
    let remote = part(NUMBER.as_ptr().cast());
    // SAFETY: both parts are whole words; `number` outlives the call, and NUMBER may change at any time.
    check(unsafe { libc::process_vm_writev(pid, &raw const local, 1, &raw const remote, 1, 0) })?;
    Ok(())
}

fn part(at: *mut libc::c_void) -> libc::iovec {
    libc::iovec {
        iov_base: at,
        iov_len: size_of::<u64>(),
    }
}

fn wait(pid: libc::pid_t) -> io::Result<libc::c_int> {
    let mut status = 0;
    // SAFETY: `status` outlives the call.
    check(unsafe { libc::waitpid(pid, &raw mut status, 0) } as isize)?;
    Ok(status)
}

fn check(result: isize) -> io::Result<isize> {
    match result {
        ..0 => Err(io::Error::last_os_error()),
        _ => Ok(result),
    }
}
