//! A line of JSON as a binary record.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;
use tracee_ebpf::abi::{self, RecordHeader};
use tracee_lang::schema::{Event, EventId, Hook, Schema};
use tracee_lang::syscalls;

use super::json::Json;
use super::line::{DERIVED, EventNumber, Line};
use super::report::Names;
use super::value::{Setting, Values};
use crate::record::{Layouts, RecordBuf, RecordBuilder, comm};
use crate::text;

/// Ids that a line doesn't have: no user or group has this one (setuid(2) takes it for "unchanged").
const NO_ID: u32 = u32::MAX;

/// Makes records of lines.
#[derive(Debug)]
pub(super) struct Encoder {
    schema: Arc<Schema>,
    layouts: Layouts,
    /// By name, where in the schema's list an event is.
    events: HashMap<Box<str>, Known, RandomState>,
    syscalls: Syscalls,
    values: Values,
}

/// Numbers by name.
pub(super) type Syscalls = HashMap<&'static str, i32, RandomState>;

/// An event, and the number of its own syscall.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    at: usize,
    pub(super) syscall: Option<i32>,
}

/// What a line says of one moment, beside what its process and its arguments are.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Moment {
    pub(super) time: u64,
    pub(super) retval: Option<i64>,
    /// The syscall that it names.
    pub(super) syscall: Option<i32>,
    pub(super) is_compat: bool,
    /// Whether the container's own program runs.
    pub(super) is_started: bool,
}

/// Why a line gave no record.
pub(super) enum NoRecord {
    UnknownEvent(String),
    Bad(String),
}

impl Encoder {
    pub(super) fn new(schema: Arc<Schema>) -> Self {
        let layouts = Layouts::new(&schema);
        let events = schema.events.iter().enumerate();
        let events = events.map(|(at, event)| {
            let syscall = event.hooks.iter().find_map(|hook| match hook {
                Hook::Syscall { number, .. } => i32::try_from((*number)?).ok(),
                _ => None,
            });
            (event.name.as_str().into(), Known { at, syscall })
        });
        let syscalls = syscalls::all().map(|(number, name)| (name, number));
        Self {
            layouts,
            events: events.collect(),
            syscalls: syscalls.collect(),
            values: Values::default(),
            schema,
        }
    }

    /// Encodes an event into `record`; what it has no place for is counted in `ignored`.
    pub(super) fn encode(
        &mut self,
        line: &Line<'_>,
        record: &mut RecordBuf,
        ignored: &mut Names,
    ) -> Result<(), NoRecord> {
        let known = self.event(line)?;
        let mut moment = self.moment(line);
        let mut setting = self.begin(known, record)?;
        let event = setting.event;
        for (at, arg) in line.args.iter().flatten().enumerate() {
            // Most come in the order in which they are declared.
            let expected = event.args.get(at).filter(|known| *known.name == *arg.name);
            let Some(known) = expected.or_else(|| event.arg(&arg.name)) else {
                // Some versions put the return value among the arguments.
                let retval = match arg.value {
                    Json::Integer(value) if &*arg.name == "returnValue" => {
                        i64::try_from(value).ok()
                    }
                    _ => None,
                };
                match retval.filter(|_| event.has_retval) {
                    Some(retval) => moment.retval = Some(retval),
                    None => ignored.count(&format!("{}.{}", event.name, &*arg.name)),
                }
                continue;
            };
            setting
                .arg(known, &arg.value, ignored)
                .map_err(|error| NoRecord::Bad(format!("argument {error}")))?;
            if arg.truncated {
                setting.builder.truncated(known.slot);
            }
        }
        for (key, value) in &line.others {
            if !DERIVED.contains(&&**key) && value.says_something() {
                ignored.count(key);
            }
        }
        *record = setting.end(&header(line), moment, known);
        Ok(())
    }

