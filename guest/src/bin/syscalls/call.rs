//! How a syscall is made: with all six registers set, so that what a call does not take is zero, and without what
//! libc does of its own.

use std::ffi::{CStr, c_long};

use libc::{SYS_exit_group, SYS_fork, SYS_wait4};

/// Makes a syscall, named as libc's constant, which must be in scope, with up to six arguments; gives what the kernel did: a negative
/// number is an error.
macro_rules! call {
    ($name:ident $(, $argument:expr)* $(,)?) => {
        crate::call::make($name, &[$(crate::call::Word::word($argument)),*])
    };
}
pub(crate) use call;

/// What a register can be given.
pub(crate) trait Word {
    /// As the register has it; a number that is smaller keeps its sign.
    fn word(self) -> c_long;
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl Word for $number {
            fn word(self) -> c_long {
                self as c_long
            }
        }
    )*};
}
numbers!(i32, u32, i64, u64, usize);

impl Word for &CStr {
    fn word(self) -> c_long {
        self.as_ptr() as c_long
    }
}

impl<T> Word for *const T {
    fn word(self) -> c_long {
        self as c_long
    }
}

impl<T> Word for *mut T {
    fn word(self) -> c_long {
        self as c_long
    }
}

impl<T> Word for &T {
    fn word(self) -> c_long {
        std::ptr::from_ref(self) as c_long
    }
}

impl<T> Word for &mut T {
    fn word(self) -> c_long {
        std::ptr::from_mut(self) as c_long
    }
}

/// No address.
pub(crate) const NULL: c_long = 0;

/// A descriptor that is open nowhere.
pub(crate) const BAD: i32 = 999;

/// A process that there is none of: no kernel gives so high a number.
pub(crate) const NOBODY: i32 = 0x7fff_fff0;

/// [`call!`], by number.
pub(crate) fn make(number: c_long, arguments: &[c_long]) -> i64 {
    let mut six = [0; 6];
    for (register, argument) in six.iter_mut().zip(arguments) {
        *register = *argument;
    }
    let [a, b, c, d, e, f] = six;
    // SAFETY: the groups hand over numbers and what outlives the call: their own variables, of the size that the
    // call takes.
    match unsafe { libc::syscall(number, a, b, c, d, e, f) } {
        -1 => -i64::from(std::io::Error::last_os_error().raw_os_error().unwrap_or(0)),
        result => result,
    }
}

/// A descriptor of what a call returned.
pub(crate) fn descriptor(result: i64) -> i32 {
    i32::try_from(result).unwrap_or(-1)
}

/// Runs `job` in a child and waits for it; gives the status that it ended with.
pub(crate) fn in_child(job: impl FnOnce()) -> i32 {
    let child = call!(SYS_fork);
    if child == 0 {
        job();
        call!(SYS_exit_group, 0);
    }
    let mut status = 0_i32;
    call!(SYS_wait4, child, &mut status, 0, NULL);
    status
}

/// A `timespec` of so many nanoseconds.
pub(crate) fn nanoseconds(nanoseconds: i64) -> libc::timespec {
    libc::timespec {
        tv_sec: nanoseconds / 1_000_000_000,
        tv_nsec: nanoseconds % 1_000_000_000,
    }
}

/// Memory and its length, as vectored calls take it.
pub(crate) fn vector(bytes: &mut [u8]) -> libc::iovec {
    libc::iovec {
        iov_base: bytes.as_mut_ptr().cast(),
        iov_len: bytes.len(),
    }
}
