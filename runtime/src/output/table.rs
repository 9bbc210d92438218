//! A table for a person's terminal: one line an event, and detections that catch the eye.
//!
//! Nothing that the traced world chose reaches the terminal unescaped ([`crate::text::Shown`]).

use std::fmt::{self, Display, Write as _};
use std::io::Write as _;

use tracee_lang::hir::RuleSeverity;
use tracee_lang::value::Value;

use super::Output;
use super::writer::{Kind, Writer};
use crate::engine::{Detection, MatchedEvent, SignatureMatch};
use crate::format::Formatted;
use crate::queue::QueuedWriter;
use crate::text::Shown;
use crate::time::TimeOfDay;
use crate::whole_writer::WriteError;

/// Characters of one value that are shown; JSON has all.
const MAX_VALUE: usize = 256;

const RESET: &str = "\x1b[0m";
const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";

/// Writes the table.
#[derive(Debug)]
pub struct TableOutput {
    writer: Writer,
    colour: bool,
    begun: bool,
}

impl TableOutput {
    /// Writes to `writer`, with colours if it is a terminal that has them.
    pub fn new(writer: impl Into<Writer>, colour: bool) -> Self {
        Self {
            writer: writer.into(),
            colour,
            begun: false,
        }
    }

    fn line(&mut self, kind: Kind, line: &dyn Display) -> Result<(), WriteError> {
        let begun = std::mem::replace(&mut self.begun, true);
        let colour = self.colour;
        self.writer.line(kind, |out| {
            if !begun {
                let header = Columns {
                    time: "TIME (UTC)",
                    uid: "UID",
                    comm: "COMM",
                    pid: "PID/TID",
                    ret: "RET",
                    event: "EVENT",
                };
                let header = Painted(BOLD, &format_args!("{header} ARGS"), colour);
                // A Vec takes everything.
                let _ = writeln!(out, "{header}");
            }
            let _ = writeln!(out, "{line}");
        })
    }
}

impl Output for TableOutput {
    fn event(&mut self, event: &MatchedEvent<'_>) -> Result<(), WriteError> {
        let header = event.record.header();
        let columns = Columns {
            time: TimeOfDay(header.time),
            uid: Id(header.uid),
            comm: Shown(event.record.comm()),
            pid: format_args!("{}/{}", header.host_pid, header.host_tid),
            ret: event
                .record
                .retval()
                .map_or_else(|| "-".to_owned(), |value| value.to_string()),
            event: &event.event.name,
        };
        let args = Args {
            event,
            colour: self.colour,
        };
        self.line(Kind::Event, &format_args!("{columns} {args}"))
    }

    fn detection(&mut self, detection: &Detection<'_>) -> Result<(), WriteError> {
        let rule = detection.rule;
        let header = detection.event.record.header();
        let time = TimeOfDay(header.time);
        let paint = severity_colour(rule.severity);
        let severity = rule.severity.name().to_uppercase();
        let severity = format_args!(" {severity:<8} ");
        let severity = Painted(paint, &severity, self.colour);
        let name = Painted(BOLD, &rule.qualified_name, self.colour);
        let mut text = String::new();
        if let Some(title) = &rule.title {
            let _ = write!(text, ": {}", Shown(title.as_bytes()));
        }
        match detection.message {
            Some(message) => _ = write!(text, " | {message}"),
            None => {
                let comm = Shown(detection.event.record.comm());
                let event = &detection.event.event.name;
                let _ = write!(text, " | {event} by {comm} (pid {})", header.host_pid);
            }
        }
        for output in detection.output {
            let value = shortened(&Formatted {
                schema: detection.event.schema,
                ty: output.ty,
                value: &output.value,
            });
            let name = Painted(DIM, &output.name, self.colour);
            let _ = write!(text, " {name}={value}");
        }
        if let Some(said) = detection.signature {
            signature(&mut text, &said, self.colour);
        }
        if !detection.is_complete() {
            let lost = detection.lost;
            let _ = write!(text, " [incomplete: up to {lost} events lost]");
        }
        self.line(
            Kind::Detection,
            &format_args!("{time} !!{severity}{name}{text}"),
        )
    }

