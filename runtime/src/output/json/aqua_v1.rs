//! Aqua's `v1beta1.Event`: the process, its container and its pod in `workload`, arguments in `data` by the kind of
//! their value, times as text. Numbers of 64 bits are text, too, as protobuf has them in JSON.

use serde::ser::{SerializeMap as _, SerializeSeq as _};
use serde::{Serialize, Serializer};
use serde_json::Value as Json;
use tracee_compiler::process::ContainerView;
use tracee_ebpf::abi;
use tracee_lang::context::ContainerField;
use tracee_lang::schema::Schema;
use tracee_lang::syscalls;
use tracee_lang::types::Type;
use tracee_lang::value::Value;

use super::aqua::{self, FindingArg, FindingValue};
use super::{ArgObject, Executable, JsonText, entity_if_known};
use crate::engine::{Detection, MatchedEvent};
use crate::text;
use crate::time::Rfc3339;

/// A selected event.
pub(super) fn event<'a>(matched: &MatchedEvent<'a>) -> Event<'a> {
    Event {
        id: matched.record.event().0.into(),
        name: &matched.event.name,
        data: Data::Event(Items::new(matched)),
        threat: None,
        detected_from: None,
        ..Event::without_data(matched)
    }
}

/// A detection.
pub(super) fn finding<'a>(detection: &Detection<'a>) -> Event<'a> {
    let matched = &detection.event;
    Event {
        id: aqua::FIRST_SIGNATURE,
        name: &detection.rule.qualified_name,
        data: Data::Finding(Findings {
            schema: matched.schema,
            args: aqua::data(detection),
        }),
        threat: Some(Threat::new(detection)),
        detected_from: Some(DetectedFrom {
            id: matched.record.event().0,
            name: &matched.event.name,
            data: Items::new(matched),
        }),
        ..Event::without_data(matched)
    }
}

/// One line.
#[derive(Serialize)]
pub(super) struct Event<'a> {
    timestamp: Rfc3339,
    id: u32,
    name: &'a str,
    policies: Policies<'a>,
    workload: Workload<'a>,
    #[serde(skip_serializing_if = "Data::is_empty")]
    data: Data<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    threat: Option<Threat<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detected_from: Option<DetectedFrom<'a>>,
}

impl<'a> Event<'a> {
    fn without_data(matched: &MatchedEvent<'a>) -> Self {
        Self {
            timestamp: Rfc3339(matched.record.header().time),
            id: 0,
            name: "",
            policies: Policies {
                matched: matched.policies,
            },
            workload: Workload::new(matched),
            data: Data::None,
            threat: None,
            detected_from: None,
        }
    }
}

#[derive(Serialize)]
struct Policies<'a> {
    matched: &'a [&'a str],
}

#[derive(Serialize)]
struct Workload<'a> {
    process: Process<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    container: Option<Container>,
    #[serde(skip_serializing_if = "Option::is_none")]
    k8s: Option<K8s>,
}

#[derive(Serialize)]
struct Process<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    executable: Option<Executable<'a>>,
    unique_id: u32,
    host_pid: u32,
    pid: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    real_user: Option<User>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thread: Option<Thread<'a>>,
    /// The parent alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ancestors: Vec<Process<'a>>,
}

#[derive(Serialize)]
struct User {
    id: u32,
}

#[derive(Serialize)]
struct Thread<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    start_time: Option<Rfc3339>,
    name: JsonText<'a>,
    unique_id: u32,
    host_tid: u32,
    tid: u32,
    #[serde(skip_serializing_if = "str::is_empty")]
    syscall: &'static str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    compat: bool,
}

#[derive(Serialize)]
struct Container {
    id: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<Image>,
    started: bool,
}

#[derive(Serialize)]
struct Image {
    id: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    repo_digests: Vec<String>,
    name: String,
}

#[derive(Serialize)]
struct K8s {
    pod: Pod,
    namespace: Namespace,
}

#[derive(Serialize)]
struct Pod {
    name: String,
    uid: String,
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    labels: serde_json::Map<String, Json>,
}

#[derive(Serialize)]
struct Namespace {
    name: String,
}