    /// A record of an event, in a buffer that isn't needed any more.
    pub(super) fn begin(
        &mut self,
        known: Known,
        record: &mut RecordBuf,
    ) -> Result<Setting<'_>, NoRecord> {
        let event = &self.schema.events[known.at];
        let layout = self.layouts.get(event.id);
        Ok(Setting {
            builder: RecordBuilder::within(
                layout.ok_or_else(|| unknown(&event.name))?,
                std::mem::take(record),
            ),
            event,
            schema: &self.schema,
            syscalls: &self.syscalls,
            values: &mut self.values,
        })
    }

    /// The record that tells the process tree which executable the event's process runs.
    pub(super) fn executable(
        &mut self,
        line: &Line<'_>,
        moment: Moment,
        path: &str,
        record: &mut RecordBuf,
    ) -> bool {
        let Some(known) = self.events.get("existing_process").copied() else {
            return false;
        };
        let Ok(mut setting) = self.begin(known, record) else {
            return false;
        };
        let Some(exe) = setting.event.arg("exe") else {
            return false;
        };
        setting.builder.bytes(exe.slot, &text::from_json(path));
        *record = setting.end(&header(line), moment, known);
        let header = record.header();
        record.set_header(&RecordHeader {
            flags: abi::RECORD_INTERNAL,
            ..header
        });
        true
    }

    /// What the schema says of an event.
    pub(super) fn event_of(&self, known: Known) -> &Event {
        &self.schema.events[known.at]
    }

    pub(super) fn schema(&self) -> &Schema {
        &self.schema
    }

    pub(super) fn layouts(&self) -> &Layouts {
        &self.layouts
    }

    /// The number of a syscall.
    pub(super) fn syscall(&self, name: &str) -> Option<i32> {
        self.syscalls.get(name).copied()
    }

    /// What the line says of the moment.
    pub(super) fn moment(&self, line: &Line<'_>) -> Moment {
        let flags = line.context_flags.as_ref();
        Moment {
            time: line.timestamp.unwrap_or_default(),
            retval: line.return_value,
            syscall: line.syscall.as_deref().and_then(|name| self.syscall(name)),
            is_compat: flags.is_some_and(|flags| flags.is_compat),
            is_started: line.is_started(),
        }
    }

    /// The event by its name, or by its number if the line has no name.
    pub(super) fn event(&self, line: &Line<'_>) -> Result<Known, NoRecord> {
        let named = |name: &str| self.events.get(name).copied().ok_or_else(|| unknown(name));
        if let Some(name) = &line.event_name {
            return named(name);
        }
        let number = match &line.event_id {
            None => {
                return Err(NoRecord::Bad(
                    "it has neither `eventName` nor `eventId`".into(),
                ));
            }
            Some(EventNumber::Number(number)) => number.to_string(),
            Some(EventNumber::Text(text)) => text.to_string(),
        };
        let id = number.parse().ok().map(EventId);
        let event = id.and_then(|id| self.schema.event(id));
        named(&event.ok_or_else(|| unknown(&number))?.name)
    }
}

fn unknown(name: &str) -> NoRecord {
    NoRecord::UnknownEvent(name.to_owned())
}

/// What a line says of where the event happened, as a record's header has it.
pub(super) fn header(line: &Line<'_>) -> RecordHeader {
    let pid = line.process_id.unwrap_or_default();
    let tid = line.thread_id.unwrap_or(pid);
    let ppid = line.parent_process_id.unwrap_or_default();
    let thread_start_time = line.thread_start_time.unwrap_or_default();
    let leader = if tid == pid { thread_start_time } else { 0 };
    let name = line.process_name.as_deref().map(text::from_json);
    RecordHeader {
        cgroup_id: line.cgroup_id.unwrap_or_default(),
        thread_start_time,
        process_start_time: line.process_start_time.unwrap_or(leader),
        parent_start_time: line.parent_process_start_time.unwrap_or_default(),
        pid,
        tid,
        ppid,
        host_pid: line.host_process_id.unwrap_or(pid),
        host_tid: line.host_thread_id.unwrap_or(tid),
        host_ppid: line.host_parent_process_id.unwrap_or(ppid),
        uid: line.user_id.unwrap_or(NO_ID),
        gid: line.group_id.unwrap_or(NO_ID),
        mnt_ns: line.mount_namespace.unwrap_or_default(),
        pid_ns: line.pid_namespace.unwrap_or_default(),
        uts_ns: line.uts_namespace.unwrap_or_default(),
        net_ns: line.net_namespace.unwrap_or_default(),
        user_ns: line.user_namespace.unwrap_or_default(),
        cpu: line.processor_id.unwrap_or_default(),
        comm: name.map_or_else(Default::default, |name| comm(&name)),
        ..RecordHeader::default()
    }
}
