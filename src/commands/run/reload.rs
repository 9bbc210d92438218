//! Other policies while a run goes on: on SIGHUP, and when a file that they were read from changes.
//!
//! ```text
//! a thread: look at files ─changed→ read, check, compile ─→ the run: read on to where the kernel is now,
//!                         SIGHUP ↗      └─ wrong: said      switch its filters, then the matchers
//! ```
//!
//! What is wrong changes nothing: what ran before goes on.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use signal_hook::consts::SIGHUP;
use signal_hook::iterator::Signals;
use tracee_compiler::Learned;
use tracee_lang::schema::{EventId, Schema};
use tracee_lang::times::Moment;
use tracee_runtime::live::{self, LiveSource, Position};
use tracee_runtime::pipeline::Pipeline;

use super::live::{say_directories, say_processes, say_unavailable};
use super::{Prepared, prepare, sources};
use crate::cli::{Color, RunArgs};
use crate::exit::{Exit, Failure};
use crate::load::Sources;
use crate::{load, memory, terminal};

/// How often signals are looked for, and how many times more seldom files.
const LOOK: Duration = Duration::from_millis(250);
const FILES: u32 = 2;

/// The run's end of it.
#[derive(Debug)]
pub(super) struct Reloads {
    ready: Receiver<Prepared>,
    applied: Sender<()>,
    /// What comes into force once all is read that the kernel had written when it arrived: by then no
    /// record is left of the policies before those that run.
    next: Option<(Prepared, Position)>,
    /// The events that a recording can have, if one is made.
    recorded: Option<Vec<EventId>>,
    /// What the process tree learns because policies ask for it.
    learned: Learned,
}

impl Reloads {
    /// Begins to look at what was `seen` when policies were read. `recorded` are the events that a recording can
    /// have, if one is made; `learned` is what policies ask for.
    ///
    /// # Errors
    /// [`Exit::Usage`] if SIGHUP can't be handled.
    pub(super) fn start(
        arguments: &RunArgs,
        color: Color,
        today: Option<Moment>,
        seen: Seen,
        recorded: Option<Vec<EventId>>,
        learned: Learned,
    ) -> Result<Self, Failure> {
        let fail = |error: std::io::Error| {
            Failure::new(Exit::Usage, format!("SIGHUP can't be handled: {error}"))
        };
        let signals = Signals::new([SIGHUP]).map_err(fail)?;
        let (ready, receiver) = mpsc::channel();
        let (applied, done) = mpsc::channel();
        let reader = Reader {
            arguments: arguments.clone(),
            color,
            today,
            ready,
            done,
            seen,
        };
        std::thread::Builder::new()
            .name("reload".into())
            .spawn(move || reader.run(signals))
            .map_err(fail)?;
        Ok(Self {
            ready: receiver,
            applied,
            next: None,
            recorded,
            learned,
        })
    }

    /// Goes on with other policies if there are some, and it is time.
    pub(super) fn apply(
        &mut self,
        schema: &Schema,
        source: &mut LiveSource,
        pipeline: &mut Pipeline,
    ) {
        if self.next.is_none() {
            let ready = self.ready.try_recv().ok();
            self.next = ready.map(|prepared| (prepared, source.position()));
        }
        let is_time = |(_, position): &mut (Prepared, Position)| source.has_read(*position);
        if let Some((prepared, _)) = self.next.take_if(is_time) {
            let said = match self.switch(schema, source, pipeline, prepared) {
                Ok(rules) => format!("tracee: reloaded: {rules}"),
                Err(why) => format!("tracee: not reloaded, what ran before goes on: {why}"),
            };
            terminal::say(&said);
            // Should the thread have ended, there is nobody to tell.
            let _ = self.applied.send(());
        }
    }

    /// What the policies of now ask for.
    pub(super) fn learned(&self) -> Learned {
        self.learned
    }

    fn switch(
        &mut self,
        schema: &Schema,
        source: &mut LiveSource,
        pipeline: &mut Pipeline,
        prepared: Prepared,
    ) -> Result<String, String> {
        let Prepared {
            policies, compiled, ..
        } = prepared;
        let lacking = self.recorded.as_ref().and_then(|recorded| {
            let mut wanted = compiled.wanted().into_iter();
            wanted.find(|event| !recorded.contains(event))
        });
        if let Some(event) = lacking {
            let name = schema.event(event).map_or("?", |event| &event.name);
            return Err(format!(
                "the recording says that nobody asked for the event {name}: restart tracee"
            ));
        }
        let new = memory::sparingly(|| source.replace_tables(&compiled.tables));
        let new = new.map_err(|error| error.to_string())?;
        say_unavailable(schema, &new);
        // From here on the kernel says what changes; what the tree still has from before may be long past.
        let before = std::mem::replace(&mut self.learned, compiled.learned);
        let mut told = pipeline.learn(compiled.learned, Path::new("/"));
        if compiled.learned.is_more_than(before) {
            told = told.and_then(|()| say_processes(source, pipeline));
        }
        if compiled.learned.directory.is_some() && before.directory.is_none() {
            told = told.and_then(|()| say_directories(schema, None, pipeline));
        }
        let count = |count: usize, what: &str| match count {
            1 => format!("1 {what}"),
            _ => format!("{count} {what}s"),
        };
        let rules = policies.policies.iter().map(|policy| policy.rules.len());
        let rules = count(rules.sum(), "rule");
        let all = match policies.policies.len() {
            1 => format!("1 policy with {rules}"),
            number => format!("{number} policies with {rules}"),
        };
        let replaced = pipeline.replace(policies, &compiled.plan, compiled.matchers);
        Ok(match (told, replaced) {
            (Ok(()), Ok(())) => all,
            (Err(error), _) => format!("{all}; of processes that run not all is known: {error}"),
            (_, Err(error)) => {
                format!("{all}; what waited for containers was not written: {error}")
            }
        })
    }
}

