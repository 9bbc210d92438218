//! What a test sees of the engine.

use tracee_compiler::matcher::TargetSet;
use tracee_compiler::process::ProcessView;
use tracee_lang::schema::Event;

use crate::record::Record;

/// An event that was matched.
#[derive(Debug, Clone, Copy)]
pub struct Watched<'a> {
    /// Its declaration.
    pub event: &'a Event,
    /// What happened.
    pub record: Record<'a>,
    /// Its process, if it is known.
    pub process: Option<&'a ProcessView>,
    /// The targets of the plan's event that match.
    pub matching: &'a TargetSet,
}
