//! The engines, each behind the same two calls. One file per engine: how a rule is written for it, and what
//! form an event has there. All of them but `walk` get rules as text, and only those of the event's kind are
//! asked: the choice by kind is made for engines that don't make it.

mod by_kind;
#[cfg(feature = "peers")]
mod cel;
#[cfg(feature = "peers")]
mod regorus;
#[cfg(feature = "peers")]
mod sigma;
#[cfg(feature = "peers")]
mod tau;
mod tracee;
mod walk;
#[cfg(feature = "peers")]
mod wirefilter;

use crate::workload::{Event, Rule};

/// A rule that matched an event, by their indices.
pub(crate) type Match = (u32, u32);

/// An engine with its rules loaded.
pub(crate) trait Engine {
    /// Takes the next events, in the form that it evaluates: not measured.
    fn take(&mut self, events: &[Event]);

    /// Evaluates what it took last: measured. Adds which rules matched, in any order.
    fn evaluate(&mut self, found: &mut Vec<Match>);
}

/// Why an engine can't be used.
pub(crate) type Error = Box<dyn std::error::Error>;

/// Loads rules, and says how long that took, in milliseconds: from text until events can be evaluated.
pub(crate) type Load = fn(&[Rule]) -> Result<(Box<dyn Engine>, f64), Error>;

/// All engines by name.
pub(crate) const ALL: &[(&str, Load)] = &[
    ("tracee", tracee::chosen),
    ("tracee, straight", tracee::straight),
    #[cfg(feature = "peers")]
    ("wirefilter", wirefilter::load),
    #[cfg(feature = "peers")]
    ("tau-engine", tau::load),
    #[cfg(feature = "peers")]
    ("sigma-rust", sigma::load),
    #[cfg(feature = "peers")]
    ("cel", cel::load),
    #[cfg(feature = "peers")]
    ("regorus", regorus::load),
    ("walk", walk::load),
];

/// Milliseconds.
fn since(begin: f64) -> f64 {
    (crate::now() - begin) * 1e3
}
