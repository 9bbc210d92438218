//! One line of Aqua's newer form, `v1beta1.Event` (`--output json=aqua-v1` of ours), as the [`Line`] that it would be
//! in the older one. Numbers of events differ between the forms, so the name alone tells which event it is.

use std::borrow::Cow;

use serde::Deserialize;

use super::json::{Json, Text};
use super::line::{Arg, ContainerObject, ContextFlags, Executable, Line, PodObject, Shared};
use crate::time::Rfc3339;

#[derive(Debug, Deserialize)]
#[serde(expecting = "an object")]
pub(super) struct LineV1<'a> {
    #[serde(borrow)]
    timestamp: Option<Text<'a>>,
    name: Text<'a>,
    #[serde(default)]
    workload: Workload<'a>,
    #[serde(default)]
    data: Vec<Json<'a>>,
    /// Of a detection: the event that it was found in.
    detected_from: Option<DetectedFrom<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Workload<'a> {
    #[serde(borrow)]
    process: Process<'a>,
    container: Option<Container>,
    k8s: Option<K8s<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Process<'a> {
    #[serde(borrow)]
    executable: Option<Executable<'a>>,
    host_pid: Option<u32>,
    pid: Option<u32>,
    real_user: Option<User>,
    thread: Option<Thread<'a>>,
    /// The parent first.
    ancestors: Vec<Ancestor>,
}

#[derive(Debug, Deserialize)]
struct Ancestor {
    host_pid: Option<u32>,
    pid: Option<u32>,
}

#[derive(Debug, Deserialize)]
struct User {
    id: Option<u32>,
}

#[derive(Debug, Deserialize)]
struct Thread<'a> {
    #[serde(borrow)]
    start_time: Option<Text<'a>>,
    name: Option<Text<'a>>,
    host_tid: Option<u32>,
    tid: Option<u32>,
    syscall: Option<Text<'a>>,
    #[serde(default)]
    compat: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Container {
    id: String,
    name: String,
    image: Image,
    started: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Image {
    name: String,
    repo_digests: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct K8s<'a> {
    #[serde(borrow)]
    pod: Pod<'a>,
    namespace: Namespace,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Pod<'a> {
    name: String,
    uid: String,
    #[serde(borrow)]
    labels: Option<Json<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Namespace {
    name: String,
}

#[derive(Debug, Deserialize)]
struct DetectedFrom<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(default)]
    data: Vec<Json<'a>>,
}

impl<'a> LineV1<'a> {
    /// Whether it is what a rule said of another event.
    pub(super) fn is_detection(&self) -> bool {
        self.detected_from.is_some()
    }

    /// The same in the older form.
    ///
    /// # Errors
    /// A time that is none, an argument without a name.
    pub(super) fn into_line(self) -> Result<Line<'a>, String> {
        let process = self.workload.process;
        let thread = process.thread;
        let parent = process.ancestors.first();
        let (name, data) = match self.detected_from {
            Some(from) => (from.name, from.data),
            None => (self.name, self.data),
        };
        let container = self.workload.container;
        let started = container.as_ref().is_some_and(|of| of.started);
        Ok(Line {
            timestamp: self.timestamp.as_deref().map(nanoseconds).transpose()?,
            thread_start_time: thread
                .as_ref()
                .and_then(|thread| thread.start_time.as_deref())
                .map(nanoseconds)
                .transpose()?,
            process_id: process.pid,
            host_process_id: process.host_pid,
            thread_id: thread.as_ref().and_then(|thread| thread.tid),
            host_thread_id: thread.as_ref().and_then(|thread| thread.host_tid),
            parent_process_id: parent.and_then(|parent| parent.pid),
            host_parent_process_id: parent.and_then(|parent| parent.host_pid),
            user_id: process.real_user.and_then(|user| user.id),
            context_flags: Some(ContextFlags {
                container_started: started,
                is_compat: thread.as_ref().is_some_and(|thread| thread.compat),
            }),
            syscall: thread.as_ref().and_then(|thread| thread.syscall.clone()),
            process_name: thread.and_then(|thread| thread.name),
            executable: process.executable,
            container: container.map(|of| Shared::new(of.into_object())),
            kubernetes: self.workload.k8s.map(|of| Shared::new(of.into_object())),
            event_name: Some(name),
            args: Some(data.into_iter().map(argument).collect::<Result<_, _>>()?),
            ..Line::default()
        })
    }
}

impl Container {
    pub(super) fn into_object(self) -> ContainerObject {
        ContainerObject {
            id: self.id,
            name: self.name,
            image: self.image.name,
            image_digest: self
                .image
                .repo_digests
                .into_iter()
                .next()
                .unwrap_or_default(),
            runtime: String::new(),
            started: self.started,
        }
    }
}

impl K8s<'_> {
    pub(super) fn into_object(self) -> PodObject {
        let label = |(key, value): (Text<'_>, Json<'_>)| match value {
            Json::Text(value) => format!("{}={}", &*key, &*value),
            _ => key.to_string(),
        };
        let labels = match self.pod.labels {
            Some(Json::Object(labels)) => Some(labels),
            _ => None,
        };
        PodObject {
            name: self.pod.name,
            namespace: self.namespace.name,
            uid: self.pod.uid,
            labels: labels.map(|labels| labels.into_iter().map(label).collect()),
            sandbox: false,
        }
    }
}

pub(super) fn nanoseconds(text: &str) -> Result<u64, String> {
    let time = Rfc3339::parse(text);
    time.map(|time| time.0)
        .ok_or_else(|| format!("`{text}` is no time: expected one like 2023-03-30T13:29:36.5Z"))
}

/// `{"name": …, "<kind>": …}`. Some versions say `value` for every kind.
fn argument(item: Json<'_>) -> Result<Arg<'_>, String> {
    let Json::Object(fields) = item else {
        return Err("an item of `data` is no object".into());
    };
    let mut name = None;
    let mut value = Json::Null;
    for (key, field) in fields {
        match (&*key, field) {
            ("name", Json::Text(text)) => name = Some(text),
            ("str_array" | "int32_array" | "u_int64_array", Json::Object(fields)) => {
                let items = fields.into_iter().find(|(key, _)| &**key == "value");
                value = items.map_or(Json::List(Vec::new()), |(_, items)| items);
            }
            ("int64" | "u_int64" | "pointer", Json::Text(text)) => value = number(text),
            (_, field) => value = field,
        }
    }
    let name = name.ok_or("an item of `data` has no name")?;
    Ok(Arg {
        name,
        value,
        truncated: false,
    })
}

/// Numbers of 64 bits are texts.
pub(super) fn number(text: Text<'_>) -> Json<'_> {
    // Those of 128 bits take longer.
    let number = text.parse::<i64>().map(i128::from);
    match number.or_else(|_| text.parse()) {
        Ok(number) => Json::Integer(number),
        Err(_) => Json::Text(Text(Cow::Owned(text.to_string()))),
    }
}
