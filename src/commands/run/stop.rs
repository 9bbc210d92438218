//! When a run ends by request: SIGINT, SIGTERM, or its `--duration`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::exit::{Exit, Failure};

/// Signals within this long of the first are the same request: `timeout` and some shells send one
/// to the process and another to its group.
const SAME_REQUEST: Duration = Duration::from_millis(500);

/// Asked between two batches of events, so that nothing is cut in half.
#[derive(Debug)]
pub(super) struct Stop {
    signalled: Arc<AtomicBool>,
    deadline: Option<Instant>,
}

impl Stop {
    /// To be called first: from now on signals are noted instead of ending the process. Who asks
    /// again, because an output hangs, ends it at once.
    ///
    /// # Errors
    /// [`Exit::Usage`] if the handlers can't be installed.
    pub(super) fn install() -> Result<Self, Failure> {
        let fail = |error: std::io::Error| {
            Failure::new(Exit::Usage, format!("signals can't be handled: {error}"))
        };
        let signalled = Arc::new(AtomicBool::new(false));
        let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(fail)?;
        let noted = Arc::clone(&signalled);
        let watch = move || {
            let mut first: Option<Instant> = None;
            for signal in signals.forever() {
                let asked = *first.get_or_insert_with(Instant::now);
                noted.store(true, Ordering::Relaxed);
                if asked.elapsed() > SAME_REQUEST {
                    std::process::exit(128 + signal);
                }
            }
        };
        std::thread::Builder::new()
            .name("signals".into())
            .spawn(watch)
            .map_err(fail)?;
        Ok(Self {
            signalled,
            deadline: None,
        })
    }

    /// The same, also when this much time has gone by from now.
    pub(super) fn or_after(self, duration: Option<Duration>) -> Self {
        Self {
            deadline: duration.map(|duration| Instant::now() + duration),
            ..self
        }
    }

    /// Whether it is time to end.
    pub(super) fn requested(&self) -> bool {
        self.signalled.load(Ordering::Relaxed)
            || self
                .deadline
                .is_some_and(|deadline| Instant::now() >= deadline)
    }
}
