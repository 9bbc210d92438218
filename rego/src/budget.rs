//! How much an evaluation may do: a number of steps, so that a replay stops where the run did.
//!
//! regorus has a limit of time and asks a clock that can be given. This one counts how often it is asked:
//! once for so many steps.

use std::cell::Cell;
use std::num::NonZeroU32;
use std::sync::Once;
use std::time::Duration;

use regorus::utils::limits::{ExecutionTimerConfig, TimeSource, set_time_source};

/// The steps that one evaluation may take: expressions, statements, iterations. The signatures that Aqua
/// shipped take some hundreds.
pub const STEPS: u64 = 100_000;
/// The most elements that `numbers.range` may make: it counts as one step.
pub(crate) const MAX_RANGE: u64 = 10_000;
/// The steps between two looks at the clock.
const INTERVAL: u32 = 8;

struct Steps;

thread_local! {
    /// Evaluations of one thread come one after the other.
    static TAKEN: Cell<u64> = const { Cell::new(0) };
}

impl TimeSource for Steps {
    fn now(&self) -> Option<Duration> {
        TAKEN.with(|taken| taken.set(taken.get() + u64::from(INTERVAL)));
        Some(Duration::from_nanos(taken()))
    }
}

fn taken() -> u64 {
    TAKEN.with(Cell::get)
}

/// The limit, for an engine. A step is a nanosecond of this clock.
pub(crate) fn limit() -> ExecutionTimerConfig {
    static CLOCK: Once = Once::new();
    CLOCK.call_once(|| {
        // Nobody else in this process names regorus, so there is no other clock.
        let _ = set_time_source(&Steps);
    });
    ExecutionTimerConfig {
        limit: Duration::from_nanos(STEPS),
        check_interval: NonZeroU32::new(INTERVAL).unwrap_or(NonZeroU32::MIN),
    }
}

/// An evaluation that is under way.
pub(crate) struct Begun(u64);

pub(crate) fn begin() -> Begun {
    Begun(taken())
}

impl Begun {
    /// Whether more was done than may be. regorus can take the error that stops it for an expression
    /// without a value, so its answer alone does not tell.
    pub(crate) fn is_over(&self) -> bool {
        taken() - self.0 > STEPS
    }
}
