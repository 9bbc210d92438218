//! A line of JSON as a binary record.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;
use tracee_ebpf::abi;
use tracee_lang::schema::{Event, EventId, Hook, Schema};
use tracee_lang::syscalls;

use super::json::Json;
use super::line::{DERIVED, EventNumber, Line};
use super::report::Names;
use super::value::{Setting, Values};
use crate::record::{Layouts, RecordBuf, RecordBuilder};
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
    /// Numbers by name.
    syscalls: HashMap<&'static str, i32, RandomState>,
    values: Values,
}

/// An event, and the number of its own syscall.
#[derive(Debug, Clone, Copy)]
struct Known {
    at: usize,
    syscall: Option<i32>,
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
        let event = &self.schema.events[known.at];
        let layout = self
            .layouts
            .get(event.id)
            .ok_or_else(|| unknown(&event.name))?;
        let mut builder = RecordBuilder::new(layout);
        let syscall = self.syscall(line).or(known.syscall);
        fill_header(&mut builder, line, event, syscall);
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
                    Some(retval) => set_retval(&mut builder, retval),
                    None => ignored.count(&format!("{}.{}", event.name, &*arg.name)),
                }
                continue;
            };
            let mut setting = Setting {
                builder: &mut builder,
                schema: &self.schema,
                values: &mut self.values,
            };
            setting
                .arg(event, known, &arg.value, ignored)
                .map_err(|error| NoRecord::Bad(format!("argument {error}")))?;
            if arg.truncated {
                builder.truncated(known.slot);
            }
        }
        for (key, value) in &line.others {
            if !DERIVED.contains(&&**key) && value.says_something() {
                ignored.count(key);
            }
        }
        builder.build_into(record);
        Ok(())
    }

    /// The record that tells the process tree which executable the event's process runs.
    pub(super) fn executable(&self, line: &Line<'_>, path: &str, record: &mut RecordBuf) -> bool {
        let Some(known) = self.events.get("existing_process") else {
            return false;
        };
        let event = &self.schema.events[known.at];
        let (Some(layout), Some(exe)) = (self.layouts.get(event.id), event.arg("exe")) else {
            return false;
        };
        let mut builder = RecordBuilder::new(layout);
        fill_header(
            &mut builder,
            line,
            event,
            self.syscall(line).or(known.syscall),
        );
        builder.header.flags = abi::RECORD_INTERNAL;
        builder.bytes(exe.slot, &text::from_json(path));
        builder.build_into(record);
        true
    }

    /// The event by its name, or by its number if the line has no name.
    fn event(&self, line: &Line<'_>) -> Result<Known, NoRecord> {
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

    /// The syscall that the line names.
    fn syscall(&self, line: &Line<'_>) -> Option<i32> {
        self.syscalls.get(line.syscall.as_deref()?).copied()
    }
}

fn unknown(name: &str) -> NoRecord {
    NoRecord::UnknownEvent(name.to_owned())
}

fn fill_header(
    builder: &mut RecordBuilder<'_>,
    line: &Line<'_>,
    event: &Event,
    syscall: Option<i32>,
) {
    if let Some(name) = &line.process_name {
        builder.comm(&text::from_json(name));
    }
    let pid = line.process_id.unwrap_or_default();
    let tid = line.thread_id.unwrap_or(pid);
    let ppid = line.parent_process_id.unwrap_or_default();
    let thread_start_time = line.thread_start_time.unwrap_or_default();
    if let Some(retval) = line.return_value.filter(|_| event.has_retval) {
        set_retval(builder, retval);
    }
    let header = &mut builder.header;
    if line
        .context_flags
        .as_ref()
        .is_some_and(|flags| flags.is_compat)
    {
        header.flags |= abi::RECORD_COMPAT;
    }
    header.time = line.timestamp.unwrap_or_default();
    header.cgroup_id = line.cgroup_id.unwrap_or_default();
    header.thread_start_time = thread_start_time;
    let leader = if tid == pid { thread_start_time } else { 0 };
    header.process_start_time = line.process_start_time.unwrap_or(leader);
    header.parent_start_time = line.parent_process_start_time.unwrap_or_default();
    header.pid = pid;
    header.tid = tid;
    header.ppid = ppid;
    header.host_pid = line.host_process_id.unwrap_or(pid);
    header.host_tid = line.host_thread_id.unwrap_or(tid);
    header.host_ppid = line.host_parent_process_id.unwrap_or(ppid);
    header.uid = line.user_id.unwrap_or(NO_ID);
    header.gid = line.group_id.unwrap_or(NO_ID);
    header.mnt_ns = line.mount_namespace.unwrap_or_default();
    header.pid_ns = line.pid_namespace.unwrap_or_default();
    header.uts_ns = line.uts_namespace.unwrap_or_default();
    header.net_ns = line.net_namespace.unwrap_or_default();
    header.user_ns = line.user_namespace.unwrap_or_default();
    header.cpu = line.processor_id.unwrap_or_default();
    header.syscall = syscall.unwrap_or(-1);
}

fn set_retval(builder: &mut RecordBuilder<'_>, retval: i64) {
    builder.header.flags |= abi::RECORD_RETVAL;
    builder.header.retval = retval;
}
