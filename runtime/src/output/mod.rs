//! Outputs: where selected events and detections go, as a table for a person or as JSON lines.
//! docs/output.md is their manual.
//!
//! Each writes whole lines, so a file never ends in half of one: in a replay through
//! [`crate::whole_writer::WholeWriter`], which waits, and live through [`crate::queue`], which never does.

mod json;
mod table;
mod workload;
mod writer;

use std::io;
use std::path::PathBuf;
use std::str::FromStr;

pub(crate) use json::EventObject;
pub use json::{JsonForm, JsonOutput};
pub use table::TableOutput;
pub use writer::{Lines, Writer};

use crate::engine::{Detection, MatchedEvent};
use crate::queue::{QueueOptions, QueuedWriter, Target};
use crate::whole_writer::{WholeWriter, WriteError};

/// Takes what the engine found, in order: an event that a policy selected comes before the
/// detections on it.
pub trait Output {
    /// A selected event.
    ///
    /// # Errors
    /// It can't be written; the message names the place.
    fn event(&mut self, event: &MatchedEvent<'_>) -> Result<(), WriteError>;

    /// A detection.
    ///
    /// # Errors
    /// It can't be written; the message names the place.
    fn detection(&mut self, detection: &Detection<'_>) -> Result<(), WriteError>;

    /// Writes what is buffered.
    ///
    /// # Errors
    /// It can't be written; the message names the place.
    fn flush(&mut self) -> Result<(), WriteError>;

    /// The queue that it writes to, if it does.
    fn queue(&mut self) -> Option<&mut QueuedWriter> {
        None
    }
}

/// What became of an output with a queue.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct OutputReport {
    /// Where it writes.
    pub output: String,
    /// Lines that were written.
    pub written: Lines,
    /// Lines that found no place in the queue, or were still in it when the run ended.
    pub dropped: Lines,
    /// Why it was not written to its end.
    pub failure: Option<String>,
}

/// Several outputs. All get everything; the first error is returned after all were tried.
#[derive(Default)]
pub struct Outputs(pub Vec<Box<dyn Output>>);

impl std::fmt::Debug for Outputs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Outputs({})", self.0.len())
    }
}

impl Outputs {
    fn all(
        &mut self,
        mut each: impl FnMut(&mut dyn Output) -> Result<(), WriteError>,
    ) -> Result<(), WriteError> {
        let mut result = Ok(());
        for output in &mut self.0 {
            let this = each(output.as_mut());
            result = result.and(this);
        }
        result
    }

    fn queues(&mut self) -> impl Iterator<Item = &mut QueuedWriter> {
        self.0.iter_mut().filter_map(|output| output.queue())
    }

    /// What each dropped so far, by its place among the outputs: of those that have room again.
    pub(crate) fn dropped(&mut self) -> Vec<(usize, String, Lines)> {
        let of = |(at, queue): (usize, &mut QueuedWriter)| {
            let lines = Lines::new(&queue.dropped());
            (lines != Lines::default()).then(|| (at, queue.name().to_owned(), lines))
        };
        self.queues().enumerate().filter_map(of).collect()
    }

    /// What went wrong with writing since this was last asked.
    pub(crate) fn troubles(&mut self) -> Vec<String> {
        self.queues().filter_map(|queue| queue.trouble()).collect()
    }

    /// That nobody reads any of them any more.
    pub(crate) fn all_closed(&mut self) -> Option<WriteError> {
        let mut closed = None;
        for output in &mut self.0 {
            match output.queue() {
                Some(queue) if queue.is_closed() => {
                    closed.get_or_insert_with(|| WriteError::Closed(queue.name().to_owned()));
                }
                _ => return None,
            }
        }
        closed
    }

    /// Waits until queues are empty, as long as anything moves.
    pub(crate) fn settle(&mut self) {
        self.queues().for_each(QueuedWriter::settle);
    }

    /// Ends the queues: waits for what is in them as long as anything moves.
    pub(crate) fn finish(&mut self) -> Vec<OutputReport> {
        let mut reports = Vec::new();
        for queue in self.queues() {
            let finished = queue.finish();
            let dropped = Lines::new(&finished.dropped);
            reports.push(OutputReport {
                output: queue.name().to_owned(),
                written: Lines::new(&finished.taken).since(dropped),
                dropped,
                failure: finished.failure,
            });
        }
        reports
    }
}

impl Output for Outputs {
    fn event(&mut self, event: &MatchedEvent<'_>) -> Result<(), WriteError> {
        self.all(|output| output.event(event))
    }

    fn detection(&mut self, detection: &Detection<'_>) -> Result<(), WriteError> {
        self.all(|output| output.detection(detection))
    }

    fn flush(&mut self) -> Result<(), WriteError> {
        self.all(|output| output.flush())
    }
}

/// Where an output writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// `stdout`
    Stdout,
    /// `file:PATH`; made or emptied.
    File(PathBuf),
}

impl Destination {
    /// A writer of it.
    ///
    /// # Errors
    /// The file can't be made.
    pub fn open(&self) -> Result<WholeWriter, WriteError> {
        match self {
            Self::Stdout => Ok(WholeWriter::new("stdout", io::stdout())),
            Self::File(path) => WholeWriter::create(path),
        }
    }

    /// A queue in front of it.
    ///
    /// # Errors
    /// The file can't be made, or the queue's.
    pub fn queued(&self, queue: &QueueOptions) -> Result<QueuedWriter, WriteError> {
        match self {
            Self::Stdout => queue.start("stdout", Target::stdout()?),
            Self::File(path) => queue.start(&path.display().to_string(), Target::create(path)?),
        }
    }
}

impl FromStr for Destination {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.strip_prefix("file:") {
            Some("") => Err("`file:` needs a path, as in `file:/tmp/events.json`".into()),
            Some(path) => Ok(Self::File(path.into())),
            None if text == "stdout" => Ok(Self::Stdout),
            None => Err(format!("`{text}` is neither `stdout` nor `file:PATH`")),
        }
    }
}
