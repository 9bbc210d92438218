//! From a source to outputs: what `tracee run` does between starting and stopping.
//!
//! ```text
//! source ─records→ recorder, engine ─→ outputs
//!    └─losses→ `lost` records ─→ the same way
//! ```

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tracee_ebpf::abi::RecordHeader;
use zerocopy::FromBytes as _;

use crate::containers::{CgroupLookup, ContainerCounters};
use crate::engine::{Engine, Handled};
use crate::output::{Output as _, Outputs};
use crate::recording::Recorder;
use crate::replay::ReplayReport;
use crate::source::{Poll, Source};
use crate::summary::Summary;
use crate::whole_writer::WriteError;

/// What ends a run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The source can't go on.
    #[error("{0}")]
    Source(Box<dyn std::error::Error + Send + Sync>),
    /// An output can't be written; [`WriteError::Closed`] is how `| head` ends a run.
    #[error("{0}")]
    Output(WriteError),
    /// The recording can't be written.
    #[error("{0}")]
    Recording(WriteError),
}

/// An engine with its outputs, and a recording if one is made.
#[derive(Debug)]
pub struct Pipeline {
    engine: Engine,
    outputs: Outputs,
    recorder: Option<Recorder>,
    lookup: Option<CgroupLookup>,
}

impl Pipeline {
    /// Connects them.
    pub fn new(engine: Engine, outputs: Outputs, recorder: Option<Recorder>) -> Self {
        Self {
            engine,
            outputs,
            recorder,
            lookup: None,
        }
    }

    /// Looks for the container of each control group that records are from. Without, a run knows of
    /// those that its source has records of.
    pub fn look_for_containers(&mut self, lookup: CgroupLookup) {
        self.lookup = Some(lookup);
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Takes one record: from [`crate::process_tree::proc_scan`], before the source is polled, or
    /// from a test. The bytes must begin at a multiple of 8.
    ///
    /// # Errors
    /// An output or the recording can't be written.
    pub fn take(&mut self, bytes: &[u8]) -> Result<(), RunError> {
        if let Some(lookup) = &mut self.lookup
            && let Ok((header, _)) = RecordHeader::ref_from_prefix(bytes)
            && let Some(told) = lookup.before(header)
        {
            self.take_one(told.as_bytes())?;
        }
        self.take_one(bytes)
    }

    fn take_one(&mut self, bytes: &[u8]) -> Result<(), RunError> {
        let handled = self.engine.handle(bytes, &mut self.outputs);
        // An output that failed doesn't take the event out of the recording.
        if !matches!(handled, Ok(Handled::Bad(_)))
            && let Some(recorder) = &mut self.recorder
        {
            recorder.record(bytes).map_err(RunError::Recording)?;
        }
        handled.map(|_| ()).map_err(RunError::Output)
    }

    /// Polls the source once, takes its records and then its losses, and flushes.
    ///
    /// # Errors
    /// The first that any part had.
    pub fn poll(&mut self, source: &mut dyn Source, timeout: Duration) -> Result<Poll, RunError> {
        let mut result = Ok(());
        let poll = source
            .poll(timeout, &mut |bytes| {
                if result.is_ok() {
                    result = self.take(bytes);
                }
            })
            .map_err(RunError::Source);
        result?;
        self.take_losses(source)?;
        self.outputs.flush().map_err(RunError::Output)?;
        poll
    }

    /// Says what the source lost since it was last asked.
    fn take_losses(&mut self, source: &mut dyn Source) -> Result<(), RunError> {
        let lost = source.losses();
        if lost.is_empty() {
            return Ok(());
        }
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let now = u64::try_from(now.as_nanos()).unwrap_or_default();
        for record in self.engine.loss_records(&lost, now) {
            self.take(record.as_bytes())?;
        }
        Ok(())
    }

    /// Ends the run: flushes, ends the recording, and sums up. To be called after an error, too:
    /// the summary is right in any case.
    ///
    /// # Errors
    /// Beside the summary, the first that writing had.
    pub fn finish(mut self, replay: Option<&ReplayReport>) -> (Summary, Result<(), RunError>) {
        let mut result = self.outputs.flush().map_err(RunError::Output);
        if let Some(recorder) = self.recorder.take() {
            let recorded = recorder.finish().map_err(RunError::Recording);
            result = result.and(recorded.map(|_| ()));
        }
        let containers = ContainerCounters {
            dropped: self.engine.dropped_containers(),
            unresolved: self.lookup.map_or(0, |lookup| lookup.unresolved()),
        };
        let summary = Summary::new(&self.engine, containers, replay);
        (summary, result)
    }
}
