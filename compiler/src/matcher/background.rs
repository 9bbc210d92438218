//! The thread that compiles while the interpreter serves, so that no event waits for machine code. It begins with
//! the first part that is worth it, and ends with the matchers.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, OnceLock, Weak};
use std::thread;

use super::EventMatchers;
use super::jit::Compiler;

/// Its name, as other programs see it.
const THREAD: &str = "tracee-compile";

/// A part, by its place among those of its event's matcher, which is where events have their ids.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) event: usize,
    pub(super) part: usize,
}

/// What makes code, now or on its thread.
#[derive(Debug)]
pub(super) struct Background {
    compiler: Arc<Compiler>,
    /// `None` if there can't be a thread.
    queue: OnceLock<Option<Sender<Place>>>,
}

impl Background {
    pub(super) fn new(compiler: Compiler) -> Self {
        Self {
            compiler: Arc::new(compiler),
            queue: OnceLock::new(),
        }
    }

    /// Compiles what would be interpreted slowly.
    pub(super) fn prepare(&self, events: &EventMatchers) {
        for matcher in events.iter().flatten() {
            for part in &matcher.parts {
                part.prepare(&self.compiler, &matcher.kind, &matcher.conditions);
            }
        }
    }

    /// Compiles all that is not compiled yet.
    pub(super) fn complete(&self, events: &EventMatchers) {
        for matcher in events.iter().flatten() {
            for part in &matcher.parts {
                part.complete(&self.compiler, &matcher.kind, &matcher.conditions);
            }
        }
    }

    /// Has a part compiled soon; or at once, where there is no other thread for it.
    #[cold]
    pub(super) fn want(&self, events: &Arc<EventMatchers>, place: Place) {
        let begun = || begin(Arc::downgrade(events), Arc::clone(&self.compiler));
        let sent = match self.queue.get_or_init(begun) {
            Some(queue) => queue.send(place).is_ok(),
            None => false,
        };
        if !sent {
            complete(&self.compiler, events, place);
        }
    }
}

/// The thread's queue.
fn begin(events: Weak<EventMatchers>, compiler: Arc<Compiler>) -> Option<Sender<Place>> {
    let (sender, receiver) = channel();
    let thread = thread::Builder::new().name(THREAD.into());
    let begun = thread.spawn(move || work(&events, &compiler, &receiver));
    begun.ok().map(|_| sender)
}

/// Until the matchers are gone: what they still wanted then is not made.
fn work(events: &Weak<EventMatchers>, compiler: &Compiler, wanted: &Receiver<Place>) {
    for place in wanted {
        let Some(events) = events.upgrade() else {
            return;
        };
        complete(compiler, &events, place);
    }
}

fn complete(compiler: &Compiler, events: &EventMatchers, place: Place) {
    if let Some(Some(matcher)) = events.get(place.event)
        && let Some(part) = matcher.parts.get(place.part)
    {
        part.complete(compiler, &matcher.kind, &matcher.conditions);
    }
}