impl<'a> Workload<'a> {
    fn new(matched: &MatchedEvent<'a>) -> Self {
        let header = matched.record.header();
        let parent = Process {
            executable: None,
            unique_id: entity_if_known(header.host_ppid, header.parent_start_time),
            host_pid: header.host_ppid,
            pid: header.ppid,
            real_user: None,
            thread: None,
            ancestors: Vec::new(),
        };
        let started = header.thread_start_time;
        let thread = Thread {
            start_time: (started != 0).then_some(Rfc3339(started)),
            name: JsonText(matched.record.comm()),
            unique_id: entity_if_known(header.host_tid, started),
            host_tid: header.host_tid,
            tid: header.tid,
            syscall: syscalls::name(header.syscall).unwrap_or_default(),
            compat: matched.record.has(abi::RECORD_COMPAT),
        };
        let exe = matched.exe.filter(|path| !path.is_empty());
        let has_parent = header.host_ppid != 0 || header.ppid != 0;
        Self {
            process: Process {
                executable: exe.map(|path| Executable {
                    path: JsonText(path),
                }),
                unique_id: entity_if_known(header.host_pid, header.process_start_time),
                host_pid: header.host_pid,
                pid: header.pid,
                real_user: Some(User { id: header.uid }),
                thread: Some(thread),
                ancestors: if has_parent { vec![parent] } else { Vec::new() },
            },
            container: matched.container.map(Container::new),
            k8s: matched.container.and_then(K8s::new),
        }
    }
}

impl Container {
    fn new(container: &ContainerView) -> Self {
        let image = said(container, ContainerField::Image);
        let digest = said(container, ContainerField::ImageDigest);
        Self {
            id: said(container, ContainerField::Id),
            name: said(container, ContainerField::Name),
            image: (!image.is_empty() || !digest.is_empty()).then(|| Image {
                id: "",
                repo_digests: (!digest.is_empty()).then_some(digest).into_iter().collect(),
                name: image,
            }),
            started: container.started != 0,
        }
    }
}

impl K8s {
    fn new(container: &ContainerView) -> Option<Self> {
        let name = said(container, ContainerField::PodName);
        let uid = said(container, ContainerField::PodUid);
        if name.is_empty() && uid.is_empty() {
            return None;
        }
        let labels = match container.value(ContainerField::PodLabels) {
            Value::List(labels) => labels.into_iter().map(label).collect(),
            _ => serde_json::Map::new(),
        };
        Some(Self {
            pod: Pod { name, uid, labels },
            namespace: Namespace {
                name: said(container, ContainerField::PodNamespace),
            },
        })
    }
}

/// `key=value`
fn label(label: &[u8]) -> (String, Json) {
    let text = text::to_json(label);
    let (key, value) = text.split_once('=').unwrap_or((&text, ""));
    (key.to_owned(), value.into())
}

fn said(container: &ContainerView, field: ContainerField) -> String {
    match container.value(field) {
        Value::Bytes(bytes) => text::to_json(&bytes).into_owned(),
        _ => String::new(),
    }
}

#[derive(Serialize)]
struct Threat<'a> {
    description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    mitre: Option<Mitre>,
    /// From 0, which is info, to 4.
    severity: u8,
    name: &'a str,
    properties: serde_json::Map<String, Json>,
}

#[derive(Serialize)]
struct Mitre {
    #[serde(skip_serializing_if = "Option::is_none")]
    tactic: Option<Tactic>,
    technique: Technique,
}

#[derive(Serialize)]
struct Tactic {
    name: &'static str,
}

#[derive(Serialize)]
struct Technique {
    id: &'static str,
    name: &'static str,
}

impl<'a> Threat<'a> {
    fn new(detection: &Detection<'a>) -> Self {
        let rule = detection.rule;
        let properties = aqua::properties(detection).into_iter();
        let text = |value: Json| match value {
            Json::String(_) => value,
            other => other.to_string().into(),
        };
        Self {
            description: rule.description.as_deref().unwrap_or_default(),
            mitre: rule.attack.first().map(|technique| Mitre {
                tactic: technique
                    .tactics()
                    .next()
                    .map(|tactic| Tactic { name: tactic.name }),
                technique: Technique {
                    id: technique.id,
                    name: technique.name,
                },
            }),
            severity: rule.severity as u8,
            name: rule.title.as_deref().unwrap_or(&rule.qualified_name),
            properties: properties.map(|(key, value)| (key, text(value))).collect(),
        }
    }
}

#[derive(Serialize)]
struct DetectedFrom<'a> {
    id: u16,
    name: &'a str,
    data: Items<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Data<'a> {
    None,
    Event(Items<'a>),
    Finding(Findings<'a>),
}

impl Data<'_> {
    fn is_empty(&self) -> bool {
        match self {
            Self::None => true,
            Self::Event(items) => items.args.is_empty() && items.retval.is_none(),
            Self::Finding(findings) => findings.args.is_empty(),
        }
    }
}

/// An event's arguments, and what a syscall returned.
struct Items<'a> {
    args: Vec<ArgObject<'a>>,
    retval: Option<i64>,
}

