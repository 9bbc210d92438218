//! What of a line is kept for [the next ones](super::repeat): it was read and came to a record. Nothing is kept of a line
//! that is unusual; then those like it are read as this was.

use std::borrow::Cow;

use tracee_ebpf::abi::RECORD_RETVAL;
use tracee_lang::schema::{Arg, Event, Schema};
use tracee_lang::types::Type;

use super::encode::{self, Encoder};
use super::json::Json;
use super::line::Line;
use super::piece::{Piece, Place, Value};
use super::repeat::{BEGIN, Head, Meaning, Tail, Was};
use super::scan::Scanner;
use super::scan_line::Field;
use super::value;
use crate::record::{Raw, Record, RecordBuf};

/// The longest line that is kept, in bytes.
const MAX_LINE: usize = 8_192;
/// Arguments that a detection in Aqua's older form has the event in.
const FOUND: [&str; 2] = ["detectedFrom", "triggeredBy"];

/// The pieces of a line, and the bytes that the second begins with. `record` is what the line came to, which was no
/// detection.
pub(super) fn learn(
    bytes: &[u8],
    line: &Line<'_>,
    encoder: &Encoder,
    record: &RecordBuf,
) -> Option<(Head, [u8; BEGIN], Tail)> {
    let header = record.header();
    let is_plain = line.others.is_empty() && header.truncated == 0;
    if bytes.len() > MAX_LINE || bytes.last() != Some(&b'\n') || !is_plain {
        return None;
    }
    let known = encoder.event(line).ok()?;
    let mut learning = Learning {
        event: encoder.event_of(known),
        schema: encoder.schema(),
        record: Record::parse(record.as_bytes(), encoder.layouts()).ok()?,
        head: Vec::new(),
        split: None,
        tail: Vec::new(),
        slots: 0,
        has_retval: false,
        ignored: Vec::new(),
    };
    let mut scanner = Scanner::new(bytes)?;
    scanner.fields(|scanner, key| match key {
        Cow::Borrowed(key) => learning.field(scanner, key),
        Cow::Owned(_) => None,
    })?;
    scanner.end()?;
    let Learning {
        head,
        split,
        tail,
        ignored,
        ..
    } = learning;
    let (split, key) = split?;
    let (begin, end) = bytes.split_at_checked(split)?;
    let mut moment = encoder.moment(line);
    let head = Head {
        process: process(bytes, &head),
        piece: Piece::new(begin, head.into())?,
        line: line.context(|text| Cow::Owned(text.to_owned())),
        header: encode::header(line),
        time: moment.time,
        key,
        different: 0,
    };
    moment.retval = (header.flags & RECORD_RETVAL != 0).then_some(header.retval);
    let tail = Tail {
        piece: Piece::new(end, tail.into())?,
        key,
        known,
        moment,
        ignored,
    };
    Some((head, *end.first_chunk()?, tail))
}

/// The first number that tells processes apart.
fn process(bytes: &[u8], head: &[Value<Field>]) -> Option<(usize, u64)> {
    let tells = |value: &Value<Field>| {
        matches!(
            value.means,
            Field::ThreadStartTime
                | Field::ProcessId
                | Field::ThreadId
                | Field::HostProcessId
                | Field::HostThreadId
        )
    };
    let at = head.iter().position(tells)?;
    let number = bytes.get(head[at].place.begin as usize..)?;
    Some((at, Scanner::within(number).unsigned()?))
}

/// The values of a line.
struct Learning<'l> {
    event: &'l Event,
    schema: &'l Schema,
    record: Record<'l>,
    head: Vec<Value<Field>>,
    /// Where the first value is that tells the event, and of which key it is.
    split: Option<(usize, Field)>,
    tail: Vec<Value<Meaning>>,
    /// Those that have a value, as bits.
    slots: u64,
    /// Whether the line says what was returned.
    has_retval: bool,
    ignored: Vec<String>,
}

