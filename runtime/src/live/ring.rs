//! Reading the ring buffer, in place and in its order: that of submission, over all processors.
//!
//! The kernel wakes whoever waits only for a record at which the reader stands. So a reader that keeps
//! its place to itself while it reads, and rests for a moment between two readings, is not woken for each
//! record: an event costs the traced program less, and the reader too. Nothing is late by more than
//! [`REST`]. Who finds nothing sleeps until there is something.

use std::fmt;
use std::ops::Range;
use std::os::fd::{AsFd, AsRawFd};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering, fence};
use std::time::Duration;

use aya::maps::{Map, MapData};
use tracee_ebpf::abi;

use super::LiveError;
use super::object::Object;
use crate::source::Poll;

/// Records handed over by one poll at most, so that the caller can look at its other duties.
const BATCH: usize = 4096;
/// How long records gather before they are read, while they come but do not pour.
const REST: Duration = Duration::from_millis(1);
/// The part of the buffer that is given back at once, and from which on there is no rest.
const PART: usize = 16;

/// What precedes each record: its length with two bits, and a word of the kernel's (bpf(2)).
const HEADER: usize = 8;
const BUSY: u32 = 1 << 31;
const DISCARDED: u32 = 1 << 30;

/// The longest record, as RECORD_LIMIT of ebpf/bpf/maps.h.
const LONGEST: usize = abi::SLOTS_OFFSET + 8 * abi::MAX_SLOTS + abi::MAX_TAIL;

/// The kernel's end of the stream.
pub(super) struct Ring {
    map: MapData,
    /// The page with the reader's place.
    reader: Mapping,
    /// The page with the writers' place, then the buffer, then its begin once more, as far as a record
    /// that begins before its end may go: none is cut. All that is mapped counts as resident.
    writer: Mapping,
    /// Bytes of the buffer: a power of two.
    size: usize,
    page: usize,
    /// Bytes that were read since the start, and those of them that were given back.
    read: usize,
    given_back: usize,
    /// Bytes that the last reading found.
    found: usize,
}

/// A place in the stream: everything before it was written before it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position(usize);

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ring").finish_non_exhaustive()
    }
}

impl Ring {
    /// Takes the map out of the object.
    pub(super) fn take(object: &mut Object) -> Result<Self, LiveError> {
        let Some(Map::RingBuf(map)) = object.take_map("ring") else {
            return Err(LiveError::NoMap("ring"));
        };
        let size = map
            .info()
            .map_err(|err| LiveError::map("ring", err))?
            .max_entries() as usize;
        let page = page_size();
        let reader = Mapping::new(&map, 0..page, true)?;
        let again = size.min((HEADER + LONGEST).next_multiple_of(page));
        let writer = Mapping::new(&map, page..2 * page + size + again, false)?;
        let mut ring = Self {
            map,
            reader,
            writer,
            size,
            page,
            read: 0,
            given_back: 0,
            found: 0,
        };
        ring.read = ring.reader.word().load(Ordering::Acquire);
        ring.given_back = ring.read;
        Ok(ring)
    }

    /// Hands over what is there, waiting at most `timeout` for the first record.
    pub(super) fn poll(
        &mut self,
        timeout: Duration,
        take: &mut dyn FnMut(&[u8]),
    ) -> Result<Poll, LiveError> {
        if (1..self.size / PART).contains(&self.found) && timeout >= REST {
            std::thread::sleep(REST);
        }
        let mut count = self.drain(take);
        if count == 0 && self.wait(timeout)? {
            count = self.drain(take);
        }
        Ok(match count {
            0 => Poll::Idle,
            count => Poll::Events(count),
        })
    }

    /// Where writers are now.
    pub(super) fn position(&self) -> Position {
        Position(self.writer.word().load(Ordering::Acquire))
    }

    /// Whether everything before a position was handed over.
    pub(super) fn has_read(&self, position: Position) -> bool {
        // Positions wrap around in theory; they are never further apart than the buffer is long.
        self.read.wrapping_sub(position.0) as isize >= 0
    }

