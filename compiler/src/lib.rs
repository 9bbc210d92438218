//! HIR → plan → what runs: filter tables for the kernel and Cranelift matchers for userland.
//!
//! ```text
//! hir ─split→ Plan { selectors, residual } ─┬─tables→ FilterTables, for the kernel's maps
//!                                           └─matcher→ Matchers, which evaluate every condition
//! ```
//!
//! [`compile`] does all of it; [`split`] says, per event, what the kernel decides and what it can't,
//! and why ([`plan`]); [`tables`] is the kernel's part in the ABI's formats; [`matcher`] the machine
//! code; [`explain`] the plan as data to print, with what it costs ([`cost`]), [`report`] a diagnostic;
//! [`simulate`] runs the tables as the kernel does, for tests.
//!
//! The invariant: the kernel may pass too many events, never too few. Matchers evaluate the whole
//! condition of every target, so what is detected does not depend on what was pushed down.

mod compile;
pub mod cost;
pub mod explain;
mod layout;
mod learned;
pub mod matcher;
pub mod plan;
pub mod pretty;
pub mod process;
mod ranges;
mod record;
pub mod report;
pub mod simulate;
pub mod split;
pub mod tables;

pub use compile::{CompiledPolicy, Options, compile};
pub use explain::{Explanation, explain};
pub use learned::Learned;
