//! Where the events of lines before happened: what a line says of a process and its container, by the process. A line of
//! the same one is compared with it, and only what differs is read.

use std::borrow::Cow;

use tracee_ebpf::abi::RecordHeader;

use super::encode::{Encoder, Moment, header};
use super::line::Line;
use super::piece::{Change, Piece, Place};
use super::scan::Scanner;
use super::scan_line::{self, ContextScanner};
use super::scan_line_v1::{self, ContextV1Scanner};

/// Heads that are kept, each of another process or thread.
const HEADS: usize = 1_024;
/// Values of a head that differed before it is replaced.
const MAX_DIFFERENT: usize = 4;

/// What a line says of where its event happened.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) piece: Piece<Field>,
    pub(super) line: Line<'static>,
    pub(super) header: RecordHeader,
    /// What it says of the moment.
    pub(super) moment: Moment,
    /// The key that it ends with: what follows is its value. None in Aqua's newer form.
    pub(super) key: Option<scan_line::Field>,
    /// The first value that tells processes apart, and which it is.
    pub(super) process: Option<(usize, u64)>,
    /// Values that differed since it was learned.
    pub(super) different: usize,
}

/// What a value of a head means, in either of Aqua's forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Older(scan_line::Field),
    Newer(scan_line_v1::Field),
}

impl Field {
    /// Whether it says something of the process or its container.
    fn is_of_process(self) -> bool {
        use scan_line::Field as Older;
        use scan_line_v1::Field as Newer;

        !matches!(
            self,
            Self::Older(Older::Timestamp | Older::Derived | Older::Other)
                | Self::Newer(Newer::Other)
        )
    }
}

/// What reads values.
pub(super) struct Readers<'r> {
    pub(super) older: &'r mut ContextScanner,
    pub(super) newer: &'r mut ContextV1Scanner,
    pub(super) encoder: &'r mut Encoder,
}

/// Where a line's event happened.
pub(super) struct Whose<'x> {
    pub(super) at: usize,
    pub(super) head: &'x Head,
    /// If it differs from the head's.
    line: Option<Box<Line<'x>>>,
    pub(super) moment: Moment,
    /// Values that differ, beside those of the moment.
    pub(super) different: usize,
}

/// The heads.
#[derive(Debug)]
pub(super) struct Heads {
    /// By what tells processes apart.
    heads: Vec<Option<Box<Head>>>,
    /// Which process's each is: it is looked for in a small place.
    processes: Vec<Option<u64>>,
    /// The last one's.
    current: usize,
}

impl<'x> Whose<'x> {
    pub(super) fn line(&self) -> &Line<'x> {
        self.line.as_deref().unwrap_or(&self.head.line)
    }

    pub(super) fn header(&self) -> Cow<'_, RecordHeader> {
        match &self.line {
            Some(line) => Cow::Owned(header(line)),
            None => Cow::Borrowed(&self.head.header),
        }
    }

    /// The head of what `bytes` begin with, if too much of it is different.
    pub(super) fn renewed(&self, bytes: &[u8], changes: &[Change]) -> Option<Box<Head>> {
        let Self {
            head,
            line,
            moment,
            different,
            ..
        } = self;
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
            moment: *moment,
            key: head.key,
            different: 0,
            piece,
        }))
    }

    /// Goes over a value that says nothing of the process, but maybe the time.
    fn skip(&mut self, scanner: &mut Scanner<'_>, field: Field) -> Option<()> {
        match field {
            Field::Older(scan_line::Field::Timestamp) => self.moment.time = scanner.unsigned()?,
            Field::Older(scan_line::Field::Other) => says_nothing(scanner)?,
            _ => scanner.skip()?,
        }
        Some(())
    }

    /// Reads a value that is another than the head's. None if that is not as it is in lines that are read so.
    fn read(
        &mut self,
        scanner: &mut Scanner<'x>,
        field: Field,
        by: &mut Readers<'_>,
    ) -> Option<()> {
        use scan_line_v1::Field as Newer;

        // Nulls are rare.
        (!scanner.null()).then_some(())?;
        match field {
            Field::Newer(Newer::Syscall) => {
                self.moment.syscall = by.encoder.syscall(&scanner.string()?);
                return Some(());
            }
            Field::Newer(Newer::Compat) => {
                self.moment.is_compat = scanner.bool()?;
                return Some(());
            }
            _ => {}
        }
        let head = self.head;
        let line = self
            .line
            .get_or_insert_with(|| Box::new(head.line.context(Cow::Borrowed)));
        match field {
            Field::Older(field) => by.older.read(scanner, field, line)?,
            Field::Newer(field) => by.newer.read(scanner, field, line)?,
        }
        if field == Field::Newer(Newer::Container) {
            self.moment.is_started = line.is_started();
        }
        self.different += 1;
        Some(())
    }
}

