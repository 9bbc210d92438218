//! The plan as data ready to print: `tracee explain` renders it for a person or as JSON.
//!
//! For every event: the selectors in words, where each predicate of each select and rule runs and
//! why, what is left, and how large the kernel's tables are.

use serde::Serialize;
use tracee_ebpf::abi;
use tracee_lang::hir::{PolicySet, Rule};
use tracee_lang::schema::{EventId, Schema};
use tracee_lang::signature::Decision;
use tracee_lang::source::{SourceMap, Span};

use crate::compile::CompiledPolicy;
use crate::cost::{KernelCost, estimate};
use crate::matcher::{Engine, NotCompiled, Strategy};
use crate::plan::{EventPlan, Pushdown, Target, TargetKind};
use crate::pretty::Printer;
use crate::tables::FilterTables;

/// All there is to say about a compiled policy set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// In order of event id.
    pub events: Vec<EventExplanation>,
    /// What the kernel's maps hold.
    pub tables: TableSizes,
    /// What evaluates conditions in userland.
    pub engine: Engine,
    /// Bytes of machine code.
    pub code_bytes: usize,
    /// Conditions that the code generator could not compile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_compiled: Option<NotCompiled>,
}

/// What becomes of one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventExplanation {
    /// `openat`.
    pub event: String,
    /// What the kernel passes: any of these.
    pub selectors: Vec<SelectorExplanation>,
    /// Whether there were more selectors than the kernel has room for.
    pub merged: bool,
    /// What it does to decide that, and what that costs, estimated; `None` if it makes no such event.
    pub kernel: Option<KernelCost>,
    /// What userland looks up before it evaluates any condition; `None` if it evaluates all of them, one
    /// after the other.
    pub lookup: Option<LookupExplanation>,
    /// Who wants it, and for what.
    pub targets: Vec<TargetExplanation>,
}

/// How userland finds the conditions that are worth evaluating.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LookupExplanation {
    /// Which fields.
    pub fields: Vec<LookupField>,
    /// Conditions that are evaluated if something that they need was found.
    pub candidates: usize,
    /// Conditions that are evaluated for every event.
    pub always: usize,
}

/// A field that is looked up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LookupField {
    /// `pathname`.
    pub field: String,
    /// How many literals, numbers and ranges of all conditions there are for it.
    pub literals: usize,
    /// Bytes of the tables.
    pub bytes: usize,
}

/// One conjunction that the kernel decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SelectorExplanation {
    /// In `.tp`-like words; `everything` if it tests nothing.
    pub text: String,
    /// Indices in [`EventExplanation::targets`].
    pub targets: Vec<usize>,
}

/// A select or a rule, on one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TargetExplanation {
    /// Name of the policy.
    pub policy: String,
    /// Qualified name of the rule; `None` for a select.
    pub rule: Option<String>,
    /// Scope and condition; `None` is always.
    pub condition: Option<String>,
    /// In source order, the scope's first.
    pub predicates: Vec<PredicateExplanation>,
    /// What userland must still check; `None` if nothing.
    pub residual: Option<String>,
    /// Who decides what the condition lets through, if the rule is an OPA signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<SignatureExplanation>,
}

/// How an OPA signature is decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignatureExplanation {
    /// Whether its condition says all, some or nothing of what it says.
    pub decided: Decided,
    /// What regorus is asked.
    pub regorus: Asked,
    /// What of it could not be made a condition first; `None` if all could.
    pub reason: Option<String>,
    /// Where that is written.
    pub place: Option<Place>,
}

/// How much of an OPA signature its condition says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Decided {
    /// All of it.
    Compiled,
    /// What does not hold is no match.
    Guarded,
    /// Nothing.
    Interpreted,
}

/// What of the events that a condition lets through regorus is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Asked {
    /// Nothing.
    Nothing,
    /// What the output is.
    Output,
    /// Whether it matches, where another condition leaves that open.
    Open,
    /// Whether it matches.
    Match,
}

