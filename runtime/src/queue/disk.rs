//! A queue's middle on disk: a file without a name, used in a circle. Chunks are read in the order in
//! which they were written.

use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::state::Shared;
use super::{Chunk, Unit};
use crate::system;
use crate::whole_writer::WriteError;

/// What stays in memory.
pub(super) const KEPT: u64 = 4 << 20;
/// The most that is in memory: what comes faster than the disk is.
pub(super) const LIMIT: u64 = 64 << 20;
/// How long a full disk is left alone.
const PAUSE: Duration = Duration::from_millis(100);

/// The file. One thread writes and another reads.
#[derive(Debug)]
pub(super) struct Spool {
    name: String,
    file: File,
    size: u64,
    /// Bytes that were written and read since the start; their places are these, modulo the size.
    written: AtomicU64,
    read: AtomicU64,
}

impl Spool {
    pub(super) fn create(directory: &Path, size: u64) -> Result<Self, WriteError> {
        let name = format!("a queue in {}", directory.display());
        match system::unnamed_file(directory) {
            Ok(file) => Ok(Self {
                name,
                file,
                size,
                written: AtomicU64::new(0),
                read: AtomicU64::new(0),
            }),
            Err(error) => Err(WriteError::Create { name, error }),
        }
    }

    /// Writes a chunk; the bytes that it takes, or [`None`] if there is no room.
    fn write(&self, chunk: &Chunk, buffer: &mut Vec<u8>) -> Option<Result<u64, String>> {
        buffer.clear();
        buffer.extend_from_slice(&(chunk.units.len() as u32).to_ne_bytes());
        for unit in &chunk.units {
            buffer.extend_from_slice(&unit.end.to_ne_bytes());
            buffer.extend_from_slice(&unit.tag.to_ne_bytes());
        }
        buffer.extend_from_slice(&chunk.bytes);
        let length = buffer.len() as u64;
        let at = self.written.load(Ordering::Relaxed);
        if at + length - self.read.load(Ordering::Acquire) > self.size {
            return None;
        }
        let (first, second) = buffer.split_at(self.until_end(at, length));
        let result = system::write_all_at(&self.file, first, at % self.size)
            .and_then(|()| system::write_all_at(&self.file, second, 0));
        Some(match result {
            Ok(()) => {
                self.written.store(at + length, Ordering::Release);
                Ok(length)
            }
            Err(error) => Err(WriteError::new(&self.name, error).to_string()),
        })
    }

    /// Reads the next chunk, which takes this many bytes.
    pub(super) fn read(&self, length: u64) -> Result<Chunk, String> {
        let at = self.read.load(Ordering::Relaxed);
        let mut buffer = vec![0; length as usize];
        let (first, second) = buffer.split_at_mut(self.until_end(at, length));
        let result = system::read_exact_at(&self.file, first, at % self.size)
            .and_then(|()| system::read_exact_at(&self.file, second, 0));
        self.read.store(at + length, Ordering::Release);
        result.map_err(|error| format!("{} can't be read: {error}", self.name))?;
        parse(&buffer).ok_or_else(|| format!("{} does not hold what was written", self.name))
    }

    /// How many bytes of a piece are before the end of the circle.
    fn until_end(&self, at: u64, length: u64) -> usize {
        length.min(self.size - at % self.size) as usize
    }
}

fn parse(bytes: &[u8]) -> Option<Chunk> {
    let (count, mut rest) = bytes.split_first_chunk()?;
    let mut units = Vec::new();
    for _ in 0..u32::from_ne_bytes(*count) {
        let (end, after) = rest.split_first_chunk()?;
        let (tag, after) = after.split_first_chunk()?;
        units.push(Unit {
            end: u32::from_ne_bytes(*end),
            tag: u16::from_ne_bytes(*tag),
        });
        rest = after;
    }
    Some(Chunk {
        bytes: rest.to_vec(),
        units,
    })
}

/// Moves what waits in memory to the disk while more than a little waits.
pub(super) fn run(shared: &Shared, spool: &Spool) {
    let mut buffer = Vec::new();
    while let Some(chunk) = shared.next_to_spool(KEPT) {
        let result = loop {
            if let Some(result) = spool.write(&chunk, &mut buffer) {
                break result;
            }
            let state = shared.lock();
            if state.abandoned || state.is_closed() {
                return;
            }
            // Until something was read.
            drop(shared.wait(state, PAUSE));
        };
        let failed = result.is_err();
        shared.change(|state| state.spooled(chunk, result));
        if failed {
            drop(shared.wait(shared.lock(), PAUSE));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(length: usize, filler: u8) -> Chunk {
        let unit = |end, tag| Unit { end, tag };
        Chunk {
            bytes: vec![filler; length],
            units: vec![unit(1, 7), unit(length as u32, u16::from(filler))],
        }
    }

    #[test]
    fn what_goes_around_the_end_comes_back_whole_and_in_order() {
        let spool = Spool::create(&std::env::temp_dir(), 1000).unwrap();
        let mut buffer = Vec::new();
        let mut write = |chunk: &Chunk| spool.write(chunk, &mut buffer);
        for round in 0..20 {
            let chunks = [chunk(300, round), chunk(400, round + 1)];
            let sizes = chunks
                .each_ref()
                .map(|chunk| write(chunk).unwrap().unwrap());
            assert!(write(&chunk(300, 0)).is_none(), "there is no room");
            for (size, chunk) in sizes.into_iter().zip(chunks) {
                let read = spool.read(size).unwrap();
                assert_eq!(read.bytes, chunk.bytes);
                assert_eq!(read.units[1].tag, chunk.units[1].tag);
                assert_eq!(read.units[1].end, chunk.units[1].end);
            }
        }
    }
}
