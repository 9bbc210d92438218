//! Lines that say much of what lines before them said: of the same process, or the same event. Those lines are kept in
//! two pieces, and only what differs is read. Whatever is new is read by the scanner, and [learned](super::learn).
//!
//! ```text
//! {"timestamp":1,"processId":7,…,"eventId":"257","eventName":"openat",…,"args":[…]}
//! └────────────── head ───────────────────┘└──────────────── tail ────────────────┘
//! ```

use std::borrow::Cow;
use std::collections::HashMap;

use foldhash::fast::RandomState;
use tracee_ebpf::abi::RecordHeader;
use tracee_lang::types::Type;

use super::encode::{Encoder, Known, Moment, header};
use super::learn::learn;
use super::line::Line;
use super::piece::{Change, Piece, Place, Value};
use super::scan::Scanner;
use super::scan_line::{ContextScanner, Field};
use super::value::Setting;
use crate::record::RecordBuf;

/// Heads that are kept, each of another process or thread.
const HEADS: usize = 1_024;
/// Tails that are kept; one more, and they are learned again.
const MAX_TAILS: usize = 512;
/// Of those of one event.
const MAX_ALIKE: usize = 8;
/// Bytes that a tail begins with, which tell the event.
pub(super) const BEGIN: usize = 16;
/// Values of a head that differed before it is replaced.
const MAX_DIFFERENT: usize = 4;
/// Lines that are not learned, at most, after those that were in vain.
const MAX_WAIT: u32 = 64;

/// What a line begins with: where its event happened.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) piece: Piece<Field>,
    pub(super) line: Line<'static>,
    pub(super) header: RecordHeader,
    pub(super) time: u64,
    /// The key that it ends with: what follows is its value.
    pub(super) key: Field,
    /// The first value that tells processes apart, and which it is.
    pub(super) process: Option<(usize, u64)>,
    /// Values that differed since it was learned.
    pub(super) different: usize,
}

/// What it ends with: the event.
#[derive(Debug)]
pub(super) struct Tail {
    pub(super) piece: Piece<Meaning>,
    /// The key whose value it begins with.
    pub(super) key: Field,
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
    Retval,
    Syscall,
    IsStarted,
    IsCompat,
    Slot {
        slot: u16,
        ty: Type,
        was: Was,
    },
    /// Of an argument that the event doesn't have.
    Ignored,
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
    /// By what tells processes apart.
    heads: Vec<Option<Box<Head>>>,
    /// Which process's each is: it is looked for in a small place.
    processes: Vec<Option<u64>>,
    /// The last one's.
    current: usize,
    /// By their first bytes.
    tails: HashMap<[u8; BEGIN], Vec<Tail>, RandomState>,
    count: usize,
    /// Of the line before, if all was told of it: the head, and whether the container's own program ran.
    settled: Option<(usize, bool)>,
    /// Lines that are not learned.
    wait: u32,
    waited: u32,
}

/// What a line begins with.
struct Whose<'x> {
    at: usize,
    head: &'x Head,
    /// If it differs from the head's.
    line: Option<Box<Line<'x>>>,
    time: u64,
    /// Values that differ, beside the time.
    different: usize,
}

/// A line that was read.
pub(super) struct Repeat<'x> {
    length: usize,
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
    /// Values of it that differ, beside the time.
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
        self.whose.line.as_deref().unwrap_or(&self.whose.head.line)
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
        let Whose {
            head,
            line,
            time,
            different,
            ..
        } = &self.whose;
        let line = line.as_ref()?;
        if head.different + different < MAX_DIFFERENT {
            return None;
        }
        let piece = head.piece.anew(bytes, changes)?;
        let process = |at: usize| -> Option<(usize, u64)> {
            let begin = piece.values().get(at)?.place.begin as usize;
            let process = Scanner::within(bytes.get(begin..)?).unsigned()?;
            Some((at, process))
        };
        Some(Box::new(Head {
            process: head.process.and_then(|(at, _)| process(at)),
            line: line.context(|text| Cow::Owned(text.to_owned())),
            header: header(line),
            time: *time,
            key: head.key,
            different: 0,
            piece,
        }))
    }
}

impl Repeats {
    pub(super) fn new() -> Self {
        Self {
            heads: (0..HEADS).map(|_| None).collect(),
            processes: vec![None; HEADS],
            current: 0,
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
        context: &mut ContextScanner,
        changes: &mut Vec<Change>,
        encoder: &mut Encoder,
        record: &mut RecordBuf,
    ) -> Option<Repeat<'x>> {
        let mut scanner = Scanner::within(bytes);
        let whose = self.head(&mut scanner, context, changes)?;
        let tails = self.tails.get(scanner.rest().first_chunk::<BEGIN>()?)?;
        let of_context = whose.line.as_deref().map(header);
        let of_context = of_context.as_ref().unwrap_or(&whose.head.header);
        for tail in tails.iter().filter(|tail| tail.key == whose.head.key) {
            let mut scanner = scanner.clone();
            let mut setting = encoder.begin(tail.known, record).ok()?;
            let moment = tail.follow(&mut scanner, &mut setting);
            let moment = moment.map(|moment| Moment {
                time: whose.time,
                ..moment
            });
            *record = setting.end(of_context, moment.unwrap_or_default(), tail.known);
            let Some(moment) = moment else {
                continue;
            };
            let settled = (whose.at, moment.is_started);
            return Some(Repeat {
                length: scanner.at(),
                is_settled: whose.different == 0 && self.settled == Some(settled),
                used: Used {
                    head: whose.at,
                    different: whose.different,
                    is_started: moment.is_started,
                },
                whose,
                tail,
                moment,
            });
        }
        None
    }

