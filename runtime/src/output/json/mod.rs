//! JSON, one object a line, in one of three forms ([`JsonForm`]); docs/output.md documents them.
//!
//! Here is our own: events with the keys of Aqua's `trace.Event`, so that what reads those reads ours, and
//! detections. [`aqua`] has what `trace.Event` itself has no place for left out and detections as events of it;
//! [`aqua_v1`] is Aqua's newer form. All have values from [`arguments`].

mod aqua;
mod aqua_v1;
mod arguments;

use serde::{Serialize, Serializer};
use tracee_compiler::process::entity;
use tracee_ebpf::abi;
use tracee_lang::schema::Schema;
use tracee_lang::syscalls;

use super::Output;
use super::workload::{ContainerObject, PodObject};
use super::writer::{Kind, Writer};
use crate::engine::{Detection, MatchedEvent, OutputValue, SignatureMatch};
use crate::queue::QueuedWriter;
use crate::text;
use crate::whole_writer::WriteError;
use aqua::{FindingArg, Metadata};
use arguments::{ArgObject, SlotValue};

/// Which keys a line has, and what of a record finds a place in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum JsonForm {
    /// Ours: nothing is left out.
    #[default]
    Native,
    /// Aqua's `trace.Event`.
    Aqua,
    /// Aqua's `v1beta1.Event`.
    AquaV1,
}

/// Writes JSON lines.
#[derive(Debug)]
pub struct JsonOutput {
    writer: Writer,
    form: JsonForm,
}

impl JsonOutput {
    /// Writes our own form to `writer`.
    pub fn new(writer: impl Into<Writer>) -> Self {
        Self::in_form(JsonForm::Native, writer)
    }

    /// Writes this form to `writer`.
    pub fn in_form(form: JsonForm, writer: impl Into<Writer>) -> Self {
        Self {
            writer: writer.into(),
            form,
        }
    }

    fn line(&mut self, kind: Kind, object: &impl Serialize) -> Result<(), WriteError> {
        self.writer.line(kind, |out| {
            let begin = out.len();
            // Our own structs, into memory: serialising them can't fail.
            if serde_json::to_writer(&mut *out, object).is_err() {
                out.truncate(begin);
                return;
            }
            out.push(b'\n');
        })
    }
}

impl Output for JsonOutput {
    fn event(&mut self, event: &MatchedEvent<'_>) -> Result<(), WriteError> {
        match self.form {
            JsonForm::Native => self.line(Kind::Event, &EventObject::new(event)),
            JsonForm::Aqua => self.line(Kind::Event, &aqua::event(event)),
            JsonForm::AquaV1 => self.line(Kind::Event, &aqua_v1::event(event)),
        }
    }

    fn detection(&mut self, detection: &Detection<'_>) -> Result<(), WriteError> {
        match self.form {
            JsonForm::Native => self.line(Kind::Detection, &DetectionObject::new(detection)),
            JsonForm::Aqua => self.line(Kind::Detection, &aqua::finding(detection)),
            JsonForm::AquaV1 => self.line(Kind::Detection, &aqua_v1::finding(detection)),
        }
    }

    fn flush(&mut self) -> Result<(), WriteError> {
        self.writer.flush()
    }

    fn queue(&mut self) -> Option<&mut QueuedWriter> {
        self.writer.queue()
    }
}

#[derive(Serialize)]
struct DetectionObject<'a> {
    r#type: &'static str,
    timestamp: u64,
    rule: &'a str,
    policy: &'a str,
    id: Option<&'a str>,
    title: Option<&'a str>,
    severity: &'static str,
    attack: Vec<&'static str>,
    message: Option<&'a str>,
    description: Option<&'a str>,
    references: &'a [String],
    labels: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<SignatureObject<'a>>,
    output: DetectionOutput<'a>,
    complete: bool,
    lost: u64,
    event: EventObject<'a>,
}

impl<'a> DetectionObject<'a> {
    fn new(detection: &Detection<'a>) -> Self {
        let rule = detection.rule;
        Self {
            r#type: "detection",
            timestamp: detection.event.record.header().time,
            rule: &rule.qualified_name,
            policy: &detection.policy.name,
            id: rule.id.as_deref(),
            title: rule.title.as_deref(),
            severity: rule.severity.name(),
            attack: rule.attack.iter().map(|technique| technique.id).collect(),
            message: detection.message,
            description: rule.description.as_deref(),
            references: &rule.references,
            labels: &detection.policy.labels,
            signature: detection.signature.as_ref().map(SignatureObject::new),
            output: match detection.signature.and_then(|said| said.data) {
                Some(data) => DetectionOutput::Signature(data),
                None => DetectionOutput::Rule(OutputObject {
                    schema: detection.event.schema,
                    values: detection.output,
                }),
            },
            complete: detection.is_complete(),
            lost: detection.lost,
            event: EventObject::new(&detection.event),
        }
    }
}

/// What a detection says beside its event.
#[derive(Serialize)]
#[serde(untagged)]
enum DetectionOutput<'a> {
    Rule(OutputObject<'a>),
    Signature(&'a serde_json::Value),
}

/// What an OPA signature says of itself.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SignatureObject<'a> {
    engine: &'static str,
    package: &'a str,
    event_name: Option<&'a str>,
    version: Option<&'a str>,
    tags: &'a [String],
    properties: &'a serde_json::Value,
}

