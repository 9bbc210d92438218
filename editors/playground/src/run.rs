//! A policy on a recording or on JSON lines: what `tracee run --replay FILE --output json` does.

use std::cell::RefCell;
use std::io::{self, Cursor, Write};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tracee_compiler::report::Report;
use tracee_lang::schema::EventId;
use tracee_lang::stdlib;
use tracee_runtime::engine::Engine;
use tracee_runtime::output::{JsonOutput, Outputs};
use tracee_runtime::pipeline::Pipeline;
use tracee_runtime::replay::Replay;
use tracee_runtime::source::Poll;
use tracee_runtime::summary::Summary;
use tracee_runtime::whole_writer::WholeWriter;

use crate::policy::Looked;
use crate::request::Policy;

/// What is kept of the lines: a page can't show more.
const MAX_OUTPUT: usize = 16 << 20;

/// What a run amounted to.
#[derive(Debug, Serialize)]
pub(crate) struct Ran {
    /// Selected events and detections, as `--output json` writes them: an object on each line.
    output: String,
    /// Bytes of lines that found no place behind them.
    left_out: usize,
    /// As `--summary-json` writes it.
    summary: Summary,
    /// The same for a person, in lines.
    said: Vec<String>,
    /// Events that the policy is on and that were not asked for when the recording was made.
    not_recorded: Vec<String>,
    /// Warnings of the compiler.
    diagnostics: Vec<Report>,
    /// Why the file was not read to its end.
    failure: Option<String>,
}

/// Runs a policy on a file.
///
/// # Errors
/// The policy has errors or nothing to run, or the file is nothing that can be replayed.
pub(crate) fn run(policy: &Policy, file: &str, bytes: Vec<u8>) -> Result<Ran, String> {
    let looked = Looked::at(policy)?;
    let (compiled, said) = looked.compile();
    let compiled = compiled.ok_or("the policy does not compile: mend what is said of it first")?;
    if looked.checked.policies.is_idle() {
        return Err("nothing to run: no policy here selects an event or has a rule".to_owned());
    }
    let schema = Arc::new(stdlib::schema().clone());
    let input = Box::new(Cursor::new(bytes));
    let mut source =
        Replay::from_reader(input, file, &schema, false).map_err(|error| error.to_string())?;
    let host = source.host().unwrap_or_default().to_owned();
    let planned: Vec<EventId> = compiled.plan.events.iter().map(|plan| plan.event).collect();
    let not_recorded = source.not_recorded(&schema, &planned);
    let diagnostics = looked.reports(&said);
    let engine = Engine::new(
        schema,
        Arc::new(looked.checked.policies),
        &compiled.plan,
        compiled.matchers,
        &host,
    );
    let lines = Lines::default();
    let output = JsonOutput::new(WholeWriter::new("the page", lines.clone()));
    let mut pipeline = Pipeline::new(engine, Outputs(vec![Box::new(output)]), None);
    let outcome = loop {
        match pipeline.poll(&mut source, Duration::ZERO) {
            Ok(Poll::End) => break Ok(()),
            Ok(Poll::Events(_) | Poll::Idle) => {}
            Err(error) => break Err(error),
        }
    };
    let (summary, finished) = pipeline.finish(&[source.report().clone()]);
    let failure = outcome.and(finished).err();
    let kept = lines.0.take();
    Ok(Ran {
        output: String::from_utf8_lossy(&kept.bytes).into_owned(),
        left_out: kept.left_out,
        said: summary.lines(),
        summary,
        not_recorded,
        diagnostics,
        failure: failure.map(|error| error.to_string()),
    })
}

/// Where the output writes.
#[derive(Debug, Clone, Default)]
struct Lines(Rc<RefCell<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    bytes: Vec<u8>,
    left_out: usize,
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut kept = self.0.borrow_mut();
        let room = MAX_OUTPUT.saturating_sub(kept.bytes.len());
        // Whole lines only, and none behind one that was left out.
        let fits = match kept.left_out {
            0 if bytes.len() <= room => bytes.len(),
            0 => bytes[..room]
                .iter()
                .rposition(|&byte| byte == b'\n')
                .map_or(0, |end| end + 1),
            _ => 0,
        };
        kept.bytes.extend_from_slice(&bytes[..fits]);
        kept.left_out += bytes.len() - fits;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