    /// Reads what a line begins with: as the line before, or the one of the same process before.
    fn head<'x>(
        &'x self,
        scanner: &mut Scanner<'x>,
        context: &mut ContextScanner,
        changes: &mut Vec<Change>,
    ) -> Option<Whose<'x>> {
        let mut other = None;
        let begin = scanner.clone();
        let whose = self.follow(self.current, scanner, context, changes, Some(&mut other));
        match other {
            None => whose,
            Some(other) => {
                *scanner = begin;
                self.follow(other, scanner, context, changes, None)
            }
        }
    }

    /// The same by one head. If another is of the line's process, that is told `other`.
    fn follow<'x>(
        &'x self,
        at: usize,
        scanner: &mut Scanner<'x>,
        context: &mut ContextScanner,
        changes: &mut Vec<Change>,
        mut other: Option<&mut Option<usize>>,
    ) -> Option<Whose<'x>> {
        let head = self.heads.get(at)?.as_deref()?;
        let mut whose = Whose {
            at,
            head,
            line: None,
            time: head.time,
            different: 0,
        };
        changes.clear();
        head.piece.follow(scanner, |scanner, value, field| {
            let begin = scanner.at();
            match field {
                Field::Timestamp => whose.time = scanner.unsigned()?,
                Field::Derived => scanner.skip()?,
                Field::Other => says_nothing(scanner)?,
                _ => {
                    if head.process.is_some_and(|(process, _)| process == value)
                        && let Some(other) = &mut other
                        && let known = self.of_process(scanner.clone().unsigned()?)
                        && known.is_some()
                    {
                        **other = known;
                        return None;
                    }
                    // Nulls are rare.
                    (!scanner.null()).then_some(())?;
                    let line = whose
                        .line
                        .get_or_insert_with(|| Box::new(head.line.context(Cow::Borrowed)));
                    context.read(scanner, *field, line)?;
                    whose.different += 1;
                }
            }
            let place = Place::new(begin, scanner.at())?;
            changes.push(Change { value, place });
            Some(())
        })?;
        Some(whose)
    }

    /// Which head is of the process.
    fn of_process(&self, process: u64) -> Option<usize> {
        let at = place(process);
        (self.processes.get(at) == Some(&Some(process))).then_some(at)
    }

    /// A line was taken. `renewed` is its head, if the one that it was read by is too different.
    pub(super) fn used(&mut self, used: Used, renewed: Option<Box<Head>>) {
        self.wait = self.wait.saturating_sub(1);
        self.current = used.head;
        match renewed {
            Some(head) => self.keep(head),
            None => {
                if let Some(Some(head)) = self.heads.get_mut(used.head) {
                    head.different += used.different;
                }
            }
        }
        self.settled = Some((self.current, used.is_started)).filter(|_| used.different == 0);
    }

    fn keep(&mut self, head: Box<Head>) {
        self.current = head.process.map_or(0, |(_, process)| place(process));
        let (at, process) = (self.current, head.process.map(|(_, process)| process));
        if let (Some(place), Some(of)) = (self.heads.get_mut(at), self.processes.get_mut(at)) {
            *place = Some(head);
            *of = process;
        }
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
        self.keep(Box::new(head));
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
    /// Reads the end of a line.
    fn follow(&self, scanner: &mut Scanner<'_>, setting: &mut Setting<'_>) -> Option<Moment> {
        let mut moment = self.moment;
        let mut done = 0;
        let values = self.piece.values();
        self.piece.follow(scanner, |scanner, at, meaning| {
            keep(values.get(done..at)?, setting)?;
            done = at + 1;
            match meaning {
                Meaning::Derived | Meaning::Ignored => scanner.skip()?,
                Meaning::Other => says_nothing(scanner)?,
                Meaning::Retval => moment.retval = Some(scanner.signed()?),
                Meaning::Syscall => {
                    moment.syscall = setting.syscalls.get(&*scanner.string()?).copied();
                }
                Meaning::IsStarted => moment.is_started = scanner.bool()?,
                Meaning::IsCompat => moment.is_compat = scanner.bool()?,
                Meaning::Slot { slot, ty, .. } => set(*slot, ty, scanner, setting)?,
            }
            Some(())
        })?;
        keep(values.get(done..)?, setting)?;
        Some(moment)
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

/// Goes over a value that is as good as none.
fn says_nothing(scanner: &mut Scanner<'_>) -> Option<()> {
    (!scanner.value()?.says_something()).then_some(())
}

/// Where the head of a process is.
pub(super) fn place(process: u64) -> usize {
    (process.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize % HEADS
}
