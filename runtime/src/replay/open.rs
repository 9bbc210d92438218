//! Which kind of file it is, by its first bytes.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tracee_lang::schema::{EventId, Schema};

use super::compressed::unpacked;
use super::{JsonLines, ReplayError, ReplayReport};
use crate::recording::{MAGIC, Recording};
use crate::source::{Arriving, Lost, Poll, Source};

/// Bytes that are read at once: they are looked at while a processor's cache has them.
const BUFFER: usize = 128 * 1024;

/// A file of events, as a source. It may be packed with gzip or zstd.
#[derive(Debug)]
pub struct Replay {
    kind: Kind,
    read: Arc<AtomicU64>,
}

/// What is in a file.
#[derive(Debug)]
enum Kind {
    /// JSON, one event a line.
    Lines(Box<JsonLines>),
    /// Our own format.
    Recording(Box<Recording>),
}

/// Counts the bytes that were read from something.
struct Counted<R> {
    input: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

impl Replay {
    /// Opens a file, or stdin for `-`.
    ///
    /// # Errors
    /// It can't be read, is empty, or is of no kind that can be replayed.
    pub fn open(path: &Path, schema: &Arc<Schema>, strict: bool) -> Result<Self, ReplayError> {
        if path.as_os_str() == "-" {
            return Self::counted(io::stdin(), "stdin", schema, strict);
        }
        let name = path.display().to_string();
        let file = File::open(path).map_err(|error| ReplayError::Unreadable {
            file: name.clone(),
            error,
        })?;
        Self::counted(file, &name, schema, strict)
    }

    fn counted(
        input: impl Read + 'static,
        file: &str,
        schema: &Arc<Schema>,
        strict: bool,
    ) -> Result<Self, ReplayError> {
        let read = Arc::new(AtomicU64::new(0));
        let input = Counted {
            input,
            read: Arc::clone(&read),
        };
        let input = Box::new(BufReader::with_capacity(BUFFER, input));
        let replay = Self::from_reader(input, file, schema, strict)?;
        Ok(Self { read, ..replay })
    }

    /// Reads from anything; `file` is its name in messages.
    ///
    /// # Errors
    /// As [`Replay::open`].
    pub fn from_reader(
        input: Box<dyn BufRead>,
        file: &str,
        schema: &Arc<Schema>,
        strict: bool,
    ) -> Result<Self, ReplayError> {
        let unreadable = |error| ReplayError::Unreadable {
            file: file.to_owned(),
            error,
        };
        let mut input = unpacked(input).map_err(unreadable)?;
        let begin = input.fill_buf().map_err(unreadable)?;
        let text = begin
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(begin)
            .trim_ascii_start();
        if begin.is_empty() {
            return Err(ReplayError::Empty(file.to_owned()));
        }
        if begin[0] == MAGIC[0] {
            let input: Box<dyn Read> = Box::new(input);
            return Recording::open(input, file, schema, strict)
                .map(|recording| Self::of(Kind::Recording(Box::new(recording))));
        }
        if text.is_empty() || text[0] == b'{' {
            let lines = JsonLines::open(input, file, Arc::clone(schema), strict)?;
            if lines.is_empty() {
                return Err(ReplayError::Empty(file.to_owned()));
            }
            return Ok(Self::of(Kind::Lines(Box::new(lines))));
        }
        Err(ReplayError::UnknownFormat(file.to_owned(), describe(text)))
    }

    fn of(kind: Kind) -> Self {
        Self {
            kind,
            read: Arc::default(),
        }
    }

    /// Bytes of the file that were read so far, packed as they are; 0 of what was not opened by its path.
    pub fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// The recording, if it is one.
    pub fn recording(&self) -> Option<&Recording> {
        match &self.kind {
            Kind::Recording(recording) => Some(recording),
            Kind::Lines(_) => None,
        }
    }

    /// What was read so far.
    pub fn report(&self) -> &ReplayReport {
        match &self.kind {
            Kind::Lines(lines) => lines.report(),
            Kind::Recording(recording) => recording.report(),
        }
    }

    /// Those of these events that a recording can't have, because no policy wanted them when it was
    /// made: what is asked of them now finds nothing. JSON lines don't say what was wanted.
    pub fn not_recorded(&self, schema: &Schema, wanted: &[EventId]) -> Vec<String> {
        let Some(recording) = self.recording() else {
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
        match &self.kind {
            Kind::Lines(lines) => lines.host(),
            Kind::Recording(recording) => Some(recording.header().host.as_str()),
        }
    }
}

/// The begin of a file of an unknown kind, and what it might be.
fn describe(begin: &[u8]) -> String {
    let hint = match begin {
        [b'B', b'Z', b'h', ..] => " (bzip2: unpack it first)",
        [0xfd, b'7', b'z', b'X', b'Z', ..] => " (xz: unpack it first)",
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
        take: &mut dyn FnMut(Arriving<'_>),
    ) -> Result<Poll, Box<dyn std::error::Error + Send + Sync>> {
        match &mut self.kind {
            Kind::Lines(lines) => lines.poll(timeout, take),
            Kind::Recording(recording) => recording.poll(timeout, take),
        }
    }

    fn losses(&mut self) -> Vec<Lost> {
        match &mut self.kind {
            Kind::Lines(lines) => lines.losses(),
            Kind::Recording(recording) => recording.losses(),
        }
    }
}
