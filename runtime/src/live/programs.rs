//! The programs of the object: which ones a hook needs, and loading and attaching one.
//!
//! A program is named by its hook: a raw tracepoint's by that, a function's by its kind and the event
//! (`fentry_security_file_open`, `tracepoint_socket_dup`), those that know more by the function
//! (`kprobe_security_path_rename`).

use std::path::Path;

use aya::Btf;
use aya::programs::{Program as Loaded, ProgramError};
use tracee_lang::schema::{Event, Hook, Probe};

use super::error::chain;
use super::object::Object;

/// A program of the object, and where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Program<'a> {
    /// Its name in the object.
    pub(super) name: String,
    /// How; none for a raw tracepoint.
    probe: Option<Probe>,
    /// The tracepoint or the function.
    target: &'a str,
}

/// Functions whose begin must be seen, too: what is told at their end is what they changed.
const FROM_THEIR_BEGIN: [&str; 3] = ["file_update_time", "file_modified", "kiocb_modified"];

/// What a kernel with kprobes has.
const KPROBES: &str = "/sys/bus/event_source/devices/kprobe/type";

impl<'a> Program<'a> {
    /// The one on a raw tracepoint.
    pub(super) fn raw_tracepoint(name: &'a str) -> Self {
        Self {
            name: name.to_owned(),
            probe: None,
            target: name,
        }
    }

    fn on(probe: Probe, function: &'a str, of: &str) -> Self {
        Self {
            name: format!("{}_{of}", probe.name()),
            probe: Some(probe),
            target: function,
        }
    }

    /// Those that a hook can't do without.
    pub(super) fn needed(event: &'a Event, hook: &'a Hook) -> Vec<Self> {
        match hook {
            Hook::Syscall { at_enter: true, .. } => vec![
                Self::raw_tracepoint("sys_exit"),
                Self::raw_tracepoint("sys_enter"),
            ],
            Hook::Syscall { .. } => vec![Self::raw_tracepoint("sys_exit")],
            Hook::RawTracepoint(name) => vec![Self::raw_tracepoint(name)],
            Hook::Function {
                probe, function, ..
            } => Self::on_function(*probe, function, &event.name),
            Hook::Userland => vec![],
        }
    }

    /// Those on a function; the one at its begin comes first, so that no end is seen without.
    fn on_function(probe: Probe, function: &'a str, of: &str) -> Vec<Self> {
        let begins = probe == Probe::Fexit && FROM_THEIR_BEGIN.contains(&function);
        let begin = begins.then(|| Self::on(Probe::Fentry, function, function));
        let mut programs: Vec<_> = begin.into_iter().collect();
        programs.push(Self::on(probe, function, of));
        programs
    }

    /// What tells what the hook itself does not know, as where in the mounts the event happens: functions, and for
    /// each the ways to get there, of which the first that works is enough.
    pub(super) fn beside(hook: &'a Hook) -> Vec<(&'a str, Vec<Vec<Self>>)> {
        let Hook::Function { probe, after, .. } = hook else {
            return vec![];
        };
        let probes: &[Probe] = match probe {
            Probe::Tracepoint => &[Probe::Fentry, Probe::Kprobe],
            probe => &[*probe],
        };
        let ways = |function: &'a str| {
            let on = |probe: &Probe| Self::on_function(*probe, function, function);
            (function, probes.iter().map(on).collect())
        };
        after.iter().map(|function| ways(function)).collect()
    }

    /// Those that a hook needs, and all that may tell what it does not know.
    pub(super) fn all(event: &'a Event, hook: &'a Hook) -> impl Iterator<Item = Self> {
        let beside = Self::beside(hook).into_iter();
        let beside = beside.flat_map(|(_, ways)| ways.into_iter().flatten());
        Self::needed(event, hook).into_iter().chain(beside)
    }

    /// Whether events say what they do without it where a kernel refuses it.
    pub(super) fn may_be_refused(&self) -> bool {
        self.probe.is_some()
    }

    /// Loads it: the verifier looks at it.
    pub(super) fn load(&self, object: &mut Object, btf: &Btf) -> Result<(), String> {
        let program = self.find(object)?;
        let loaded = match program {
            Loaded::RawTracePoint(program) => program.load(),
            Loaded::BtfTracePoint(program) => program.load(self.target, btf),
            Loaded::FEntry(program) => program.load(self.target, btf),
            Loaded::FExit(program) => program.load(self.target, btf),
            Loaded::KProbe(program) => {
                if !Path::new(KPROBES).exists() {
                    return Err("this kernel has no kprobes".into());
                }
                program.load()
            }
            _ => return Err(format!("the program {} is of no known kind", self.name)),
        };
        loaded.map_err(|err| self.refusal(err))
    }

    /// Attaches it, once it is loaded.
    pub(super) fn attach(&self, object: &mut Object) -> Result<(), String> {
        let attached = match self.find(object)? {
            Loaded::RawTracePoint(program) => program.attach(self.target).map(drop),
            Loaded::BtfTracePoint(program) => program.attach().map(drop),
            Loaded::FEntry(program) => program.attach().map(drop),
            Loaded::FExit(program) => program.attach().map(drop),
            Loaded::KProbe(program) => program.attach(self.target, 0).map(drop),
            _ => Ok(()),
        };
        attached.map_err(|err| format!("{} can't be used: {}", self.describe(), chain(&err)))
    }

    fn find<'e>(&self, object: &'e mut Object) -> Result<&'e mut Loaded, String> {
        let program = object.program_mut(&self.name);
        program.ok_or_else(|| format!("this version of tracee has no program for {}", self.name))
    }

    fn describe(&self) -> String {
        match self.probe {
            None => format!("the raw tracepoint {}", self.target),
            Some(Probe::Tracepoint) => format!("the tracepoint {}", self.target),
            Some(probe) => format!("{} of {}", probe.name(), self.target),
        }
    }

    /// Why the kernel refused it; of the verifier's log only the end, where the reason is.
    fn refusal(&self, error: ProgramError) -> String {
        let name = &self.name;
        let (io_error, verifier_log) = match error {
            ProgramError::LoadError {
                io_error,
                verifier_log,
            } => (io_error, verifier_log),
            ProgramError::Btf(_) => {
                return format!("this kernel's BTF has no function {}", self.target);
            }
            error => return format!("the program {name} can't be loaded: {}", chain(&error)),
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
            format!(
                "this kernel refuses the program {name}: {io_error}; its verifier says: {shown}"
            )
        }
    }
}

/// Lines of the verifier's log that are shown.
const LOG_LINES: usize = 5;
