//! The engine: records in, selected events and detections out.
//!
//! ```text
//! record ─check→ tree (fork, exec …) ─match→ targets ─┬─ select → output.event
//!                                                     ├─ rule ──→ output.detection
//!                                                     └─ rule that is an OPA signature
//!                                                                 ─asked→ output.detection
//!                                   … tree (exit)
//! ```
//!
//! Enter at [`Engine::handle`]; `state` takes a record, and `found` tells outputs what came of it. The engine does no IO
//! of its own; [`crate::pipeline`] drives it from a source.

mod counters;
mod fixed;
mod found;
mod losses;
mod matched;
mod message;
mod passed;
mod signatures;
mod state;
mod targets;
mod version;
mod watched;

use std::sync::Arc;

use tracee_compiler::matcher::{Matchers, NotCompiled};
use tracee_compiler::plan::Plan;
use tracee_compiler::process::ProcessView;
use tracee_ebpf::abi;
use tracee_lang::hir::PolicySet;
use tracee_lang::schema::{EventId, Schema};

pub use counters::{Counters, EventCounts};
pub use matched::{Detection, MatchedEvent, OutputValue, SignatureMatch};
pub use passed::SelectorTotal;
pub use signatures::Unanswered;
pub use version::RuleTotal;
pub use watched::Watched;

use crate::output::{Lines, Output};
use crate::process_tree::TreeCounters;
use crate::record::{BadRecord, Record, RecordBuf};
use crate::source::Lost;
use crate::whole_writer::WriteError;
use fixed::Fixed;
use losses::Losses;
use state::{State, Watching};
use version::{Totals, Version};

/// What became of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handled {
    /// It was matched, or taken for the process tree.
    Done,
    /// It was no sound record of this schema; counted.
    Bad(BadRecord),
}

/// Everything that matching needs.
pub struct Engine {
    fixed: Fixed,
    state: State,
}

