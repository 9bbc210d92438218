//! When a run ends by request: SIGINT, SIGTERM, or its `--duration`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};

use crate::exit::{Exit, Failure};

/// Asked between two batches of events, so that nothing is cut in half.
#[derive(Debug)]
pub(super) struct Stop {
    signalled: Arc<AtomicBool>,
    deadline: Option<Instant>,
}

impl Stop {
    /// From now on signals are noted instead of ending the process; a second one ends it.
    ///
    /// # Errors
    /// [`Exit::Usage`] if the handlers can't be installed.
    pub(super) fn install(duration: Option<Duration>) -> Result<Self, Failure> {
        let signalled = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            let second = signal_hook::flag::register_conditional_shutdown(
                signal,
                128 + signal,
                Arc::clone(&signalled),
            );
            second
                .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&signalled)))
                .map_err(|error| {
                    Failure::new(Exit::Usage, format!("signals can't be handled: {error}"))
                })?;
        }
        Ok(Self {
            signalled,
            deadline: duration.map(|duration| Instant::now() + duration),
        })
    }

    /// Whether it is time to end.
    pub(super) fn requested(&self) -> bool {
        self.signalled.load(Ordering::Relaxed)
            || self
                .deadline
                .is_some_and(|deadline| Instant::now() >= deadline)
    }
}
