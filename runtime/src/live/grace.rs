//! Waiting until no program runs any more that began before.

use std::time::Duration;

use super::LiveError;

/// What a kernel that keeps some processors free of ticks is given instead: programs take microseconds.
const LONG: Duration = Duration::from_millis(500);

/// Waits until every program that runs now has ended, so that none is left that saw the tables of before
/// the last switch. Takes some milliseconds: not for the thread that reads events.
///
/// # Errors
/// The kernel refuses.
pub fn wait_for_programs() -> Result<(), LiveError> {
    // membarrier(2): for whoever has no nohz_full processors it is the kernel's synchronize_rcu, which
    // waits for all sections that programs run in.
    let global = 1;
    // SAFETY: the call reads and writes no memory of ours.
    match unsafe { libc::syscall(libc::SYS_membarrier, global, 0, 0) } {
        0 => Ok(()),
        _ => match std::io::Error::last_os_error() {
            err if err.raw_os_error() == Some(libc::EINVAL) => {
                std::thread::sleep(LONG);
                Ok(())
            }
            err => Err(LiveError::System("membarrier", err)),
        },
    }
}