impl<'a> SignatureObject<'a> {
    fn new(said: &SignatureMatch<'a>) -> Self {
        let signature = said.signature;
        let path = signature.path.as_str();
        Self {
            engine: "regorus",
            package: path.strip_prefix("data.").unwrap_or(path),
            event_name: signature.event_name.as_deref(),
            version: signature.version.as_deref(),
            tags: &signature.tags,
            properties: said.properties,
        }
    }
}

/// The fields of a rule's output by name; `null` where there is no value.
struct OutputObject<'a> {
    schema: &'a Schema,
    values: &'a [OutputValue<'a>],
}

impl Serialize for OutputObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let schema = self.schema;
        serializer.collect_map(self.values.iter().map(|output| {
            let value = SlotValue {
                schema,
                ty: output.ty,
                value: output.value.clone(),
            };
            (output.name, value)
        }))
    }
}

/// An event as it is in JSON: what signatures are asked of, too. What is ours alone may be absent.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventObject<'a> {
    timestamp: u64,
    thread_start_time: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    process_start_time: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_process_start_time: Option<u64>,
    processor_id: u32,
    process_id: u32,
    cgroup_id: u64,
    thread_id: u32,
    parent_process_id: u32,
    host_process_id: u32,
    host_thread_id: u32,
    host_parent_process_id: u32,
    user_id: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_id: Option<u32>,
    mount_namespace: u32,
    pid_namespace: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    uts_namespace: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    net_namespace: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_namespace: Option<u32>,
    process_name: JsonText<'a>,
    executable: Executable<'a>,
    host_name: &'a str,
    container_id: String,
    container: ContainerObject,
    kubernetes: PodObject,
    event_id: String,
    event_name: &'a str,
    matched_policies: &'a [&'a str],
    args_num: usize,
    return_value: i64,
    syscall: &'static str,
    stack_addresses: Option<()>,
    context_flags: ContextFlags,
    thread_entity_id: u32,
    process_entity_id: u32,
    parent_entity_id: u32,
    args: Args<'a>,
    /// Of a detection in Aqua's form.
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Metadata<'a>>,
}

/// What an event says, or a detection in Aqua's form.
#[derive(Serialize)]
#[serde(untagged)]
enum Args<'a> {
    Event(Vec<ArgObject<'a>>),
    Finding(Vec<FindingArg<'a>>),
}

#[derive(Serialize)]
struct Executable<'a> {
    path: JsonText<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ContextFlags {
    container_started: bool,
    is_compat: bool,
}

impl<'a> EventObject<'a> {
    pub(crate) fn new(matched: &MatchedEvent<'a>) -> Self {
        let record = matched.record;
        let header = record.header();
        let container = ContainerObject::new(matched.container);
        let args = ArgObject::all_of(matched);
        Self {
            timestamp: header.time,
            thread_start_time: header.thread_start_time,
            process_start_time: Some(header.process_start_time),
            parent_process_start_time: Some(header.parent_start_time),
            processor_id: header.cpu,
            process_id: header.pid,
            cgroup_id: header.cgroup_id,
            thread_id: header.tid,
            parent_process_id: header.ppid,
            host_process_id: header.host_pid,
            host_thread_id: header.host_tid,
            host_parent_process_id: header.host_ppid,
            user_id: header.uid,
            group_id: Some(header.gid),
            mount_namespace: header.mnt_ns,
            pid_namespace: header.pid_ns,
            uts_namespace: Some(header.uts_ns),
            net_namespace: Some(header.net_ns),
            user_namespace: Some(header.user_ns),
            process_name: JsonText(record.comm()),
            executable: Executable {
                path: JsonText(matched.exe.unwrap_or_default()),
            },
            host_name: matched.host,
            container_id: container.id.clone(),
            container,
            kubernetes: PodObject::new(matched.container),
            event_id: record.event().0.to_string(),
            event_name: &matched.event.name,
            matched_policies: matched.policies,
            args_num: args.len(),
            metadata: None,
            return_value: record.retval().unwrap_or_default(),
            syscall: syscalls::name(header.syscall).unwrap_or_default(),
            stack_addresses: None,
            context_flags: ContextFlags {
                container_started: matched.container.is_some_and(|of| of.started != 0),
                is_compat: record.has(abi::RECORD_COMPAT),
            },
            thread_entity_id: entity_if_known(header.host_tid, header.thread_start_time),
            process_entity_id: entity_if_known(header.host_pid, header.process_start_time),
            parent_entity_id: entity_if_known(header.host_ppid, header.parent_start_time),
            args: Args::Event(args),
        }
    }
}

/// The number of a task; 0 if its start time is not known.
fn entity_if_known(pid: u32, start: u64) -> u32 {
    match start {
        0 => 0,
        start => entity(pid, start),
    }
}

struct JsonText<'a>(&'a [u8]);

impl Serialize for JsonText<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&text::to_json(self.0))
    }
}