/// Where one predicate runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PredicateExplanation {
    /// The predicate, with `let`s and lists in place.
    pub text: String,
    /// Where it was written.
    pub place: Option<Place>,
    /// How much of it the kernel decides.
    pub pushdown: Pushdown,
    /// Why: lower case, no full stop.
    pub reason: String,
    /// The exception that it is a part of; `None` of the rule's own condition and of the scope.
    pub exception: Option<ExceptionExplanation>,
}

/// An exception of a rule, which has a `not` before it in the rule's condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExceptionExplanation {
    /// Why there is one.
    pub reason: String,
    /// The last day, as written.
    pub expires: Option<String>,
    /// Where it was written.
    pub place: Option<Place>,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file's name.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
}

/// Entries of the kernel's tables, and the bytes that they take together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct TableSizes {
    /// Map `field_filters`.
    pub field_filters: usize,
    /// Map `intervals`.
    pub intervals: usize,
    /// Map `flag_tests`.
    pub flag_tests: usize,
    /// Map `automata`.
    pub automata: usize,
    /// Map `outputs`.
    pub outputs: usize,
    /// Map `transitions`.
    pub transitions: usize,
    /// The most transitions there may be.
    pub max_transitions: usize,
    /// Process trees that are followed.
    pub tree_roots: usize,
    /// All of them, in bytes.
    pub bytes: usize,
}

/// Explains a compiled policy set; `policies` and `schema` are those it was compiled from.
pub fn explain(
    schema: &Schema,
    policies: &PolicySet,
    compiled: &CompiledPolicy,
    sources: &SourceMap,
) -> Explanation {
    let explained = |planned: &EventPlan| {
        let event = schema.event(planned.event)?;
        let printer = Printer::new(schema, event);
        let selectors = planned
            .selectors
            .iter()
            .map(|selector| SelectorExplanation {
                text: printer.selector(selector),
                targets: selector.targets.clone(),
            });
        let targets = planned.targets.iter();
        Some(EventExplanation {
            event: event.name.clone(),
            selectors: selectors.collect(),
            merged: planned.merged,
            kernel: estimate(&compiled.tables, event, printer),
            lookup: compiled
                .matchers
                .strategy(planned.event)
                .map(|strategy| explain_lookup(printer, strategy)),
            targets: targets
                .map(|target| explain_target(printer, policies, planned.event, target, sources))
                .collect(),
        })
    };
    compiled.matchers.complete();
    Explanation {
        events: compiled.plan.events.iter().filter_map(explained).collect(),
        tables: sizes(&compiled.tables),
        engine: compiled.matchers.engine(),
        code_bytes: compiled.matchers.code_size(),
        not_compiled: compiled.matchers.not_compiled(),
    }
}

fn explain_lookup(printer: Printer<'_>, strategy: Strategy<'_>) -> LookupExplanation {
    let fields = strategy.fields.iter().map(|indexed| LookupField {
        field: printer.field(Some(indexed.field)),
        literals: indexed.literals,
        bytes: indexed.bytes,
    });
    LookupExplanation {
        fields: fields.collect(),
        candidates: strategy.candidates,
        always: strategy.always,
    }
}

fn explain_target(
    printer: Printer<'_>,
    policies: &PolicySet,
    event: EventId,
    target: &Target,
    sources: &SourceMap,
) -> TargetExplanation {
    let policy = policies.policies.get(target.policy);
    let rule = match target.kind {
        TargetKind::Select => None,
        TargetKind::Rule(index) => policy.and_then(|policy| policy.rules.get(index)),
    };
    let predicates = target
        .predicates
        .iter()
        .map(|predicate| PredicateExplanation {
            text: printer.condition(&predicate.atom),
            place: place(sources, predicate.span),
            pushdown: predicate.pushdown,
            reason: predicate.reason.to_string(),
            exception: rule
                .and_then(|rule| rule.exception_at(predicate.span))
                .map(|exception| ExceptionExplanation {
                    reason: exception.reason.clone(),
                    expires: exception
                        .expires
                        .as_ref()
                        .map(|expiry| expiry.written.clone()),
                    place: place(sources, exception.span),
                }),
        });
    TargetExplanation {
        policy: policy.map(|policy| policy.name.clone()).unwrap_or_default(),
        rule: rule.map(|rule| rule.qualified_name.clone()),
        condition: target
            .condition
            .as_ref()
            .map(|condition| printer.condition(condition)),
        predicates: predicates.collect(),
        residual: residual(printer, rule, event, target),
        signature: rule
            .filter(|rule| rule.signature.is_some())
            .map(|rule| explain_signature(decision(rule, event))),
    }
}

