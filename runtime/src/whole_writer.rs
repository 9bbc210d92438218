//! Writing whole units (lines of an output, records of a recording) to a file or stdout: what a
//! full disk or a broken pipe leaves behind never ends in half of one.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// The buffer is written when it has this many bytes.
pub(crate) const FULL: usize = 64 * 1024;

/// What went wrong with writing, and where.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The reader of a pipe went away: normal for `| head`, and the end of the output.
    #[error("whoever read {0} stopped reading")]
    Closed(String),
    /// No space; what was written until then is whole.
    #[error("{name} is full: {error}; free space or choose another place")]
    Full {
        /// The file.
        name: String,
        /// What the system said.
        error: io::Error,
    },
    /// The file can't be made.
    #[error("can't create {name}: {error}")]
    Create {
        /// The file.
        name: String,
        /// What the system said.
        error: io::Error,
    },
    /// What waited in front of it could not be written in the end; the text says why.
    #[error("{0}")]
    Unfinished(String),
    /// Anything else.
    #[error("can't write to {name}: {error}")]
    Other {
        /// The file.
        name: String,
        /// What the system said.
        error: io::Error,
    },
}

impl WriteError {
    pub(crate) fn new(name: &str, error: io::Error) -> Self {
        let name = name.to_owned();
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Closed(name),
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => Self::Full { name, error },
            _ => Self::Other { name, error },
        }
    }
}

enum Target {
    File(File),
    Other(Box<dyn Write>),
}

/// A buffered writer of whole units.
pub struct WholeWriter {
    name: String,
    target: Target,
    /// Bytes of whole units that the target took.
    written: u64,
    /// Whole units that it has yet to take.
    buffer: Vec<u8>,
}

impl std::fmt::Debug for WholeWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "WholeWriter({}, {} bytes)", self.name, self.written)
    }
}

impl WholeWriter {
    /// Makes or empties a file.
    ///
    /// # Errors
    /// [`WriteError::Create`], with the file's name.
    pub fn create(path: &Path) -> Result<Self, WriteError> {
        let name = path.display().to_string();
        match File::create(path) {
            Ok(file) => Ok(Self::with(name, Target::File(file))),
            Err(error) => Err(WriteError::Create { name, error }),
        }
    }

    /// Writes to anything else, called `name` in errors.
    pub fn new(name: &str, target: impl Write + 'static) -> Self {
        Self::with(name.to_owned(), Target::Other(Box::new(target)))
    }

    fn with(name: String, target: Target) -> Self {
        Self {
            name,
            target,
            written: 0,
            buffer: Vec::with_capacity(FULL),
        }
    }

    /// What it is called in errors.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Appends one unit, which `append` writes into the buffer.
    ///
    /// # Errors
    /// When the buffer had to be written and could not be.
    pub fn unit(&mut self, append: impl FnOnce(&mut Vec<u8>)) -> Result<(), WriteError> {
        append(&mut self.buffer);
        if self.buffer.len() >= FULL {
            self.flush()
        } else {
            Ok(())
        }
    }

    /// Writes what is buffered.
    ///
    /// # Errors
    /// The target could not take it. A file is cut back to its last whole unit that was flushed
    /// before.
    pub fn flush(&mut self) -> Result<(), WriteError> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let result = match &mut self.target {
            Target::File(file) => file.write_all(&self.buffer),
            Target::Other(other) => other.write_all(&self.buffer).and_then(|()| other.flush()),
        };
        let size = self.buffer.len() as u64;
        self.buffer.clear();
        match result {
            Ok(()) => {
                self.written += size;
                Ok(())
            }
            Err(error) => {
                if let Target::File(file) = &self.target {
                    // Devices can't be cut, and have nothing to cut.
                    let _ = file.set_len(self.written);
                }
                Err(WriteError::new(&self.name, error))
            }
        }
    }
}
