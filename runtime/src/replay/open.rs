//! Which kind of file it is, by its first bytes.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tracee_lang::schema::{EventId, Schema};

use super::{JsonLines, ReplayError, ReplayReport};
use crate::recording::{MAGIC, Recording};
use crate::source::{Lost, Poll, Source};

const BUFFER: usize = 256 * 1024;

/// A file of events, as a source.
#[derive(Debug)]
pub enum Replay {
    /// JSON, one event a line.
    Lines(Box<JsonLines>),
    /// Our own format.
    Recording(Box<Recording>),
}

impl Replay {
    /// Opens a file, or stdin for `-`.
    ///
    /// # Errors
    /// It can't be read, is empty, or is of no kind that can be replayed.
    pub fn open(path: &Path, schema: &Arc<Schema>, strict: bool) -> Result<Self, ReplayError> {
        if path.as_os_str() == "-" {
            let input = BufReader::with_capacity(BUFFER, io::stdin());
            return Self::from_reader(Box::new(input), "stdin", schema, strict);
        }
        let name = path.display().to_string();
        let file = File::open(path).map_err(|error| ReplayError::Unreadable {
            file: name.clone(),
            error,
        })?;
        let input = BufReader::with_capacity(BUFFER, file);
        Self::from_reader(Box::new(input), &name, schema, strict)
    }

    /// Reads from anything; `file` is its name in messages.
    ///
    /// # Errors
    /// As [`Replay::open`].
    pub fn from_reader(
        mut input: Box<dyn BufRead>,
        file: &str,
        schema: &Arc<Schema>,
        strict: bool,
    ) -> Result<Self, ReplayError> {
        let unreadable = |error| ReplayError::Unreadable {
            file: file.to_owned(),
            error,
        };
        let begin = input.fill_buf().map_err(unreadable)?;
        let text = begin
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(begin)
            .trim_ascii_start();
        if begin.is_empty() {
            return Err(ReplayError::Empty(file.to_owned()));
        }
        if begin[0] == MAGIC[0] {
            let input: Box<dyn io::Read> = Box::new(input);
            return Recording::open(input, file, schema, strict)
                .map(|recording| Self::Recording(Box::new(recording)));
        }
        if text.is_empty() || text[0] == b'{' {
            let lines = JsonLines::open(input, file, Arc::clone(schema), strict)?;
            if lines.is_empty() {
                return Err(ReplayError::Empty(file.to_owned()));
            }
            return Ok(Self::Lines(Box::new(lines)));
        }
        Err(ReplayError::UnknownFormat(file.to_owned(), describe(text)))
    }

    /// What was read so far.
    pub fn report(&self) -> &ReplayReport {
        match self {
            Self::Lines(lines) => lines.report(),
            Self::Recording(recording) => recording.report(),
        }
    }

    /// Those of these events that a recording can't have, because no policy wanted them when it was
    /// made: what is asked of them now finds nothing. JSON lines don't say what was wanted.
    pub fn not_recorded(&self, schema: &Schema, wanted: &[EventId]) -> Vec<String> {
        let Self::Recording(recording) = self else {
            return Vec::new();
        };
        let names = wanted
            .iter()
            .filter_map(|&id| Some(schema.event(id)?.name.as_str()));
        let recorded = |name: &str| {
            recording
                .header()
                .events
                .iter()
                .any(|event| event.wanted && event.name == name)
        };
        names
            .filter(|name| !recorded(name))
            .map(str::to_owned)
            .collect()
    }

    /// The machine that the events are from, if the file says.
    pub fn host(&self) -> Option<&str> {
        match self {
            Self::Lines(lines) => lines.host(),
            Self::Recording(recording) => Some(recording.header().host.as_str()),
        }
    }
}

/// The begin of a file of an unknown kind, and what it might be.
fn describe(begin: &[u8]) -> String {
    let hint = match begin {
        [0x1f, 0x8b, ..] => " (gzip: unpack it first)",
        [0x28, 0xb5, 0x2f, 0xfd, ..] => " (zstd: unpack it first)",
        [b'[', ..] => " (a JSON list: put one event on each line)",
        _ => "",
    };
    let begin = &begin[..begin.len().min(8)];
    format!("`{}`{hint}", crate::text::Shown(begin))
}

impl Source for Replay {
    fn poll(
        &mut self,
        timeout: Duration,
        take: &mut dyn FnMut(&[u8]),
    ) -> Result<Poll, Box<dyn std::error::Error + Send + Sync>> {
        match self {
            Self::Lines(lines) => lines.poll(timeout, take),
            Self::Recording(recording) => recording.poll(timeout, take),
        }
    }

    fn losses(&mut self) -> Vec<Lost> {
        match self {
            Self::Lines(lines) => lines.losses(),
            Self::Recording(recording) => recording.losses(),
        }
    }
}
