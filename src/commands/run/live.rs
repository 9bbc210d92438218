//! `tracee run` on this machine's kernel.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tracee_lang::schema::{EventId, Schema};
use tracee_lang::times::Moment;
use tracee_runtime::containers::{CgroupLookup, uses_cpuset_groups};
use tracee_runtime::live::{HookReport, LiveOptions, LiveSource, Outcome};
use tracee_runtime::pipeline::{Pipeline, RunError};
use tracee_runtime::process_tree;
use tracee_runtime::record::RecordBuf;
use tracee_runtime::source::Poll;
use tracee_runtime::text::Shown;

use super::reload::Reloads;
use super::restore::{self, Restore, above, above_and_below};
use super::stop::Stop;
use super::traced_command::TracedCommand;
use super::{Origin, Prepared};
use crate::cli::{Color, RunArgs};
use crate::exit::{Exit, Failure};
use crate::{memory, terminal};

/// How long one wait for events lasts: how late a signal or the command's end may be noticed.
const WAIT: Duration = Duration::from_millis(50);

/// Traces until the command ends, the duration is over, or somebody says stop.
pub(super) fn run(
    arguments: &RunArgs,
    color: Color,
    today: Option<Moment>,
    schema: Arc<Schema>,
    prepared: Prepared,
    stop: Stop,
) -> Result<Exit, Failure> {
    let Prepared {
        policies,
        compiled,
        seen,
    } = prepared;
    let own_tree = !arguments.command.is_empty();
    let options = LiveOptions {
        ring_bytes: arguments.buffer << 20,
        required_tree: own_tree.then(std::process::id),
        reloadable: true,
        stats: arguments.stats,
        cpuset_groups: uses_cpuset_groups(Path::new("/")),
        give_back: memory::give_back,
        ..LiveOptions::default()
    };
    let refused =
        |error: tracee_runtime::live::LiveError| Failure::new(Exit::Kernel, error.to_string());
    // Of reading and compiling policies; loading needs more than is left.
    memory::give_back();
    let start = || LiveSource::start(&schema, &compiled.tables, options);
    let mut source = memory::sparingly(start).map_err(refused)?;
    say_unavailable(&schema, source.hooks());
    let host = host_name();
    let wanted: Vec<EventId> = compiled.wanted();
    let learned = compiled.learned;
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
    pipeline.look_for_containers(CgroupLookup::new(&schema, Path::new("/"), now()));
    let losses = source.process_losses();
    pipeline.tell_losses_by(Box::new(move |pid| losses.of(pid)));
    pipeline.learn(learned, Path::new("/"))?;
    let recorded = arguments.record.is_some().then_some(wanted);
    let mut reloads = Reloads::start(arguments, color, today, seen, recorded, learned)?;
    let stop = stop.or_after(arguments.duration);
    let directories = learned.directory.is_some();
    let (existing, why) = source.existing_processes();
    if let Some(why) = why {
        terminal::say(&format!(
            "tracee: the kernel lists no processes, so those that run have no exact start: {why}"
        ));
    }
    let mut outcome = take_processes(
        &schema,
        &existing,
        own_tree,
        above,
        directories,
        &mut pipeline,
    );
    let mut restore = Restore::default();
    if !own_tree {
        outcome = outcome.and_then(|()| pipeline.take_existing_containers());
    }
    let mut command = match &arguments.command[..] {
        [] => None,
        words => Some(TracedCommand::start(words)?),
    };
    memory::give_back();
    while outcome.is_ok()
        && !stop.requested()
        && !command.as_mut().is_some_and(TracedCommand::has_ended)
    {
        outcome = pipeline.poll(&mut source, WAIT).map(|_| ());
        let losses = restore::losses(&pipeline.engine().counters().losses);
        if outcome.is_ok() && restore.is_due(losses, Instant::now()) {
            let directories = reloads.learned().directory.is_some();
            let (existing, _) = source.existing_processes();
            outcome = take_processes(
                &schema,
                &existing,
                own_tree,
                above_and_below,
                directories,
                &mut pipeline,
            );
        }
        reloads.apply(&schema, &mut source, &mut pipeline);
        for trouble in pipeline.troubles() {
            terminal::say(&format!("tracee: {trouble}; what comes meanwhile waits"));
        }
        // A run may go on for months, and its summary comes at the end.
        for (rule, why) in pipeline.newly_unanswered() {
            let why = Shown(why.as_bytes());
            terminal::say(&format!(
                "tracee: the signature {rule} gave no answer: {why}; this is said once, the summary counts"
            ));
        }
    }
    source.stop().map_err(refused)?;
    // What happened until now is in the buffer, and is bounded by it.
    while outcome.is_ok() {
        match pipeline.poll(&mut source, Duration::ZERO) {
            Ok(Poll::Events(_)) => {}
            Ok(Poll::Idle | Poll::End) => break,
            Err(error) => outcome = Err(error),
        }
    }
    if let Some(how) = command.and_then(TracedCommand::finish) {
        terminal::say(&format!("tracee: {how}"));
    }
    let (mut summary, finished) = pipeline.finish(&[]);
    summary.kernel = source.stats().map_err(refused)?;
    super::conclude(
        arguments,
        &summary,
        outcome.and(finished).map_err(Failure::from),
    )
}

/// Says which events this kernel can't provide.
pub(super) fn say_unavailable(schema: &Schema, reports: &[HookReport]) {
    for report in reports {
        if let Outcome::Unavailable(why) = &report.outcome {
            let name = schema.event(report.event).map_or("?", |event| &event.name);
            terminal::say(&format!(
                "tracee: the event {name} is not available here: {why}"
            ));
        }
    }
}

/// Tells the process tree what runs, and where if that is asked for: everything, or just what `of_own_tree` says of
/// this process if only a command is traced.
fn take_processes(
    schema: &Schema,
    records: &[RecordBuf],
    own_tree: bool,
    of_own_tree: fn(&[RecordBuf], u32) -> Vec<u32>,
    directories: bool,
    pipeline: &mut Pipeline,
) -> Result<(), RunError> {
    let own = own_tree.then(|| of_own_tree(records, std::process::id()));
    for record in records {
        let header = record.header();
        if own
            .as_ref()
            .is_none_or(|own| own.contains(&header.host_pid))
        {
            pipeline.take(record.as_bytes())?;
        }
    }
    if directories {
        say_directories(schema, own.as_deref(), pipeline)?;
    }
    Ok(())
}

/// Tells the process tree once more what runs, and nobody else: it asks more of it than before.
pub(super) fn say_processes(
    source: &mut LiveSource,
    pipeline: &mut Pipeline,
) -> Result<(), RunError> {
    let (existing, _) = source.existing_processes();
    for mut record in existing {
        record.make_internal();
        pipeline.take(record.as_bytes())?;
    }
    Ok(())
}

/// Tells the process tree where processes are now: all, or just these.
pub(super) fn say_directories(
    schema: &Schema,
    only: Option<&[u32]>,
    pipeline: &mut Pipeline,
) -> Result<(), RunError> {
    let mut outcome = Ok(());
    process_tree::scan_directories(schema, Path::new("/proc"), now(), &mut |record| {
        let pid = record.header().host_pid;
        if outcome.is_ok() && only.is_none_or(|only| only.contains(&pid)) {
            outcome = pipeline.take(record.as_bytes());
        }
    });
    outcome
}

/// Nanoseconds since the epoch.
fn now() -> u64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(now.as_nanos()).unwrap_or(u64::MAX)
}

fn host_name() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .unwrap_or_default()
        .trim()
        .to_owned()
}
