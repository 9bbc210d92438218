//! How far a replay is, on a terminal that shows nothing else.

use std::cell::Cell;
use std::io::{IsTerminal, stderr, stdout};
use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output_spec::Destination;
use crate::cli::RunArgs;

const WITH_SIZE: &str = "{bar:30} {percent:>3} % of {total_bytes}, {msg}, {eta} left";
const WITHOUT_SIZE: &str = "{spinner} {bytes}, {msg}";

/// A bar on stderr, or nothing.
#[derive(Debug)]
pub(super) struct Progress {
    bar: ProgressBar,
    /// What the files before this one had.
    bytes: Cell<u64>,
    events: Cell<u64>,
}

impl Progress {
    pub(super) fn new(arguments: &RunArgs) -> Self {
        let hidden = || ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        // Lines of events between would tear it apart.
        let to_stdout = |destination: &Destination| *destination == Destination::Stdout;
        let shows_events = arguments.output.is_empty()
            || arguments
                .output
                .iter()
                .any(|spec| to_stdout(&spec.destination));
        let is_free = stderr().is_terminal() && !(shows_events && stdout().is_terminal());
        let bar = if is_free {
            let size = size(&arguments.replay);
            let bar = ProgressBar::with_draw_target(size, ProgressDrawTarget::stderr_with_hz(5));
            let template = if size.is_some() {
                WITH_SIZE
            } else {
                WITHOUT_SIZE
            };
            match ProgressStyle::with_template(template) {
                Ok(style) => bar.with_style(style),
                Err(_) => hidden(),
            }
        } else {
            hidden()
        };
        Self {
            bar,
            bytes: Cell::new(0),
            events: Cell::new(0),
        }
    }

    /// So much of the current file was read.
    pub(super) fn at(&self, bytes: u64, events: u64) {
        if !self.bar.is_hidden() {
            self.bar.set_position(self.bytes.get() + bytes);
            let events = self.events.get() + events;
            let rate = events as f64 / self.bar.elapsed().as_secs_f64().max(0.001);
            self.bar
                .set_message(format!("{events} events, {rate:.0} a second"));
        }
    }

    /// The current file is read.
    pub(super) fn end_of_file(&self, bytes: u64, events: u64) {
        self.bytes.set(self.bytes.get() + bytes);
        self.events.set(self.events.get() + events);
    }

    /// Takes it away, before anything else is written there.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

/// Bytes of all files, if each is one that has a size.
fn size(files: &[PathBuf]) -> Option<u64> {
    let sizes = files.iter().map(|file| {
        let metadata = file.metadata().ok()?;
        metadata.is_file().then_some(metadata.len())
    });
    sizes.sum()
}
