//! Which program makes which event, and why one can't.
//!
//! An event names its hooks in order of preference; the first that this kernel allows is taken.
//! Programs are loaded and attached one by one, so that one that is refused costs only its events.

use std::collections::{BTreeMap, BTreeSet};

use aya::Btf;
use tracee_compiler::tables::FilterTables;
use tracee_ebpf::abi;
use tracee_lang::schema::{Event, EventId, Hook, Probe, Schema};

use super::object::Object;
use super::programs::Program;
use super::tables::{Capacity, is_at_enter};
use super::{LiveError, integrity, loader, privileges, processes};

pub(super) const FORK: EventId = EventId(714);
const EXEC: EventId = EventId(715);
const EXIT: EventId = EventId(716);
/// process_execute_failed, whose records wait for the return of execve, too.
const EXECUTE_FAILED: EventId = EventId(779);
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

/// Programs on raw tracepoints, in the order of attaching: those that keep the trees first, so that a scan of /proc
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
        if integrity::follows_modules(tables) && schema.event(integrity::MODULE_BEGAN).is_some() {
            events.push(integrity::MODULE_BEGAN);
        }
        events.sort_unstable();
        events.dedup();
        let mut of_events = events.iter().filter_map(|id| schema.event(*id));
        let at_enter =
            of_events.any(|event| is_at_enter(&event.hooks) || event.id == EXECUTE_FAILED);
        let tests_tree = |filter: &abi::FieldFilter| filter.field == abi::field::TREE;
        let tree = has_roots || tables.field_filters.iter().any(tests_tree);
        Self {
            events,
            at_enter,
            tree,
        }
    }

    /// Whether what became of every event is known.
    pub(super) fn is_among(&self, reports: &[HookReport]) -> bool {
        let known = |id: &EventId| reports.iter().any(|report| report.event == *id);
        self.events.iter().all(known)
    }

    /// Every program that may be tried, or run, by its name in the object.
    pub(super) fn may_need(&self, schema: &Schema) -> BTreeSet<String> {
        let mut names = BTreeSet::from([processes::PROGRAM.to_owned()]);
        names.extend(self.programs(schema).into_iter().map(str::to_owned));
        for event in self.events.iter().filter_map(|id| schema.event(*id)) {
            if integrity::is_check(event.id) {
                let run = integrity::programs(event.id).iter();
                names.extend(run.map(|&name| name.to_owned()));
            }
            let hooks = event.hooks.iter();
            let programs = hooks.flat_map(|hook| Program::all(event, hook));
            names.extend(programs.map(|program| program.name));
        }
        names
    }

    /// The programs on raw tracepoints to attach.
    fn programs(&self, schema: &Schema) -> Vec<&'static str> {
        let mut names: Vec<String> = Vec::new();
        for event in self.events.iter().filter_map(|id| schema.event(*id)) {
            let needed = event
                .hooks
                .iter()
                .flat_map(|hook| Program::needed(event, hook));
            names.extend(needed.map(|program| program.name));
        }
        if self.tree {
            names.extend(["sched_process_fork", "sched_process_exit"].map(str::to_owned));
        }
        if self.at_enter {
            // A task that never returns leaves its record in the stash.
            names.push("sched_process_exit".to_owned());
        }
        PROGRAMS
            .into_iter()
            .filter(|name| names.iter().any(|wanted| wanted == name))
            .collect()
    }
}

/// What became of each program that was tried.
pub(super) type Results = BTreeMap<String, Result<(), String>>;

/// Tries programs, each once.
struct Trial<'a> {
    object: &'a mut Object,
    btf: &'a Btf,
    /// Whether they are attached, not just loaded.
    attach: bool,
    /// Whether trampolines are left out where there is a kprobe.
    kprobes: bool,
    results: &'a mut Results,
}

