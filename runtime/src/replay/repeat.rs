//! Lines that say much of what lines before them said: of the same process, or the same event. Those lines are kept in
//! pieces, and only what differs is read. Whatever is new is read by the scanner, and [learned](super::learn).
//!
//! ```text
//! {"timestamp":1,"processId":7,…,"eventId":"257","eventName":"openat",…,"args":[…]}
//! └────────────── head ───────────────────┘└──────────────── tail ────────────────┘
//! {"timestamp":"2026-…","id":257,"name":"openat",…,"workload":{"process":{…},…},"data":[…]}
//!                      └───────── tail begins ───────────────┘└──── head ─────┘└─── tail ──┘
//! ```

use std::collections::HashMap;

use foldhash::fast::RandomState;
use tracee_lang::types::Type;

use super::encode::{Encoder, Known, Moment};
use super::heads::{Head, Heads, Readers, Whose, says_nothing};
use super::json::Json;
use super::learn::learn;
use super::line::Line;
use super::line_v1::number;
use super::piece::{Change, Piece, Value};
use super::scan::Scanner;
use super::scan_line::Field;
use super::scan_line_v1::time;
use super::value::Setting;
use crate::record::RecordBuf;

/// Tails that are kept; one more, and they are learned again.
const MAX_TAILS: usize = 512;
/// Of those of one event.
const MAX_ALIKE: usize = 8;
/// Bytes that a tail begins with, which tell the event.
pub(super) const BEGIN: usize = 16;
/// Lines that are not learned, at most, after those that were in vain.
const MAX_WAIT: u32 = 64;
/// What a line of Aqua's newer form begins with; a text follows.
pub(super) const NEWER: &[u8] = b"{\"timestamp\":\"";

/// What a line says of the event.
#[derive(Debug)]
pub(super) struct Tail {
    /// In Aqua's newer form: what is before the head.
    pub(super) begin: Option<Piece<()>>,
    pub(super) piece: Piece<Meaning>,
    /// The key whose value it begins with, in the older form.
    pub(super) key: Option<Field>,
    pub(super) known: Known,
    pub(super) moment: Moment,
    /// What there is no place for.
    pub(super) ignored: Vec<String>,
}

/// What a value of the end means.
#[derive(Debug)]
pub(super) enum Meaning {
    /// Nothing that is asked for.
    Derived,
    /// Nothing, or another form of line.
    Other,
    Retval(Written),
    Syscall,
    IsStarted,
    IsCompat,
    Slot {
        slot: u16,
        ty: Type,
        was: Was,
        written: Written,
    },
    /// Of an argument that the event doesn't have.
    Ignored,
}

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    Plain,
    /// A number as a text.
    Text,
}

/// What a slot was.
#[derive(Debug)]
pub(super) enum Was {
    Absent,
    Word(u64),
    Tail(Box<[u8]>),
}

/// What came before.
#[derive(Debug)]
pub(super) struct Repeats {
    heads: Heads,
    /// By their first bytes.
    tails: HashMap<[u8; BEGIN], Vec<Tail>, RandomState>,
    count: usize,
    /// Of the line before, if all was told of it: the head, and whether the container's own program ran.
    settled: Option<(usize, bool)>,
    /// Lines that are not learned.
    wait: u32,
    waited: u32,
}

/// A line that was read.
pub(super) struct Repeat<'x> {
    length: usize,
    /// Where the head begins.
    begin: usize,
    whose: Whose<'x>,
    tail: &'x Tail,
    moment: Moment,
    used: Used,
    is_settled: bool,
}

/// Of which pieces it consists.
#[derive(Debug, Clone, Copy)]
pub(super) struct Used {
    head: usize,
    /// Values of it that differ, beside those of the moment.
    different: usize,
    is_started: bool,
}

impl Repeat<'_> {
    /// Bytes, with the line's end.
    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// Where the event happened.
    pub(super) fn line(&self) -> &Line<'_> {
        self.whose.line()
    }

    pub(super) fn moment(&self) -> Moment {
        self.moment
    }

    /// What there was no place for.
    pub(super) fn ignored(&self) -> &[String] {
        &self.tail.ignored
    }

    /// Whether the line before said the same of where it happened.
    pub(super) fn is_settled(&self) -> bool {
        self.is_settled
    }

    pub(super) fn used(&self) -> Used {
        self.used
    }

    /// The head of this line, which `bytes` begin with, if too much of it is different.
    pub(super) fn renewed(&self, bytes: &[u8], changes: &[Change]) -> Option<Box<Head>> {
        self.whose.renewed(bytes.get(self.begin..)?, changes)
    }
}

