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
//! Enter at [`Engine::handle`]. The engine does no IO of its own; [`crate::pipeline`] drives it from
//! a source.

mod counters;
mod losses;
mod matched;
mod message;
mod passed;
mod signatures;
mod targets;
mod version;
mod watched;

use std::sync::Arc;

use tracee_compiler::matcher::{Matchers, NotCompiled, TargetSet, View};
use tracee_compiler::plan::{Plan, TargetKind};
use tracee_compiler::process::{ProcessView, Text};
use tracee_ebpf::abi;
use tracee_lang::context::ProcessField;
use tracee_lang::hir::{Expr, PolicySet, Rule};
use tracee_lang::interpreter;
use tracee_lang::schema::{Event, EventId, Schema};
use tracee_lang::value::Value;

pub use counters::{Counters, EventCounts};
pub use matched::{Detection, MatchedEvent, OutputValue, SignatureMatch};
pub use passed::SelectorTotal;
pub use signatures::Unanswered;
pub use version::RuleTotal;
pub use watched::Watched;

use crate::containers::Containers;
use crate::output::{Lines, Output};
use crate::process_tree::{Limits, ProcessTree, TreeCounters};
use crate::record::{BadRecord, Layouts, Record, RecordBuf};
use crate::source::Lost;
use crate::whole_writer::WriteError;
use losses::Losses;
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
    current: Version,
    /// The policies that the current ones replaced, while records may come that the kernel's filters of
    /// then let through.
    previous: Option<Version>,
    /// [`abi::RECORD_GENERATION`] if the filters of the current policies are those of generation 1.
    generation: u16,
    /// Whether it is counted what each selector let through.
    counts_selectors: bool,
    /// What policies counted that are gone.
    gone: Totals,
    tree: ProcessTree,
    containers: Containers,
    /// What was dropped of processes and containers that are forgotten.
    forgotten: (TreeCounters, u64),
    counters: Counters,
    losses: Losses,
    process_losses: Option<ProcessLosses>,
    matching: TargetSet,
    message: String,
}

/// How many records of a process (by its host pid) were lost, at most.
pub type ProcessLosses = Box<dyn Fn(u32) -> u64 + Send>;

