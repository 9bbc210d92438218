//! Which program makes which event, and why one can't.
//!
//! An event names its hooks in order of preference; the first that this kernel allows is taken.
//! Programs are loaded and attached one by one, so that one that is refused costs only its events.

use std::collections::BTreeMap;

use aya::Ebpf;
use aya::programs::{ProgramError, RawTracePoint};
use tracee_compiler::tables::FilterTables;
use tracee_ebpf::abi;
use tracee_lang::schema::{Event, EventId, Hook, Schema};

use super::error::chain;
use super::tables::{Capacity, is_at_enter};
use super::{LiveError, loader, privileges};

pub(super) const FORK: EventId = EventId(714);
const EXEC: EventId = EventId(715);
const EXIT: EventId = EventId(716);
/// The life of processes: the events that a process tree is kept from.
pub(super) const PROCESS_EVENTS: [EventId; 3] = [FORK, EXEC, EXIT];

/// What a kernel gives an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookReport {
    /// Which event.
    pub event: EventId,
    /// Where it comes from, or why it doesn't.
    pub outcome: Outcome,
}

/// See [`HookReport`]. The texts are parts of a sentence: lower case, no full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// What it is made from: `the raw tracepoint sys_exit`.
    Hooked(String),
    /// Why it can't be had here, and what would help.
    Unavailable(String),
}

/// Programs, in the order of attaching: those that keep the trees first, so that a scan of /proc
/// finds what they don't; those that empty the stash before the one that fills it.
pub(super) const PROGRAMS: [&str; 5] = [
    "sched_process_fork",
    "sched_process_exit",
    "sched_process_exec",
    "sys_exit",
    "sys_enter",
];

/// What a run needs.
#[derive(Debug)]
pub(super) struct Wanted {
    events: Vec<EventId>,
    /// Whether an event waits in the stash from its entry to its return.
    pub(super) at_enter: bool,
    /// Whether the kernel keeps trees.
    pub(super) tree: bool,
}

impl Wanted {
    pub(super) fn new(
        schema: &Schema,
        tables: &FilterTables,
        internal: bool,
        has_roots: bool,
    ) -> Self {
        let mut events: Vec<_> = tables.events.iter().map(|(id, _)| *id).collect();
        if internal {
            events.extend(
                PROCESS_EVENTS
                    .iter()
                    .filter(|id| schema.event(**id).is_some()),
            );
        }
        events.sort_unstable();
        events.dedup();
        let mut of_events = events.iter().filter_map(|id| schema.event(*id));
        let at_enter = of_events.any(|event| is_at_enter(&event.hooks));
        let tests_tree = |filter: &abi::FieldFilter| filter.field == abi::field::TREE;
        let tree = has_roots || tables.field_filters.iter().any(tests_tree);
        Self {
            events,
            at_enter,
            tree,
        }
    }

    /// The programs to attach.
    fn programs(&self, schema: &Schema) -> Vec<&'static str> {
        let mut names: Vec<&str> = Vec::new();
        for event in self.events.iter().filter_map(|id| schema.event(*id)) {
            names.extend(event.hooks.iter().flat_map(programs_of));
        }
        if self.tree {
            names.extend(["sched_process_fork", "sched_process_exit"]);
        }
        if self.at_enter {
            // A task that never returns leaves its record in the stash.
            names.push("sched_process_exit");
        }
        PROGRAMS
            .into_iter()
            .filter(|name| names.contains(name))
            .collect()
    }
}

/// The programs that a hook needs, all of them.
fn programs_of(hook: &Hook) -> Vec<&str> {
    match hook {
        Hook::Syscall { at_enter: true, .. } => vec!["sys_exit", "sys_enter"],
        Hook::Syscall { .. } => vec!["sys_exit"],
        Hook::RawTracepoint(name) => vec![name],
        Hook::Userland => vec![],
    }
}

type Results = BTreeMap<&'static str, Result<(), String>>;

/// Loads and attaches what the events need.
pub(super) fn attach(
    ebpf: &mut Ebpf,
    schema: &Schema,
    wanted: &Wanted,
) -> Result<Vec<HookReport>, LiveError> {
    let mut results = Results::new();
    for name in wanted.programs(schema) {
        let result = load(ebpf, name).and_then(|program| {
            program
                .attach(name)
                .map(drop)
                .map_err(|err| format!("the raw tracepoint {name} can't be used: {}", chain(&err)))
        });
        if let (true, "sched_process_fork" | "sched_process_exit", Err(why)) =
            (wanted.tree, name, &result)
        {
            return Err(LiveError::NoTree(why.clone()));
        }
        results.insert(name, result);
    }
    let events = wanted.events.iter().filter_map(|id| schema.event(*id));
    Ok(events.map(|event| report(event, &results)).collect())
}

/// Loads a program: the verifier looks at it.
pub(super) fn load<'a>(ebpf: &'a mut Ebpf, name: &str) -> Result<&'a mut RawTracePoint, String> {
    let program = ebpf
        .program_mut(name)
        .ok_or_else(|| format!("this version of tracee has no program for {name}"))?;
    let program: &mut RawTracePoint = program
        .try_into()
        .map_err(|err: ProgramError| format!("the program {name}: {}", chain(&err)))?;
    match program.load() {
        Ok(()) => Ok(program),
        Err(err) => Err(refusal(name, err)),
    }
}

