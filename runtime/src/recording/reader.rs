//! Reading a recording, record by record.

use std::io::{self, Read};
use std::time::Duration;

use tracee_lang::schema::Schema;

use super::blocks::Blocks;
use super::remap::{Remap, Remapped};
use super::{END_SIZE, Header, MAGIC, VERSION};
use crate::record::{MAX_RECORD, RecordBuf};
use crate::replay::{ReplayError, ReplayReport};
use crate::source::{Arriving, Lost, Poll, Source};

/// The longest header that is read: a schema of 4,096 events takes less.
const MAX_HEADER: usize = 64 << 20;
/// Records that one poll hands over at most, so that the caller can stop in between.
const BATCH: usize = 256;

/// A recording as a source.
pub struct Recording {
    blocks: Blocks,
    header: Header,
    remap: Remap,
    report: ReplayReport,
    strict: bool,
    /// Bytes read so far; the place that errors name.
    position: u64,
    ended: bool,
    /// For records that are not as they were recorded.
    today: RecordBuf,
}

impl std::fmt::Debug for Recording {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recording")
            .field("report", &self.report)
            .finish_non_exhaustive()
    }
}

/// What the next bytes are.
enum Next {
    /// A record of so many bytes.
    Record(usize),
    End,
    /// Framing is lost: nothing after it can be read.
    Broken(String),
}

impl Recording {
    /// Reads the header of a recording whose first byte is the next of `input`, which should be
    /// buffered. `file` is its name in messages; with `strict`, a bad record ends the replay.
    ///
    /// # Errors
    /// It is no recording, of another version, or a type of the schema has changed.
    pub fn open(
        mut input: Box<dyn Read>,
        file: &str,
        schema: &Schema,
        strict: bool,
    ) -> Result<Self, ReplayError> {
        let refuse = |reason: String| ReplayError::Recording {
            file: file.to_owned(),
            reason,
        };
        let mut begin = [0; 16];
        let whole = fill(&mut input, &mut begin).map_err(|error| unreadable(file, error))?;
        if whole < 16 || begin[..8] != MAGIC {
            return Err(refuse(
                "its first 16 bytes are not those of a recording".into(),
            ));
        }
        let version = u32::from_ne_bytes([begin[8], begin[9], begin[10], begin[11]]);
        if version != VERSION {
            return Err(refuse(format!(
                "it has version {version} of the format, this tracee reads {VERSION}"
            )));
        }
        let length = u32::from_ne_bytes([begin[12], begin[13], begin[14], begin[15]]) as usize;
        if length > MAX_HEADER || !length.is_multiple_of(8) {
            return Err(refuse(format!("its header can't have {length} bytes")));
        }
        let mut json = Vec::new();
        let mut limited = (&mut input).take(length as u64);
        limited
            .read_to_end(&mut json)
            .map_err(|error| unreadable(file, error))?;
        if json.len() < length {
            return Err(refuse("it ends within its header".into()));
        }
        let header: Header = serde_json::from_slice(&json)
            .map_err(|error| refuse(format!("its header can't be read: {error}")))?;
        if let Some(reason) = header.unreadable() {
            return Err(refuse(reason));
        }
        let (remap, dropped) = Remap::new(&header, schema).map_err(refuse)?;
        let mut report = ReplayReport::new(file, "record");
        for name in dropped {
            report.ignored.count(&name);
        }
        Ok(Self {
            blocks: Blocks::new(input),
            header,
            remap,
            report,
            strict,
            position: 16 + length as u64,
            ended: false,
            today: RecordBuf::new(),
        })
    }

    /// What the recording says about itself.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// What was read so far.
    pub fn report(&self) -> &ReplayReport {
        &self.report
    }

    /// Looks at the next record.
    fn next(&mut self) -> io::Result<Next> {
        let begin = self.position;
        let start = self.blocks.need(8)?;
        let Some(start) = start.first_chunk::<8>().copied() else {
            let got = start.len();
            return Ok(self.cut(got));
        };
        let size = u32::from_ne_bytes([start[0], start[1], start[2], start[3]]) as usize;
        if size == 0 {
            return self.end(start);
        }
        if !size.is_multiple_of(8) || size > MAX_RECORD {
            return Ok(Next::Broken(format!(
                "at byte {begin}, no record can have {size} bytes: the rest can't be read"
            )));
        }
        let got = self.blocks.need(size)?.len();
        if got < size {
            return Ok(self.cut(got));
        }
        self.position += size as u64;
        Ok(Next::Record(size))
    }

