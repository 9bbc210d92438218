//! An event that matches something: what outputs get of it.

use std::sync::Arc;

use tracee_compiler::matcher::{TargetSet, View};
use tracee_compiler::plan::TargetKind;
use tracee_compiler::process::ProcessView;
use tracee_lang::context::ProcessField;
use tracee_lang::hir::{Expr, Policy, PolicySet, Rule};
use tracee_lang::interpreter;
use tracee_lang::schema::Event;
use tracee_lang::value::Value;

use super::fixed::Fixed;
use super::losses::Losses;
use super::targets::Target;
use super::version::Version;
use super::{Counters, Detection, MatchedEvent, OutputValue, ProcessLosses, message, signatures};
use crate::output::Output;
use crate::process_tree::{Process, ProcessTree};
use crate::record::Record;
use crate::whole_writer::WriteError;

/// An event of which something was found, with what is known of it.
pub(super) struct Found<'a> {
    pub(super) fixed: &'a Fixed,
    pub(super) record: Record<'a>,
    pub(super) event: &'a Event,
    pub(super) process: Option<Process>,
    pub(super) view: Option<&'a ProcessView>,
    /// Whether `view` is not that of a process in the tree.
    pub(super) is_given: bool,
    pub(super) is_loss: bool,
    pub(super) tree: &'a ProcessTree,
    pub(super) losses: &'a Losses,
    pub(super) process_losses: Option<&'a ProcessLosses>,
}

impl Found<'_> {
    /// Tells an output of it, and takes out of `matching` what signatures deny.
    #[inline(never)]
    pub(super) fn tell(
        &self,
        version: &mut Version,
        matching: &mut TargetSet,
        counters: &mut Counters,
        message: &mut String,
        output: &mut dyn Output,
    ) -> Result<(), WriteError> {
        let all = version.targets.matching(self.event.id, matching).copied();
        let (asked, found): (Vec<_>, Vec<_>) = all.partition(|target| target.is_signature);
        let policies = Arc::clone(&version.policies);
        let mut names: Vec<_> = found.iter().map(|target| target.policy).collect();
        // They come policy by policy.
        names.dedup();
        let names: Vec<_> = names
            .iter()
            .map(|&at| policies.policies[at].name.as_str())
            .collect();
        let exe = match self.is_given {
            true => self.view.map(|view| view.value(ProcessField::Exe)),
            false => None,
        };
        let matched = MatchedEvent {
            schema: &self.fixed.schema,
            event: self.event,
            record: self.record,
            exe: match &exe {
                Some(Value::Bytes(exe)) => Some(exe),
                _ => self.process.and_then(|process| self.tree.exe(process)),
            },
            host: &self.fixed.host,
            container: self.view.and_then(ProcessView::container),
            policies: &names,
        };
        let mut result = Ok(());
        // A loss concerns everyone, whatever they selected.
        if self.is_loss || found.iter().any(|target| target.kind == TargetKind::Select) {
            counters.selected += 1;
            result = output.event(&matched);
        }
        let is_detected = !asked.is_empty() || !found.is_empty();
        let lost = self.lost(is_detected, counters);
        for target in &found {
            let Some((policy, rule)) = detected(&policies, version, target) else {
                continue;
            };
            let values = self.values();
            let message = values
                .as_ref()
                .and_then(|values| self.message(rule, values, message));
            let said = values
                .as_ref()
                .map(|values| self.output_of(rule, values))
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
            self.values()
                .is_some_and(|view| interpreter::matches(condition, &view))
        };
        let matches = signatures::ask(&asked, &matched, &mut version.signatures, matching, &holds);
        let mut names = match matches.is_empty() {
            true => Vec::new(),
            false => names.clone(),
        };
        for (target, _) in &matches {
            let name = policies.policies[target.policy].name.as_str();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let matched = MatchedEvent {
            policies: &names,
            ..matched
        };
        for (target, data) in &matches {
            let Some((policy, rule)) = detected(&policies, version, target) else {
                continue;
            };
            let TargetKind::Rule(at) = target.kind else {
                continue;
            };
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
        result
    }

    /// How many events of the process were lost, as a detection says it.
    fn lost(&self, is_detected: bool, counters: &Counters) -> u64 {
        match (self.process, self.process_losses) {
            (None, _) => counters.losses.total(),
            (Some(process), None) => self.tree.losses_since(process),
            (Some(_), Some(of_process)) if is_detected && counters.losses.total() > 0 => {
                let own = of_process(self.record.header().host_pid);
                own.saturating_add(self.losses.of_nobody())
            }
            (Some(_), Some(_)) => 0,
        }
    }

    fn values(&self) -> Option<View<'_>> {
        View::new(&self.fixed.schema, self.record.as_bytes(), self.view)
    }

    /// The rule's message with this event's values, in `buffer`.
    fn message<'m>(
        &self,
        rule: &Rule,
        values: &View<'_>,
        buffer: &'m mut String,
    ) -> Option<&'m str> {
        let parts = rule.message.as_ref()?;
        buffer.clear();
        message::render(buffer, parts, &self.fixed.schema, self.event, values);
        Some(buffer)
    }

    /// What the rule's output says of the event.
    fn output_of<'v>(&self, rule: &'v Rule, view: &'v View<'_>) -> Vec<OutputValue<'v>> {
        let fields = rule.output.iter();
        let said = fields.filter_map(|field| {
            let mut values = field.values.iter();
            let (_, operand, ty) = values.find(|(id, ..)| *id == self.event.id)?;
            Some(OutputValue {
                name: &field.name,
                ty,
                value: interpreter::value(operand, view),
            })
        });
        said.collect()
    }
}

/// Counts a target as detected, if it is a rule, which is returned.
fn detected<'p>(
    policies: &'p PolicySet,
    version: &mut Version,
    target: &Target,
) -> Option<(&'p Policy, &'p Rule)> {
    let TargetKind::Rule(at) = target.kind else {
        return None;
    };
    version.count_detection(target.policy, at);
    let policy = &policies.policies[target.policy];
    Some((policy, &policy.rules[at]))
}