/// Lines of the verifier's log that are shown.
const LOG_LINES: usize = 5;

/// Why the kernel refused a program; of the verifier's log only the end, where the reason is.
fn refusal(name: &str, error: ProgramError) -> String {
    let ProgramError::LoadError {
        io_error,
        verifier_log,
    } = error
    else {
        return format!("the program {name} can't be loaded: {}", chain(&error));
    };
    let log = verifier_log.to_string().replace("\\n", "\n");
    let lines: Vec<_> = log
        .lines()
        .map(|line| line.trim_matches('"').trim_end())
        .filter(|line| !line.is_empty() && !line.starts_with("processed "))
        .collect();
    let shown = lines[lines.len().saturating_sub(LOG_LINES)..].join("; ");
    if shown.is_empty() {
        format!("this kernel refuses the program {name}: {io_error}")
    } else {
        format!("this kernel refuses the program {name}: {io_error}; its verifier says: {shown}")
    }
}

/// Takes the first hook of an event whose programs all work.
fn report(event: &Event, results: &Results) -> HookReport {
    let mut reasons = Vec::new();
    for hook in &event.hooks {
        match works(hook, results) {
            Ok(()) => {
                return HookReport {
                    event: event.id,
                    outcome: Outcome::Hooked(describe(hook)),
                };
            }
            Err(why) => reasons.push(why),
        }
    }
    if reasons.is_empty() {
        reasons.push("its declaration names no hook".into());
    }
    HookReport {
        event: event.id,
        outcome: Outcome::Unavailable(reasons.join("; ")),
    }
}

fn works(hook: &Hook, results: &Results) -> Result<(), String> {
    for name in programs_of(hook) {
        match results.get(name) {
            Some(Ok(())) => {}
            Some(Err(why)) => return Err(why.clone()),
            None => return Err(format!("this version of tracee has no program for {name}")),
        }
    }
    Ok(())
}

fn describe(hook: &Hook) -> String {
    match hook {
        Hook::Syscall { at_enter: true, .. } => "the raw tracepoints sys_enter and sys_exit".into(),
        Hook::Syscall { .. } => "the raw tracepoint sys_exit".into(),
        Hook::RawTracepoint(name) => format!("the raw tracepoint {name}"),
        Hook::Userland => "tracee itself".into(),
    }
}

/// Loads every program, attaches none.
pub(super) fn probe(schema: &Schema) -> Vec<HookReport> {
    let mut ebpf = match load_small() {
        Ok(ebpf) => ebpf,
        Err(err) => return unknown(schema, &err),
    };
    let mut results = Results::new();
    for name in PROGRAMS {
        results.insert(name, load(&mut ebpf, name).map(drop));
    }
    let events = schema.events.iter();
    events.map(|event| report(event, &results)).collect()
}

fn load_small() -> Result<Ebpf, LiveError> {
    privileges::check()?;
    loader::load(&loader::Sizes {
        ring_bytes: 0,
        capacity: Capacity::for_tables(&FilterTables::default())?,
        stash: false,
        tree: false,
    })
}

/// The report when nothing can be tried; userland's events don't need the kernel.
fn unknown(schema: &Schema, error: &LiveError) -> Vec<HookReport> {
    let all = schema.events.iter().map(|event| {
        let own = event.hooks.contains(&Hook::Userland);
        let outcome = if own {
            Outcome::Hooked(describe(&Hook::Userland))
        } else {
            Outcome::Unavailable(error.to_string())
        };
        HookReport {
            event: event.id,
            outcome,
        }
    });
    all.collect()
}

/// Whether all events of new tables have their programs.
pub(super) fn check_attached(
    reports: &[HookReport],
    tables: &FilterTables,
    schema: &Schema,
) -> Result<(), LiveError> {
    for (id, _) in &tables.events {
        let event = schema.event(*id).ok_or(LiveError::UnknownEvent(id.0))?;
        if !reports.iter().any(|report| report.event == *id) {
            return Err(LiveError::NewEvent(event.name.clone()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_program_is_in_the_object_and_attaches_where_its_name_says() {
        let schema = tracee_lang::stdlib::schema();
        for event in &schema.events {
            for name in event.hooks.iter().flat_map(programs_of) {
                assert!(PROGRAMS.contains(&name), "{}: {name}", event.name);
            }
        }
    }

    #[test]
    fn process_events_are_those_of_the_standard_library() {
        let schema = tracee_lang::stdlib::schema();
        let names = [
            (FORK, "sched_process_fork", 20),
            (EXEC, "sched_process_exec", 9),
            (EXIT, "sched_process_exit", 3),
        ];
        for (id, name, slots) in names {
            let event = schema.event(id).unwrap();
            assert_eq!((event.name.as_str(), event.slots.len()), (name, slots));
        }
    }
}
