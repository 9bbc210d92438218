//! Bounded queues between the thread that reads events and whatever is written: a slow disk, a pipe that
//! nobody reads. The reader never waits; what finds no place is counted.
//!
//! ```text
//!            reader                    │         a thread of its own
//! unit ─→ chunk of 64 KiB ─push→ waiting chunks ─pop→ file, pipe, terminal
//!            └─ no place: counted      │   ⇅ `disk`: the middle of the queue, spooled by a third thread
//! ```
//!
//! Enter at [`QueueOptions::start`]; [`QueuedWriter`] has the same units as
//! [`crate::whole_writer::WholeWriter`], which a replay uses instead: it may wait.

mod disk;
mod drain;
mod options;
mod state;
#[cfg(test)]
mod tests;
mod writer;

use std::collections::BTreeMap;

pub use drain::Target;
pub use options::{Place, QueueOptions};
pub use writer::{Finished, QueuedWriter};

/// How many units, by the tag that each was given.
pub type Counts = BTreeMap<u16, u64>;

/// Some units, as they are written.
#[derive(Debug, Default)]
struct Chunk {
    bytes: Vec<u8>,
    units: Vec<Unit>,
}

/// Where a unit of a chunk ends, and what it is.
#[derive(Debug, Clone, Copy)]
struct Unit {
    end: u32,
    tag: u16,
}

impl Chunk {
    /// What it takes of a queue's size.
    fn size(&self) -> u64 {
        (self.bytes.len() + self.units.len() * size_of::<Unit>()) as u64
    }
}

/// Adds units to the counts.
fn count(counts: &mut Counts, units: &[Unit]) {
    for unit in units {
        *counts.entry(unit.tag).or_default() += 1;
    }
}
