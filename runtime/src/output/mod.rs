//! Outputs: where selected events and detections go, as a table for a person or as JSON lines.
//! docs/output.md is their manual.
//!
//! Each writes whole lines through [`crate::whole_writer::WholeWriter`], so a file never ends in
//! half of one.

mod json;
mod table;
mod workload;

use std::io;
use std::path::PathBuf;
use std::str::FromStr;

pub(crate) use json::EventObject;
pub use json::JsonOutput;
pub use table::TableOutput;

use crate::engine::{Detection, MatchedEvent};
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