impl Learning<'_> {
    fn field(&mut self, scanner: &mut Scanner<'_>, key: &str) -> Option<()> {
        let field = Field::of(key);
        let begin = scanner.at();
        if matches!(field, Field::EventId | Field::EventName) {
            // A value that differs would be another event: these are text.
            self.split.get_or_insert((begin, field));
            return scanner.skip();
        }
        if self.split.is_none() {
            return self.head(scanner, field);
        }
        let meaning = match field {
            Field::Derived => Meaning::Derived,
            Field::Other => Meaning::Other,
            Field::ReturnValue => {
                self.retval()?;
                Meaning::Retval
            }
            Field::Syscall => Meaning::Syscall,
            Field::ContextFlags => return self.flags(scanner),
            Field::Args => return self.args(scanner),
            _ => return None,
        };
        scanner.skip()?;
        self.push(meaning, begin, scanner.at())
    }

    fn head(&mut self, scanner: &mut Scanner<'_>, field: Field) -> Option<()> {
        let begin = scanner.at();
        match field {
            // In the newer form it is a text.
            Field::Timestamp => _ = scanner.integer()?,
            Field::ReturnValue
            | Field::Syscall
            | Field::ContextFlags
            | Field::Args
            | Field::Unusual => return None,
            _ => scanner.skip()?,
        }
        self.head.push(Value {
            place: Place::new(begin, scanner.at())?,
            means: field,
        });
        Some(())
    }

    /// It may be said once.
    fn retval(&mut self) -> Option<()> {
        (!std::mem::replace(&mut self.has_retval, true)).then_some(())
    }

    fn push(&mut self, means: Meaning, begin: usize, end: usize) -> Option<()> {
        let (split, _) = self.split?;
        self.tail.push(Value {
            place: Place::new(begin.checked_sub(split)?, end.checked_sub(split)?)?,
            means,
        });
        Some(())
    }

    fn flags(&mut self, scanner: &mut Scanner<'_>) -> Option<()> {
        if scanner.null() {
            return Some(());
        }
        scanner.fields(|scanner, key| {
            let meaning = match &*key {
                "containerStarted" => Meaning::IsStarted,
                "isCompat" => Meaning::IsCompat,
                _ => Meaning::Derived,
            };
            let begin = scanner.at();
            scanner.skip()?;
            self.push(meaning, begin, scanner.at())
        })
    }

    fn args(&mut self, scanner: &mut Scanner<'_>) -> Option<()> {
        if scanner.null() {
            return Some(());
        }
        scanner.list(|scanner| {
            let (mut name, mut value) = (None, None);
            scanner.fields(|scanner, key| {
                match &*key {
                    "name" => name = Some(scanner.string()?),
                    "value" => {
                        value = Some(scanner.clone());
                        scanner.skip()?;
                    }
                    // What else there is may not differ.
                    _ => scanner.skip()?,
                }
                Some(())
            })?;
            let name = name?;
            if FOUND.contains(&&*name) {
                return None;
            }
            match (self.event.arg(&name), value) {
                (Some(arg), Some(value)) => self.arg(arg, value),
                (Some(_), None) => Some(()),
                (None, value) => self.unknown(&name, value),
            }
        })
    }

    /// An argument whose value the scanner is at.
    fn arg(&mut self, arg: &Arg, mut scanner: Scanner<'_>) -> Option<()> {
        let begin = scanner.at();
        let Json::Object(all) = scanner.clone().value()? else {
            scanner.skip()?;
            // Of one that may be an object, nothing but null is no error.
            return match arg.ty {
                Type::Struct(_) => Some(()),
                _ => self.slot(arg.slot, &arg.ty, begin, scanner.at()),
            };
        };
        scanner.fields(|scanner, key| {
            let begin = scanner.at();
            scanner.skip()?;
            let end = scanner.at();
            match value::field(self.schema, arg, &key, &all) {
                Some((slot, ty)) => self.slot(slot, ty, begin, end),
                None => {
                    let name = format!("{}.{}.{key}", self.event.name, arg.name);
                    self.ignored.push(name);
                    self.push(Meaning::Ignored, begin, end)
                }
            }
        })
    }

    fn slot(&mut self, slot: u16, ty: &Type, begin: usize, end: usize) -> Option<()> {
        // It may be set once.
        let bit = 1u64.checked_shl(slot.into())?;
        if self.slots & bit != 0 {
            return None;
        }
        self.slots |= bit;
        let was = match self.record.raw(slot) {
            None => Was::Absent,
            Some(Raw::Word(word)) => Was::Word(word),
            Some(Raw::Tail(value)) => Was::Tail(value.into()),
        };
        let ty = ty.clone();
        self.push(Meaning::Slot { slot, ty, was }, begin, end)
    }

    /// An argument that the event doesn't have.
    fn unknown(&mut self, name: &str, value: Option<Scanner<'_>>) -> Option<()> {
        let is_retval = name == "returnValue" && self.event.has_retval;
        let meaning = if is_retval {
            self.retval()?;
            Meaning::Retval
        } else {
            self.ignored.push(format!("{}.{name}", self.event.name));
            Meaning::Ignored
        };
        let Some(mut value) = value else {
            // Without a value it is none that is returned.
            return (!is_retval).then_some(());
        };
        let begin = value.at();
        match meaning {
            Meaning::Retval => _ = value.signed()?,
            _ => value.skip()?,
        }
        self.push(meaning, begin, value.at())
    }
}