/// The thread that looks and reads.
struct Reader {
    arguments: RunArgs,
    color: Color,
    today: Option<Moment>,
    ready: Sender<Prepared>,
    done: Receiver<()>,
    seen: Seen,
}

/// What policies were read from.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// The texts of all files, with their names.
    texts: Vec<(Arc<str>, Arc<str>)>,
    /// The files, and the directories that they are in.
    files: Vec<PathBuf>,
}

/// Of a file: device, inode, size, and when it or what is known of it changed.
type Mark = (u64, u64, u64, i64, i64, i64, i64);

impl Seen {
    /// What these are made of.
    pub(super) fn of(sources: &Sources) -> Self {
        let origins = sources.origins.iter();
        let mut files: Vec<PathBuf> = origins.map(|origin| origin.path.clone()).collect();
        let directories: Vec<PathBuf> = files.iter().filter_map(|file| directory(file)).collect();
        files.extend(directories);
        files.sort_unstable();
        files.dedup();
        let texts = sources.map.iter();
        let texts = texts.map(|(_, file)| (file.name.clone(), Arc::clone(&file.text)));
        Self {
            texts: texts.collect(),
            files,
        }
    }
}

impl Reader {
    fn run(mut self, mut signals: Signals) {
        // None: a file may have changed since it was read.
        let mut known = Vec::new();
        let mut before = Vec::new();
        let stdin = self
            .arguments
            .paths
            .iter()
            .any(|path| path.as_os_str() == "-");
        let mut round: u32 = 0;
        loop {
            std::thread::sleep(LOOK);
            round = round.wrapping_add(1);
            let asked = signals.pending().count() > 0;
            if stdin {
                if asked {
                    terminal::say("tracee: not reloaded: what stdin said can't be read again");
                }
                continue;
            }
            if !asked && !round.is_multiple_of(FILES) {
                continue;
            }
            let marks = self.marks();
            // Whoever writes a file may not be done: it has to look the same twice.
            let settled = std::mem::replace(&mut before, marks.clone()) == marks;
            if !asked && (known == marks || !settled) {
                continue;
            }
            known = marks;
            let seen = self.read();
            let changed = seen.texts != self.seen.texts;
            self.seen = seen;
            if (asked || changed) && !self.reload() {
                return;
            }
        }
    }

    /// Whether there is still a run.
    fn reload(&self) -> bool {
        match prepare(&self.arguments, self.color, self.today) {
            Ok(prepared) => {
                if self.ready.send(prepared).is_err() || self.done.recv().is_err() {
                    return false;
                }
                // The next may come only when no program runs any more that saw the tables of before.
                if let Err(error) = live::wait_for_programs() {
                    terminal::say(&format!("tracee: no more reloads: {error}"));
                    return false;
                }
                true
            }
            Err(failure) => {
                failure.say();
                terminal::say("tracee: not reloaded, what ran before goes on");
                true
            }
        }
    }

    /// What there is to read now.
    fn read(&self) -> Seen {
        let Ok(mut sources) = sources(&self.arguments) else {
            return Seen::default();
        };
        // For the imports; what is wrong is said when it is compiled.
        sources.check(self.today.unwrap_or_else(crate::commands::now));
        Seen::of(&sources)
    }

    fn marks(&self) -> Vec<(PathBuf, Option<Mark>)> {
        let mut files = load::policies_below_all(&self.arguments.paths);
        files.extend(self.seen.files.iter().cloned());
        files.sort_unstable();
        files.dedup();
        let mark = |path: PathBuf| {
            let mark = fs::metadata(&path).ok().map(|of| {
                (
                    of.dev(),
                    of.ino(),
                    of.size(),
                    of.mtime(),
                    of.mtime_nsec(),
                    of.ctime(),
                    of.ctime_nsec(),
                )
            });
            (path, mark)
        };
        files.into_iter().map(mark).collect()
    }
}

fn directory(file: &Path) -> Option<PathBuf> {
    let parent = file.parent()?;
    Some(match parent.as_os_str().is_empty() {
        true => PathBuf::from("."),
        false => parent.to_owned(),
    })
}
