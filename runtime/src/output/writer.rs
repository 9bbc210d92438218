//! What an output writes lines to: a file that it waits for, as in a replay, or a queue that it never
//! waits for, as in a live run.

use crate::queue::{Counts, QueuedWriter};
use crate::whole_writer::{WholeWriter, WriteError};

/// Of lines that were taken and dropped.
const EVENT: u16 = 0;
const DETECTION: u16 = 1;

/// See the module.
#[derive(Debug)]
pub enum Writer {
    /// Waits.
    Direct(WholeWriter),
    /// Never waits; counts what found no place.
    Queued(QueuedWriter),
}

impl From<WholeWriter> for Writer {
    fn from(writer: WholeWriter) -> Self {
        Self::Direct(writer)
    }
}

impl From<QueuedWriter> for Writer {
    fn from(writer: QueuedWriter) -> Self {
        Self::Queued(writer)
    }
}

/// What a line is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Event,
    Detection,
}

/// Lines, by what they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Lines {
    /// Selected events.
    pub events: u64,
    /// Detections.
    pub detections: u64,
}

impl Lines {
    pub(super) fn new(counts: &Counts) -> Self {
        let of = |tag| counts.get(&tag).copied().unwrap_or_default();
        Self {
            events: of(EVENT),
            detections: of(DETECTION),
        }
    }

    /// How many more these are than those.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        Self {
            events: self.events.saturating_sub(before.events),
            detections: self.detections.saturating_sub(before.detections),
        }
    }
}

impl Writer {
    /// Appends a line, which `append` writes into the buffer.
    pub(super) fn line(
        &mut self,
        kind: Kind,
        append: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), WriteError> {
        match self {
            Self::Direct(writer) => writer.unit(append),
            Self::Queued(writer) => {
                let tag = match kind {
                    Kind::Event => EVENT,
                    Kind::Detection => DETECTION,
                };
                writer.unit(tag, append);
                Ok(())
            }
        }
    }

    /// Writes, or puts into the queue, what was appended.
    pub(super) fn flush(&mut self) -> Result<(), WriteError> {
        match self {
            Self::Direct(writer) => writer.flush(),
            Self::Queued(writer) => {
                writer.flush();
                Ok(())
            }
        }
    }

    /// The queue, if it is one.
    pub(super) fn queue(&mut self) -> Option<&mut QueuedWriter> {
        match self {
            Self::Direct(_) => None,
            Self::Queued(writer) => Some(writer),
        }
    }
}
