//! HIR → plan → what runs: filter tables for the kernel and Cranelift matchers for userland.
//!
//! ```text
//! hir ─split→ Plan { kernel, residual } ─lower→ CompiledPolicy { FilterTables, Matcher }
//! ```
//!
//! [`plan`] says, per event, what the kernel decides and what it can't, and why; [`tables`] is the
//! kernel's part in the ABI's formats; [`matcher`] the machine code; [`simulate`] runs the tables
//! as the kernel does, for tests.

pub mod plan;
pub mod process;
pub mod tables;
