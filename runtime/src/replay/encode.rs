//! A line of JSON as a binary record.

use std::sync::Arc;

use tracee_ebpf::abi;
use tracee_lang::schema::{Event, EventId, Hook, Schema};
use tracee_lang::syscalls;

use super::json::Json;
use super::line::{DERIVED, EventNumber, Line};
use super::report::Names;
use super::value::set_arg;
use crate::record::{Layouts, RecordBuf, RecordBuilder};
use crate::text;

/// Ids that a line doesn't have: no user or group has this one (setuid(2) takes it for "unchanged").
const NO_ID: u32 = u32::MAX;

/// Makes records of lines.
#[derive(Debug)]
pub(super) struct Encoder {
    schema: Arc<Schema>,
    layouts: Layouts,
}

/// Why a line gave no record.
pub(super) enum NoRecord {
    UnknownEvent(String),
    Bad(String),
}

impl Encoder {
    pub(super) fn new(schema: Arc<Schema>) -> Self {
        let layouts = Layouts::new(&schema);
        Self { schema, layouts }
    }

    /// Encodes an event into `record`; what it has no place for is counted in `ignored`.
    pub(super) fn encode(
        &self,
        line: &Line<'_>,
        record: &mut RecordBuf,
        ignored: &mut Names,
    ) -> Result<(), NoRecord> {
        let event = self.event(line)?;
        let layout = self
            .layouts
            .get(event.id)
            .ok_or_else(|| unknown(&event.name))?;
        let mut builder = RecordBuilder::new(layout);
        fill_header(&mut builder, line, event);
        for arg in line.args.iter().flatten() {
            let Some(known) = event.arg(&arg.name) else {
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
            set_arg(
                &mut builder,
                &self.schema,
                event,
                known,
                &arg.value,
                ignored,
            )
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
        let Some(event) = self.schema.event_named("existing_process") else {
            return false;
        };
        let (Some(layout), Some(exe)) = (self.layouts.get(event.id), event.arg("exe")) else {
            return false;
        };
        let mut builder = RecordBuilder::new(layout);
        fill_header(&mut builder, line, event);
        builder.header.flags = abi::RECORD_INTERNAL;
        builder.bytes(exe.slot, &text::from_json(path));
        builder.build_into(record);
        true
    }

    /// The event by its name, or by its number if the line has no name.
    fn event(&self, line: &Line<'_>) -> Result<&Event, NoRecord> {
        if let Some(name) = &line.event_name {
            return self.schema.event_named(name).ok_or_else(|| unknown(name));
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
        id.and_then(|id| self.schema.event(id))
            .ok_or_else(|| unknown(&number))
    }
}

fn unknown(name: &str) -> NoRecord {
    NoRecord::UnknownEvent(name.to_owned())
}

fn fill_header(builder: &mut RecordBuilder<'_>, line: &Line<'_>, event: &Event) {
    if let Some(name) = &line.process_name {
        builder.comm(&text::from_json(name));
    }
    let own_syscall = event.hooks.iter().find_map(|hook| match hook {
        Hook::Syscall { number, .. } => i32::try_from((*number)?).ok(),
        _ => None,
    });
    let syscall = line
        .syscall
        .as_deref()
        .and_then(syscalls::number)
        .or(own_syscall);
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
