//! What a run amounted to: for a person as lines, for programs as data.

use serde::Serialize;
use tracee_compiler::matcher::NotCompiled;
use tracee_lang::schema::EventId;

use crate::containers::ContainerCounters;
use crate::engine::{Engine, SelectorTotal, Unanswered};
use crate::executables::ExecutableCounters;
use crate::kernel_stats::KernelStats;
use crate::output::{Lines, OutputReport};
use crate::process_tree::TreeCounters;
use crate::recording::Recorded;
use crate::replay::{Names, ReplayReport};
use crate::text::Shown;

/// The summary of a run.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// Events that were matched, most frequent first.
    pub events: Vec<EventCount>,
    /// How many of them went to outputs because a policy selected them.
    pub selected: u64,
    /// Rules that matched, the worst first.
    pub detections: Vec<RuleCount>,
    /// OPA signatures that gave no answer.
    pub signatures: Vec<SignatureCount>,
    /// Conditions that were interpreted, because no machine code could be made for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_compiled: Option<NotCompiled>,
    /// Events that were lost, by name.
    pub losses: Names,
    /// Records that were not sound; a defect of the source.
    pub bad_records: u64,
    /// What was wrong with the first of them.
    pub first_bad: Option<String>,
    /// What the process tree holds and had to drop.
    pub tree: TreeCounters,
    /// What is not known of containers.
    pub containers: ContainerCounters,
    /// Executables whose digest is not known.
    pub executables: ExecutableCounters,
    /// What became of outputs that a live run does not wait for.
    pub outputs: Vec<OutputReport>,
    /// Records that a live run's recording lacks, by event.
    pub not_recorded: Names,
    /// If the kernel measured (`--stats`): what its programs cost, and what became of events there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kernel: Option<KernelStats>,
    /// With that: how many records each selector of the kernel's filters let through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selectors: Option<Vec<SelectorTotal>>,
    /// Of each file that was replayed: what of it could be used.
    pub replay: Vec<ReplayReport>,
}

/// How often an event was matched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventCount {
    /// Its name.
    pub event: String,
    /// How often.
    pub count: u64,
}

/// How often a rule matched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleCount {
    /// Its qualified name.
    pub rule: String,
    /// `info` … `critical`.
    pub severity: &'static str,
    /// Its title.
    pub title: Option<String>,
    /// How often.
    pub count: u64,
}

/// How often an OPA signature gave no answer: what it would have said is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignatureCount {
    /// Its qualified name.
    pub rule: String,
    /// Why, and how often.
    #[serde(flatten)]
    pub unanswered: Unanswered,
}