impl Repeats {
    pub(super) fn new() -> Self {
        Self {
            heads: Heads::new(),
            tails: HashMap::default(),
            count: 0,
            settled: None,
            wait: 0,
            waited: 0,
        }
    }

    /// Reads the line that `bytes` begin with, and makes its record, if all it says was said before, but for values:
    /// which these are of the head is told in `changes`.
    pub(super) fn read<'x>(
        &'x self,
        bytes: &'x [u8],
        by: Readers<'_>,
        changes: &mut Vec<Change>,
        record: &mut RecordBuf,
    ) -> Option<Repeat<'x>> {
        match bytes.starts_with(NEWER) {
            true => self.newer(bytes, by, changes, record),
            false => self.older(bytes, by, changes, record),
        }
    }

    fn older<'x>(
        &'x self,
        bytes: &'x [u8],
        mut by: Readers<'_>,
        changes: &mut Vec<Change>,
        record: &mut RecordBuf,
    ) -> Option<Repeat<'x>> {
        let mut scanner = Scanner::within(bytes);
        let whose = self.heads.read(&mut scanner, &mut by, changes)?;
        let tails = self.tails.get(scanner.rest().first_chunk()?)?;
        let mut tails = tails.iter().filter(|tail| tail.key == whose.head.key);
        let (tail, moment, length) = tails.find_map(|tail| {
            let mut scanner = scanner.clone();
            let moment = tail.follow(&mut scanner, &whose, by.encoder, record)?;
            Some((tail, moment, scanner.at()))
        })?;
        Some(self.repeat(0, whose, tail, moment, length))
    }

    fn newer<'x>(
        &'x self,
        bytes: &'x [u8],
        mut by: Readers<'_>,
        changes: &mut Vec<Change>,
        record: &mut RecordBuf,
    ) -> Option<Repeat<'x>> {
        let mut scanner = Scanner::within(bytes);
        scanner.skip_bytes(NEWER.len() - 1);
        let time = time(&mut scanner)?;
        let tails = self.tails.get(scanner.rest().first_chunk()?)?;
        // Of the same event they begin alike.
        let mut read: Option<(usize, Whose<'x>, Scanner<'x>)> = None;
        for tail in tails {
            let Some(begin) = tail.after_begin(scanner.clone()) else {
                continue;
            };
            let (_, mut whose, behind) = match read.take() {
                Some(read) if read.0 == begin => read,
                _ => {
                    let mut scanner = Scanner::within(bytes.get(begin..)?);
                    let whose = self.heads.read(&mut scanner, &mut by, changes)?;
                    (begin, whose, scanner)
                }
            };
            whose.moment.time = time;
            let mut scanner = behind.clone();
            if let Some(moment) = tail.follow(&mut scanner, &whose, by.encoder, record) {
                let length = begin + scanner.at();
                return Some(self.repeat(begin, whose, tail, moment, length));
            }
            read = Some((begin, whose, behind));
        }
        None
    }

    fn repeat<'x>(
        &'x self,
        begin: usize,
        whose: Whose<'x>,
        tail: &'x Tail,
        moment: Moment,
        length: usize,
    ) -> Repeat<'x> {
        let settled = (whose.at, moment.is_started);
        Repeat {
            length,
            begin,
            is_settled: whose.different == 0 && self.settled == Some(settled),
            used: Used {
                head: whose.at,
                different: whose.different,
                is_started: moment.is_started,
            },
            whose,
            tail,
            moment,
        }
    }

    /// A line was taken. `renewed` is its head, if the one that it was read by is too different.
    pub(super) fn used(&mut self, used: Used, renewed: Option<Box<Head>>) {
        self.wait = self.wait.saturating_sub(1);
        let head = self.heads.used(used.head, used.different, renewed);
        self.settled = Some((head, used.is_started)).filter(|_| used.different == 0);
    }

    /// Learns a line that was read otherwise, with what it came to. It ends with the line's end.
    pub(super) fn learn(
        &mut self,
        bytes: &[u8],
        line: &Line<'_>,
        encoder: &Encoder,
        record: &RecordBuf,
    ) {
        self.waited += 1;
        if self.waited <= self.wait {
            return;
        }
        self.waited = 0;
        self.wait = (2 * self.wait + 1).min(MAX_WAIT);
        let Some((head, begin, tail)) = learn(bytes, line, encoder, record) else {
            return;
        };
        self.heads.keep(Box::new(head));
        if self.count >= MAX_TAILS {
            self.tails.clear();
            self.count = 0;
        }
        let alike = self.tails.entry(begin).or_default();
        if alike.len() < MAX_ALIKE {
            self.count += 1;
        } else {
            alike.pop();
        }
        alike.insert(0, tail);
    }

    /// What the next line says was not told before it, unless it says so itself.
    pub(super) fn unsettle(&mut self) {
        self.settled = None;
    }
}