    fn cut(&mut self, got: usize) -> Next {
        self.position += got as u64;
        Next::Broken(format!("the file was cut at byte {}", self.position))
    }

    /// Reads the end mark and what is behind it.
    fn end(&mut self, first: [u8; 8]) -> io::Result<Next> {
        let got = self.blocks.need(END_SIZE + 1)?;
        let count = got.get(8..).and_then(|rest| rest.first_chunk::<8>());
        let count = count.map_or(0, |count| u64::from_ne_bytes(*count));
        let got = got.len();
        if got < END_SIZE {
            return Ok(self.cut(got));
        }
        self.position += got as u64;
        Ok(if first != [0; 8] {
            Next::Broken(format!(
                "the end mark before byte {} was changed",
                self.position
            ))
        } else if got > END_SIZE {
            Next::Broken("there is something after the end mark".into())
        } else if count != self.report.read {
            Next::Broken(format!(
                "the end mark counts {count} records, {} were read",
                self.report.read
            ))
        } else {
            Next::End
        })
    }

    /// Counts a bad record, or makes it an error if `strict`.
    fn bad(&mut self, at: u64, reason: String) -> Result<(), ReplayError> {
        if self.strict {
            let file = self.report.file.clone();
            return Err(ReplayError::Bad {
                file,
                unit: "record",
                at,
                reason,
            });
        }
        self.report.skip(at, reason);
        Ok(())
    }

    /// Reads one record and hands it on. `false` at the end.
    fn step(&mut self, take: &mut dyn FnMut(Arriving<'_>)) -> Result<bool, ReplayError> {
        let at = self.report.read + 1;
        match self
            .next()
            .map_err(|error| unreadable(&self.report.file, error))?
        {
            Next::End => return Ok(false),
            Next::Broken(reason) => {
                self.ended = true;
                self.bad(at, reason)?;
                return Ok(false);
            }
            Next::Record(size) => self.record(at, size, take)?,
        }
        Ok(true)
    }

    /// Hands on a record of so many bytes.
    fn record(
        &mut self,
        at: u64,
        size: usize,
        take: &mut dyn FnMut(Arriving<'_>),
    ) -> Result<(), ReplayError> {
        self.report.read += 1;
        let recorded = self.blocks.take(size);
        match self.remap.apply(recorded, &mut self.today) {
            Ok(Remapped::Same(record)) => {
                self.report.events += 1;
                take(Arriving::Checked(record));
            }
            Ok(Remapped::Changed) => {
                self.report.events += 1;
                take(Arriving::Unchecked(self.today.as_bytes()));
            }
            Ok(Remapped::UnknownEvent(id)) => {
                let name = self.header.events.iter().find(|event| event.id == id.0);
                let name = name.map_or_else(|| id.0.to_string(), |event| event.name.clone());
                self.report.unknown_events.count(&name);
            }
            Err(error) => self.bad(at, error.to_string())?,
        }
        Ok(())
    }
}

impl Source for Recording {
    fn poll(
        &mut self,
        _timeout: Duration,
        take: &mut dyn FnMut(Arriving<'_>),
    ) -> Result<Poll, Box<dyn std::error::Error + Send + Sync>> {
        if self.ended {
            return Ok(Poll::End);
        }
        let before = self.report.events;
        for _ in 0..BATCH {
            if !self.step(take)? {
                self.ended = true;
                break;
            }
        }
        Ok(Poll::Events((self.report.events - before) as usize))
    }

    /// A file loses nothing; what was lost when it was made is in it as `lost` events.
    fn losses(&mut self) -> Vec<Lost> {
        Vec::new()
    }
}

fn unreadable(file: &str, error: io::Error) -> ReplayError {
    ReplayError::Unreadable {
        file: file.to_owned(),
        error,
    }
}

/// Reads until `buffer` is full or the input ends; returns how many bytes.
fn fill(input: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut got = 0;
    while got < buffer.len() {
        match input.read(&mut buffer[got..]) {
            Ok(0) => break,
            Ok(bytes) => got += bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(got)
}