/// How many records of a process (by its host pid) were lost, at most.
pub type ProcessLosses = Box<dyn Fn(u32) -> u64 + Send>;

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("counters", &self.state.counters)
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// An engine for checked policies and what was compiled from them. `host` is the name of the
    /// machine that events are from.
    pub fn new(
        schema: Arc<Schema>,
        policies: Arc<PolicySet>,
        plan: &Plan,
        matchers: Matchers,
        host: &str,
    ) -> Self {
        let state = State::new(&schema, policies, plan, matchers);
        Self {
            fixed: Fixed::new(schema, host),
            state,
        }
    }

    /// Other policies from the next record on, with the processes that are known. Records that the
    /// kernel's filters of before let through are still decided by the policies of before; the new filters
    /// are of the other generation (see [`crate::live::LiveSource::replace_tables`]). No record of a
    /// generation that was replaced twice may come.
    pub fn replace(&mut self, policies: Arc<PolicySet>, plan: &Plan, matchers: Matchers) {
        let mut version = Version::new(policies, plan, matchers);
        if self.state.counts_selectors {
            version.count_selectors(&self.fixed.schema, plan);
        }
        let before = std::mem::replace(&mut self.state.current, version);
        if let Some(gone) = self.state.previous.replace(before) {
            self.state.gone.add(&gone);
        }
        self.state.generation ^= abi::RECORD_GENERATION;
    }

    /// What follows is from another file, of this machine: nothing is known of its processes and containers.
    pub fn move_to(&mut self, host: &str) {
        self.state.forgotten = (
            TreeCounters {
                running: 0,
                exited: 0,
                ..self.tree_counters()
            },
            self.dropped_containers(),
        );
        host.clone_into(&mut self.fixed.host);
        self.state.forget(&self.fixed.schema);
    }

    /// From now on counts what each selector of the kernel's filters lets through; `plan` is that of the
    /// current policies.
    pub fn count_selectors(&mut self, plan: &Plan) {
        self.state.counts_selectors = true;
        self.state.current.count_selectors(&self.fixed.schema, plan);
    }

    /// What each selector let through, if that is counted: by event, the most first.
    pub fn selector_totals(&self) -> Option<Vec<SelectorTotal>> {
        self.state
            .counts_selectors
            .then(|| self.totals().selectors())
    }

    /// The schema that records are of.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.fixed.schema
    }

    /// The policies.
    pub fn policies(&self) -> &PolicySet {
        &self.state.current.policies
    }

    /// What was counted so far.
    pub fn counters(&self) -> &Counters {
        &self.state.counters
    }

    /// What the process tree holds and had to drop.
    pub fn tree_counters(&self) -> TreeCounters {
        let (now, before) = (self.state.tree.counters(), self.state.forgotten.0);
        TreeCounters {
            dropped_exited: now.dropped_exited + before.dropped_exited,
            dropped_running: now.dropped_running + before.dropped_running,
            dropped_texts: now.dropped_texts + before.dropped_texts,
            ..now
        }
    }

    /// How many control groups of containers had to be forgotten to make place.
    pub fn dropped_containers(&self) -> u64 {
        self.state.containers.dropped() + self.state.forgotten.1
    }

    /// The rules that matched, by name, whatever policies they were in.
    pub fn rule_totals(&self) -> Vec<RuleTotal> {
        self.totals().rules()
    }

    /// The signatures that gave no answer, by name.
    pub fn unanswered(&self) -> Vec<(String, Unanswered)> {
        self.totals().unanswered()
    }

    /// Conditions of the policies of now that are interpreted, because no machine code could be made for them.
    pub fn not_compiled(&self) -> Option<NotCompiled> {
        self.state.current.matchers.not_compiled()
    }

    /// Signatures that gave no answer for the first time since this was last asked, by name, with why. A reload
    /// makes them new.
    pub fn newly_unanswered(&mut self) -> Vec<(String, String)> {
        let versions = self
            .state
            .previous
            .iter_mut()
            .chain([&mut self.state.current]);
        versions.flat_map(Version::newly_unanswered).collect()
    }

    fn totals(&self) -> Totals {
        let mut totals = self.state.gone.clone();
        for version in self.state.previous.iter().chain([&self.state.current]) {
            totals.add(version);
        }
        totals
    }

    /// Detections say from now on what was lost of their processes, not of all.
    pub fn tell_losses_by(&mut self, of_process: ProcessLosses) {
        self.state.process_losses = Some(of_process);
    }

    /// Forgets processes and counts: as if it had just been made.
    pub fn reset(&mut self) {
        self.state.counters = Counters::default();
        self.state.losses = Losses::new(&self.fixed.schema);
        self.state.current.reset();
        (self.state.previous, self.state.gone) = (None, Totals::default());
        self.state.forgotten = (TreeCounters::default(), 0);
        self.state.forget(&self.fixed.schema);
    }

    /// Takes one record and hands what policies say of it to `output`. The bytes must begin at a
    /// multiple of 8.
    ///
    /// # Errors
    /// The output can't be written.
    pub fn handle(&mut self, bytes: &[u8], output: &mut dyn Output) -> Result<Handled, WriteError> {
        self.take(bytes, None, output)
    }

    /// Like [`Engine::handle`], of a record that was checked by layouts of this schema.
    ///
    /// # Errors
    /// The output can't be written.
    pub fn handle_checked(
        &mut self,
        record: Record<'_>,
        output: &mut dyn Output,
    ) -> Result<Handled, WriteError> {
        match self.fixed.event(record.event()) {
            Some(event) => {
                let taken = self.state.take(&self.fixed, record, event, None, output);
                taken.map(|()| Handled::Done)
            }
            None => Ok(self.state.bad(BadRecord::UnknownEvent(record.event().0))),
        }
    }

    /// Like [`Engine::handle`], for tests: `watch` sees every event that is matched, once all is known of
    /// it, and `process` is its process instead of the one in the tree, which then takes
    /// nothing from the record.
    ///
    /// # Errors
    /// The output can't be written.
    pub fn handle_watched(
        &mut self,
        bytes: &[u8],
        process: Option<&ProcessView>,
        watch: &mut dyn FnMut(&Watched<'_>),
        output: &mut dyn Output,
    ) -> Result<Handled, WriteError> {
        self.take(bytes, Some(Watching { process, watch }), output)
    }

    fn take(
        &mut self,
        bytes: &[u8],
        watching: Option<Watching<'_>>,
        output: &mut dyn Output,
    ) -> Result<Handled, WriteError> {
        match self.fixed.parse(bytes) {
            Ok((record, event)) => {
                let taken = self
                    .state
                    .take(&self.fixed, record, event, watching, output);
                taken.map(|()| Handled::Done)
            }
            Err(error) => Ok(self.state.bad(error)),
        }
    }

    /// Turns what a source has lost since it was last asked into `lost` records, one per event, to
    /// be handled (and recorded) like any other.
    pub fn loss_records(&mut self, lost: &[Lost], now: u64) -> Vec<RecordBuf> {
        let counted = &mut self.state.counters.losses;
        let records = self
            .state
            .losses
            .records(&self.fixed.schema, lost, now, counted);
        self.state.tree.set_losses(counted.total());
        records
    }

    /// A `lost` record that counts for nobody here: of records that a recording lacks.
    pub fn loss_record(&self, event: EventId, count: u64, now: u64) -> Option<RecordBuf> {
        self.state
            .losses
            .record(&self.fixed.schema, event, count, now)
    }

    /// Turns lines that an output dropped into an `output_lost` record, to be handled next. Nothing if
    /// the schema has no such event.
    pub fn output_loss_record(
        &mut self,
        output: &str,
        lines: Lines,
        now: u64,
    ) -> Option<RecordBuf> {
        self.state.losses.output_record(output, lines, now)
    }
}
