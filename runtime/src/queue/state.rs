//! What the threads of a queue share.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Chunk, Counts, Unit, count};
use crate::whole_writer::WriteError;

/// Emptied chunks that are kept to be filled again.
const SPARE: usize = 4;

/// A queue, as its threads see it.
#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    /// Whatever a thread may wait for.
    changed: Condvar,
}

/// See [`Shared`].
#[derive(Debug, Default)]
pub(super) struct State {
    /// First what is on disk, then what is in memory: the oldest first.
    entries: VecDeque<Entry>,
    /// How many of the entries are on disk, or on their way to it.
    on_disk: usize,
    /// Bytes in memory, with the chunk that is being written and the one on its way to the disk.
    memory: u64,
    /// The most that may be in memory.
    limit: u64,
    /// What is being read from the disk to be written next.
    reading: Option<Counts>,
    /// The chunk that is being written: its units, its size, and how many of its bytes are out.
    writing: Option<(Vec<Unit>, u64, usize)>,
    /// No more will come.
    pub(super) closing: bool,
    /// Threads end now, whatever waits.
    pub(super) abandoned: bool,
    /// The thread that writes has ended.
    pub(super) ended: bool,
    /// The target can't be written any more.
    closed: bool,
    /// What was wrong with the last attempt to write, until one works.
    trouble: Option<String>,
    /// The same, until somebody was told.
    untold: Option<String>,
    /// Bytes that the target took.
    pub(super) written: u64,
    dropped: Counts,
    spare: Vec<Chunk>,
}

#[derive(Debug)]
enum Entry {
    Memory(Chunk),
    /// On its way to the disk.
    Spooling(Counts),
    /// This many bytes there.
    Disk(u64, Counts),
}

/// What the thread that writes does next.
#[derive(Debug)]
pub(super) enum Next {
    Write(Chunk),
    /// So many bytes are to be read from the disk.
    Read(u64),
    End,
}

impl Shared {
    pub(super) fn new(limit: u64) -> Self {
        Self {
            state: Mutex::new(State {
                limit,
                ..State::default()
            }),
            changed: Condvar::new(),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // A thread that panicked has left counts that are sound: each is one assignment.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state and wakes whoever waits.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.lock());
        self.changed.notify_all();
        result
    }

    /// Waits for a change, at most this long.
    pub(super) fn wait<'a>(
        &self,
        state: MutexGuard<'a, State>,
        at_most: Duration,
    ) -> MutexGuard<'a, State> {
        let waited = self.changed.wait_timeout(state, at_most);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn wait_long<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        let waited = self.changed.wait(state);
        waited.unwrap_or_else(PoisonError::into_inner)
    }

    /// The oldest chunk, when there is one.
    pub(super) fn next(&self) -> Next {
        let mut state = self.lock();
        loop {
            if state.abandoned {
                return Next::End;
            }
            match state.entries.front() {
                Some(Entry::Memory(_)) => {
                    if let Some(Entry::Memory(chunk)) = state.entries.pop_front() {
                        state.begin(&chunk);
                        return Next::Write(chunk);
                    }
                }
                Some(Entry::Disk(..)) => {
                    state.on_disk -= 1;
                    if let Some(Entry::Disk(bytes, counts)) = state.entries.pop_front() {
                        state.reading = Some(counts);
                        return Next::Read(bytes);
                    }
                }
                None if state.closing => return Next::End,
                Some(Entry::Spooling(_)) | None => {}
            }
            state = self.wait_long(state);
        }
    }

    /// The chunk that goes to the disk next, once more than `keep` bytes are in memory.
    pub(super) fn next_to_spool(&self, keep: u64) -> Option<Chunk> {
        let mut state = self.lock();
        loop {
            if state.abandoned || state.closing {
                return None;
            }
            let at = state.on_disk;
            if state.memory > keep
                && let Some(entry @ Entry::Memory(_)) = state.entries.get_mut(at)
            {
                let taken = std::mem::replace(entry, Entry::Spooling(Counts::new()));
                if let (Entry::Memory(chunk), Entry::Spooling(counts)) = (taken, entry) {
                    count(counts, &chunk.units);
                    state.on_disk += 1;
                    return Some(chunk);
                }
            }
            state = self.wait_long(state);
        }
    }
}

impl State {
    /// Takes a chunk, or counts what is in it. Gives an empty one back.
    pub(super) fn push(&mut self, mut chunk: Chunk) -> Chunk {
        let size = chunk.size();
        if self.closed || self.memory + size > self.limit {
            count(&mut self.dropped, &chunk.units);
            chunk.bytes.clear();
            chunk.units.clear();
            return chunk;
        }
        self.memory += size;
        self.entries.push_back(Entry::Memory(chunk));
        self.spare.pop().unwrap_or_default()
    }

