//! Writing a recording (`tracee run --record FILE`).

use std::path::Path;

use tracee_ebpf::abi::RecordHeader;
use zerocopy::FromBytes as _;

use super::{Header, MAGIC, VERSION};
use crate::queue::{Counts, QueueOptions, QueuedWriter, Target};
use crate::whole_writer::{WholeWriter, WriteError};

/// What is no record: the header and the end mark.
const FRAME: u16 = u16::MAX;

/// Writes records into a file, as they are.
#[derive(Debug)]
pub struct Recorder {
    file: Sink,
    records: u64,
}

#[derive(Debug)]
enum Sink {
    /// Is waited for.
    Direct(WholeWriter),
    /// Is not; units have the number of their event as a tag.
    Queued(QueuedWriter),
}

impl Sink {
    fn unit(&mut self, tag: u16, append: impl FnOnce(&mut Vec<u8>)) -> Result<(), WriteError> {
        match self {
            Self::Direct(file) => file.unit(append),
            Self::Queued(queue) => {
                queue.unit(tag, append);
                Ok(())
            }
        }
    }

    fn flush(&mut self) -> Result<(), WriteError> {
        match self {
            Self::Direct(file) => file.flush(),
            Self::Queued(queue) => {
                queue.flush();
                Ok(())
            }
        }
    }
}

/// What became of a recording with a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Records in it.
    pub records: u64,
    /// Records that found no place in the queue, by the number of their event.
    pub dropped: Counts,
    /// Why it has no end.
    pub failure: Option<String>,
}

impl Recorder {
    /// Makes the file and writes the header.
    ///
    /// # Errors
    /// The file can't be made or written; the message names it.
    pub fn create(path: &Path, header: &Header) -> Result<Self, WriteError> {
        Self::begin(Sink::Direct(WholeWriter::create(path)?), header)
    }

    /// The same behind a queue, which is never waited for: what finds no place is counted.
    ///
    /// # Errors
    /// The file can't be made, or the queue's.
    pub fn queued(path: &Path, header: &Header, queue: &QueueOptions) -> Result<Self, WriteError> {
        let queue = queue.start(&path.display().to_string(), Target::create(path)?)?;
        Self::begin(Sink::Queued(queue), header)
    }

    fn begin(mut file: Sink, header: &Header) -> Result<Self, WriteError> {
        let mut json = serde_json::to_vec(header).unwrap_or_default();
        json.resize(json.len().next_multiple_of(8), b' ');
        file.unit(FRAME, |out| {
            out.extend_from_slice(&MAGIC);
            out.extend_from_slice(&VERSION.to_ne_bytes());
            out.extend_from_slice(&(json.len() as u32).to_ne_bytes());
            out.extend_from_slice(&json);
        })?;
        file.flush()?;
        Ok(Self { file, records: 0 })
    }

    /// Appends a record, which must have been parsed before.
    ///
    /// # Errors
    /// The file can't be written, most often because the disk is full. It then ends with the last
    /// whole record and without its end mark, and can be replayed.
    pub fn record(&mut self, record: &[u8]) -> Result<(), WriteError> {
        let event = RecordHeader::ref_from_prefix(record).map_or(FRAME, |(header, _)| header.event);
        self.file.unit(event, |out| out.extend_from_slice(record))?;
        self.records += 1;
        Ok(())
    }

    /// Writes what is buffered, so that a crash loses less.
    ///
    /// # Errors
    /// As [`Recorder::record`].
    pub fn flush(&mut self) -> Result<(), WriteError> {
        self.file.flush()
    }

    /// Records that a queue dropped so far, by the number of their event, if it has room again.
    pub fn dropped(&mut self) -> Counts {
        match &self.file {
            Sink::Direct(_) => Counts::new(),
            Sink::Queued(queue) => queue.dropped(),
        }
    }

    /// What went wrong with writing since this was last asked.
    pub fn trouble(&mut self) -> Option<String> {
        match &self.file {
            Sink::Direct(_) => None,
            Sink::Queued(queue) => queue.trouble(),
        }
    }

    /// Waits until a queue has written what it holds, as long as anything moves.
    pub fn settle(&mut self) {
        if let Sink::Queued(queue) = &mut self.file {
            queue.settle();
        }
    }

    /// Writes the end mark.
    ///
    /// # Errors
    /// As [`Recorder::record`]. What happens to a queue is no error, but said.
    pub fn finish(mut self) -> Result<Recorded, WriteError> {
        let mut dropped = Counts::new();
        if let Sink::Queued(queue) = &mut self.file {
            queue.settle();
            dropped = queue.dropped_so_far();
        }
        let records = self.records - dropped.values().sum::<u64>();
        self.file.unit(FRAME, |out| {
            out.extend_from_slice(&[0; 8]);
            out.extend_from_slice(&records.to_ne_bytes());
        })?;
        self.file.flush()?;
        let mut failure = None;
        if let Sink::Queued(queue) = &mut self.file {
            let finished = queue.finish();
            (dropped, failure) = (finished.dropped, finished.failure);
            dropped.remove(&FRAME);
        }
        Ok(Recorded {
            records: self.records - dropped.values().sum::<u64>(),
            dropped,
            failure,
        })
    }
}
