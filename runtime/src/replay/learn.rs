//! What of a line is kept for [the next ones](super::repeat): it was read and came to a record. Nothing is kept of a line
//! that is unusual; then those like it are read as this was.

use std::borrow::Cow;

use tracee_ebpf::abi::RECORD_RETVAL;
use tracee_lang::schema::{Arg, Event, Schema};
use tracee_lang::types::Type;

use super::encode::{self, Encoder};
use super::heads::{self, Head};
use super::json::Json;
use super::learn_v1;
use super::line::Line;
use super::piece::{Piece, Place, Value};
use super::repeat::{BEGIN, Meaning, NEWER, Tail, Was, Written, returned};
use super::scan::Scanner;
use super::scan_line::Field;
use super::value;
use crate::record::{Raw, Record, RecordBuf};

/// The longest line that is kept, in bytes.
const MAX_LINE: usize = 8_192;
/// Arguments that a detection in Aqua's older form has the event in.
const FOUND: [&str; 2] = ["detectedFrom", "triggeredBy"];

/// The pieces of a line: its head, and its tail with the bytes that this begins with. `record` is what the line came
/// to, which was no detection.
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
    let values = Values {
        event: encoder.event_of(known),
        schema: encoder.schema(),
        record: Record::parse(record.as_bytes(), encoder.layouts()).ok()?,
        begin: 0,
        values: Vec::new(),
        slots: 0,
        has_retval: false,
        ignored: Vec::new(),
    };
    let Pieces {
        head,
        begin,
        tail,
        key,
        ignored,
    } = match bytes.starts_with(NEWER) {
        true => learn_v1::pieces(bytes, values)?,
        false => pieces(bytes, values)?,
    };
    let mut moment = encoder.moment(line);
    let head = Head {
        process: process(&head),
        piece: head,
        line: line.context(|text| Cow::Owned(text.to_owned())),
        header: encode::header(line),
        moment,
        key,
        different: 0,
    };
    moment.retval = (header.flags & RECORD_RETVAL != 0).then_some(header.retval);
    let first = begin.as_ref().map_or(tail.text(), Piece::text);
    let first = *first.first_chunk()?;
    let tail = Tail {
        begin,
        piece: tail,
        key,
        known,
        moment,
        ignored,
    };
    Some((head, first, tail))
}

/// What a line is made of.
pub(super) struct Pieces {
    pub(super) head: Piece<heads::Field>,
    pub(super) begin: Option<Piece<()>>,
    pub(super) tail: Piece<Meaning>,
    pub(super) key: Option<Field>,
    pub(super) ignored: Vec<String>,
}

/// The pieces of a line of Aqua's older form.
fn pieces(bytes: &[u8], values: Values<'_>) -> Option<Pieces> {
    let mut learning = Learning {
        head: Vec::new(),
        split: None,
        values,
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
        values,
    } = learning;
    let (begin, end) = bytes.split_at_checked(values.begin)?;
    Some(Pieces {
        head: Piece::new(begin, head.into())?,
        begin: None,
        tail: Piece::new(end, values.values.into())?,
        key: Some(split?),
        ignored: values.ignored,
    })
}

/// The first number that tells processes apart.
fn process(head: &Piece<heads::Field>) -> Option<(usize, u64)> {
    use super::scan_line_v1::Field as Newer;

    let tells = |value: &Value<heads::Field>| match value.means {
        heads::Field::Older(field) => matches!(
            field,
            Field::ThreadStartTime
                | Field::ProcessId
                | Field::ThreadId
                | Field::HostProcessId
                | Field::HostThreadId
        ),
        heads::Field::Newer(field) => {
            matches!(
                field,
                Newer::HostPid | Newer::Pid | Newer::HostTid | Newer::Tid
            )
        }
    };
    let at = head.values().iter().position(tells)?;
    let number = head.text().get(head.values()[at].place.begin as usize..)?;
    Some((at, Scanner::within(number).unsigned()?))
}

/// The values of a line.
struct Learning<'l> {
    head: Vec<Value<heads::Field>>,
    /// The first key that tells the event.
    split: Option<Field>,
    values: Values<'l>,
}

