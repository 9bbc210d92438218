//! `tracee run --replay FILE`: needs no privilege and no kernel.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tracee_lang::schema::{EventId, Schema};
use tracee_runtime::pipeline::{Pipeline, RunError};
use tracee_runtime::replay::{Replay, ReplayError};
use tracee_runtime::source::Poll;

use super::progress::Progress;
use super::stop::Stop;
use super::{Origin, Prepared};
use crate::cli::{Color, RunArgs};
use crate::exit::{Exit, Failure};
use crate::terminal;

/// Reads the files to their ends, one after the other, or until somebody says stop.
pub(super) fn run(
    arguments: &RunArgs,
    color: Color,
    schema: Arc<Schema>,
    prepared: Prepared,
    stop: Stop,
) -> Result<Exit, Failure> {
    let Prepared {
        policies, compiled, ..
    } = prepared;
    let files = &arguments.replay;
    let strict = arguments.strict;
    let planned: Vec<EventId> = compiled.wanted();
    let mut wanted: Vec<EventId> = schema.events.iter().map(|event| event.id).collect();
    // All of them are looked at before anything is written. What was read of stdin does not come again.
    let mut open: VecDeque<Option<Replay>> = VecDeque::new();
    for file in files {
        let source = Replay::open(file, &schema, strict).map_err(unreadable)?;
        say_what_it_lacks(file, &source, &schema, &planned);
        wanted.retain(|&id| source.not_recorded(&schema, &[id]).is_empty());
        let stays = open.is_empty() || file.as_os_str() == "-";
        open.push_back(stays.then_some(source));
    }
    let Some(Some(mut source)) = open.pop_front() else {
        return Err(Failure::new(Exit::Usage, "there is no file to replay"));
    };
    let mut host = source.host().unwrap_or_default().to_owned();
    let origin = Origin {
        host: &host,
        wanted: &wanted,
    };
    let mut pipeline = super::pipeline(
        arguments,
        color,
        Arc::clone(&schema),
        policies,
        compiled,
        origin,
    )?;
    let stop = stop.or_after(arguments.duration);
    let progress = Progress::new(arguments);
    let mut reports = Vec::new();
    let mut rest = files[1..].iter().zip(open);
    let outcome = loop {
        let outcome = drain(&mut pipeline, &mut source, &stop, &progress);
        progress.end_of_file(source.bytes_read(), source.report().events);
        reports.push(source.report().clone());
        let next = rest.next().filter(|_| outcome.is_ok() && !stop.requested());
        let Some((file, open)) = next else {
            break outcome.map_err(Failure::from);
        };
        let again = || Replay::open(file, &schema, strict);
        source = match open.map_or_else(again, Ok) {
            Ok(source) => source,
            Err(error) => break Err(unreadable(error)),
        };
        let of = source.host().unwrap_or_default();
        // A recording begins with what was known; lines go on from the file before.
        if source.recording().is_some() || of != host {
            of.clone_into(&mut host);
            pipeline.move_to(&host);
        }
    };
    progress.clear();
    let (summary, finished) = pipeline.finish(&reports);
    let outcome = outcome.and(finished.map_err(Failure::from));
    super::conclude(arguments, &summary, outcome)
}

fn say_what_it_lacks(file: &Path, source: &Replay, schema: &Schema, planned: &[EventId]) {
    for event in source.not_recorded(schema, planned) {
        terminal::say(&format!(
            "tracee: the event {event} was not asked for when {} was recorded: it has none",
            file.display()
        ));
    }
}

/// Reads a file to its end.
fn drain(
    pipeline: &mut Pipeline,
    source: &mut Replay,
    stop: &Stop,
    progress: &Progress,
) -> Result<(), RunError> {
    while !stop.requested() {
        match pipeline.poll(source, Duration::from_millis(100))? {
            Poll::End => break,
            Poll::Events(_) | Poll::Idle => {
                progress.at(source.bytes_read(), source.report().events);
            }
        }
    }
    Ok(())
}

/// A file that can't be read at all is wrong usage; a bad piece in it is bad input.
fn unreadable(error: ReplayError) -> Failure {
    let exit = match error {
        ReplayError::Bad { .. } => Exit::BadInput,
        _ => Exit::Usage,
    };
    Failure::new(exit, error.to_string())
}