impl Trial<'_> {
    fn program(&mut self, program: &Program<'_>) -> Result<(), String> {
        if let Some(result) = self.results.get(&program.name) {
            return result.clone();
        }
        let mut result = program.load(self.object, self.btf);
        if self.attach {
            result = result.and_then(|()| program.attach(self.object));
        }
        self.results.insert(program.name.clone(), result.clone());
        result
    }

    /// Takes the first hook of an event whose programs all work.
    fn event(&mut self, event: &Event) -> HookReport {
        let mut reasons = Vec::new();
        let only_kprobes = self.kprobes && event.hooks.iter().any(is_kprobe);
        let hooks = event.hooks.iter();
        for hook in hooks.filter(|hook| !only_kprobes || is_kprobe(hook)) {
            match self.hook(event, hook) {
                Ok(text) => {
                    return HookReport {
                        event: event.id,
                        outcome: Outcome::Hooked(text),
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

    /// What an event is made from, if this hook works. Without the programs beside it does, too, with less.
    fn hook(&mut self, event: &Event, hook: &Hook) -> Result<String, String> {
        if integrity::is_check(event.id) {
            return self.check(event);
        }
        let missing = self.missing_beside(hook);
        for program in Program::needed(event, hook) {
            self.program(&program)?;
        }
        let mut text = describe(hook);
        for (after, why) in missing {
            text += &match after.starts_with("security_path_") {
                true => format!("; its paths begin at their file system, because {why}"),
                false => format!(", without {after}, because {why}"),
            };
        }
        Ok(text)
    }

    /// What is made of the kernel's memory: its programs are loaded, and run when it is time to.
    fn check(&mut self, event: &Event) -> Result<String, String> {
        integrity::precondition(event.id)?;
        for name in integrity::programs(event.id) {
            let (object, btf) = (&mut *self.object, self.btf);
            let load = || Program::raw_tracepoint(name).load(object, btf);
            let result = self.results.entry((*name).to_owned());
            result.or_insert_with(load).clone()?;
        }
        Ok("the kernel's memory".into())
    }

    /// Functions that a hook comes after and that no program gets to, and why.
    fn missing_beside<'h>(&mut self, hook: &'h Hook) -> Vec<(&'h str, String)> {
        let mut missing = Vec::new();
        for (after, ways) in Program::beside(hook) {
            let mut reasons = Vec::new();
            // Of several, the last are kprobes.
            let skipped = if self.kprobes { ways.len() - 1 } else { 0 };
            for way in &ways[skipped..] {
                match way.iter().try_for_each(|program| self.program(program)) {
                    Ok(()) => {
                        reasons.clear();
                        break;
                    }
                    Err(why) => reasons.push(why),
                }
            }
            if !reasons.is_empty() {
                missing.push((after, reasons.join("; ")));
            }
        }
        missing
    }
}

/// Loads and attaches what the events need and was not tried before.
pub(super) fn attach(
    object: &mut Object,
    btf: &Btf,
    schema: &Schema,
    wanted: &Wanted,
    kprobes: bool,
    results: &mut Results,
) -> Result<Vec<HookReport>, LiveError> {
    let mut trial = Trial {
        object,
        btf,
        attach: true,
        kprobes,
        results,
    };
    for name in wanted.programs(schema) {
        let result = trial.program(&Program::raw_tracepoint(name));
        if let (true, "sched_process_fork" | "sched_process_exit", Err(why)) =
            (wanted.tree, name, result)
        {
            return Err(LiveError::NoTree(why));
        }
    }
    let events = wanted.events.iter().filter_map(|id| schema.event(*id));
    Ok(events.map(|event| trial.event(event)).collect())
}

fn is_kprobe(hook: &Hook) -> bool {
    matches!(
        hook,
        Hook::Function {
            probe: Probe::Kprobe,
            ..
        }
    )
}

fn describe(hook: &Hook) -> String {
    match hook {
        Hook::Syscall { at_enter: true, .. } => "the raw tracepoints sys_enter and sys_exit".into(),
        Hook::Syscall { .. } => "the raw tracepoint sys_exit".into(),
        Hook::RawTracepoint(name) => format!("the raw tracepoint {name}"),
        Hook::Function {
            probe: Probe::Tracepoint,
            function,
            ..
        } => format!("the tracepoint {function}"),
        Hook::Function {
            probe, function, ..
        } => format!("{} of {function}", probe.name()),
        Hook::Userland => "tracee itself".into(),
    }
}

/// Loads every program that these events need, attaches none.
pub(super) fn probe<'s>(events: impl Iterator<Item = &'s Event> + Clone) -> Vec<HookReport> {
    match try_all(events.clone()) {
        Ok(reports) => reports,
        Err(err) => unknown(events, &err),
    }
}

fn try_all<'s>(events: impl Iterator<Item = &'s Event>) -> Result<Vec<HookReport>, LiveError> {
    privileges::check()?;
    let sizes = loader::Sizes {
        ring_bytes: 0,
        capacity: Capacity::for_tables(&FilterTables::default())?,
        stash: false,
        tree: false,
    };
    let (mut object, btf) = loader::load(&sizes, |_| true, || {})?;
    let mut trial = Trial {
        object: &mut object,
        btf: &btf,
        attach: false,
        kprobes: false,
        results: &mut Results::new(),
    };
    Ok(events.map(|event| trial.event(event)).collect())
}

/// The report when nothing can be tried; userland's events don't need the kernel.
fn unknown<'s>(events: impl Iterator<Item = &'s Event>, error: &LiveError) -> Vec<HookReport> {
    let all = events.map(|event| {
        let own = event.hooks.contains(&Hook::Userland) && !integrity::is_check(event.id);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_object_has_every_program_that_a_hook_names_and_no_other() {
        let schema = tracee_lang::stdlib::schema();
        let object = aya_obj::Object::parse(tracee_ebpf::OBJECT).unwrap();
        let mut names: std::collections::BTreeSet<_> =
            PROGRAMS.map(str::to_owned).into_iter().collect();
        let run = [
            super::super::filter_run::PROGRAM,
            integrity::MEMORY,
            integrity::MODULES,
            processes::PROGRAM,
        ];
        names.extend(run.map(str::to_owned));
        for event in &schema.events {
            for hook in &event.hooks {
                names.extend(Program::all(event, hook).map(|program| program.name));
            }
        }
        let have = object.programs.into_keys().collect();
        assert_eq!(names, have);
    }

    #[test]
    fn named_events_are_those_of_the_standard_library() {
        let schema = tracee_lang::stdlib::schema();
        let names = [
            (FORK, "sched_process_fork", 20),
            (EXEC, "sched_process_exec", 9),
            (EXIT, "sched_process_exit", 3),
            (integrity::MODULE_BEGAN, "do_init_module", 3),
            (EXECUTE_FAILED, "process_execute_failed", 14),
        ];
        for (id, name, slots) in names {
            let event = schema.event(id).unwrap();
            assert_eq!((event.name.as_str(), event.slots.len()), (name, slots));
        }
    }
}
