//! JSON lines as a source.

use std::collections::HashMap;
use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::time::Duration;

use foldhash::fast::RandomState;
use tracee_lang::schema::Schema;

use super::containers::ToldContainers;
use super::encode::{Encoder, NoRecord};
use super::json::Json;
use super::line::{Arg, Line};
use super::line_v1::LineV1;
use super::scan_line::LineScanner;
use super::scan_line_v1::LineV1Scanner;
use super::{ReplayError, ReplayReport};
use crate::record::RecordBuf;
use crate::source::{Arriving, Lost, Poll, Source};

/// The longest line that is read, in bytes.
const MAX_LINE: u64 = 16 << 20;
/// Lines that one poll reads at most, so that the caller can stop in between.
const BATCH: usize = 64;
/// Processes whose executable is remembered.
const MAX_EXECUTABLES: usize = 65_536;

/// Events in one of Aqua's forms or our own, one a line.
///
/// Bad lines and unknown events are skipped and counted. Detections are replaced by the event inside, unless that
/// was the line before.
pub struct JsonLines {
    input: Box<dyn BufRead>,
    encoder: Encoder,
    report: ReplayReport,
    strict: bool,
    /// Number of the line that was read last, from 1.
    number: u64,
    line: Vec<u8>,
    /// Whether `line` was read ahead by [`JsonLines::open`].
    ahead: bool,
    ended: bool,
    host: Option<String>,
    record: RecordBuf,
    last: RecordBuf,
    /// What the process tree was told, by host pid.
    executables: HashMap<u32, String, RandomState>,
    containers: ToldContainers,
    scanner: LineScanner,
    scanner_v1: LineV1Scanner,
}