    fn drain(&mut self, take: &mut dyn FnMut(&[u8])) -> usize {
        let begin = self.read;
        let mut count = 0;
        let mut written = self.writer.word().load(Ordering::Acquire);
        while count < BATCH {
            if self.read == written {
                written = self.writer.word().load(Ordering::Acquire);
                if self.read == written {
                    break;
                }
            }
            let at = self.page + (self.read & (self.size - 1));
            // The kernel sets it last, by an exchange that is a full barrier.
            let header = self.writer.header(at).load(Ordering::Acquire);
            if header & BUSY != 0 {
                break;
            }
            let length = (header & !DISCARDED) as usize;
            if header & DISCARDED == 0 {
                take(self.writer.bytes(at + HEADER, length));
                count += 1;
            }
            let next = self
                .read
                .wrapping_add((HEADER + length).next_multiple_of(8));
            self.read = next;
            if next.wrapping_sub(self.given_back) >= self.size / PART {
                self.give_back();
            }
        }
        self.give_back();
        self.found = self.read.wrapping_sub(begin);
        count
    }

    /// Lets the kernel write where was read.
    fn give_back(&mut self) {
        if self.given_back != self.read {
            self.given_back = self.read;
            self.reader.word().store(self.read, Ordering::Release);
        }
    }

    /// Whether there is something to read, at the latest after `timeout`.
    fn wait(&self, timeout: Duration) -> Result<bool, LiveError> {
        let mut fd = libc::pollfd {
            fd: self.map.fd().as_fd().as_raw_fd(),
            events: libc::POLLIN,
            revents: 0,
        };
        // Rounded up, so that a wait of less than a millisecond doesn't spin.
        let millis = timeout.as_nanos().div_ceil(1_000_000);
        let millis = i32::try_from(millis).unwrap_or(i32::MAX);
        // Either the kernel sees the reader's place and wakes it, or poll sees the writers'.
        fence(Ordering::SeqCst);
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

/// Memory of the map that this process shares.
struct Mapping {
    start: NonNull<u8>,
    length: usize,
}

impl Mapping {
    fn new(map: &MapData, range: Range<usize>, writable: bool) -> Result<Self, LiveError> {
        let protection = libc::PROT_READ | if writable { libc::PROT_WRITE } else { 0 };
        // SAFETY: a new mapping at an address that the kernel chooses touches no memory of ours.
        let start = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                range.len(),
                protection,
                libc::MAP_SHARED,
                map.fd().as_fd().as_raw_fd(),
                range.start as libc::off_t,
            )
        };
        match NonNull::new(start.cast()) {
            Some(pointer) if start != libc::MAP_FAILED => Ok(Self {
                start: pointer,
                length: range.len(),
            }),
            _ => Err(LiveError::System(
                "mmap of the ring buffer",
                std::io::Error::last_os_error(),
            )),
        }
    }

    /// The position at the mapping's begin.
    fn word(&self) -> &AtomicUsize {
        // SAFETY: the mapping begins at a page and is at least one long; the kernel changes the word
        // atomically, and it lives as long as self.
        unsafe { self.start.cast().as_ref() }
    }

    /// A record's header.
    fn header(&self, at: usize) -> &AtomicU32 {
        assert!(at.is_multiple_of(4) && at + 4 <= self.length);
        // SAFETY: within the mapping and aligned, as was just checked; changed atomically.
        unsafe { self.start.add(at).cast().as_ref() }
    }

    /// A record. The kernel does not write there until the reader's place is behind it.
    fn bytes(&self, at: usize, length: usize) -> &[u8] {
        assert!(at + length <= self.length);
        // SAFETY: within the mapping, as was just checked; not written while the reference lives, because
        // the reader's place is moved after it is gone.
        unsafe { std::slice::from_raw_parts(self.start.add(at).as_ptr(), length) }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: it was mapped with this start and length, and nothing of it is borrowed any more.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.length) };
    }
}

// SAFETY: the memory is not bound to a thread; only whoever owns the ring moves the reader's place.
unsafe impl Send for Mapping {}

fn page_size() -> usize {
    // SAFETY: sysconf reads no memory of ours.
    let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    usize::try_from(size).unwrap_or(4096)
}