/// Those of the event.
pub(super) struct Values<'l> {
    event: &'l Event,
    schema: &'l Schema,
    record: Record<'l>,
    /// Where in the line the piece begins that they are in.
    pub(super) begin: usize,
    pub(super) values: Vec<Value<Meaning>>,
    /// Slots that have one, as bits.
    slots: u64,
    /// Whether the line says what was returned.
    has_retval: bool,
    pub(super) ignored: Vec<String>,
}

impl Learning<'_> {
    fn field(&mut self, scanner: &mut Scanner<'_>, key: &str) -> Option<()> {
        let field = Field::of(key);
        let begin = scanner.at();
        if matches!(field, Field::EventId | Field::EventName) {
            // A value that differs would be another event: these are text.
            if self.split.is_none() {
                self.split = Some(field);
                self.values.begin = begin;
            }
            return scanner.skip();
        }
        if self.split.is_none() {
            return self.head(scanner, field);
        }
        let meaning = match field {
            Field::Derived => Meaning::Derived,
            Field::Other => Meaning::Other,
            Field::ReturnValue => {
                self.values.retval()?;
                Meaning::Retval(Written::Plain)
            }
            Field::Syscall => Meaning::Syscall,
            Field::ContextFlags => return self.values.flags(scanner),
            Field::Args => return self.values.args(scanner),
            _ => return None,
        };
        scanner.skip()?;
        self.values.push(meaning, begin, scanner.at())
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
            means: heads::Field::Older(field),
        });
        Some(())
    }
}

impl Values<'_> {
    /// It may be said once.
    fn retval(&mut self) -> Option<()> {
        (!std::mem::replace(&mut self.has_retval, true)).then_some(())
    }

    pub(super) fn push(&mut self, means: Meaning, begin: usize, end: usize) -> Option<()> {
        let (begin, end) = (begin.checked_sub(self.begin)?, end.checked_sub(self.begin)?);
        let place = Place::new(begin, end)?;
        self.values.push(Value { place, means });
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
            self.named(&name, value, Written::Plain)
        })
    }

    /// An argument with its value, if it has one, which the scanner is at.
    pub(super) fn named(
        &mut self,
        name: &str,
        value: Option<Scanner<'_>>,
        written: Written,
    ) -> Option<()> {
        match (self.event.arg(name), value) {
            (Some(arg), Some(value)) => self.arg(arg, value, written),
            (Some(_), None) => Some(()),
            (None, value) => self.unknown(name, value, written),
        }
    }

    fn arg(&mut self, arg: &Arg, mut scanner: Scanner<'_>, written: Written) -> Option<()> {
        let begin = scanner.at();
        let Json::Object(all) = scanner.clone().value()? else {
            scanner.skip()?;
            // Of one that may be an object, nothing but null is no error.
            return match arg.ty {
                Type::Struct(_) => Some(()),
                _ => self.slot(arg.slot, &arg.ty, (begin, scanner.at()), written),
            };
        };
        scanner.fields(|scanner, key| {
            let begin = scanner.at();
            scanner.skip()?;
            let end = scanner.at();
            match value::field(self.schema, arg, &key, &all) {
                Some((slot, ty)) => self.slot(slot, ty, (begin, end), Written::Plain),
                None => {
                    let name = format!("{}.{}.{key}", self.event.name, arg.name);
                    self.ignored.push(name);
                    self.push(Meaning::Ignored, begin, end)
                }
            }
        })
    }

    fn slot(
        &mut self,
        slot: u16,
        ty: &Type,
        (begin, end): (usize, usize),
        written: Written,
    ) -> Option<()> {
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
        let means = Meaning::Slot {
            slot,
            ty: ty.clone(),
            was,
            written,
        };
        self.push(means, begin, end)
    }

    /// An argument that the event doesn't have.
    fn unknown(&mut self, name: &str, value: Option<Scanner<'_>>, written: Written) -> Option<()> {
        let is_retval = name == "returnValue" && self.event.has_retval;
        let meaning = if is_retval {
            self.retval()?;
            Meaning::Retval(written)
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
            Meaning::Retval(written) => _ = returned(&mut value, written)?,
            _ => value.skip()?,
        }
        self.push(meaning, begin, value.at())
    }
}
