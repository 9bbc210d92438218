//! Why a file can't be replayed.

use std::io;

/// Reading on is impossible, or was forbidden by `strict`.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The file can't be opened or read.
    #[error("can't read {file}: {error}")]
    Unreadable {
        /// Its name.
        file: String,
        /// What the system said.
        error: io::Error,
    },
    /// Nothing in it.
    #[error("{0} is empty: there is nothing to replay")]
    Empty(String),
    /// Neither JSON lines nor a recording.
    #[error("{0} is neither a recording of tracee nor JSON lines of events: it begins with {1}")]
    UnknownFormat(String, String),
    /// A recording that this tracee can't read.
    #[error("{file} can't be replayed: {reason}")]
    Recording {
        /// Its name.
        file: String,
        /// Why.
        reason: String,
    },
    /// A bad piece, with `strict`.
    #[error("{file}, {unit} {at}: {reason}")]
    Bad {
        /// The file.
        file: String,
        /// `line` or `record`.
        unit: &'static str,
        /// Its number, from 1.
        at: u64,
        /// What is wrong with it.
        reason: String,
    },
}