impl Heads {
    pub(super) fn new() -> Self {
        Self {
            heads: (0..HEADS).map(|_| None).collect(),
            processes: vec![None; HEADS],
            current: 0,
        }
    }

    /// Reads what is next: as the line before said, or the one of the same process before. Which values are others is
    /// told in `changes`.
    pub(super) fn read<'x>(
        &'x self,
        scanner: &mut Scanner<'x>,
        by: &mut Readers<'_>,
        changes: &mut Vec<Change>,
    ) -> Option<Whose<'x>> {
        let mut other = None;
        let begin = scanner.clone();
        let whose = self.follow(self.current, scanner, by, changes, Some(&mut other));
        match other {
            None => whose,
            Some(other) => {
                *scanner = begin;
                self.follow(other, scanner, by, changes, None)
            }
        }
    }

    /// The same by one head. If another is of the line's process, that is told `other`.
    fn follow<'x>(
        &'x self,
        at: usize,
        scanner: &mut Scanner<'x>,
        by: &mut Readers<'_>,
        changes: &mut Vec<Change>,
        mut other: Option<&mut Option<usize>>,
    ) -> Option<Whose<'x>> {
        let head = self.heads.get(at)?.as_deref()?;
        let mut whose = Whose {
            at,
            head,
            line: None,
            moment: head.moment,
            different: 0,
        };
        changes.clear();
        let process = head.process.map(|(process, _)| process);
        let whole = scanner.clone();
        let is_early = |value| process.is_some_and(|process| value < process);
        head.piece.follow(scanner, |scanner, value, field| {
            let begin = scanner.at();
            match *field {
                field if !field.is_of_process() => whose.skip(scanner, field)?,
                // Most often it is of another process, too.
                _ if is_early(value) => scanner.skip()?,
                field => {
                    if process == Some(value)
                        && let Some(other) = &mut other
                        && let known = self.of_process(scanner.clone().unsigned()?)
                        && known.is_some()
                    {
                        **other = known;
                        return None;
                    }
                    whose.read(scanner, field, by)?;
                }
            }
            let place = Place::new(begin, scanner.at())?;
            changes.push(Change { value, place });
            Some(())
        })?;
        for change in changes.iter().take_while(|change| is_early(change.value)) {
            let field = head.piece.values().get(change.value)?.means;
            if field.is_of_process() {
                let mut scanner = whole.clone();
                scanner.back_to(change.place.begin as usize);
                whose.read(&mut scanner, field, by)?;
            }
        }
        Some(whose)
    }

    /// Which head is of the process.
    fn of_process(&self, process: u64) -> Option<usize> {
        let at = place(process);
        (self.processes.get(at) == Some(&Some(process))).then_some(at)
    }

    /// A line was read by a head, with so many values that differ. It is `renewed`, if those are too many. Which head is the
    /// line's now.
    pub(super) fn used(
        &mut self,
        at: usize,
        different: usize,
        renewed: Option<Box<Head>>,
    ) -> usize {
        self.current = at;
        match renewed {
            Some(head) => self.keep(head),
            None => {
                if let Some(Some(head)) = self.heads.get_mut(at) {
                    head.different += different;
                }
            }
        }
        self.current
    }

    pub(super) fn keep(&mut self, head: Box<Head>) {
        self.current = head.process.map_or(0, |(_, process)| place(process));
        let (at, process) = (self.current, head.process.map(|(_, process)| process));
        if let (Some(place), Some(of)) = (self.heads.get_mut(at), self.processes.get_mut(at)) {
            *place = Some(head);
            *of = process;
        }
    }
}

/// Goes over a value that is as good as none.
pub(super) fn says_nothing(scanner: &mut Scanner<'_>) -> Option<()> {
    (!scanner.value()?.says_something()).then_some(())
}

/// Where the head of a process is.
fn place(process: u64) -> usize {
    (process.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize % HEADS
}