/// What records do not change.
struct Fixed {
    schema: Arc<Schema>,
    /// Where in the schema's list the event with a number is.
    events: Vec<Option<u32>>,
    layouts: Layouts,
    host: String,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("counters", &self.counters)
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
        let losses = Losses::new(&schema);
        let tree = ProcessTree::new(&schema, Limits::default());
        let containers = Containers::new(&schema);
        let layouts = Layouts::new(&schema);
        let fixed = Fixed {
            events: places(&schema),
            schema,
            layouts,
            host: host.to_owned(),
        };
        Self {
            fixed,
            current: Version::new(policies, plan, matchers),
            previous: None,
            generation: 0,
            counts_selectors: false,
            gone: Totals::default(),
            tree,
            containers,
            forgotten: (TreeCounters::default(), 0),
            counters: Counters::default(),
            losses,
            process_losses: None,
            matching: TargetSet::new(),
            message: String::new(),
        }
    }

    /// Other policies from the next record on, with the processes that are known. Records that the
    /// kernel's filters of before let through are still decided by the policies of before; the new filters
    /// are of the other generation (see [`crate::live::LiveSource::replace_tables`]). No record of a
    /// generation that was replaced twice may come.
    pub fn replace(&mut self, policies: Arc<PolicySet>, plan: &Plan, matchers: Matchers) {
        let mut version = Version::new(policies, plan, matchers);
        if self.counts_selectors {
            version.count_selectors(&self.fixed.schema, plan);
        }
        let before = std::mem::replace(&mut self.current, version);
        if let Some(gone) = self.previous.replace(before) {
            self.gone.add(&gone);
        }
        self.generation ^= abi::RECORD_GENERATION;
    }

    /// What follows is from another file, of this machine: nothing is known of its processes and containers.
    pub fn move_to(&mut self, host: &str) {
        self.forgotten = (
            TreeCounters {
                running: 0,
                exited: 0,
                ..self.tree_counters()
            },
            self.dropped_containers(),
        );
        host.clone_into(&mut self.fixed.host);
        self.tree = ProcessTree::new(&self.fixed.schema, Limits::default());
        self.containers = Containers::new(&self.fixed.schema);
    }

    /// From now on counts what each selector of the kernel's filters lets through; `plan` is that of the
    /// current policies.
    pub fn count_selectors(&mut self, plan: &Plan) {
        self.counts_selectors = true;
        self.current.count_selectors(&self.fixed.schema, plan);
    }

    /// What each selector let through, if that is counted: by event, the most first.
    pub fn selector_totals(&self) -> Option<Vec<SelectorTotal>> {
        self.counts_selectors.then(|| self.totals().selectors())
    }

    /// The schema that records are of.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.fixed.schema
    }

    /// The policies.
    pub fn policies(&self) -> &PolicySet {
        &self.current.policies
    }

    /// What was counted so far.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// What the process tree holds and had to drop.
    pub fn tree_counters(&self) -> TreeCounters {
        let (now, before) = (self.tree.counters(), self.forgotten.0);
        TreeCounters {
            dropped_exited: now.dropped_exited + before.dropped_exited,
            dropped_running: now.dropped_running + before.dropped_running,
            dropped_texts: now.dropped_texts + before.dropped_texts,
            ..now
        }
    }

    /// How many control groups of containers had to be forgotten to make place.
    pub fn dropped_containers(&self) -> u64 {
        self.containers.dropped() + self.forgotten.1
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
        self.current.matchers.not_compiled()
    }

    /// Signatures that gave no answer for the first time since this was last asked, by name, with why. A reload
    /// makes them new.
    pub fn newly_unanswered(&mut self) -> Vec<(String, String)> {
        let versions = self.previous.iter_mut().chain([&mut self.current]);
        versions.flat_map(Version::newly_unanswered).collect()
    }

    fn totals(&self) -> Totals {
        let mut totals = self.gone.clone();
        for version in self.previous.iter().chain([&self.current]) {
            totals.add(version);
        }
        totals
    }

    /// Detections say from now on what was lost of their processes, not of all.
    pub fn tell_losses_by(&mut self, of_process: ProcessLosses) {
        self.process_losses = Some(of_process);
    }

    /// Forgets processes and counts: as if it had just been made.
    pub fn reset(&mut self) {
        self.counters = Counters::default();
        self.losses = Losses::new(&self.fixed.schema);
        self.current.reset();
        (self.previous, self.gone) = (None, Totals::default());
        self.forgotten = (TreeCounters::default(), 0);
        self.tree = ProcessTree::new(&self.fixed.schema, Limits::default());
        self.containers = Containers::new(&self.fixed.schema);
    }

    /// Takes one record and hands what policies say of it to `output`. The bytes must begin at a
    /// multiple of 8.
    ///
    /// # Errors
    /// The output can't be written.
    pub fn handle(&mut self, bytes: &[u8], output: &mut dyn Output) -> Result<Handled, WriteError> {
        self.handle_watched(bytes, None, &mut |_| {}, output)
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
        let given = process;
        let Self {
            fixed,
            current,
            previous,
            generation,
            counts_selectors: _,
            gone: _,
            tree,
            containers,
            forgotten: _,
            counters,
            losses,
            process_losses,
            matching,
            message,
        } = self;
        let (record, event) = match fixed.parse(bytes) {
            Ok(parsed) => parsed,
            Err(error) => {
                counters.bad(&error);
                return Ok(Handled::Bad(error));
            }
        };
        let is_loss = losses.take(&record, &mut counters.losses);
        tree.set_losses(counters.losses.total());
        if given.is_none() {
            containers.before(&record);
        }
        let container = containers.view(record.header().cgroup_id);
        let process = match given {
            Some(_) => None,
            None => tree.before(&record, !container.is_null()),
        };
        // Only the kernel's filters have generations; what userland makes is for whoever runs now.
        let is_filtered = record.has(abi::RECORD_SELECTED);
        let is_current =
            !is_filtered || record.header().flags & abi::RECORD_GENERATION == *generation;
        let version = match previous {
            Some(previous) if !is_current => previous,
            _ => current,
        };
        if let (true, Some(passed)) = (is_filtered, &mut version.passed) {
            passed.count(&record);
        }
        if record.is_internal() {
            counters.internal += 1;
            tree.after(&record);
            containers.after(&record);
            return Ok(Handled::Done);
        }
        counters.event(event.id);
        let view = given.copied().or_else(|| {
            // What tells of a container is of no process.
            let nobody = (!container.is_null()).then_some(ProcessView::UNKNOWN);
            let known = process.map(|process| tree.view(process)).or(nobody)?;
            Some(ProcessView {
                container,
                host: Text::new(fixed.host.as_bytes()),
                ..known
            })
        });
        if version
            .matchers
            .run(bytes, view.as_ref(), matching)
            .is_err()
        {
            // Not reached: `Record::parse` refuses whatever the matcher would.
            matching.clear();
        }
        if matching.is_empty() && !is_loss {
            watch(&Watched {
                event,
                record,
                process: view.as_ref(),
                matching,
            });
            if given.is_none() {
                tree.after(&record);
                containers.after(&record);
            }
            return Ok(Handled::Done);
        }
        let all = version.targets.matching(event.id, matching).copied();
        let (asked, found): (Vec<_>, Vec<_>) = all.partition(|target| target.is_signature);
        let policies = Arc::clone(&version.policies);
        let policies = &policies.policies;
        let mut names: Vec<_> = found.iter().map(|target| target.policy).collect();
        // They come policy by policy.
        names.dedup();
        let names: Vec<_> = names.iter().map(|&at| policies[at].name.as_str()).collect();
        let exe = given.map(|view| view.value(ProcessField::Exe));
        let matched = MatchedEvent {
            schema: &fixed.schema,
            event,
            record,
            exe: match &exe {
                Some(Value::Bytes(exe)) => Some(exe),
                _ => process.and_then(|process| tree.exe(process)),
            },
            host: &fixed.host,
            container: view.as_ref().and_then(ProcessView::container),
            policies: &names,
        };
        let mut result = Ok(());
        // A loss concerns everyone, whatever they selected.
        if is_loss || found.iter().any(|target| target.kind == TargetKind::Select) {
            counters.selected += 1;
            result = output.event(&matched);
        }
        let is_detected = !asked.is_empty() || !found.is_empty();
        let lost = match (process, process_losses) {
            (None, _) => counters.losses.total(),
            (Some(process), None) => tree.losses_since(process),
            (Some(_), Some(of_process)) if is_detected && counters.losses.total() > 0 => {
                let own = of_process(record.header().host_pid);
                own.saturating_add(losses.of_nobody())
            }
            (Some(_), Some(_)) => 0,
        };
        for target in &found {
            let TargetKind::Rule(at) = target.kind else {
                continue;
            };
            version.count_detection(target.policy, at);
            let policy = &policies[target.policy];
            let rule = &policy.rules[at];
            let values = View::new(&fixed.schema, bytes, view.as_ref());
            let message = values
                .as_ref()
                .and_then(|values| fixed.message(rule, event, values, message));
            let said = values
                .as_ref()
                .map(|values| output_of(rule, event, values))
                .unwrap_or_default();
            let detection = Detection {
                policy,
                rule,
                message,
                output: &said,
                signature: None,
                lost,
                event: matched,
            };
            result = result.and(output.detection(&detection));
        }
        // What is native is out, whatever signatures need now.
        let holds = |condition: &Expr| {
            View::new(&fixed.schema, bytes, view.as_ref())
                .is_some_and(|view| interpreter::matches(condition, &view))
        };
        let matches = signatures::ask(&asked, &matched, &mut version.signatures, matching, &holds);
        watch(&Watched {
            event,
            record,
            process: view.as_ref(),
            matching,
        });
        let mut names = match matches.is_empty() {
            true => Vec::new(),
            false => names.clone(),
        };
        for (target, _) in &matches {
            let name = policies[target.policy].name.as_str();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let matched = MatchedEvent {
            policies: &names,
            ..matched
        };
        for (target, data) in &matches {
            let TargetKind::Rule(at) = target.kind else {
                continue;
            };
            version.count_detection(target.policy, at);
            let policy = &policies[target.policy];
            let rule = &policy.rules[at];
            let properties = version.signatures.properties(target.policy, at);
            let detection = Detection {
                policy,
                rule,
                message: None,
                output: &[],
                signature: signatures::said(rule, properties, data),
                lost,
                event: matched,
            };
            result = result.and(output.detection(&detection));
        }
        if given.is_none() {
            tree.after(&record);
            containers.after(&record);
        }
        result.map(|()| Handled::Done)
    }

    /// Turns what a source has lost since it was last asked into `lost` records, one per event, to
    /// be handled (and recorded) like any other.
    pub fn loss_records(&mut self, lost: &[Lost], now: u64) -> Vec<RecordBuf> {
        self.losses
            .records(&self.fixed.schema, lost, now, &mut self.counters.losses)
    }

    /// A `lost` record that counts for nobody here: of records that a recording lacks.
    pub fn loss_record(&self, event: EventId, count: u64, now: u64) -> Option<RecordBuf> {
        self.losses.record(&self.fixed.schema, event, count, now)
    }

    /// Turns lines that an output dropped into an `output_lost` record, to be handled next. Nothing if
    /// the schema has no such event.
    pub fn output_loss_record(
        &mut self,
        output: &str,
        lines: Lines,
        now: u64,
    ) -> Option<RecordBuf> {
        self.losses.output_record(output, lines, now)
    }
}

