//! Reading the ring buffer, in place and in its order: that of submission, over all processors.

use std::fmt;
use std::os::fd::AsRawFd;
use std::time::Duration;

use aya::Ebpf;
use aya::maps::{MapData, RingBuf};

use super::LiveError;
use crate::source::Poll;

/// Records handed over by one poll at most, so that the caller can look at its other duties.
const BATCH: usize = 4096;

/// The kernel's end of the stream.
pub(super) struct Ring {
    buffer: RingBuf<MapData>,
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ring").finish_non_exhaustive()
    }
}

impl Ring {
    /// Takes the map out of the object.
    pub(super) fn take(ebpf: &mut Ebpf) -> Result<Self, LiveError> {
        let map = ebpf.take_map("ring").ok_or(LiveError::NoMap("ring"))?;
        let buffer = RingBuf::try_from(map).map_err(|err| LiveError::map("ring", err))?;
        Ok(Self { buffer })
    }

    /// Hands over what is there, waiting at most `timeout` for the first record.
    pub(super) fn poll(
        &mut self,
        timeout: Duration,
        take: &mut dyn FnMut(&[u8]),
    ) -> Result<Poll, LiveError> {
        let mut count = self.drain(take);
        if count == 0 && self.wait(timeout)? {
            count = self.drain(take);
        }
        Ok(match count {
            0 => Poll::Idle,
            count => Poll::Events(count),
        })
    }

    fn drain(&mut self, take: &mut dyn FnMut(&[u8])) -> usize {
        let mut count = 0;
        while count < BATCH {
            let Some(item) = self.buffer.next() else {
                break;
            };
            take(&item);
            count += 1;
        }
        count
    }

    /// Whether there is something to read, at the latest after `timeout`.
    fn wait(&self, timeout: Duration) -> Result<bool, LiveError> {
        let mut fd = libc::pollfd {
            fd: self.buffer.as_raw_fd(),
            events: libc::POLLIN,
            revents: 0,
        };
        // Rounded up, so that a wait of less than a millisecond doesn't spin.
        let millis = timeout.as_nanos().div_ceil(1_000_000);
        let millis = i32::try_from(millis).unwrap_or(i32::MAX);
        // SAFETY: the pointer is to one pollfd that lives over the call, as the count says.
        let ready = unsafe { libc::poll(&raw mut fd, 1, millis) };
        if ready >= 0 {
            return Ok(ready > 0);
        }
        match std::io::Error::last_os_error() {
            // A signal: the caller may have been waiting for it.
            err if err.kind() == std::io::ErrorKind::Interrupted => Ok(false),
            err => Err(LiveError::System("poll on the ring buffer", err)),
        }
    }
}
