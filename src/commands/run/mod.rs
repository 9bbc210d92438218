//! `tracee run`: policies over a live kernel or a replayed file.
//!
//! [`run`] goes from top to bottom: load and compile the policies, open the outputs, open the
//! source, then hand over to the runtime's pipeline until the source ends or somebody says stop.

mod live;
mod output_spec;
mod progress;
mod reload;
mod replay;
mod restore;
mod stop;
mod traced_command;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use tracee_compiler::CompiledPolicy;
use tracee_compiler::matcher;
use tracee_lang::hir::PolicySet;
use tracee_lang::schema::{EventId, Schema};
use tracee_lang::stdlib;
use tracee_lang::times::Moment;
use tracee_runtime::engine::Engine;
use tracee_runtime::output::{JsonOutput, Output, Outputs, TableOutput, Writer};
use tracee_runtime::pipeline::{Pipeline, RunError};
use tracee_runtime::queue::QueueOptions;
use tracee_runtime::recording::{Header, Recorder};
use tracee_runtime::summary::Summary;
use tracee_runtime::whole_writer::WriteError;

pub(crate) use self::output_spec::OutputSpec;
use self::output_spec::{Destination, Format};
use self::reload::Seen;
use self::stop::Stop;
use crate::cli::{Color, RunArgs};
use crate::exit::{Exit, Failure};
use crate::load::{Loaded, Sources};
use crate::{load, terminal};

/// Runs the policies and prints the summary.
pub(crate) fn run(
    arguments: &RunArgs,
    color: Color,
    today: Option<Moment>,
) -> Result<Exit, Failure> {
    let stop = Stop::install()?;
    check_paths(arguments)?;
    let prepared = prepare(arguments, color, today)?;
    load::check_engine(&prepared.policies, arguments.rego_engine)?;
    let schema = load::schema();
    match arguments.replay.is_empty() {
        false => replay::run(arguments, color, schema, prepared, stop),
        true => live::run(arguments, color, today, schema, prepared, stop),
    }
}

/// Policies that are ready to run.
#[derive(Debug)]
struct Prepared {
    policies: Arc<PolicySet>,
    compiled: CompiledPolicy,
    /// What they were read from.
    seen: Seen,
}

/// Reads, checks and compiles what the arguments name, and says what is wrong with it.
fn prepare(arguments: &RunArgs, color: Color, today: Option<Moment>) -> Result<Prepared, Failure> {
    let now = today.unwrap_or_else(super::now);
    let mut loaded = load::checked(sources(arguments)?, color, now, |_| true)?;
    load::lower(&mut loaded, arguments.rego_engine);
    let compiled = compile(arguments, &loaded, stdlib::schema(), color)?;
    Ok(Prepared {
        seen: Seen::of(&loaded.sources),
        policies: Arc::new(loaded.checked.policies),
        compiled,
    })
}

/// What the arguments name.
fn sources(arguments: &RunArgs) -> Result<Sources, Failure> {
    let mut sources = match arguments.paths[..] {
        [] if arguments.rego.is_none() => Sources::standard(),
        _ => Sources::read(&arguments.paths),
    };
    if let Some(directory) = &arguments.rego {
        sources.add_signatures(directory, arguments.strict)?;
    }
    Ok(sources)
}

fn compile(
    arguments: &RunArgs,
    loaded: &Loaded,
    schema: &Schema,
    color: Color,
) -> Result<CompiledPolicy, Failure> {
    if loaded.checked.policies.is_idle() {
        return Err(Failure::new(
            Exit::Diagnostics,
            "nothing to run: no policy here selects an event or has a rule",
        )
        .help("write `policy NAME { select EVENT; }`, or see examples/policies"));
    }
    let mut options = load::options(schema);
    options.pushdown = !arguments.no_pushdown;
    if arguments.interpreter {
        options.engine = matcher::Engine::Interpreter;
    }
    load::compile_valid(schema, loaded, &options, color)
}

/// No two of the files of a run may be the same one, but of those that are read.
fn check_paths(arguments: &RunArgs) -> Result<(), Failure> {
    if arguments.strict && arguments.replay.is_empty() && arguments.rego.is_none() {
        let message = "--strict is for --replay and --rego";
        return Err(Failure::new(Exit::Usage, message));
    }
    let is_stdin = |path: &PathBuf| path.as_os_str() == "-";
    if arguments.paths.iter().any(is_stdin) && arguments.replay.iter().any(is_stdin) {
        let message = "stdin can't be both a policy and the file to replay";
        return Err(Failure::new(Exit::Usage, message));
    }
    let outputs = arguments
        .output
        .iter()
        .filter_map(|spec| match &spec.destination {
            Destination::File(path) => Some((path, "--output")),
            Destination::Stdout => None,
        });
    let written = arguments.record.iter().map(|path| (path, "--record"));
    let summary = arguments
        .summary_json
        .iter()
        .map(|path| (path, "--summary-json"));
    let read = arguments.replay.iter().map(|path| (path, "--replay"));
    // Devices (/dev/null) may be named as often as one likes.
    let same = |a: &Path, b: &Path| match (fs::canonicalize(a), fs::canonicalize(b)) {
        (Ok(a), Ok(b)) => a == b && a.is_file(),
        _ => a == b,
    };
    let mut seen: Vec<(&PathBuf, &str)> = Vec::new();
    for (path, option) in read.chain(written).chain(outputs).chain(summary) {
        let is_both = |(other, by): &&(&PathBuf, &str)| {
            let both_read = option == "--replay" && *by == option && !is_stdin(path);
            !both_read && same(other, path)
        };
        if let Some((_, other)) = seen.iter().find(is_both) {
            let message = format!(
                "{other} and {option} are the same file, `{}`",
                path.display()
            );
            return Err(Failure::new(Exit::Usage, message));
        }
        seen.push((path, option));
    }
    Ok(())
}

