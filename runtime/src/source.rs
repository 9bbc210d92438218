//! Where events come from: a live kernel or a replayed file. All sources yield records in the
//! format of `ebpf/bpf/abi.h`.

use std::time::Duration;

use tracee_lang::schema::EventId;

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

/// Records that a source could not deliver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lost {
    /// Of which event.
    pub event: EventId,
    /// How many, since the start.
    pub count: u64,
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
        take: &mut dyn FnMut(&[u8]),
    ) -> Result<Poll, Box<dyn std::error::Error + Send + Sync>>;

    /// Records lost so far, by event; events without losses are left out.
    fn losses(&mut self) -> Vec<Lost>;
}
