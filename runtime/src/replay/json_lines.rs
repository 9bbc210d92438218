//! JSON lines as a source.

use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::time::Duration;

use tracee_lang::schema::Schema;

use super::events::Events;
use super::json::Json;
use super::line::{Arg, Line};
use super::line_v1::LineV1;
use super::lines::Lines;
use super::scan_line::LineScanner;
use super::scan_line_v1::LineV1Scanner;
use super::{ReplayError, ReplayReport};
use crate::source::{Arriving, Lost, Poll, Source};

/// The longest line that is read, in bytes.
const MAX_LINE: u64 = 16 << 20;
/// How many lists and objects a value may be in: what serde_json takes. Sonic-rs has no bound.
#[cfg(target_os = "linux")]
const MAX_NESTING: usize = 127;
/// Lines that one poll reads at most, so that the caller can stop in between.
const BATCH: usize = 64;

/// Events in one of Aqua's forms or our own, one a line.
///
/// Bad lines and unknown events are skipped and counted. Detections are replaced by the event inside, unless that
/// was the line before.
pub struct JsonLines {
    input: Box<dyn BufRead>,
    lines: Lines,
    line: Vec<u8>,
    /// Whether `line` was read ahead by [`JsonLines::open`].
    ahead: bool,
    ended: bool,
}

impl std::fmt::Debug for JsonLines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JsonLines")
            .field("report", self.report())
            .finish_non_exhaustive()
    }
}

impl JsonLines {
    /// Reads lines from `input`. `file` is its name in messages; with `strict`, a bad line ends the
    /// replay.
    ///
    /// # Errors
    /// The first line can't be read.
    pub fn open(
        input: Box<dyn BufRead>,
        file: &str,
        schema: Arc<Schema>,
        strict: bool,
    ) -> Result<Self, ReplayError> {
        let mut of = Self {
            input,
            lines: Lines::new(Events::new(file, schema, strict)),
            line: Vec::new(),
            ahead: false,
            ended: false,
        };
        while !of.ended && !of.ahead {
            of.ahead = of.read_line().map_err(|error| of.unreadable(error))?;
        }
        // The first line's host is the file's, and outputs want it before the first event.
        if let Ok(Parsed { line, .. }) = parse(&of.line) {
            let event = line.event.as_deref().unwrap_or(&line);
            let host = event.host_name.as_deref();
            of.lines.events.host = host.filter(|name| !name.is_empty()).map(str::to_owned);
        }
        Ok(of)
    }

    /// The machine that the events are from, by the first line.
    pub fn host(&self) -> Option<&str> {
        self.lines.events.host.as_deref()
    }

    /// Whether there is no line but blank ones.
    pub fn is_empty(&self) -> bool {
        self.ended && !self.ahead
    }

    /// What was read so far.
    pub fn report(&self) -> &ReplayReport {
        &self.lines.events.report
    }

    fn unreadable(&self, error: io::Error) -> ReplayError {
        ReplayError::Unreadable {
            file: self.report().file.clone(),
            error,
        }
    }

    /// Reads the next line; a longer one than [`MAX_LINE`] is cut, and then no JSON. `false` if it is blank, or at
    /// the end of the input.
    fn read_line(&mut self) -> io::Result<bool> {
        self.line.clear();
        let got = (&mut self.input)
            .take(MAX_LINE)
            .read_until(b'\n', &mut self.line)?;
        if got == 0 {
            self.ended = true;
            return Ok(false);
        }
        self.lines.events.number += 1;
        if got as u64 == MAX_LINE && !self.line.ends_with(b"\n") {
            self.input.skip_until(b'\n')?;
        }
        if self.lines.events.number == 1 && self.line.starts_with(b"\xef\xbb\xbf") {
            self.line.drain(..3);
        }
        Ok(!self.line.trim_ascii().is_empty())
    }

    /// Reads one line and hands its event on.
    fn step(&mut self, take: &mut dyn FnMut(Arriving<'_>)) -> Result<(), ReplayError> {
        if !self.ahead && self.lines.events.number > 0 {
            // Most lines can be looked at where they are.
            let read = match self.input.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => &[],
                Err(error) => return Err(self.unreadable(error)),
                Ok(read) => read,
            };
            if let Some((length, taken)) = self.lines.take_next(read, take) {
                self.input.consume(length);
                return taken;
            }
        }
        if std::mem::take(&mut self.ahead) || self.read_line().map_err(|e| self.unreadable(e))? {
            return self.lines.take_line(&self.line, take);
        }
        Ok(())
    }
}

/// What a line says.
pub(super) struct Parsed<'a> {
    pub(super) line: Line<'a>,
    /// It was a detection in one of Aqua's forms, and `line` is the event that it was found in.
    pub(super) found: bool,
}