impl std::fmt::Debug for JsonLines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JsonLines")
            .field("report", &self.report)
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
        let mut lines = Self {
            input,
            containers: ToldContainers::new(&schema),
            encoder: Encoder::new(schema),
            report: ReplayReport::new(file, "line"),
            strict,
            number: 0,
            line: Vec::new(),
            ahead: false,
            ended: false,
            host: None,
            record: RecordBuf::new(),
            last: RecordBuf::new(),
            executables: HashMap::default(),
            scanner: LineScanner::new(),
            scanner_v1: LineV1Scanner::new(),
        };
        // The first line's host is the file's, and outputs want it before the first event.
        while !lines.ended && !lines.ahead {
            lines.ahead = lines.read_line().map_err(|error| lines.unreadable(error))?;
        }
        if let Ok(Parsed { line, .. }) = parse(&lines.line) {
            let event = line.event.as_deref().unwrap_or(&line);
            let host = event.host_name.as_deref();
            lines.host = host.filter(|name| !name.is_empty()).map(str::to_owned);
        }
        Ok(lines)
    }

    /// The machine that the events are from, by the first line.
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// Whether there is no line but blank ones.
    pub fn is_empty(&self) -> bool {
        self.ended && !self.ahead
    }

    /// What was read so far.
    pub fn report(&self) -> &ReplayReport {
        &self.report
    }

    fn unreadable(&self, error: io::Error) -> ReplayError {
        ReplayError::Unreadable {
            file: self.report.file.clone(),
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
        self.number += 1;
        if got as u64 == MAX_LINE && !self.line.ends_with(b"\n") {
            self.input.skip_until(b'\n')?;
        }
        if self.number == 1 && self.line.starts_with(b"\xef\xbb\xbf") {
            self.line.drain(..3);
        }
        Ok(!self.line.trim_ascii().is_empty())
    }

    /// Reads one line and hands its event on.
    fn step(&mut self, take: &mut dyn FnMut(Arriving<'_>)) -> Result<(), ReplayError> {
        if !self.ahead && self.number > 0 {
            // Most lines can be looked at where they are; meanwhile there is another input.
            let mut input = std::mem::replace(&mut self.input, Box::new(io::empty()));
            let taken = self.step_in_place(&mut *input, take);
            self.input = input;
            if taken
                .map_err(|error| self.unreadable(error))?
                .transpose()?
                .is_some()
            {
                return Ok(());
            }
        }
        if !std::mem::take(&mut self.ahead) && !self.read_line().map_err(|e| self.unreadable(e))? {
            return Ok(());
        }
        self.report.read += 1;
        let bytes = std::mem::take(&mut self.line);
        let result = self.take_line(&bytes, take);
        self.line = bytes;
        result
    }

    /// The same if the whole line was read already; none if not. Lines after the first.
    fn step_in_place(
        &mut self,
        input: &mut dyn BufRead,
        take: &mut dyn FnMut(Arriving<'_>),
    ) -> io::Result<Option<Result<(), ReplayError>>> {
        let read = match input.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(None),
            read => read?,
        };
        let Some(end) = memchr::memchr(b'\n', read) else {
            return Ok(None);
        };
        self.number += 1;
        let line = &read[..=end];
        let result = if line.trim_ascii().is_empty() {
            Ok(())
        } else {
            self.report.read += 1;
            self.take_line(line, take)
        };
        input.consume(end + 1);
        Ok(Some(result))
    }

    fn take_line(
        &mut self,
        bytes: &[u8],
        take: &mut dyn FnMut(Arriving<'_>),
    ) -> Result<(), ReplayError> {
        let scanned = scan(&mut self.scanner, &mut self.scanner_v1, bytes);
        let Parsed { line, found } = match scanned.map_or_else(|| parse(bytes), Ok) {
            Ok(parsed) => parsed,
            Err(reason) => return self.bad(reason),
        };
        let detection = found || line.kind.as_deref() == Some("detection");
        let event = match &line.event {
            Some(event) if detection => event,
            _ => &line,
        };
        match self
            .encoder
            .encode(event, &mut self.record, &mut self.report.ignored)
        {
            Ok(()) => {}
            Err(NoRecord::Bad(reason)) => return self.bad(reason),
            Err(NoRecord::UnknownEvent(name)) => {
                self.report.unknown_events.count(&name);
                return Ok(());
            }
        }
        if detection {
            self.report.detections += 1;
            if self.record == self.last {
                return Ok(());
            }
        }
        let is_other = |name: &str| !name.is_empty() && self.host.as_deref() != Some(name);
        if event.host_name.as_deref().is_some_and(is_other) {
            self.report
                .ignored
                .count("hostName (another than the first)");
        }
        std::mem::swap(&mut self.record, &mut self.last);
        self.tell_executable(event, take);
        if let Some(told) = self.containers.before(event, &self.last) {
            take(Arriving::Unchecked(told.as_bytes()));
        }
        self.report.events += 1;
        take(Arriving::Unchecked(self.last.as_bytes()));
        Ok(())
    }

    /// Hands on a record for the process tree if the line says of an executable that is news.
    fn tell_executable(&mut self, event: &Line<'_>, take: &mut dyn FnMut(Arriving<'_>)) {
        let path = event
            .executable
            .as_ref()
            .and_then(|executable| executable.path.as_deref());
        let pid = event.host_process_id.or(event.process_id);
        let (Some(path), Some(pid)) = (path.filter(|path| !path.is_empty()), pid) else {
            return;
        };
        if self
            .executables
            .get(&pid)
            .is_some_and(|known| known == path)
        {
            return;
        }
        if self.executables.len() >= MAX_EXECUTABLES {
            // Saying it again is only slower.
            self.executables.clear();
        }
        self.executables.insert(pid, path.to_owned());
        if self.encoder.executable(event, path, &mut self.record) {
            take(Arriving::Unchecked(self.record.as_bytes()));
        }
    }

    fn bad(&mut self, reason: String) -> Result<(), ReplayError> {
        let at = self.number;
        if self.strict {
            let file = self.report.file.clone();
            return Err(ReplayError::Bad {
                file,
                unit: "line",
                at,
                reason,
            });
        }
        self.report.skip(at, reason);
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
    #[cfg(target_os = "linux")]
    if let Ok(line) = sonic_rs::from_slice(bytes) {
        return Ok(line);
    }
    serde_json::from_slice(bytes).map_err(|error| json_error(&error))
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
        let before = self.report.events;
        for _ in 0..BATCH {
            self.step(take)?;
            if self.ended {
                break;
            }
        }
        Ok(Poll::Events((self.report.events - before) as usize))
    }

    /// A file loses nothing; what was lost when it was made is in it as `lost` events.
    fn losses(&mut self) -> Vec<Lost> {
        Vec::new()
    }
}
