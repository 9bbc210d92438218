//! Writing a recording (`tracee run --record FILE`).

use std::path::Path;

use super::{Header, MAGIC, VERSION};
use crate::whole_writer::{WholeWriter, WriteError};

/// Writes records into a file, as they are.
#[derive(Debug)]
pub struct Recorder {
    file: WholeWriter,
    records: u64,
}

impl Recorder {
    /// Makes the file and writes the header.
    ///
    /// # Errors
    /// The file can't be made or written; the message names it.
    pub fn create(path: &Path, header: &Header) -> Result<Self, WriteError> {
        let mut file = WholeWriter::create(path)?;
        let mut json = serde_json::to_vec(header).unwrap_or_default();
        json.resize(json.len().next_multiple_of(8), b' ');
        file.unit(|out| {
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
        self.file.unit(|out| out.extend_from_slice(record))?;
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

    /// Writes the end mark. Returns how many records there are.
    ///
    /// # Errors
    /// As [`Recorder::record`].
    pub fn finish(mut self) -> Result<u64, WriteError> {
        let records = self.records;
        self.file.unit(|out| {
            out.extend_from_slice(&[0; 8]);
            out.extend_from_slice(&records.to_ne_bytes());
        })?;
        self.file.flush()?;
        Ok(records)
    }
}