/// Who decides an OPA signature on an event; `None` if that is regorus, because nobody looked.
fn decision(rule: &Rule, event: EventId) -> Option<&Decision> {
    let on = rule.on.iter().find(|on| on.event == event)?;
    on.decision.as_deref()
}

fn explain_signature(decision: Option<&Decision>) -> SignatureExplanation {
    let (decided, regorus, why) = match decision {
        Some(Decision::Compiled { output: false }) => (Decided::Compiled, Asked::Nothing, None),
        Some(Decision::Compiled { output: true }) => (Decided::Compiled, Asked::Output, None),
        Some(Decision::Guarded { sure, why }) => {
            let asked = match sure {
                Some(_) => Asked::Open,
                None => Asked::Match,
            };
            (Decided::Guarded, asked, Some(why))
        }
        Some(Decision::Interpreted { why }) => (Decided::Interpreted, Asked::Match, Some(why)),
        None => (Decided::Interpreted, Asked::Match, None),
    };
    SignatureExplanation {
        decided,
        regorus,
        reason: why.map(|why| why.text.clone()),
        place: why.map(|why| Place {
            file: why.file.to_string(),
            line: usize::try_from(why.line).unwrap_or_default(),
            column: usize::try_from(why.column).unwrap_or_default(),
        }),
    }
}

/// What is left for userland; of an OPA signature, all that it says itself.
fn residual(
    printer: Printer<'_>,
    rule: Option<&Rule>,
    event: EventId,
    target: &Target,
) -> Option<String> {
    let residual = target.residual.as_ref();
    let residual = residual.map(|residual| printer.condition(residual));
    let decided = Some(&Decision::Compiled { output: false });
    let asked = rule.filter(|rule| decision(rule, event) != decided);
    let signature = asked.and_then(|rule| rule.signature.as_ref());
    let signature = signature.map(|of| format!("evaluated by regorus: {}.tracee_match", of.path));
    match (residual, signature) {
        (Some(residual), Some(signature)) => Some(format!("{residual}, then {signature}")),
        (one, other) => one.or(other),
    }
}

/// The place of a span's first character; `None` if it is in no file of the map.
pub fn place(sources: &SourceMap, span: Span) -> Option<Place> {
    let file = sources.get(span.file)?;
    let before = file.text.get(..span.start as usize)?;
    let line_begin = before.rfind('\n').map_or(0, |at| at + 1);
    Some(Place {
        file: file.name.to_string(),
        line: before.matches('\n').count() + 1,
        column: before[line_begin..].chars().count() + 1,
    })
}

fn sizes(tables: &FilterTables) -> TableSizes {
    let bytes = size_of_val(tables.field_filters.as_slice())
        + size_of_val(tables.intervals.as_slice())
        + size_of_val(tables.flag_tests.as_slice())
        + size_of_val(tables.automata.as_slice())
        + size_of_val(tables.outputs.as_slice())
        + size_of_val(tables.transitions.as_slice());
    TableSizes {
        field_filters: tables.field_filters.len(),
        intervals: tables.intervals.len(),
        flag_tests: tables.flag_tests.len(),
        automata: tables.automata.len(),
        outputs: tables.outputs.len(),
        transitions: tables.transitions.len(),
        max_transitions: abi::MAX_TRANSITIONS,
        tree_roots: tables.tree_roots.len(),
        bytes,
    }
}
