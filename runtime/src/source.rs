//! Where events come from: a live kernel or a replayed file. All sources yield records in the
//! format of `ebpf/bpf/abi.h`.

use std::time::Duration;

use tracee_lang::schema::EventId;

use crate::record::Record;

/// What a [`Source::poll`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Poll {
    /// This many records were handed over.
    Events(usize),
    /// Nothing within the timeout.
    Idle,
    /// There will be no more.
    End,
}

/// A record as a source hands it over.
#[derive(Debug, Clone, Copy)]
pub enum Arriving<'a> {
    /// As it came: whoever takes it checks it. It begins at a multiple of 8.
    Unchecked(&'a [u8]),
    /// The source checked it, by layouts that are those of the schema.
    Checked(Record<'a>),
}

impl<'a> Arriving<'a> {
    /// All of the record.
    pub fn bytes(self) -> &'a [u8] {
        match self {
            Self::Unchecked(bytes) => bytes,
            Self::Checked(record) => record.as_bytes(),
        }
    }
}

/// What a source could not deliver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// What it was.
    pub what: LostKind,
    /// How many, since the start.
    pub count: u64,
}

/// What can be lost.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LostKind {
    /// Records of an event.
    Records(EventId),
    /// Runs of this program, which the kernel skipped. Whose events, and whether anybody wanted them, nobody knows.
    Runs(String),
}

/// A stream of records.
pub trait Source {
    /// Hands the next records to `take`, in order, waiting at most `timeout` for the first. The
    /// bytes are valid during the call only.
    ///
    /// # Errors
    /// Whatever makes reading on impossible; the message names the source and what to do.
    fn poll(
        &mut self,
        timeout: Duration,
        take: &mut dyn FnMut(Arriving<'_>),
    ) -> Result<Poll, Box<dyn std::error::Error + Send + Sync>>;

    /// What was lost so far, each kind once; kinds without losses are left out. While nothing comes it may be
    /// half a second old; after the last poll it is exact.
    fn losses(&mut self) -> Vec<Lost>;
}