/// Where in the schema's list each event is, by number.
fn places(schema: &Schema) -> Vec<Option<u32>> {
    let mut places = Vec::new();
    for (at, event) in schema.events.iter().enumerate() {
        let id = usize::from(event.id.0);
        if places.len() <= id {
            places.resize(id + 1, None);
        }
        places[id] = Some(at as u32);
    }
    places
}

impl Fixed {
    fn parse<'a>(&'a self, bytes: &'a [u8]) -> Result<(Record<'a>, &'a Event), BadRecord> {
        let record = Record::parse(bytes, &self.layouts)?;
        let id = record.event().0;
        let at = self.events.get(usize::from(id)).copied().flatten();
        at.and_then(|at| self.schema.events.get(at as usize))
            .map(|event| (record, event))
            .ok_or(BadRecord::UnknownEvent(id))
    }

    /// The rule's message for a record, in `buffer`.
    fn message<'m>(
        &self,
        rule: &Rule,
        event: &Event,
        view: &View<'_>,
        buffer: &'m mut String,
    ) -> Option<&'m str> {
        let parts = rule.message.as_ref()?;
        buffer.clear();
        message::render(buffer, parts, &self.schema, event, view);
        Some(buffer)
    }
}

/// What the rule's output says of an event.
fn output_of<'a>(rule: &'a Rule, event: &Event, view: &'a View<'_>) -> Vec<OutputValue<'a>> {
    let fields = rule.output.iter();
    let values = fields.filter_map(|field| {
        let (_, operand, ty) = field.values.iter().find(|(id, ..)| *id == event.id)?;
        Some(OutputValue {
            name: &field.name,
            ty,
            value: interpreter::value(operand, view),
        })
    });
    values.collect()
}
