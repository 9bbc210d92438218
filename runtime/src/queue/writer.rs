//! The reader's end of a queue.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::disk::{self, Spool};
use super::drain::{self, Target};
use super::options::{Place, QueueOptions};
use super::state::{Shared, State};
use super::{Chunk, Counts, Unit};
use crate::whole_writer::{FULL, WriteError};

/// In the end, how long a target may take nothing before what waits is dropped.
const STUCK: Duration = Duration::from_secs(2);
/// How often the end is looked for.
const LOOK: Duration = Duration::from_millis(50);

/// Takes units and never waits for them to be written.
#[derive(Debug)]
pub struct QueuedWriter {
    name: String,
    shared: Arc<Shared>,
    chunk: Chunk,
    taken: Counts,
    /// It was waited for in vain.
    stuck: bool,
}

/// What became of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// Units that were taken.
    pub taken: Counts,
    /// Those of them that were dropped.
    pub dropped: Counts,
    /// Why not all was written in the end.
    pub failure: Option<String>,
}

impl QueuedWriter {
    pub(super) fn start(
        options: &QueueOptions,
        name: &str,
        mut target: Target,
    ) -> Result<Self, WriteError> {
        let no_thread = |error| WriteError::Other {
            name: name.to_owned(),
            error,
        };
        let spool = match &options.place {
            Place::Memory => None,
            Place::Disk(directory) => Some(Arc::new(Spool::create(directory, options.bytes)?)),
        };
        let limit = match spool {
            None => options.bytes,
            Some(_) => disk::LIMIT,
        };
        let shared = Arc::new(Shared::new(limit));
        let writer = Self {
            name: name.to_owned(),
            shared: Arc::clone(&shared),
            chunk: Chunk::default(),
            taken: Counts::new(),
            stuck: false,
        };
        if let Some(spool) = spool.clone() {
            let shared = Arc::clone(&shared);
            thread::Builder::new()
                .name("spool".into())
                .spawn(move || disk::run(&shared, &spool))
                .map_err(no_thread)?;
        }
        let called = name.to_owned();
        thread::Builder::new()
            .name("output".into())
            .spawn(move || drain::run(&shared, &mut target, &called, spool.as_ref()))
            .map_err(no_thread)?;
        Ok(writer)
    }

    /// What it is called in errors.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Appends one unit, which `append` writes into the buffer, to be counted under `tag`.
    pub fn unit(&mut self, tag: u16, append: impl FnOnce(&mut Vec<u8>)) {
        let before = self.chunk.bytes.len();
        append(&mut self.chunk.bytes);
        if self.chunk.bytes.len() == before {
            return;
        }
        *self.taken.entry(tag).or_default() += 1;
        self.chunk.units.push(Unit {
            end: u32::try_from(self.chunk.bytes.len()).unwrap_or(u32::MAX),
            tag,
        });
        if self.chunk.bytes.len() >= FULL {
            self.flush();
        }
    }

    /// Puts what was appended into the queue, or counts it as dropped.
    pub fn flush(&mut self) {
        if !self.chunk.units.is_empty() {
            let chunk = std::mem::take(&mut self.chunk);
            self.chunk = self.shared.change(|state| state.push(chunk));
        }
    }

    /// Whether nobody will ever take anything again.
    pub fn is_closed(&self) -> bool {
        self.shared.lock().is_closed()
    }

    /// What was dropped so far, if there is room again to say so: empty until then.
    pub fn dropped(&self) -> Counts {
        let state = self.shared.lock();
        match state.has_room(FULL as u64) && self.chunk.units.is_empty() {
            true => state.dropped().clone(),
            false => Counts::new(),
        }
    }

    /// What was dropped so far.
    pub fn dropped_so_far(&self) -> Counts {
        self.shared.lock().dropped().clone()
    }

    /// Bytes that wait in memory.
    #[cfg(test)]
    pub(super) fn in_memory(&self) -> u64 {
        self.shared.lock().in_memory()
    }

    /// What went wrong since this was last asked.
    pub fn trouble(&self) -> Option<String> {
        self.shared.lock().take_untold()
    }

    /// Waits until all is written, as long as anything moves. More may follow.
    pub fn settle(&mut self) {
        let size = self.chunk.size();
        self.stuck = !self.wait(|state| state.has_room(size));
        self.flush();
        self.stuck |= !self.wait(State::is_empty);
    }

    /// The same, and ends the threads: nothing may follow.
    pub fn finish(&mut self) -> Finished {
        self.settle();
        let failure = self.wait_for_end();
        let mut state = self.shared.lock();
        state.drop_all();
        let failure = match state.is_closed() {
            true => Some(WriteError::Closed(self.name.clone()).to_string()),
            false => failure,
        };
        Finished {
            taken: std::mem::take(&mut self.taken),
            dropped: state.dropped().clone(),
            failure,
        }
    }

    /// Why not all is out.
    fn wait_for_end(&self) -> Option<String> {
        self.shared.change(|state| state.closing = true);
        let failure = {
            let state = self.shared.lock();
            let stuck = || format!("{} takes nothing any more", self.name);
            (!state.is_empty()).then(|| state.in_trouble().map_or_else(stuck, str::to_owned))
        };
        self.shared.change(|state| state.abandoned = true);
        // Unless it hangs in a write, it ends at once.
        self.wait_until(Instant::now() + LOOK, |state| state.ended);
        failure
    }

    /// Waits until something holds, as long as anything moves; whether it holds.
    fn wait(&self, holds: impl Fn(&State) -> bool) -> bool {
        let in_vain = |state: &State| state.is_closed() || state.in_trouble().is_some();
        let mut written = None;
        loop {
            let now = self.shared.lock().written;
            let moves = written.replace(now) != Some(now) && !self.stuck;
            let end = Instant::now() + if moves { STUCK } else { Duration::ZERO };
            if self.wait_until(end, |state| holds(state) || in_vain(state)) || !moves {
                return holds(&self.shared.lock());
            }
        }
    }

    fn wait_until(&self, end: Instant, holds: impl Fn(&State) -> bool) -> bool {
        let mut state = self.shared.lock();
        loop {
            if holds(&state) {
                return true;
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.shared.wait(state, left);
        }
    }
}

impl Drop for QueuedWriter {
    fn drop(&mut self) {
        self.shared.change(|state| state.abandoned = true);
    }
}
