//! Policies → everything that runs, with what there is to say about it.

use tracee_lang::codes;
use tracee_lang::diagnostics::Diagnostic;
use tracee_lang::hir::PolicySet;
use tracee_lang::schema::{EventId, Schema};
use tracee_lang::source::Span;

use crate::learned::Learned;
use crate::matcher::{Engine, Matchers};
use crate::plan::Plan;
use crate::split::{Exclusion, SplitOptions, split};
use crate::tables::{EncodeError, EncodeOptions, FilterTables, encode};

/// How to compile.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether the kernel decides what it can; otherwise it passes every wanted event.
    pub pushdown: bool,
    /// What evaluates conditions.
    pub engine: Engine,
    /// Events that the process tree needs, whatever policies want (fork, exec, exit).
    pub internal: Vec<EventId>,
    /// The events by which it learns what only some policies ask for.
    pub learned: Learned,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            pushdown: true,
            engine: Engine::default(),
            internal: Vec::new(),
            learned: Learned::default(),
        }
    }
}

/// A policy set, compiled.
#[derive(Debug)]
pub struct CompiledPolicy {
    /// Which part of every condition the kernel decides.
    pub plan: Plan,
    /// The kernel's part.
    pub tables: FilterTables,
    /// Userland's.
    pub matchers: Matchers,
    /// Those of [`Options::learned`] that policies ask for.
    pub learned: Learned,
}

impl CompiledPolicy {
    /// The events that policies need in order to match, whether they select them or not; ascending.
    pub fn wanted(&self) -> Vec<EventId> {
        let planned = self.plan.events.iter().map(|plan| plan.event);
        let mut wanted: Vec<EventId> = planned.chain(self.learned.events()).collect();
        wanted.sort_unstable();
        wanted.dedup();
        wanted
    }
}

/// Compiles policies that the checker made. Errors are about the schema only; the tables are empty
/// then. Warnings say what the kernel has no room for, and that there is no machine code here.
pub fn compile(
    schema: &Schema,
    policies: &PolicySet,
    options: &Options,
) -> (CompiledPolicy, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let asked = options.learned.asked_for(policies);
    let internal = options.internal.iter().copied().chain(asked.directory);
    let (plan, tables) = fitting(
        schema,
        policies,
        options,
        internal.collect(),
        &mut diagnostics,
    );
    let learned = asked.or_wanted(options.learned, &plan);
    let (matchers, no_code) = Matchers::compile(schema, &plan, options.engine);
    if let Some(reason) = no_code {
        let message = "conditions are interpreted, which is slower than machine code";
        let first = policies.policies.first();
        let span = first.map(|policy| policy.span).unwrap_or_default();
        diagnostics.push(Diagnostic::warning(codes::INTERPRETED, message, span).note(reason));
    }
    (
        CompiledPolicy {
            plan,
            tables,
            matchers,
            learned,
        },
        diagnostics,
    )
}

/// Splits and encodes until the tables fit, leaving a field to userland each time they don't.
fn fitting(
    schema: &Schema,
    policies: &PolicySet,
    options: &Options,
    internal: Vec<EventId>,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Plan, FilterTables) {
    let mut split_options = SplitOptions {
        no_pushdown: !options.pushdown,
        ..SplitOptions::default()
    };
    let encode_options = EncodeOptions { internal };
    loop {
        let plan = split(schema, policies, &split_options);
        match encode(schema, &plan, &encode_options) {
            Ok(tables) => {
                let left = split_options.excluded.iter();
                diagnostics.extend(left.map(|excluded| left_to_userland(schema, &plan, excluded)));
                return (plan, tables);
            }
            Err(EncodeError::Overflow {
                event,
                field,
                reason,
            }) => {
                let exclusion = Exclusion {
                    event,
                    field,
                    reason,
                };
                // Without its tests a field takes no room; should it ever, nothing is pushed down.
                let known = |other: &Exclusion| (other.event, other.field) == (event, field);
                split_options.no_pushdown |= split_options.excluded.iter().any(known);
                split_options.excluded.push(exclusion);
            }
            Err(EncodeError::Unreadable { message, span }) => {
                diagnostics.push(Diagnostic::error(codes::UNREADABLE_ARGUMENT, message, span));
                return (plan, FilterTables::default());
            }
        }
    }
}

fn left_to_userland(schema: &Schema, plan: &Plan, excluded: &Exclusion) -> Diagnostic {
    let predicates = plan
        .events
        .iter()
        .filter(|planned| planned.event == excluded.event)
        .flat_map(|planned| &planned.targets)
        .flat_map(|target| &target.predicates);
    let spans: Vec<Span> = predicates
        .filter(|predicate| predicate.reason == excluded.reason)
        .map(|predicate| predicate.span)
        .collect();
    let event = schema
        .event(excluded.event)
        .map_or("", |event| event.name.as_str());
    let message = format!("the kernel has no room for these tests on `{event}`");
    let span = spans.first().copied().unwrap_or_default();
    let diagnostic = Diagnostic::warning(codes::NO_ROOM_IN_KERNEL, message, span)
        .labelled("decided by tracee itself")
        .note(excluded.reason.clone())
        .help("use fewer or shorter literals, or expect more events to reach tracee");
    spans
        .iter()
        .skip(1)
        .take(4)
        .fold(diagnostic, |diagnostic, &span| {
            diagnostic.related(span, "also")
        })
}
