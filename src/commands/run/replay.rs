//! `tracee run --replay FILE`: needs no privilege and no kernel.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tracee_lang::schema::{EventId, Schema};
use tracee_runtime::pipeline::RunError;
use tracee_runtime::replay::{Replay, ReplayError};
use tracee_runtime::source::Poll;

use super::stop::Stop;
use super::{Origin, Prepared};
use crate::cli::{Color, RunArgs};
use crate::exit::{Exit, Failure};
use crate::terminal;

/// Reads the file to its end, or until somebody says stop.
pub(super) fn run(
    arguments: &RunArgs,
    file: &Path,
    color: Color,
    schema: Arc<Schema>,
    prepared: Prepared,
    stop: Stop,
) -> Result<Exit, Failure> {
    let Prepared {
        policies, compiled, ..
    } = prepared;
    let mut source = Replay::open(file, &schema, arguments.strict).map_err(unreadable)?;
    let host = source.host().unwrap_or_default().to_owned();
    let planned: Vec<EventId> = compiled.plan.events.iter().map(|plan| plan.event).collect();
    for event in source.not_recorded(&schema, &planned) {
        terminal::say(&format!(
            "tracee: the event {event} was not asked for when {} was recorded: it has none",
            file.display()
        ));
    }
    let wanted: Vec<EventId> = schema
        .events
        .iter()
        .map(|event| event.id)
        .filter(|&id| source.not_recorded(&schema, &[id]).is_empty())
        .collect();
    let origin = Origin {
        host: &host,
        wanted: &wanted,
    };
    let mut pipeline = super::pipeline(arguments, color, schema, policies, compiled, origin)?;
    let stop = stop.or_after(arguments.duration);
    let outcome = loop {
        if stop.requested() {
            break Ok(());
        }
        match pipeline.poll(&mut source, Duration::from_millis(100)) {
            Ok(Poll::End) => break Ok(()),
            Ok(Poll::Events(_) | Poll::Idle) => {}
            Err(error) => break Err(error),
        }
    };
    let (summary, finished) = pipeline.finish(Some(source.report()));
    let outcome: Result<(), RunError> = outcome.and(finished);
    super::conclude(arguments, &summary, outcome.map_err(Failure::from))
}

/// A file that can't be read at all is wrong usage; a bad piece in it is bad input.
fn unreadable(error: ReplayError) -> Failure {
    let exit = match error {
        ReplayError::Bad { .. } => Exit::BadInput,
        _ => Exit::Usage,
    };
    Failure::new(exit, error.to_string())
}