impl<'a> Items<'a> {
    fn new(matched: &MatchedEvent<'a>) -> Self {
        Self {
            args: ArgObject::all_of(matched),
            retval: matched.record.retval(),
        }
    }
}

impl Serialize for Items<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for arg in &self.args {
            let schema = arg.value.schema;
            let ty = &arg.value.arg.ty;
            list.serialize_element(&Item {
                name: arg.name,
                kind: kind(schema, ty),
                value: &arg.value,
            })?;
        }
        if let Some(retval) = self.retval {
            list.serialize_element(&Item {
                name: "returnValue",
                kind: Kind::Int64,
                value: &retval,
            })?;
        }
        list.end()
    }
}

/// What a detection says.
struct Findings<'a> {
    schema: &'a Schema,
    args: Vec<FindingArg<'a>>,
}

impl Serialize for Findings<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.args.iter().map(|arg| Item {
            name: arg.name,
            kind: match &arg.value {
                FindingValue::Output(output) => kind(self.schema, output.ty),
                FindingValue::Signature(Json::String(_)) => Kind::Str,
                FindingValue::Signature(Json::Bool(_)) => Kind::Bool,
                FindingValue::Signature(_) | FindingValue::From(_) => Kind::Struct,
            },
            value: &arg.value,
        }))
    }
}

/// `{"name": …, "<kind>": …}`
struct Item<'a, T> {
    name: &'a str,
    kind: Kind,
    value: &'a T,
}

/// How the value is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Int32,
    UInt32,
    Int64,
    UInt64,
    Pointer,
    Bool,
    Str,
    Bytes,
    StrArray,
    Sockaddr,
    Credentials,
    Struct,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Int32 => "int32",
            Self::UInt32 => "u_int32",
            Self::Int64 => "int64",
            Self::UInt64 => "u_int64",
            Self::Pointer => "pointer",
            Self::Bool => "bool",
            Self::Str => "str",
            Self::Bytes => "bytes",
            Self::StrArray => "str_array",
            Self::Sockaddr => "sockaddr",
            Self::Credentials => "credentials",
            Self::Struct => "struct",
        }
    }
}

fn kind(schema: &Schema, ty: &Type) -> Kind {
    match ty {
        Type::Bool => Kind::Bool,
        Type::Int(int) => match (int.signed, int.bits) {
            (true, 64) => Kind::Int64,
            (true, _) => Kind::Int32,
            (false, 64) => Kind::UInt64,
            (false, _) => Kind::UInt32,
        },
        Type::Pointer => Kind::Pointer,
        Type::Port => Kind::UInt32,
        Type::Time | Type::Duration => Kind::UInt64,
        Type::Bytes => Kind::Bytes,
        Type::List(_) => Kind::StrArray,
        Type::Struct(id) => match schema.struct_type(*id).name.as_str() {
            "sockaddr" => Kind::Sockaddr,
            "credentials" => Kind::Credentials,
            _ => Kind::Struct,
        },
        // Names of enums and flags, and what else prints as text.
        _ => Kind::Str,
    }
}

impl<T: Serialize> Serialize for Item<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut item = serializer.serialize_map(Some(2))?;
        item.serialize_entry("name", self.name)?;
        // Our own struct or value, into memory: that can't fail.
        let value = serde_json::to_value(self.value).unwrap_or_default();
        let key = self.kind.name();
        match (self.kind, value) {
            (_, Json::Null) => item.serialize_entry(key, &())?,
            (Kind::Int64 | Kind::UInt64, value) => {
                item.serialize_entry(key, &value.to_string())?;
            }
            (Kind::Pointer, Json::String(text)) => {
                let digits = text.strip_prefix("0x").unwrap_or(&text);
                let address = u64::from_str_radix(digits, 16).unwrap_or_default();
                item.serialize_entry(key, &address.to_string())?;
            }
            (Kind::StrArray, value) => {
                item.serialize_entry(key, &serde_json::json!({ "value": value }))?;
            }
            (Kind::Sockaddr, Json::Object(fields)) => {
                item.serialize_entry(key, &with_numbers(fields))?;
            }
            (_, value) => item.serialize_entry(key, &value)?,
        }
        item.end()
    }
}

/// Ports are numbers in this form.
fn with_numbers(fields: serde_json::Map<String, Json>) -> serde_json::Map<String, Json> {
    let number = |(key, value): (String, Json)| match (key.as_str(), value.as_str()) {
        ("sin_port" | "sin6_port", Some(text)) => {
            let port: Option<u16> = text.parse().ok();
            let value = port.map_or_else(|| value.clone(), Json::from);
            (key, value)
        }
        _ => (key, value),
    };
    fields.into_iter().map(number).collect()
}
