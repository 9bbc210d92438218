//! What records change, and how one is taken.

use std::sync::Arc;

use tracee_compiler::matcher::TargetSet;
use tracee_compiler::plan::Plan;
use tracee_compiler::process::{ContainerView, ProcessView, Text};
use tracee_ebpf::abi;
use tracee_lang::hir::PolicySet;
use tracee_lang::schema::{Event, Schema};

use super::fixed::Fixed;
use super::found::Found;
use super::losses::Losses;
use super::version::{Totals, Version};
use super::{Counters, Handled, ProcessLosses, Watched};
use crate::containers::Containers;
use crate::output::Output;
use crate::process_tree::{Limits, Process, ProcessTree, TreeCounters};
use crate::record::{BadRecord, Record};
use crate::whole_writer::WriteError;

/// Policies as they run, and what is known of processes and containers.
pub(super) struct State {
    pub(super) current: Version,
    /// The policies that the current ones replaced, while records may come that the kernel's filters of
    /// then let through.
    pub(super) previous: Option<Version>,
    /// [`abi::RECORD_GENERATION`] if the filters of the current policies are those of generation 1.
    pub(super) generation: u16,
    /// Whether it is counted what each selector let through.
    pub(super) counts_selectors: bool,
    /// What policies counted that are gone.
    pub(super) gone: Totals,
    pub(super) tree: ProcessTree,
    pub(super) containers: Containers,
    /// What was dropped of processes and containers that are forgotten.
    pub(super) forgotten: (TreeCounters, u64),
    pub(super) counters: Counters,
    pub(super) losses: Losses,
    pub(super) process_losses: Option<ProcessLosses>,
    matching: TargetSet,
    sight: Sight,
    message: String,
}

/// What a test sees and gives.
pub(super) struct Watching<'w> {
    /// The process instead of the one in the tree.
    pub(super) process: Option<&'w ProcessView>,
    /// Sees every event that is matched.
    pub(super) watch: &'w mut dyn FnMut(&Watched<'_>),
}

/// What matchers see of the process of an event, kept for the next event of the same one.
struct Sight {
    /// Whose it is, and how often views had changed; none before there was any.
    of: Option<(Option<Process>, u64)>,
    view: ProcessView,
}

impl Sight {
    const NONE: Self = Self {
        of: None,
        view: ProcessView::UNKNOWN,
    };

    fn of(
        &mut self,
        tree: &ProcessTree,
        process: Option<Process>,
        container: *const ContainerView,
        host: &str,
    ) -> Option<&ProcessView> {
        // What tells of a container is of no process.
        if process.is_none() && container.is_null() {
            return None;
        }
        let of = Some((process, tree.changes()));
        if self.of != of {
            match process {
                Some(process) => self.view = tree.view(process),
                None => self.view = ProcessView::UNKNOWN,
            }
            self.view.host = Text::new(host.as_bytes());
            self.of = of;
        }
        self.view.container = container;
        Some(&self.view)
    }
}

impl State {
    pub(super) fn new(
        schema: &Schema,
        policies: Arc<PolicySet>,
        plan: &Plan,
        matchers: tracee_compiler::matcher::Matchers,
    ) -> Self {
        Self {
            current: Version::new(policies, plan, matchers),
            previous: None,
            generation: 0,
            counts_selectors: false,
            gone: Totals::default(),
            tree: ProcessTree::new(schema, Limits::default()),
            containers: Containers::new(schema),
            forgotten: (TreeCounters::default(), 0),
            counters: Counters::default(),
            losses: Losses::new(schema),
            process_losses: None,
            matching: TargetSet::new(),
            sight: Sight::NONE,
            message: String::new(),
        }
    }

    /// Nothing is known of processes and containers any more.
    pub(super) fn forget(&mut self, schema: &Schema) {
        self.tree = ProcessTree::new(schema, Limits::default());
        self.tree.set_losses(self.counters.losses.total());
        self.containers = Containers::new(schema);
        self.sight = Sight::NONE;
    }

    /// Counts what is no record.
    #[cold]
    pub(super) fn bad(&mut self, error: BadRecord) -> Handled {
        self.counters.bad(&error);
        Handled::Bad(error)
    }

    /// Takes one record.
    pub(super) fn take(
        &mut self,
        fixed: &Fixed,
        record: Record<'_>,
        event: &Event,
        watching: Option<Watching<'_>>,
        output: &mut dyn Output,
    ) -> Result<(), WriteError> {
        let is_loss = self.losses.take(&record, &mut self.counters.losses);
        if is_loss {
            self.tree.set_losses(self.counters.losses.total());
        }
        let given = watching.as_ref().and_then(|watching| watching.process);
        let (mut process, mut container) = (None, std::ptr::null());
        if given.is_none() {
            self.containers.before(&record);
            container = self.containers.view(record.header().cgroup_id);
            process = self.tree.before(&record, !container.is_null());
        }
        // Only the kernel's filters have generations; what userland makes is for whoever runs now.
        let is_filtered = record.has(abi::RECORD_SELECTED);
        let is_current =
            !is_filtered || record.header().flags & abi::RECORD_GENERATION == self.generation;
        let version = match &mut self.previous {
            Some(previous) if !is_current => previous,
            _ => &mut self.current,
        };
        if let (true, Some(passed)) = (is_filtered, &mut version.passed) {
            passed.count(&record);
        }
        let mut result = Ok(());
        if record.is_internal() {
            self.counters.internal += 1;
        } else {
            self.counters.event(event.id);
            let own = self.sight.of(&self.tree, process, container, &fixed.host);
            let view = given.or(own);
            let matching = &mut self.matching;
            let run = version.matchers.run(record.as_bytes(), view, matching);
            if run.is_err() {
                // Not reached: `Record::parse` refuses whatever the matcher would.
                matching.clear();
            }
            if !matching.is_empty() || is_loss {
                let found = Found {
                    fixed,
                    record,
                    event,
                    process,
                    view,
                    is_given: given.is_some(),
                    is_loss,
                    tree: &self.tree,
                    losses: &self.losses,
                    process_losses: self.process_losses.as_ref(),
                };
                result = found.tell(
                    version,
                    matching,
                    &mut self.counters,
                    &mut self.message,
                    output,
                );
            }
            if let Some(watching) = watching {
                (watching.watch)(&Watched {
                    event,
                    record,
                    process: view,
                    matching,
                });
            }
        }
        if given.is_none() {
            self.tree.after(&record);
            self.containers.after(&record);
        }
        result
    }
}
