//! From a source to outputs: what `tracee run` does between starting and stopping.
//!
//! ```text
//! source ─records→ recorder, engine ─→ outputs
//!    └─losses→ `lost` records ─→ the same way
//! outputs ─dropped→ `output_lost` records ─→ engine ─→ outputs
//! recorder ─dropped→ `lost` records ─→ recorder
//! ```

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tracee_compiler::Learned;
use tracee_compiler::matcher::Matchers;
use tracee_compiler::plan::Plan;
use tracee_ebpf::abi::RecordHeader;
use tracee_lang::hir::PolicySet;
use tracee_lang::schema::EventId;
use zerocopy::FromBytes as _;

use crate::containers::{CgroupLookup, ContainerCounters};
use crate::engine::{Engine, Handled, ProcessLosses};
use crate::executables::{ExecutableCounters, ExecutableDigests};
use crate::output::{Lines, Output as _, Outputs};
use crate::queue::Counts;
use crate::record::RecordBuf;
use crate::recording::Recorder;
use crate::replay::ReplayReport;
use crate::source::{Arriving, Poll, Source};
use crate::summary::Summary;
use crate::users::UserNames;
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
    users: Option<UserNames>,
    digests: Option<ExecutableDigests>,
    /// What was not known while policies asked before.
    executables: ExecutableCounters,
    /// What was said of lines that outputs dropped, by their place.
    said_outputs: HashMap<usize, Lines>,
    /// What was said of records that the recording lacks, by the number of their event.
    said_recording: Counts,
}

impl Pipeline {
    /// Connects them.
    pub fn new(engine: Engine, outputs: Outputs, recorder: Option<Recorder>) -> Self {
        Self {
            engine,
            outputs,
            recorder,
            lookup: None,
            users: None,
            digests: None,
            executables: ExecutableCounters::default(),
            said_outputs: HashMap::new(),
            said_recording: Counts::new(),
        }
    }

    /// Looks for the container of each control group that records are from. Without, a run knows of
    /// those that its source has records of.
    pub fn look_for_containers(&mut self, lookup: CgroupLookup) {
        self.lookup = Some(lookup);
    }

    /// Detections say what was lost of their own processes.
    pub fn tell_losses_by(&mut self, of_process: ProcessLosses) {
        self.engine.tell_losses_by(of_process);
    }

    /// Tells what users are called and what executables hash to from now on, if that is asked for: of what is there
    /// already once it is taken again ([`crate::process_tree::proc_scan`]).
    ///
    /// # Errors
    /// An output or the recording can't be written, of what waited for what isn't asked for any more.
    pub fn learn(&mut self, learned: Learned, root: &Path) -> Result<(), RunError> {
        let schema = self.engine.schema();
        match learned.user {
            Some(_) if self.users.is_none() => self.users = Some(UserNames::new(schema, root)),
            Some(_) => {}
            None => self.users = None,
        }
        match learned.digest {
            Some(_) if self.digests.is_none() => {
                self.digests = Some(ExecutableDigests::new(schema))
            }
            Some(_) => {}
            None => {
                if let Some(mut digests) = self.digests.take() {
                    self.executables = self.executables.and(digests.counters());
                    let waited = digests.release();
                    return self.take_known(waited);
                }
            }
        }
        Ok(())
    }

    /// Takes what there is to say of the containers that are there, if they are looked for.
    ///
    /// # Errors
    /// An output or the recording can't be written.
    pub fn take_existing_containers(&mut self) -> Result<(), RunError> {
        let existing = self.lookup.as_mut().map(CgroupLookup::existing);
        self.take_all(existing.unwrap_or_default())
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
        {
            let turn = lookup.turn(header, bytes);
            self.take_all(turn.before)?;
            if !turn.waits {
                self.take_contained(bytes)?;
            }
            return self.take_all(turn.after);
        }
        self.take_contained(bytes)
    }