/// A line of any form, if it is plain.
pub(super) fn scan<'a>(
    scanner: &mut LineScanner,
    scanner_v1: &mut LineV1Scanner,
    bytes: &'a [u8],
) -> Option<Parsed<'a>> {
    let scanned = scanner.read(bytes).map(found_in);
    scanned.or_else(|| {
        let line = scanner_v1.read(bytes)?;
        Some(Parsed { line, found: false })
    })
}

/// A line of any form. Whatever the faster parser refuses the other has the last word on, and says why.
pub(super) fn parse(bytes: &[u8]) -> Result<Parsed<'_>, String> {
    match read::<Line<'_>>(bytes) {
        Ok(line)
            if line.event_name.is_some() || !line.others.keys().any(|key| &**key == "name") =>
        {
            Ok(found_in(line))
        }
        // It may be of the newer form, whose times are texts.
        other => match read::<LineV1<'_>>(bytes) {
            Ok(line) => {
                let found = line.is_detection();
                line.into_line().map(|line| Parsed { line, found })
            }
            Err(error) if has_key(bytes, "workload") => Err(error),
            Err(_) => other.map(found_in),
        },
    }
}

fn read<'a, T: serde::Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, String> {
    // What is nested deeper would use up the stack; the other parser refuses it.
    #[cfg(target_os = "linux")]
    if is_shallow(bytes)
        && let Ok(line) = sonic_rs::from_slice(bytes)
    {
        return Ok(line);
    }
    serde_json::from_slice(bytes).map_err(|error| json_error(&error))
}

/// Whether no value is nested in more lists and objects than [`MAX_NESTING`], as far as it is JSON.
#[cfg(target_os = "linux")]
fn is_shallow(bytes: &[u8]) -> bool {
    let opens = |byte: &&u8| matches!(byte, b'[' | b'{');
    if bytes.iter().filter(opens).count() <= MAX_NESTING {
        return true;
    }
    let (mut nested, mut is_text, mut is_escaped) = (0usize, false, false);
    for &byte in bytes {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = is_text,
            b'"' => is_text = !is_text,
            b'[' | b'{' if !is_text => nested += 1,
            b']' | b'}' if !is_text => nested = nested.saturating_sub(1),
            _ => {}
        }
        if nested > MAX_NESTING {
            return false;
        }
    }
    true
}

fn has_key(bytes: &[u8], key: &str) -> bool {
    let key = format!("\"{key}\":");
    bytes.windows(key.len()).any(|part| part == key.as_bytes())
}

/// The event that a detection in Aqua's older form was found in: what the line itself says, but for the event's
/// own name, arguments and result, which are in an argument.
fn found_in(mut line: Line<'_>) -> Parsed<'_> {
    let args = line.args.as_deref_mut().unwrap_or_default();
    let from = args
        .iter_mut()
        .find(|arg| matches!(&*arg.name, "detectedFrom" | "triggeredBy"));
    let Some(Json::Object(fields)) = from.map(|arg| std::mem::take(&mut arg.value)) else {
        return Parsed { line, found: false };
    };
    line.event_id = None;
    line.event_name = None;
    line.args = None;
    line.others.retain(|key, _| &**key != "metadata");
    for (key, value) in fields {
        match (&*key, value) {
            ("name", Json::Text(name)) => line.event_name = Some(name),
            ("args", Json::List(args)) => {
                line.args = Some(args.into_iter().filter_map(Arg::of).collect());
            }
            ("returnValue", Json::Integer(value)) => line.return_value = i64::try_from(value).ok(),
            _ => {}
        }
    }
    Parsed { line, found: true }
}

/// What is wrong, without serde's line number: every line is its own document.
fn json_error(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let message = text.split(" at line ").next().unwrap_or(&text);
    match error.column() {
        0 => format!("it is no event: {message}"),
        column => format!("it is no event: {message} at column {column}"),
    }
}

impl Source for JsonLines {
    /// Waits for the file, however long: a pipe's writer decides when there is a line.
    fn poll(
        &mut self,
        _timeout: Duration,
        take: &mut dyn FnMut(Arriving<'_>),
    ) -> Result<Poll, Box<dyn std::error::Error + Send + Sync>> {
        if self.ended && !self.ahead {
            return Ok(Poll::End);
        }
        let before = self.lines.events.report.events;
        for _ in 0..BATCH {
            self.step(take)?;
            if self.ended {
                break;
            }
        }
        Ok(Poll::Events(
            (self.lines.events.report.events - before) as usize,
        ))
    }

    /// A file loses nothing; what was lost when it was made is in it as `lost` events.
    fn losses(&mut self) -> Vec<Lost> {
        Vec::new()
    }
}