/// Where the events of a run are from.
struct Origin<'a> {
    /// The machine's name.
    host: &'a str,
    /// The events that were asked for there: a recording says so, because a replay of it finds no
    /// others.
    wanted: &'a [EventId],
}

/// The engine with its outputs and its recording.
fn pipeline(
    arguments: &RunArgs,
    color: Color,
    schema: Arc<Schema>,
    policies: Arc<PolicySet>,
    compiled: CompiledPolicy,
    origin: Origin<'_>,
) -> Result<Pipeline, Failure> {
    let recorder = match &arguments.record {
        None => None,
        Some(path) => {
            let started = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default();
            let started = u64::try_from(started.as_nanos()).unwrap_or(u64::MAX);
            let header = Header::new(&schema, origin.host, started, |id| {
                origin.wanted.contains(&id)
            });
            let recorder = match queue(arguments) {
                None => Recorder::create(path, &header),
                Some(queue) => Recorder::queued(path, &header, &queue),
            };
            Some(recorder.map_err(unwritable)?)
        }
    };
    let outputs = outputs(&arguments.output, queue(arguments).as_ref(), color)?;
    let mut engine = Engine::new(
        schema,
        policies,
        &compiled.plan,
        compiled.matchers,
        origin.host,
    );
    if arguments.stats {
        engine.count_selectors(&compiled.plan);
    }
    Ok(Pipeline::new(engine, outputs, recorder))
}

/// What stands before each output of a live run. A replay waits for its outputs: nothing is lost by that.
fn queue(arguments: &RunArgs) -> Option<QueueOptions> {
    let live = arguments.replay.is_empty();
    live.then(|| arguments.queue.clone().unwrap_or_default())
}

fn outputs(
    specs: &[OutputSpec],
    queue: Option<&QueueOptions>,
    color: Color,
) -> Result<Outputs, Failure> {
    let default = [OutputSpec {
        format: Format::Table,
        destination: Destination::Stdout,
    }];
    let specs = if specs.is_empty() { &default } else { specs };
    if specs
        .iter()
        .filter(|spec| spec.destination == Destination::Stdout)
        .count()
        > 1
    {
        return Err(Failure::new(Exit::Usage, "two outputs go to stdout")
            .help("give one of them a file: --output json:file:PATH"));
    }
    let open = |spec: &OutputSpec| {
        let (destination, colored) = match &spec.destination {
            Destination::Stdout => (
                tracee_runtime::output::Destination::Stdout,
                terminal::stdout_color(color),
            ),
            Destination::File(path) => (
                tracee_runtime::output::Destination::File(path.clone()),
                color == Color::Always,
            ),
        };
        let writer = match queue {
            None => destination.open().map(Writer::from),
            Some(queue) => destination.queued(queue).map(Writer::from),
        };
        let writer = writer.map_err(unwritable)?;
        Ok(match spec.format {
            Format::Table => Box::new(TableOutput::new(writer, colored)) as Box<dyn Output>,
            Format::Json(form) => Box::new(JsonOutput::in_form(form, writer)),
        })
    };
    Ok(Outputs(
        specs.iter().map(open).collect::<Result<_, Failure>>()?,
    ))
}

/// A file that can't be made is wrong usage; one that can't be written on is a failed output.
fn unwritable(error: WriteError) -> Failure {
    let exit = match error {
        WriteError::Create { .. } => Exit::Usage,
        _ => Exit::Output,
    };
    Failure::new(exit, error.to_string())
}

/// Prints the summary, writes it if asked, and says how the run ended.
fn conclude(
    arguments: &RunArgs,
    summary: &Summary,
    outcome: Result<(), Failure>,
) -> Result<Exit, Failure> {
    for line in summary.lines() {
        terminal::say(&line);
    }
    let written = match &arguments.summary_json {
        None => Ok(()),
        Some(path) => write_summary(path, summary),
    };
    outcome.and(written).map(|()| Exit::Success)
}

fn write_summary(path: &Path, summary: &Summary) -> Result<(), Failure> {
    let mut text = serde_json::to_string_pretty(summary).unwrap_or_default();
    text.push('\n');
    fs::write(path, text).map_err(|error| {
        let message = format!("summary `{}` can't be written: {error}", path.display());
        Failure::new(Exit::Output, message)
    })
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        let exit = match &error {
            RunError::Source(source) if source.is::<tracee_runtime::replay::ReplayError>() => {
                Exit::BadInput
            }
            RunError::Source(_) => Exit::Kernel,
            RunError::Output(_) | RunError::Recording(_) => Exit::Output,
        };
        Failure::new(exit, error.to_string())
    }
}