    /// Takes one record from the source.
    fn take_arriving(&mut self, arriving: Arriving<'_>) -> Result<(), RunError> {
        let looks_up = self.lookup.is_some() || self.users.is_some() || self.digests.is_some();
        match arriving {
            Arriving::Checked(record) if !looks_up => {
                let handled = self.engine.handle_checked(record, &mut self.outputs);
                self.record(handled, record.as_bytes())
            }
            _ => self.take(arriving.bytes()),
        }
    }

    /// Takes one record whose container is known, as far as it will be.
    fn take_contained(&mut self, bytes: &[u8]) -> Result<(), RunError> {
        if self.users.is_none() && self.digests.is_none() {
            return self.take_one(bytes);
        }
        let Ok((header, _)) = RecordHeader::ref_from_prefix(bytes) else {
            return self.take_one(bytes);
        };
        let user = self.users.as_mut().and_then(|users| users.before(header));
        if let Some(record) = user {
            self.take_one(record.as_bytes())?;
        }
        let Some(digests) = &mut self.digests else {
            return self.take_one(bytes);
        };
        let turn = digests.turn(header, bytes);
        self.take_known(turn.before)?;
        if !turn.waits {
            self.take_one(bytes)?;
        }
        self.take_known(turn.after)
    }

    /// Takes what waited for all that there is to know.
    fn take_known(&mut self, records: Vec<RecordBuf>) -> Result<(), RunError> {
        for record in records {
            self.take_one(record.as_bytes())?;
        }
        Ok(())
    }

    fn take_all(&mut self, records: Vec<RecordBuf>) -> Result<(), RunError> {
        for record in records {
            self.take_contained(record.as_bytes())?;
        }
        Ok(())
    }

    fn take_one(&mut self, bytes: &[u8]) -> Result<(), RunError> {
        let handled = self.engine.handle(bytes, &mut self.outputs);
        self.record(handled, bytes)
    }

    /// Writes a record into the recording.
    fn record(
        &mut self,
        handled: Result<Handled, WriteError>,
        bytes: &[u8],
    ) -> Result<(), RunError> {
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
            .poll(timeout, &mut |arriving| {
                if result.is_ok()
                    && let Err(error) = self.take_arriving(arriving)
                {
                    result = Err(error);
                }
            })
            .map_err(RunError::Source);
        result?;
        let ready = self.lookup.as_mut().map(CgroupLookup::ready);
        self.take_all(ready.unwrap_or_default())?;
        let named = self.users.as_mut().map(|users| users.ready(Instant::now()));
        self.take_known(named.unwrap_or_default())?;
        let digested = self.digests.as_mut().map(ExecutableDigests::ready);
        self.take_known(digested.unwrap_or_default())?;
        self.take_losses(source)?;
        self.flush()?;
        poll
    }

    /// Goes on with other policies: see [`Engine::replace`].
    ///
    /// # Errors
    /// An output or the recording can't be written; what waited for containers is taken before.
    pub fn replace(
        &mut self,
        policies: Arc<PolicySet>,
        plan: &Plan,
        matchers: Matchers,
    ) -> Result<(), RunError> {
        // The engine knows no policies but those of now and of before.
        let waited = self.lookup.as_mut().map(CgroupLookup::release);
        let mut result = self.take_all(waited.unwrap_or_default());
        let waited = self.digests.as_mut().map(ExecutableDigests::release);
        result = result.and(self.take_known(waited.unwrap_or_default()));
        self.engine.replace(policies, plan, matchers);
        result
    }

    /// Goes on with another file: see [`Engine::move_to`].
    pub fn move_to(&mut self, host: &str) {
        self.engine.move_to(host);
    }

    /// What went wrong with writing since this was last asked, and is tried again.
    pub fn troubles(&mut self) -> Vec<String> {
        let mut troubles = self.outputs.troubles();
        troubles.extend(self.recorder.as_mut().and_then(Recorder::trouble));
        troubles
    }

    /// See [`Engine::newly_unanswered`].
    pub fn newly_unanswered(&mut self) -> Vec<(String, String)> {
        self.engine.newly_unanswered()
    }

    /// Hands on what was written, and says what was dropped.
    fn flush(&mut self) -> Result<(), RunError> {
        self.outputs.flush().map_err(RunError::Output)?;
        self.say_what_outputs_dropped()?;
        self.say_what_the_recording_lacks()?;
        match self.outputs.all_closed() {
            Some(closed) => Err(RunError::Output(closed)),
            None => Ok(()),
        }
    }