impl Summary {
    /// Sums up what an engine counted.
    pub fn new(
        engine: &Engine,
        containers: ContainerCounters,
        executables: ExecutableCounters,
        replayed: &[ReplayReport],
        outputs: Vec<OutputReport>,
        recorded: Option<&Recorded>,
    ) -> Self {
        let counters = engine.counters();
        let name = |id: EventId| match engine.schema().event(id) {
            Some(event) => event.name.clone(),
            None => id.0.to_string(),
        };
        let counts = counters.events.iter();
        let mut events: Vec<_> = counts
            .map(|(id, count)| EventCount {
                event: name(id),
                count,
            })
            .collect();
        events.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.event.cmp(&b.event)));
        let mut detections = engine.rule_totals();
        detections.sort_by(|a, b| {
            b.severity
                .cmp(&a.severity)
                .then(b.count.cmp(&a.count))
                .then_with(|| a.rule.cmp(&b.rule))
        });
        let detections = detections.into_iter().map(|total| RuleCount {
            rule: total.rule,
            severity: total.severity.name(),
            title: total.title,
            count: total.count,
        });
        let signatures = engine.unanswered().into_iter();
        let signatures = signatures.map(|(rule, unanswered)| SignatureCount { rule, unanswered });
        let mut not_recorded = Names::default();
        for (&event, &count) in recorded.iter().flat_map(|recorded| &recorded.dropped) {
            not_recorded.add(&name(EventId(event)), count);
        }
        Self {
            events,
            selected: counters.selected,
            detections: detections.collect(),
            signatures: signatures.collect(),
            not_compiled: engine.not_compiled(),
            losses: counters.losses.clone(),
            bad_records: counters.bad_records,
            first_bad: counters.first_bad.clone(),
            tree: engine.tree_counters(),
            containers,
            executables,
            outputs,
            not_recorded,
            kernel: None,
            selectors: engine.selector_totals(),
            replay: replayed.to_vec(),
        }
    }

    /// The summary for a person, without line ends.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let total: u64 = self.events.iter().map(|event| event.count).sum();
        lines.push(format!(
            "events: {total}, {} of them selected",
            self.selected
        ));
        let width = self
            .events
            .iter()
            .map(|event| event.event.len())
            .max()
            .unwrap_or(0);
        for EventCount { event, count } in &self.events {
            lines.push(format!("  {event:<width$}  {count}"));
        }
        let total: u64 = self.detections.iter().map(|rule| rule.count).sum();
        lines.push(format!("detections: {total}"));
        let width = self
            .detections
            .iter()
            .map(|rule| rule.rule.len())
            .max()
            .unwrap_or(0);
        for RuleCount {
            rule,
            severity,
            title,
            count,
        } in &self.detections
        {
            let title = title.as_deref().unwrap_or_default();
            let line = format!("  {severity:<8}  {rule:<width$}  {count:>6}  {title}");
            lines.push(line.trim_end().to_owned());
        }
        self.signature_lines(&mut lines);
        if let Some(NotCompiled { conditions, reason }) = &self.not_compiled {
            lines.push(format!(
                "{conditions} conditions were interpreted, not compiled: {reason}"
            ));
        }
        self.loss_lines(&mut lines);
        self.output_lines(&mut lines);
        self.kernel_lines(&mut lines);
        for report in &self.replay {
            replay_lines(report, &mut lines);
        }
        lines
    }

    fn signature_lines(&self, lines: &mut Vec<String>) {
        for SignatureCount { rule, unanswered } in &self.signatures {
            let Unanswered {
                errors,
                first_error,
                over_budget,
                skipped,
            } = unanswered;
            let counts = [
                (errors, "failed"),
                (over_budget, "over budget"),
                (skipped, "not asked after that"),
            ];
            let counts = counts.iter().filter(|(count, _)| **count > 0);
            let counts: Vec<_> = counts
                .map(|(count, what)| format!("{what} {count}"))
                .collect();
            lines.push(format!(
                "signature {rule} gave no answer: {}",
                counts.join(", ")
            ));
            if let Some(first) = first_error {
                lines.push(format!("  the first failure: {}", Shown(first.as_bytes())));
            }
        }
    }

    fn output_lines(&self, lines: &mut Vec<String>) {
        for output in &self.outputs {
            let Lines { events, detections } = output.dropped;
            if output.dropped != Lines::default() {
                lines.push(format!(
                    "output {} dropped {events} events and {detections} detections",
                    Shown(output.output.as_bytes())
                ));
            }
        }
        if !self.not_recorded.is_empty() {
            let total = self.not_recorded.total();
            lines.push(format!("the recording lacks {total} records"));
            counts(&self.not_recorded, lines);
        }
    }

    fn kernel_lines(&self, lines: &mut Vec<String>) {
        lines.extend(self.kernel.iter().flat_map(KernelStats::lines));
        let Some(selectors) = &self.selectors else {
            return;
        };
        lines.push("let through by the kernel's filters, by selector:".to_owned());
        for of in selectors {
            let (event, records, text) = (&of.event, of.records, &of.selector);
            let targets = of.targets.join(", ");
            lines.push(format!("  {records:>12}  {event}: {text} (for {targets})"));
        }
    }

    fn loss_lines(&self, lines: &mut Vec<String>) {
        if self.losses.is_empty() {
            lines.push("lost: nothing".into());
        } else {
            lines.push(format!("lost: {} events", self.losses.total()));
            counts(&self.losses, lines);
        }
        if self.bad_records > 0 {
            let first = self.first_bad.as_deref().unwrap_or_default();
            lines.push(format!(
                "bad records: {}; the first: {first}",
                self.bad_records
            ));
        }
        let TreeCounters {
            dropped_running,
            dropped_texts,
            ..
        } = self.tree;
        if dropped_running > 0 || dropped_texts > 0 {
            lines.push(format!(
                "process tree full: {dropped_running} running processes and {dropped_texts} paths \
                 or command lines were dropped"
            ));
        }
        let ContainerCounters {
            dropped,
            unresolved,
            unnamed,
        } = self.containers;
        if dropped > 0 || unresolved > 0 {
            lines.push(format!(
                "containers unknown: {dropped} control groups were forgotten to make place, \
                 {unresolved} were not found when their first event was read"
            ));
        }
        if unnamed > 0 {
            lines.push(format!(
                "containers without names: of {unnamed} the runtime did not say in time what it knows"
            ));
        }
        let ExecutableCounters { unread } = self.executables;
        if unread > 0 {
            lines.push(format!(
                "executables without a digest: of {unread} the file was gone, unreadable, too large or not read in time"
            ));
        }
    }
}

fn replay_lines(report: &ReplayReport, lines: &mut Vec<String>) {
    let ReplayReport {
        file,
        unit,
        read,
        events,
        detections,
        ..
    } = report;
    let detections = match detections {
        0 => String::new(),
        count => format!(", {count} detections"),
    };
    lines.push(format!(
        "replayed {file}: {read} {unit}s, {events} events{detections}"
    ));
    if report.bad > 0 {
        lines.push(format!("  {} bad {unit}s were skipped", report.bad));
        for reason in &report.reasons {
            let text = Shown(reason.reason.as_bytes());
            lines.push(format!("    {unit} {}: {text}", reason.at));
        }
        let more = report.bad - report.reasons.len() as u64;
        if more > 0 {
            lines.push(format!("    and {more} more"));
        }
    }
    for (what, names) in [
        ("unknown events were skipped", &report.unknown_events),
        ("parts of events were left out", &report.ignored),
    ] {
        if !names.is_empty() {
            lines.push(format!("  {} {what}:", names.total()));
            counts(names, lines);
        }
    }
}

fn counts(names: &Names, lines: &mut Vec<String>) {
    for (name, count) in &names.0 {
        lines.push(format!("    {}  {count}", Shown(name.as_bytes())));
    }
}