    /// Whether a chunk of this size would be taken with as much room left over.
    pub(super) fn has_room(&self, size: u64) -> bool {
        !self.closed && self.memory + 2 * size <= self.limit
    }

    /// Notes that a chunk is being written.
    fn begin(&mut self, chunk: &Chunk) {
        self.writing = Some((chunk.units.clone(), chunk.size(), 0));
    }

    /// Notes that a chunk was read from the disk and is being written. Not if it was dropped meanwhile.
    pub(super) fn begin_read(&mut self, chunk: &Chunk) -> bool {
        let is_wanted = self.reading.take().is_some();
        if is_wanted {
            self.memory += chunk.size();
            self.begin(chunk);
        }
        is_wanted
    }

    /// Notes that so many bytes of the chunk are out by now.
    pub(super) fn progress(&mut self, out: usize) {
        if let Some((_, _, done)) = &mut self.writing {
            self.written += (out - *done) as u64;
            *done = out;
        }
        self.trouble = None;
    }

    /// The chunk is out.
    pub(super) fn done(&mut self, mut chunk: Chunk) {
        if let Some((_, size, _)) = self.writing.take() {
            self.memory -= size;
        }
        chunk.bytes.clear();
        chunk.units.clear();
        if self.spare.len() < SPARE {
            self.spare.push(chunk);
        }
    }

    /// A chunk is on the disk, or is not and stays in memory.
    pub(super) fn spooled(&mut self, chunk: Chunk, result: Result<u64, String>) {
        // Whatever waited may have been dropped meanwhile.
        let Some(at) = self.on_disk.checked_sub(1) else {
            return;
        };
        let Entry::Spooling(counts) = &mut self.entries[at] else {
            return;
        };
        match result {
            Ok(bytes) => {
                let counts = std::mem::take(counts);
                self.memory -= chunk.size();
                self.entries[at] = Entry::Disk(bytes, counts);
            }
            Err(why) => {
                self.on_disk = at;
                self.entries[at] = Entry::Memory(chunk);
                self.untold = Some(why);
            }
        }
    }

    /// What was read from the disk can't be: its units are gone.
    pub(super) fn unreadable(&mut self, why: String) {
        if let Some(counts) = self.reading.take() {
            add(&mut self.dropped, &counts);
        }
        self.untold = Some(why);
    }

    /// The target refused; it may take something later.
    pub(super) fn trouble(&mut self, why: &WriteError) {
        let why = why.to_string();
        if self.trouble.as_ref() != Some(&why) {
            self.untold = Some(why.clone());
        }
        self.trouble = Some(why);
    }

    /// What is wrong with the target now.
    pub(super) fn in_trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// What nobody was told of yet.
    pub(super) fn take_untold(&mut self) -> Option<String> {
        self.untold.take()
    }

    /// Nobody will take anything any more: what waits is dropped.
    pub(super) fn close(&mut self) {
        self.closed = true;
        self.drop_all();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Whether everything is out.
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.reading.is_none() && self.writing.is_none()
    }

    /// Counts whatever is not out as dropped. A unit of which the target took a part is not out.
    pub(super) fn drop_all(&mut self) {
        if let Some((units, size, done)) = self.writing.take() {
            let left: Vec<Unit> = units
                .into_iter()
                .filter(|unit| unit.end as usize > done)
                .collect();
            count(&mut self.dropped, &left);
            self.memory = self.memory.saturating_sub(size);
        }
        if let Some(counts) = self.reading.take() {
            add(&mut self.dropped, &counts);
        }
        for entry in std::mem::take(&mut self.entries) {
            match entry {
                Entry::Memory(chunk) => {
                    self.memory = self.memory.saturating_sub(chunk.size());
                    count(&mut self.dropped, &chunk.units);
                }
                Entry::Disk(_, counts) | Entry::Spooling(counts) => add(&mut self.dropped, &counts),
            }
        }
        self.on_disk = 0;
    }

    #[cfg(test)]
    pub(super) fn in_memory(&self) -> u64 {
        self.memory
    }

    /// What found no place until now.
    pub(super) fn dropped(&self) -> &Counts {
        &self.dropped
    }
}

fn add(counts: &mut Counts, more: &Counts) {
    for (tag, more) in more {
        *counts.entry(*tag).or_default() += more;
    }
}