    fn flush(&mut self) -> Result<(), WriteError> {
        self.writer.flush()
    }

    fn queue(&mut self) -> Option<&mut QueuedWriter> {
        self.writer.queue()
    }
}

/// What an OPA signature says.
fn signature(text: &mut String, said: &SignatureMatch<'_>, colour: bool) {
    for (name, value) in said
        .data
        .and_then(|data| data.as_object())
        .into_iter()
        .flatten()
    {
        let name = Shown(name.as_bytes()).to_string();
        let value = match value {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let value = cut(Shown(value.as_bytes()).to_string());
        let name = Painted(DIM, &name, colour);
        let _ = write!(text, " {name}={value}");
    }
    let _ = write!(text, " [regorus]");
}

/// The columns before the arguments. A value that is too wide moves the rest of its line.
struct Columns<Time, Uid, Comm, Pid, Ret, Event> {
    time: Time,
    uid: Uid,
    comm: Comm,
    pid: Pid,
    ret: Ret,
    event: Event,
}

impl<Time, Uid, Comm, Pid, Ret, Event> Display for Columns<Time, Uid, Comm, Pid, Ret, Event>
where
    Time: Display,
    Uid: Display,
    Comm: Display,
    Pid: Display,
    Ret: Display,
    Event: Display,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cells: [(&dyn Display, usize); 6] = [
            (&self.time, 15),
            (&self.uid, 6),
            (&self.comm, 15),
            (&self.pid, 15),
            (&self.ret, 5),
            (&self.event, 20),
        ];
        for (at, (cell, width)) in cells.into_iter().enumerate() {
            let space = if at == 0 { "" } else { " " };
            write!(f, "{space}{:<width$}", cell.to_string())?;
        }
        Ok(())
    }
}

/// A user id; `-` for the one that nobody has.
struct Id(u32);

impl Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == u32::MAX {
            f.write_char('-')
        } else {
            self.0.fmt(f)
        }
    }
}

/// The arguments that are there: `pathname: /etc/passwd, flags: O_RDONLY`.
struct Args<'a> {
    event: &'a MatchedEvent<'a>,
    colour: bool,
}

impl Display for Args<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let MatchedEvent {
            schema,
            event,
            record,
            ..
        } = self.event;
        let mut separator = "";
        for (at, slot) in event.slots.iter().enumerate() {
            let at = at as u16;
            let value = record.value(at);
            if value == Value::Absent {
                continue;
            }
            let name = Painted(DIM, &slot.path, self.colour);
            write!(f, "{separator}{name}: ")?;
            let mut shown = shortened(&Formatted {
                schema,
                ty: &slot.ty,
                value: &value,
            });
            if record.truncated(at) && !shown.ends_with('…') {
                shown.push('…');
            }
            f.write_str(&shown)?;
            separator = ", ";
        }
        Ok(())
    }
}

/// A value, cut with `…` if it is long.
fn shortened(value: &Formatted<'_>) -> String {
    cut(value.to_string())
}

fn cut(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(MAX_VALUE) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// Text in a colour, if there are any.
struct Painted<'a>(&'static str, &'a dyn Display, bool);

impl Display for Painted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.2 {
            write!(f, "{}{}{RESET}", self.0, self.1)
        } else {
            self.1.fmt(f)
        }
    }
}

/// The ANSI colour of a severity.
fn severity_colour(severity: RuleSeverity) -> &'static str {
    match severity {
        RuleSeverity::Info => "\x1b[34m",
        RuleSeverity::Low => "\x1b[36m",
        RuleSeverity::Medium => "\x1b[1;33m",
        RuleSeverity::High => "\x1b[1;31m",
        RuleSeverity::Critical => "\x1b[1;97;41m",
    }
}