impl Tail {
    /// Where the head is, in Aqua's newer form.
    fn after_begin(&self, mut scanner: Scanner<'_>) -> Option<usize> {
        let skip = |scanner: &mut Scanner<'_>, _, (): &()| scanner.skip();
        self.begin.as_ref()?.follow(&mut scanner, skip)?;
        Some(scanner.at())
    }

    /// Reads the rest of a line behind its head, and makes its record.
    fn follow(
        &self,
        scanner: &mut Scanner<'_>,
        whose: &Whose<'_>,
        encoder: &mut Encoder,
        record: &mut RecordBuf,
    ) -> Option<Moment> {
        let mut setting = encoder.begin(self.known, record).ok()?;
        let moment = self.values(scanner, &mut setting);
        let moment = moment.map(|of_tail| match self.begin {
            None => Moment {
                time: whose.moment.time,
                ..of_tail
            },
            // There the head says the rest.
            Some(_) => Moment {
                retval: of_tail.retval,
                ..whose.moment
            },
        });
        *record = setting.end(&whose.header(), moment.unwrap_or_default(), self.known);
        moment
    }

    fn values(&self, scanner: &mut Scanner<'_>, setting: &mut Setting<'_>) -> Option<Moment> {
        let mut moment = self.moment;
        let mut done = 0;
        let values = self.piece.values();
        self.piece.follow(scanner, |scanner, at, meaning| {
            keep(values.get(done..at)?, setting)?;
            done = at + 1;
            match meaning {
                Meaning::Derived | Meaning::Ignored => scanner.skip()?,
                Meaning::Other => says_nothing(scanner)?,
                Meaning::Retval(written) => moment.retval = Some(returned(scanner, *written)?),
                Meaning::Syscall => {
                    moment.syscall = setting.syscalls.get(&*scanner.string()?).copied();
                }
                Meaning::IsStarted => moment.is_started = scanner.bool()?,
                Meaning::IsCompat => moment.is_compat = scanner.bool()?,
                Meaning::Slot {
                    slot, ty, written, ..
                } => match written {
                    Written::Plain => set(*slot, ty, scanner, setting)?,
                    Written::Text => {
                        let value = number(scanner.text()?);
                        setting.slot(*slot, ty, &value).ok()?;
                    }
                },
            }
            Some(())
        })?;
        keep(values.get(done..)?, setting)?;
        Some(moment)
    }
}

/// What was returned, which is next.
pub(super) fn returned(scanner: &mut Scanner<'_>, written: Written) -> Option<i64> {
    match written {
        Written::Plain => scanner.signed(),
        Written::Text => match number(scanner.text()?) {
            Json::Integer(value) => value.try_into().ok(),
            _ => None,
        },
    }
}

/// Sets a slot to the value that is next.
fn set(slot: u16, ty: &Type, scanner: &mut Scanner<'_>, setting: &mut Setting<'_>) -> Option<()> {
    match ty {
        Type::String | Type::Path => {
            if let Some(text) = scanner.ascii() {
                setting.builder.bytes(slot, text);
                return Some(());
            }
        }
        Type::List(_) => {
            let begin = scanner.clone();
            let mut items = Vec::with_capacity(8);
            let all = scanner.list(|scanner| {
                items.push(scanner.ascii()?);
                Some(())
            });
            if all.is_some() {
                setting.builder.list(slot, items);
                return Some(());
            }
            *scanner = begin;
        }
        _ => {}
    }
    setting.slot(slot, ty, &scanner.value()?).ok()
}

/// Sets the slots of values that are as they were.
fn keep(values: &[Value<Meaning>], setting: &mut Setting<'_>) -> Option<()> {
    for value in values {
        if let Meaning::Slot { slot, was, .. } = &value.means {
            match was {
                Was::Absent => {}
                Was::Word(word) => _ = setting.builder.int(*slot, *word),
                Was::Tail(value) => setting.builder.tail(*slot, value).then_some(())?,
            }
        }
    }
    Some(())
}
