//! What becomes of lines: the records that are handed on, each event's and what has to be known before it.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;
use tracee_lang::schema::Schema;

use super::containers::ToldContainers;
use super::encode::{Encoder, Moment, NoRecord};
use super::json_lines::Parsed;
use super::line::Line;
use super::repeat::Repeat;
use super::{ReplayError, ReplayReport};
use crate::record::RecordBuf;
use crate::source::Arriving;

/// Processes whose executable is remembered.
const MAX_EXECUTABLES: usize = 65_536;

/// The events.
pub(super) struct Events {
    pub(super) encoder: Encoder,
    pub(super) report: ReplayReport,
    strict: bool,
    /// Number of the line that is read, from 1.
    pub(super) number: u64,
    /// The machine that the events are from.
    pub(super) host: Option<String>,
    /// Whether the last event is from another one.
    is_elsewhere: bool,
    /// What is made now.
    pub(super) record: RecordBuf,
    /// The last event's.
    pub(super) last: RecordBuf,
    /// What the process tree was told, by host pid.
    executables: HashMap<u32, String, RandomState>,
    containers: ToldContainers,
}

impl Events {
    pub(super) fn new(file: &str, schema: Arc<Schema>, strict: bool) -> Self {
        Self {
            containers: ToldContainers::new(&schema),
            encoder: Encoder::new(schema),
            report: ReplayReport::new(file, "line"),
            strict,
            number: 0,
            host: None,
            is_elsewhere: false,
            record: RecordBuf::new(),
            last: RecordBuf::new(),
            executables: HashMap::default(),
        }
    }

    /// Takes what a line says, or why it says nothing. `Ok(true)` if it is an event, and not a detection.
    pub(super) fn take(
        &mut self,
        parsed: Result<&Parsed<'_>, String>,
        take: &mut dyn FnMut(Arriving<'_>),
    ) -> Result<bool, ReplayError> {
        self.report.read += 1;
        let Parsed { line, found } = match parsed {
            Ok(parsed) => parsed,
            Err(reason) => return self.bad(reason).map(|()| false),
        };
        let detection = *found || line.kind.as_deref() == Some("detection");
        let event = match &line.event {
            Some(event) if detection => event,
            _ => line,
        };
        match self
            .encoder
            .encode(event, &mut self.record, &mut self.report.ignored)
        {
            Ok(()) => {}
            Err(NoRecord::Bad(reason)) => return self.bad(reason).map(|()| false),
            Err(NoRecord::UnknownEvent(name)) => {
                self.report.unknown_events.count(&name);
                return Ok(false);
            }
        }
        if detection {
            self.report.detections += 1;
            if self.record == self.last {
                return Ok(false);
            }
        }
        let moment = self.encoder.moment(event);
        self.hand_on(event, Some(moment), take);
        Ok(!detection)
    }

    /// Takes an event whose record was made of what came before. What it is of was told before if it is settled.
    pub(super) fn take_repeat(&mut self, repeat: &Repeat<'_>, take: &mut dyn FnMut(Arriving<'_>)) {
        self.report.read += 1;
        for name in repeat.ignored() {
            self.report.ignored.count(name);
        }
        let moment = (!repeat.is_settled()).then(|| repeat.moment());
        self.hand_on(repeat.line(), moment, take);
    }

    /// Hands the record on that was made, and before it what is news; without a moment there is none.
    fn hand_on(
        &mut self,
        event: &Line<'_>,
        moment: Option<Moment>,
        take: &mut dyn FnMut(Arriving<'_>),
    ) {
        if moment.is_some() {
            let is_other = |name: &str| !name.is_empty() && self.host.as_deref() != Some(name);
            self.is_elsewhere = event.host_name.as_deref().is_some_and(is_other);
        }
        if self.is_elsewhere {
            self.report
                .ignored
                .count("hostName (another than the first)");
        }
        std::mem::swap(&mut self.record, &mut self.last);
        if let Some(moment) = moment {
            self.tell_executable(event, moment, take);
            let started = moment.is_started;
            if let Some(told) = self.containers.before(event, started, &self.last) {
                take(Arriving::Unchecked(told.as_bytes()));
            }
        }
        self.report.events += 1;
        take(Arriving::Unchecked(self.last.as_bytes()));
    }

    /// Hands on a record for the process tree if the line says of an executable that is news.
    fn tell_executable(
        &mut self,
        event: &Line<'_>,
        moment: Moment,
        take: &mut dyn FnMut(Arriving<'_>),
    ) {
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
        if self
            .encoder
            .executable(event, moment, path, &mut self.record)
        {
            take(Arriving::Unchecked(self.record.as_bytes()));
        }
    }

    /// Skips a line.
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
