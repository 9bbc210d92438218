//! The thread that writes: it alone waits for a file, a pipe or a terminal.

use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::Chunk;
use super::disk::Spool;
use super::state::{Next, Shared};
use crate::system;
use crate::whole_writer::WriteError;

/// How long a target that takes nothing is left alone, and how late an end is noticed then.
const PAUSE: Duration = Duration::from_millis(50);
/// What a pipe that is ready takes without blocking: PIPE_BUF, pipe(7).
const PIECE: usize = 4096;

/// What a queue is written to.
pub struct Target(Kind);

enum Kind {
    /// A regular file: never makes anybody wait for long.
    File(File),
    /// Something that may take nothing for an age: a pipe, a terminal, a device.
    Stream(File),
    /// Anything else.
    Other(Box<dyn Write + Send>),
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::File(_) => "Target(file)",
            Kind::Stream(_) => "Target(stream)",
            Kind::Other(_) => "Target(other)",
        })
    }
}

impl Target {
    /// Makes or empties a file.
    ///
    /// # Errors
    /// [`WriteError::Create`], with the file's name.
    pub fn create(path: &Path) -> Result<Self, WriteError> {
        let fail = |error| WriteError::Create {
            name: path.display().to_string(),
            error,
        };
        File::create(path).map(Self::of).map_err(fail)
    }

    /// Standard output. What others write to it in between is not kept apart.
    ///
    /// # Errors
    /// It is closed.
    pub fn stdout() -> Result<Self, WriteError> {
        let fail = |error| WriteError::Create {
            name: "stdout".to_owned(),
            error,
        };
        system::stdout().map(Self::of).map_err(fail)
    }

    /// Anything that can be written.
    pub fn other(target: impl Write + Send + 'static) -> Self {
        Self(Kind::Other(Box::new(target)))
    }

    /// A file that is open: one that is not regular is written only when it takes something.
    pub fn of(file: File) -> Self {
        let is_regular = file.metadata().is_ok_and(|metadata| metadata.is_file());
        Self(match is_regular {
            true => Kind::File(file),
            false => Kind::Stream(file),
        })
    }

    /// Writes some of the bytes; none if it has to be waited for.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Kind::File(file) => file.write(bytes),
            Kind::Stream(file) => {
                if !system::is_ready(file, PAUSE)? {
                    return Ok(0);
                }
                file.write(&bytes[..bytes.len().min(PIECE)])
            }
            Kind::Other(other) => {
                let count = other.write(bytes)?;
                other.flush().map(|()| count)
            }
        }
    }

    /// Takes back what was written of a unit that will not be whole. What is no file keeps it.
    fn take_back(&self, bytes: usize) {
        if let Kind::File(file) = &self.0
            && let Ok(length) = file.metadata().map(|metadata| metadata.len())
        {
            // Should it fail, the file ends in half of a unit: nothing more can be done.
            let _ = file.set_len(length.saturating_sub(bytes as u64));
        }
    }
}

/// Writes until the queue is closed and empty, or nobody waits for it any more.
pub(super) fn run(shared: &Shared, target: &mut Target, name: &str, spool: Option<&Arc<Spool>>) {
    loop {
        let chunk = match shared.next() {
            Next::End => break,
            Next::Write(chunk) => chunk,
            Next::Read(bytes) => match spool.map(|spool| spool.read(bytes)) {
                Some(Ok(chunk)) if shared.change(|state| state.begin_read(&chunk)) => chunk,
                Some(Err(why)) => {
                    shared.change(|state| state.unreadable(why));
                    continue;
                }
                Some(Ok(_)) | None => continue,
            },
        };
        if !write(shared, target, name, &chunk) {
            break;
        }
        shared.change(|state| state.done(chunk));
    }
    shared.change(|state| state.ended = true);
}

/// Whether the chunk is out: not if the target is closed, or the queue was abandoned.
fn write(shared: &Shared, target: &mut Target, name: &str, chunk: &Chunk) -> bool {
    let mut out = 0;
    while out < chunk.bytes.len() {
        match target.write(&chunk.bytes[out..]) {
            Ok(0) => {}
            Ok(count) => {
                out += count;
                shared.change(|state| state.progress(out));
                continue;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                let error = WriteError::new(name, error);
                if matches!(error, WriteError::Closed(_)) {
                    shared.change(|state| state.close());
                    return false;
                }
                let state = {
                    shared.change(|state| state.trouble(&error));
                    shared.lock()
                };
                if !state.abandoned {
                    drop(shared.wait(state, PAUSE));
                }
            }
        }
        if shared.lock().abandoned {
            let whole = chunk.units.iter().map(|unit| unit.end as usize);
            let whole = whole.take_while(|end| *end <= out).last().unwrap_or(0);
            target.take_back(out - whole);
            return false;
        }
    }
    true
}