    fn say_what_outputs_dropped(&mut self) -> Result<(), RunError> {
        for (at, output, lines) in self.outputs.dropped() {
            let said = self.said_outputs.insert(at, lines).unwrap_or_default();
            let grown = lines.since(said);
            if grown == Lines::default() {
                continue;
            }
            if let Some(record) = self.engine.output_loss_record(&output, grown, now()) {
                let handled = self.engine.handle(record.as_bytes(), &mut self.outputs);
                handled.map_err(RunError::Output)?;
            }
        }
        Ok(())
    }

    fn say_what_the_recording_lacks(&mut self) -> Result<(), RunError> {
        let Some(recorder) = &mut self.recorder else {
            return Ok(());
        };
        for (event, count) in recorder.dropped() {
            let said = self.said_recording.insert(event, count).unwrap_or_default();
            let (event, grown) = (EventId(event), count.saturating_sub(said));
            if grown == 0 {
                continue;
            }
            if let Some(record) = self.engine.loss_record(event, grown, now()) {
                recorder
                    .record(record.as_bytes())
                    .map_err(RunError::Recording)?;
            }
        }
        Ok(())
    }

    /// Says what the source lost since it was last asked.
    fn take_losses(&mut self, source: &mut dyn Source) -> Result<(), RunError> {
        let lost = source.losses();
        if lost.is_empty() {
            return Ok(());
        }
        for record in self.engine.loss_records(&lost, now()) {
            self.take(record.as_bytes())?;
        }
        Ok(())
    }

    /// Ends the run: flushes, ends the recording, and sums up. To be called after an error, too:
    /// the summary is right in any case. `replayed` is what was read of each file, if files were.
    ///
    /// # Errors
    /// Beside the summary, the first that writing had.
    pub fn finish(mut self, replayed: &[ReplayReport]) -> (Summary, Result<(), RunError>) {
        let waited = self.lookup.as_mut().map(CgroupLookup::settle);
        let mut result = self.take_all(waited.unwrap_or_default());
        let waited = self.digests.as_mut().map(ExecutableDigests::settle);
        result = result.and(self.take_known(waited.unwrap_or_default()));
        result = result.and(self.outputs.flush().map_err(RunError::Output));
        // Whatever was dropped is said once there is room again.
        self.outputs.settle();
        result = result.and(self.say_what_outputs_dropped());
        let outputs = self.outputs.finish();
        if let Some(failure) = outputs.iter().find_map(|output| output.failure.clone()) {
            let error = self.outputs.all_closed();
            let error = error.unwrap_or(WriteError::Unfinished(failure));
            result = result.and(Err(RunError::Output(error)));
        }
        let containers = ContainerCounters {
            dropped: self.engine.dropped_containers(),
            unresolved: self.lookup.as_ref().map_or(0, CgroupLookup::unresolved),
            unnamed: self.lookup.as_ref().map_or(0, CgroupLookup::unnamed),
        };
        let digests = self.digests.as_ref().map(ExecutableDigests::counters);
        let executables = self.executables.and(digests.unwrap_or_default());
        let mut recording = None;
        if let Some(recorder) = &mut self.recorder {
            recorder.settle();
        }
        result = result.and(self.say_what_the_recording_lacks());
        if let Some(recorder) = self.recorder.take() {
            match recorder.finish() {
                Ok(recorded) => {
                    if let Some(why) = recorded.failure.clone() {
                        let error = RunError::Recording(WriteError::Unfinished(why));
                        result = result.and(Err(error));
                    }
                    recording = Some(recorded);
                }
                Err(error) => result = result.and(Err(RunError::Recording(error))),
            }
        }
        let summary = Summary::new(
            &self.engine,
            containers,
            executables,
            replayed,
            outputs,
            recording.as_ref(),
        );
        (summary, result)
    }
}

/// Nanoseconds since the epoch.
pub(crate) fn now() -> u64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(now.as_nanos()).unwrap_or_default()
}
