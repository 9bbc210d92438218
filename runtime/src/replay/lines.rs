//! Lines of any form, each read in the fastest way that it fits: [as those before](super::repeat), by a scanner, or by a
//! parser that knows all of JSON and has the last word.

use super::ReplayError;
use super::events::Events;
use super::heads::Readers;
use super::json_lines::{parse, scan};
use super::piece::Change;
use super::repeat::Repeats;
use super::scan_line::LineScanner;
use super::scan_line_v1::LineV1Scanner;
use crate::source::Arriving;

/// What lines had, and the events that they came to.
pub(super) struct Lines {
    pub(super) events: Events,
    scanner: LineScanner,
    scanner_v1: LineV1Scanner,
    repeats: Repeats,
    changes: Vec<Change>,
}

impl Lines {
    pub(super) fn new(events: Events) -> Self {
        Self {
            events,
            scanner: LineScanner::new(),
            scanner_v1: LineV1Scanner::new(),
            repeats: Repeats::new(),
            changes: Vec::new(),
        }
    }

    /// Takes the line that `read` begins with, and says how long it is. None if it goes on behind that.
    pub(super) fn take_next(
        &mut self,
        read: &[u8],
        take: &mut dyn FnMut(Arriving<'_>),
    ) -> Option<(usize, Result<(), ReplayError>)> {
        self.events.number += 1;
        if let Some(length) = self.take_repeat(read, take) {
            return Some((length, Ok(())));
        }
        let Some(end) = memchr::memchr(b'\n', read) else {
            self.events.number -= 1;
            return None;
        };
        let line = &read[..=end];
        let is_blank = line.trim_ascii().is_empty();
        let taken = if is_blank {
            Ok(())
        } else {
            self.take_new(line, take)
        };
        Some((line.len(), taken))
    }

    /// Takes a line that is not blank.
    pub(super) fn take_line(
        &mut self,
        line: &[u8],
        take: &mut dyn FnMut(Arriving<'_>),
    ) -> Result<(), ReplayError> {
        match self.take_repeat(line, take) {
            Some(_) => Ok(()),
            None => self.take_new(line, take),
        }
    }

    /// Takes the line that `read` begins with if it is like lines before, and says how long it is.
    pub(super) fn take_repeat(
        &mut self,
        read: &[u8],
        take: &mut dyn FnMut(Arriving<'_>),
    ) -> Option<usize> {
        let Self {
            events,
            scanner,
            scanner_v1,
            repeats,
            changes,
        } = self;
        let Events {
            encoder, record, ..
        } = &mut *events;
        let by = Readers {
            older: &mut scanner.context,
            newer: &mut scanner_v1.context,
            encoder,
        };
        let repeat = repeats.read(read, by, changes, record)?;
        events.take_repeat(&repeat, take);
        let renewed = repeat.renewed(read, changes);
        let (length, used) = (repeat.length(), repeat.used());
        repeats.used(used, renewed);
        Some(length)
    }

    /// Takes a line that is not like lines before, and learns it.
    fn take_new(
        &mut self,
        line: &[u8],
        take: &mut dyn FnMut(Arriving<'_>),
    ) -> Result<(), ReplayError> {
        self.repeats.unsettle();
        let Some(parsed) = scan(&mut self.scanner, &mut self.scanner_v1, line) else {
            return self.take_parsed(line, take);
        };
        let is_event = self.events.take(Ok(&parsed), take)?;
        if is_event {
            let Events { encoder, last, .. } = &self.events;
            self.repeats.learn(line, &parsed.line, encoder, last);
        }
        Ok(())
    }

    /// The same by the parser.
    pub(super) fn take_parsed(
        &mut self,
        line: &[u8],
        take: &mut dyn FnMut(Arriving<'_>),
    ) -> Result<(), ReplayError> {
        let parsed = parse(line);
        let parsed = parsed.as_ref().map_err(String::clone);
        self.events.take(parsed, take).map(|_| ())
    }
}
