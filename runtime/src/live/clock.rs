//! From the kernel's clock to the wall's.

use std::time::Duration;

use super::LiveError;

/// Nanoseconds to add to the boot clock to get the time since the Unix epoch. Fixed at the start: a
/// later change of the wall clock doesn't shift events against each other.
pub(super) fn boot_to_epoch() -> Result<u64, LiveError> {
    // The wall clock between two readings of the boot clock; the tightest of a few is the best.
    let mut best: Option<(Duration, Duration)> = None;
    for _ in 0..5 {
        let before = read(libc::CLOCK_BOOTTIME)?;
        let wall = read(libc::CLOCK_REALTIME)?;
        let width = read(libc::CLOCK_BOOTTIME)?.saturating_sub(before);
        if best.is_none_or(|(tightest, _)| width < tightest) {
            best = Some((width, wall.saturating_sub(before + width / 2)));
        }
    }
    let (_, offset) = best.unwrap_or_default();
    Ok(offset.as_nanos() as u64)
}

fn read(clock: libc::clockid_t) -> Result<Duration, LiveError> {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: clock_gettime writes one timespec to the pointer, which is a live one of ours.
    if unsafe { libc::clock_gettime(clock, &raw mut time) } != 0 {
        return Err(LiveError::System(
            "clock_gettime",
            std::io::Error::last_os_error(),
        ));
    }
    Ok(Duration::new(time.tv_sec as u64, time.tv_nsec as u32))
}
